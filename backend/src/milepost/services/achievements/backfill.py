"""After a change of the catalogue: evaluates every learner again, one batch a transaction, resumable, quietly.

Each learner's row says by which catalogue it was evaluated last (`catalogue_seen`).
"""

from datetime import datetime

from milepost.db.connection import Writing
from milepost.db.learner_row import lock_remaining_learners, raise_revisions
from milepost.rules.policy import Policy
from milepost.services.achievements.counters import recount
from milepost.services.achievements.reconcile import reconcile
from milepost.services.cursors import advance_cursor, next_learners

LEARNERS_PER_BATCH = 500

_TRY_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('milepost-achievements'))"
_DECIDES = "SELECT catalogue_decides FROM system_state"
_NEXT = """
SELECT learner_id FROM learners WHERE learner_id > $1 AND catalogue_seen < $2 ORDER BY learner_id LIMIT $3
"""


async def backfill_achievements_batch(
    connection: Writing, policy: Policy, now: datetime, batch: int = LEARNERS_PER_BATCH
) -> bool:
    """Evaluate the next `batch` learners, in the caller's transaction. True while more may be left.

    Also false while another worker runs it.
    """
    decides = await connection.fetchval(_DECIDES)
    name = f"achievements:{decides}"
    if not decides or not await connection.fetchval(_TRY_LOCK):
        return False
    learners = await next_learners(connection, name, now, _NEXT, decides, batch)
    if learners:
        remaining = await lock_remaining_learners(connection, learners)
        await recount(connection, remaining)
        await raise_revisions(connection, remaining)
        await reconcile(connection, remaining, policy, now)
        await advance_cursor(connection, name, learners[-1], len(learners))
    return learners is not None
