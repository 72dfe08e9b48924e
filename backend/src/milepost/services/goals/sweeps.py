"""The two sweeps over goals, one transaction per batch of learners: one closes periods that are over, the other records
once an hour the open periods of active learners.

The goals say what is due (`open_from`, `closes_at`; `seen_revision`), and `backfills` holds the progress of the hourly
round. A sweep that is late, killed or run twice misses nothing and counts nothing twice.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID, uuid4

from milepost.db.connection import Writing
from milepost.db.learner_row import lock_remaining_learners, raise_revisions
from milepost.queries.goals.goals import GoalPeriod, PeriodState, period_states
from milepost.queries.goals.rows import GOAL_AS_JSON, goal_from_json
from milepost.queries.learners.facts import LearnerFacts, learner_facts
from milepost.rules.days.calendar import day_end
from milepost.rules.days.periods import Days
from milepost.rules.goals import (
    Goal,
    PeriodChange,
    PeriodTerms,
    achieved,
    change_at_close,
    following,
    period_terms,
)
from milepost.rules.policy import Policy
from milepost.services.projections.goal_periods import PeriodUpdate, announce_met_goals, store_periods

GOALS_PER_BATCH = 500
LEARNERS_PER_BATCH = 200
MAX_PERIODS_PER_GOAL = 100
"""Max periods of one goal closed in one batch: a daily goal after three months without a worker."""

HOURLY_ROUND = "goals:hourly"

_TRY_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('milepost-goals'))"
_DUE_LEARNERS = """
SELECT learner_id FROM goals WHERE closes_at <= $1 ORDER BY closes_at LIMIT $2
"""
_DUE_GOALS = f"""
SELECT learner_id, {GOAL_AS_JSON} AS goal, open_from FROM goals g
WHERE learner_id = ANY($1::uuid[]) AND closes_at <= $2 ORDER BY learner_id, goal_id
"""
_SET_OPEN_PERIODS = """
UPDATE goals g SET open_from = k.open_from, closes_at = k.closes_at
FROM unnest($1::uuid[], $2::uuid[], $3::date[], $4::timestamptz[]) AS k(learner_id, goal_id, open_from, closes_at)
WHERE g.learner_id = k.learner_id AND g.goal_id = k.goal_id
"""

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
_MARK_SEEN = """
UPDATE goals g SET seen_revision = l.revision FROM learners l
WHERE l.learner_id = g.learner_id AND g.learner_id = ANY($1::uuid[]) AND g.archived_at IS NULL
"""
_ADVANCE = "UPDATE backfills SET cursor = $2, done = done + $3 WHERE name = $1"
_FINISH = "UPDATE backfills SET finished_at = $2 WHERE name = $1"


class SweptPeriods(NamedTuple):
    """The result of one batch. `more`: this worker holds the lock, and more may be due now."""

    periods: int
    more: bool


NOTHING_SWEPT = SweptPeriods(0, more=False)


async def close_periods_batch(
    connection: Writing, policy: Policy, now: datetime, goals: int = GOALS_PER_BATCH
) -> SweptPeriods:
    """Close the periods that are over at `now`, for the learners of the first `goals` due goals.

    Runs in the caller's transaction. A period is closed with the target in force on its last day, however late;
    percentages are met here. Goals that were archived since are closed up to then. Does nothing while another worker
    holds the lock.
    """
    if not await connection.fetchval(_TRY_LOCK):
        return NOTHING_SWEPT
    due_learners = {row[0] for row in await connection.fetch(_DUE_LEARNERS, now, goals)}
    if not due_learners:
        return NOTHING_SWEPT
    learners = sorted(due_learners, key=lambda learner: learner.int)
    learners = await lock_remaining_learners(connection, learners)
    return SweptPeriods(await _close_due(connection, learners, policy, now), more=True)


async def close_periods_of(connection: Writing, learner_id: UUID, policy: Policy, now: datetime) -> None:
    """Close all periods of one learner that are over. The caller holds the learner's lock."""
    while await connection.fetch(_DUE_GOALS, [learner_id], now):
        await _close_due(connection, [learner_id], policy, now)


