"""After the numbers of streaks or levels changed: every learner is decided anew, a batch a transaction, resumable.

The fingerprint in `system_state` says which policy the kept streaks and levels come from; the cursor in `backfills`
how far a change has got. Several workers may try: one at a time has the turn.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg

from milepost.queries.learner_facts import learner_facts
from milepost.rules.policy import Policy
from milepost.services.projections import lock_learners, relevel, restreak
from milepost.services.snapshots import streaks_changed

LEARNERS_A_BATCH = 200

_TAKE_TURN = "SELECT pg_try_advisory_xact_lock(hashtext('milepost-policy-change'))"
_APPLIED = "SELECT policy_fingerprint FROM system_state"
_BEGIN = """
INSERT INTO backfills AS b (name, started_at) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET cursor = NULL, done = 0, started_at = $2, finished_at = NULL
WHERE b.finished_at IS NOT NULL
"""
_CURSOR = "SELECT coalesce(cursor, '00000000-0000-0000-0000-000000000000') FROM backfills WHERE name = $1"
_NEXT = "SELECT learner_id FROM learners WHERE learner_id > $1 ORDER BY learner_id LIMIT $2"
_ADVANCE = "UPDATE backfills SET cursor = $2, done = done + $3 WHERE name = $1"
_FINISH = "UPDATE backfills SET finished_at = $2 WHERE name = $1"
_NOW_APPLIED = "UPDATE system_state SET policy_fingerprint = $1, global_revision = global_revision + 1"
_GROW = "UPDATE learners SET revision = revision + 1 WHERE learner_id = ANY($1::uuid[])"


async def apply_policy_to_some(
    connection: asyncpg.Connection, policy: Policy, now: datetime, batch: int = LEARNERS_A_BATCH
) -> bool:
    """Decide the next `batch` learners anew, in the caller's transaction. True while there may be more to do.

    Also false while another worker is at it.
    """
    if await connection.fetchval(_APPLIED) == policy.fingerprint:
        return False
    if not await connection.fetchval(_TAKE_TURN):
        return False
    name = f"policy:{policy.fingerprint}"
    await connection.execute(_BEGIN, name, now)
    cursor = await connection.fetchval(_CURSOR, name)
    learners = [row[0] for row in await connection.fetch(_NEXT, cursor, batch)]
    if not learners:
        await connection.execute(_FINISH, name, now)
        await connection.execute(_NOW_APPLIED, policy.fingerprint)
        return False
    await _decide_anew(connection, learners, policy, now)
    await connection.execute(_ADVANCE, name, learners[-1], len(learners))
    return True


async def _decide_anew(connection: asyncpg.Connection, learners: Sequence[UUID], policy: Policy, now: datetime) -> None:
    await lock_learners(connection, learners)
    await relevel(connection, learners, policy, now)
    await restreak(connection, await learner_facts(connection, learners, policy), policy)
    await streaks_changed(connection, learners)
    await connection.execute(_GROW, learners)
