"""Spaces and composite goals as somebody makes, changes and deletes them. What they add up to is decided on read.

Ids are the platform's. One that only activities name is there without a row here; deleting hides it, whatever is
recorded in it later, until somebody makes it again.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from milepost.db.connection import Writing
from milepost.db.learner_row import grow_revisions, lock_learners
from milepost.errors import Conflict, NotFound
from milepost.queries.spaces.spaces import MAX_SHOWN, goals_of, spaces_of

_MADE_SPACE = """
SELECT title, planned_tasks, planned_minutes FROM spaces
WHERE learner_id = $1 AND space_id = $2 AND deleted_at IS NULL
"""
_COUNT_SPACES = "SELECT count(*) FROM spaces WHERE learner_id = $1 AND deleted_at IS NULL AND space_id <> $2"
_KEEP_SPACE = """
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
_LEAVE_GOALS = "DELETE FROM goal_spaces WHERE learner_id = $1 AND space_id = $2"

_MADE_GOAL = """
SELECT title, array(SELECT space_id FROM goal_spaces WHERE learner_id = $1 AND goal_id = $2 ORDER BY 1)
FROM composite_goals WHERE learner_id = $1 AND goal_id = $2 AND deleted_at IS NULL
"""
_COUNT_GOALS = "SELECT count(*) FROM composite_goals WHERE learner_id = $1 AND deleted_at IS NULL AND goal_id <> $2"
_KEEP_GOAL = """
INSERT INTO composite_goals AS g (learner_id, goal_id, title, created_at) VALUES ($1, $2, $3, $4)
ON CONFLICT (learner_id, goal_id) DO UPDATE SET title = excluded.title, deleted_at = NULL,
    created_at = CASE WHEN g.deleted_at IS NULL THEN g.created_at ELSE excluded.created_at END
"""
_DELETE_GOAL = """
INSERT INTO composite_goals (learner_id, goal_id, created_at, deleted_at) VALUES ($1, $2, $3, $3)
ON CONFLICT (learner_id, goal_id) DO UPDATE SET deleted_at = excluded.deleted_at
"""
_NO_SPACES = "DELETE FROM goal_spaces WHERE learner_id = $1 AND goal_id = $2"
_ITS_SPACES = "INSERT INTO goal_spaces (learner_id, goal_id, space_id) SELECT $1, $2, unnest($3::text[])"

# A milestone of something that is gone is left to what else it belongs to, or goes along.
_DROP_MILESTONES = "DELETE FROM milestones WHERE learner_id = $1 AND {of} = $2 AND {other} IS NULL"
_LEAVE_MILESTONES = "UPDATE milestones SET {of} = NULL WHERE learner_id = $1 AND {of} = $2"


@dataclass(frozen=True, slots=True)
class SpacePlan:
    """What somebody says of a space. Plans are at least 1, or None: nothing is planned."""

    title: str
    planned_tasks: int | None
    planned_minutes: int | None


async def keep_space(
    connection: Writing, learner_id: UUID, space_id: str, plan: SpacePlan, now: datetime, *, new: bool
) -> None:
    """Make a space, or change the one of that id.

    With `new` nobody may have made another one of that id; the same again changes nothing.

    Raises:
        Conflict: `space_exists`, `too_many_spaces`.
    """
    await lock_learners(connection, [learner_id])
    made = await connection.fetchrow(_MADE_SPACE, learner_id, space_id)
    if made is not None and SpacePlan(*made) == plan:
        return
    if made is not None and new:
        raise Conflict("space_exists", "The learner already has a different space with this id; change it with PUT.")
    if await connection.fetchval(_COUNT_SPACES, learner_id, space_id) >= MAX_SHOWN:
        raise Conflict("too_many_spaces", f"A learner may have at most {MAX_SHOWN} spaces.")
    await connection.execute(
        _KEEP_SPACE, learner_id, space_id, plan.title, plan.planned_tasks, plan.planned_minutes, now
    )
    await grow_revisions(connection, [learner_id])


