"""A learner's time by day, the completion of due tasks, and the grades of topics. Reads sums only."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import orjson

from milepost.db.connection import Reading
from milepost.queries.insight.daily_values import fill_missing_days
from milepost.rules.days.periods import Days
from milepost.rules.insight.topic_strengths import MIN_GRADED, Area
from milepost.rules.planner.planner_days import ALL

MAX_TOPICS = 1_000

# Days as arrays of numbers: a year of them decodes faster than JSON or dates.
_TIME_AND_TOPICS = f"""
SELECT by_day.*, (
    SELECT json_agg(json_build_array(topic, graded, grade_milli))::text FROM (
        SELECT topic, graded, grade_milli FROM skill_levels WHERE learner_id = $1 AND graded >= {MIN_GRADED}
        ORDER BY topic LIMIT {MAX_TOPICS}
    ) topics
), (
    SELECT json_build_array(coalesce(sum(due_completed_n), 0), coalesce(sum(due_n), 0))::text
    FROM planner_days WHERE learner_id = $1 AND day BETWEEN $4 AND $3 AND category = '{ALL}'
) FROM (
    SELECT array_agg(local_day - $2), array_agg(seconds)
    FROM activity_days WHERE learner_id = $1 AND local_day BETWEEN $2 AND $3 AND seconds > 0
) by_day
"""


@dataclass(frozen=True, slots=True)
class TimeAndTopics:
    """Seconds of every day in order, graded topics, the number of tasks due, and how many of these are completed."""

    seconds: Sequence[int]
    topics: Sequence[Area]
    due_completed: int
    due: int


async def time_and_topics(connection: Reading, learner_id: UUID, days: Days, due_from: date) -> TimeAndTopics:
    """The time of `days`, and tasks due from `due_from` to the last of them. One statement."""
    places, amounts, topics, due = await connection.fetchrow(
        _TIME_AND_TOPICS, learner_id, days.first, days.last, due_from
    )
    return TimeAndTopics(
        fill_missing_days(days, places, amounts),
        [Area(*topic) for topic in orjson.loads(topics or b"[]")],
        *orjson.loads(due),
    )
