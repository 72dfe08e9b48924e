"""Periodic goals: which local days a period has, what counts towards a goal, and how a period stands.

Does not know where sums are kept or what time it is; the learner's date arrives as `today`.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from fractions import Fraction
from typing import Literal, NamedTuple
from uuid import UUID

from milepost.rules.days.calendar import iso_week_start, month_bounds
from milepost.rules.days.periods import Days
from milepost.rules.rounding import rounded

TargetType = Literal["minutes", "percentage", "task_count", "exercises", "points", "active_days"]
TimePeriod = Literal["daily", "weekly", "monthly"]
Status = Literal["achieved", "not_started", "on_track", "behind", "missed", "not_applicable"]
Misfit = Literal["category_and_topic", "category", "topic", "percentage"]

MAX_GOALS = 200
"""Goals a learner may have that are not archived."""

MAX_PERCENT = 999.99
_SECONDS_A_MINUTE = 60
_DAY = timedelta(days=1)
_OF_CATEGORIES = frozenset({"minutes", "percentage", "task_count"})
_OF_TOPICS = frozenset({"minutes", "exercises", "points", "active_days"})


@dataclass(frozen=True, slots=True)
class Goal:
    """What a learner wants to reach in every period: `target_value` ≥ 1 of what `target_type` counts.

    `category_id` limits it to tasks of a category, `topic` to activities of a topic; never both. `created_on` is the
    learner's date at its creation: periods before that one are not kept.
    """

    goal_id: UUID
    name: str
    target_type: TargetType
    time_period: TimePeriod
    target_value: int
    category_id: UUID | None
    topic: str
    created_on: date

    @property
    def grows(self) -> bool:
        """What was achieved only ever becomes more, so the target is met when it is first reached.

        A percentage may fall again while its period is open.
        """
        return self.target_type != "percentage"

    def period_of(self, day: date) -> Days:
        """The period of this goal that holds a day."""
        return period_of(self.time_period, day)


class Measured(NamedTuple):
    """What a learner did in a period, of one category or topic where the goal has one.

    Minutes of slots that were scheduled, those of completed tasks among them, tasks completed; seconds of activities
    outside tasks, exercises, points, and days with an activity.
    """

    scheduled: int = 0
    completed_scheduled: int = 0
    completed_n: int = 0
    seconds: int = 0
    exercises: int = 0
    points: int = 0
    active_days: int = 0


class Kept(NamedTuple):
    """What is kept of a period: its target, what was achieved of it, whether it was met and is closed."""

    target: int
    value: int
    percent: float
    is_applicable: bool
    is_met: bool
    is_closed: bool


class Change(NamedTuple):
    """What has to be kept of a period from now on. `is_newly_met`: for the first time, by this commit."""

    target: int
    value: int
    percent: float
    is_applicable: bool
    is_newly_met: bool
    is_revised: bool


class Progress(NamedTuple):
    """A period of a goal as it is shown: `value` of `target` achieved, in percent, and how that stands."""

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


def misfit(target_type: TargetType, target_value: int, *, has_category: bool, has_topic: bool) -> Misfit | None:
    """Why no goal can be made of this; None when one can.

    Tasks have categories and no topic, activities topics and no category; a percentage is at most 100.
    """
    if has_category and has_topic:
        return "category_and_topic"
    if has_category and target_type not in _OF_CATEGORIES:
        return "category"
    if has_topic and target_type not in _OF_TOPICS:
        return "topic"
    if target_type == "percentage" and target_value > 100:
        return "percentage"
    return None


def achieved(target_type: TargetType, measured: Measured) -> Fraction | None:
    """How much of what the goal counts was done: whole minutes, rounded down; percent, exact; else a number.

    None for a percentage of nothing: without scheduled minutes there is nothing to be measured by.
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
    """What is shown and kept of it: whole, rounded down, so that it reaches a target exactly when `done` does."""
    return 0 if done is None else math.floor(done)


def percent_complete(done: Fraction | None, target: int) -> float:
    """`done` of `target` in percent, two decimals, halves up, at most 999.99; nothing to be measured by: 0."""
    return 0.0 if done is None else min(rounded(100 * done / target, 2), MAX_PERCENT)


def status(goal: Goal, done: Fraction | None, target: int, days: Days, today: date, *, is_met: bool = False) -> Status:
    """How a period of `goal` stands on the learner's date `today`. `is_met`: it was met, and stays so.

    An open period is `on_track` when the share achieved is at least the share of its days that have begun, today
    included. One that is over and was not achieved is `missed`, also when nothing was done.
    """
    is_open = today <= days.last
    if is_met or (done is not None and done >= target and (goal.grows or not is_open)):
        return "achieved"
    if done is None:
        return "not_applicable"
    if not is_open:
        return "missed"
    if done == 0:
        return "not_started"
    elapsed = max((today - days.first).days + 1, 0)
    return "on_track" if done * len(days) >= target * elapsed else "behind"


def progress(goal: Goal, days: Days, done: Fraction | None, kept: Kept | None, today: date) -> Progress:
    """How a period of `goal` is shown on `today`: what is kept of it once it is closed, else what was done by now."""
    if kept is not None and kept.is_closed:
        stands: Status = "missed" if kept.is_applicable else "not_applicable"
        return Progress(goal, days, kept.target, kept.value, kept.percent, "achieved" if kept.is_met else stands)
    target = goal.target_value
    stands = status(goal, done, target, days, today, is_met=kept is not None and kept.is_met)
    return Progress(goal, days, target, achieved_value(done), percent_complete(done, target), stands)


def next_to_reach(shown: Sequence[Progress]) -> Progress | None:
    """Of periods that are open, the one that lacks least, in percent; of equals the one that ends first."""
    lacking = [one for one in shown if one.status in ("not_started", "on_track", "behind")]
    return max(lacking, key=lambda one: (one.percent, -one.days.last.toordinal()), default=None)


def settled(goal: Goal, done: Fraction | None, kept: Kept | None) -> Change | None:
    """What a commit that touched a period makes of it; None when nothing has to be written.

    A target that grows is met when it is first reached, a percentage only in a period that is closed. A closed period
    keeps its target, and late input revises what was achieved in it. Met stays met.
    """
    if kept is not None and kept.is_closed:
        change = _change(kept.target, done, kept, is_revised=True)
        is_as_kept = change[1:4] == (kept.value, kept.percent, kept.is_applicable)
        return None if is_as_kept and not change.is_newly_met else change
    change = _change(goal.target_value, done, kept)
    return change if goal.grows and change.is_newly_met else None


def closed(goal: Goal, done: Fraction | None, kept: Kept | None) -> Change:
    """What is kept of a period that is over and not closed yet: by the target of now, also whether that was met."""
    return _change(goal.target_value, done, kept)


def _change(target: int, done: Fraction | None, kept: Kept | None, *, is_revised: bool = False) -> Change:
    is_reached = done is not None and done >= target
    return Change(
        target,
        achieved_value(done),
        percent_complete(done, target),
        is_applicable=done is not None,
        is_newly_met=is_reached and not (kept is not None and kept.is_met),
        is_revised=is_revised,
    )
