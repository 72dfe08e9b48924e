"""The facts behind recommendations."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import orjson

from milepost.db.connection import Reading
from milepost.rules.days.periods import Days
from milepost.rules.insight.recommendations import MAX_OF_A_KIND, OpenTask, PathRest, Topic

MAX_TOPICS = 1_000
MAX_PATHS = 1_000

_FACTS = f"""
SELECT
    (SELECT json_agg(json_build_array(topic, level, graded, grade_milli, $2::date - last_day))::text FROM (
        SELECT topic, level, graded, grade_milli, last_day FROM skill_levels WHERE learner_id = $1 AND graded > 0
        ORDER BY last_day DESC, topic LIMIT {MAX_TOPICS}
    ) topics) AS topics,
    (SELECT json_agg(json_build_array(task_id, title, due_day) ORDER BY due_day, title, task_id)::text FROM (
        SELECT task_id, title, due_day FROM tasks
        WHERE learner_id = $1 AND due_day >= $4 AND due_day < $2 AND status <> 'completed'
        ORDER BY due_day, title, task_id LIMIT {MAX_OF_A_KIND}
    ) open_tasks) AS tasks,
    (SELECT json_agg(json_build_array(path, lately, before, last_day))::text FROM (
        SELECT path, coalesce(sum(activities) FILTER (WHERE local_day >= $3), 0)::bigint AS lately,
            coalesce(sum(activities) FILTER (WHERE local_day < $3), 0)::bigint AS before, max(local_day) AS last_day
        FROM activity_cells WHERE learner_id = $1 AND local_day BETWEEN $4 AND $2 AND path <> ''
        GROUP BY path ORDER BY path LIMIT {MAX_PATHS}
    ) paths) AS paths
"""


@dataclass(frozen=True, slots=True)
class RecommendationFacts:
    """The facts behind recommendations, besides the streak and achievements."""

    topics: Sequence[Topic]
    tasks: Sequence[OpenTask]
    paths: Sequence[PathRest]


async def recommendation_facts(
    connection: Reading, learner_id: UUID, today: date, lately: Days, before: Days
) -> RecommendationFacts:
    """Paths of `lately`, which ends today, and of the days `before` it; open tasks that were due in these days.

    One statement.
    """
    row = await connection.fetchrow(_FACTS, learner_id, today, lately.first, before.first)
    return RecommendationFacts(
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
