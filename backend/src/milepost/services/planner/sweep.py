"""The nightly look at planner days: from yesterday on, those of everybody with plans are compared with what they should
be, and mended where they differ.

Every write keeps them true already. What is left to find is time-zone data that moved a day still to come, and our own
mistakes. How far a night's sweep is stands in `backfills`.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import structlog

from milepost.db.connection import Writing
from milepost.db.learner_row import lock_learners
from milepost.queries.learners.facts import LearnerFacts, learner_facts
from milepost.queries.planner.planner_days import days_with_plans, planner_days_of
from milepost.rules.policy import Policy
from milepost.services.cursors import advance, begin, finish, progress_of
from milepost.services.projections.goal_periods import settle_goals
from milepost.services.projections.planner_days import kept_on, recompute

log = structlog.get_logger(__name__)

LEARNERS_A_BATCH = 50

_NAME = "planner-sweep"
_DAY = timedelta(days=1)
_NEXT = """
SELECT learner_id FROM learners l WHERE learner_id > $1 AND (
    EXISTS (SELECT FROM tasks t WHERE t.learner_id = l.learner_id)
    OR EXISTS (SELECT FROM calendar_days c WHERE c.learner_id = l.learner_id)
    OR EXISTS (SELECT FROM planner_days p WHERE p.learner_id = l.learner_id)
) ORDER BY learner_id LIMIT $2
"""
_GROW = "UPDATE learners SET revision = revision + 1 WHERE learner_id = ANY($1::uuid[])"


async def sweep_some(connection: Writing, policy: Policy, now: datetime, learners: int = LEARNERS_A_BATCH) -> bool:
    """Look at the next learners of tonight's sweep (nights are UTC's), in the caller's transaction; whether more wait.

    Does nothing when tonight's has finished.
    """
    await begin(connection, _NAME, now)
    night = await progress_of(connection, _NAME)
    if night.finished_at is not None:
        if night.finished_at.date() >= now.date():
            return False
        await begin(connection, _NAME, now, anew=True)
        night = await progress_of(connection, _NAME)
    batch = [row[0] for row in await connection.fetch(_NEXT, night.cursor, learners)]
    if not batch:
        await finish(connection, _NAME, now)
        return False
    await _mend(connection, batch, policy, now)
    await advance(connection, _NAME, batch[-1], len(batch))
    return True


async def _mend(connection: Writing, learners: Sequence[UUID], policy: Policy, now: datetime) -> None:
    """Find out without locks who differs; they are made anew under theirs."""
    facts = await learner_facts(connection, learners, policy)
    days = {learner_id: await _days(connection, learner_id, known, now) for learner_id, known in facts.items()}
    differing = [
        learner_id
        for learner_id, known in facts.items()
        if await planner_days_of(connection, learner_id, known.zones, days[learner_id])
        != await kept_on(connection, learner_id, days[learner_id])
    ]
    if not differing:
        return
    log.warning("planner_days_mended", learners=len(differing))
    await lock_learners(connection, differing)
    facts = await learner_facts(connection, differing, policy)
    for learner_id, known in facts.items():
        await recompute(connection, learner_id, known.zones, days[learner_id])
    await connection.execute(_GROW, differing)
    await settle_goals(connection, {one: days[one] for one in differing}, facts, policy, now)


async def _days(connection: Writing, learner_id: UUID, facts: LearnerFacts, now: datetime) -> set[date]:
    return await days_with_plans(connection, learner_id, now - 2 * _DAY, facts.today(now) - _DAY)
