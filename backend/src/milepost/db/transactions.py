"""Connections and transactions: how they are opened, bounded in time, and what their failures are called.

A reader asks `reading`, a writer opens one `unit_of_work`; the hot paths take prepared asyncpg connections from a pool
of their own on the same database.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass

import asyncpg
import orjson
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from milepost.db.migrations import sqlalchemy_url
from milepost.errors import Unavailable
from milepost.settings import Settings

# A plan for each parameter list would be made anew for every batch, and compiling such short statements costs more than
# running them: 64 rows take 0.9 ms instead of 8.5.
# Everything here is found by key: a sequential scan would only ever be chosen from wrong guesses about arrays.
_HOT_SETTINGS = {"plan_cache_mode": "force_generic_plan", "jit": "off", "enable_seqscan": "off", "timezone": "UTC"}

_UNREACHABLE = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.QueryCanceledError,
    OSError,
    TimeoutError,
    PoolTimeout,
    InterfaceError,
    OperationalError,
)


class _Impatient(asyncpg.Connection):  # type: ignore[misc] # asyncpg says nothing of its types
    """A connection that is cut when its statement is given up, by a timeout or because nobody waits any more.

    The driver would ask the server to cancel, over a second connection, and wait for that: a server that has stopped
    answering would hold the caller and the place in the pool. What was in a transaction is rolled back by the server,
    which ends a statement nobody waits for by its own timeout.
    """

    def _cancel_current_command(
        self, waiter: "asyncio.Future[None]", cancel_waiter: "asyncio.Future[None] | None" = None
    ) -> None:
        self.terminate()
        if not waiter.done():
            waiter.set_result(None)


@dataclass(frozen=True, slots=True)
class UnitOfWork:
    """One transaction, seen through SQLAlchemy (`sql`) and as the asyncpg connection underneath (`raw`)."""

    sql: AsyncConnection
    raw: asyncpg.Connection


def open_engine(settings: Settings) -> AsyncEngine:
    """The SQLAlchemy engine for ordinary reads and writes. Connects lazily."""
    return create_async_engine(
        sqlalchemy_url(settings.database_url),
        pool_size=settings.database_connections,
        max_overflow=0,
        # PostgreSQL writes 1e22 out in full; read as Python would it became an integer that no answer can carry.
        json_deserializer=orjson.loads,
        pool_timeout=settings.database_acquire_timeout_seconds,
        connect_args={
            "command_timeout": settings.database_statement_timeout_seconds,
            "timeout": settings.database_acquire_timeout_seconds,
            "connection_class": _Impatient,
            "server_settings": {"jit": "off", "timezone": "UTC", **_server_timeout(settings)},
        },
    )


async def open_hot_pool(settings: Settings) -> "asyncpg.Pool[asyncpg.Record]":
    """The pool of prepared connections for intake and overview. Connects at once to find faults at start."""
    with unavailable_when_unreachable():
        return await asyncpg.create_pool(
            settings.database_url,
            min_size=1,
            max_size=settings.database_hot_connections,
            command_timeout=settings.database_statement_timeout_seconds,
            timeout=settings.database_acquire_timeout_seconds,
            connection_class=_Impatient,
            server_settings=_HOT_SETTINGS | _server_timeout(settings),
            reset=_leave_as_it_is,
        )


def _server_timeout(settings: Settings) -> dict[str, str]:
    """The server gives up a statement a little later than we do, in case nobody is left to tell it."""
    return {"statement_timeout": str(round(settings.database_statement_timeout_seconds * 1_000) + 1_000)}


async def _leave_as_it_is(_connection: asyncpg.Connection) -> None:
    """Nothing on these connections changes session state, and a reset costs a third of a short read."""


@contextmanager
def unavailable_when_unreachable() -> Iterator[None]:
    """A database that is away, full or too slow is 'not now', never an internal error.

    Raises:
        Unavailable: come back in 2 seconds; what was asked may or may not have been done, repeating it is safe.
    """
    try:
        yield
    except _UNREACHABLE as fault:
        raise Unavailable(
            "database_unavailable", "The database does not answer. Nothing is lost; try again.", 2
        ) from fault
    except asyncpg.InterfaceError as fault:
        # The driver says with the same class that a connection is closed and that a call was wrong.
        if "clos" not in str(fault):
            raise
        raise Unavailable("database_unavailable", "The database went away. Nothing is lost; try again.", 2) from fault
    except DBAPIError as fault:
        if fault.connection_invalidated:
            raise Unavailable(
                "database_unavailable", "The database went away. Nothing is lost; try again.", 2
            ) from fault
        raise


@asynccontextmanager
async def unit_of_work(engine: AsyncEngine) -> AsyncIterator[UnitOfWork]:
    """One transaction: committed when the block ends, rolled back when it raises.

    Raises:
        Unavailable: the database is out of reach, full or too slow.
    """
    with unavailable_when_unreachable():
        async with engine.begin() as sql:
            # The driver begins with the first statement; `raw` must find the transaction open.
            await sql.execute(text("SET LOCAL lock_timeout = '5s'"))
            driver = (await sql.get_raw_connection()).driver_connection
            if driver is None:
                raise RuntimeError("the SQLAlchemy connection has no driver connection")
            yield UnitOfWork(sql=sql, raw=driver)


@asynccontextmanager
async def hot_reading(
    pool: "asyncpg.Pool[asyncpg.Record]", settings: Settings
) -> "AsyncIterator[asyncpg.pool.PoolConnectionProxy[asyncpg.Record]]":
    """A prepared connection for reads, outside a transaction.

    Raises:
        Unavailable: the database is out of reach, full or too slow.
    """
    with unavailable_when_unreachable():
        async with pool.acquire(timeout=settings.database_acquire_timeout_seconds) as connection:
            yield connection


@asynccontextmanager
async def reading(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection that can only read, outside a transaction: each statement sees everything committed before it.

    Raises:
        Unavailable: the database is out of reach, full or too slow.
    """
    with unavailable_when_unreachable():
        async with engine.connect() as connection:
            yield await connection.execution_options(isolation_level="AUTOCOMMIT", postgresql_readonly=True)


@asynccontextmanager
async def reading_one_snapshot(engine: AsyncEngine) -> AsyncIterator[UnitOfWork]:
    """A transaction that can only read, and whose statements all see the database as of its beginning.

    Raises:
        Unavailable: the database is out of reach, full or too slow.
    """
    with unavailable_when_unreachable():
        async with engine.connect() as connection:
            sql = await connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            # The driver begins with the first statement; `raw` must find the transaction open.
            await sql.execute(text("SELECT 1"))
            driver = (await sql.get_raw_connection()).driver_connection
            if driver is None:
                raise RuntimeError("the SQLAlchemy connection has no driver connection")
            yield UnitOfWork(sql=sql, raw=driver)
