"""Achievement definitions: their texts and their rules.

Values only: `parser` reads them, `catalogue` and `progress` evaluate them.
"""

import json
from dataclasses import dataclass, field
from typing import Literal

from milepost.rules.achievements.metrics import Metric, metric_named

Tier = Literal["bronze", "silver", "gold"]
State = Literal["draft", "active", "retired"]


@dataclass(frozen=True, slots=True)
class Where:
    """A filter: which activities a metric counts. None matches any value."""

    object_type: str | None = None
    verb: str | None = None
    topic: str | None = None


def matches(where: Where, object_type: str, verb: str, topic: str | None) -> bool:
    """Does this filter match such an activity? An activity without a topic has None or ''."""
    return (
        where.object_type in (None, object_type) and where.verb in (None, verb) and where.topic in (None, topic or "")
    )


@dataclass(frozen=True, slots=True)
class Counter:
    """A per-learner sum that filtered conditions of active definitions read.

    `minutes` is stored in seconds, so that only the sum is rounded down to whole minutes. `active_days` is the number
    of local days with at least one matching activity.
    """

    metric: str
    where: Where

    @property
    def sum_name(self) -> str | None:
        """The column summed over matching activities; None: their distinct local days are counted."""
        return metric_named(self.metric).counted_sum

    @property
    def row(self) -> tuple[str, str, str | None, str | None, str | None]:
        """Key, summed column (`days`: local days are counted), and the filter: object type, verb, topic."""
        return (self.key, self.sum_name or "days", self.where.object_type, self.where.verb, self.where.topic)

    @property
    def key(self) -> str:
        """Identifies the counter: equal for equal filters, different for different ones."""
        filters = {
            name: value
            for name, value in (
                ("object_type", self.where.object_type),
                ("topic", self.where.topic),
                ("verb", self.where.verb),
            )
            if value is not None
        }
        return f"{self.metric} {json.dumps(filters, ensure_ascii=False, separators=(',', ':'))}"


@dataclass(frozen=True, slots=True)
class Condition:
    """True once a metric has reached a threshold of at least 1.

    For `skill_level` the threshold is the rank of `level` in `topic` or, without one, in any topic. The first level,
    which every learner has, is rank 0. `manual` is only granted: its threshold is 1 and nothing counts towards it.
    """

    metric: str
    at_least: int
    where: Where | None = None
    level: str | None = None
    topic: str | None = None
    reads: str = field(init=False, compare=False, repr=False)
    """The name of the value it reads: its metric, or the key of its counter."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "reads", self.metric if self.counter is None else self.counter.key)

    @property
    def declared(self) -> Metric:
        """The declaration of its metric."""
        return metric_named(self.metric)

    @property
    def counter(self) -> Counter | None:
        """The counter this condition reads; None if it reads a sum that every learner has."""
        return None if self.where is None else Counter(self.metric, self.where)


@dataclass(frozen=True, slots=True)
class Rule:
    """One condition, or several of which `all` or `any` must be met."""

    needs: Literal["all", "any"]
    parts: tuple[Condition, ...]
    metrics: frozenset[str] = field(init=False, compare=False, repr=False)
    """The metrics its conditions read."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "metrics", frozenset(part.metric for part in self.parts))

    @property
    def is_granted(self) -> bool:
        """Does an administrator decide, so that nothing is counted?"""
        return self.parts[0].declared.source == "grant"

    @property
    def counts_unlocks(self) -> bool:
        """Does a condition count the learner's other achievements?"""
        return any(part.declared.source == "unlocks" for part in self.parts)


@dataclass(frozen=True, slots=True)
class Definition:
    """An achievement. `points` are badge points, which have their own total.

    A `secret` achievement shows its texts only once unlocked. `revoke_if_unmet`: a void that makes the rule false
    revokes it.
    """

    code: str
    title: str
    description: str
    category: str
    tier: Tier
    points: int
    icon: str
    rule: Rule
    secret: bool = False
    state: State = "active"
    revoke_if_unmet: bool = False

    @property
    def is_filtered(self) -> bool:
        """Does any condition read a counter?"""
        return any(part.where is not None for part in self.rule.parts)


def as_mapping(definition: Definition) -> dict[str, object]:
    """The definition in its written form, with every key; parsing it gives an equal definition."""
    parts = [_condition_as_mapping(part) for part in definition.rule.parts]
    return {
        "code": definition.code,
        "title": definition.title,
        "description": definition.description,
        "category": definition.category,
        "tier": definition.tier,
        "points": definition.points,
        "icon": definition.icon,
        "secret": definition.secret,
        "state": definition.state,
        "revoke_if_unmet": definition.revoke_if_unmet,
        "rule": parts[0] if len(parts) == 1 else {definition.rule.needs: parts},
    }


def _condition_as_mapping(condition: Condition) -> dict[str, object]:
    written: dict[str, object] = {"metric": condition.metric}
    if condition.declared.source != "grant":
        written["at_least"] = condition.level or condition.at_least
    if condition.topic is not None:
        written["topic"] = condition.topic
    if condition.where is not None:
        filters = {
            "object_type": condition.where.object_type,
            "verb": condition.where.verb,
            "topic": condition.where.topic,
        }
        written["where"] = {name: value for name, value in filters.items() if value is not None}
    return written
