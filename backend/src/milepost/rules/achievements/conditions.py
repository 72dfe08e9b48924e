"""How a condition reads a learner's sums: the comparison that unlocking, progress and dates share.

This module does not know where sums are stored or which definitions exist.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from milepost.rules.achievements.definitions import Condition, Rule
from milepost.rules.achievements.metrics import METRIC_COLUMNS, SUMMED_METRICS, place_of

_NOTHING: Mapping[str, int] = MappingProxyType({})
_LONGEST = place_of("longest")


class MetricValues(NamedTuple):
    """A learner's values at one moment. A named tuple, because intake builds one for every learner of a batch.

    `sums` are the learner's sums in the order of `METRIC_COLUMNS`, among them the longest run ever. `run` is the run as
    of today and serves only to show progress. `unlocked` is the mask of the learner's achievements. `levels` are ranks
    by topic; the first level is 0. `counters` are raw sums by `Counter.key`: seconds for minutes, distinct days for
    active_days.

    If `complete`, `levels` and `counters` hold everything of this learner, and a missing key means 0. Otherwise a
    missing key means unknown: see `Catalogue.needs_unread`.
    """

    sums: tuple[int, ...] = (0,) * len(METRIC_COLUMNS)
    run: int = 0
    unlocked: int = 0
    levels: Mapping[str, int] = _NOTHING
    counters: Mapping[str, int] = _NOTHING
    complete: bool = True

    def sum_of(self, column: str) -> int:
        """The sum of one column of the learner's row."""
        return self.sums[place_of(column)]

    def with_streak(self, run: int, longest: int) -> "MetricValues":
        """The same values with another streak."""
        sums = list(self.sums)
        sums[_LONGEST] = longest
        return self._replace(sums=tuple(sums), run=run)


def reader_of(condition: Condition, countable: int) -> Callable[[MetricValues], int]:
    """A function that reads a condition's value, in whole units of its metric, from a learner's sums.

    `countable` is the mask of the achievements that achievements_unlocked counts. Unknown values read as 0: an
    achievement may then be missed for the moment, but never unlocked by mistake.
    """
    metric, counter = condition.declared, condition.counter
    if counter is not None:
        return _counter_reader(counter.key, metric.per_unit)
    match metric.source:
        case "learner_row":
            return _sum_reader(SUMMED_METRICS.index(metric), metric.per_unit)
        case "levels":
            return _level_reader(condition.topic)
        case "unlocks":
            return lambda values: (values.unlocked & countable).bit_count()
        case "grant":
            return lambda values: 0


def _counter_reader(key: str, per_unit: int) -> Callable[[MetricValues], int]:
    if per_unit > 1:
        return lambda values: values.counters.get(key, 0) // per_unit
    return lambda values: values.counters.get(key, 0)


def _sum_reader(place: int, per_unit: int) -> Callable[[MetricValues], int]:
    if per_unit > 1:
        return lambda values: values.sums[place] // per_unit
    return lambda values: values.sums[place]


def _level_reader(topic: str | None) -> Callable[[MetricValues], int]:
    if topic is not None:
        return lambda values: values.levels.get(topic, 0)
    return lambda values: max(values.levels.values(), default=0)


class RulePart(NamedTuple):
    """One condition with its reader."""

    condition: Condition
    read: Callable[[MetricValues], int]

    def is_met(self, values: MetricValues) -> bool:
        """Has the value reached the threshold?"""
        return self.read(values) >= self.condition.at_least

    def is_unread(self, values: MetricValues) -> bool:
        """Is the level or counter that this condition reads missing from incomplete values?

        A level of any topic always is: an unread topic may have a sufficient level.
        """
        if self.condition.where is not None:
            return self.condition.reads not in values.counters
        return self.condition.declared.source == "levels" and self.condition.topic not in values.levels


def parts_of(rule: Rule, countable: int) -> tuple[RulePart, ...]:
    """The rule's conditions, each with its reader."""
    return tuple(RulePart(condition, reader_of(condition, countable)) for condition in rule.parts)


def is_true(rule: Rule, parts: tuple[RulePart, ...], values: MetricValues) -> bool:
    """Is the rule true? The first met condition decides `any`, the first unmet one decides `all`."""
    deciding = rule.needs == "any"
    for part in parts:
        if part.is_met(values) == deciding:
            return deciding
    return not deciding
