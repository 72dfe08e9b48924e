"""Amounts of every day of a window, from the days that have rows."""

from collections.abc import Sequence

from milepost.rules.days.periods import Days


def fill_missing_days(days: Days, places: Sequence[int] | None, amounts: Sequence[int] | None) -> list[int]:
    """`amounts` at their `places` (days after the first), 0 elsewhere. None means that no day has a row."""
    filled = [0] * len(days)
    for place, amount in zip(places or (), amounts or (), strict=True):
        filled[place] = amount
    return filled
