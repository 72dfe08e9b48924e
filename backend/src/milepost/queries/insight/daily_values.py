"""Amounts of every day of a window, from those of the days there are rows of."""

from collections.abc import Sequence

from milepost.rules.days.periods import Days


def of_every_day(days: Days, places: Sequence[int] | None, amounts: Sequence[int] | None) -> list[int]:
    """`amounts` at their `places` (days after the first), 0 elsewhere; null arrays are of no row at all."""
    every = [0] * len(days)
    for place, amount in zip(places or (), amounts or (), strict=True):
        every[place] = amount
    return every
