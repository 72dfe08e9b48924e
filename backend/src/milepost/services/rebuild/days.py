"""Reassigns, once, the days that an earlier version stored after the learner's own date. Resumable, in batches.

That version let an activity's own zone, or a sender's clock ahead of ours, put an activity on a day that had not begun
for the learner, and it never took a zone from activities. Learners whose zone is still assumed get the zone of their
earliest activity that names one, as they would at its intake now.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from milepost.db.connection import Writing
from milepost.db.learner_row import lock_remaining_learners, raise_days_revision
from milepost.queries.learners.facts import learner_facts
from milepost.rules.policy import Policy
from milepost.services.cursors import advance_cursor, begin, finish, lock_progress
from milepost.services.learners.zones import establish_zone, reassign_days
from milepost.services.rebuild.batches import next_batch

BACKFILL = "days:not_ahead"

_FINISHED = "SELECT finished_at IS NOT NULL FROM backfills WHERE name = $1"
# Only the zones of services count, and only they can name one.
_CONCERNED = """
SELECT a.learner_id, (array_agg(a.zone ORDER BY a.occurred_at, a.sender, a.id) FILTER (WHERE a.zone IS NOT NULL))[1]
FROM activities a
WHERE a.learner_id = ANY($1::uuid[]) AND a.voided_at IS NULL AND (a.zone IS NOT NULL OR a.occurred_at > a.received_at)
GROUP BY a.learner_id ORDER BY a.learner_id
"""


async def reassign_days_ahead_batch(connection: Writing, policy: Policy, now: datetime) -> bool:
    """Reassign the next batch of learners, in the caller's transaction. True if there may be more."""
    if await connection.fetchval(_FINISHED, BACKFILL):
        return False
    await begin(connection, BACKFILL, now)
    cursor, _, finished_at = await lock_progress(connection, BACKFILL)
    learners = await next_batch(connection, cursor) if finished_at is None else []
    if not learners:
        await finish(connection, BACKFILL, now)
        return False
    await _reassign(connection, learners, policy, now)
    await advance_cursor(connection, BACKFILL, learners[-1], len(learners))
    return True


async def _reassign(connection: Writing, learners: Sequence[UUID], policy: Policy, now: datetime) -> None:
    concerned = dict(await connection.fetch(_CONCERNED, learners))
    if not concerned:
        return
    remaining = await lock_remaining_learners(connection, list(concerned))
    facts = await learner_facts(connection, remaining, policy)
    for learner_id, zone in ((learner_id, concerned[learner_id]) for learner_id in remaining):
        if zone is not None and facts[learner_id].zone_is_assumed:
            await establish_zone(connection, learner_id, zone, "activity", policy, now)
        else:
            await raise_days_revision(connection, learner_id)
            await reassign_days(connection, learner_id, facts[learner_id].zones, policy, now)
