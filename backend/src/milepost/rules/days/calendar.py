"""Days: the only place that turns an instant into a learner's date, and a date into instants.

Time-zone data comes only from the pinned `tzdata` package, never from the machine. This module does not know the clock,
streaks, or where a learner's zones are stored.
"""

import zoneinfo
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from importlib import import_module, resources
from itertools import pairwise
from zoneinfo import ZoneInfo

from milepost.rules.policy import StreakPolicy

zoneinfo.reset_tzpath(to=())  # for the whole process: otherwise the machine's data, older or newer, takes precedence

TZDATA_VERSION = str(import_module("tzdata").IANA_VERSION)
"""The IANA release of the time-zone data (`2026f`)."""

ZONE_NAMES = frozenset((resources.files("tzdata") / "zones").read_text("utf-8").split()) - {"Factory"}
"""Every zone name a learner may have. `Factory` means "not configured" and is not a zone."""

_DAY = timedelta(days=1)
_MINUTE = timedelta(minutes=1)
_SECOND = timedelta(seconds=1)
# No zone changes its offset twice within six days, so equal offsets at most this far apart mean no change in between.
_CHANGE_FREE_STEP = timedelta(days=6)
# Daylight saving moves clocks by at most three hours; a larger jump is a place that crossed the date line (or a station
# in Antarctica that opened). The search starts at the epoch, long before any activity; no future jump is announced.
_BIG_JUMP = timedelta(hours=4)
_BIG_JUMPS_FROM = datetime(1970, 1, 1, tzinfo=UTC)
_BIG_JUMPS_TO = datetime(2038, 1, 1, tzinfo=UTC)
_EARLIEST_CHANGE = datetime(1900, 1, 1, tzinfo=UTC)
_LATEST_CHANGE = datetime(2200, 1, 1, tzinfo=UTC)

_loaded: dict[str, ZoneInfo] = {}


class UnknownZone(ValueError):
    """Not the name of a time zone; names are case-sensitive."""

    def __init__(self, name: str) -> None:
        super().__init__(f"unknown time zone {name[:60]!r}")


class InstantOutOfRange(ValueError):
    """An instant so close to year 1 or 9999 that its local date does not exist."""


def zone(name: str) -> ZoneInfo:
    """The zone with this IANA name. Names outside `ZONE_NAMES` never reach the file system.

    Raises:
        UnknownZone: No such zone.
    """
    loaded = _loaded.get(name)
    if loaded is None:
        if name not in ZONE_NAMES:
            raise UnknownZone(name)
        # Not from zoneinfo's cache: it may hold the machine's data, loaded before this module was imported.
        loaded = _loaded[name] = ZoneInfo.no_cache(name)
    return loaded


def local_day_and_offset(instant: datetime, zone_name: str) -> tuple[date, int]:
    """The local date of an instant, and the offset from UTC in whole minutes (only offsets before 1972 have seconds).

    Seconds of an offset are rounded down.

    Raises:
        UnknownZone: No such zone.
        InstantOutOfRange: The local date is outside years 1–9999.
        ValueError: The instant has no offset.
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
    """The local date of an instant; raises like `local_day_and_offset`."""
    return local_day_and_offset(instant, zone_name)[0]


def day_start(day: date, zone_name: str) -> datetime:
    """The first instant (UTC) with this local date: not always midnight, and not always 24 hours before the next.

    A date that the zone skipped (Pacific/Apia 2011-12-30) has no instants: its start and end are both the instant of
    the jump.

    Raises:
        UnknownZone: No such zone.
        InstantOutOfRange: The date is at the end of years 1–9999.
    """
    return _bounds(day, zone_name)[0]


def day_end(day: date, zone_name: str) -> datetime:
    """The instant (UTC) after the last one with this local date; errors and skipped dates as for `day_start`.

    Where clocks went back across midnight, this is later than the start of the next date.
    """
    return _bounds(day, zone_name)[1]


def day_seconds(day: date, zone_name: str) -> int:
    """How long this local date lasts in the zone, in seconds; errors as for `day_start`, 0 for a skipped date."""
    return _bounds(day, zone_name)[2]


def iso_week_start(day: date) -> date:
    """The Monday of the day's ISO week."""
    return day - timedelta(days=day.weekday())


