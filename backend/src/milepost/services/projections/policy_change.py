"""After the numbers of streaks or levels changed: every learner is decided anew, a batch a transaction, resumable.

The fingerprint in `system_state` says which policy the kept streaks and levels come from; the cursor in `backfills`
how far a change has got. Several workers may try: one at a time has the turn.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from milepost.db.connection import Writing
from milepost.db.learner_row import grow_revisions, lock_learners
from milepost.queries.learners.facts import learner_facts
from milepost.rules.policy import Policy
from milepost.services.achievements.reconcile import reconcile
from milepost.services.cursors import advance, begin, finish, lock_progress
from milepost.services.history.snapshots import mark_all_snapshots_stale
from milepost.services.projections.levels import relevel
from milepost.services.projections.streaks import restreak

LEARNERS_A_BATCH = 200

_TAKE_TURN = "SELECT pg_try_advisory_xact_lock(hashtext('milepost-policy-change'))"
_APPLIED = "SELECT policy_fingerprint FROM system_state"
_NEXT = "SELECT learner_id FROM learners WHERE learner_id > $1 ORDER BY learner_id LIMIT $2"
_NOW_APPLIED = "UPDATE system_state SET policy_fingerprint = $1, global_revision = global_revision + 1"


async def apply_policy_batch(connection: Writing, policy: Policy, now: datetime, batch: int = LEARNERS_A_BATCH) -> bool:
    """Decide the next `batch` learners anew, in the caller's transaction. True while there may be more to do.

    Also false while another worker is at it.
    """
    if await connection.fetchval(_APPLIED) == policy.fingerprint:
        return False
    if not await connection.fetchval(_TAKE_TURN):
        return False
    name = f"policy:{policy.fingerprint}"
    await begin(connection, name, now, restart=True)
    cursor, _, _ = await lock_progress(connection, name)
    learners = [row[0] for row in await connection.fetch(_NEXT, cursor, batch)]
    if not learners:
        await finish(connection, name, now)
        await connection.execute(_NOW_APPLIED, policy.fingerprint)
        return False
    await _decide_anew(connection, learners, policy, now)
    await advance(connection, name, learners[-1], len(learners))
    return True


async def _decide_anew(connection: Writing, learners: Sequence[UUID], policy: Policy, now: datetime) -> None:
    await lock_learners(connection, learners)
    await relevel(connection, learners, policy, now)
    await restreak(connection, await learner_facts(connection, learners, policy), policy)
    await mark_all_snapshots_stale(connection, learners)
    await grow_revisions(connection, learners)
    await reconcile(connection, learners, policy, now)
