"""Comparator: reading the rows that a job over all learners reads, nothing else. Frozen: it divides other figures.

The server sums without sending rows, and may use as many processors as it likes.
"""

from time import perf_counter
from typing import Any

import asyncpg

_SCAN = """
SELECT count(DISTINCT l.learner_id), sum(d.activities), sum(d.exercises), sum(d.points), sum(d.seconds)
FROM learners l JOIN activity_days d USING (learner_id)
"""


async def seconds(connection: "asyncpg.Connection[Any]", learners: int) -> float:
    """The time it takes to read every learner's row and days.

    Raises:
        RuntimeError: there are not exactly this many learners.
    """
    started = perf_counter()
    scanned = await connection.fetchval(_SCAN)
    took = perf_counter() - started
    if scanned != learners:
        raise RuntimeError(f"{scanned} learners, not {learners}")
    return took
