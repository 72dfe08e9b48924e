"""The timeline of a streak: how each day changed it, and the streak after each day.

The states of days are those of the calendar, and runs and freezes those of `streaks.advance`: this module only says
where they come from. It shows each day as it ended, with everything known now: a freeze counts as used on the day that
it covers, and a run ends on the first day that no freeze covers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from milepost.rules.days.calendar import ZoneHistory, dates_shown
from milepost.rules.policy import StreakPolicy
from milepost.rules.streaks import wording as words
from milepost.rules.streaks.excuse_kinds import ExcusedKind
from milepost.rules.streaks.excused_days import ExcuseSpan
from milepost.rules.streaks.streaks import (
    EMPTY,
    CalendarDay,
    StreakState,
    advance,
    calendar,
    next_freeze,
    uncovered_days,
)


class StreakStanding(NamedTuple):
    """The streak after a day. Once the run has ended, `run` and `freezes` are 0.

    `began_on`: the first met day of the run; None without one. `next_freeze_in_days`: see `StreakView`.
    """

    run: int
    longest: int
    freezes: int
    next_freeze_in_days: int | None
    last_met_day: date | None
    began_on: date | None


@dataclass(frozen=True, slots=True)
class TimelineDay:
    """One date: its state in the calendar, what it did to the streak, in order, and the streak after it."""

    mark: CalendarDay
    effects: tuple[words.Reason, ...]
    after: StreakStanding


@dataclass(frozen=True, slots=True)
class StreakTimeline:
    """Consecutive dates, ascending, and the streak before the first of them."""

    before: StreakStanding
    days: Sequence[TimelineDay]


def timeline(
    first: date,
    last: date,
    met_days: Sequence[date],
    excused: Mapping[date, ExcusedKind],
    today: date,
    policy: StreakPolicy,
) -> StreakTimeline:
    """Every date from first to last; arguments as for `calendar`. The streak after the last met day or today, whichever
    is later, is the streak as of today (`view`).

    Days after today change nothing, unless they are met already (the learner flew west).
    """
    walk = _Walk(excused, policy)
    for met_day in met_days:
        if met_day >= first:
            break
        walk.meet(met_day)
    walk.skip_to(min(first, today))
    before = walk.standing()
    days = []
    for mark in calendar(first, last, met_days, excused, today, policy):
        if mark.state == "met":
            effects = walk.meet(mark.day)
        else:
            effects = walk.close(mark) if mark.day < today else walk.wait(mark)
        days.append(TimelineDay(mark, tuple(effects), walk.standing()))
    return StreakTimeline(before, days)


def deciding_excuse(day: date, kind: ExcusedKind, excuses: Sequence[ExcuseSpan]) -> int | None:
    """The index of the stored excuse that makes this day excused as `kind`, the first of several; None if none does."""
    for index, span in enumerate(excuses):
        if span.kind is kind and span.first_day <= day <= span.last_day:
            return index
    return None


def deciding_outage(day: date, outages: Sequence[tuple[datetime, datetime]], zones: ZoneHistory) -> int | None:
    """The index of the first outage that the learner's day overlaps; None if none does."""
    for index, (starts_at, ends_at) in enumerate(outages):
        if day in dates_shown(zones, starts_at, ends_at):
            return index
    return None


class _Walk:
    """Walks the days of a learner in ascending order.

    `uncovered` counts the days since the last met one that are over and neither met nor excused.
    """

    def __init__(self, excused: Mapping[date, ExcusedKind], policy: StreakPolicy) -> None:
        self._excused = excused
        self._policy = policy
        self._state: StreakState = EMPTY
        self._began_on: date | None = None
        self._uncovered = 0

    @property
    def _is_alive(self) -> bool:
        return self._state.run > 0 and self._uncovered <= self._state.freezes

    def standing(self) -> StreakStanding:
        """The streak at this point."""
        state, alive = self._state, self._is_alive
        freezes = state.freezes - self._uncovered if alive else 0
        return StreakStanding(
            run=state.run if alive else 0,
            longest=state.longest,
            freezes=freezes,
            next_freeze_in_days=next_freeze(freezes, state.progress if alive else 0, self._policy),
            last_met_day=state.last_met_day,
            began_on=self._began_on if alive else None,
        )

    def skip_to(self, day: date) -> None:
        """Pass the days between the last met one and `day`."""
        if self._state.last_met_day is not None:
            self._uncovered = uncovered_days(self._state.last_met_day, day, self._excused)

    def meet(self, day: date) -> list[words.Reason]:
        """Pass a met day. Days before it that are not over yet (it is after today) count as uncovered from now on."""
        before, over = self._state, self._uncovered
        was_alive = self._is_alive
        gap = 0 if before.last_met_day is None else uncovered_days(before.last_met_day, day, self._excused)
        after = advance(before, day, self._excused, self._policy)
        self._state, self._uncovered = after, 0
        effects: list[words.Reason] = []
        if after.run == 1:
            self._began_on = day
            if was_alive:
                effects.append(words.run_ended(before.run, gap, before.freezes))
            effects.append(words.run_started())
            left = 0
        else:
            left = before.freezes - gap
            if gap > over:
                effects.append(words.freezes_used_ahead(gap - over, left))
            effects.append(words.run_continued(after.run))
        if after.freezes > left:
            effects.append(words.freeze_earned(self._policy.freeze_every_days, after.freezes))
        return effects

    def close(self, mark: CalendarDay) -> list[words.Reason]:
        """Pass a day that is over and not met."""
        if not self._is_alive:
            return []
        if mark.day in self._excused:
            return [words.run_on_hold(self._state.run)]
        self._uncovered += 1
        left = self._state.freezes - self._uncovered
        if left < 0:
            return [words.run_ended(self._state.run, self._uncovered, self._state.freezes)]
        return [words.freeze_used(left) if mark.state == "frozen" else words.freeze_lost(left)]

    def wait(self, mark: CalendarDay) -> list[words.Reason]:
        """Pass a day that is not over and not met: only an excuse says something about the run."""
        return [words.run_on_hold(self._state.run)] if self._is_alive and mark.day in self._excused else []
