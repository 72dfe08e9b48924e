"""The statements a read sends, and what each reads, as PostgreSQL plans and runs it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Protocol

import asyncpg
import orjson

from milepost.db.tables.exported_columns import learner_tables

LEARNER_TABLES = frozenset(learner_tables())
"""Tables of learners, which grow with use."""

Statement = tuple[str, Sequence[object]]


class LoggedQuery(Protocol):
    """What the driver gives to those who log its queries."""

    query: str
    args: Sequence[object]


@asynccontextmanager
async def statements(connection: asyncpg.Connection) -> AsyncIterator[list[Statement]]:
    """Collect every statement sent over this connection inside the block, with its arguments."""
    sent: list[Statement] = []

    def note(query: LoggedQuery) -> None:
        sent.append((query.query, query.args))

    with connection.query_logger(note):
        yield sent


async def statements_of_pool(pool: "asyncpg.Pool[asyncpg.Record]") -> list[Statement]:
    """A list that collects every statement this pool's connections send from now on, with its arguments."""
    sent: list[Statement] = []

    def note(query: LoggedQuery) -> None:
        sent.append((query.query, query.args))

    async with AsyncExitStack() as stack:
        # Acquire every connection at once: later callers get one of these.
        for _ in range(pool.get_max_size()):
            (await stack.enter_async_context(pool.acquire())).add_query_logger(note)
    return sent


async def sent_statements(sent: list[Statement]) -> list[Statement]:
    """The statements sent so far, without transaction commands."""
    await asyncio.sleep(0)  # the driver logs a statement in the loop's next turn
    return [statement for statement in sent if not is_transaction_command(statement)]


def is_transaction_command(statement: Statement) -> bool:
    """Whether the statement only begins or ends a transaction."""
    return statement[0].startswith(("BEGIN", "COMMIT", "ROLLBACK"))


async def sequential_scans(connection: asyncpg.Connection, statement: Statement) -> list[str]:
    """The tables of learners a statement must scan. With scans disabled, one remains only where no index serves."""
    async with connection.transaction():
        await connection.execute("SET LOCAL enable_seqscan = off")
        plan = await connection.fetchval(f"EXPLAIN (FORMAT JSON) {statement[0]}", *statement[1])
    return [table for table in _scanned(orjson.loads(plan)) if table in LEARNER_TABLES]


async def rows_read(connection: asyncpg.Connection, statement: Statement, table: str) -> int:
    """The number of rows of a table a statement reads when it runs, including those a filter drops."""
    plan = await connection.fetchval(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement[0]}", *statement[1])
    return _read(orjson.loads(plan), table)


def _read(node: object, table: str) -> int:
    if isinstance(node, list):
        return sum(_read(item, table) for item in node)
    if not isinstance(node, dict):
        return 0
    own = 0
    if node.get("Relation Name") == table:
        own = (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
    return round(own) + sum(_read(value, table) for value in node.values())


def _scanned(node: object) -> list[str]:
    """The table of every sequential scan in a plan."""
    if isinstance(node, list):
        return [table for item in node for table in _scanned(item)]
    if not isinstance(node, dict):
        return []
    own = [str(node["Relation Name"])] if node.get("Node Type") == "Seq Scan" else []
    return own + [table for value in node.values() for table in _scanned(value)]
