"""Carrying an outage that was activated or withdrawn to every learner, as long as one run may last."""

import asyncio

from milepost.db.connections import unit_of_work
from milepost.resources import Resources
from milepost.services.outage_backfill import settle_some

_LASTS_SECONDS = 10.0


async def settle_outages(held: Resources) -> None:
    """Batch after batch until nobody is left, another worker has the turn, or this run's time is over."""
    loop = asyncio.get_running_loop()
    until = loop.time() + _LASTS_SECONDS
    more = True
    while more and loop.time() < until:
        async with unit_of_work(held.engine) as work:
            more = await settle_some(work.raw, held.policy, held.clock.now())
