"""The goal periods a commit touches: targets met for the first time, closed periods revised.

Code that changes a learner's sums calls `settle_goals` (intake: `update_periods`) in the same transaction, under the
learner's lock, after the sums are written and `learners.revision` has grown. It costs nothing for learners without
goals.
"""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID, uuid4

from milepost.db.connection import Writing
from milepost.queries.goals.goals import GoalPeriod, period_states
from milepost.queries.learners.facts import LearnerFacts, learner_facts
from milepost.queries.turns import Turns, in_turns
from milepost.rules.days.periods import Days
from milepost.rules.goals import PeriodChange, PeriodTerms, TimePeriod, achieved, change_after_write, period_terms
from milepost.rules.notices.digest import is_late
from milepost.rules.policy import Policy
from milepost.services.achievements.reconcile import reconcile
from milepost.services.notices import Notice, write_notices

# Of so many days periods are read together: 200 goals have 200 periods on each.
_DAYS_AT_A_TIME = 7
# Other requests get their turn after so many.
_PERIODS_AT_A_TIME = 250

# Counts the newly met periods in the learners' rows too.
_STORE = """
WITH k AS (
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::date[], $4::date[], $5::int[], $6::bigint[], $7::numeric[],
        $8::bool[], $9::bool[], $10::bool[], $11::bool[])
        AS k(learner_id, goal_id, period_start, period_end, target, achieved, percent, is_applicable, is_met, is_closed,
            is_revised)
), counted AS (
    UPDATE learners l SET goals_met = l.goals_met + m.n
    FROM (SELECT learner_id, count(*)::int AS n FROM k WHERE is_met GROUP BY learner_id) m
    WHERE l.learner_id = m.learner_id
)
INSERT INTO goal_periods AS p (learner_id, goal_id, period_start, period_end, target, achieved, percent, is_applicable,
    met_at, closed_at, revised_at, taken_at)
SELECT learner_id, goal_id, period_start, period_end, target, achieved, percent, is_applicable,
    CASE WHEN is_met THEN $12::timestamptz END, CASE WHEN is_closed THEN $12 END, CASE WHEN is_revised THEN $12 END, $12
FROM k ORDER BY learner_id, goal_id, period_start
ON CONFLICT (learner_id, goal_id, period_start) DO UPDATE SET period_end = excluded.period_end,
    target = excluded.target, achieved = excluded.achieved, percent = excluded.percent,
    is_applicable = excluded.is_applicable,
    met_at = coalesce(p.met_at, excluded.met_at), closed_at = coalesce(p.closed_at, excluded.closed_at),
    revised_at = coalesce(excluded.revised_at, p.revised_at), taken_at = excluded.taken_at
"""


class PeriodUpdate(NamedTuple):
    """A period of a goal and what to store of it. `is_closed`: this update closes it."""

    period: GoalPeriod
    change: PeriodChange
    is_closed: bool = False


async def update_periods(
    connection: Writing,
    touched: Mapping[UUID, Collection[date]],
    facts: Mapping[UUID, LearnerFacts],
    now: datetime,
) -> list[PeriodUpdate]:
    """Update the learners' goal periods after a commit that changed sums on the `touched` days.

    One read for all goals of all learners. Writes only where a target is first met or a closed period has changed.
    Returns the periods newly met, as `store_periods` does: what they unlock, and their notices, are left to the caller,
    who also holds the learners' locks.
    """
    touched_periods = await _touched_periods(touched, facts, now)
    if not touched_periods:
        return []
    updates = []
    states = await period_states(connection, [period for period, _ in touched_periods])
    async for part in in_turns([*zip(touched_periods, states, strict=True)], _PERIODS_AT_A_TIME):
        for (period, terms), state in part:
            done = achieved(period.goal.target_type, state.measured)
            change = change_after_write(period.goal, done, state.kept, terms)
            if change is not None:
                updates.append(PeriodUpdate(period, change))
    return await store_periods(connection, updates, now)


async def settle_goals(
    connection: Writing,
    touched: Mapping[UUID, Collection[date]],
    facts: Mapping[UUID, LearnerFacts],
    policy: Policy,
    now: datetime,
) -> None:
    """`update_periods` for writes other than activities: also writes notices, and unlocks what the goals unlock."""
    met: list[PeriodUpdate] = []
    ordered = {learner_id: sorted(days) for learner_id, days in touched.items()}
    for first in range(0, max(map(len, ordered.values()), default=0), _DAYS_AT_A_TIME):
        part = {learner_id: days[first : first + _DAYS_AT_A_TIME] for learner_id, days in ordered.items()}
        met += await update_periods(connection, part, facts, now)
    met.sort(key=_order)
    await announce_met_goals(connection, met, facts, uuid4(), policy, now)


