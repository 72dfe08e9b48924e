"""The two sweeps over goals, a batch of learners a transaction: periods that are over are closed, and once an hour what
is open is written down for those who were active.

What is to do stands on the goals (`open_from`, `closes_at`; `seen_revision`) and, for the hourly round, in `backfills`.
A sweep that was late, killed or runs twice has missed nothing and counts nothing twice.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID, uuid4

from milepost.db.connection import Writing
from milepost.db.learner_row import lock_learners
from milepost.queries.goals.goals import GoalPeriod, PeriodState, period_states
from milepost.queries.learners.facts import LearnerFacts, learner_facts
from milepost.rules.days.calendar import day_end
from milepost.rules.days.periods import Days
from milepost.rules.goals import Change, Goal, achieved, change_at_close, following
from milepost.rules.policy import Policy
from milepost.services.achievements.reconcile import reconcile
from milepost.services.projections.goal_periods import Settled, keep_periods

GOALS_A_BATCH = 500
LEARNERS_A_BATCH = 200
PERIODS_AT_ONCE = 100
"""Most periods of one goal that are closed in one batch: a daily goal after three months without a worker."""

ROUND = "goals:hourly"

_TAKE_TURN = "SELECT pg_try_advisory_xact_lock(hashtext('milepost-goals'))"
_DUE = """
SELECT learner_id FROM goals WHERE archived_at IS NULL AND closes_at <= $1 ORDER BY closes_at LIMIT $2
"""
_OPEN = """
SELECT learner_id, goal_id, open_from FROM goals
WHERE learner_id = ANY($1::uuid[]) AND archived_at IS NULL AND closes_at <= $2 ORDER BY learner_id, goal_id
"""
_CLOSED = """
UPDATE goals g SET open_from = k.open_from, closes_at = k.closes_at
FROM unnest($1::uuid[], $2::uuid[], $3::date[], $4::timestamptz[]) AS k(learner_id, goal_id, open_from, closes_at)
WHERE g.learner_id = k.learner_id AND g.goal_id = k.goal_id
"""
_GROW = "UPDATE learners SET revision = revision + 1 WHERE learner_id = ANY($1::uuid[])"

_BEGIN = """
INSERT INTO backfills AS b (name, started_at) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET cursor = NULL, done = 0, started_at = $2, finished_at = NULL
WHERE b.finished_at IS NOT NULL AND b.started_at < $3
"""
_CURSOR = """
SELECT coalesce(cursor, '00000000-0000-0000-0000-000000000000') FROM backfills WHERE name = $1 AND finished_at IS NULL
"""
_ACTIVE = """
SELECT DISTINCT g.learner_id FROM goals g JOIN learners l USING (learner_id)
WHERE g.learner_id > $1 AND g.archived_at IS NULL AND g.seen_revision <> l.revision ORDER BY g.learner_id LIMIT $2
"""
_SEEN = """
UPDATE goals g SET seen_revision = l.revision FROM learners l
WHERE l.learner_id = g.learner_id AND g.learner_id = ANY($1::uuid[]) AND g.archived_at IS NULL
"""
_ADVANCE = "UPDATE backfills SET cursor = $2, done = done + $3 WHERE name = $1"
_FINISH = "UPDATE backfills SET finished_at = $2 WHERE name = $1"


class Swept(NamedTuple):
    """What one batch did. `more`: there may be more to do now, and it is this worker's turn."""

    periods: int
    more: bool


NOTHING = Swept(0, more=False)


async def close_some(connection: Writing, policy: Policy, now: datetime, goals: int = GOALS_A_BATCH) -> Swept:
    """Close the periods of some learners' goals that are over at `now`, in the caller's transaction.

    A closed row carries the target of now; a percentage is met here. Does nothing while another worker has the turn.
    """
    if not await connection.fetchval(_TAKE_TURN):
        return NOTHING
    found = [row[0] for row in await connection.fetch(_DUE, now, goals)]
    if not found:
        return NOTHING
    learners = sorted(set(found), key=lambda learner: learner.int)
    await lock_learners(connection, learners)
    facts = await learner_facts(connection, learners, policy)
    wanted: list[GoalPeriod] = []
    left: list[tuple[UUID, UUID, date, datetime]] = []
    for learner_id, goal_id, open_from in await connection.fetch(_OPEN, learners, now):
        goal = next(one for one in facts[learner_id].goals if one.goal_id == goal_id)
        over, next_from, closes_at = _over(goal, open_from, facts[learner_id], now)
        wanted += [GoalPeriod(learner_id, goal, days) for days in over]
        left.append((learner_id, goal_id, next_from, closes_at))
    changes = [
        Settled(
            one, change_at_close(one.goal, achieved(one.goal.target_type, state.measured), state.kept), is_closed=True
        )
        for one, state in zip(wanted, await period_states(connection, wanted), strict=True)
        if state.kept is None or not state.kept.is_closed
    ]
    await connection.execute(_GROW, sorted({change.wanted.learner_id for change in changes}))
    commit_id = uuid4()
    met = await keep_periods(connection, changes, commit_id, now)
    if met:
        await reconcile(connection, list(met), policy, now, source="activity", commit_id=commit_id)
    await connection.execute(_CLOSED, *map(list, zip(*left, strict=True)))
    return Swept(len(changes), more=True)


def _over(goal: Goal, open_from: date, facts: LearnerFacts, now: datetime) -> tuple[Sequence[Days], date, datetime]:
    """Periods that are over, oldest first; where the first that is not begins, and when to look at it."""
    today = facts.today(now)
    days = goal.period_of(open_from)
    over: list[Days] = []
    while days.last < today and len(over) < PERIODS_AT_ONCE:
        over.append(days)
        days = following(goal.time_period, days)
    # What is over as well, and left for the next batch, is due at once.
    return over, days.first, day_end(days.last, facts.zones.name_at(now))


async def write_down_some(
    connection: Writing, policy: Policy, now: datetime, learners: int = LEARNERS_A_BATCH
) -> Swept:
    """Write down how the open periods stand of some learners to whom anything happened since the last time.

    A round through all of them an hour, in the caller's transaction. Meets nothing: that is done by the commit that
    reaches a target. Does nothing while another worker has the turn.
    """
    if not await connection.fetchval(_TAKE_TURN):
        return NOTHING
    await connection.execute(_BEGIN, ROUND, now, now.replace(minute=0, second=0, microsecond=0))
    cursor = await connection.fetchval(_CURSOR, ROUND)
    if cursor is None:
        return NOTHING
    active = [row[0] for row in await connection.fetch(_ACTIVE, cursor, learners)]
    if not active:
        await connection.execute(_FINISH, ROUND, now)
        return NOTHING
    await lock_learners(connection, active)
    facts = await learner_facts(connection, active, policy)
    wanted = [
        GoalPeriod(learner_id, goal, goal.period_of(facts[learner_id].today(now)))
        for learner_id in active
        for goal in facts[learner_id].goals
    ]
    changes = [
        Settled(one, _as_it_stands(one, state))
        for one, state in zip(wanted, await period_states(connection, wanted), strict=True)
        if state.kept is None or not state.kept.is_closed
    ]
    await keep_periods(connection, changes, uuid4(), now)
    await connection.execute(_SEEN, active)
    await connection.execute(_ADVANCE, ROUND, active[-1], len(active))
    return Swept(len(changes), more=True)


def _as_it_stands(one: GoalPeriod, state: PeriodState) -> Change:
    change = change_at_close(one.goal, achieved(one.goal.target_type, state.measured), state.kept)
    return change._replace(is_newly_met=False)
