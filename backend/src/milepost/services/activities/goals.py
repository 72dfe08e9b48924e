"""The goals that a batch meets. Learners without goals cost nothing."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID

from milepost.db.connection import Writing
from milepost.services.activities.batch import Batch
from milepost.services.activities.statement import Recorded
from milepost.services.projections.goal_periods import PeriodUpdate, update_periods


async def meet_goals(connection: Writing, batch: Batch, recorded: Recorded) -> Sequence[PeriodUpdate]:
    """Update the goal periods that the new activities touch. Returns those newly met.

    The caller holds the locks and has written sums and levels.
    """
    touched: dict[UUID, set[date]] = {
        learner_id: set() for learner_id in recorded.learners if batch.facts[learner_id].goals
    }
    if not touched:
        return ()
    for submission in recorded.new:
        if submission.learner_id in touched:
            touched[submission.learner_id].add(submission.local_day)
    return await update_periods(connection, touched, batch.facts, batch.now)
