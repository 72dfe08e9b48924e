"""Snapshots of days that are over: batch after batch, as long as one run may last; the next goes on from there."""

import structlog

from milepost.db.transactions import unit_of_work
from milepost.errors import Unavailable
from milepost.jobs.running import as_long_as
from milepost.resources import Resources
from milepost.services.history.snapshots import Swept, sweep_some

log = structlog.get_logger(__name__)

_LASTS_SECONDS = 12.0


async def sweep_snapshots(held: Resources) -> None:
    """Until nothing is left, another worker has the turn, or this run's time is over."""
    days, more = 0, True
    for _ in as_long_as(_LASTS_SECONDS):
        swept = await _batch(held)
        days, more = days + swept.days, swept.more
        if not more:
            break
    if days:
        log.info("snapshots_taken", days=days, more=more)


async def _batch(held: Resources) -> Swept:
    """One batch; in a deadlock once again."""
    try:
        return await _once(held)
    except Unavailable as fault:
        if fault.code != "snapshots_contended":
            raise
    return await _once(held)


async def _once(held: Resources) -> Swept:
    async with unit_of_work(held.engine) as work:
        return await sweep_some(work.raw, held.policy, held.clock.now())
