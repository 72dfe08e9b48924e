"""Spans of minutes: union, intersection, and minutes on each local day."""

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from milepost.rules.days.calendar import ZoneHistory, ZonePeriod
from milepost.rules.planner.minute_spans import (
    LocalDays,
    Span,
    dates,
    instant_of,
    intersection,
    is_whole_minute,
    minute_of,
    span,
    union,
)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def at(day: int, hour: int, minute: int = 0, second: int = 0, month: int = 3) -> datetime:
    """An instant of 2026."""
    return datetime(2026, month, day, hour, minute, second, tzinfo=UTC)


@pytest.mark.parametrize(
    ("instant", "minute"),
    [
        (EPOCH, 0),
        (EPOCH + timedelta(seconds=59.999999), 0),
        (EPOCH + timedelta(minutes=1), 1),
        (EPOCH - timedelta(microseconds=1), -1),
        (EPOCH - timedelta(minutes=1), -1),
        (datetime(1970, 1, 1, 1, 0, tzinfo=timezone(timedelta(hours=1))), 0),
    ],
)
def test_the_minute_of_an_instant(instant: datetime, minute: int) -> None:
    assert minute_of(instant) == minute
    assert instant_of(minute) <= instant < instant_of(minute + 1)


def test_whole_minutes() -> None:
    assert is_whole_minute(at(1, 9))
    assert not is_whole_minute(at(1, 9, 0, 1))
    assert not is_whole_minute(at(1, 9) + timedelta(microseconds=1))


def test_a_span_is_in_minutes() -> None:
    assert span(EPOCH - timedelta(minutes=2), EPOCH + timedelta(hours=1)) == Span(-2, 60)


