"""The worker's job that takes running totals, run to its end."""

from milepost.db.database import open_database
from milepost.services.projections.running_totals import take_some
from milepost.settings import Settings


async def take_totals(settings: Settings) -> int:
    """Until nobody is due; of how many learners totals were looked after."""
    learners, some = 0, 1
    async with open_database(settings) as database:
        while some:
            async with database.write() as connection:
                some = await take_some(connection)
            learners += some
    return learners
