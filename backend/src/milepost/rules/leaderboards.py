"""Leaderboards: the days a board counts, the places on it, and the part of it that an answer shows.

This module does not know who takes part or where scores are stored.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, TypeVar

from milepost.rules.days.calendar import iso_week_start, month_bounds
from milepost.rules.days.periods import Days

Metric = Literal["points", "exercises", "minutes", "streak"]
BoardPeriod = Literal["week", "month", "all"]

PeerReason = Literal["not_on_boards", "not_counted_yet", "too_few_peers", "no_practice"]
"""Why a learner is not compared with others."""

PEER_TEXTS: Mapping[PeerReason, str] = {
    "not_on_boards": "You are compared with others while you are on the leaderboards yourself.",
    "not_counted_yet": "The first comparison is made within a day.",
    "too_few_peers": "There are too few others to compare without telling about single ones.",
    "no_practice": "You did not practise in these weeks.",
}

ALL_DAYS = Days(date(1900, 1, 1), date(2199, 12, 31))
"""Every day that the service accepts."""
PEER_DAYS = 28
MIN_PEERS = 5
"""Figures about peers rest on at least this many others, so that they reveal no single learner."""
BAND_PERCENT = 5

_DAY = timedelta(days=1)

T = TypeVar("T")


def board_days(period: BoardPeriod, today: date) -> Days:
    """The days that a board counts: the ISO week or the calendar month of the reader's `today`, or all days.

    Every learner's own local days count that have one of these dates, wherever the learner lives.
    """
    match period:
        case "week":
            monday = iso_week_start(today)
            return Days(monday, monday + 6 * _DAY)
        case "month":
            return Days(*month_bounds(today))
        case "all":
            return ALL_DAYS


def scored_windows(last_day: date) -> Iterator[tuple[BoardPeriod, Days]]:
    """The weeks and months in which somebody can see a learner whose last active day is `last_day`.

    Those of that day and those before them: at any instant the world has at most three dates, so readers may still
    be in the week or month before. They depend on nothing but the log, and no clock ever removes them.
    """
    for period in ("week", "month"):
        days = board_days(period, last_day)
        yield period, days
        yield period, board_days(period, days.first - _DAY)


@dataclass(frozen=True, slots=True)
class Start:
    """Where a part of a board begins: how many learners have more than its first one, and how many with as much come
    before it.
    """

    ahead: int = 0
    tied_before: int = 0


def ranks(values: Sequence[int], start: Start) -> list[int]:
    """Competition ranks (1, 2, 2, 4) of consecutive values of a board, highest first: 1 + how many have more."""
    places: list[int] = []
    for place, value in enumerate(values):
        if place == 0:
            places.append(start.ahead + 1)
        elif value == values[place - 1]:
            places.append(places[-1])
        else:
            places.append(start.ahead + start.tied_before + place + 1)
    return places


def surroundings(above: Sequence[T], own: Sequence[T], below: Sequence[T], limit: int) -> list[T]:
    """At most `limit` consecutive entries around a place, half of them above it. Where one side is short, the other
    fills up.

    `above` begins with the nearest. `own` is the entry at the place, or empty.
    """
    others = limit - len(own)
    half = others // 2
    n_above = min(len(above), max(half, others - len(below)))
    return [*reversed(above[:n_above]), *own, *below[: others - n_above]]


def peer_days(today: date) -> Days:
    """The days by which learners are compared, where UTC has the date `today`: four weeks that are over everywhere."""
    last = today - 2 * _DAY
    return Days(last - timedelta(days=PEER_DAYS - 1), last)


def band_of(value: int, least_values: Mapping[int, int]) -> tuple[int, int]:
    """Ahead of how many percent of the others a value is, as a band of 5: (15, 20).

    `least_values`: by band (3 is 15 to 20), the least value in it. Empty bands are left out.
    """
    band = max((band for band, least in least_values.items() if least <= value), default=0)
    return band * BAND_PERCENT, (band + 1) * BAND_PERCENT
