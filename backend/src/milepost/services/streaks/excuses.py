"""Days that cannot break a learner's streak: how they are kept, and what follows when they change.

Which may be given is decided elsewhere (`pauses`, `streak_repair`). Whoever changes a learner's excuses, by whatever
route, does it under the learner's lock and then calls `excuses_changed` in the same transaction.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal
from uuid import UUID, uuid4

from milepost.db.connection import Writing
from milepost.queries.learners.facts import LearnerFacts, learner_facts
from milepost.rules.policy import Policy
from milepost.rules.streaks.streaks import StreakView
from milepost.services.achievements.reconcile import reconcile
from milepost.services.history.snapshots import excused_days_changed
from milepost.services.projections.refill import restreak

StoredKind = Literal["pause", "repair", "restore"]

_EXCUSE = """
INSERT INTO streak_excuses (learner_id, excuse_id, kind, first_day, last_day, reason, created_by, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
"""
# `days_revision`: a batch that decided by the days as they were finds that they have moved, and begins again.
_MOVED = """
UPDATE learners SET revision = revision + 1, days_revision = days_revision + 1 WHERE learner_id = $1 RETURNING revision
"""
_MET = "SELECT 1 FROM activity_days WHERE learner_id = $1 AND local_day = $2 AND streak_activities > 0"


@dataclass(frozen=True, slots=True)
class LearnerStreak:
    """A learner's streak as it stands after a change, and the revision that shows it."""

    revision: int
    streak: StreakView


async def excuse(
    connection: Writing,
    learner_id: UUID,
    kind: StoredKind,
    spans: Sequence[tuple[date, date]],
    reason: str,
    created_by: str,
    now: datetime,
) -> list[UUID]:
    """Keep these spans of dates, both ends inclusive, as excused; the id of each. Not yet what follows."""
    rows = [(learner_id, uuid4(), kind, first, last, reason, created_by, now) for first, last in spans]
    await connection.executemany(_EXCUSE, rows)
    return [row[1] for row in rows]


async def excuses_changed(
    connection: Writing, learner_id: UUID, first_day: date, policy: Policy, now: datetime
) -> LearnerStreak:
    """What follows when days from `first_day` on are excused now, or no longer: revisions grow, snapshots are marked,
    the streak is walked again, and what a longer run has earned is given. The caller holds the learner's lock.
    """
    revision = await connection.fetchval(_MOVED, learner_id)
    await excused_days_changed(connection, learner_id, first_day)
    facts = await learner_facts(connection, [learner_id], policy)
    streak = (await restreak(connection, facts, policy))[learner_id]
    await reconcile(connection, [learner_id], policy, now)
    known = facts[learner_id]
    met_today = await is_met(connection, learner_id, known, now)
    return LearnerStreak(revision, known.streak_view(streak, now, met_today, policy))


async def is_met(connection: Writing, learner_id: UUID, facts: LearnerFacts, now: datetime) -> bool:
    """Has the learner met its today?"""
    return await connection.fetchval(_MET, learner_id, facts.today(now)) is not None