async def _close_due(connection: Writing, learners: Sequence[UUID], policy: Policy, now: datetime) -> int:
    """Close periods of the due goals of locked learners. Returns how many."""
    facts = await learner_facts(connection, learners, policy)
    periods: dict[GoalPeriod, PeriodTerms] = {}
    open_periods: list[tuple[UUID, UUID, date, datetime | None]] = []
    for learner_id, row, open_from in await connection.fetch(_DUE_GOALS, learners, now):
        goal = goal_from_json(row)
        over, next_from, closes_at = _periods_over(goal, open_from, facts[learner_id], now)
        periods |= {GoalPeriod(learner_id, goal, days): terms for days, terms in over}
        open_periods.append((learner_id, goal.goal_id, next_from, closes_at))
    states = await period_states(connection, list(periods))
    changes = [
        PeriodUpdate(period, _result(period, state, terms), is_closed=True)
        for (period, terms), state in zip(periods.items(), states, strict=True)
        if state.kept is None or not state.kept.is_closed
    ]
    await raise_revisions(connection, sorted({change.period.learner_id for change in changes}))
    met = await store_periods(connection, changes, now)
    await announce_met_goals(connection, met, facts, uuid4(), policy, now)
    await connection.execute(_SET_OPEN_PERIODS, *map(list, zip(*open_periods, strict=True)))
    return len(changes)


def _periods_over(
    goal: Goal, open_from: date, facts: LearnerFacts, now: datetime
) -> tuple[Sequence[tuple[Days, PeriodTerms]], date, datetime | None]:
    """The periods that are over and that the goal applies to, oldest first, each with its terms; the first day of the
    next period, and when that one is due: never (None) while the goal is archived.
    """
    today, impossible_days = facts.today(now), facts.impossible_days
    days = goal.period_of(open_from)
    over: list[tuple[Days, PeriodTerms]] = []
    for _ in range(MAX_PERIODS_PER_GOAL):
        if days.last >= today:
            break
        terms = period_terms(goal, days, today, impossible_days)
        if terms.is_applicable:
            over.append((days, terms))
        days = following(goal.time_period, days)
    if goal.is_archived and days.last >= today:
        return over, days.first, None
    # If the limit left a period that is over, it is due at once, in the next batch.
    return over, days.first, day_end(days.last, facts.zone)


async def record_open_periods_batch(
    connection: Writing, policy: Policy, now: datetime, learners: int = LEARNERS_PER_BATCH
) -> SweptPeriods:
    """Record the open periods of up to `learners` learners whose rows changed since the last round.

    One round an hour covers all of them. Runs in the caller's transaction. Meets no goals: the commit that reaches a
    target does. Does nothing while another worker holds the lock.
    """
    if not await connection.fetchval(_TRY_LOCK):
        return NOTHING_SWEPT
    await connection.execute(_BEGIN, HOURLY_ROUND, now, now.replace(minute=0, second=0, microsecond=0))
    cursor = await connection.fetchval(_CURSOR, HOURLY_ROUND)
    if cursor is None:
        return NOTHING_SWEPT
    active = [row[0] for row in await connection.fetch(_ACTIVE, cursor, learners)]
    if not active:
        await connection.execute(_FINISH, HOURLY_ROUND, now)
        return NOTHING_SWEPT
    remaining = await lock_remaining_learners(connection, active)
    facts = await learner_facts(connection, remaining, policy)
    periods = _open_periods(remaining, facts, now)
    states = await period_states(connection, list(periods))
    changes = [
        PeriodUpdate(period, _result(period, state, terms)._replace(is_newly_met=False))
        for (period, terms), state in zip(periods.items(), states, strict=True)
        if state.kept is None or not state.kept.is_closed
    ]
    await store_periods(connection, changes, now)
    await connection.execute(_MARK_SEEN, active)
    await connection.execute(_ADVANCE, HOURLY_ROUND, active[-1], len(active))
    return SweptPeriods(len(changes), more=True)


def _open_periods(
    learners: Sequence[UUID], facts: Mapping[UUID, LearnerFacts], now: datetime
) -> dict[GoalPeriod, PeriodTerms]:
    """The current periods of all goals in force of these learners, each with its terms."""
    periods = {}
    for learner_id in learners:
        today, impossible_days = facts[learner_id].today(now), facts[learner_id].impossible_days
        for goal in facts[learner_id].goals:
            days = goal.period_of(today)
            periods[GoalPeriod(learner_id, goal, days)] = period_terms(goal, days, today, impossible_days)
    return periods


def _result(period: GoalPeriod, state: PeriodState, terms: PeriodTerms) -> PeriodChange:
    return change_at_close(achieved(period.goal.target_type, state.measured), state.kept, terms)
