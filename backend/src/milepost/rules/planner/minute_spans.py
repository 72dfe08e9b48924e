"""Spans of whole minutes: what they cover together, what two have in common, how much of it falls on each local day.

A minute has the local date of its first instant, so nothing is ever rounded, also where a learner changed zone in the
middle of one. Knows neither tasks nor where spans are stored.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from milepost.rules.days.calendar import ZoneHistory, dated

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MINUTE = timedelta(minutes=1)

MINUTES_A_DAY = 24 * 60


class Span(NamedTuple):
    """From `start` to before `end`, in whole minutes since 1970-01-01T00:00Z (negative before)."""

    start: int
    end: int


def minute_of(instant: datetime) -> int:
    """The minute an aware instant lies in, rounded down."""
    return (instant - _EPOCH) // _MINUTE


def instant_of(minute: int) -> datetime:
    """The first instant of a minute."""
    return _EPOCH + minute * _MINUTE


def is_whole_minute(instant: datetime) -> bool:
    """Whether an instant is the first of its minute."""
    return instant.second == 0 and instant.microsecond == 0


def span(start: datetime, end: datetime) -> Span:
    """The span between two aware instants.

    Raises:
        ValueError: one is not on a whole minute, or the end is not after the start.
    """
    if not is_whole_minute(start) or not is_whole_minute(end):
        raise ValueError("a span begins and ends on whole minutes")
    if end <= start:
        raise ValueError("a span ends after it begins")
    return Span(minute_of(start), minute_of(end))


def union(spans: Iterable[Span]) -> list[Span]:
    """What the spans cover together: ascending, apart; those that touch are joined."""
    joined: list[Span] = []
    for one in sorted(spans):
        if joined and one.start <= joined[-1].end:
            if one.end > joined[-1].end:
                joined[-1] = Span(joined[-1].start, one.end)
        else:
            joined.append(one)
    return joined


def intersection(one: Sequence[Span], other: Sequence[Span]) -> list[Span]:
    """What both cover; each as `union` gives it, and so is the answer."""
    common: list[Span] = []
    i = j = 0
    while i < len(one) and j < len(other):
        start, end = max(one[i].start, other[j].start), min(one[i].end, other[j].end)
        if start < end:
            common.append(Span(start, end))
        if one[i].end < other[j].end:
            i += 1
        else:
            j += 1
    return common


@dataclass(frozen=True, slots=True)
class LocalDays:
    """The local date of each minute of a window: from `starts[n]` on it is `days[n]`. A date may come twice."""

    window: Span
    starts: tuple[int, ...]
    days: tuple[date, ...]

    @classmethod
    def of(cls, history: ZoneHistory, window: Span) -> "LocalDays":
        """The dates of a learner with these zones; the window is not empty."""
        pieces = dated(history, instant_of(window.start), instant_of(window.end))
        # The first minute that begins in a piece; where a piece holds no such minute, the next one takes its place.
        found = {-((_EPOCH - begun) // _MINUTE): day for begun, _, day in pieces}
        return cls(window, tuple(found), tuple(found.values()))

    def within(self, first: date, last: date) -> "LocalDays":
        """The same, cut to the time from the first minute of first…last to the last one; all of it where none is."""
        ends = (*self.starts[1:], self.window.end)
        shown = [place for place, day in enumerate(self.days) if first <= day <= last]
        if not shown:
            return self
        kept = slice(shown[0], shown[-1] + 1)
        return LocalDays(Span(self.starts[shown[0]], ends[shown[-1]]), self.starts[kept], self.days[kept])

    def split(self, one: Span) -> Iterator[tuple[date, int]]:
        """A date and a number of minutes for each piece of the span that lies in the window."""
        start, end = max(one.start, self.window.start), min(one.end, self.window.end)
        place = bisect_right(self.starts, start) - 1
        while start < end:
            until = self.starts[place + 1] if place + 1 < len(self.starts) else end
            until = min(until, end)
            yield self.days[place], until - start
            start, place = until, place + 1

    def minutes(self, spans: Iterable[Span]) -> dict[date, int]:
        """Minutes of the spans on each local date; where spans overlap, each counts."""
        found: dict[date, int] = {}
        for one in spans:
            for day, minutes in self.split(one):
                found[day] = found.get(day, 0) + minutes
        return found


def dates(history: ZoneHistory, spans: Iterable[Span]) -> set[date]:
    """Every local date on which a minute of one of the spans lies, for a learner with these zones."""
    return {day for one in spans for day, _ in LocalDays.of(history, one).split(one)}
