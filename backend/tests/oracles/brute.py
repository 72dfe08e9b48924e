"""Days and streaks by brute force: a wall calendar read every minute, and the freeze rule written from scratch.

Imports nothing of the service and shares no idea with it: no offsets, no bounds of days, no search. It is slow, and
meant to stay so. All instants are whole minutes; a calendar knows nothing outside its window.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache, lru_cache
from importlib import resources
from zoneinfo import ZoneInfo

Moves = Sequence[tuple[datetime | None, str]]
"""A person's zones, each with the instant from which it applies, oldest first; only the first may be None (always)."""

FREEZE_EVERY_MET_DAYS, MAX_FREEZES = 7, 2
TRAVEL_DAY_MINUTES, MAX_TRAVEL_DAYS, TRAVEL_WINDOW_DAYS = 12 * 60, 2, 30
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)


@cache
def zone(name: str) -> ZoneInfo:
    """The zone from the pinned data, never from the machine."""
    with (resources.files("tzdata") / "zoneinfo").joinpath(*name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)


@lru_cache(maxsize=16)
def _minutes_of_zone(name: str, begin: datetime, end: datetime) -> list[date]:
    info, minutes = zone(name), int((end - begin) / MINUTE)
    return [(begin + number * MINUTE).astimezone(info).date() for number in range(minutes)]


class WallCalendar:
    """The date on a moving person's wall at every minute, from two days before `first` to three days after `last`.

    `shown[n]` is the date in minute n after `begin`.
    """

    def __init__(self, moves: Moves, first: date, last: date) -> None:
        self.begin = datetime(first.year, first.month, first.day, tzinfo=UTC) - 2 * DAY
        self.end = datetime(last.year, last.month, last.day, tzinfo=UTC) + 4 * DAY
        self.shown: list[date] = []
        for place, (since, name) in enumerate(moves):
            start = self.begin if place == 0 or since is None else max(self.begin, min(since, self.end))
            until = moves[place + 1][0] if place + 1 < len(moves) else self.end
            assert until is not None
            of_zone = _minutes_of_zone(name, self.begin, self.end)
            self.shown += of_zone[self._minute(start) : self._minute(max(self.begin, min(until, self.end)))]
        self.minutes_of = Counter(self.shown)
        self.first, self.last = first, last

    def _minute(self, instant: datetime) -> int:
        minutes, rest = divmod(instant - self.begin, MINUTE)
        assert not rest, f"{instant} is not a whole minute"
        return minutes

    def date_at(self, instant: datetime) -> date:
        """The date shown at an instant."""
        return self.shown[self._minute(instant)]

    def dates_during(self, begin: datetime, end: datetime) -> set[date]:
        """Every date shown from `begin` to `end` (exclusive)."""
        return set(self.shown[max(0, self._minute(begin)) : max(0, self._minute(end))])

    def end_of(self, day: date) -> datetime:
        """The minute after the last one that shows this date."""
        after = len(self.shown) - self.shown[::-1].index(day)
        assert after < len(self.shown), f"the window ends with {day}"
        return self.begin + after * MINUTE

    def never_shown(self) -> set[date]:
        """The dates from `first` to `last` that did not exist for this person."""
        return {day for day in dates(self.first, self.last) if not self.minutes_of[day]}

    def travel_days(self) -> set[date]:
        """The dates that existed, but for less than twelve hours: the earliest two in any thirty dates."""
        chosen: list[date] = []
        for day in dates(self.first, self.last):
            lately = [earlier for earlier in chosen if (day - earlier).days < TRAVEL_WINDOW_DAYS]
            if 0 < self.minutes_of[day] < TRAVEL_DAY_MINUTES and len(lately) < MAX_TRAVEL_DAYS:
                chosen.append(day)
        return set(chosen)


@dataclass(frozen=True)
class Standing:
    """A streak. `days` has the state of each date from the first met day to today."""

    current: int
    longest: int
    freezes: int
    state: str
    expires_at: datetime | None
    days: dict[date, str]
    paused: bool


@dataclass
class Run:
    """The state while walking the met days."""

    length: int = 0
    freezes: int = 0
    progress: int = 0


def standing(
    moves: Moves,
    first: date,
    last: date,
    practised: Iterable[tuple[datetime, str | None]],
    stored_excuses: Iterable[tuple[date, date]],
    outages: Iterable[tuple[datetime, datetime]],
    now: datetime,
) -> Standing:
    """A person's streak at `now`; nothing may happen outside the dates first…last.

    `practised`: instants, each with the activity's own zone, if any. `stored_excuses`: both dates are inclusive.
    `outages` are half-open.
    """
    wall = WallCalendar(moves, first, last)
    met = {wall.date_at(instant) if own is None else instant.astimezone(zone(own)).date() for instant, own in practised}
    excused = wall.travel_days() | wall.never_shown()
    for begin, end in stored_excuses:
        excused.update(dates(begin, end))
    for since, until in outages:
        excused |= wall.dates_during(since, until)
    in_force = [name for since, name in moves if since is None or since <= now]
    here = WallCalendar([(None, in_force[-1] if in_force else moves[0][1])], first, last)
    return streak(met, excused, wall.date_at(now), here)


def streak(met: Collection[date], excused: Collection[date], today: date, here: WallCalendar) -> Standing:
    """Walk the met days in order; `here` is the calendar of the zone in force now and gives the end of the last day."""
    run, longest, days = Run(), 0, dict[date, str]()
    previous: date | None = None
    for day in sorted(met):
        if previous is not None:
            between = list(dates(previous + DAY, day - DAY))
            gap = [missed for missed in between if missed not in excused]
            days |= {date_: "excused" for date_ in between if date_ in excused}
            if len(gap) <= run.freezes:
                run.freezes -= len(gap)
                days |= dict.fromkeys(gap, "frozen")
            else:
                run = Run()
                days |= dict.fromkeys(gap, "missed")
        days[day] = "met"
        run.length += 1
        longest = max(longest, run.length)
        if run.freezes < MAX_FREEZES:
            run.progress += 1
            if run.progress == FREEZE_EVERY_MET_DAYS:
                run.freezes, run.progress = run.freezes + 1, 0
        previous = day
    paused = today in excused and today not in met
    if previous is None:
        return Standing(0, 0, 0, "none", None, {today: "excused" if paused else "open"}, paused)
    last_saving = previous
    uncovered = 0
    while uncovered <= run.freezes:
        last_saving += DAY
        uncovered += last_saving not in excused
    alive = today <= last_saving
    open_gap = [missed for missed in dates(previous + DAY, today - DAY) if missed not in excused]
    days |= {date_: "excused" for date_ in dates(previous + DAY, today) if date_ in excused}
    days |= dict.fromkeys(open_gap, "frozen" if alive else "missed")
    if today not in met:
        days[today] = "excused" if paused else "open"
    state = "broken" if not alive else "at_risk" if today == last_saving else "active"
    freezes = run.freezes - len(open_gap) if alive else 0
    return Standing(run.length if alive else 0, longest, freezes, state, here.end_of(last_saving), days, paused)


def dates(first: date, last: date) -> Iterable[date]:
    """Every date from first to last; none if last is before first."""
    return (first + timedelta(days=number) for number in range((last - first).days + 1))
