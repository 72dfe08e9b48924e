"""The facts behind insights: sums of active days, the newest activities by local hour, points by type, graded topics.

Hours come from the newest rows of the log: only one insight would use stored sums by hour.
"""

from uuid import UUID

import orjson

from milepost.db.connection import Reading
from milepost.db.log.contributions import ACTIVE_DAY
from milepost.queries.insight.running_totals import WINDOW, amounts_by_name, totals_column
from milepost.rules.activities import STREAK
from milepost.rules.days.periods import Days
from milepost.rules.insight.engagement import Effort
from milepost.rules.insight.insights import TREND_DAYS, ActiveDays, HoursOfDays, Practice
from milepost.rules.insight.topic_strengths import MIN_GRADED, Area

MAX_NEWEST_ACTIVITIES = 200
"""Activities read from the log: enough to find an hour that many days have in common."""
MAX_TOPICS = 1_000


def _effort(name: str, when: str, amount: str = "{}") -> str:
    """SQL of an effort as an array of its fields; `amount` is what is summed of each."""
    sums = (f"coalesce(sum({amount.format(part)}) FILTER (WHERE {when}), 0)" for part in Effort._fields)
    return f"ARRAY[{', '.join(sums)}]::bigint[] AS {name}"


_LATELY = f"ago < {TREND_DAYS}"
_BEFORE = f"ago BETWEEN {TREND_DAYS} AND {2 * TREND_DAYS - 1}"
_SQUARE = "{0}::bigint * {0}"


# The stored offset decides the local hour, not the learner's current zone. Only the outer query checks the first day:
# with it inside, PostgreSQL would sort a span of unknown length. 5 January 1970 was a Monday.
_PRACTICE = f"""
{WINDOW} SELECT {totals_column("object_type")}, hours.*, (
    SELECT json_agg(json_build_array(topic, graded, grade_milli))::text FROM (
        SELECT topic, graded, grade_milli FROM skill_levels WHERE learner_id = $1 AND graded >= {MIN_GRADED}
        ORDER BY topic LIMIT {MAX_TOPICS}
    ) graded_topics
) AS topics, by_day.* FROM (
    SELECT count(*)::int AS active_days, coalesce($3 - min(first_day), 0) AS days_since_first,
        ARRAY[{", ".join(f"count(*) FILTER (WHERE weekday = {day})" for day in range(7))}]::int[] AS on_weekdays,
        count(*) FILTER (WHERE {_LATELY})::int AS lately,
        {_effort("effort_lately", _LATELY)}, {_effort("squares_lately", _LATELY, _SQUARE)},
        {_effort("effort_before", _BEFORE)}, {_effort("squares_before", _BEFORE, _SQUARE)}
    FROM (
        SELECT activities, seconds, $3 - local_day AS ago, (local_day - date '1970-01-05') % 7 AS weekday,
            (SELECT min(local_day) FROM activity_days WHERE learner_id = $1 AND {ACTIVE_DAY}) AS first_day
        FROM activity_days WHERE learner_id = $1 AND local_day BETWEEN $2 AND $3 AND {ACTIVE_DAY}
    ) days
) by_day CROSS JOIN (
    SELECT array_agg(hour) AS hours, array_agg(n) AS counts, coalesce(max(days), 0) AS days_with_hours FROM (
        SELECT date_part('hour', occurred_at AT TIME ZONE make_interval(mins => utc_offset_minutes))::int AS hour,
            count(DISTINCT local_day)::int AS n, max(days)::int AS days
        FROM (
            SELECT *, max(place) OVER () AS days FROM (
                SELECT *, dense_rank() OVER (ORDER BY local_day) AS place FROM (
                    SELECT occurred_at, utc_offset_minutes, local_day FROM activities
                    WHERE learner_id = $1 AND local_day <= $3 AND voided_at IS NULL AND counts & {STREAK} <> 0
                    ORDER BY local_day DESC, occurred_at DESC LIMIT {MAX_NEWEST_ACTIVITIES}
                ) newest WHERE local_day >= $2
            ) placed
        ) recent GROUP BY 1
    ) by_hour
) hours
"""


async def practice_facts(connection: Reading, learner_id: UUID, days: Days) -> Practice:
    """The practice of `days`. One statement."""
    row = await connection.fetchrow(_PRACTICE, learner_id, days.first, days.last)
    return Practice(
        days=ActiveDays(
            row["active_days"],
            row["on_weekdays"],
            row["lately"],
            Effort(*row["effort_lately"]),
            Effort(*row["effort_before"]),
            Effort(*row["squares_lately"]),
            Effort(*row["squares_before"]),
            row["days_since_first"],
        ),
        hours=HoursOfDays(dict(zip(row["hours"] or (), row["counts"] or (), strict=True)), row["days_with_hours"]),
        points=[(name, amounts.points) for name, amounts in amounts_by_name(row["by_type"]).items()],
        topics=[Area(*topic) for topic in orjson.loads(row["topics"] or b"[]")],
    )
