"""The streaks of a batch's learners: carried on from the row where possible, otherwise walked over all their days.

While an outage has yet to reach a learner's row, the streak in the row ignores it, so it is walked too.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import NamedTuple
from uuid import UUID

from milepost.db.connection import Writing
from milepost.queries.learners.facts import LearnerFacts, learner_facts
from milepost.queries.streaks.streaks import MET_DAYS, walk_streaks
from milepost.rules.policy import Policy
from milepost.rules.streaks.excuse_kinds import ExcusedKind
from milepost.rules.streaks.streaks import StreakState, advance, has_gap, walk
from milepost.services.activities.batch import Batch
from milepost.services.activities.statement import LearnerRow
from milepost.services.activities.submission import LearnerChange

_DAY = timedelta(days=1)
_PENDING = """
SELECT learner_id FROM learners
WHERE learner_id = ANY($1::uuid[]) AND outage_seen < (SELECT max(activation) FROM outages)
"""
_MET = """
SELECT d.learner_id FROM activity_days d
JOIN unnest($1::uuid[], $2::date[]) AS k(learner_id, local_day) USING (learner_id, local_day)
WHERE d.streak_activities > 0
"""


class StreakMove(NamedTuple):
    """A learner's streak before and after a batch."""

    before: StreakState
    after: StreakState


async def streak_moves(
    connection: Writing, batch: Batch, learners: Mapping[UUID, LearnerRow]
) -> Mapping[UUID, StreakMove]:
    """How the batch moved each learner's streak. Only the first counted activity of a day can move it."""
    moves: dict[UUID, StreakMove] = {}
    late: list[UUID] = []
    pending: list[UUID] = []
    for learner_id, learner in learners.items():
        last = learner.streak.last_met_day
        if last is not None and learner.outage_is_pending:
            pending.append(learner_id)
        elif last is not None and any(day < last for day in learner.opened_days):
            late.append(learner_id)
        else:
            after = _advanced(learner, batch.facts[learner_id], batch.policy)
            moves[learner_id] = StreakMove(learner.streak, after)
    if late:
        late_facts = {learner_id: batch.facts[learner_id] for learner_id in late}
        for learner_id, after in (await walk_streaks(connection, late_facts, batch.policy)).items():
            moves[learner_id] = StreakMove(learners[learner_id].streak, after)
    if pending:
        moves |= await _walk_pending(connection, batch, {learner_id: learners[learner_id] for learner_id in pending})
    return moves


def _advanced(learner: LearnerRow, facts: LearnerFacts, policy: Policy) -> StreakState:
    streak = learner.streak
    for day in sorted(learner.opened_days):
        excused: dict[date, ExcusedKind] = {}
        if streak.last_met_day is not None and has_gap(streak, day):
            excused = facts.excused(streak.last_met_day + _DAY, day - _DAY, policy)
        streak = advance(streak, day, excused, policy.streak)
    return streak


async def _walk_pending(
    connection: Writing, batch: Batch, learners: Mapping[UUID, LearnerRow]
) -> dict[UUID, StreakMove]:
    """Walk the days of learners whose rows an outage has yet to reach, without the days the batch opened and with."""
    moves = {}
    for learner_id, days in await connection.fetch(MET_DAYS, list(learners)):
        excused = batch.facts[learner_id].excused(days[0], days[-1], batch.policy)
        opened = set(learners[learner_id].opened_days)
        before = walk((day for day in days if day not in opened), excused, batch.policy.streak)
        moves[learner_id] = StreakMove(before, walk(days, excused, batch.policy.streak))
    return moves


async def refresh_unchanged(
    connection: Writing, unchanged: Mapping[UUID, LearnerChange], policy: Policy
) -> tuple[dict[UUID, LearnerFacts], dict[UUID, LearnerChange]]:
    """The facts and streaks of learners for whom the batch had nothing new, read again.

    Their remembered facts were not proved under a lock. A streak is walked where an outage is pending.
    """
    facts = await learner_facts(connection, list(unchanged), policy)
    refreshed = dict(unchanged)
    if any(learner.outage_revision for learner in facts.values()):
        pending = [row[0] for row in await connection.fetch(_PENDING, list(unchanged))]
        walked = await walk_streaks(connection, {learner_id: facts[learner_id] for learner_id in pending}, policy)
        for learner_id, streak in walked.items():
            refreshed[learner_id] = replace(unchanged[learner_id], before=streak, after=streak)
    return facts, refreshed


async def mark_met_today(
    connection: Writing, changes: Mapping[UUID, LearnerChange], facts: Mapping[UUID, LearnerFacts], now: datetime
) -> None:
    """Set `met_today` of each change. Only learners who have flown west since their last met day need a look-up."""
    travellers: dict[UUID, date] = {}
    for learner_id, change in changes.items():
        today, last = facts[learner_id].today(now), change.after.last_met_day
        change.met_today = last == today
        if last is not None and last > today:
            travellers[learner_id] = today
    if travellers:
        for (learner_id,) in await connection.fetch(_MET, list(travellers), list(travellers.values())):
            changes[learner_id].met_today = True