async def settle_planned_goals(
    connection: Writing, learner_id: UUID, days: Collection[date], facts: LearnerFacts, policy: Policy, now: datetime
) -> None:
    """`settle_goals` after a change of plans on these days: for the goals of one learner that count tasks."""
    learner = replace(facts, goals=[goal for goal in facts.goals if goal.counts_plans])
    if learner.goals and days:
        await settle_goals(connection, {learner_id: days}, {learner_id: learner}, policy, now)


async def settle_goals_of(
    connection: Writing, learner_id: UUID, touched: Collection[date], policy: Policy, now: datetime
) -> None:
    """`settle_goals` for one learner whose goals are not at hand."""
    if touched:
        facts = await learner_facts(connection, [learner_id], policy)
        await settle_goals(connection, {learner_id: touched}, facts, policy, now)


async def store_periods(connection: Writing, updates: Sequence[PeriodUpdate], now: datetime) -> list[PeriodUpdate]:
    """Store these periods and count those newly met in `learners.goals_met`.

    Returns the newly met ones, ordered by learner, then the first day of the period.
    """
    if not updates:
        return []
    await connection.execute(_STORE, *map(list, zip(*map(_row, updates), strict=True)), now)
    return sorted((update for update in updates if update.change.is_newly_met), key=_order)


async def announce_met_goals(
    connection: Writing,
    met: Sequence[PeriodUpdate],
    facts: Mapping[UUID, LearnerFacts],
    commit_id: UUID,
    policy: Policy,
    now: datetime,
) -> None:
    """Write the notices of newly met periods, then unlock what they unlock, in the same commit."""
    if met:
        await write_notices(
            connection, goal_notices(met, lambda learner_id: facts[learner_id].today(now)), commit_id, now
        )
        learners = list(dict.fromkeys(update.period.learner_id for update in met))
        await reconcile(connection, learners, policy, now, source="activity", commit_id=commit_id)


def goal_notices(met: Iterable[PeriodUpdate], today: Callable[[UUID], date]) -> list[Notice]:
    """The notices of newly met periods. `today` gives the local date of a learner."""
    return [
        Notice(
            update.period.learner_id,
            "goal_met",
            _body(update),
            is_late(update.period.days.last, today(update.period.learner_id)),
        )
        for update in met
    ]


async def _touched_periods(
    touched: Mapping[UUID, Collection[date]], facts: Mapping[UUID, LearnerFacts], now: datetime
) -> list[tuple[GoalPeriod, PeriodTerms]]:
    """Each goal period that contains a touched day, with its terms; only periods that the goal applies to."""
    periods: list[tuple[GoalPeriod, PeriodTerms]] = []
    turns, rest_after = Turns(), _PERIODS_AT_A_TIME
    for learner_id, touched_days in touched.items():
        learner = facts[learner_id]
        if not learner.goals:
            continue
        impossible_days, today = learner.impossible_days, learner.today(now)
        # Days are looked at once and not once a goal: there are three kinds of periods, and up to 200 goals.
        by_kind: dict[TimePeriod, set[Days]] = {}
        for goal in learner.goals:
            if goal.time_period not in by_kind:
                by_kind[goal.time_period] = {goal.period_of(day) for day in touched_days}
            for days in by_kind[goal.time_period]:
                terms = period_terms(goal, days, today, impossible_days)
                if terms.is_applicable:
                    periods.append((GoalPeriod(learner_id, goal, days), terms))
            if len(periods) >= rest_after:
                rest_after += _PERIODS_AT_A_TIME
                await turns.rest()
    return sorted(periods, key=_period_order)


def _period_order(item: tuple[GoalPeriod, PeriodTerms]) -> tuple[int, int, date]:
    learner_id, goal, days = item[0]
    return learner_id.int, goal.goal_id.int, days.first


def _row(update: PeriodUpdate) -> tuple[object, ...]:
    (learner_id, goal, days), change = update.period, update.change
    percent = Decimal(str(change.percent))
    return (
        *(learner_id, goal.goal_id, days.first, days.last, change.target, change.value, percent),
        *(change.is_applicable, change.is_newly_met, update.is_closed, change.is_revised),
    )


def _order(update: PeriodUpdate) -> tuple[int, date, int]:
    return update.period.learner_id.int, update.period.days.first, update.period.goal.goal_id.int


def _body(update: PeriodUpdate) -> dict[str, object]:
    goal, days = update.period.goal, update.period.days
    return {
        "goal_id": str(goal.goal_id),
        "name": goal.name,
        "target_type": goal.target_type,
        "target_value": update.change.target,
        "achieved_value": update.change.value,
        "period": {"start": days.first.isoformat(), "end": days.last.isoformat()},
    }
