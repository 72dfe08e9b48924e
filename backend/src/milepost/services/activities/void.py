"""Voids an activity: its row stays in the log, marked, and everything counted from it is rebuilt.

Decides who may void what, and which activity inherits the once-key. Awards made in the meantime stay.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

from milepost.db.connection import Record, Writing
from milepost.db.learner_row import lock_learners
from milepost.errors import Conflict, NotFound
from milepost.queries.learners.facts import LearnerFacts, learner_facts
from milepost.rules.days.wording import quantity
from milepost.rules.learners import SENDER as OWN_SENDER
from milepost.rules.policy import Policy
from milepost.rules.streaks.streaks import StreakState
from milepost.services.activities.submission import LevelChange
from milepost.services.projections.goal_periods import settle_goals_of
from milepost.services.projections.refill import rebuild_learners

VoidingRole = Literal["learner", "service", "admin"]

_STORED = """
SELECT object_type, once_key, received_at, voided_at, local_day FROM activities
WHERE learner_id = $1 AND sender = $2 AND id = $3
"""
_MARK = "UPDATE activities SET voided_at = $4 WHERE learner_id = $1 AND sender = $2 AND id = $3"
_HAS_KEY = """
SELECT 1 FROM once_keys WHERE learner_id = $1 AND object_type = $2 AND once_key = $3 AND sender = $4 AND id = $5
"""
_HEIR = """
SELECT sender, id, local_day FROM activities
WHERE learner_id = $1 AND object_type = $2 AND once_key = $3 AND voided_at IS NULL ORDER BY occurred_at, id, sender
LIMIT 1
"""
_COUNT_HEIR = "UPDATE activities SET not_counted = NULL WHERE learner_id = $1 AND sender = $2 AND id = $3"
_INHERIT = """
UPDATE once_keys SET sender = $4, id = $5 WHERE learner_id = $1 AND object_type = $2 AND once_key = $3
"""
_FREE_KEY = "DELETE FROM once_keys WHERE learner_id = $1 AND object_type = $2 AND once_key = $3"
_DAYS_MOVED = "UPDATE learners SET days_revision = days_revision + 1 WHERE learner_id = $1"
_REBUILD_LATER = """
UPDATE learners SET rebuild_due_at = coalesce(rebuild_due_at, $2), rebuild_revokes = TRUE, revision = revision + 1
WHERE learner_id = $1
"""
_REVOKING = "SELECT learner_id FROM learners WHERE learner_id = ANY($1::uuid[]) AND rebuild_revokes"
# A migration may have corrected what the service recorded itself, so those days have changed too.
_DUE_DAYS = """
WITH due AS (
    SELECT learner_id, rebuild_due_at FROM learners
    WHERE learner_id = ANY($1::uuid[]) AND rebuild_due_at IS NOT NULL
), gone AS (
    SELECT a.learner_id, a.local_day, a.object_type, a.once_key FROM due l JOIN activities a
        ON a.learner_id = l.learner_id AND a.voided_at >= l.rebuild_due_at
)
SELECT learner_id, local_day FROM gone
UNION SELECT h.learner_id, h.local_day FROM gone g JOIN once_keys USING (learner_id, object_type, once_key)
    JOIN activities h USING (learner_id, sender, id)
UNION SELECT l.learner_id, a.local_day FROM due l LEFT JOIN activities a
    ON a.learner_id = l.learner_id AND a.sender = $2 AND a.received_at <= l.rebuild_due_at
