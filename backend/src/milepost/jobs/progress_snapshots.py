"""Snapshots of spaces and composite goals: batch after batch, as long as one run may last."""

import asyncio

import structlog

from milepost.db.connections import unit_of_work
from milepost.resources import Resources
from milepost.services.progress_snapshots import sweep_progress

log = structlog.get_logger(__name__)

_LASTS_SECONDS = 10.0


async def sweep_space_progress(held: Resources) -> None:
    """Until nothing is due, another worker has the turn, or this run's time is over."""
    loop = asyncio.get_running_loop()
    until = loop.time() + _LASTS_SECONDS
    taken, more = 0, True
    while more and loop.time() < until:
        async with unit_of_work(held.engine) as work:
            swept = await sweep_progress(work.raw, held.policy, held.clock.now())
        taken, more = taken + swept.snapshots, swept.more
    if taken:
        log.info("progress_snapshots_taken", snapshots=taken, more=more)
