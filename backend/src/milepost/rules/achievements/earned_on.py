"""On which of a learner's days an achievement was earned: the first on which its rule was true by the sums of days.

So a late activity can move the date back, whenever it arrived. Does not know when anything was recorded.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import accumulate

from milepost.rules.achievements.definitions import Condition, Definition
from milepost.rules.achievements.metrics import in_sums

DATED_BY_UNLOCKING = frozenset({"skill_level", "goals_met", "manual"})
"""Metrics that sums of days do not hold: an achievement that reads one is dated by the day it was unlocked."""

DAY_COLUMNS: Mapping[str, str] = {
    "exercises_completed": "exercises",
    "activities": "activities",
    "points": "points",
    "minutes": "seconds",
    "active_days": "active_days",
    "streak": "longest",
    "perfect_grades": "perfect",
    "no_hint_exercises": "no_hint",
    "topics_practised": "new_topics",
    "milestones_reached": "new_milestones",
}
"""The column of a timeline that each unfiltered metric reads; that of a filtered one has its counter's key."""

_COUNTS_ACHIEVEMENTS = "achievements_unlocked"


def is_dated_by_days(definition: Definition) -> bool:
    """Does its date follow from the sums of days, rather than from the moment of unlocking?"""
    return not definition.rule.metrics & DATED_BY_UNLOCKING


def counts_achievements(definition: Definition) -> bool:
    """Does its date follow from the dates of others?"""
    return _COUNTS_ACHIEVEMENTS in definition.rule.metrics


def columns_read(definitions: Iterable[Definition]) -> frozenset[str]:
    """The columns a timeline must have to date these."""
    return frozenset(
        column
        for definition in definitions
        if is_dated_by_days(definition)
        for part in definition.rule.parts
        if (column := _column(part)) is not None
    )


class Timeline:
    """A learner's active days, and what each added."""

    def __init__(self, days: Sequence[date], columns: Mapping[str, Sequence[int]], unlock_days: Iterable[date] = ()):
        """Of `days` with at least one activity, each once, ascending, and for each what it added to every column.

        `seconds` stand for minutes, `active_days` need no column. `longest` alone is no sum: the longest run up to the
        day. `new_topics` are those never practised on an earlier day, `new_milestones` those reached on none. A column
        that is not given added nothing.
        `unlock_days` are the dates of the achievements that achievements_unlocked counts, in any order.
        """
        self._days = days
        self._added = columns
        self._unlock_days = sorted(unlock_days)
        self._reached: dict[str, list[int]] = {"active_days": list(range(1, len(days) + 1))}

    def earned_on(self, definition: Definition) -> date | None:
        """The first local day at whose end the rule was true; None when none was, or when unlocking dates it."""
        if not is_dated_by_days(definition):
            return None
        rule = definition.rule
        days = [self._first_day(part) for part in rule.parts]
        met = [day for day in days if day is not None]
        if rule.needs == "any":
            return min(met, default=None)
        return max(met) if len(met) == len(days) else None

    def _first_day(self, condition: Condition) -> date | None:
        """Every value only grows from day to day, so the first day with the threshold divides them."""
        column = _column(condition)
        if column is None:
            unlocks = self._unlock_days
            return unlocks[condition.at_least - 1] if condition.at_least <= len(unlocks) else None
        place = bisect_left(self._values(column), in_sums(condition.metric, condition.at_least))
        return self._days[place] if place < len(self._days) else None

    def _values(self, column: str) -> list[int]:
        values = self._reached.get(column)
        if values is None:
            added = self._added.get(column) or [0] * len(self._days)
            values = list(accumulate(added, max if column == "longest" else None))
            self._reached[column] = values
        return values


def _column(condition: Condition) -> str | None:
    """The column a condition reads; None when it counts achievements."""
    counter = condition.counter
    return DAY_COLUMNS.get(condition.metric) if counter is None else counter.key
