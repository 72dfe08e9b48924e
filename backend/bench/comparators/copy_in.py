"""Comparator: how fast PostgreSQL itself can store rows. Frozen: other figures are divided by its figures.

Reads back the rows the service has stored and writes them with COPY, through asyncpg, into a table with the same
columns and indexes: the same batches, each its own durable transaction, over the same number of connections.
"""

import asyncio
from collections.abc import Sequence
from time import perf_counter
from typing import Any
from uuid import UUID

import asyncpg
import uvloop

from bench.fixtures.workload import BATCH


async def _rows(connection: "asyncpg.Connection[Any]", learners: Sequence[str]) -> list[tuple[object, ...]]:
    stored = await connection.fetch(
        "SELECT * FROM activities WHERE learner_id = ANY($1) ORDER BY local_day, learner_id, sender, id",
        [UUID(learner) for learner in learners],
    )
    return [tuple(row) for row in stored]


async def _copy(database_url: str, learners: Sequence[str], connections: int) -> float:
    opened = [await asyncpg.connect(database_url) for _ in range(connections)]
    try:
        await opened[0].execute("CREATE TABLE IF NOT EXISTS copied (LIKE activities INCLUDING ALL)")
        columns = [row["attname"] for row in await opened[0].fetch(_COLUMNS)]
        rows = await _rows(opened[0], learners)
        batches = iter([rows[start : start + BATCH] for start in range(0, len(rows), BATCH)])

        async def write(connection: "asyncpg.Connection[Any]") -> None:
            for batch in batches:
                await connection.copy_records_to_table("copied", records=batch, columns=columns)

        started = perf_counter()
        async with asyncio.TaskGroup() as writers:
            for connection in opened:
                writers.create_task(write(connection))
        return len(rows) / (perf_counter() - started)
    finally:
        for connection in opened:
            await connection.close()


_COLUMNS = """
SELECT attname FROM pg_attribute
WHERE attrelid = 'activities'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum
"""


def rate(database_url: str, learners: Sequence[str], connections: int) -> float:
    """Rows per second for copying the stored activities of `learners` into the twin table. Not callable in a loop."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(_copy(database_url, learners, connections))
