"""Running totals of learners who have practised enough since the last: batch after batch, as long as a run may last."""

import asyncio

import structlog

from milepost.db.connections import unit_of_work
from milepost.resources import Resources
from milepost.services.running_totals import take_some

log = structlog.get_logger(__name__)

_LASTS_SECONDS = 12.0


async def take_running_totals(held: Resources) -> None:
    """Until nobody is due or this run's time is over. Several workers share the learners."""
    loop = asyncio.get_running_loop()
    until = loop.time() + _LASTS_SECONDS
    learners, some = 0, 1
    while some and loop.time() < until:
        async with unit_of_work(held.engine) as work:
            some = await take_some(work.raw)
        learners += some
    if learners:
        log.info("running_totals_taken", learners=learners)
