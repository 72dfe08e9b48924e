"""Progress of spaces and composite goals, 0–100: the parts that are planned, each from sums, and their weights.

The parts and weights are those of the platform's progress design: 40/20/30/10 and 60/30/10, written in `policy.toml`.
All arithmetic is exact; numbers are rounded only to be shown. Does not know activities or where sums are kept.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from milepost.rules.policy import Calculation, CompositeGoalsPolicy, Condition, SpacesPolicy
from milepost.rules.rounding import rounded
from milepost.rules.skills import GRADE_SCALE
from milepost.rules.weighted_total import Part, WeightedTotal, exact, weighted


@dataclass(frozen=True, slots=True)
class KindSums:
    """What a space's activities of one kind add up to.

    `valued` of them had a value, together `value_milli` thousandths of the 0–100 scale. `tasks` are the objects they
    were about, `full_tasks` those done with 100 at least once; one that names no object is a task of its own.
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
    """A space: what is planned (None: nothing), its milestones, and its activities by kind."""

    planned_tasks: int | None = None
    planned_minutes: int | None = None
    milestones: int = 0
    reached: int = 0
    kinds: Sequence[KindSums] = ()


@dataclass(frozen=True, slots=True)
class GoalState:
    """A composite goal: its spaces, its own milestones, and the activities that name it and no space."""

    spaces: Sequence[SpaceState] = ()
    milestones: int = 0
    reached: int = 0
    extras: int = 0


@dataclass(frozen=True, slots=True)
class Measured:
    """What a part counted: `now` of `of`; None where there is nothing to be of."""

    now: int
    of: int | None


@dataclass(frozen=True, slots=True)
class Progress:
    """0–100 in total and per part, one decimal; weights with four. Parts that are not planned are absent."""

    total: float
    parts: Mapping[str, float]
    weights_used: Mapping[str, float]
    measured: Mapping[str, Measured]


@dataclass(frozen=True, slots=True)
class _Found:
    """A part that is planned: its percentage before the cap, and what it was made from."""

    percent: Fraction
    measured: Measured


def space_progress(space: SpaceState, policy: SpacesPolicy) -> Progress:
    """Σ weight × part over what the space plans.

    Tasks and interactions are always planned, minutes where a number is, milestones where there are any. A planned part
    without data is 0; the weights of unplanned parts are shared out among the others. An empty space is 0.
    """
    found = _space_parts(space, policy)
    return _shown(_space_total(found, policy), found)


def goal_progress(goal: GoalState, spaces_policy: SpacesPolicy, policy: CompositeGoalsPolicy) -> Progress:
    """The mean of the goal's spaces, its milestones and extras, weighted.

    Spaces and milestones are planned where there are any, extras always; weights are shared out as in a space. An empty
    goal is 0.
    """
    found: dict[str, _Found] = {}
    weights = {
        "spaces": exact(policy.spaces_weight),
        "milestones": exact(policy.milestones_weight),
        "extras": exact(policy.extras_weight),
    }
    if goal.spaces:
        totals = [_space_total(_space_parts(space, spaces_policy), spaces_policy).total for space in goal.spaces]
        whole = sum(total == 100 for total in totals)
        found["spaces"] = _Found(sum(totals, Fraction()) / len(totals), Measured(whole, len(totals)))
    if goal.milestones:
        found["milestones"] = _share(goal.reached, goal.milestones)
    found["extras"] = _Found(Fraction(policy.percent_an_extra * goal.extras), Measured(goal.extras, None))
    made = weighted({name: Part(one.percent, weights[name]) for name, one in found.items()})
    return _shown(made, found)


def _space_parts(space: SpaceState, policy: SpacesPolicy) -> dict[str, _Found]:
    """The planned parts of a space by their rules' types."""
    found = {rule.type: _CALCULATIONS[rule.calculate](space, rule.condition) for rule in policy.rules}
    return {name: part for name, part in found.items() if part is not None}


def _space_total(found: Mapping[str, _Found], policy: SpacesPolicy) -> WeightedTotal:
    return weighted(
        {rule.type: Part(found[rule.type].percent, exact(rule.weight)) for rule in policy.rules if rule.type in found}
    )


def _shown(made: WeightedTotal, found: Mapping[str, _Found]) -> Progress:
    return Progress(
        total=rounded(made.total, 1),
        parts={name: rounded(value, 1) for name, value in made.parts.items()},
        weights_used={name: rounded(weight, 4) for name, weight in made.weights_used.items()},
        measured={name: found[name].measured for name in made.parts},
    )


def _share_full(space: SpaceState, condition: Condition) -> _Found:
    """The share of the tasks done with 100; of the planned ones where a number is planned."""
    kinds = _of(space, condition)
    full, seen = sum(kind.full_tasks for kind in kinds), sum(kind.tasks for kind in kinds)
    return _share(full, space.planned_tasks or seen)


def _minutes_of_plan(space: SpaceState, condition: Condition) -> _Found | None:
    if not space.planned_minutes:
        return None
    seconds = sum(kind.seconds for kind in _of(space, condition))
    measured = Measured(seconds // 60, space.planned_minutes)
    return _Found(Fraction(100 * seconds, 60 * space.planned_minutes), measured)


def _reached_share(space: SpaceState, _condition: Condition) -> _Found | None:
    return _share(space.reached, space.milestones) if space.milestones else None


def _mean_value(space: SpaceState, condition: Condition) -> _Found:
    kinds = _of(space, condition)
    valued, value_milli = sum(kind.valued for kind in kinds), sum(kind.value_milli for kind in kinds)
    return _Found(Fraction(value_milli, GRADE_SCALE * (valued or 1)), Measured(valued, None))


def _share(now: int, of: int) -> _Found:
    return _Found(Fraction(100 * now, of or 1), Measured(now, of))


def _of(space: SpaceState, condition: Condition) -> list[KindSums]:
    return [kind for kind in space.kinds if condition.holds_for(kind.object_type, kind.verb)]


_CALCULATIONS: Mapping[Calculation, Callable[[SpaceState, Condition], _Found | None]] = {
    "share_full": _share_full,
    "minutes_of_plan": _minutes_of_plan,
    "reached_share": _reached_share,
    "mean_value": _mean_value,
}
