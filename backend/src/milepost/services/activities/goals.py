"""What a batch makes of the goals of those who have any; nobody else costs anything."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

from milepost.db.connection import Writing
from milepost.queries.learners.facts import LearnerFacts
from milepost.services.activities.statement import Decided
from milepost.services.activities.submission import Submission
from milepost.services.projections.goal_periods import meet


async def meet_goals(
    connection: Writing,
    decided: Sequence[Decided],
    batch: Sequence[Submission],
    facts: Mapping[UUID, LearnerFacts],
    commit_id: UUID,
    now: datetime,
) -> None:
    """Keep what `batch`, all of it new, makes of goals, and note in `decided` how many each learner has met.

    The caller holds the locks and has written sums and levels.
    """
    touched: dict[UUID, set[date]] = {d.learner.learner_id: set() for d in decided if facts[d.learner.learner_id].goals}
    if not touched:
        return
    for sent in batch:
        if sent.learner_id in touched:
            touched[sent.learner_id].add(sent.local_day)
    met = await meet(connection, touched, facts, commit_id, now)
    for d in decided:
        d.goals_met = met.get(d.learner.learner_id, 0)
