"""Calendar days: which focus slots a day has, and the time that a range of days covers.

A slot belongs to the local date of its first instant, in the zone in force at that instant. So each slot has exactly
one day, whatever zone it was written in. This module does not know where slots are stored.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from milepost.rules.days.calendar import ZoneHistory, local_day, split_by_date

MAX_FOCUS_SLOTS = 100
"""Max focus slots that may be set on a day. A day that has more, after its learner moved, may keep as many."""

MAX_CALENDAR_DAYS = 62
"""Max days of one answer with calendar days: two months."""

MAX_SENT_FOCUS_SLOTS = 5 * MAX_FOCUS_SLOTS

STORED_DAY_MARGIN = timedelta(days=4)
"""Max distance between the date a slot is stored under and its date now: its learner's zones may have changed since."""

_DAY = timedelta(days=1)
# No zone was ever further from UTC than 16 hours, so instants this far inside a range have a date of the range.
_EDGE = timedelta(days=3)


class TimeWindow(NamedTuple):
    """From `low` to before `high`, in UTC."""

    low: datetime
    high: datetime


def begins_on(starts_at: datetime, day: date, zones: ZoneHistory) -> bool:
    """Does a slot that starts at this instant belong to this day?"""
    return local_day(starts_at, zones.name_at(starts_at)) == day


def windows_of(first: date, last: date, zones: ZoneHistory) -> list[TimeWindow]:
    """The time with local dates from `first` to `last`, ascending; empty if a learner with these zones skipped them.

    Usually one window. There are several where a learner left the range and came back, across the date line.
    """
    windows: list[TimeWindow] = []
    for since, until in _pieces(first, last, zones):
        if windows and windows[-1].high == since:
            windows[-1] = TimeWindow(windows[-1].low, until)
        else:
            windows.append(TimeWindow(since, until))
    return windows


def in_whole_minutes(windows: Iterable[TimeWindow]) -> list[TimeWindow]:
    """The minutes whose first instant lies in one of the windows."""
    rounded = (TimeWindow(_next_minute(low), _next_minute(high)) for low, high in windows)
    return [window for window in rounded if window.low < window.high]


def _pieces(first: date, last: date, zones: ZoneHistory) -> Iterator[tuple[datetime, datetime]]:
    begin, end = _midnight(first), _midnight(last) + _DAY
    if end - begin <= 2 * _EDGE:
        yield from _edge(begin - _EDGE, end + _EDGE, first, last, zones)
        return
    yield from _edge(begin - _EDGE, begin + _EDGE, first, last, zones)
    yield begin + _EDGE, end - _EDGE
    yield from _edge(end - _EDGE, end + _EDGE, first, last, zones)


def _edge(
    low: datetime, high: datetime, first: date, last: date, zones: ZoneHistory
) -> Iterator[tuple[datetime, datetime]]:
    pieces = split_by_date(zones, low, high)
    return ((since, until) for since, until, day in pieces if first <= day <= last)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _next_minute(instant: datetime) -> datetime:
    whole = instant.replace(second=0, microsecond=0)
    return whole if whole == instant else whole + timedelta(minutes=1)
