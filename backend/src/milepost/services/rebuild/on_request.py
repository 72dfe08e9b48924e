"""Rebuilds one learner on an administrator's request: a small one at once, a large one by the job that rebuilds.

Like every rebuild, it takes nothing back that a learner was given.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from milepost.db.connection import Writing
from milepost.db.learner_row import lock_learners
from milepost.errors import NotFound
from milepost.rules.policy import Policy
from milepost.services.projections.declaration import Difference
from milepost.services.rebuild.check import differences
from milepost.services.rebuild.rebuild import refill, was_recorded

# Counted in the log, because the sum in the learner's row may be what is wrong.
_IS_LARGE = """
SELECT count(*) > $2 FROM (SELECT FROM activities WHERE learner_id = $1 LIMIT $2 + 1) counted
"""
# A learner who already waits after a void keeps that mark.
_QUEUE = """
UPDATE learners SET rebuild_due_at = coalesce(rebuild_due_at, $2), revision = revision + 1,
    rebuild_revokes = rebuild_revokes AND rebuild_due_at IS NOT NULL
WHERE learner_id = $1 RETURNING revision
"""
_REVISION = "SELECT revision FROM learners WHERE learner_id = $1"


@dataclass(frozen=True, slots=True)
class RequestedRebuild:
    """The learner's revision, and the differences that the rebuild has removed; None if a job will rebuild it."""

    revision: int
    differences: Sequence[Difference] | None


async def rebuild_on_request(connection: Writing, learner_id: UUID, policy: Policy, now: datetime) -> RequestedRebuild:
    """Compare a learner's projections with the log and refill them, in the caller's transaction.

    A learner with more than `activities.rebuild_at_once_activities` is marked for the job; reads say so until then.

    Raises:
        NotFound: `learner_not_found`.
    """
    if not await was_recorded(connection, learner_id):
        # Before the lock: locking would create a row for an unknown learner.
        raise NotFound("learner_not_found", "There is no such learner.")
    await lock_learners(connection, [learner_id])
    if await connection.fetchval(_IS_LARGE, learner_id, policy.activities.rebuild_at_once_activities):
        return RequestedRebuild(await connection.fetchval(_QUEUE, learner_id, now), None)
    found = await differences(connection, [learner_id], policy)
    await refill(connection, [learner_id], policy, now)
    return RequestedRebuild(await connection.fetchval(_REVISION, learner_id), found)
