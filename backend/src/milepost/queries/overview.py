"""A learner's progress at a glance: the row of sums, today, the last grades, and the most recent topics."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import orjson

from milepost.db.connection import Reading
from milepost.db.tables.sums import SUMS
from milepost.queries.streaks.streaks import streak_from_row
from milepost.rules.streaks.streaks import StreakState

TOPICS_SHOWN = 20
DAYS_OF_RECENT_AVERAGE = 7

_OVERVIEW = f"""
SELECT {", ".join(f"coalesce(l.{name}, 0) AS {name}" for name in SUMS)},
    l.run, l.longest, l.last_met_day, l.freezes, l.progress, coalesce(l.outage_seen, 0) AS outage_seen,
    coalesce(t.exercises, 0) AS exercises_today, coalesce(t.streak_activities, 0) > 0 AS met_today,
    r.graded AS recent_graded, r.grade_milli AS recent_grade_milli, s.topics_json
FROM (SELECT $1::uuid AS learner_id) k
LEFT JOIN learners l USING (learner_id)
LEFT JOIN activity_days t ON t.learner_id = k.learner_id AND t.local_day = $2
CROSS JOIN LATERAL (
    SELECT coalesce(sum(graded), 0)::bigint AS graded, coalesce(sum(grade_milli), 0)::bigint AS grade_milli
    FROM (
        SELECT graded, grade_milli FROM activity_days
        WHERE learner_id = $1 AND graded > 0 AND local_day <= $2 ORDER BY local_day DESC LIMIT {DAYS_OF_RECENT_AVERAGE}
    ) graded_days
) r
CROSS JOIN LATERAL (
    SELECT json_agg(
        json_build_array(topic, level, exercises, graded, grade_milli) ORDER BY last_day DESC, topic
    )::text AS topics_json
    FROM (
        SELECT topic, level, exercises, graded, grade_milli, last_day FROM skill_levels
        WHERE learner_id = $1 ORDER BY last_day DESC, topic LIMIT {TOPICS_SHOWN}
    ) recent
) s
"""


@dataclass(frozen=True, slots=True)
class TopicOverview:
    """A topic's level, its exercises, how many of them have a grade, and the sum of the grades in thousandths."""

    topic: str
    level: str
    exercises: int
    graded: int
    grade_milli: int


@dataclass(frozen=True, slots=True)
class Overview:
    """A learner's totals; grades as counts and sums in thousandths. All zero for an unknown learner."""

    exercises: int
    exercises_today: int
    met_today: bool
    seconds: int
    points: int
    hints: int
    graded: int
    grade_milli: int
    recent_graded: int
    recent_grade_milli: int
    streak: StreakState
    outage_seen: int
    topics: Sequence[TopicOverview]


async def overview(connection: Reading, learner_id: UUID, today: date) -> Overview:
    """The overview on the learner's date `today`. One statement."""
    row = await connection.fetchrow(_OVERVIEW, learner_id, today)
    topics = orjson.loads(row["topics_json"] or b"[]")
    return Overview(
        exercises=row["exercises"],
        exercises_today=row["exercises_today"],
        met_today=row["met_today"],
        seconds=row["seconds"],
        points=row["points"],
        hints=row["hints"],
        graded=row["graded"],
        grade_milli=row["grade_milli"],
        recent_graded=row["recent_graded"],
        recent_grade_milli=row["recent_grade_milli"],
        streak=streak_from_row(row),
        outage_seen=row["outage_seen"],
        topics=[TopicOverview(*topic) for topic in topics],
    )
