"""Periodic goals: the local days of a period, the version that judges it, what counts, and the status of a period.

This module does not know where sums are stored or what time it is; the learner's date arrives as `today`.
"""

import math
from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Literal, NamedTuple
from uuid import UUID

from milepost.rules.days.calendar import iso_week_start, month_bounds
from milepost.rules.days.periods import Days
from milepost.rules.rounding import proportion

TargetType = Literal["minutes", "percentage", "task_count", "exercises", "points", "active_days"]
TimePeriod = Literal["daily", "weekly", "monthly"]
Status = Literal["achieved", "not_started", "on_track", "behind", "missed", "not_applicable"]
GoalOrder = Literal["newest", "oldest", "name", "percent"]
GoalFault = Literal["category_and_topic", "category", "topic", "percentage", "active_days"]

MAX_GOALS = 200
"""The maximum number of goals of a learner, without archived ones."""

MAX_GOALS_KEPT = 2_000
"""The maximum number of goals of a learner, archived ones included."""

MAX_VERSIONS = 400
"""The maximum number of versions of a goal: of days on which its target changed or it came back."""

MAX_ACTIVE_DAYS: dict[TimePeriod, int] = {"daily": 1, "weekly": 7, "monthly": 31}
"""The days of the longest period of each kind. In a shorter month, all of its days reach a higher target."""

MAX_PERCENT = 999.99
_MAX_UNREACHED_PERCENT = 99.99
_SECONDS_A_MINUTE = 60
_DAY = timedelta(days=1)
_OF_CATEGORIES = frozenset({"minutes", "percentage", "task_count"})
_OF_TOPICS = frozenset({"minutes", "exercises", "points", "active_days"})


class GoalVersion(NamedTuple):
    """The target (≥ 1) of a goal from a date of the learner on, and whether the goal is archived from then on."""

    from_day: date
    target: int
    is_archived: bool = False


@dataclass(frozen=True, slots=True)
class Goal:
    """A target for every period, of what `target_type` counts.

    `category_id` limits it to tasks of a category (its id, or `uncategorised`), `topic` to activities of a topic; never
    both. `versions`: at least one, the first from the learner's date at creation, in ascending order.
    """

    goal_id: UUID
    name: str
    target_type: TargetType
    time_period: TimePeriod
    category_id: str | None
    topic: str
    versions: Sequence[GoalVersion]

    @property
    def created_on(self) -> date:
        """The first day of the goal."""
        return self.versions[0].from_day

    @property
    def target_value(self) -> int:
        """The target of the newest version."""
        return self.versions[-1].target

    @property
    def is_archived(self) -> bool:
        """Whether the newest version is archived."""
        return self.versions[-1].is_archived

    def version_on(self, day: date) -> GoalVersion | None:
        """The version in force on a day; None before the goal was made."""
        place = bisect_right(self.versions, day, key=lambda version: version.from_day)
        return self.versions[place - 1] if place else None

    @property
    def counts_plans(self) -> bool:
        """Does the goal count tasks, so that a change of plans may change what is achieved?"""
        if self.target_type == "minutes":
            return not self.topic
        return self.target_type in ("percentage", "task_count")

    @property
    def grows(self) -> bool:
        """Does the achieved amount never fall, so that the target is met when it is first reached?

        A percentage may fall again while its period is open.
        """
        return self.target_type != "percentage"

    def period_of(self, day: date) -> Days:
        """The period of this goal that contains a day."""
        return period_of(self.time_period, day)


class PeriodTerms(NamedTuple):
    """How a period of a goal is judged on the learner's date: the target, and whether the goal applies to it at all.

    `length` is the number of its dates that exist for the learner, `days_over` how many of them are before today.
    """

    target: int
    is_applicable: bool
    is_open: bool
    length: int
    days_over: int


class GoalSums(NamedTuple):
    """A learner's sums in a period, limited to the goal's category or topic if it has one.

    `scheduled` and `completed_scheduled` are minutes of slots, of all tasks and of completed tasks; `completed_n` is
    the number of completed tasks. `seconds` are of activities outside tasks; `active_days` are days with an activity.
    """

    scheduled: int = 0
    completed_scheduled: int = 0
    completed_n: int = 0
    seconds: int = 0
    exercises: int = 0
    points: int = 0
    active_days: int = 0


class StoredPeriod(NamedTuple):
    """The stored row of a period: its target, the achieved value, and whether it was met and is closed."""

    target: int
    value: int
    percent: float
    is_applicable: bool
    is_met: bool
    is_closed: bool


