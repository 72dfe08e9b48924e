"""Carrying an outage that was activated or withdrawn to every learner, as long as one run may last."""

from milepost.db.transactions import unit_of_work
from milepost.jobs.running import as_long_as
from milepost.resources import Resources
from milepost.services.streaks.outage_backfill import settle_some

_LASTS_SECONDS = 10.0


async def settle_outages(held: Resources) -> None:
    """Batch after batch until nobody is left, another worker has the turn, or this run's time is over."""
    for _ in as_long_as(_LASTS_SECONDS):
        async with unit_of_work(held.engine) as work:
            if not await settle_some(work.raw, held.policy, held.clock.now()):
                break
