"""Spans of whole minutes: their union, their intersection, and their minutes on each local day.

A minute has the local date of its first instant, so nothing is ever rounded, even if a learner changes zone within a
minute. This module does not know tasks or where spans are stored.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from operator import attrgetter
from typing import NamedTuple

from milepost.rules.days.calendar import ZoneHistory, split_by_date

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)

MINUTES_A_DAY = 24 * 60


class Span(NamedTuple):
    """From `start` to `end` (exclusive), in whole minutes since 1970-01-01T00:00Z (negative before)."""

    start: int
    end: int


_END = attrgetter("end")


def minute_of(instant: datetime) -> int:
    """The minute that contains an aware instant."""
    return (instant - _EPOCH) // _MINUTE


def instant_of(minute: int) -> datetime:
    """The first instant of a minute."""
    return _EPOCH + minute * _MINUTE


def is_whole_minute(instant: datetime) -> bool:
    """Is the instant the first of its minute?"""
    return instant.second == 0 and instant.microsecond == 0


def span(start: datetime, end: datetime) -> Span:
    """The span between two aware instants.

    Raises:
        ValueError: An instant is not on a whole minute, or the end is not after the start.
    """
    if not is_whole_minute(start) or not is_whole_minute(end):
        raise ValueError("a span must begin and end on whole minutes")
    if end <= start:
        raise ValueError("a span must end after it begins")
    return Span(minute_of(start), minute_of(end))


def union(spans: Iterable[Span]) -> list[Span]:
    """The union of the spans: ascending and disjoint; spans that touch are joined."""
    ordered = sorted(spans)
    if len(ordered) < 2:
        return ordered
    joined: list[Span] = []
    for item in ordered:
        if joined and item.start <= joined[-1].end:
            if item.end > joined[-1].end:
                joined[-1] = Span(joined[-1].start, item.end)
        else:
            joined.append(item)
    return joined


def intersection(left: Sequence[Span], right: Sequence[Span]) -> list[Span]:
    """The minutes that both cover. Arguments and result are ascending and disjoint, as from `union`."""
    common: list[Span] = []
    for start, end in left:
        # Look up the first that ends later: walking through all of a long `right` for each short `left` would be slow.
        place = bisect_right(right, start, key=_END)
        while place < len(right) and right[place].start < end:
            other_start, other_end = right[place]
            common.append(Span(start if start > other_start else other_start, end if end < other_end else other_end))
            place += 1
    return common


@dataclass(frozen=True, slots=True)
class LocalDays:
    """The local date of each minute of a window: `days[n]` from minute `starts[n]` on. A date may occur twice."""

    window: Span
    starts: tuple[int, ...]
    days: tuple[date, ...]

    @classmethod
    def of(cls, history: ZoneHistory, window: Span) -> "LocalDays":
        """The dates of a learner with these zones; the window must not be empty."""
        pieces = split_by_date(history, instant_of(window.start), instant_of(window.end))
        # The key is the first minute that begins in a piece; if none does, the next piece replaces it.
        day_from = {-((_EPOCH - start) // _MINUTE): day for start, _, day in pieces}
        return cls(window, tuple(day_from), tuple(day_from.values()))

    def within(self, first: date, last: date) -> "LocalDays":
        """The same, cut to the time from the first to the last minute of first…last; unchanged if there is none."""
        ends = (*self.starts[1:], self.window.end)
        indices = [index for index, day in enumerate(self.days) if first <= day <= last]
        if not indices:
            return self
        part = slice(indices[0], indices[-1] + 1)
        return LocalDays(Span(self.starts[indices[0]], ends[indices[-1]]), self.starts[part], self.days[part])

    def split(self, item: Span) -> Iterator[tuple[date, int]]:
        """The date and number of minutes of each piece of the span inside the window."""
        start, end = max(item.start, self.window.start), min(item.end, self.window.end)
        index = bisect_right(self.starts, start) - 1
        while start < end:
            until = self.starts[index + 1] if index + 1 < len(self.starts) else end
            until = min(until, end)
            yield self.days[index], until - start
            start, index = until, index + 1

    def minutes(self, spans: Iterable[Span]) -> dict[date, int]:
        """Minutes of the spans on each local date; overlapping spans each count."""
        by_day: dict[date, int] = {}
        starts, (low, high) = self.starts, self.window
        for item in spans:
            start, end = item
            following = bisect_right(starts, start)
            if low <= start and end <= (starts[following] if following < len(starts) else high):
                # Nearly every slot lies on one date.
                day = self.days[following - 1]
                by_day[day] = by_day.get(day, 0) + end - start
                continue
            for day, minutes in self.split(item):
                by_day[day] = by_day.get(day, 0) + minutes
        return by_day


def dates(history: ZoneHistory, spans: Iterable[Span]) -> set[date]:
    """Every local date that has a minute of one of the spans, for a learner with these zones."""
    return {day for item in spans for day, _ in LocalDays.of(history, item).split(item)}
