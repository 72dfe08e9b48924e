"""Running totals of learners who have practised enough since the last: batch after batch, as long as a run may last."""

import structlog

from milepost.db.transactions import unit_of_work
from milepost.jobs.running import as_long_as
from milepost.resources import Resources
from milepost.services.projections.running_totals import take_some

log = structlog.get_logger(__name__)

_LASTS_SECONDS = 12.0


async def take_running_totals(held: Resources) -> None:
    """Until nobody is due or this run's time is over. Several workers share the learners."""
    learners = 0
    for _ in as_long_as(_LASTS_SECONDS):
        async with unit_of_work(held.engine) as work:
            some = await take_some(work.raw)
        if not some:
            break
        learners += some
    if learners:
        log.info("running_totals_taken", learners=learners)
