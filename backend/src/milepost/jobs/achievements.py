"""Achievements in the background: looking at everybody after a change of the catalogue, and counting holders."""

from milepost.db.transactions import unit_of_work
from milepost.jobs.running import as_long_as
from milepost.resources import Resources
from milepost.services.achievements.backfill import backfill_some
from milepost.services.achievements.rarity import count_holders

_LASTS_SECONDS = 12.0


async def backfill_achievements(held: Resources) -> None:
    """Batch after batch until nobody is left, another worker has the turn, or this run's time is over."""
    for _ in as_long_as(_LASTS_SECONDS):
        async with unit_of_work(held.engine) as work:
            if not await backfill_some(work.raw, held.policy, held.clock.now()):
                break


async def count_achievement_holders(held: Resources) -> None:
    """How rare each achievement is."""
    async with unit_of_work(held.engine) as work:
        await count_holders(work.raw, held.clock.now())
