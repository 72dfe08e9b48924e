"""The nightly look at planner days; called often, with work once a night: a night without a worker is made up."""

from milepost.db.transactions import unit_of_work
from milepost.jobs.running import as_long_as
from milepost.resources import Resources
from milepost.services.planner.sweep import sweep_some

_LASTS_SECONDS = 12.0


async def sweep_planner(held: Resources) -> None:
    """Batch after batch until tonight's sweep has finished, or this run's time is over."""
    for _ in as_long_as(_LASTS_SECONDS):
        async with unit_of_work(held.engine) as work:
            if not await sweep_some(work.raw, held.policy, held.clock.now()):
                break
