"""Which failures of the database mean "not now"."""

from collections.abc import Iterator
from contextlib import contextmanager

import asyncpg

from milepost.errors import Unavailable

_UNREACHABLE = (
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.TooManyConnectionsError,
    asyncpg.QueryCanceledError,
    OSError,
    TimeoutError,
)


@contextmanager
def unavailable_when_unreachable() -> Iterator[None]:
    """A database that is out of reach, full or too slow means "not now", never an internal error.

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
