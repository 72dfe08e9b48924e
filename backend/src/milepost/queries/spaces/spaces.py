"""Spaces and composite goals with the inputs of their progress: their plans, and the sums of their activities.

A space or goal exists if it was created or an activity refers to it, unless it is deleted. Rules decide which sums
count.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from milepost.db.connection import Reading, Record
from milepost.rules.activities import PERFECT_MILLI
from milepost.rules.spaces import GoalState, KindSums, SpaceState

MAX_PER_LEARNER = 200
"""Max spaces, and max composite goals, of a learner; created ones come first. Activities may refer to more."""

MAX_WITH_DELETED = 2_000
"""Max spaces, and max composite goals, that a learner may ever create: deleted ones stay hidden by a row."""

_KIND = ("object_type", "verb", "seconds", "valued", "value_milli", "tasks", "full_tasks")
_MILESTONES = """
    SELECT m.learner_id, m.{of}, count(*) AS milestones, count(r.milestone_id) AS reached
    FROM milestones m LEFT JOIN milestone_reaches r USING (learner_id, milestone_id)
    WHERE m.learner_id = ANY($1::uuid[]) AND m.{of} IS NOT NULL GROUP BY m.learner_id, m.{of}
"""


def _existing(facts: str, key: str, of: str) -> str:
    """SQL of the spaces or goals that exist."""
    return f"""
    SELECT learner_id, {key} FROM (
        SELECT learner_id, {key},
            row_number() OVER (PARTITION BY learner_id ORDER BY bool_or(made) DESC, {key}) AS place
        FROM (
            SELECT learner_id, {key}, true AS made, deleted_at IS NOT NULL AS gone FROM {facts} x
            WHERE learner_id = ANY($1::uuid[]) {of}
            UNION ALL
            SELECT learner_id, {key}, false, false FROM space_metrics x
            WHERE learner_id = ANY($1::uuid[]) AND {key} <> '' {of}
        ) named GROUP BY learner_id, {key} HAVING NOT bool_or(gone)
    ) placed WHERE place <= {MAX_PER_LEARNER}
"""


def _spaces(of: str) -> str:
    """SQL of the spaces of the learners in `$1`; `of` is a condition on `x`, rows with a space_id."""
    return f"""
WITH known AS ({_existing("spaces", "space_id", of)}), kinds AS (
    SELECT learner_id, space_id, object_type, verb, sum(seconds)::bigint AS seconds, sum(valued)::bigint AS valued,
        sum(value_milli)::bigint AS value_milli, sum(tasks)::bigint AS tasks, sum(full_tasks)::bigint AS full_tasks
    FROM (
        SELECT learner_id, space_id, object_type, verb, seconds, valued, value_milli, unnamed AS tasks,
            unnamed_full AS full_tasks
        FROM space_metrics x WHERE learner_id = ANY($1::uuid[]) AND space_id <> '' {of}
        UNION ALL
        SELECT learner_id, space_id, object_type, verb, 0, 0, 0, count(*),
            count(*) FILTER (WHERE best_milli = {PERFECT_MILLI})
        FROM space_tasks x WHERE learner_id = ANY($1::uuid[]) {of} GROUP BY learner_id, space_id, object_type, verb
    ) u GROUP BY learner_id, space_id, object_type, verb
), summed AS (
    SELECT learner_id, space_id, {", ".join(f"array_agg({name}) AS {name}" for name in _KIND)}
    FROM kinds GROUP BY learner_id, space_id
), marked AS ({_MILESTONES.format(of="space_id")})
SELECT k.learner_id, k.space_id, coalesce(s.title, ''), s.planned_tasks, s.planned_minutes, coalesce(m.milestones, 0),
    coalesce(m.reached, 0), {", ".join(f"u.{name}" for name in _KIND)}
FROM known k LEFT JOIN spaces s USING (learner_id, space_id) LEFT JOIN summed u USING (learner_id, space_id)
LEFT JOIN marked m USING (learner_id, space_id)
ORDER BY s.space_id IS NULL, k.learner_id, k.space_id
"""


_SPACES = _spaces("")
_NAMED_SPACES = _spaces("AND x.space_id = ANY($2::text[])")
_SPACES_OF_GOALS = _spaces(
    "AND x.space_id IN (SELECT g.space_id FROM goal_spaces g WHERE g.learner_id = x.learner_id"
    " AND ($2::text[] IS NULL OR g.goal_id = ANY($2)))"
)


def _goals(of: str) -> str:
    """SQL of the composite goals of the learners in `$1`; `of` is a condition on `x`, rows with a goal_id."""
    return f"""
