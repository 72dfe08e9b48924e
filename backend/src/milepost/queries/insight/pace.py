"""Daily amounts in a window of days, the basis of predictions: of what one condition counts, and of graded exercises by
topic. Reads sums only.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from milepost.db.connection import Reading, Record
from milepost.rules.achievements.definitions import Condition
from milepost.rules.achievements.metrics import METRICS
from milepost.rules.days.periods import Days

_TOPICS = """
SELECT topic, NULL::date AS began_on, array_agg(local_day) AS days, array_agg(amount) AS amounts FROM (
    SELECT topic, local_day, sum(graded)::bigint AS amount FROM activity_cells
    WHERE learner_id = $1 AND local_day >= $2 AND topic = ANY($3::text[]) AND graded > 0
    GROUP BY topic, local_day
) summed GROUP BY topic
"""
_PACED = {metric.name: metric.pace_column for metric in METRICS if metric.pace_column is not None}
_BEGAN_ON = "(SELECT min(local_day) FROM activity_days WHERE learner_id = $1)"
_COUNTED = {
    metric: f"""
    {_TOPICS} UNION ALL
    SELECT NULL, {_BEGAN_ON}, array_agg(local_day), array_agg({sum_name}::bigint) FROM activity_days
    WHERE learner_id = $1 AND local_day BETWEEN $2 AND $4 AND {sum_name} > 0
    """
    for metric, sum_name in _PACED.items()
}
_FILTERED = {
    metric: f"""
    {_TOPICS} UNION ALL
    SELECT NULL, {_BEGAN_ON}, array_agg(local_day), array_agg(amount) FROM (
        SELECT local_day, sum({sum_name})::bigint AS amount FROM activity_cells
        WHERE learner_id = $1 AND local_day BETWEEN $2 AND $4 AND ($5::text IS NULL OR object_type = $5)
            AND ($6::text IS NULL OR verb = $6) AND ($7::text IS NULL OR topic = $7)
        GROUP BY local_day
    ) summed
    """
    for metric, sum_name in _PACED.items()
}


@dataclass(frozen=True, slots=True)
class Pace:
    """Amounts by day. `counted`: what a condition counts, in the unit of its metric; None if that does not grow by day.
    `topics`: graded exercises. `began_on`: the learner's first day; None unless a condition counts.
    """

    began_on: date | None
    counted: Mapping[date, int] | None
    topics: Mapping[str, Mapping[date, int]]


async def pace(
    connection: Reading,
    learner_id: UUID,
    window: Days,
    today: date,
    condition: Condition | None,
    topics: Sequence[str],
) -> Pace:
    """The amounts that `condition` counts from the first day of `window` to `today`, and the graded exercises in
    `topics`.

    One statement; none without a condition and topics.
    """
    began_on, counted = None, None
    by_topic: dict[str, Mapping[date, int]] = {}
    for topic, began, days, amounts in await _amounts(connection, learner_id, window, today, condition, topics):
        by_day = dict(zip(days or (), amounts or (), strict=True))
        if topic is not None:
            by_topic[topic] = by_day
        elif condition is not None:
            began_on = began
            counted = {day: condition.declared.of_day(amount) for day, amount in by_day.items()}
    return Pace(began_on, counted, by_topic)


async def _amounts(
    connection: Reading,
    learner_id: UUID,
    window: Days,
    today: date,
    condition: Condition | None,
    topics: Sequence[str],
) -> Sequence[Record]:
    """Rows (topic, began_on, days, amounts); the row without a topic belongs to the condition."""
    arguments = (learner_id, window.first, topics)
    if condition is None or condition.metric not in _PACED:
        rows: Sequence[Record] = await connection.fetch(_TOPICS, *arguments) if topics else ()
    elif condition.where is None:
        rows = await connection.fetch(_COUNTED[condition.metric], *arguments, today)
    else:
        where = condition.where
        filters = (where.object_type, where.verb, where.topic)
        rows = await connection.fetch(_FILTERED[condition.metric], *arguments, today, *filters)
    return rows
