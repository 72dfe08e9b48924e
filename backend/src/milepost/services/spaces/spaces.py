"""Creates, changes and deletes spaces and composite goals. Their progress is computed on read.

Ids are the platform's. An id that only activities refer to exists without a row in these tables. Deleting hides it,
whatever is recorded later, until it is created again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from milepost.db.connection import Writing
from milepost.db.learner_row import lock_learners, raise_revisions
from milepost.errors import Conflict, NotFound
from milepost.queries.spaces.spaces import MAX_PER_LEARNER, MAX_WITH_DELETED, composite_goals_of, spaces_of

_STORED_SPACE = """
SELECT title, planned_tasks, planned_minutes FROM spaces
WHERE learner_id = $1 AND space_id = $2 AND deleted_at IS NULL
"""
_COUNT_SPACES = """
SELECT count(*) FILTER (WHERE deleted_at IS NULL), count(*) FROM spaces WHERE learner_id = $1 AND space_id <> $2
"""
_UPSERT_SPACE = """
INSERT INTO spaces AS s (learner_id, space_id, title, planned_tasks, planned_minutes, created_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (learner_id, space_id) DO UPDATE SET title = excluded.title, planned_tasks = excluded.planned_tasks,
    planned_minutes = excluded.planned_minutes, deleted_at = NULL,
    created_at = CASE WHEN s.deleted_at IS NULL THEN s.created_at ELSE excluded.created_at END
"""
_DELETE_SPACE = """
INSERT INTO spaces (learner_id, space_id, created_at, deleted_at) VALUES ($1, $2, $3, $3)
ON CONFLICT (learner_id, space_id) DO UPDATE SET deleted_at = excluded.deleted_at
"""
_DELETE_FROM_GOALS = "DELETE FROM goal_spaces WHERE learner_id = $1 AND space_id = $2"

_STORED_GOAL = """
SELECT title, array(SELECT space_id FROM goal_spaces WHERE learner_id = $1 AND goal_id = $2 ORDER BY 1)
FROM composite_goals WHERE learner_id = $1 AND goal_id = $2 AND deleted_at IS NULL
"""
_COUNT_GOALS = """
SELECT count(*) FILTER (WHERE deleted_at IS NULL), count(*) FROM composite_goals WHERE learner_id = $1 AND goal_id <> $2
"""
_UPSERT_GOAL = """
INSERT INTO composite_goals AS g (learner_id, goal_id, title, created_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (learner_id, goal_id) DO UPDATE SET title = excluded.title, deleted_at = NULL,
    created_at = CASE WHEN g.deleted_at IS NULL THEN g.created_at ELSE excluded.created_at END
"""
_DELETE_GOAL = """
INSERT INTO composite_goals (learner_id, goal_id, created_at, deleted_at) VALUES ($1, $2, $3, $3)
ON CONFLICT (learner_id, goal_id) DO UPDATE SET deleted_at = excluded.deleted_at
"""
_DELETE_SPACES_OF_GOAL = "DELETE FROM goal_spaces WHERE learner_id = $1 AND goal_id = $2"
_INSERT_SPACES_OF_GOAL = "INSERT INTO goal_spaces (learner_id, goal_id, space_id) SELECT $1, $2, unnest($3::text[])"

# A milestone of a deleted space or goal stays with the other one it belongs to; without another it is deleted too.
_DELETE_MILESTONES = "DELETE FROM milestones WHERE learner_id = $1 AND {of} = $2 AND {other} IS NULL"
_DETACH_MILESTONES = "UPDATE milestones SET {of} = NULL WHERE learner_id = $1 AND {of} = $2"


@dataclass(frozen=True, slots=True)
class SpacePlan:
    """The content of a space as requested. Planned amounts are at least 1, or None for no plan."""

    title: str
    planned_tasks: int | None
    planned_minutes: int | None


async def save_space(
    connection: Writing, learner_id: UUID, space_id: str, plan: SpacePlan, now: datetime, *, new: bool
) -> None:
    """Create a space or change the existing one with this id. The same content again changes nothing.

    `new` refuses an existing space with other content.

    Raises:
        Conflict: `space_exists`, `too_many_spaces`.
    """
    await lock_learners(connection, [learner_id])
    existing = await connection.fetchrow(_STORED_SPACE, learner_id, space_id)
    if existing is not None and SpacePlan(*existing) == plan:
        return
    if existing is not None and new:
        raise Conflict("space_exists", "The learner already has a different space with this id; change it with PUT.")
    _check_counts("too_many_spaces", "spaces", *await connection.fetchrow(_COUNT_SPACES, learner_id, space_id))
    await connection.execute(
        _UPSERT_SPACE, learner_id, space_id, plan.title, plan.planned_tasks, plan.planned_minutes, now
    )
    await raise_revisions(connection, [learner_id])


async def delete_space(connection: Writing, learner_id: UUID, space_id: str, now: datetime) -> None:
    """Hide a space, remove it from its goals, and delete the milestones that belong to nothing else.

    Raises:
        NotFound: `space_not_found`.
    """
    await require_spaces(connection, learner_id, [space_id])
    await lock_learners(connection, [learner_id])
    await connection.execute(_DELETE_SPACE, learner_id, space_id, now)
    await connection.execute(_DELETE_FROM_GOALS, learner_id, space_id)
    await _remove_milestones(connection, learner_id, space_id, of="space_id", other="goal_id")
    await raise_revisions(connection, [learner_id])


async def save_composite_goal(
    connection: Writing,
    learner_id: UUID,
    goal_id: str,
    title: str,
    space_ids: Sequence[str],
    now: datetime,
    *,
    new: bool,
) -> None:
    """Create a composite goal of these spaces or change the existing one with this id; `new` as in `save_space`.

    Raises:
        NotFound: `space_not_found`.
        Conflict: `composite_goal_exists`, `too_many_composite_goals`.
    """
    await require_spaces(connection, learner_id, space_ids)
    await lock_learners(connection, [learner_id])
    distinct_ids = sorted(set(space_ids))
    existing = await connection.fetchrow(_STORED_GOAL, learner_id, goal_id)
    if existing is not None and (existing[0], existing[1]) == (title, distinct_ids):
        return
    if existing is not None and new:
        raise Conflict(
            "composite_goal_exists",
            "The learner already has a different composite goal with this id; change it with PUT.",
        )
    counts = await connection.fetchrow(_COUNT_GOALS, learner_id, goal_id)
    _check_counts("too_many_composite_goals", "composite goals", *counts)
    await connection.execute(_UPSERT_GOAL, learner_id, goal_id, title, now)
    await connection.execute(_DELETE_SPACES_OF_GOAL, learner_id, goal_id)
    await connection.execute(_INSERT_SPACES_OF_GOAL, learner_id, goal_id, distinct_ids)
    await raise_revisions(connection, [learner_id])


async def delete_composite_goal(connection: Writing, learner_id: UUID, goal_id: str, now: datetime) -> None:
    """Hide a composite goal and delete the milestones that belong to nothing else. Its spaces stay.

    Raises:
        NotFound: `composite_goal_not_found`.
    """
    await require_composite_goal(connection, learner_id, goal_id)
    await lock_learners(connection, [learner_id])
    await connection.execute(_DELETE_GOAL, learner_id, goal_id, now)
    await connection.execute(_DELETE_SPACES_OF_GOAL, learner_id, goal_id)
    await _remove_milestones(connection, learner_id, goal_id, of="goal_id", other="space_id")
    await raise_revisions(connection, [learner_id])


async def require_spaces(connection: Writing, learner_id: UUID, space_ids: Sequence[str]) -> None:
    """Check that the learner has all of these spaces.

    Raises:
        NotFound: `space_not_found`.
    """
    existing = {space.space_id for space in await spaces_of(connection, [learner_id], space_ids)}
    if not existing.issuperset(space_ids):
        raise NotFound("space_not_found", "The learner has no such space.")


async def require_composite_goal(connection: Writing, learner_id: UUID, goal_id: str) -> None:
    """Check that the learner has this composite goal.

    Raises:
        NotFound: `composite_goal_not_found`.
    """
    if not await composite_goals_of(connection, [learner_id], [goal_id]):
        raise NotFound("composite_goal_not_found", "The learner has no such composite goal.")


def _check_counts(code: str, what: str, others: int, with_deleted: int) -> None:
    """Refuse another space or goal beside so many others, also counted with deleted ones: reads see all of them."""
    if others >= MAX_PER_LEARNER:
        raise Conflict(code, f"A learner may have at most {MAX_PER_LEARNER} {what}.", {"max": MAX_PER_LEARNER})
    if with_deleted >= MAX_WITH_DELETED:
        detail = f"A learner may have at most {MAX_WITH_DELETED} {what}, deleted ones included; use their ids again."
        raise Conflict(code, detail, {"max": MAX_WITH_DELETED})


async def _remove_milestones(connection: Writing, learner_id: UUID, deleted_id: str, *, of: str, other: str) -> None:
    await connection.execute(_DELETE_MILESTONES.format(of=of, other=other), learner_id, deleted_id)
    await connection.execute(_DETACH_MILESTONES.format(of=of), learner_id, deleted_id)
