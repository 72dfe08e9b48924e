"""On which of a learner's days an achievement was earned: the first on which its rule was true by the sums of days.

So a late activity can move the date back, whenever it arrived. Does not know when anything was recorded.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from heapq import merge

from milepost.rules.achievement_definitions import Definition
from milepost.rules.achievement_metrics import Metrics, holds, parts_of

DATED_BY_UNLOCKING = frozenset({"skill_level", "goals_met", "milestones_reached", "manual"})
"""Metrics that sums of days do not hold: an achievement that reads one is dated by the day it was unlocked."""

_EVERY_BIT = -1
"""The mask with every bit: here as many bits stand in `unlocked` as there are achievements, whichever they are."""


@dataclass(slots=True, kw_only=True)
class DaySums:
    """What one local day added. `longest` alone is not a sum: the longest run up to and including this day.

    `new_topics` are those never practised on an earlier day. `counters` are what the day added to each counter, by
    `Counter.key`: seconds for minutes, 1 for active_days when anything matched. `achievements` are those earned on the
    day that achievements_unlocked counts.
    """

    local_day: date
    exercises: int = 0
    activities: int = 0
    points: int = 0
    seconds: int = 0
    perfect: int = 0
    no_hint: int = 0
    new_topics: int = 0
    longest: int = 0
    achievements: int = 0
    counters: Mapping[str, int] = field(default_factory=dict)


def is_dated_by_days(definition: Definition) -> bool:
    """Does its date follow from the sums of days, rather than from the moment of unlocking?"""
    return not definition.rule.metrics & DATED_BY_UNLOCKING


def earned_on(definition: Definition, days: Iterable[DaySums], unlock_days: Iterable[date] = ()) -> date | None:
    """The first local day at whose end the rule was true; None when none was, or when unlocking dates it.

    `days` are the learner's days with at least one activity, each once, ascending. `unlock_days` are the dates of the
    achievements that achievements_unlocked counts, in any order; a definition that does not read it needs none.
    """
    if not is_dated_by_days(definition):
        return None
    rule = definition.rule
    parts = parts_of(rule, countable=_EVERY_BIT)
    counters: dict[str, int] = {}
    sums = Metrics(counters=counters)
    unlocks = (DaySums(local_day=day, achievements=1) for day in sorted(unlock_days))
    for day in merge(days, unlocks, key=lambda day: day.local_day):
        for key, added in day.counters.items():
            counters[key] = counters.get(key, 0) + added
        sums = Metrics(
            exercises=sums.exercises + day.exercises,
            activities=sums.activities + day.activities,
            points=sums.points + day.points,
            seconds=sums.seconds + day.seconds,
            active_days=sums.active_days + (day.activities > 0),
            longest=max(sums.longest, day.longest),
            perfect=sums.perfect + day.perfect,
            no_hint=sums.no_hint + day.no_hint,
            topics=sums.topics + day.new_topics,
            unlocked=(1 << (sums.unlocked.bit_length() + day.achievements)) - 1,
            counters=counters,
        )
        if holds(rule, parts, sums):
            return day.local_day
    return None
