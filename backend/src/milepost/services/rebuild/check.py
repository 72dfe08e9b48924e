"""Comparing what is stored with what the log gives."""

from collections.abc import AsyncGenerator, Sequence
from uuid import UUID

from milepost.db.connection import Reading
from milepost.db.database import Database
from milepost.queries.achievements.catalogue import stored_definitions
from milepost.rules.policy import Policy
from milepost.services.cursors import START_CURSOR
from milepost.services.projections.declaration import Comparison, Difference
from milepost.services.projections.registry import chosen
from milepost.services.rebuild.batches import COUNT_LEARNERS, next_batch
from milepost.services.rebuild.report import BatchReport

# Learners who wait for the rebuild job are not compared: their projections are known to be outdated.
_DUE = "SELECT learner_id FROM learners WHERE rebuild_due_at IS NOT NULL AND learner_id = ANY($1::uuid[])"
# Nor are those whose rows are being deleted.
_ERASING = "SELECT learner_id FROM learners WHERE erasing_at IS NOT NULL AND learner_id = ANY($1::uuid[])"


_POLICY_APPLIED = "SELECT policy_fingerprint FROM system_state"


_OUTAGES_SETTLED = """
SELECT s.activation IS NULL OR b.finished_at IS NOT NULL
FROM (SELECT max(activation) AS activation FROM outages) s LEFT JOIN backfills b ON b.name = 'outages:' || s.activation
"""


async def policy_is_applied(database: Database, policy: Policy) -> bool:
    """False while some streaks and levels are those of an older policy; the worker updates them."""
    async with database.snapshot() as connection:
        applied: str = await connection.fetchval(_POLICY_APPLIED)
        return applied in ("", policy.fingerprint)


async def outages_are_settled(database: Database) -> bool:
    """False while the newest activation or withdrawal of an outage has not reached every learner yet."""
    async with database.snapshot() as connection:
        return bool(await connection.fetchval(_OUTAGES_SETTLED))


async def catalogue_is_applied(database: Database) -> bool:
    """False while some learners have not been evaluated by the newest catalogue yet."""
    async with database.snapshot() as connection:
        return (await stored_definitions(connection)).is_applied


async def check(
    database: Database, policy: Policy, learner_id: UUID | None = None, only: str | None = None
) -> AsyncGenerator[BatchReport, None]:
    """Compare the projections of all learners, or of one, with what the log gives. Yields after each batch.

    `only`: the projection of that name, one of `NAMES` in `services/projections/registry.py`.
    """
    done, after = 0, START_CURSOR
    while True:
        async with database.snapshot() as connection:
            learners = [learner_id] if learner_id else await next_batch(connection, after)
            total = 1 if learner_id else await connection.fetchval(COUNT_LEARNERS)
            waiting = [row[0] for row in await connection.fetch(_DUE, learners)]
            erasing = [row[0] for row in await connection.fetch(_ERASING, learners)]
            compared = [learner for learner in learners if learner not in (*waiting, *erasing)]
            differing = await differences(connection, compared, policy, only) if compared else []
        done += len(learners)
        if learners:
            yield BatchReport(done, total, differing, waiting)
        if learner_id or not learners:
            return
        after = learners[-1]


async def differences(
    connection: Reading, learners: Sequence[UUID], policy: Policy, only: str | None = None
) -> list[Difference]:
    """Every difference between the projections of these learners and the log, in the caller's snapshot."""
    comparison = Comparison(connection, learners, policy)
    return [difference for projection in chosen(only) for difference in await projection.differences(comparison)]
