"""Comparator: what PostgreSQL sends of the same rows. Frozen: its figures are what others are divided by.

`COPY … TO STDOUT` as CSV through asyncpg: the columns of the export as they are stored, unsorted, thrown away.
"""

from time import perf_counter
from typing import Any
from uuid import UUID

import asyncpg

_COLUMNS = """
local_day, occurred_at, verb, object_type, object_id, topic, path, difficulty, value_milli, duration_seconds,
hints_used, points, session_id, not_counted, sender, id
"""


async def seconds(connection: "asyncpg.Connection[Any]", learner_id: UUID) -> float:
    """How long all activities of a learner take."""
    received = 0

    async def take(chunk: bytes) -> None:
        nonlocal received
        received += len(chunk)

    query = f"SELECT {_COLUMNS} FROM activities WHERE learner_id = '{learner_id}'"
    started = perf_counter()
    await connection.copy_from_query(query, output=take, format="csv", header=True)
    took = perf_counter() - started
    if not received:
        raise RuntimeError("nothing came")
    return took
