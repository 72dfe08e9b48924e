"""Writes the versions of goals, and keeps them right when a learner's date goes back.

Periods are judged by versions whenever they are looked at, so nothing here touches a period that is over.
"""

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from milepost.db.connection import Writing
from milepost.queries.goals.goals import goals_with_versions_after
from milepost.rules.goals import Goal, brought_back, period_of

_SET_VERSIONS = """
WITH k AS (
    SELECT * FROM unnest($3::date[], $4::int[], $5::bool[]) AS k(from_day, target, archived)
), gone AS (
    DELETE FROM goal_versions v WHERE learner_id = $1 AND goal_id = $2 AND from_day <> ALL($3)
)
INSERT INTO goal_versions AS v (learner_id, goal_id, from_day, target, archived)
SELECT $1, $2, from_day, target, archived FROM k
ON CONFLICT (learner_id, goal_id, from_day) DO UPDATE SET target = excluded.target, archived = excluded.archived
WHERE (v.target, v.archived) <> (excluded.target, excluded.archived)
"""
_LOOK_AGAIN = """
UPDATE goals SET closes_at = least(closes_at, $2), created_on = least(created_on, $3), open_from = least(open_from,
    CASE time_period WHEN 'daily' THEN $3 WHEN 'weekly' THEN $4 ELSE $5 END)
WHERE learner_id = $1 AND (archived_at IS NULL OR closes_at IS NOT NULL)
"""
_REOPEN = """
UPDATE goal_periods SET closed_at = NULL WHERE learner_id = $1 AND period_end >= $2 AND closed_at IS NOT NULL
"""


async def store_versions(connection: Writing, learner_id: UUID, goal: Goal) -> None:
    """Store the versions of `goal` instead of those it has. The caller holds the learner's lock."""
    columns = map(list, zip(*goal.versions, strict=True))
    await connection.execute(_SET_VERSIONS, learner_id, goal.goal_id, *columns)


async def recheck_goals(connection: Writing, learner_id: UUID, today: date, now: datetime) -> None:
    """The learner's days now end at other instants, and the date is `today`: the sweep finds out when periods end.

    If the date went back, periods that are no longer over are open again, and goals that were made, changed or
    archived on a later date are so from today. The caller holds the learner's lock.
    """
    firsts = (period_of("daily", today).first, period_of("weekly", today).first, period_of("monthly", today).first)
    await connection.execute(_LOOK_AGAIN, learner_id, now, *firsts)
    await connection.execute(_REOPEN, learner_id, today)
    for goal in await goals_with_versions_after(connection, learner_id, today):
        await store_versions(connection, learner_id, replace(goal, versions=brought_back(goal.versions, today)))
