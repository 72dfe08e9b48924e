"""Days: the only place that turns an instant into a learner's date, and a date into instants.

Time-zone data comes from the pinned `tzdata` package alone, never from the machine. Does not know the clock, what a
streak is, or where a learner's zones are stored.
"""

import zoneinfo
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from importlib import import_module, resources
from itertools import pairwise
from zoneinfo import ZoneInfo

from milepost.rules.policy import StreakPolicy

zoneinfo.reset_tzpath(to=())  # the whole process: otherwise the machine's own, older or newer, data would win

TZDATA_VERSION = str(import_module("tzdata").IANA_VERSION)
"""Release of the time-zone data as IANA names it (`2026f`)."""

ZONE_NAMES = frozenset((resources.files("tzdata") / "zones").read_text("utf-8").split()) - {"Factory"}
"""Every zone name a learner may have. `Factory` means "not configured" and is nobody's zone."""

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_SECOND = timedelta(seconds=1)
# No zone changes its offset twice within six days, so two equal offsets at most this far apart mean none in between.
_CHANGE_FREE_STEP = timedelta(days=6)
# Daylight saving moves clocks by at most three hours; more is a place that changed sides of the date line (or a station
# in Antarctica that opened). The first year is the epoch's, long before any activity; none is announced for the future.
_BIG_JUMP = timedelta(hours=4)
_BIG_JUMPS_FROM = datetime(1970, 1, 1, tzinfo=UTC)
_BIG_JUMPS_TO = datetime(2038, 1, 1, tzinfo=UTC)
_EARLIEST_CHANGE = datetime(1900, 1, 1, tzinfo=UTC)
_LATEST_CHANGE = datetime(2200, 1, 1, tzinfo=UTC)

_loaded: dict[str, ZoneInfo] = {}


class UnknownZone(ValueError):
    """Not the name of a time zone: names are compared exactly, in case too."""

    def __init__(self, name: str) -> None:
        super().__init__(f"unknown time zone {name[:60]!r}")


class InstantOutOfRange(ValueError):
    """So near to year 1 or 9999 that its local date does not exist."""


def zone(name: str) -> ZoneInfo:
    """The zone of an IANA name. Names outside `ZONE_NAMES` never reach the file system.

    Raises:
        UnknownZone: no such zone.
    """
    loaded = _loaded.get(name)
    if loaded is None:
        if name not in ZONE_NAMES:
            raise UnknownZone(name)
        # Not from zoneinfo's own cache: somebody may have filled it from the machine's data before this module came.
        loaded = _loaded[name] = ZoneInfo.no_cache(name)
    return loaded


def local_day_and_offset(instant: datetime, zone_name: str) -> tuple[date, int]:
    """The local date of an instant, and the local offset from UTC in whole minutes (seconds dropped, before 1972 only).

    Raises:
        UnknownZone: no such zone.
        InstantOutOfRange: the local date would lie outside years 1–9999.
        ValueError: the instant has no offset.
    """
    if instant.tzinfo is None:
        raise ValueError("an instant needs an offset from UTC")
    try:
        local = instant.astimezone(zone(zone_name))
        offset = local.utcoffset()
    except OverflowError:
        raise InstantOutOfRange(f"{instant} has no local date in {zone_name}") from None
    assert offset is not None  # every ZoneInfo has one for every instant
    return local.date(), offset // _MINUTE


def local_day(instant: datetime, zone_name: str) -> date:
    """The local date of an instant; errors as `local_day_and_offset`."""
    return local_day_and_offset(instant, zone_name)[0]


def day_start(day: date, zone_name: str) -> datetime:
    """The first instant (UTC) with this local date: not always midnight, and not always 24 hours before the next.

    A date the zone left out (Pacific/Apia 2011-12-30) has no instant: then start and end are both the instant at which
    it was jumped over.

    Raises:
        UnknownZone: no such zone.
        InstantOutOfRange: the date touches the ends of years 1–9999.
    """
    return _bounds(day, zone_name)[0]


def day_end(day: date, zone_name: str) -> datetime:
    """The instant (UTC) after the last one with this local date; errors and left-out dates as `day_start`.

    Where clocks went back over midnight, this is later than the start of the next date.
    """
    return _bounds(day, zone_name)[1]


def iso_week_start(day: date) -> date:
    """The Monday of the ISO week of a day."""
    return day - timedelta(days=day.weekday())


def month_bounds(day: date) -> tuple[date, date]:
    """First and last date of the calendar month of a day."""
    first = day.replace(day=1)
    following = date(day.year + day.month // 12, day.month % 12 + 1, 1) if first < date(9999, 12, 1) else None
    return first, following - _DAY if following else date.max


def dated(history: "ZoneHistory", start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime, date]]:
    """The time from `start` to `end` (UTC, 1900–2199) in pieces of one local date each, ascending and without holes.

    A date may come in several pieces: clocks can go back over midnight, and learners fly west.
    """
    for begun, until, offset in _stretches(history, start, end):
        at = begun
        while at < until:
            local = at + offset
            midnight = datetime(local.year, local.month, local.day, tzinfo=UTC) + _DAY - offset
            following = min(midnight, until)
            yield at, following, local.date()
            at = following


