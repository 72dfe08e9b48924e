"""Streaks: a pure function of a learner's met days, excused days, and today.

Nothing is decided when a day closes, so the order in which activities arrive cannot matter. This module does not know
instants (except the one at which a run expires), activities, or where days are stored.
"""

from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, NamedTuple

from milepost.rules.days.calendar import day_end
from milepost.rules.policy import StreakPolicy
from milepost.rules.streaks import wording as words
from milepost.rules.streaks.excuse_kinds import ExcusedKind as ExcusedKind
from milepost.rules.streaks.excuse_kinds import stronger as stronger

ExcusedDays = AbstractSet[date] | Mapping[date, ExcusedKind]
"""Excused dates. Extra dates do no harm: only those inside a gap are read."""

Outcome = Literal["started", "continued", "continued_with_freeze", "already_counted", "broken_and_restarted", "late"]
DayState = Literal["met", "frozen", "excused", "missed", "open", "future", "none"]


class StreakState(NamedTuple):
    """A streak after its last met day, as stored in the learner row. A tuple, because one is made for every activity.

    `run` is the length of the run in met days, `longest` that of the longest run ever. `freezes` is the number of
    freezes available (0…freeze_cap); `progress` counts met days towards the next one (0…freeze_every_days − 1). Whether
    the run is still alive depends on today: see `view`.
    """

    run: int
    longest: int
    last_met_day: date | None
    freezes: int
    progress: int


EMPTY = StreakState(run=0, longest=0, last_met_day=None, freezes=0, progress=0)


def has_gap(state: StreakState, met_day: date) -> bool:
    """Are there days between the last met day and this one? Only then does `advance` read excused days."""
    return state.last_met_day is not None and (met_day - state.last_met_day).days > 1


def advance(state: StreakState, met_day: date, excused: ExcusedDays, policy: StreakPolicy) -> StreakState:
    """The streak after one more met day, which must not be before the last one (the same day changes nothing).

    Gap = the dates in between that are not excused. If there are at least as many freezes, the gap uses that many and
    the run continues. Otherwise the run ends, and length, freezes and progress restart at 0. Each met day adds 1 to the
    length and, while there are fewer than `freeze_cap` freezes, 1 to the progress; at `freeze_every_days` it earns a
    freeze.

    Raises:
        ValueError: The day is before the last met day; a late day needs `walk`.
    """
    last = state.last_met_day
    if last == met_day:
        return state
    run, freezes, progress = state.run, state.freezes, state.progress
    if last is not None:
        if met_day < last:
            raise ValueError(f"{met_day} is before the last met day {last}")
        gap = uncovered_days(last, met_day, excused)
        if gap <= freezes:
            freezes -= gap
        else:
            run = freezes = progress = 0
    run += 1
    if freezes < policy.freeze_cap:
        progress += 1
        if progress >= policy.freeze_every_days:
            freezes, progress = freezes + 1, 0
    return StreakState(run, max(state.longest, run), met_day, freezes, progress)


def walk(met_days: Iterable[date], excused: ExcusedDays, policy: StreakPolicy) -> StreakState:
    """The streak of all met days, from the first, in ascending order. Raises like `advance`."""
    state = EMPTY
    for met_day in met_days:
        state = advance(state, met_day, excused, policy)
    return state


def uncovered_days(after: date, before: date, excused: ExcusedDays) -> int:
    """The number of dates strictly between the two that are not excused. Takes min(gap, excused days) steps."""
    between = (before - after).days - 1
    if between <= 0 or not excused:
        return max(between, 0)
    if len(excused) < between:
        return between - sum(after < day < before for day in excused)
    return sum(day not in excused for day in _dates_between(after, before))


def expiry_day(last_met_day: date, freezes: int, excused: ExcusedDays) -> date:
    """The date at whose end a run breaks: the (freezes + 1)-th date after the last met day that is not excused."""
    ordinal = last_met_day.toordinal()
    uncovered = -1
    while uncovered < freezes:
        ordinal += 1
        uncovered += date.fromordinal(ordinal) not in excused
    return date.fromordinal(ordinal)


class StreakView(NamedTuple):
    """A streak as of one day. A tuple, because one is made for every answer.

    `current` is 0 once the run is broken. `freezes` are those left after the open gap has used `freezes_pending`.
    `next_freeze_in_days`: met days until the next freeze; None at the cap.
    `expires_at`: when the run breaks without practice, or when it broke; None before the first met day.
    `paused`: today is excused and not met.
    """

    current: int
    longest: int
    state: Literal["none", "active", "at_risk", "broken"]
    met_today: bool
    paused: bool
    freezes: int
    freezes_pending: int
    next_freeze_in_days: int | None
    expires_at: datetime | None
    last_met_day: date | None


