"""The nightly check of planner days: compares those from yesterday on with the plans of all learners, and corrects
differences.

Every write keeps them correct. Differences come only from new time-zone data that moved a future day, and from bugs.
`backfills` holds the progress of a night's sweep.
"""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

import structlog

from milepost.db.connection import Writing
from milepost.db.learner_row import lock_remaining_learners, raise_revisions
from milepost.queries.learners.facts import LearnerFacts, learner_facts
from milepost.queries.planner.planner_days import days_with_plans, planner_days_from_plans
from milepost.rules.policy import Policy
from milepost.services.cursors import advance_cursor, begin, finish, lock_progress
from milepost.services.projections.goal_periods import settle_goals
from milepost.services.projections.planner_days import recompute, stored_on

log = structlog.get_logger(__name__)

LEARNERS_PER_BATCH = 50

_NAME = "planner-sweep"
_DAY = timedelta(days=1)
_NEXT_LEARNERS = """
SELECT learner_id FROM learners l WHERE learner_id > $1 AND (
    EXISTS (SELECT FROM tasks t WHERE t.learner_id = l.learner_id)
    OR EXISTS (SELECT FROM calendar_days c WHERE c.learner_id = l.learner_id)
    OR EXISTS (SELECT FROM planner_days p WHERE p.learner_id = l.learner_id)
) ORDER BY learner_id LIMIT $2
"""


async def correct_planner_days_batch(
    connection: Writing, policy: Policy, now: datetime, learners: int = LEARNERS_PER_BATCH
) -> bool:
    """Check the next learners of tonight's sweep, in the caller's transaction. True if there may be more.

    Nights are UTC dates. Does nothing after tonight's sweep has finished.
    """
    await begin(connection, _NAME, now)
    night = await lock_progress(connection, _NAME)
    if night.finished_at is not None:
        if night.finished_at.date() >= now.date():
            return False
        await begin(connection, _NAME, now, restart=True)
        night = await lock_progress(connection, _NAME)
    batch = [row[0] for row in await connection.fetch(_NEXT_LEARNERS, night.cursor, learners)]
    if not batch:
        await finish(connection, _NAME, now)
        return False
    await _correct(connection, batch, policy, now)
    await advance_cursor(connection, _NAME, batch[-1], len(batch))
    return True


async def _correct(connection: Writing, learners: Sequence[UUID], policy: Policy, now: datetime) -> None:
    """Find the learners with differences without locks, then lock and recompute only those."""
    facts = await learner_facts(connection, learners, policy)
    days = {learner_id: await _days(connection, learner_id, learner, now) for learner_id, learner in facts.items()}
    differing = [
        learner_id
        for learner_id, learner in facts.items()
        if await planner_days_from_plans(connection, learner_id, learner.zones, days[learner_id])
        != await stored_on(connection, learner_id, days[learner_id])
    ]
    if not differing:
        return
    log.warning("planner_days_mended", learners=len(differing))
    differing = await lock_remaining_learners(connection, differing)
    facts = await learner_facts(connection, differing, policy)
    for learner_id, learner in facts.items():
        await recompute(connection, learner_id, learner.zones, days[learner_id])
    await raise_revisions(connection, differing)
    await settle_goals(connection, {learner_id: days[learner_id] for learner_id in differing}, facts, policy, now)


async def _days(connection: Writing, learner_id: UUID, facts: LearnerFacts, now: datetime) -> set[date]:
    return await days_with_plans(connection, learner_id, now - 2 * _DAY, facts.today(now) - _DAY)