async def delete_space(connection: Writing, learner_id: UUID, space_id: str, now: datetime) -> None:
    """Hide a space, take it out of its goals, and delete the milestones that belong to nothing else.

    Raises:
        NotFound: `space_not_found`.
    """
    await check_spaces(connection, learner_id, [space_id])
    await lock_learners(connection, [learner_id])
    await connection.execute(_DELETE_SPACE, learner_id, space_id, now)
    await connection.execute(_LEAVE_GOALS, learner_id, space_id)
    await _leave_milestones(connection, learner_id, space_id, of="space_id", other="goal_id")
    await grow_revisions(connection, [learner_id])


async def keep_goal(
    connection: Writing,
    learner_id: UUID,
    goal_id: str,
    title: str,
    space_ids: Sequence[str],
    now: datetime,
    *,
    new: bool,
) -> None:
    """Make a composite goal of these spaces, or change the one of that id; `new` as in `keep_space`.

    Raises:
        NotFound: `space_not_found`, the learner has no such space.
        Conflict: `composite_goal_exists`, `too_many_composite_goals`.
    """
    await check_spaces(connection, learner_id, space_ids)
    await lock_learners(connection, [learner_id])
    listed = sorted(set(space_ids))
    made = await connection.fetchrow(_MADE_GOAL, learner_id, goal_id)
    if made is not None and (made[0], made[1]) == (title, listed):
        return
    if made is not None and new:
        raise Conflict(
            "composite_goal_exists",
            "The learner already has a different composite goal with this id; change it with PUT.",
        )
    if await connection.fetchval(_COUNT_GOALS, learner_id, goal_id) >= MAX_SHOWN:
        raise Conflict("too_many_composite_goals", f"A learner may have at most {MAX_SHOWN} composite goals.")
    await connection.execute(_KEEP_GOAL, learner_id, goal_id, title, now)
    await connection.execute(_NO_SPACES, learner_id, goal_id)
    await connection.execute(_ITS_SPACES, learner_id, goal_id, listed)
    await grow_revisions(connection, [learner_id])


async def delete_goal(connection: Writing, learner_id: UUID, goal_id: str, now: datetime) -> None:
    """Hide a composite goal and delete the milestones that belong to nothing else. Its spaces stay.

    Raises:
        NotFound: `composite_goal_not_found`.
    """
    await check_goal(connection, learner_id, goal_id)
    await lock_learners(connection, [learner_id])
    await connection.execute(_DELETE_GOAL, learner_id, goal_id, now)
    await connection.execute(_NO_SPACES, learner_id, goal_id)
    await _leave_milestones(connection, learner_id, goal_id, of="goal_id", other="space_id")
    await grow_revisions(connection, [learner_id])


async def check_spaces(connection: Writing, learner_id: UUID, space_ids: Sequence[str]) -> None:
    """Does the learner have all of these spaces?

    Raises:
        NotFound: `space_not_found`.
    """
    there = {space.space_id for space in await spaces_of(connection, [learner_id], space_ids)}
    if not there.issuperset(space_ids):
        raise NotFound("space_not_found", "The learner has no such space.")


async def check_goal(connection: Writing, learner_id: UUID, goal_id: str) -> None:
    """Does the learner have this composite goal?

    Raises:
        NotFound: `composite_goal_not_found`.
    """
    if not await goals_of(connection, [learner_id], [goal_id]):
        raise NotFound("composite_goal_not_found", "The learner has no such composite goal.")


async def _leave_milestones(connection: Writing, learner_id: UUID, gone: str, *, of: str, other: str) -> None:
    await connection.execute(_DROP_MILESTONES.format(of=of, other=other), learner_id, gone)
    await connection.execute(_LEAVE_MILESTONES.format(of=of), learner_id, gone)