def month_bounds(day: date) -> tuple[date, date]:
    """The first and last date of the day's calendar month."""
    first = day.replace(day=1)
    following = date(day.year + day.month // 12, day.month % 12 + 1, 1) if first < date(9999, 12, 1) else None
    return first, following - _DAY if following else date.max


def split_by_date(history: "ZoneHistory", start: datetime, end: datetime) -> Iterator[tuple[datetime, datetime, date]]:
    """Split `start` to `end` (UTC, 1900–2199) into pieces of one local date each, ascending and without gaps.

    A date may have several pieces: clocks can go back across midnight, and learners fly west.
    """
    for since, until, offset in _stretches(history, start, end):
        at = since
        while at < until:
            local = at + offset
            midnight = datetime(local.year, local.month, local.day, tzinfo=UTC) + _DAY - offset
            following = min(midnight, until)
            yield at, following, local.date()
            at = following


@dataclass(frozen=True, slots=True)
class ZonePeriod:
    """The learner's zone is `name` from `valid_from` (None: from the beginning) until the next period begins."""

    valid_from: datetime | None
    name: str


@dataclass(frozen=True, slots=True)
class ZoneHistory:
    """A learner's zones, oldest first: at least one, strictly ascending. Only the first may have no `valid_from`.

    Raises:
        UnknownZone: A period has an unknown zone.
        InstantOutOfRange: An instant is before 1900 or after 2199.
        ValueError: The history is empty or not ascending, or an instant has no offset.
    """

    periods: tuple[ZonePeriod, ...]
    _starts: tuple[datetime, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        starts: list[datetime] = []
        for period in self.periods[1:]:
            if period.valid_from is None:
                raise ValueError("only the first zone of a history may have no beginning")
            starts.append(period.valid_from)
        first = self.periods[0].valid_from if self.periods else None
        instants = starts if first is None else [first, *starts]
        if not self.periods or any(instant.tzinfo is None for instant in instants):
            raise ValueError("a zone history needs a zone, and instants need an offset from UTC")
        if any(not _EARLIEST_CHANGE <= instant < _LATEST_CHANGE for instant in instants):
            raise InstantOutOfRange("the zones of a history must begin between 1900 and 2200")
        if any(a >= b for a, b in pairwise(instants)):
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
        """The newest zone: where the learner is now. No zone of a history begins in the future."""
        return self.periods[-1].name

    def name_at(self, instant: datetime) -> str:
        """The zone in force: that of the newest period with valid_from ≤ instant; before the first period, its zone."""
        return self.periods[bisect_right(self._starts, instant)].name

    def changes(self) -> Iterator[tuple[datetime, str, str]]:
        """Every instant at which the next period begins, with the zones before and after it."""
        for start, (before, after) in zip(self._starts, pairwise(self.periods), strict=True):
            yield start, before.name, after.name

    def between(self, low: datetime, high: datetime) -> Iterator[tuple[datetime, str]]:
        """The instants after `low` and before `high` at which a period begins, with its zone."""
        for place in range(bisect_right(self._starts, low), bisect_left(self._starts, high)):
            yield self._starts[place], self.periods[place + 1].name


def never_shortens_days(history: ZoneHistory) -> bool:
    """Is no date of this history skipped or shortened, so that the search for such days can be left out?"""
    return not _shortened(history)


def impossible_days(history: ZoneHistory, first: date, last: date) -> frozenset[date]:
    """The dates in first…last that did not exist for the learner, not even for a second: they cannot be missed."""
    return frozenset(day for day, length in _shortened(history) if not length and first <= day <= last)


@lru_cache(maxsize=4_096)
def dates_shown(history: ZoneHistory, begin: datetime, end: datetime) -> frozenset[date]:
    """Every date that the learner's clock showed from `begin` to `end` (exclusive); none if `end` is not later.

    Not simply the dates from the first to the last: clocks go back across midnight, and learners cross the date line
    and return, so a date may lie ahead of both.
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
    """The dates in first…last that existed for the learner, but for less than `travel_short_day_hours` (at most 20).

    At most `travel_max_days` in any `travel_window_days` dates, the earliest first. The choice depends on the whole
    history, never on the range.
    """
    chosen: list[date] = []
    for day, length in _shortened(history):
        if not timedelta() < length < timedelta(hours=policy.travel_short_day_hours):
            continue
        window_start = day - timedelta(days=policy.travel_window_days)
        if sum(earlier > window_start for earlier in chosen) < policy.travel_max_days:
            chosen.append(day)
    return frozenset(day for day in chosen if first <= day <= last)


def shortened_days(history: ZoneHistory, first: date, last: date) -> dict[date, timedelta]:
    """The dates in first…last that a forward jump of the learner's clock shortened or skipped, with the time each
    lasted.
    """
    full = timedelta(days=1)
    return {day: length for day, length in _shortened(history) if length < full and first <= day <= last}


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
            low, high = start.replace(microsecond=0), step.replace(microsecond=0)  # changes are on whole seconds
            while high - low > _SECOND:
                middle = low + (high - low) // 2 // _SECOND * _SECOND
                low, high = (middle, high) if _offset(middle, zone_name) == before else (low, middle)
            changes.append((high, after))
        start = step
    return changes


@lru_cache(maxsize=16_384)
def _bounds(day: date, zone_name: str) -> tuple[datetime, datetime, int]:
    """The start and end of a local date, and its length in seconds. A skipped date starts and ends with the jump."""
    try:
        pieces = _pieces(ZoneHistory.always(zone_name), day)
    except OverflowError:
        raise InstantOutOfRange(f"{day} is at the end of the calendar") from None
    shown = [piece for piece in pieces if piece.shown_from < piece.shown_until]
    if not shown:
        jump = next(piece.start for piece in pieces if piece.shown_until <= piece.start)
        return jump, jump, 0
    return shown[0].shown_from, shown[-1].shown_until, int(_shown(pieces).total_seconds())


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of constant offset, and the part of it that showed a given date (none if from ≥ until)."""

    start: datetime
    shown_from: datetime
    shown_until: datetime


def _pieces(history: ZoneHistory, day: date) -> list[_Piece]:
    """The stretches around a date, ascending. Offsets are below one day, so one day on each side is enough."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return [
        _Piece(start, max(start, midnight - offset), min(end, midnight + _DAY - offset))
        for start, end, offset in _stretches(history, midnight - _DAY, midnight + 2 * _DAY)
    ]


def _stretches(history: ZoneHistory, low: datetime, high: datetime) -> Iterator[tuple[datetime, datetime, timedelta]]:
    """The stretches of constant offset from low to high, ascending and without gaps: (start, end, offset)."""
    names = [history.name_at(low)]
    borders = [low]
    for instant, name in history.between(low, high):
        borders.append(instant)
        names.append(name)
    for name, start, end in zip(names, borders, [*borders[1:], high], strict=True):
        since, offset = start, _offset(start, name)
        for instant, new_offset in _offset_changes(start, end, name):
            yield since, instant, offset
            since, offset = instant, new_offset
        yield since, end, offset


# --- Dates that a clock jump shortened or skipped --------------------------------------------------------------------


@lru_cache(maxsize=4_096)
def _shortened(history: ZoneHistory) -> tuple[tuple[date, timedelta], ...]:
    """Every date that a large jump of the learner's clock may have shortened, ascending, with the time it lasted.

    Only a forward jump shortens a date: one into it, out of it or over it. So this is free for a learner whose zones
    never jumped.
    """
    days: set[date] = set()
    for instant, before, after in history.changes():
        # The old zone may have jumped at that very instant: what its clock showed just before is what counts.
        days |= _jumped(instant, _offset(instant - timedelta.resolution, before), _offset(instant, after))
    for name in {period.name for period in history.periods}:
        # The length then tells whether the learner was in that zone at the time.
        for jump in _big_jumps(name):
            days |= _jumped(*jump)
    return tuple((day, _length(history, day)) for day in sorted(days))


def _jumped(instant: datetime, before: timedelta, after: timedelta) -> set[date]:
    """The dates from the last one before a forward jump to the first one after it; none without such a jump."""
    if after <= before:
        return set()
    naive = instant.astimezone(UTC).replace(tzinfo=None)
    last, following = (naive + before).date(), (naive + after).date()
    return {date.fromordinal(ordinal) for ordinal in range(last.toordinal(), following.toordinal() + 1)}


def _length(history: ZoneHistory, day: date) -> timedelta:
    return _shown(_pieces(history, day))


def _shown(pieces: Iterable[_Piece]) -> timedelta:
    return sum((max(piece.shown_until - piece.shown_from, timedelta()) for piece in pieces), timedelta())


@cache
def _big_jumps(zone_name: str) -> tuple[tuple[datetime, timedelta, timedelta], ...]:
    """The forward jumps of a zone's clocks by `_BIG_JUMP` or more: the instant, the offset before, the offset after."""
    jumps = []
    step = timedelta(days=28)
    start, offset = _BIG_JUMPS_FROM, _offset(_BIG_JUMPS_FROM, zone_name)
    while start < _BIG_JUMPS_TO:
        before, offset = offset, _offset(start + step, zone_name)
        # Such a change lasts for months, so a coarse step finds it, and only then the exact instant is searched. The
        # limit is two hours lower, because daylight saving may end in the same four weeks.
        if offset - before >= _BIG_JUMP - timedelta(hours=2):
            for instant, after in _offset_changes(start, start + step, zone_name):
                if after - before >= _BIG_JUMP:
                    jumps.append((instant, before, after))
                before = after
        start += step
    return tuple(jumps)
