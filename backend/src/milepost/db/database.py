"""The one way to read and the one way to write.

`read` hands out a connection for one statement, `snapshot` one for an answer of several, `write` a transaction.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import asyncpg

from milepost.db.connection import Reading, Writing
from milepost.db.failures import unavailable_when_unreachable
from milepost.db.pools import Pools, open_pools
from milepost.settings import Settings


class Database:
    """The database as the service sees it. One for each process."""

    def __init__(self, pools: Pools, settings: Settings) -> None:
        self.pools = pools
        self._patience_seconds = settings.database_acquire_timeout_seconds

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Reading]:
        """A read-only connection outside a transaction: each statement sees everything committed before it.

        For an answer of one statement; for more, `snapshot`.

        Raises:
            Unavailable: the database is out of reach, full or too slow.
        """
        async with self._connection(self.pools.read) as connection:
            yield connection

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Reading]:
        """A read-only transaction: all its statements see the database as of the first.

        Raises:
            Unavailable: the database is out of reach, full or too slow.
        """
        async with (
            self._connection(self.pools.read) as connection,
            connection.transaction(isolation="repeatable_read", readonly=True),
        ):
            yield connection

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Writing]:
        """One transaction: committed when the block ends, rolled back when it raises.

        Raises:
            Unavailable: the database is out of reach, full or too slow.
        """
        async with self._connection(self.pools.write) as connection, connection.transaction():
            yield connection

    @asynccontextmanager
    async def intake(self) -> AsyncIterator[Writing]:
        """A connection of the intake queue, which begins and ends its transactions itself.

        Raises:
            Unavailable: the database is out of reach, full or too slow.
        """
        async with self._connection(self.pools.intake) as connection:
            yield connection

    async def close(self) -> None:
        """Close every connection, each once its holder has released it."""
        await self.pools.close()

    @asynccontextmanager
    async def _connection(self, pool: "asyncpg.Pool[asyncpg.Record]") -> AsyncIterator[asyncpg.Connection]:
        with unavailable_when_unreachable():
            async with pool.acquire(timeout=self._patience_seconds) as connection:
                yield connection


@asynccontextmanager
async def open_database(settings: Settings) -> AsyncIterator[Database]:
    """A database for the length of a block.

    Raises:
        Unavailable: the database is out of reach.
    """
    database = await connect(settings)
    try:
        yield database
    finally:
        await database.close()


async def connect(settings: Settings) -> Database:
    """The database of these settings, to be closed by the caller.

    Raises:
        Unavailable: the database is out of reach.
    """
    with unavailable_when_unreachable():
        return Database(await open_pools(settings), settings)
