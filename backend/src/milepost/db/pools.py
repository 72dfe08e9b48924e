"""How connections are opened, and what bounds them in time."""

import asyncio

import asyncpg
import orjson
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from milepost.db.failures import unavailable_when_unreachable
from milepost.db.migrations import sqlalchemy_url
from milepost.settings import Settings

# A plan for each parameter list would be made anew for every batch, and compiling such short statements costs more than
# running them: 64 rows take 0.9 ms instead of 8.5.
# Everything here is found by key: a sequential scan would only ever be chosen from wrong guesses about arrays.
_HOT_SETTINGS = {"plan_cache_mode": "force_generic_plan", "jit": "off", "enable_seqscan": "off", "timezone": "UTC"}


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