class PeriodChange(NamedTuple):
    """The new content of a period's row. `is_newly_met`: this commit is the first to meet it."""

    target: int
    value: int
    percent: float
    is_applicable: bool
    is_newly_met: bool
    is_revised: bool


class GoalProgress(NamedTuple):
    """A period of a goal as shown: `value` of `target` achieved, the percentage, and the status."""

    goal: Goal
    days: Days
    target: int
    value: int
    percent: float
    status: Status


def period_of(time_period: TimePeriod, day: date) -> Days:
    """daily: the day · weekly: its ISO week, Monday to Sunday · monthly: its calendar month."""
    if time_period == "daily":
        return Days(day, day)
    if time_period == "weekly":
        monday = iso_week_start(day)
        return Days(monday, monday + timedelta(days=6))
    return Days(*month_bounds(day))


def following(time_period: TimePeriod, days: Days) -> Days:
    """The period directly after."""
    return period_of(time_period, days.last + _DAY)


def preceding(time_period: TimePeriod, days: Days) -> Days:
    """The period directly before."""
    return period_of(time_period, days.first - _DAY)


def with_version(versions: Sequence[GoalVersion], version: GoalVersion) -> tuple[GoalVersion, ...]:
    """`versions` followed by one from its day on: of several versions on one day the last counts.

    Replaces versions of that day and of later ones, which exist only after a flight west. A version that changes
    nothing is left out.
    """
    earlier = tuple(before for before in versions if before.from_day < version.from_day)
    is_change = not earlier or earlier[-1][1:] != version[1:]
    return (*earlier, version) if is_change else earlier


def brought_back(versions: Sequence[GoalVersion], today: date) -> tuple[GoalVersion, ...]:
    """`versions` after the learner's date went back to `today`: the newest is in force from today at the latest.

    The date that came back is open again, so the newest wish decides it.
    """
    newest = versions[-1]
    return with_version(versions, newest._replace(from_day=today)) if newest.from_day > today else tuple(versions)


def period_terms(goal: Goal, days: Days, today: date, impossible_days: Collection[date] = ()) -> PeriodTerms:
    """How a period is judged on `today`: by the version in force on its last day; while it is open, by today's.

    The goal does not apply to periods before it was made, to those whose last day finds it archived, and to periods
    without any date that existed for the learner. `impossible_days`: the dates that did not.
    """
    missing = [day for day in impossible_days if days.first <= day <= days.last]
    length = len(days) - len(missing)
    days_over = min(max((today - days.first).days, 0), len(days)) - sum(day < today for day in missing)
    version = goal.version_on(min(days.last, today))
    target = (version or goal.versions[0]).target
    if goal.target_type == "active_days":
        target = min(target, max(length, 1))
    is_applicable = version is not None and not version.is_archived and length > 0
    return PeriodTerms(target, is_applicable, today <= days.last, length, days_over)


def goal_fault(
    target_type: TargetType, time_period: TimePeriod, target_value: int, *, has_category: bool, has_topic: bool
) -> GoalFault | None:
    """Why such a goal is not possible; None if it is.

    Tasks have categories and no topic, activities topics and no category; a percentage is at most 100, and active days
    are at most the days of the longest period.
    """
    if has_category and has_topic:
        return "category_and_topic"
    if has_category and target_type not in _OF_CATEGORIES:
        return "category"
    if has_topic and target_type not in _OF_TOPICS:
        return "topic"
    if target_type == "percentage" and target_value > 100:
        return "percentage"
    if target_type == "active_days" and target_value > MAX_ACTIVE_DAYS[time_period]:
        return "active_days"
    return None


