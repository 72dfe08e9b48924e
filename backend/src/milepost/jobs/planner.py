"""The nightly look at planner days; called often, with work once a night: a night without a worker is made up."""

import asyncio

from milepost.db.connections import unit_of_work
from milepost.resources import Resources
from milepost.services.planner_sweep import sweep_some

_LASTS_SECONDS = 12.0


async def sweep_planner(held: Resources) -> None:
    """Batch after batch until tonight's sweep has finished, or this run's time is over."""
    loop = asyncio.get_running_loop()
    until = loop.time() + _LASTS_SECONDS
    more = True
    while more and loop.time() < until:
        async with unit_of_work(held.engine) as work:
            more = await sweep_some(work.raw, held.policy, held.clock.now())
