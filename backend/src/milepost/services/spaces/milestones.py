"""Creates, changes and deletes milestones, and records that one is reached.

Reaching a milestone records an activity of our own, so the log alone says which milestones are reached and when: on the
earliest day of the activities that say so.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from milepost.db.connection import Reading, Writing
from milepost.db.learner_row import lock_learners, raise_revisions
from milepost.errors import Conflict, NotFound
from milepost.queries.achievements.catalogue import CatalogueMemory
from milepost.queries.spaces.milestones import Milestone, milestone
from milepost.rules.activities import Activity, KindTable, counts_of_own_record
from milepost.rules.learners import SENDER
from milepost.rules.policy import MILESTONE_REACHED, Policy
from milepost.services.activities.nested import record_nested
from milepost.services.activities.submission import Submission
from milepost.services.spaces.spaces import require_composite_goal, require_spaces

MAX_MILESTONES = 500
"""Max milestones per learner."""

_COUNT = "SELECT count(*) FROM milestones WHERE learner_id = $1 AND milestone_id <> $2"
_UPSERT = """
INSERT INTO milestones (learner_id, milestone_id, title, space_id, goal_id, created_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (learner_id, milestone_id) DO UPDATE SET title = excluded.title, space_id = excluded.space_id,
    goal_id = excluded.goal_id
"""
_DELETE = "DELETE FROM milestones WHERE learner_id = $1 AND milestone_id = $2"
_VOIDED_AT = "SELECT voided_at FROM activities WHERE learner_id = $1 AND sender = $2 AND id = $3"


@dataclass(frozen=True, slots=True)
class MilestonePlan:
    """The content of a milestone as requested. It belongs to a space, a composite goal, or both."""

    title: str
    space_id: str | None
    goal_id: str | None


async def save_milestone(
    connection: Writing,
    learner_id: UUID,
    milestone_id: str,
    plan: MilestonePlan,
    now: datetime,
    *,
    new: bool,
) -> Milestone:
    """Create a milestone or change the existing one with this id; `new` refuses one with other content.

    A milestone that activities already refer to is reached at once.

    Raises:
        NotFound: `space_not_found`, `composite_goal_not_found`.
        Conflict: `milestone_exists`, `too_many_milestones`.
    """
    if plan.space_id is not None:
        await require_spaces(connection, learner_id, [plan.space_id])
    if plan.goal_id is not None:
        await require_composite_goal(connection, learner_id, plan.goal_id)
    await lock_learners(connection, [learner_id])
    existing = await milestone(connection, learner_id, milestone_id)
    if existing is not None and MilestonePlan(existing.title, existing.space_id, existing.goal_id) == plan:
        return existing
    if existing is not None and new:
        raise Conflict(
            "milestone_exists", "The learner already has a different milestone with this id; change it with PUT."
        )
    if await connection.fetchval(_COUNT, learner_id, milestone_id) >= MAX_MILESTONES:
        raise Conflict("too_many_milestones", f"A learner may have at most {MAX_MILESTONES} milestones.")
    await connection.execute(_UPSERT, learner_id, milestone_id, plan.title, plan.space_id, plan.goal_id, now)
    await raise_revisions(connection, [learner_id])
    return await require_milestone(connection, learner_id, milestone_id)


async def delete_milestone(connection: Writing, learner_id: UUID, milestone_id: str) -> None:
    """Delete a milestone. If it was reached, the log keeps that, and it still counts as reached.

    Raises:
        NotFound: `milestone_not_found`.
    """
    await require_milestone(connection, learner_id, milestone_id)
    await lock_learners(connection, [learner_id])
    await connection.execute(_DELETE, learner_id, milestone_id)
    await raise_revisions(connection, [learner_id])


async def require_milestone(connection: Reading, learner_id: UUID, milestone_id: str) -> Milestone:
    """The learner's milestone.

    Raises:
        NotFound: `milestone_not_found`.
    """
    existing = await milestone(connection, learner_id, milestone_id)
    if existing is None:
        raise NotFound("milestone_not_found", "The learner has no such milestone.")
    return existing


async def reach_milestone(
    connection: Writing,
    learner_id: UUID,
    milestone_id: str,
    catalogues: CatalogueMemory,
    policy: Policy,
    now: datetime,
    claimed_zone: str | None = None,
) -> Milestone:
    """Reach a milestone now: records one activity of our own without points. Repeating the call changes nothing.

    If an earlier activity has reached it, that day stays. `claimed_zone` is the zone in the learner's own token.

    Raises:
        NotFound: `milestone_not_found`.
        Unavailable: see `record_nested`.
    """
    await require_milestone(connection, learner_id, milestone_id)
    await lock_learners(connection, [learner_id])
    await require_milestone(connection, learner_id, milestone_id)
    activity_id = await _next_activity_id(connection, learner_id, milestone_id)
    if activity_id is not None:
        activity = Activity(
            verb=MILESTONE_REACHED.verb,
            object_type=MILESTONE_REACHED.object_type,
            object_id=milestone_id,
            occurred_at=now,
        )
        kind = KindTable(policy.activities.kinds).kind_of(activity.object_type, activity.verb)
        counts = counts_of_own_record(kind)
        submission = Submission(learner_id, SENDER, activity_id, activity, now, counts, 0, claimed_zone)
        await record_nested(connection, [submission], catalogues, policy, now)
    return await require_milestone(connection, learner_id, milestone_id)


async def _next_activity_id(connection: Reading, learner_id: UUID, milestone_id: str) -> str | None:
    """The id of the activity to record; None if an earlier call recorded one that is not void."""
    n = 1
    while True:
        activity_id = f"milestone:{milestone_id}:{n}"
        stored = await connection.fetchrow(_VOIDED_AT, learner_id, SENDER, activity_id)
        if stored is None:
            return activity_id
        if stored["voided_at"] is None:
            return None
        n += 1
