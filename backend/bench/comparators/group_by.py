"""Comparator: summing one day of the log by learner, nothing else. Frozen: other figures are divided by its figures.

The server groups without sending the groups, and may use as many processors as it likes.
"""

from time import perf_counter
from typing import Any

import asyncpg

_GROUP = """
SELECT count(*), sum(activities), sum(seconds), sum(points), sum(grade_milli), sum(graded), sum(hints) FROM (
    SELECT learner_id, count(*) AS activities, sum(duration_seconds) AS seconds, sum(points) AS points,
        sum(value_milli) AS grade_milli, count(value_milli) AS graded, sum(hints_used) AS hints
    FROM activities WHERE local_day = $1 GROUP BY learner_id
) by_learner
"""


async def seconds(connection: "asyncpg.Connection[Any]", day: object, learners: int) -> float:
    """The time a bare `GROUP BY learner` of `day` takes.

    Raises:
        RuntimeError: the log of the day does not have exactly this many learners.
    """
    started = perf_counter()
    grouped = await connection.fetchval(_GROUP, day)
    took = perf_counter() - started
    if grouped != learners:
        raise RuntimeError(f"{grouped} learners in the log of {day}, not {learners}")
    return took
