"""What insights rest on: the last days by day, by local hour and by points, and graded topics.

Hours come from the newest rows of the log: sums by hour would be kept for this one sentence.
"""

from uuid import UUID

import asyncpg
import orjson

from milepost.queries.running_totals import WINDOW, amounts_by_name, named
from milepost.rules.areas import LEAST_GRADED, Area
from milepost.rules.engagement import Effort
from milepost.rules.insights import Practice
from milepost.rules.periods import Days

NEWEST = 100
"""Activities of the log: enough to say at which hour most is done."""
MOST_TOPICS = 1_000

# The stored offset, and not a zone of today, says which hour it was for the learner.
_PRACTICE = f"""
{WINDOW} SELECT {named("object_type")}, days, activities, seconds, (
    SELECT json_object_agg(hour, n)::text FROM (
        SELECT date_part('hour', occurred_at AT TIME ZONE make_interval(mins => utc_offset_minutes)) AS hour,
            count(*) AS n
        FROM (
            SELECT occurred_at, utc_offset_minutes FROM activities
            WHERE learner_id = $1 AND local_day BETWEEN $2 AND $3 AND voided_at IS NULL
            ORDER BY local_day DESC, occurred_at DESC LIMIT {NEWEST}
        ) newest GROUP BY 1
    ) hours
), (
    SELECT json_agg(json_build_array(topic, graded, grade_milli))::text FROM (
        SELECT topic, graded, grade_milli FROM skill_levels WHERE learner_id = $1 AND graded >= {LEAST_GRADED}
        ORDER BY topic LIMIT {MOST_TOPICS}
    ) topics
)
FROM (
    SELECT array_agg(local_day) AS days, array_agg(activities) AS activities, array_agg(seconds) AS seconds
    FROM activity_days WHERE learner_id = $1 AND local_day BETWEEN $2 AND $3
) by_day
"""


async def practice(connection: asyncpg.Connection, learner_id: UUID, days: Days) -> Practice:
    """What was practised on `days`. One statement."""
    row = await connection.fetchrow(_PRACTICE, learner_id, days.first, days.last)
    *types, dates, activities, seconds, hours, topics = row
    return Practice(
        days=dict(zip(dates or (), map(Effort, activities or (), seconds or ()), strict=True)),
        hours={int(hour): count for hour, count in orjson.loads(hours or b"{}").items()},
        points=[(name, amounts.points) for name, amounts in amounts_by_name(*types).items()],
        topics=[Area(*topic) for topic in orjson.loads(topics or b"[]")],
    )