"""
_NO_LONGER_DUE = """
UPDATE learners SET rebuild_due_at = NULL, rebuild_revokes = TRUE WHERE learner_id = ANY($1::uuid[])
"""
_LEARNER = """
SELECT revision, activities, rebuild_due_at, points, run, longest, last_met_day, freezes, progress
FROM learners WHERE learner_id = $1
"""
_LEVELS = "SELECT topic, level FROM skill_levels WHERE learner_id = $1 ORDER BY topic"
_MET = "SELECT 1 FROM activity_days WHERE learner_id = $1 AND local_day = $2 AND streak_activities > 0"


@dataclass(frozen=True, slots=True)
class Voided:
    """A learner after an activity was voided. `points` is the change of the total, usually negative.

    `is_rebuilt`: false while the learner's sums still contain the activity; a job will rebuild them.
    """

    revision: int
    before: StreakState
    after: StreakState
    met_today: bool
    level_changes: list[LevelChange]
    points: int
    facts: LearnerFacts
    is_rebuilt: bool


async def void_activity(
    connection: Writing,
    key: tuple[UUID, str, str],
    role: VoidingRole,
    policy: Policy,
    now: datetime,
) -> Voided:
    """Void the activity with this (learner, sender, id) and rebuild the learner, under the learner's lock.

    A learner with more than `activities.rebuild_at_once_activities` is marked for the job that rebuilds.
    Voiding twice changes nothing the second time. The caller has checked that `role` may act for this sender.

    Raises:
        NotFound: `activity_not_found`.
        Conflict: `void_too_late`, a learner asks later than `activities.learner_void_hours` after it was received.
    """
    learner_id = key[0]
    if await connection.fetchrow(_STORED, *key) is None:
        # Before the lock: locking would create a row for an unknown learner.
        raise NotFound("activity_not_found", "The learner has no such activity from this sender.")
    await lock_learners(connection, [learner_id])
    stored = await connection.fetchrow(_STORED, *key)
    before, levels_before = await _learner(connection, learner_id), await _levels(connection, learner_id)
    if stored["voided_at"] is None:
        _check_window(role, stored["received_at"], policy, now)
        await connection.execute(_MARK, *key, now)
        touched = {stored["local_day"]}
        if stored["once_key"] is not None:
            touched |= await _pass_once_key(connection, key, stored["object_type"], stored["once_key"])
        if before["activities"] > policy.activities.rebuild_at_once_activities:
            await connection.execute(_REBUILD_LATER, learner_id, now)
        else:
            await rebuild_learners(connection, [learner_id], policy, now, revoke=True, days_moved=True)
            await settle_goals_of(connection, learner_id, touched, policy, now)
    after, levels = await _learner(connection, learner_id), await _levels(connection, learner_id)
    facts = (await learner_facts(connection, [learner_id], policy))[learner_id]
    met_today = await connection.fetchval(_MET, learner_id, facts.today(now)) is not None
    return Voided(
        revision=after["revision"],
        before=_streak(before),
        after=_streak(after),
        met_today=met_today,
        level_changes=_changes(levels_before, levels),
        points=after["points"] - before["points"],
        facts=facts,
        is_rebuilt=after["rebuild_due_at"] is None,
    )


async def days_to_rebuild(connection: Writing, learners: Sequence[UUID]) -> dict[UUID, set[date]]:
    """Those of these learners who wait to be rebuilt, with the days that have changed.

    These are the days of voided activities, of their heirs, and of what the service recorded itself.
    """
    pending: dict[UUID, set[date]] = {}
    for learner_id, day in await connection.fetch(_DUE_DAYS, learners, OWN_SENDER):
        days = pending.setdefault(learner_id, set())
        if day is not None:
            days.add(day)
    return pending


async def rebuild_due(connection: Writing, due: Mapping[UUID, Collection[date]], policy: Policy, now: datetime) -> None:
    """Do for the learners of `days_to_rebuild` what voiding at once does. The caller holds their locks.

    A rebuild that only an administrator asked for takes nothing back.
    """
    revoking = [row[0] for row in await connection.fetch(_REVOKING, list(due))]
    others = [learner_id for learner_id in due if learner_id not in revoking]
    if revoking:
        await rebuild_learners(connection, revoking, policy, now, revoke=True, days_moved=True)
    if others:
        await rebuild_learners(connection, others, policy, now)
    for learner_id, touched in due.items():
        await settle_goals_of(connection, learner_id, touched, policy, now)
    await connection.execute(_NO_LONGER_DUE, list(due))


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> list[LevelChange]:
    return [
        LevelChange(topic, before[topic], level)
        for topic, level in after.items()
        if topic in before and before[topic] != level
    ]


def _check_window(role: VoidingRole, received_at: datetime, policy: Policy, now: datetime) -> None:
    hours = policy.activities.learner_void_hours
    if role == "learner" and now - received_at > timedelta(hours=hours):
        raise Conflict("void_too_late", f"A learner may void an activity only within {quantity(hours, 'hour')}.")


async def _pass_once_key(connection: Writing, key: tuple[UUID, str, str], object_type: str, once_key: str) -> set[date]:
    """If this activity has the once-key, give it to the earliest remaining activity that names it, its heir.

    The heir counts from now on. Returns its day.

    Another batch may just have lost the key to this activity, in a transaction that is not visible yet. It still has to
    take the learner's lock. Then it finds `days_revision` raised, and starts over.
    """
    claim = (key[0], object_type, once_key)
    if await connection.fetchval(_HAS_KEY, *claim, *key[1:]) is None:
        return set()
    await connection.execute(_DAYS_MOVED, key[0])
    heir = await connection.fetchrow(_HEIR, *claim)
    if heir is None:
        await connection.execute(_FREE_KEY, *claim)
        return set()
    sender, activity_id, local_day = heir
    await connection.execute(_COUNT_HEIR, key[0], sender, activity_id)
    await connection.execute(_INHERIT, *claim, sender, activity_id)
    return {local_day}


async def _learner(connection: Writing, learner_id: UUID) -> Record:
    return await connection.fetchrow(_LEARNER, learner_id)


async def _levels(connection: Writing, learner_id: UUID) -> dict[str, str]:
    return dict(await connection.fetch(_LEVELS, learner_id))


def _streak(learner: Record) -> StreakState:
    return StreakState(*(learner[name] for name in ("run", "longest", "last_met_day", "freezes", "progress")))
