"""Projections from the log alone: the same sums intake keeps as activities arrive, made anew for whole learners.

Who calls holds the learners' locks. What a row adds is defined in `db/contributions.py`, for intake and for this
module.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from uuid import UUID

import asyncpg

from milepost.db.contributions import CELL_KEY, CONTRIBUTION, SUM_COLUMNS, summed
from milepost.db.tables.sums import SUMS
from milepost.queries.learner_facts import LearnerFacts, learner_facts
from milepost.rules.policy import Policy
from milepost.rules.skills import level_for
from milepost.rules.streaks import EMPTY, StreakState, walk

_LOG = f"(SELECT {CONTRIBUTION} FROM activities a WHERE a.learner_id = ANY($1::uuid[]) AND a.voided_at IS NULL) n"
_CELL_KEY = ", ".join(CELL_KEY)

_LOCK = """
INSERT INTO learners AS l (learner_id) SELECT unnest($1::uuid[]) ORDER BY 1
ON CONFLICT (learner_id) DO UPDATE SET revision = l.revision
"""

_EMPTY = [f"DELETE FROM {table} WHERE learner_id = ANY($1::uuid[])" for table in ("activity_days", "activity_cells")]

_DAYS = f"""
INSERT INTO activity_days (learner_id, local_day, {SUM_COLUMNS}, streak_activities, first_counted_at, closes_at)
SELECT learner_id, local_day, {summed("streak_activities")},
    min(occurred_at) FILTER (WHERE streak_activities > 0), max(day_ends_at)
FROM {_LOG} GROUP BY learner_id, local_day
"""

_CELLS = f"""
INSERT INTO activity_cells ({_CELL_KEY}, {SUM_COLUMNS}) SELECT {_CELL_KEY}, {summed()} FROM {_LOG} GROUP BY {_CELL_KEY}
"""

_TOPICS = f"""
WITH gone AS (
    DELETE FROM skill_levels s WHERE learner_id = ANY($1::uuid[])
    AND NOT EXISTS (
        SELECT FROM activities a WHERE a.learner_id = s.learner_id AND a.topic = s.topic AND a.voided_at IS NULL
    )
)
INSERT INTO skill_levels AS s (learner_id, topic, {SUM_COLUMNS}, review_n, review_milli, last_day, level)
    SELECT learner_id, topic, {summed("review_n", "review_milli")}, max(local_day), $2
    FROM {_LOG} WHERE topic <> '' GROUP BY learner_id, topic
    ON CONFLICT (learner_id, topic) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in SUMS)},
        review_n = excluded.review_n, review_milli = excluded.review_milli, last_day = excluded.last_day
"""

_HELD_LEVELS = """
SELECT learner_id, topic, graded, grade_milli, level FROM skill_levels WHERE learner_id = ANY($1::uuid[])
"""

_LEVELS = """
UPDATE skill_levels s SET previous_level = s.level, level = u.level, level_updated_at = $4
FROM unnest($1::uuid[], $2::text[], $3::text[]) AS u(learner_id, topic, level)
WHERE s.learner_id = u.learner_id AND s.topic = u.topic
"""

_TOTALS = f"""
UPDATE learners l SET revision = l.revision + 1, {", ".join(f"{name} = t.{name}" for name in SUMS)},
    active_days = t.active_days, topics = t.topics
FROM (
    SELECT k.learner_id, {", ".join(f"coalesce(sum(d.{name}), 0)::bigint AS {name}" for name in SUMS)},
        count(d.local_day) AS active_days,
        (SELECT count(*) FROM skill_levels s WHERE s.learner_id = k.learner_id) AS topics
    FROM unnest($1::uuid[]) AS k(learner_id) LEFT JOIN activity_days d USING (learner_id) GROUP BY k.learner_id
) t WHERE l.learner_id = t.learner_id
"""

_STREAKS = """
UPDATE learners l SET run = u.run, longest = u.longest, last_met_day = u.last_met_day, freezes = u.freezes,
    progress = u.progress
FROM unnest($1::uuid[], $2::int[], $3::int[], $4::date[], $5::int[], $6::int[])
    AS u(learner_id, run, longest, last_met_day, freezes, progress)
WHERE l.learner_id = u.learner_id
"""

_MET_DAYS = """
SELECT learner_id, array_agg(local_day ORDER BY local_day) FROM activity_days
WHERE learner_id = ANY($1::uuid[]) AND streak_activities > 0 GROUP BY learner_id
"""


async def lock_learners(connection: asyncpg.Connection, learners: Sequence[UUID]) -> None:
    """Take the learners' locks in the one order everybody takes them in; learners never seen get their row."""
    await connection.execute(_LOCK, sorted(learners, key=lambda learner: learner.int))


async def rebuild_learners(
    connection: asyncpg.Connection, learners: Sequence[UUID], policy: Policy, now: datetime
) -> None:
    """Empty and refill every projection of `learners`, whose locks the caller holds.

    Levels that do not change keep their history; `revision` grows by one, so that nothing cached survives.
    """
    for statement in (*_EMPTY, _DAYS, _CELLS):
        await connection.execute(statement, learners)
    await connection.execute(_TOPICS, learners, policy.skills.levels[0].name)
    await relevel(connection, learners, policy, now)
    await connection.execute(_TOTALS, learners)
    facts = await learner_facts(connection, learners, policy)
    await restreak(connection, facts, policy)


async def restreak(connection: asyncpg.Connection, facts: Mapping[UUID, LearnerFacts], policy: Policy) -> None:
    """Walk the days of these learners again and keep the streaks found."""
    streaks = await walk_streaks(connection, facts, policy)
    await connection.execute(
        _STREAKS,
        list(streaks),
        [streak.run for streak in streaks.values()],
        [streak.longest for streak in streaks.values()],
        [streak.last_met_day for streak in streaks.values()],
        [streak.freezes for streak in streaks.values()],
        [streak.progress for streak in streaks.values()],
    )


async def walk_streaks(
    connection: asyncpg.Connection, facts: Mapping[UUID, LearnerFacts], policy: Policy
) -> dict[UUID, StreakState]:
    """The streak of each learner in `facts` from all its met days. One statement."""
    rows: Sequence[tuple[UUID, list[date]]] = await connection.fetch(_MET_DAYS, list(facts))
    streaks = dict.fromkeys(facts, EMPTY)
    for learner_id, days in rows:
        excused = facts[learner_id].excused(days[0], days[-1], policy)
        streaks[learner_id] = walk(days, excused, policy.streak)
    return streaks


async def relevel(connection: asyncpg.Connection, learners: Sequence[UUID], policy: Policy, now: datetime) -> None:
    """Decide the level of every topic of these learners again, and keep those that differ."""
    moved = []
    for learner_id, topic, graded, grade_milli, held in await connection.fetch(_HELD_LEVELS, learners):
        level = level_for(graded, grade_milli, policy.skills, held)
        if level != held:
            moved.append((learner_id, topic, level))
    if moved:
        learner_ids, topics, levels = map(list, zip(*moved, strict=True))
        await connection.execute(_LEVELS, learner_ids, topics, levels, now)
