"""Snapshots of spaces and composite goals: batch after batch, as long as one run may last."""

import structlog

from milepost.db.transactions import unit_of_work
from milepost.jobs.running import as_long_as
from milepost.resources import Resources
from milepost.services.spaces.snapshots import sweep_progress

log = structlog.get_logger(__name__)

_LASTS_SECONDS = 10.0


async def sweep_space_progress(held: Resources) -> None:
    """Until nothing is due, another worker has the turn, or this run's time is over."""
    taken, more = 0, True
    for _ in as_long_as(_LASTS_SECONDS):
        async with unit_of_work(held.engine) as work:
            swept = await sweep_progress(work.raw, held.policy, held.clock.now())
        taken, more = taken + swept.snapshots, swept.more
        if not more:
            break
    if taken:
        log.info("progress_snapshots_taken", snapshots=taken, more=more)
