"""The sweep as tests run it, and the snapshots it has taken."""

from datetime import datetime
from typing import Any
from uuid import UUID

from milepost.resources import Resources
from milepost.services.history.snapshots import DUE_DAYS_A_BATCH, ROWS_A_BATCH, snapshot_days_batch


async def sweep(held: Resources, now: datetime, *, due_days: int = DUE_DAYS_A_BATCH, rows: int = ROWS_A_BATCH) -> int:
    """Batch after batch until nothing is left; how many snapshots were taken."""
    days, more = 0, True
    while more:
        async with held.database.write() as connection:
            swept = await snapshot_days_batch(connection, held.policy, now, due_days, rows)
        days, more = days + swept.days, swept.more
    return days


async def taken(held: Resources, learner_id: UUID | None = None) -> list[dict[str, Any]]:
    """Every snapshot there is, or those of one learner."""
    async with held.database.pools.intake.acquire() as connection:
        rows = await connection.fetch(
            "SELECT * FROM daily_snapshots WHERE $1::uuid IS NULL OR learner_id = $1 ORDER BY learner_id, day",
            learner_id,
        )
    return [dict(row) for row in rows]


async def dirty_days(held: Resources, learner_id: UUID) -> list[str]:
    """The marked days of a learner."""
    async with held.database.pools.intake.acquire() as connection:
        rows = await connection.fetch(
            "SELECT local_day FROM activity_days WHERE learner_id = $1 AND dirty ORDER BY 1", learner_id
        )
    return [row[0].isoformat() for row in rows]
