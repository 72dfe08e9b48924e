"""How a condition reads a learner's sums: the comparison that unlocking, progress and dates share.

This module does not know where sums are stored or which definitions exist.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from milepost.rules.achievements.definitions import Condition, Rule

_NOTHING: Mapping[str, int] = MappingProxyType({})


class Metrics(NamedTuple):
    """A learner's sums at one moment. A named tuple, because intake builds one for every learner of a batch.

    `longest` is the longest run ever; `run` is the run as of today and serves only to show progress.
    `unlocked` is the mask of the learner's achievements. `levels` are ranks by topic; the first level is 0.
    `counters` are raw sums by `Counter.key`: seconds for minutes, distinct days for active_days.

    If `complete`, `levels` and `counters` hold everything of this learner, and a missing key means 0. Otherwise a
    missing key means unknown: see `Catalogue.needs_unread`.
    """

    exercises: int = 0
    activities: int = 0
    points: int = 0
    seconds: int = 0
    active_days: int = 0
    longest: int = 0
    run: int = 0
    perfect: int = 0
    no_hint: int = 0
    topics: int = 0
    goals_met: int = 0
    milestones_reached: int = 0
    unlocked: int = 0
    levels: Mapping[str, int] = _NOTHING
    counters: Mapping[str, int] = _NOTHING
    complete: bool = True


SUMMED_METRICS = (
    "exercises_completed",
    "activities",
    "points",
    "minutes",
    "active_days",
    "streak",
    None,
    "perfect_grades",
    "no_hint_exercises",
    "topics_practised",
    "goals_met",
    "milestones_reached",
)
"""The unfiltered metrics, in the order of the first fields of `Metrics`; None is `run`, which no rule reads."""


def in_sum_units(metric: str, at_least: int) -> int:
    """A threshold in the unit of the stored sum: seconds for minutes."""
    return at_least * 60 if metric == "minutes" else at_least


_SUMS: Mapping[str, Callable[[Metrics], int]] = {
    "exercises_completed": lambda metrics: metrics.exercises,
    "activities": lambda metrics: metrics.activities,
    "points": lambda metrics: metrics.points,
    "minutes": lambda metrics: metrics.seconds // 60,
    "active_days": lambda metrics: metrics.active_days,
    "streak": lambda metrics: metrics.longest,
    "perfect_grades": lambda metrics: metrics.perfect,
    "no_hint_exercises": lambda metrics: metrics.no_hint,
    "topics_practised": lambda metrics: metrics.topics,
    "goals_met": lambda metrics: metrics.goals_met,
    "milestones_reached": lambda metrics: metrics.milestones_reached,
    "manual": lambda metrics: 0,
}


def reader_of(condition: Condition, countable: int) -> Callable[[Metrics], int]:
    """A function that reads a condition's value, in whole units of its metric, from a learner's sums.

    `countable` is the mask of the achievements that achievements_unlocked counts. Unknown values read as 0: an
    achievement may then be missed for the moment, but never unlocked by mistake.
    """
    counter = condition.counter
    if counter is not None:
        key = counter.key
        if condition.metric == "minutes":
            return lambda metrics: metrics.counters.get(key, 0) // 60
        return lambda metrics: metrics.counters.get(key, 0)
    if condition.metric == "skill_level":
        topic = condition.topic
        if topic is not None:
            return lambda metrics: metrics.levels.get(topic, 0)
        return lambda metrics: max(metrics.levels.values(), default=0)
    if condition.metric == "achievements_unlocked":
        return lambda metrics: (metrics.unlocked & countable).bit_count()
    return _SUMS[condition.metric]


class Part(NamedTuple):
    """One condition with its reader."""

    condition: Condition
    read: Callable[[Metrics], int]

    def is_met(self, metrics: Metrics) -> bool:
        """Has the value reached the threshold?"""
        return self.read(metrics) >= self.condition.at_least

    def is_unread(self, metrics: Metrics) -> bool:
        """Is the level or counter that this condition reads missing from incomplete metrics?

        A level of any topic always is: an unread topic may have a sufficient level.
        """
        counter = self.condition.counter
        if counter is not None:
            return counter.key not in metrics.counters
        return self.condition.metric == "skill_level" and self.condition.topic not in metrics.levels


def parts_of(rule: Rule, countable: int) -> tuple[Part, ...]:
    """The rule's conditions, each with its reader."""
    return tuple(Part(condition, reader_of(condition, countable)) for condition in rule.parts)


def is_true(rule: Rule, parts: tuple[Part, ...], metrics: Metrics) -> bool:
    """Is the rule true? The first met condition decides `any`, the first unmet one decides `all`."""
    deciding = rule.needs == "any"
    for part in parts:
        if part.is_met(metrics) == deciding:
            return deciding
    return not deciding
