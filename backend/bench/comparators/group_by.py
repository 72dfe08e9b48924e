"""Comparator: what a day of the log adds up to, by learner, and nothing else. Frozen: others are divided by it.

The server groups and keeps the result to itself; it may use as many processors as it likes.
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
    """How long the bare `GROUP BY learner` of `day` takes; it must find so many learners."""
    started = perf_counter()
    found = await connection.fetchval(_GROUP, day)
    took = perf_counter() - started
    if found != learners:
        raise RuntimeError(f"{found} learners in the log of {day}, not {learners}")
    return took
