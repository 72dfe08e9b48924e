"""Streaks in the learners' rows: what the rules make of the met days."""

from collections.abc import Mapping
from uuid import UUID

from milepost.db.connection import Writing
from milepost.db.log.projections import MET_DAYS_OF_LOG, STREAK_COLUMNS
from milepost.queries.learners.facts import LearnerFacts, learner_facts
from milepost.queries.streaks.streaks import walk_streaks
from milepost.rules.policy import Policy
from milepost.rules.streaks.streaks import StreakState
from milepost.services.projections.declaration import Comparison, Difference, Refill

# A learner who is on boards has the longest streak there too.
_KEEP = """
WITH on_boards AS (
    UPDATE board_scores s SET streak = u.longest FROM unnest($1::uuid[], $3::int[]) AS u(learner_id, longest)
    WHERE s.learner_id = u.learner_id AND s.period = 'all' AND s.streak <> u.longest
)
UPDATE learners l SET run = u.run, longest = u.longest, last_met_day = u.last_met_day, freezes = u.freezes,
    progress = u.progress
FROM unnest($1::uuid[], $2::int[], $3::int[], $4::date[], $5::int[], $6::int[])
    AS u(learner_id, run, longest, last_met_day, freezes, progress)
WHERE l.learner_id = u.learner_id
"""
_KEPT = f"SELECT learner_id, {', '.join(STREAK_COLUMNS)} FROM learners WHERE learner_id = ANY($1::uuid[])"


async def restreak(connection: Writing, facts: Mapping[UUID, LearnerFacts], policy: Policy) -> dict[UUID, StreakState]:
    """Walk the days of these learners again and store their streaks."""
    streaks = await walk_streaks(connection, facts, policy)
    await connection.execute(
        _KEEP,
        list(streaks),
        [streak.run for streak in streaks.values()],
        [streak.longest for streak in streaks.values()],
        [streak.last_met_day for streak in streaks.values()],
        [streak.freezes for streak in streaks.values()],
        [streak.progress for streak in streaks.values()],
    )
    return streaks


async def refill_streaks(refill: Refill) -> None:
    """Walk the days of the learners again."""
    facts = await learner_facts(refill.connection, refill.learners, refill.policy)
    await restreak(refill.connection, facts, refill.policy)


async def differing_streaks(comparison: Comparison) -> list[Difference]:
    """Stored streaks that a walk over the met days of the log does not give."""
    facts = await learner_facts(comparison.connection, comparison.learners, comparison.policy)
    walked = await walk_streaks(comparison.connection, facts, comparison.policy, MET_DAYS_OF_LOG)
    return [
        Difference("learners", learner_id, {}, name, stored, by_log)
        for learner_id, *row in await comparison.connection.fetch(_KEPT, comparison.learners)
        for name, stored, by_log in zip(STREAK_COLUMNS, row, walked[learner_id], strict=True)
        if stored != by_log
    ]
