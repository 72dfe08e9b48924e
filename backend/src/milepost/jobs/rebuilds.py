"""Rebuilds learners who are too large to be rebuilt within a request, each in its own transaction."""

import structlog

from milepost.db.database import open_database
from milepost.errors import Unavailable
from milepost.jobs.runner import until_elapsed
from milepost.resources import Resources
from milepost.services.rebuild.rebuild import learners_due, rebuild_one

log = structlog.get_logger(__name__)

_RUN_SECONDS = 16.0
_LEARNERS_PER_RUN = 100


async def rebuild_learners_due(app: Resources) -> None:
    """Rebuild the learners who are due until none is left or the time of this run is up.

    Small learners come first, so a large one that fails holds up no other.

    Raises:
        Unavailable: a learner could not be rebuilt; the others were.
    """
    due = await learners_due(app.database, _LEARNERS_PER_RUN)
    if not due:
        return
    # A single statement may take as long as the whole run.
    patient = app.settings.model_copy(update={"database_statement_timeout_seconds": _RUN_SECONDS})
    failed: Unavailable | None = None
    async with open_database(patient) as database:
        for learner_id, _ in zip(due, until_elapsed(_RUN_SECONDS), strict=False):
            try:
                await rebuild_one(database, learner_id, app.policy, app.clock.now())
            except Unavailable as fault:
                log.warning("learner_not_rebuilt", learner_id=str(learner_id), reason=fault.detail)
                failed = fault
    if failed is not None:
        raise failed