@dataclass(frozen=True, slots=True)
class ZonePeriod:
    """From `valid_from` on (None: always) the learner's zone is `name`, until the next period begins."""

    valid_from: datetime | None
    name: str


@dataclass(frozen=True, slots=True)
class ZoneHistory:
    """A learner's zones, oldest first: at least one, strictly ascending; only the first may be valid from ever.

    Raises:
        UnknownZone: a period names no zone.
        InstantOutOfRange: an instant before 1900 or after 2199.
        ValueError: empty, unordered, or an instant without offset.
    """

    periods: tuple[ZonePeriod, ...]
    _starts: tuple[datetime, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        starts: list[datetime] = []
        for period in self.periods[1:]:
            if period.valid_from is None:
                raise ValueError("only the first zone of a history may be valid from ever")
            starts.append(period.valid_from)
        first = self.periods[0].valid_from if self.periods else None
        known = starts if first is None else [first, *starts]
        if not self.periods or any(start.tzinfo is None for start in known):
            raise ValueError("a zone history needs a zone, and instants need an offset from UTC")
        if any(not _EARLIEST_CHANGE <= start < _LATEST_CHANGE for start in known):
            raise InstantOutOfRange("the zones of a history must begin between 1900 and 2200")
        if any(a >= b for a, b in pairwise(known)):
            raise ValueError("the zones of a history must be in ascending order of their instants")
        for period in self.periods:
            zone(period.name)
        object.__setattr__(self, "_starts", tuple(starts))

    @classmethod
    def always(cls, name: str) -> "ZoneHistory":
        """The history of a learner who never moved."""
        return cls((ZonePeriod(None, name),))

    @property
    def current(self) -> str:
        """The zone that came last."""
        return self.periods[-1].name

    def name_at(self, instant: datetime) -> str:
        """The zone in force: the newest period with valid_from ≤ instant; before the first, the first one's."""
        return self.periods[bisect_right(self._starts, instant)].name

    def changes(self) -> Iterator[tuple[datetime, str, str]]:
        """Every instant at which another period begins, with the zone before and the zone from then on."""
        for start, (before, after) in zip(self._starts, pairwise(self.periods), strict=True):
            yield start, before.name, after.name


def never_shortens_days(history: ZoneHistory) -> bool:
    """Whether no date of this history was ever left out or cut short, so that nobody need look for such days."""
    return not _shortened(history)


def impossible_days(history: ZoneHistory, first: date, last: date) -> frozenset[date]:
    """Dates within first…last that did not exist for the learner, not for a second: they cannot be missed."""
    return frozenset(day for day, length in _shortened(history) if not length and first <= day <= last)


@lru_cache(maxsize=4_096)
def dates_shown(history: ZoneHistory, begin: datetime, end: datetime) -> frozenset[date]:
    """Every date the learner's clock showed from `begin` until before `end`; none when `end` is not later.

    Not simply those from the first to the last: clocks go back over midnight, and people fly over the date line and
    back, so a date may lie ahead of both.
    """
    days: set[date] = set()
    for start, until, offset in _stretches(history, begin, end) if begin < end else ():
        naive = (
            moment.astimezone(UTC).replace(tzinfo=None) + offset for moment in (start, until - timedelta.resolution)
        )
        first, last = (local.toordinal() for local in naive)
        days.update(date.fromordinal(ordinal) for ordinal in range(first, last + 1))
    return frozenset(days)


def travel_days(history: ZoneHistory, first: date, last: date, policy: StreakPolicy) -> frozenset[date]:
    """Dates within first…last that lasted less than `travel_short_day_hours` (at most 20) for the learner, but existed.

    Earliest first, at most `travel_max_days` of them in any `travel_window_days` dates; which ones depends on the whole
    history, never on the range asked for.
    """
    chosen: list[date] = []
    for day, length in _shortened(history):
        if not timedelta() < length < timedelta(hours=policy.travel_short_day_hours):
            continue
        window_start = day - timedelta(days=policy.travel_window_days)
        if sum(earlier > window_start for earlier in chosen) < policy.travel_max_days:
            chosen.append(day)
    return frozenset(day for day in chosen if first <= day <= last)


# --- How offsets change ---------------------------------------------------------------------------------------------


def _offset(instant: datetime, zone_name: str) -> timedelta:
    offset = instant.astimezone(zone(zone_name)).utcoffset()
    assert offset is not None  # every ZoneInfo has one for every instant
    return offset


def _offset_changes(start: datetime, end: datetime, zone_name: str) -> list[tuple[datetime, timedelta]]:
    """Every instant in (start, end] at which the zone's offset changes, with the new offset, exact to the second."""
    changes = []
    while start < end:
        step = min(start + _CHANGE_FREE_STEP, end)
        before, after = _offset(start, zone_name), _offset(step, zone_name)
        if before != after:
            low, high = start.replace(microsecond=0), step.replace(microsecond=0)  # changes lie on whole seconds
            while high - low > _SECOND:
                middle = low + (high - low) // 2 // _SECOND * _SECOND
                low, high = (middle, high) if _offset(middle, zone_name) == before else (low, middle)
            changes.append((high, after))
        start = step
    return changes


@lru_cache(maxsize=16_384)
def _bounds(day: date, zone_name: str) -> tuple[datetime, datetime]:
    """Start and end of a local date; both the instant of the jump for a date of zero length."""
    try:
        pieces = _pieces(ZoneHistory.always(zone_name), day)
    except OverflowError:
        raise InstantOutOfRange(f"{day} touches the end of the calendar") from None
    shown = [piece for piece in pieces if piece.shown_from < piece.shown_until]
    if not shown:
        jump = next(piece.start for piece in pieces if piece.shown_until <= piece.start)
        return jump, jump
    return shown[0].shown_from, shown[-1].shown_until


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of constant offset, and from when to when it showed a certain date; from ≥ until where it did not."""

    start: datetime
    shown_from: datetime
    shown_until: datetime


def _pieces(history: ZoneHistory, day: date) -> list[_Piece]:
    """The stretches around a date, ascending. Offsets are less than a day, so a day to both sides is enough."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return [
        _Piece(start, max(start, midnight - offset), min(end, midnight + _DAY - offset))
        for start, end, offset in _stretches(history, midnight - _DAY, midnight + 2 * _DAY)
    ]


