"""Rebuilding projections from the log, and comparing them with it, learners by the batch, while the service runs.

A rebuild is resumable: its cursor is in `backfills`. A check reads one snapshot of the database per batch, takes no
locks and writes nothing.
"""

from collections.abc import AsyncGenerator, Sequence
from datetime import datetime
from uuid import UUID

from milepost.db.connection import Reading, Writing
from milepost.db.database import Database
from milepost.db.learner_row import lock_remaining_learners
from milepost.rules.policy import Policy
from milepost.services.activities.void import days_to_rebuild, rebuild_due
from milepost.services.cursors import advance_cursor, begin, finish, lock_progress
from milepost.services.projections.declaration import Refill
from milepost.services.projections.refill import rebuild_learners
from milepost.services.projections.registry import to_refill
from milepost.services.rebuild.batches import COUNT_LEARNERS, next_batch
from milepost.services.rebuild.report import BatchReport

_NO_LONGER_DUE = """
UPDATE learners SET rebuild_due_at = NULL WHERE learner_id = ANY($1::uuid[]) AND rebuild_due_at IS NOT NULL
"""
_FIRST_DUE = "SELECT learner_id FROM learners WHERE rebuild_due_at IS NOT NULL ORDER BY activities, learner_id LIMIT $1"
_IS_KNOWN = (
    "SELECT 1 FROM learners WHERE learner_id = $1 UNION ALL SELECT 1 FROM activities WHERE learner_id = $1 LIMIT 1"
)


async def is_known(database: Database, learner_id: UUID) -> bool:
    """Whether anything was ever recorded of this learner."""
    async with database.snapshot() as connection:
        return await was_recorded(connection, learner_id)


async def was_recorded(connection: Reading, learner_id: UUID) -> bool:
    """As `is_known`, in the caller's transaction."""
    return await connection.fetchval(_IS_KNOWN, learner_id) is not None


async def learners_due(database: Database, most: int) -> list[UUID]:
    """At most so many learners who wait to be rebuilt, those with the fewest activities first."""
    async with database.snapshot() as connection:
        return [row[0] for row in await connection.fetch(_FIRST_DUE, most)]


async def rebuild_one(
    database: Database, learner_id: UUID, policy: Policy, now: datetime, only: str | None = None
) -> None:
    """Refill the projections of one learner, or the one of that name."""
    async with database.write() as connection:
        await refill(connection, [learner_id], policy, now, only)


async def rebuild(
    database: Database, policy: Policy, now: datetime, only: str | None = None
) -> AsyncGenerator[BatchReport, None]:
    """Refill the projections of everybody, or the one of that name; goes on where a run was cut off.

    Yields after each batch, which is committed. Several may run: they share the work.
    """
    name = f"rebuild:{only or 'all'}"
    async with database.write() as connection:
        await begin(connection, name, now, restart=True)
    while True:
        async with database.write() as connection:
            total = await connection.fetchval(COUNT_LEARNERS)
            cursor, done, finished_at = await lock_progress(connection, name)
            learners = await next_batch(connection, cursor) if finished_at is None else []
            if learners:
                await refill(connection, learners, policy, now, only)
                await advance_cursor(connection, name, learners[-1], len(learners))
            else:
                await finish(connection, name, now)
        yield BatchReport(done + len(learners), total)
        if not learners:
            return


async def refill(
    connection: Writing, learners: Sequence[UUID], policy: Policy, now: datetime, only: str | None = None
) -> None:
    """Refill the projections of these learners, or the one of that name, in the caller's transaction.

    Learners who wait for a rebuild get it, and wait no longer.
    """
    learners = await lock_remaining_learners(connection, learners)
    for projection in to_refill(only):
        if projection.follows != "log":
            await projection.refill(Refill(connection, learners, policy, now))
    due = await days_to_rebuild(connection, learners) if only is None else {}
    others = [learner_id for learner_id in learners if learner_id not in due]
    if others:
        await rebuild_learners(connection, others, policy, now, only)
        if only is None:
            await connection.execute(_NO_LONGER_DUE, others)
    if due:
        await rebuild_due(connection, due, policy, now)