def view(
    state: StreakState,
    today: date,
    met_today: bool,
    excused: Mapping[date, ExcusedKind],
    zone_name: str,
    policy: StreakPolicy,
) -> StreakView:
    """The streak as of today.

    `excused` must contain every day after the last met one that is known to be excused, including days after today: an
    announced pause moves `expires_at`. The last met day may be after today (the learner flew west): the run is alive.
    `zone_name` is the zone in force now; it decides at which instant the last day that saves the run ends.

    Raises:
        UnknownZone: No such zone.
    """
    last = state.last_met_day
    met = met_today or last == today
    paused = today in excused and not met
    if last is None:
        return StreakView(0, 0, "none", met, paused, 0, 0, next_freeze(0, 0, policy), None, None)
    expires_on = expiry_day(last, state.freezes, excused)
    expires_at = day_end(expires_on, zone_name)
    if expires_on < today:
        in_days = next_freeze(0, 0, policy)
        return StreakView(0, state.longest, "broken", met, paused, 0, 0, in_days, expires_at, last)
    pending = uncovered_days(last, today, excused)
    left = state.freezes - pending
    return StreakView(
        current=state.run,
        longest=state.longest,
        state="at_risk" if expires_on == today else "active",
        met_today=met,
        paused=paused,
        freezes=left,
        freezes_pending=pending,
        next_freeze_in_days=next_freeze(left, state.progress, policy),
        expires_at=expires_at,
        last_met_day=last,
    )


def outcome_for(before: StreakState, after: StreakState, day: date, opened: bool) -> Outcome:
    """The effect of one activity on `day`; `opened`: it is the first activity of that day that counts for the streak.

    A freeze was used exactly if (freezes, progress) decreased: a met day alone only raises them
    (`freeze_every_days` ≥ 2).
    """
    if not opened:
        return "already_counted"
    if before.last_met_day is None:
        return "started"
    if day < before.last_met_day:
        return "late"
    if after.run == 1:
        return "broken_and_restarted"
    used_freeze = (after.freezes, after.progress) < (before.freezes, before.progress)
    return "continued_with_freeze" if used_freeze else "continued"


@dataclass(frozen=True, slots=True)
class CalendarDay:
    """One date of the streak calendar. `kind` is set only if excused; `reason` says why, to the learner.

    States: met, frozen, excused, missed, open (today, not met yet), future, and `none` before the first met day, when
    no day can be missed.
    """

    day: date
    state: DayState
    kind: ExcusedKind | None
    reason: words.Reason


def calendar(
    first: date,
    last: date,
    met_days: Iterable[date],
    excused: Mapping[date, ExcusedKind],
    today: date,
    policy: StreakPolicy,
) -> list[CalendarDay]:
    """Every date from first to last, ascending, with its state; if several apply, met > excused > frozen > missed.

    `met_days` are all met days of the learner in ascending order, and `excused` all excused days, not only those in the
    range: whether a day is frozen depends on everything before it. Days after today are `future` unless excused.
    """
    marks = _marks(met_days, excused, today, policy)
    first_met = next((day for day, mark in marks.items() if mark.state == "met"), date.max)
    days = []
    for day in (date.fromordinal(ordinal) for ordinal in range(first.toordinal(), last.toordinal() + 1)):
        mark = marks.get(day)
        if mark is not None and mark.state == "met":
            days.append(mark)
        elif day in excused:
            days.append(CalendarDay(day, "excused", excused[day], words.excused(excused[day], ahead=day > today)))
        elif mark is not None:
            days.append(mark)
        elif day > today:
            days.append(CalendarDay(day, "future", None, words.FUTURE))
        else:
            assert day < first_met  # everything from the first met day to today has a mark
            days.append(CalendarDay(day, "none", None, words.BEFORE_FIRST))
    return days


def _marks(
    met_days: Iterable[date], excused: ExcusedDays, today: date, policy: StreakPolicy
) -> dict[date, CalendarDay]:
    """Met days, the uncovered days between them up to today, and today if open; ascending by met day."""
    marks: dict[date, CalendarDay] = {}
    state = EMPTY
    for met_day in met_days:
        before, state = state, advance(state, met_day, excused, policy)
        if before.last_met_day is not None:
            for day in _dates_between(before.last_met_day, met_day):
                if state.run > 1:
                    marks[day] = CalendarDay(day, "frozen", None, words.FROZEN)
                else:
                    marks[day] = CalendarDay(day, "missed", None, words.missed(before.run))
        marks[met_day] = CalendarDay(met_day, "met", None, words.met(state.run))
    alive = False
    if state.last_met_day is not None:
        alive = uncovered_days(state.last_met_day, today, excused) <= state.freezes
        for day in _dates_between(state.last_met_day, today):
            if alive:
                marks[day] = CalendarDay(day, "frozen", None, words.FROZEN_PENDING)
            else:
                marks[day] = CalendarDay(day, "missed", None, words.missed(state.run))
    if today not in marks or marks[today].state != "met":
        marks[today] = CalendarDay(today, "open", None, words.open_today(state.run if alive else 0))
    return {day: mark for day, mark in marks.items() if day <= today or mark.state == "met"}


def _dates_between(after: date, before: date) -> Iterator[date]:
    return (date.fromordinal(ordinal) for ordinal in range(after.toordinal() + 1, before.toordinal()))


def next_freeze(freezes: int, progress: int, policy: StreakPolicy) -> int | None:
    """Met days until the next freeze; None at the cap."""
    return None if freezes >= policy.freeze_cap else policy.freeze_every_days - progress
