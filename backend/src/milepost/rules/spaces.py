"""Progress of spaces and composite goals, 0–100: the weighted mean of their planned parts, each computed from sums.

Parts and weights follow the platform's progress design (40/20/30/10 and 60/30/10) and are configured in `policy.toml`.
All arithmetic is exact; numbers are rounded only for display. This module does not know activities or where sums are
stored.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from milepost.rules.policy import Calculation, CompositeGoalsPolicy, KindPattern, SpacesPolicy
from milepost.rules.rounding import percent_of, proportion
from milepost.rules.skills import GRADE_SCALE
from milepost.rules.weighted_total import Part, WeightedTotal, exact, weighted


@dataclass(frozen=True, slots=True)
class KindSums:
    """The sums of a space's activities of one kind.

    `valued` of them have a value; the values sum to `value_milli` thousandths of the 0–100 scale. `tasks` counts their
    distinct objects, `full_tasks` those done with 100 at least once; an activity without an object counts as one task.
    """

    object_type: str
    verb: str
    seconds: int = 0
    valued: int = 0
    value_milli: int = 0
    tasks: int = 0
    full_tasks: int = 0


@dataclass(frozen=True, slots=True)
class SpaceState:
    """A space: its plan (None: nothing planned), its milestones and how many are reached, and its sums by kind."""

    planned_tasks: int | None = None
    planned_minutes: int | None = None
    milestones: int = 0
    reached: int = 0
    kinds: Sequence[KindSums] = ()


@dataclass(frozen=True, slots=True)
class GoalState:
    """A composite goal: its spaces, its own milestones, and `extras`, the activities that name it and no space."""

    spaces: Sequence[SpaceState] = ()
    milestones: int = 0
    reached: int = 0
    extras: int = 0


@dataclass(frozen=True, slots=True)
class PartCounts:
    """The counts behind a part: `now` of `of`; None if there is no total."""

    now: int
    of: int | None


@dataclass(frozen=True, slots=True)
class WeightedProgress:
    """The total and the parts, 0–100 with one decimal; weights have four. Parts that are not planned are absent."""

    total: float
    parts: Mapping[str, float]
    weights_used: Mapping[str, float]
    measured: Mapping[str, PartCounts]


@dataclass(frozen=True, slots=True)
class _PlannedPart:
    """A planned part: its percentage, not capped yet, and the counts behind it."""

    percent: Fraction
    measured: PartCounts


def space_progress(space: SpaceState, policy: SpacesPolicy) -> WeightedProgress:
    """Σ weight × part over the parts that the space plans.

    Tasks and interactions are always planned, minutes if a number is set, milestones if there are any. A planned part
    without data is 0; the weights of unplanned parts are distributed among the others. An empty space is 0.
    """
    planned = _space_parts(space, policy)
    return _shown(_space_total(planned, policy), planned)


def goal_progress(goal: GoalState, spaces_policy: SpacesPolicy, policy: CompositeGoalsPolicy) -> WeightedProgress:
    """The weighted mean of the goal's spaces, its milestones and its extras.

    Spaces and milestones are planned if there are any, extras always; weights are distributed as in a space. An empty
    goal is 0.
    """
    return goals_progress([goal], spaces_policy, policy)[0]


def goals_progress(
    goals: Sequence[GoalState], spaces_policy: SpacesPolicy, policy: CompositeGoalsPolicy
) -> list[WeightedProgress]:
    """`goal_progress` of each of `goals`, in order. A space that several goals share is computed once."""
    spaces = {id(space): space for goal in goals for space in goal.spaces}
    totals = {
        key: _space_total(_space_parts(space, spaces_policy), spaces_policy).total for key, space in spaces.items()
    }
    weights = {
        "spaces": exact(policy.spaces_weight),
        "milestones": exact(policy.milestones_weight),
        "extras": exact(policy.extras_weight),
    }
    return [_goal_progress(goal, [totals[id(space)] for space in goal.spaces], weights, policy) for goal in goals]


def _goal_progress(
    goal: GoalState, totals: Sequence[Fraction], weights: Mapping[str, Fraction], policy: CompositeGoalsPolicy
) -> WeightedProgress:
    planned: dict[str, _PlannedPart] = {}
    if totals:
        whole = sum(total == 100 for total in totals)
        planned["spaces"] = _PlannedPart(_mean(totals), PartCounts(whole, len(totals)))
    if goal.milestones:
        planned["milestones"] = _share(goal.reached, goal.milestones)
    planned["extras"] = _PlannedPart(Fraction(policy.percent_an_extra * goal.extras), PartCounts(goal.extras, None))
    total = weighted({name: Part(part.percent, weights[name]) for name, part in planned.items()})
    return _shown(total, planned)


def _mean(values: Sequence[Fraction]) -> Fraction:
    """The exact mean. One common denominator: reducing each partial sum would take most of the time."""
    denominator = math.lcm(*(value.denominator for value in values))
    total = sum(value.numerator * (denominator // value.denominator) for value in values)
    return Fraction(total, denominator * len(values))


def _space_parts(space: SpaceState, policy: SpacesPolicy) -> dict[str, _PlannedPart]:
    """The planned parts of a space, by the type of their rule."""
    parts = {rule.type: _CALCULATIONS[rule.calculate](space, rule.condition) for rule in policy.rules}
    return {name: part for name, part in parts.items() if part is not None}


def _space_total(planned: Mapping[str, _PlannedPart], policy: SpacesPolicy) -> WeightedTotal:
    rules = [rule for rule in policy.rules if rule.type in planned]
    return weighted({rule.type: Part(planned[rule.type].percent, exact(rule.weight)) for rule in rules})


def _shown(total: WeightedTotal, planned: Mapping[str, _PlannedPart]) -> WeightedProgress:
    return WeightedProgress(
        total=percent_of(total.total, 1),
        parts={name: percent_of(value, 1) for name, value in total.parts.items()},
        weights_used={
            name: proportion(weight.numerator, weight.denominator, 4, unit=1)
            for name, weight in total.weights_used.items()
        },
        measured={name: planned[name].measured for name in total.parts},
    )


def _share_full(space: SpaceState, condition: KindPattern) -> _PlannedPart:
    """The share of tasks done with 100: of the planned number if there is one, else of all tasks seen."""
    kinds = _of(space, condition)
    full, seen = sum(kind.full_tasks for kind in kinds), sum(kind.tasks for kind in kinds)
    return _share(full, space.planned_tasks or seen)


def _minutes_of_plan(space: SpaceState, condition: KindPattern) -> _PlannedPart | None:
    if not space.planned_minutes:
        return None
    seconds = sum(kind.seconds for kind in _of(space, condition))
    measured = PartCounts(seconds // 60, space.planned_minutes)
    return _PlannedPart(Fraction(100 * seconds, 60 * space.planned_minutes), measured)


def _reached_share(space: SpaceState, _condition: KindPattern) -> _PlannedPart | None:
    return _share(space.reached, space.milestones) if space.milestones else None


def _mean_value(space: SpaceState, condition: KindPattern) -> _PlannedPart:
    kinds = _of(space, condition)
    valued, value_milli = sum(kind.valued for kind in kinds), sum(kind.value_milli for kind in kinds)
    return _PlannedPart(Fraction(value_milli, GRADE_SCALE * (valued or 1)), PartCounts(valued, None))


def _share(now: int, of: int) -> _PlannedPart:
    return _PlannedPart(Fraction(100 * now, of or 1), PartCounts(now, of))


def _of(space: SpaceState, condition: KindPattern) -> list[KindSums]:
    return [kind for kind in space.kinds if condition.holds_for(kind.object_type, kind.verb)]


_CALCULATIONS: Mapping[Calculation, Callable[[SpaceState, KindPattern], _PlannedPart | None]] = {
    "share_full": _share_full,
    "minutes_of_plan": _minutes_of_plan,
    "reached_share": _reached_share,
    "mean_value": _mean_value,
}
