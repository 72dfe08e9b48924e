"""The worker's job that takes running totals, run to its end."""

from milepost.db.pools import open_engine
from milepost.db.transactions import unit_of_work
from milepost.services.projections.running_totals import take_some
from milepost.settings import Settings


async def take_totals(settings: Settings) -> int:
    """Until nobody is due; of how many learners totals were looked after."""
    engine = open_engine(settings)
    learners, some = 0, 1
    while some:
        async with unit_of_work(engine) as work:
            some = await take_some(work.raw)
        learners += some
    await engine.dispose()
    return learners
