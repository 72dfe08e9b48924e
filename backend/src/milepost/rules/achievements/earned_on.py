"""The day an achievement was earned on: the first of the learner's days whose sums make the rule true.

So an activity that arrives late can move the date back. This module does not know when anything was recorded.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import accumulate

from milepost.rules.achievements.definitions import Condition, Definition


def is_dated_by_days(definition: Definition) -> bool:
    """Does its date follow from day sums, not from the moment of unlocking?"""
    return all(part.declared.dated_by != "moment_of_unlocking" for part in definition.rule.parts)


def counts_achievements(definition: Definition) -> bool:
    """Does its date follow from the dates of other achievements?"""
    return definition.rule.counts_unlocks


def columns_read(definitions: Iterable[Definition]) -> frozenset[str]:
    """The columns a timeline needs to date these definitions."""
    return frozenset(
        column
        for definition in definitions
        if is_dated_by_days(definition)
        for part in definition.rule.parts
        if (column := _column(part)) is not None
    )


class Timeline:
    """A learner's active days, and what each of them added."""

    def __init__(self, days: Sequence[date], columns: Mapping[str, Sequence[int]], unlock_days: Iterable[date] = ()):
        """Build from the days with at least one activity, ascending and distinct, and what each added to every column.

        Minutes are given as `seconds`; `active_days` needs no column. `longest` alone is not a sum: it is the longest
        run up to that day. `new_topics` and `new_milestones` count those first practised or reached on that day. A
        missing column counts as zeros.
        `unlock_days` are the dates of the achievements that achievements_unlocked counts, in any order.
        """
        self._days = days
        self._added = columns
        self._unlock_days = sorted(unlock_days)
        self._reached: dict[str, list[int]] = {"active_days": list(range(1, len(days) + 1))}

    def earned_on(self, definition: Definition) -> date | None:
        """The first local day at whose end the rule was true; None if there is none, or if unlocking dates it."""
        if not is_dated_by_days(definition):
            return None
        rule = definition.rule
        days = [self._first_day(part) for part in rule.parts]
        met = [day for day in days if day is not None]
        if rule.needs == "any":
            return min(met, default=None)
        return max(met) if len(met) == len(days) else None

    def _first_day(self, condition: Condition) -> date | None:
        # Values never decrease from day to day, so bisection finds the first day that reaches the threshold.
        column = _column(condition)
        if column is None:
            unlocks = self._unlock_days
            return unlocks[condition.at_least - 1] if condition.at_least <= len(unlocks) else None
        index = bisect_left(self._values(column), condition.declared.in_sum_units(condition.at_least))
        return self._days[index] if index < len(self._days) else None

    def _values(self, column: str) -> list[int]:
        values = self._reached.get(column)
        if values is None:
            added = self._added.get(column) or [0] * len(self._days)
            values = list(accumulate(added, max if column == "longest" else None))
            self._reached[column] = values
        return values


def _column(condition: Condition) -> str | None:
    """The column a condition reads; None if it counts achievements."""
    counter = condition.counter
    return condition.declared.timeline_column if counter is None else counter.key
