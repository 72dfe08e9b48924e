"""The database failures that mean "not now"."""

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
    """Turn the errors of an unreachable, full or slow database into "not now" instead of an internal error.

    Raises:
        Unavailable: Retry in 2 seconds. The request may or may not have been executed; repeating it is safe.
    """
    try:
        yield
    except _UNREACHABLE as fault:
        raise Unavailable(
            "database_unavailable", "The database does not answer. Nothing is lost; try again.", 2
        ) from fault
    except asyncpg.InterfaceError as fault:
        # The driver raises this class both for a closed connection and for a wrong call.
        if "clos" not in str(fault):
            raise
        raise Unavailable("database_unavailable", "The database went away. Nothing is lost; try again.", 2) from fault