def achieved(target_type: TargetType, measured: GoalSums) -> Fraction | None:
    """The amount achieved: whole minutes, rounded down; an exact percentage; or a number.

    None for a percentage without scheduled minutes, which has no denominator.
    """
    if target_type == "minutes":
        return Fraction(measured.completed_scheduled + measured.seconds // _SECONDS_A_MINUTE)
    if target_type == "percentage":
        return Fraction(100 * measured.completed_scheduled, measured.scheduled) if measured.scheduled else None
    counted = {
        "task_count": measured.completed_n,
        "exercises": measured.exercises,
        "points": measured.points,
        "active_days": measured.active_days,
    }
    return Fraction(counted[target_type])


def achieved_value(done: Fraction | None) -> int:
    """The value to show and store: rounded down, so that it reaches the target exactly when `done` does. None is 0."""
    return 0 if done is None else math.floor(done)


def percent_complete(done: Fraction | None, target: int) -> float:
    """`done` as a percentage of `target`, two decimals, at most 999.99: 100 only if it is reached. None is 0."""
    return 0.0 if done is None else min(proportion(done.numerator, done.denominator * target, 2), MAX_PERCENT)


def status(goal: Goal, done: Fraction | None, terms: PeriodTerms, *, is_met: bool = False) -> Status:
    """The status of a period of `goal`. `is_met`: it was met before, and stays so.

    An open period is `on_track` if the share achieved is at least the share of its days that are over, so that today is
    still the learner's. A period that is over and was not achieved is `missed`, even if nothing was done.
    """
    if is_met or _is_reached(goal, done, terms):
        return "achieved"
    if done is None or not terms.is_applicable:
        return "not_applicable"
    if not terms.is_open:
        return "missed"
    if done == 0:
        return "not_started"
    return "on_track" if done * terms.length >= terms.target * terms.days_over else "behind"


def progress(
    goal: Goal, days: Days, done: Fraction | None, stored: StoredPeriod | None, terms: PeriodTerms
) -> GoalProgress:
    """A period of `goal` as shown: the stored row once it is over and closed, else what has been done so far."""
    if stored is not None and stored.is_closed and not terms.is_open:
        if stored.is_met:
            final: Status = "achieved"
        else:
            final = "missed" if stored.is_applicable and terms.is_applicable else "not_applicable"
        return GoalProgress(goal, days, stored.target, stored.value, _stored_percent(stored), final)
    target = terms.target
    current = status(goal, done, terms, is_met=stored is not None and stored.is_met)
    return GoalProgress(goal, days, target, achieved_value(done), percent_complete(done, target), current)


def next_to_reach(periods: Sequence[GoalProgress]) -> GoalProgress | None:
    """The open period with the highest percentage below its target; of equals the one that ends first, then by name.

    A percentage that has reached its target stays `on_track` until its period is over: nothing is left to reach.
    """
    is_open = ("not_started", "on_track", "behind")
    unmet = [period for period in periods if period.status in is_open and period.value < period.target]
    return min(unmet, key=_distance, default=None)


def _distance(period: GoalProgress) -> tuple[float, date, str, UUID]:
    """How far a period is from its target. The id decides between goals of one name, so that no order of rows does."""
    return -period.percent, period.days.last, period.goal.name, period.goal.goal_id


def change_after_write(
    goal: Goal, done: Fraction | None, stored: StoredPeriod | None, terms: PeriodTerms
) -> PeriodChange | None:
    """The change of a period's row after a commit that touched its days; None if nothing needs writing.

    A growing target is met when it is first reached, a percentage only once its period is closed. A closed period keeps
    its target, and late input revises what was achieved in it. Met stays met.
    """
    if not terms.is_applicable:
        return None
    if stored is not None and stored.is_closed and not terms.is_open:
        change = _change(stored.target, done, stored, is_revised=True)
        is_unchanged = change[1:4] == (stored.value, _stored_percent(stored), stored.is_applicable)
        return None if is_unchanged and not change.is_newly_met else change
    change = _change(terms.target, done, stored)
    return change if goal.grows and change.is_newly_met else None


def change_at_close(done: Fraction | None, stored: StoredPeriod | None, terms: PeriodTerms) -> PeriodChange:
    """The final content of a period that is over, not closed yet, and one the goal applies to."""
    return _change(terms.target, done, stored)


def _is_reached(goal: Goal, done: Fraction | None, terms: PeriodTerms) -> bool:
    if done is None or not terms.is_applicable:
        return False
    return done >= terms.target and (goal.grows or not terms.is_open)


def _stored_percent(stored: StoredPeriod) -> float:
    """The stored percentage. Older rows have 100.00 for periods that lack less than half a step."""
    is_reached = stored.value >= stored.target
    return stored.percent if is_reached else min(stored.percent, _MAX_UNREACHED_PERCENT)


def _change(
    target: int, done: Fraction | None, stored: StoredPeriod | None, *, is_revised: bool = False
) -> PeriodChange:
    is_reached = done is not None and done >= target
    return PeriodChange(
        target,
        achieved_value(done),
        percent_complete(done, target),
        is_applicable=done is not None,
        is_newly_met=is_reached and not (stored is not None and stored.is_met),
        is_revised=is_revised,
    )