WITH known AS ({_existing("composite_goals", "goal_id", of)}), extra AS (
    SELECT learner_id, goal_id, sum(counted)::bigint AS extras FROM space_metrics x
    WHERE learner_id = ANY($1::uuid[]) AND space_id = '' AND goal_id <> '' {of} GROUP BY learner_id, goal_id
), made_of AS (
    SELECT learner_id, goal_id, array_agg(space_id ORDER BY space_id) AS spaces FROM goal_spaces x
    WHERE learner_id = ANY($1::uuid[]) {of} GROUP BY learner_id, goal_id
), marked AS ({_MILESTONES.format(of="goal_id")})
SELECT k.learner_id, k.goal_id, coalesce(g.title, ''), o.spaces, coalesce(m.milestones, 0), coalesce(m.reached, 0),
    coalesce(e.extras, 0)
FROM known k LEFT JOIN composite_goals g USING (learner_id, goal_id) LEFT JOIN extra e USING (learner_id, goal_id)
LEFT JOIN made_of o USING (learner_id, goal_id) LEFT JOIN marked m USING (learner_id, goal_id)
ORDER BY g.goal_id IS NULL, k.learner_id, k.goal_id
"""


_GOALS = _goals("")
_NAMED_GOALS = _goals("AND x.goal_id = ANY($2::text[])")


@dataclass(frozen=True, slots=True)
class Space:
    """A learner's space and the inputs of its progress. `title` is '' if the space was never created."""

    learner_id: UUID
    space_id: str
    title: str
    state: SpaceState


@dataclass(frozen=True, slots=True)
class CompositeGoal:
    """A learner's composite goal, the ids of its spaces, and the inputs of its progress."""

    learner_id: UUID
    goal_id: str
    title: str
    space_ids: Sequence[str]
    state: GoalState


async def spaces_of(connection: Reading, learners: Sequence[UUID], only: Sequence[str] | None = None) -> list[Space]:
    """The spaces of `learners`, or those with an id in `only`; created ones first, then by id. One statement."""
    if only is None:
        return _read_spaces(await connection.fetch(_SPACES, learners))
    return _read_spaces(await connection.fetch(_NAMED_SPACES, learners, only))


async def composite_goals_of(
    connection: Reading, learners: Sequence[UUID], only: Sequence[str] | None = None
) -> list[CompositeGoal]:
    """The composite goals of `learners`, or those with an id in `only`, ordered as in `spaces_of`. Two statements."""
    if only is None:
        rows = await connection.fetch(_GOALS, learners)
    else:
        rows = await connection.fetch(_NAMED_GOALS, learners, only)
    spaces = _read_spaces(await connection.fetch(_SPACES_OF_GOALS, learners, only)) if rows else []
    states = {(space.learner_id, space.space_id): space.state for space in spaces}
    return [_read_goal(row, states) for row in rows]


def _read_spaces(rows: Sequence[Record]) -> list[Space]:
    spaces = []
    for learner_id, space_id, title, planned_tasks, planned_minutes, milestones, reached, *kinds in rows:
        # A space without sums has null in each aggregated column.
        kind_sums = [KindSums(*kind) for kind in zip(*kinds, strict=True)] if kinds[0] else []
        state = SpaceState(planned_tasks, planned_minutes, milestones, reached, kind_sums)
        spaces.append(Space(learner_id, space_id, title, state))
    return spaces


def _read_goal(row: Record, states: Mapping[tuple[UUID, str], SpaceState]) -> CompositeGoal:
    learner_id, goal_id, title, space_ids, milestones, reached, extras = row
    existing = [space_id for space_id in space_ids or () if (learner_id, space_id) in states]
    state = GoalState([states[learner_id, space_id] for space_id in existing], milestones, reached, extras)
    return CompositeGoal(learner_id, goal_id, title, existing, state)
