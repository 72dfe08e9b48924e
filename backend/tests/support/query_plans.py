"""What a statement reads, as PostgreSQL plans and runs it, and which statements a read sends."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

import asyncpg
import orjson

from milepost.queries.exports.contents import learner_tables

OF_LEARNERS = frozenset(learner_tables())
"""Tables that grow with use."""

Sent = tuple[str, Sequence[object]]


@asynccontextmanager
async def statements(connection: asyncpg.Connection) -> AsyncIterator[list[Sent]]:
    """Every statement sent over this connection meanwhile, with its arguments."""
    sent: list[Sent] = []

    def note(query: Any) -> None:
        sent.append((query.query, query.args))

    with connection.query_logger(note):
        yield sent


async def statements_of_pool(pool: "asyncpg.Pool[asyncpg.Record]") -> list[Sent]:
    """Every statement sent over the connections of this pool from now on, with its arguments."""
    sent: list[Sent] = []

    def note(query: Any) -> None:
        sent.append((query.query, query.args))

    async with AsyncExitStack() as held:
        # All there can be, at once: whoever asks later gets one of these.
        for _ in range(pool.get_max_size()):
            (await held.enter_async_context(pool.acquire())).add_query_logger(note)
    return sent


async def all_of(sent: list[Sent]) -> list[Sent]:
    """What was sent so far, but for the frame of a transaction; the driver logs a statement in the loop's next turn."""
    await asyncio.sleep(0)
    return [statement for statement in sent if not is_frame(statement)]


def is_frame(statement: Sent) -> bool:
    """Whether it only begins or ends a transaction."""
    return statement[0].startswith(("BEGIN", "COMMIT", "ROLLBACK"))


async def sequential_scans(connection: asyncpg.Connection, sent: Sent) -> list[str]:
    """The tables of learners a statement would scan. With scans forbidden one is left only where no index serves."""
    async with connection.transaction():
        await connection.execute("SET LOCAL enable_seqscan = off")
        plan = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {sent[0]}", *sent[1])
    return [table for table in _scanned(orjson.loads(plan)) if table in OF_LEARNERS]


async def rows_read(connection: asyncpg.Connection, sent: Sent, table: str) -> int:
    """How many rows of a table a statement looks at when it runs, those a filter leaves out among them."""
    plan = await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {sent[0]}", *sent[1])
    return _read(orjson.loads(plan), table)


def _read(node: object, table: str) -> int:
    if isinstance(node, list):
        return sum(_read(one, table) for one in node)
    if not isinstance(node, dict):
        return 0
    own = 0
    if node.get("Relation Name") == table:
        own = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
    return round(own) + sum(_read(value, table) for value in node.values())


def _scanned(node: object) -> list[str]:
    """Wherever a sequential scan stands in a plan."""
    if isinstance(node, list):
        return [table for one in node for table in _scanned(one)]
    if not isinstance(node, dict):
        return []
    own = [str(node["Relation Name"])] if node.get("Node Type") == "Seq Scan" else []
    return own + [table for value in node.values() for table in _scanned(value)]
