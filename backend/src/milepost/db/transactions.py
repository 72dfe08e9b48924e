"""Connections and transactions: how they are opened, bounded in time, and what their failures are called.

A reader asks `reading`, a writer opens one `unit_of_work`; the hot paths take prepared asyncpg connections from a pool
of their own on the same database.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import asyncpg
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from milepost.db.failures import unavailable_when_unreachable
from milepost.settings import Settings


@dataclass(frozen=True, slots=True)
class UnitOfWork:
    """One transaction, seen through SQLAlchemy (`sql`) and as the asyncpg connection underneath (`raw`)."""

    sql: AsyncConnection
    raw: asyncpg.Connection


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
