"""What lies ahead of a learner rests on this: the streak as kept, daily counts of the last half year, topics with their
graded days, paths, and tasks that were due. Reads sums and keys; always a window of days.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import asyncpg
import orjson

from milepost.queries.overview import streak_in
from milepost.rules.achievement_definitions import Counter
from milepost.rules.forecasts import DAY_SUMS, GradedTopic, in_unit
from milepost.rules.periods import Days
from milepost.rules.recommendations import MOST_OF_A_KIND, OpenTask, PathRest, Topic
from milepost.rules.streaks import StreakState

TOPICS_FORECAST = 8
"""Those practised last, and the one asked for."""
MOST_TOPICS = 1_000
MOST_PATHS = 1_000

_STREAK = """
SELECT l.run, l.longest, l.last_met_day, l.freezes, l.progress, coalesce(l.outage_seen, 0) AS outage_seen,
    EXISTS (
        SELECT FROM activity_days t WHERE t.learner_id = k.learner_id AND t.local_day = $2 AND t.streak_activities > 0
    ) AS met_today
FROM (SELECT $1::uuid AS learner_id) k LEFT JOIN learners l USING (learner_id)
"""
_SUMS = tuple(dict.fromkeys(DAY_SUMS.values()))
_FORECAST = f"""
WITH chosen AS (
    SELECT topic, level, graded, grade_milli FROM skill_levels
    WHERE learner_id = $1 ORDER BY coalesce(topic = $4, false) DESC, last_day DESC, topic LIMIT {TOPICS_FORECAST}
), graded_days AS (
    SELECT topic, json_object_agg(local_day, graded) AS days FROM (
        SELECT topic, local_day, sum(graded)::bigint AS graded FROM activity_cells
        WHERE learner_id = $1 AND local_day >= $3 AND graded > 0 AND topic IN (SELECT topic FROM chosen)
        GROUP BY topic, local_day
    ) summed GROUP BY topic
)
SELECT streak.*,
    (SELECT min(local_day) FROM activity_days WHERE learner_id = $1) AS began_on,
    (SELECT json_agg(json_build_array(local_day, {", ".join(_SUMS)}))::text
        FROM activity_days WHERE learner_id = $1 AND local_day >= $3 AND local_day < $2) AS days,
    (SELECT json_agg(json_build_array(topic, level, graded, grade_milli, days))::text
        FROM chosen LEFT JOIN graded_days USING (topic)) AS topics
FROM ({_STREAK}) streak
"""
_FILTERED = {
    metric: f"""
    SELECT local_day, sum({sum_name})::bigint FROM activity_cells
    WHERE learner_id = $1 AND local_day BETWEEN $2 AND $3 AND ($4::text IS NULL OR object_type = $4)
        AND ($5::text IS NULL OR verb = $5) AND ($6::text IS NULL OR topic = $6)
    GROUP BY local_day
    """
    for metric, sum_name in DAY_SUMS.items()
}
_SITUATION = f"""
SELECT streak.*,
    (SELECT json_agg(json_build_array(topic, level, graded, grade_milli))::text FROM (
        SELECT topic, level, graded, grade_milli FROM skill_levels WHERE learner_id = $1 AND graded > 0
        ORDER BY last_day DESC, topic LIMIT {MOST_TOPICS}
    ) topics) AS topics,
    (SELECT json_agg(json_build_array(task_id, title, due_day) ORDER BY due_day, title, task_id)::text FROM (
        SELECT task_id, title, due_day FROM tasks
        WHERE learner_id = $1 AND due_day >= $4 AND due_day < $2 AND status <> 'completed'
        ORDER BY due_day, title, task_id LIMIT {MOST_OF_A_KIND}
    ) open_tasks) AS tasks,
    (SELECT json_agg(json_build_array(path, lately, before, last_day))::text FROM (
        SELECT path, coalesce(sum(activities) FILTER (WHERE local_day >= $3), 0)::bigint AS lately,
            coalesce(sum(activities) FILTER (WHERE local_day < $3), 0)::bigint AS before, max(local_day) AS last_day
        FROM activity_cells WHERE learner_id = $1 AND local_day BETWEEN $4 AND $2 AND path <> ''
        GROUP BY path ORDER BY path LIMIT {MOST_PATHS}
    ) paths) AS paths
FROM ({_STREAK}) streak
"""


@dataclass(frozen=True, slots=True)
class KeptStreak:
    """A streak as the learner's row keeps it, and whether today is met."""

    streak: StreakState
    outage_seen: int
    met_today: bool


@dataclass(frozen=True, slots=True)
class Forecastable:
    """What forecasts rest on. `days` ends yesterday; topics are the one asked for and those practised last."""

    streak: KeptStreak
    began_on: date | None
    days: Mapping[date, Mapping[str, int]]
    topics: Sequence[GradedTopic]


@dataclass(frozen=True, slots=True)
class Facts:
    """What recommendations rest on, besides achievements."""

    streak: KeptStreak
    topics: Sequence[Topic]
    tasks: Sequence[OpenTask]
    paths: Sequence[PathRest]


async def forecastable(
    connection: asyncpg.Connection, learner_id: UUID, today: date, first: date, topic: str | None
) -> Forecastable:
    """Daily counts from `first` to the day before `today`. One statement."""
    row = await connection.fetchrow(_FORECAST, learner_id, today, first, topic)
    return Forecastable(
        _streak(row),
        row["began_on"],
        {
            date.fromisoformat(day): dict(zip(_SUMS, sums, strict=True))
            for day, *sums in orjson.loads(row["days"] or b"[]")
        },
        [
            GradedTopic(
                name, level, graded, grades, {date.fromisoformat(day): count for day, count in (days or {}).items()}
            )
            for name, level, graded, grades, days in orjson.loads(row["topics"] or b"[]")
        ],
    )


async def filtered_days(
    connection: asyncpg.Connection, learner_id: UUID, counter: Counter, days: Days
) -> dict[date, int]:
    """What the counter of an achievement grew by on each of `days`, in its metric's unit. One statement."""
    where = counter.where
    given = (learner_id, days.first, days.last, where.object_type, where.verb, where.topic)
    rows = await connection.fetch(_FILTERED[counter.metric], *given)
    return {day: in_unit(counter.metric, amount) for day, amount in rows}


async def situation_facts(
    connection: asyncpg.Connection, learner_id: UUID, today: date, lately: Days, before: Days
) -> Facts:
    """Paths of `lately`, which ends today, and of the days `before` it; open tasks that were due since then. One
    statement."""
    row = await connection.fetchrow(_SITUATION, learner_id, today, lately.first, before.first)
    return Facts(
        _streak(row),
        [Topic(*topic) for topic in orjson.loads(row["topics"] or b"[]")],
        [
            OpenTask(task_id, title, date.fromisoformat(due))
            for task_id, title, due in orjson.loads(row["tasks"] or b"[]")
        ],
        [
            PathRest(path, now, earlier, date.fromisoformat(last_day), len(lately), len(before))
            for path, now, earlier, last_day in orjson.loads(row["paths"] or b"[]")
        ],
    )


def _streak(row: asyncpg.Record) -> KeptStreak:
    return KeptStreak(streak_in(row), row["outage_seen"], row["met_today"])
