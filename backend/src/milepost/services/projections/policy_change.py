"""After a change of the streak or level policy: recomputes every learner, one batch a transaction, resumable.

The fingerprint in `system_state` says by which policy the stored streaks and levels were computed; the cursor in
`backfills` says how far the change has got. One worker at a time works on it.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from milepost.db.connection import Writing
from milepost.db.learner_row import lock_remaining_learners, raise_revisions
from milepost.queries.learners.facts import learner_facts
from milepost.rules.policy import Policy
from milepost.services.achievements.reconcile import reconcile
from milepost.services.cursors import advance_cursor, begin, finish, lock_progress
from milepost.services.history.snapshots import mark_all_snapshots_stale
from milepost.services.projections.levels import relevel
from milepost.services.projections.streaks import restreak

LEARNERS_PER_BATCH = 200

_TRY_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('milepost-policy-change'))"
_APPLIED = "SELECT policy_fingerprint FROM system_state"
_NEXT = "SELECT learner_id FROM learners WHERE learner_id > $1 ORDER BY learner_id LIMIT $2"
_NOW_APPLIED = "UPDATE system_state SET policy_fingerprint = $1, global_revision = global_revision + 1"


async def apply_policy_batch(
    connection: Writing, policy: Policy, now: datetime, batch: int = LEARNERS_PER_BATCH
) -> bool:
    """Recompute the next `batch` learners, in the caller's transaction. True while more may be left.

    Also false while another worker runs it.
    """
    if await connection.fetchval(_APPLIED) == policy.fingerprint:
        return False
    if not await connection.fetchval(_TRY_LOCK):
        return False
    name = f"policy:{policy.fingerprint}"
    await begin(connection, name, now, restart=True)
    cursor, _, _ = await lock_progress(connection, name)
    learners = [row[0] for row in await connection.fetch(_NEXT, cursor, batch)]
    if not learners:
        await finish(connection, name, now)
        await connection.execute(_NOW_APPLIED, policy.fingerprint)
        return False
    await _recompute(connection, learners, policy, now)
    await advance_cursor(connection, name, learners[-1], len(learners))
    return True


async def _recompute(connection: Writing, learners: Sequence[UUID], policy: Policy, now: datetime) -> None:
    learners = await lock_remaining_learners(connection, learners)
    await relevel(connection, learners, policy, now)
    await restreak(connection, await learner_facts(connection, learners, policy), policy)
    await mark_all_snapshots_stale(connection, learners, now)
    await raise_revisions(connection, learners)
    await reconcile(connection, learners, policy, now)