def _stretches(history: ZoneHistory, low: datetime, high: datetime) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """The stretches of constant offset from low to high, ascending and without holes."""
    names = [history.name_at(low)]
    borders = [low]
    for instant, _, after in history.changes():
        if low < instant < high:
            borders.append(instant)
            names.append(after)
    for name, start, end in zip(names, borders, [*borders[1:], high], strict=True):
        begun, offset = start, _offset(start, name)
        for instant, changed in _offset_changes(start, end, name):
            yield begun, instant, offset
            begun, offset = instant, changed
        yield begun, end, offset


# --- Dates that clocks jumped into or over ---------------------------------------------------------------------------


@lru_cache(maxsize=4_096)
def _shortened(history: ZoneHistory) -> tuple[tuple[date, timedelta], ...]:
    """Every date a large jump of the learner's clock cut short, ascending, with the time it lasted.

    Only a jump forward cuts a date short, and a date is cut short by a jump that leads into it, out of it or over it;
    so a learner whose zones never jumped costs nothing.
    """
    days: set[date] = set()
    for instant, before, after in history.changes():
        # The zone left behind may have jumped at that very instant: what counts is what its clock showed before.
        days |= _jumped(instant, _offset(instant - timedelta.resolution, before), _offset(instant, after))
    for name in {period.name for period in history.periods}:
        # Whether the learner was there at the time shows in the length.
        for jump in _big_jumps(name):
            days |= _jumped(*jump)
    return tuple((day, _length(history, day)) for day in sorted(days))


def _jumped(instant: datetime, before: timedelta, after: timedelta) -> set[date]:
    """The dates from the one a clock showed last to the one it showed next; none when it did not jump forward."""
    if after <= before:
        return set()
    naive = instant.astimezone(UTC).replace(tzinfo=None)
    last, following = (naive + before).date(), (naive + after).date()
    return {date.fromordinal(ordinal) for ordinal in range(last.toordinal(), following.toordinal() + 1)}


def _length(history: ZoneHistory, day: date) -> timedelta:
    pieces = _pieces(history, day)
    return sum((max(piece.shown_until - piece.shown_from, timedelta()) for piece in pieces), timedelta())


@cache
def _big_jumps(zone_name: str) -> tuple[tuple[datetime, timedelta, timedelta], ...]:
    """Where a zone's clocks went forward by `_BIG_JUMP` or more: the instant, the offset before, the offset after."""
    jumps = []
    step = timedelta(days=28)
    start, offset = _BIG_JUMPS_FROM, _offset(_BIG_JUMPS_FROM, zone_name)
    while start < _BIG_JUMPS_TO:
        before, offset = offset, _offset(start + step, zone_name)
        # Such a change lasts for months, so a coarse look finds it; only then is it looked for exactly. Two hours less:
        # daylight saving may end in the same four weeks.
        if offset - before >= _BIG_JUMP - timedelta(hours=2):
            for instant, after in _offset_changes(start, start + step, zone_name):
                if after - before >= _BIG_JUMP:
                    jumps.append((instant, before, after))
                before = after
        start += step
    return tuple(jumps)
