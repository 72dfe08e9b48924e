"""Stores days that cannot break a learner's streak, and updates everything that depends on them.

`pauses.py` and `repair.py` decide which excuses are allowed. Every change of a learner's excuses happens under the
learner's lock and is followed by `apply_excuse_change` in the same transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID, uuid4

from milepost.db.connection import Writing
from milepost.db.learner_row import raise_days_revision
from milepost.queries.learners.facts import LearnerFacts, learner_facts
from milepost.rules.policy import Policy
from milepost.rules.streaks.streaks import StreakView
from milepost.services.achievements.reconcile import reconcile
from milepost.services.history.snapshots import mark_snapshots_stale
from milepost.services.projections.streaks import restreak
from milepost.services.streaks.notices import current_streaks, tell_of_excuses

StoredKind = Literal["pause", "repair", "restore"]

_INSERT = """
INSERT INTO streak_excuses (learner_id, excuse_id, kind, first_day, last_day, reason, created_by, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
_IS_DAY_MET = "SELECT 1 FROM activity_days WHERE learner_id = $1 AND local_day = $2 AND streak_activities > 0"


@dataclass(frozen=True, slots=True)
class LearnerStreak:
    """A learner's streak after a change, the learner's revision from then on, and whether it is in quiet mode."""

    revision: int
    streak: StreakView
    is_quiet: bool


async def add_excuses(
    connection: Writing,
    learner_id: UUID,
    kind: StoredKind,
    spans: Sequence[tuple[date, date]],
    reason: str,
    created_by: str,
    now: datetime,
) -> list[UUID]:
    """Store these spans of dates, both ends inclusive, as excused. Returns their ids. Updates nothing else."""
    rows = [(learner_id, uuid4(), kind, first, last, reason, created_by, now) for first, last in spans]
    await connection.executemany(_INSERT, rows)
    return [row[1] for row in rows]


async def apply_excuse_change(
    connection: Writing, learner_id: UUID, first_day: date, policy: Policy, now: datetime
) -> LearnerStreak:
    """Update what depends on a learner's excuses after a change of days from `first_day` on.

    Raises the revisions, marks snapshots stale, recomputes the streak, and unlocks what a longer run earns. The caller
    holds the learner's lock.
    """
    revision = await raise_days_revision(connection, learner_id)
    await mark_snapshots_stale(connection, learner_id, first_day, now)
    facts = await learner_facts(connection, [learner_id], policy)
    before = await current_streaks(connection, facts, policy)
    streaks = await restreak(connection, facts, policy)
    await tell_of_excuses(connection, before, streaks, facts, policy, now)
    streak = streaks[learner_id]
    await reconcile(connection, [learner_id], policy, now)
    learner = facts[learner_id]
    met_today = await is_today_met(connection, learner_id, learner, now)
    return LearnerStreak(revision, learner.streak_view(streak, now, met_today, policy), learner.is_quiet)


async def is_today_met(connection: Writing, learner_id: UUID, facts: LearnerFacts, now: datetime) -> bool:
    """Has the learner met today, in its own zone?"""
    return await connection.fetchval(_IS_DAY_MET, learner_id, facts.today(now)) is not None
