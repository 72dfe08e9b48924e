"""Comparator: how fast PostgreSQL sends the same rows. Frozen: other figures are divided by its figures.

`COPY … TO STDOUT` as CSV through asyncpg: the stored columns of the export, unsorted; the bytes are discarded.
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
    """The time it takes to receive all activities of a learner.

    Raises:
        RuntimeError: no byte was received.
    """
    received = 0

    async def count(chunk: bytes) -> None:
        nonlocal received
        received += len(chunk)

    query = f"SELECT {_COLUMNS} FROM activities WHERE learner_id = '{learner_id}'"
    started = perf_counter()
    await connection.copy_from_query(query, output=count, format="csv", header=True)
    took = perf_counter() - started
    if not received:
        raise RuntimeError("no byte was received")
    return took
