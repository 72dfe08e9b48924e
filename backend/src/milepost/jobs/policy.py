"""Carrying out a change of the policy file, as long as one run may last; the next goes on where this one stopped."""

import asyncio

from milepost.db.connections import unit_of_work
from milepost.resources import Resources
from milepost.services.policy_change import apply_policy_to_some

_LASTS_SECONDS = 10.0


async def apply_policy(held: Resources) -> None:
    """Batch after batch until nothing is left, or this run's time is over."""
    loop = asyncio.get_running_loop()
    until = loop.time() + _LASTS_SECONDS
    more = True
    while more and loop.time() < until:
        async with unit_of_work(held.engine) as work:
            more = await apply_policy_to_some(work.raw, held.policy, held.clock.now())
