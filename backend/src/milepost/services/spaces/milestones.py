"""Milestones as somebody makes, changes and deletes them, and the call that one is reached.

The call records an activity of our own, so that the log alone says what is reached and since when: a milestone is
reached on the least day of the activities that say so.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from milepost.db.connection import Reading, Writing
from milepost.db.learner_row import grow_revisions, lock_learners
from milepost.errors import Conflict, NotFound
from milepost.queries.achievements.catalogue import CatalogueMemory
from milepost.queries.spaces.milestones import Milestone, milestone
from milepost.rules.activities import Activity, KindTable, counts_for
from milepost.rules.learners import SENDER
from milepost.rules.policy import MILESTONE_REACHED, Policy
from milepost.services.activities.nested import record_nested
from milepost.services.activities.submission import Submission
from milepost.services.spaces.spaces import check_goal, check_spaces

MAX_MILESTONES = 500
"""Milestones a learner may have."""

_COUNT = "SELECT count(*) FROM milestones WHERE learner_id = $1 AND milestone_id <> $2"
_KEEP = """
INSERT INTO milestones (learner_id, milestone_id, title, space_id, goal_id, created_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (learner_id, milestone_id) DO UPDATE SET title = excluded.title, space_id = excluded.space_id,
    goal_id = excluded.goal_id
"""
_DELETE = "DELETE FROM milestones WHERE learner_id = $1 AND milestone_id = $2"
_STORED = "SELECT voided_at FROM activities WHERE learner_id = $1 AND sender = $2 AND id = $3"


@dataclass(frozen=True, slots=True)
class MilestonePlan:
    """What somebody says of a milestone: it belongs to a space, a composite goal, or both."""

    title: str
    space_id: str | None
    goal_id: str | None


async def keep_milestone(
    connection: Writing,
    learner_id: UUID,
    milestone_id: str,
    plan: MilestonePlan,
    now: datetime,
    *,
    new: bool,
) -> Milestone:
    """Make a milestone, or change the one of that id; with `new` there must not be another one.

    One that activities have named already is reached at once.

    Raises:
        NotFound: `space_not_found`, `composite_goal_not_found`: the learner has no such.
        Conflict: `milestone_exists`, `too_many_milestones`.
    """
    if plan.space_id is not None:
        await check_spaces(connection, learner_id, [plan.space_id])
    if plan.goal_id is not None:
        await check_goal(connection, learner_id, plan.goal_id)
    await lock_learners(connection, [learner_id])
    made = await milestone(connection, learner_id, milestone_id)
    if made is not None and MilestonePlan(made.title, made.space_id, made.goal_id) == plan:
        return made
    if made is not None and new:
        raise Conflict(
            "milestone_exists", "The learner already has a different milestone with this id; change it with PUT."
        )
    if await connection.fetchval(_COUNT, learner_id, milestone_id) >= MAX_MILESTONES:
        raise Conflict("too_many_milestones", f"A learner may have at most {MAX_MILESTONES} milestones.")
    await connection.execute(_KEEP, learner_id, milestone_id, plan.title, plan.space_id, plan.goal_id, now)
    await grow_revisions(connection, [learner_id])
    return await known_milestone(connection, learner_id, milestone_id)


async def delete_milestone(connection: Writing, learner_id: UUID, milestone_id: str) -> None:
    """Forget a milestone. That it was reached stays in the log and among the milestones the learner has reached.

    Raises:
        NotFound: `milestone_not_found`.
    """
    await known_milestone(connection, learner_id, milestone_id)
    await lock_learners(connection, [learner_id])
    await connection.execute(_DELETE, learner_id, milestone_id)
    await grow_revisions(connection, [learner_id])


async def known_milestone(connection: Reading, learner_id: UUID, milestone_id: str) -> Milestone:
    """A milestone of the learner.

    Raises:
        NotFound: `milestone_not_found`.
    """
    found = await milestone(connection, learner_id, milestone_id)
    if found is None:
        raise NotFound("milestone_not_found", "The learner has no such milestone.")
    return found


async def reach_milestone(
    connection: Writing,
    learner_id: UUID,
    milestone_id: str,
    catalogues: CatalogueMemory,
    policy: Policy,
    now: datetime,
    claimed_zone: str | None = None,
) -> Milestone:
    """Say that a milestone is reached now: recorded once, as an activity of ours without points; again changes nothing.

    One that an activity has reached keeps that day if it is earlier. `claimed_zone` is the zone the learner's own token
    names.

    Raises:
        NotFound: `milestone_not_found`.
        Unavailable: see `record_within`.
    """
    await known_milestone(connection, learner_id, milestone_id)
    await lock_learners(connection, [learner_id])
    await known_milestone(connection, learner_id, milestone_id)
    activity_id = await _free_id(connection, learner_id, milestone_id)
    if activity_id is not None:
        activity = Activity(
            verb=MILESTONE_REACHED.verb,
            object_type=MILESTONE_REACHED.object_type,
            object_id=milestone_id,
            occurred_at=now,
        )
        kind = KindTable(policy.activities.kinds).kind_of(activity.object_type, activity.verb)
        counts = counts_for(kind, None)
        sent = Submission(learner_id, SENDER, activity_id, activity, now, counts, 0, claimed_zone)
        await record_nested(connection, [sent], catalogues, policy, now)
    return await known_milestone(connection, learner_id, milestone_id)


async def _free_id(connection: Reading, learner_id: UUID, milestone_id: str) -> str | None:
    """The id of the activity this call is to record; None where an earlier call has, and it was not taken back."""
    n = 1
    while True:
        activity_id = f"milestone:{milestone_id}:{n}"
        stored = await connection.fetchrow(_STORED, learner_id, SENDER, activity_id)
        if stored is None:
            return activity_id
        if stored["voided_at"] is None:
            return None
        n += 1