@pytest.mark.parametrize(
    ("start", "end", "why"),
    [
        (at(1, 9, 0, 30), at(1, 10), "whole minutes"),
        (at(1, 9), at(1, 10, 0, 30), "whole minutes"),
        (at(1, 9), at(1, 9), "after it begins"),
        (at(1, 9), at(1, 8, 59), "after it begins"),
    ],
)
def test_invalid_spans_are_refused(start: datetime, end: datetime, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        span(start, end)


@pytest.mark.parametrize(
    ("spans", "together"),
    [
        ([], []),
        ([(5, 9)], [(5, 9)]),
        ([(5, 9), (1, 2)], [(1, 2), (5, 9)]),
        ([(1, 5), (5, 9)], [(1, 9)]),
        ([(1, 5), (4, 9)], [(1, 9)]),
        ([(1, 9), (2, 3), (8, 9)], [(1, 9)]),
        ([(1, 5), (6, 9)], [(1, 5), (6, 9)]),
        ([(1, 5), (1, 7), (1, 3)], [(1, 7)]),
    ],
)
def test_union(spans: list[tuple[int, int]], together: list[tuple[int, int]]) -> None:
    assert union(Span(*item) for item in spans) == together


@pytest.mark.parametrize(
    ("left", "right", "common"),
    [
        ([], [(1, 5)], []),
        ([(1, 5)], [(5, 9)], []),
        ([(1, 5)], [(4, 9)], [(4, 5)]),
        ([(1, 9)], [(2, 3), (4, 5), (8, 12)], [(2, 3), (4, 5), (8, 9)]),
        ([(1, 3), (4, 6)], [(1, 3), (4, 6)], [(1, 3), (4, 6)]),
        ([(1, 3), (4, 6), (7, 9)], [(2, 8)], [(2, 3), (4, 6), (7, 8)]),
    ],
)
def test_intersection(left: list[tuple[int, int]], right: list[tuple[int, int]], common: list[tuple[int, int]]) -> None:
    first, second = [Span(*item) for item in left], [Span(*item) for item in right]
    assert intersection(first, second) == common
    assert intersection(second, first) == common


DAYS = [
    # zone, a slot in UTC, its minutes by date; clocks go forward, back, or by half an hour
    ("UTC", at(9, 22), at(10, 1), {date(2026, 3, 9): 120, date(2026, 3, 10): 60}),
    ("Asia/Kathmandu", at(9, 18), at(9, 19), {date(2026, 3, 9): 15, date(2026, 3, 10): 45}),
    ("Europe/Berlin", at(28, 23), at(29, 22), {date(2026, 3, 29): 23 * 60}),
    ("Europe/Berlin", at(24, 22, month=10), at(25, 23, month=10), {date(2026, 10, 25): 25 * 60}),
    ("Australia/Lord_Howe", at(3, 13, 30, month=10), at(4, 13, month=10), {date(2026, 10, 4): 23 * 60 + 30}),
    ("Australia/Lord_Howe", at(4, 13, month=4), at(5, 13, 30, month=4), {date(2026, 4, 5): 24 * 60 + 30}),
]


@pytest.mark.parametrize(("zone", "start", "end", "minutes"), DAYS)
def test_minutes_of_each_day(zone: str, start: datetime, end: datetime, minutes: dict[date, int]) -> None:
    slot = span(start, end)
    wide = LocalDays.of(ZoneHistory.always(zone), Span(slot.start - 3_000, slot.end + 3_000))
    assert wide.minutes([slot]) == minutes
    assert LocalDays.of(ZoneHistory.always(zone), slot).minutes([slot]) == minutes
    assert wide.minutes([slot, slot]) == {day: 2 * count for day, count in minutes.items()}


def test_only_minutes_inside_the_window_count() -> None:
    window = LocalDays.of(ZoneHistory.always("UTC"), Span(60, 120))
    assert window.minutes([Span(0, 61), Span(119, 500), Span(0, 60), Span(120, 130)]) == {date(1970, 1, 1): 2}


def test_a_window_cut_to_its_days() -> None:
    week = LocalDays.of(ZoneHistory.always("Europe/Berlin"), span(at(25, 12), at(31, 12)))
    sunday = week.within(date(2026, 3, 29), date(2026, 3, 29))
    assert sunday.window == span(at(28, 23), at(29, 22))
    assert sunday.minutes([week.window]) == {date(2026, 3, 29): 23 * 60}
    assert week.within(date(2026, 3, 29), date(2026, 5, 1)).window == span(at(28, 23), at(31, 12))
    assert week.within(date(2026, 5, 1), date(2026, 5, 2)) == week


def test_the_dates_of_spans() -> None:
    spans = [span(at(28, 22), at(28, 23, 1)), span(at(30, 12), at(30, 13))]
    assert dates(ZoneHistory.always("Europe/Berlin"), spans) == {date(2026, 3, day) for day in (28, 29, 30)}
    assert dates(ZoneHistory.always("UTC"), []) == set()


def test_a_zone_change_in_the_middle_of_a_minute_counts_from_the_next() -> None:
    moved = at(10, 12, 0, 37)
    history = ZoneHistory((ZonePeriod(None, "UTC"), ZonePeriod(moved, "Pacific/Kiritimati")))
    slot = span(at(10, 11), at(10, 13))
    assert LocalDays.of(history, slot).minutes([slot]) == {date(2026, 3, 10): 61, date(2026, 3, 11): 59}


def test_a_zone_between_two_changes_in_one_minute_gets_no_minutes() -> None:
    history = ZoneHistory(
        (
            ZonePeriod(None, "UTC"),
            ZonePeriod(at(10, 12, 0, 10), "Pacific/Kiritimati"),
            ZonePeriod(at(10, 12, 0, 20), "Europe/Berlin"),
        )
    )
    slot = span(at(10, 11), at(10, 13))
    assert LocalDays.of(history, slot).minutes([slot]) == {date(2026, 3, 10): 120}


def test_a_date_that_occurs_twice() -> None:
    history = ZoneHistory((ZonePeriod(None, "Pacific/Kiritimati"), ZonePeriod(at(10, 12), "Pacific/Honolulu")))
    slot = span(at(10, 9), at(11, 11))
    assert LocalDays.of(history, slot).minutes([slot]) == {
        date(2026, 3, 10): 60 + 22 * 60,
        date(2026, 3, 11): 2 * 60 + 60,
    }
