"""Decides again how much of each day's time counts, once for every value of the limit. Resumable, in batches.

So the days of an earlier version, which counted all that was reported, and those of another limit are brought up.
"""

from datetime import datetime

from milepost.db.connection import Writing
from milepost.db.learner_row import lock_remaining_learners
from milepost.rules.policy import Policy
from milepost.services.cursors import advance_cursor, begin, finish, lock_progress
from milepost.services.projections.goal_periods import settle_goals_of
from milepost.services.projections.refill import count_time_again, rebuild_learners
from milepost.services.rebuild.batches import next_batch

_FINISHED = "SELECT finished_at IS NOT NULL FROM backfills WHERE name = $1"
_FORGET_OTHER_LIMITS = "DELETE FROM backfills WHERE name LIKE 'time:%' AND name <> $1"


async def count_time_batch(connection: Writing, policy: Policy, now: datetime) -> bool:
    """Decide the days of the next batch of learners, in the caller's transaction. True if there may be more.

    Awards stay.
    """
    name = f"time:{policy.activities.learner_hours_a_day}"
    if await connection.fetchval(_FINISHED, name):
        return False
    await connection.execute(_FORGET_OTHER_LIMITS, name)
    await begin(connection, name, now)
    cursor, _, finished_at = await lock_progress(connection, name)
    learners = await next_batch(connection, cursor) if finished_at is None else []
    if not learners:
        await finish(connection, name, now)
        return False
    changed = await count_time_again(connection, await lock_remaining_learners(connection, learners), policy)
    if changed:
        await rebuild_learners(connection, list(changed), policy, now, days_moved=True)
    for learner_id, days in changed.items():
        await settle_goals_of(connection, learner_id, days, policy, now)
    await advance_cursor(connection, name, learners[-1], len(learners))
    return True
