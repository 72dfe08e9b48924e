"""What a commit makes of the periods of goals it touched: targets met for the first time, closed periods revised.

Whoever changes a learner's sums calls `settle_goals` (intake: `meet`) in the same transaction, under the learner's
lock, after the sums are written and `learners.revision` has grown. It costs nothing for learners without goals.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID, uuid4

import orjson

from milepost.db.connection import Writing
from milepost.queries.goals.goals import GoalPeriod, period_states
from milepost.queries.learners.facts import LearnerFacts, learner_facts
from milepost.rules.goals import Change, achieved, change_after_write
from milepost.rules.policy import Policy
from milepost.services.achievements.reconcile import reconcile

_KEEP = """
WITH k AS (
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::date[], $4::date[], $5::int[], $6::bigint[], $7::numeric[],
        $8::bool[], $9::bool[], $10::bool[], $11::bool[])
        AS k(learner_id, goal_id, period_start, period_end, target, achieved, percent, is_applicable, is_met, is_closed,
            is_revised)
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

# Numbered after whatever else this commit tells the learner. Who wants quiet is told nothing.
_MET = """
WITH counted AS (
    UPDATE learners l SET goals_met = l.goals_met + m.n
    FROM (SELECT learner_id, count(*)::int AS n FROM unnest($1::uuid[]) AS m(learner_id) GROUP BY learner_id) m
    WHERE l.learner_id = m.learner_id
)
INSERT INTO notices (learner_id, revision, n, kind, body, commit_id, created_at)
SELECT m.learner_id, l.revision, m.n + coalesce(
        (SELECT max(o.n) + 1 FROM notices o WHERE o.learner_id = l.learner_id AND o.revision = l.revision), 0
    ), 'goal_met', m.body, $4, $5
FROM unnest($1::uuid[], $2::int[], $3::jsonb[]) AS m(learner_id, n, body) JOIN learners l USING (learner_id)
WHERE NOT EXISTS (SELECT FROM profiles q WHERE q.learner_id = l.learner_id AND q.quiet)
"""

_LOOK_AGAIN = """
UPDATE goals SET closes_at = $2 WHERE learner_id = $1 AND archived_at IS NULL AND closes_at > $2
"""


class Settled(NamedTuple):
    """A period of a goal with what has to be kept of it; `is_closed`: from now on it is."""

    wanted: GoalPeriod
    change: Change
    is_closed: bool = False


async def meet(
    connection: Writing,
    touched: Mapping[UUID, Collection[date]],
    facts: Mapping[UUID, LearnerFacts],
    commit_id: UUID,
    now: datetime,
) -> dict[UUID, int]:
    """Keep what this commit, which changed sums on the `touched` days, makes of the learners' goals.

    One read for all goals of all learners, and writes only where a target was first met or a closed period is another
    now. The caller holds the learners' locks. Answers by how many `learners.goals_met` of each has grown: what that
    unlocks is the caller's to give.
    """
    wanted = _touched_periods(touched, facts)
    if not wanted:
        return {}
    found = await period_states(connection, wanted)
    changes = [
        Settled(one, change)
        for one, state in zip(wanted, found, strict=True)
        if (change := change_after_write(one.goal, achieved(one.goal.target_type, state.measured), state.kept))
    ]
    return await keep_periods(connection, changes, commit_id, now)


async def settle_goals(
    connection: Writing,
    touched: Mapping[UUID, Collection[date]],
    facts: Mapping[UUID, LearnerFacts],
    policy: Policy,
    now: datetime,
) -> None:
    """`meet` for whoever writes something else than activities; what it unlocks is given in the same commit."""
    commit_id = uuid4()
    met = await meet(connection, touched, facts, commit_id, now)
    if met:
        await reconcile(connection, list(met), policy, now, source="activity", commit_id=commit_id)


async def settle_goals_of(
    connection: Writing, learner_id: UUID, touched: Collection[date], policy: Policy, now: datetime
) -> None:
    """`settle_goals` for one learner whose goals are not at hand."""
    if touched:
        facts = await learner_facts(connection, [learner_id], policy)
        await settle_goals(connection, {learner_id: touched}, facts, policy, now)


async def look_at_goals_again(connection: Writing, learner_id: UUID, now: datetime) -> None:
    """The learner's days end at other instants now: the sweep finds out when. The caller holds the learner's lock."""
    await connection.execute(_LOOK_AGAIN, learner_id, now)


async def keep_periods(
    connection: Writing, changes: Sequence[Settled], commit_id: UUID, now: datetime
) -> dict[UUID, int]:
    """Write these periods, count those newly met and tell their learners. Answers how many each has met."""
    if not changes:
        return {}
    await connection.execute(_KEEP, *map(list, zip(*map(_row, changes), strict=True)), now)
    met = sorted((one for one in changes if one.change.is_newly_met), key=_order)
    if met:
        learners = [one.wanted.learner_id for one in met]
        await connection.execute(_MET, learners, list(_numbers(learners)), list(map(_body, met)), commit_id, now)
    return Counter(one.wanted.learner_id for one in met)


def _touched_periods(touched: Mapping[UUID, Collection[date]], facts: Mapping[UUID, LearnerFacts]) -> list[GoalPeriod]:
    """Each period of a goal that holds a touched day, but those that were over before the goal was made."""
    wanted = {
        GoalPeriod(learner_id, goal, days)
        for learner_id, touched_days in touched.items()
        for goal in facts[learner_id].goals
        for days in {goal.period_of(day) for day in touched_days}
        if days.last >= goal.created_on
    }
    return sorted(wanted, key=lambda one: (one.learner_id.int, one.goal.goal_id.int, one.days.first))


def _row(one: Settled) -> tuple[object, ...]:
    (learner_id, goal, days), change = one.wanted, one.change
    percent = Decimal(str(change.percent))
    return (
        *(learner_id, goal.goal_id, days.first, days.last, change.target, change.value, percent),
        *(change.is_applicable, change.is_newly_met, one.is_closed, change.is_revised),
    )


def _order(one: Settled) -> tuple[int, date, int]:
    return one.wanted.learner_id.int, one.wanted.days.first, one.wanted.goal.goal_id.int


def _numbers(learners: Iterable[UUID]) -> Iterable[int]:
    """0, 1, 2 … for each learner."""
    counts: dict[UUID, int] = {}
    for learner_id in learners:
        counts[learner_id] = counts.get(learner_id, -1) + 1
        yield counts[learner_id]


def _body(one: Settled) -> str:
    goal, days = one.wanted.goal, one.wanted.days
    return orjson.dumps(
        {
            "goal_id": str(goal.goal_id),
            "name": goal.name,
            "target_type": goal.target_type,
            "target_value": one.change.target,
            "achieved_value": one.change.value,
            "period": {"start": days.first.isoformat(), "end": days.last.isoformat()},
        }
    ).decode()
