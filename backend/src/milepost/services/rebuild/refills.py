"""Refills the projections that a migration has created or extended: all learners, in batches, resumable.

The migration leaves two rows in `backfills` for each. The first pass begins at once. Meanwhile processes of the
previous version may still write, without the new projection; the second pass begins when they are gone.
"""

from datetime import datetime, timedelta

from milepost.db.connection import Reading, Writing
from milepost.queries.operations.refills import refill_passes
from milepost.rules.policy import Policy
from milepost.services.cursors import advance_cursor, finish, lock_progress
from milepost.services.projections.registry import NAMES
from milepost.services.rebuild.batches import next_batch
from milepost.services.rebuild.rebuild import refill

PREVIOUS_VERSION_WRITES = timedelta(minutes=10)
"""So long after the first pass, an upgrade has replaced the last process of the previous version."""

_BEGIN = "UPDATE backfills SET started_at = $2 WHERE name = $1 AND started_at = 'epoch'"


async def refill_batch(connection: Writing, policy: Policy, now: datetime) -> bool:
    """Refill a projection of the next batch of learners, in the caller's transaction. True if there may be more."""
    due = await _next_pass(connection, now)
    if due is None:
        return False
    name, projection = due
    await connection.execute(_BEGIN, name, now)
    cursor, _, finished_at = await lock_progress(connection, name)
    # A later version may have dropped the projection.
    learners = await next_batch(connection, cursor) if finished_at is None and projection in NAMES else []
    if learners:
        await refill(connection, learners, policy, now, projection)
        await advance_cursor(connection, name, learners[-1], len(learners))
    else:
        await finish(connection, name, now)
    return True


async def _next_pass(connection: Reading, now: datetime) -> tuple[str, str] | None:
    """Name and projection of the pass to go on with; None if there is none now."""
    passes = await refill_passes(connection)
    first_finished = {one.projection: one.finished_at for one in passes if not one.is_late}
    for one in sorted(passes, key=lambda one: one.is_late):
        if one.finished_at is not None:
            continue
        if not one.is_late or _is_settled(first_finished.get(one.projection), now):
            return one.name, one.projection
    return None


def _is_settled(first_finished_at: datetime | None, now: datetime) -> bool:
    """Whether the second pass may begin. A clock that was set back since must not hold it up."""
    if first_finished_at is None:
        return False
    return not timedelta(0) <= now - first_finished_at < PREVIOUS_VERSION_WRITES
