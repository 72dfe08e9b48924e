"""R23: every migration, up, down and up again, with rows in every table and a writer that knows only the old schema.

The test walks the whole chain, so new migrations are tested without a change here.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import asyncpg
from alembic.script import ScriptDirectory

from faults.upgrades.table_rows import Table, fill, tables
from milepost.db.migrations import alembic_config, downgrade, upgrade
from support.database_schema import differences, schema
from support.figures import Figure

Step = Callable[[str, str], None]

ROWS_BEFORE = 40
ROUNDS_BETWEEN = 3
"""How often the writer must go through all its tables between two steps."""


def chain() -> list[str]:
    """Every revision, oldest first."""
    return [script.revision for script in ScriptDirectory.from_config(alembic_config()).walk_revisions()][::-1]


@dataclass
class Writer:
    """Inserts row after row into the tables as they were at its start; any error ends it."""

    connection: asyncpg.Connection
    into: list[Table]
    number: int = 1_000_000
    written: Counter[str] = field(default_factory=Counter)
    round_done: asyncio.Event = field(default_factory=asyncio.Event)

    async def write(self) -> None:
        """Insert rows until cancelled."""
        try:
            while True:
                self.number += 1
                for table in self.into:
                    tag = await self.connection.execute(table.insert, *table.row(self.number))
                    self.written[table.name] += int(tag.rpartition(" ")[2])
                self.round_done.set()
        finally:
            self.round_done.set()

    async def write_on(self, task: "asyncio.Task[None]") -> None:
        """Wait until the writer has gone through all tables a few more times; `task` runs `write`."""
        for _ in range(ROUNDS_BETWEEN + 1):
            self.round_done.clear()
            await self.round_done.wait()
            if task.done():
                task.result()


@contextlib.asynccontextmanager
async def writing(url: str) -> AsyncIterator[tuple[Writer, Callable[[Step, str], Awaitable[None]]]]:
    """A running writer, and a function that runs a migration meanwhile; fails if the writer met an error.

    A migration runs in its own thread; then the writer continues for some rounds on the new schema.
    """
    connection = await asyncpg.connect(url, command_timeout=20, statement_cache_size=0)
    writer = Writer(connection, await tables(connection))
    task = asyncio.create_task(writer.write())

    async def migrate(step: Step, revision: str) -> None:
        await asyncio.to_thread(step, url, revision)
        await writer.write_on(task)

    try:
        yield writer, migrate
    finally:
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        await connection.close()


async def counts(url: str) -> Counter[str]:
    """The number of rows in each table."""
    connection = await asyncpg.connect(url)
    try:
        return Counter(
            {
                table.name: await connection.fetchval(f"SELECT count(*) FROM {table.name}")
                for table in await tables(connection)
            }
        )
    finally:
        await connection.close()


async def fill_all(url: str, first: int) -> None:
    """Insert some rows into every table."""
    connection = await asyncpg.connect(url)
    try:
        await fill(connection, await tables(connection), first, first + ROWS_BEFORE - 1)
    finally:
        await connection.close()


async def test_R23_every_migration_goes_up_down_and_up_on_data_while_a_writer_runs(
    empty_url: str, figure: Figure
) -> None:
    before, *later = chain()
    await asyncio.to_thread(upgrade, empty_url, before)
    for place, revision in enumerate(later):
        await fill_all(empty_url, 1 + 2 * place * ROWS_BEFORE)
        old, rows_before = schema(empty_url), await counts(empty_url)
        async with writing(empty_url) as (writer, migrate):
            await migrate(upgrade, revision)
            new = schema(empty_url)
            await fill_all(empty_url, 1 + (2 * place + 1) * ROWS_BEFORE)
            await migrate(downgrade, before)
            assert schema(empty_url) == old, f"down from {revision}"
            await migrate(upgrade, revision)
            assert schema(empty_url) == new, f"up to {revision} again"
        rows_after = await counts(empty_url)
        for table in rows_before:
            assert rows_after[table] >= rows_before[table] + writer.written[table], f"{revision} lost rows of {table}"
        before = revision
    await fill_all(empty_url, 500_000)
    assert differences(empty_url) == []
    assert [table for table, rows in (await counts(empty_url)).items() if not rows] == []
    figure(f"{len(later)} migrations")
