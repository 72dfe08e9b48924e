"""The one way to read and the one way to write.

`read` gives a connection for one statement, `snapshot` for an answer of several statements, `write` for a transaction.
`unit` makes one transaction of every `write` inside it.
"""

from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from milepost.db.changes import noted_changes
from milepost.db.connection import Reading, Writing
from milepost.db.failures import unavailable_when_unreachable
from milepost.db.pools import Pools, open_pools
from milepost.db.storage import Storage
from milepost.settings import Settings


@dataclass(slots=True)
class _Unit:
    """A running unit. Tasks that outlive it inherit the context variable, but find no connection in it."""

    connection: Writing | None


_UNIT: ContextVar[_Unit | None] = ContextVar("milepost_unit", default=None)


class Database:
    """The database as the service sees it. One for each process."""

    def __init__(self, pools: Pools, settings: Settings) -> None:
        self.pools = pools
        self._acquire_timeout_seconds = settings.database_acquire_timeout_seconds
        self.storage = Storage(pools.write, settings.database_acquire_timeout_seconds)
        self.on_commit: Callable[[Collection[UUID]], None] | None = None
        """Called after each commit of `write` with the learners it may have changed. It must not raise."""

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Reading]:
        """A read-only connection outside a transaction: each statement sees everything committed before it.

        For an answer of one statement. Use `snapshot` for more.

        Raises:
            DatabaseUnavailable: See `FaultKind`.
        """
        async with self._connection(self.pools.read, reads_only=True) as connection:
            yield connection

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Reading]:
        """A read-only transaction: all its statements see the database as of the first.

        Raises:
            DatabaseUnavailable: See `FaultKind`.
        """
        async with (
            self._connection(self.pools.read, reads_only=True) as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Writing]:
        """One transaction: committed at the end of the block, rolled back if the block raises.

        Inside a `unit`, the block is part of the unit's transaction.

        Raises:
            DatabaseUnavailable: See `FaultKind`.
        """
        unit = _UNIT.get()
        if unit is not None and unit.connection is not None:
            yield unit.connection
            return
        with noted_changes() as changed:
            async with self._connection(self.pools.write) as connection, connection.transaction():
                yield connection
        if changed and self.on_commit is not None:
            self.on_commit(changed)

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[Writing]:
        """One transaction that every `write` inside the block joins: all are committed together or none.

        For decisions that belong in the transaction of a `write` opened by other code.

        Raises:
            DatabaseUnavailable: See `FaultKind`.
        """
        async with self.write() as connection:
            unit = _Unit(connection)
            token = _UNIT.set(unit)
            try:
                yield connection
            finally:
                unit.connection = None
                _UNIT.reset(token)

    @asynccontextmanager
    async def intake(self, *, waits: bool = False) -> AsyncIterator[Writing]:
        """A connection for the intake queue, which begins and ends its own transactions.

        A lock that is not granted in a moment is a `LockNotAvailableError` of the driver. `waits`: it may take seconds.

        Raises:
            DatabaseUnavailable: See `FaultKind`.
        """
        async with self._connection(self.pools.intake_waiting if waits else self.pools.intake) as connection:
            yield connection

    async def close(self) -> None:
        """Close every connection as soon as it is released."""
        await self.storage.close()
        await self.pools.close()

    @asynccontextmanager
    async def _connection(
        self, pool: "asyncpg.Pool[asyncpg.Record]", *, reads_only: bool = False
    ) -> AsyncIterator[asyncpg.Connection]:
        with unavailable_when_unreachable(self.storage.note, reads_only=reads_only):
            async with pool.acquire(timeout=self._acquire_timeout_seconds) as connection:
                try:
                    yield connection
                except asyncpg.InternalClientError:
                    connection.terminate()  # the driver no longer knows the state of the connection
                    raise


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[Database]:
    """Open a database for a block.

    Raises:
        DatabaseUnavailable: The database is unreachable.
    """
    database = await connect(settings)
    try:
        yield database
    finally:
        await database.close()


async def connect(settings: Settings) -> Database:
    """Open the database of these settings. The caller closes it.

    Raises:
        DatabaseUnavailable: The database is unreachable.
    """
    with unavailable_when_unreachable():
        return Database(await open_pools(settings), settings)
