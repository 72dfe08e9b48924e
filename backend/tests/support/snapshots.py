"""Run the snapshot sweep, read the snapshots it has taken, and publish eases: without a worker."""

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg

from milepost.resources import Resources
from milepost.services.history.snapshots import DUE_DAYS_PER_BATCH, ROWS_PER_BATCH, snapshot_days_batch
from milepost.services.mastery.nightly import publish_eases_batch
from milepost.settings import load_policy


async def sweep(
    resources: Resources, now: datetime, *, due_days: int = DUE_DAYS_PER_BATCH, rows: int = ROWS_PER_BATCH
) -> int:
    """Sweep in batches until nothing is left; return the number of snapshots taken."""
    days, more = 0, True
    while more:
        async with resources.database.write() as connection:
            swept = await snapshot_days_batch(connection, resources.policy, now, due_days, rows)
        days, more = days + swept.days, swept.more
    return days


async def stored_snapshots(resources: Resources, learner_id: UUID | None = None) -> list[dict[str, Any]]:
    """All stored snapshots, or those of one learner."""
    async with resources.database.pools.intake.acquire() as connection:
        rows = await connection.fetch(
            "SELECT * FROM daily_snapshots WHERE $1::uuid IS NULL OR learner_id = $1 ORDER BY learner_id, day",
            learner_id,
        )
    return [dict(row) for row in rows]


async def dirty_days(resources: Resources, learner_id: UUID) -> list[str]:
    """The days of a learner marked dirty."""
    async with resources.database.pools.intake.acquire() as connection:
        rows = await connection.fetch(
            "SELECT local_day FROM activity_days WHERE learner_id = $1 AND dirty ORDER BY 1", learner_id
        )
    return [row[0].isoformat() for row in rows]


async def publish_all(database_url: str, now: datetime) -> None:
    """Publish at `now` from every grade received more than a minute before."""
    connection = await asyncpg.connect(database_url)
    try:
        is_left = True
        while is_left:
            async with connection.transaction():
                is_left = await publish_eases_batch(connection, load_policy(), now)
    finally:
        await connection.close()
