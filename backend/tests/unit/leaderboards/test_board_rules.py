"""Days, places and parts of leaderboards, and bands of peers."""

from datetime import date, timedelta

import pytest

from milepost.rules.days.periods import Days
from milepost.rules.leaderboards import (
    BoardPeriod,
    Start,
    band_of,
    board_days,
    peer_days,
    ranks,
    scored_windows,
    surroundings,
)

SUNDAY = date(2026, 11, 29)


@pytest.mark.parametrize(
    ("period", "today", "first", "last"),
    [
        ("week", SUNDAY, date(2026, 11, 23), SUNDAY),
        ("week", date(2026, 11, 30), date(2026, 11, 30), date(2026, 12, 6)),
        ("week", date(2027, 1, 1), date(2026, 12, 28), date(2027, 1, 3)),
        ("month", SUNDAY, date(2026, 11, 1), date(2026, 11, 30)),
        ("month", date(2028, 2, 10), date(2028, 2, 1), date(2028, 2, 29)),
        ("all", SUNDAY, date(1900, 1, 1), date(2199, 12, 31)),
    ],
)
def test_a_board_counts_the_days_of_the_readers_week_or_month(
    period: BoardPeriod, today: date, first: date, last: date
) -> None:
    assert board_days(period, today) == Days(first, last)


def test_a_learner_is_scored_in_the_last_two_weeks_and_months_of_its_practice() -> None:
    assert list(scored_windows(date(2026, 12, 1))) == [
        ("week", Days(date(2026, 11, 30), date(2026, 12, 6))),
        ("week", Days(date(2026, 11, 23), date(2026, 11, 29))),
        ("month", Days(date(2026, 12, 1), date(2026, 12, 31))),
        ("month", Days(date(2026, 11, 1), date(2026, 11, 30))),
    ]


def test_every_reader_at_the_same_instant_finds_the_week_of_a_learner_ahead() -> None:
    for offset in range(400):
        furthest = SUNDAY + timedelta(days=offset)
        scored = list(scored_windows(furthest))
        for behind in (0, 1, 2):
            reader = furthest - timedelta(days=behind)
            assert ("week", board_days("week", reader)) in scored
            assert ("month", board_days("month", reader)) in scored


@pytest.mark.parametrize(
    ("values", "start", "expected"),
    [
        ([], Start(), []),
        ([9, 7, 7, 4], Start(), [1, 2, 2, 4]),
        ([5, 5, 5], Start(), [1, 1, 1]),
        # Before these: three with more than 7, and two with 7.
        ([7, 7, 6, 6, 1], Start(3, 2), [4, 4, 8, 8, 10]),
        ([7], Start(0, 40), [1]),
    ],
)
def test_equal_values_share_a_rank_and_leave_out_the_next(values: list[int], start: Start, expected: list[int]) -> None:
    assert ranks(values, start) == expected


@pytest.mark.parametrize(
    ("above", "own", "below", "limit", "expected"),
    [
        ("cba", "d", "efg", 5, "bcdef"),
        ("cba", "d", "efg", 4, "cdef"),
        ("c", "d", "efghi", 5, "cdefg"),
        ("cba", "d", "", 3, "bcd"),
        ("", "d", "", 20, "d"),
        ("cba", "", "efg", 4, "bcef"),
        ("", "", "", 4, ""),
        ("cba", "d", "efg", 1, "d"),
        ("cba", "d", "efg", 100, "abcdefg"),
    ],
)
def test_entries_around_a_place_are_half_above_and_filled_up_from_the_other_side(
    above: str, own: str, below: str, limit: int, expected: str
) -> None:
    assert "".join(surroundings(above, own, below, limit)) == expected


def test_peers_are_compared_by_four_weeks_that_are_over_everywhere() -> None:
    assert peer_days(SUNDAY) == Days(date(2026, 10, 31), date(2026, 11, 27))


@pytest.mark.parametrize(
    ("value", "expected"), [(0, (0, 5)), (9, (0, 5)), (10, (25, 30)), (30, (25, 30)), (31, (95, 100)), (99, (95, 100))]
)
def test_a_band_is_the_highest_whose_least_value_is_reached(value: int, expected: tuple[int, int]) -> None:
    assert band_of(value, {0: 0, 5: 10, 19: 31}) == expected


def test_who_has_less_than_everybody_compared_is_in_the_lowest_band() -> None:
    assert band_of(3, {0: 5}) == (0, 5)
