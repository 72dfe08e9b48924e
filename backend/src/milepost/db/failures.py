"""The faults of the database and its driver that mean "not now": one table for services, jobs, commands and the edge.

A fault is recognised by its SQLSTATE (PostgreSQL manual, appendix A). The driver's own errors have none and are
recognised by their class and words. `tests/faults/database/test_driver_faults.py` produces them with real servers.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Literal

import asyncpg

from milepost.errors import MilepostError, Unavailable

FaultKind = Literal["unreachable", "busy", "contended", "disk_full", "read_only"]
"""`unreachable`: down, starting, stopping, or not answering. `busy`: connections, memory, locks or time ran out.
`contended`: the transaction met another one. `disk_full`, `read_only`: the database answers, but stores nothing."""

BY_SQLSTATE: dict[str, FaultKind] = {
    "08": "unreachable",  # connection exceptions
    "57P": "unreachable",  # shut down, crashed, starting, dropped, idle for too long
    "25P03": "unreachable",  # idle in a transaction, or in it for too long: the server has closed the connection
    "25P04": "unreachable",
    "28": "unreachable",  # the role may not connect at the moment
    "3D000": "unreachable",  # the database is missing, as while it is being restored
    "58000": "unreachable",  # an error of the system below the server
    "58030": "unreachable",  # an I/O error
    "53": "busy",  # too many connections, out of memory
    "53100": "disk_full",
    "57014": "busy",  # the statement took too long
    "55P03": "busy",  # a lock was not granted in time
    "40001": "contended",
    "40P01": "contended",
    "40003": "contended",
    "25006": "read_only",  # a standby, or set to read only
}
"""The kind by the longest beginning of the SQLSTATE."""
_BY_CLASS: tuple[tuple[type[Exception], FaultKind], ...] = (
    # A migration has changed what a prepared statement returns; the driver has forgotten it.
    (asyncpg.InvalidCachedStatementError, "contended"),
    (asyncpg.OutdatedSchemaCacheError, "contended"),
    (asyncpg.ProtocolError, "unreachable"),
)
_DRIVER_ERRORS = (asyncpg.InterfaceError, asyncpg.InternalClientError)
"""Raised by the driver itself, for a lost connection and for a wrong call."""
_LOST = (
    "connection is closed",
    "connection was closed",
    "pool is clos",
    "released back to the pool",
    "another operation is cancelling",
    # The server has ended an idle connection, and the driver has not noticed yet.
    "cannot switch to state",
)
_NETWORK = (OSError, TimeoutError)

_SENTENCES: dict[FaultKind, tuple[str, int]] = {
    "unreachable": ("The database does not answer. Nothing is lost; try again.", 2),
    "busy": ("The database is too busy. Nothing is lost; try again.", 2),
    "contended": ("Other requests are changing the same rows. Nothing is lost; try again.", 1),
    "disk_full": ("The disk of the database is full, so nothing can be stored. Try again later.", 30),
    "read_only": ("The database is read-only at the moment, so nothing can be stored. Try again later.", 10),
}


class DatabaseUnavailable(Unavailable):
    """The database cannot do it now. The request may or may not have been executed; repeating it is safe."""

    def __init__(self, kind: FaultKind) -> None:
        detail, retry_after_seconds = _SENTENCES[kind]
        super().__init__("database_unavailable", detail, retry_after_seconds)
        self.kind = kind


def fault_kind(fault: BaseException) -> FaultKind | None:
    """The kind of an error of PostgreSQL or its driver, also inside the errors of a layer above; None for any other.

    A `MilepostError` has been understood already, whatever caused it.
    """
    cause: BaseException | None = fault
    while cause is not None and not isinstance(cause, MilepostError):
        kind = _kind_of_one(cause)
        if kind is not None:
            return kind
        cause = cause.__cause__
    return None


def _kind_of_one(fault: BaseException) -> FaultKind | None:
    for error, kind in _BY_CLASS:
        if isinstance(fault, error):
            return kind
    if isinstance(fault, asyncpg.PostgresError):
        sqlstate = str(fault.sqlstate or "")
        beginnings = (sqlstate[:length] for length in (5, 3, 2))
        return next((BY_SQLSTATE[beginning] for beginning in beginnings if beginning in BY_SQLSTATE), None)
    if isinstance(fault, _DRIVER_ERRORS) and any(words in str(fault) for words in _LOST):
        return "unreachable"
    return None


@contextmanager
def unavailable_when_unreachable(
    note: Callable[[FaultKind], None] | None = None, *, reads_only: bool = False
) -> Iterator[None]:
    """Turn the errors of a database that cannot do it now into "not now" instead of an internal error.

    `note` is called with the kind first. `reads_only`: the connections refuse every write, so an attempt is a mistake
    of ours and stays an error.

    Raises:
        DatabaseUnavailable: The request may or may not have been executed; repeating it is safe.
    """
    try:
        yield
    except Exception as fault:
        kind = "unreachable" if isinstance(fault, _NETWORK) else fault_kind(fault)
        if kind is None or (reads_only and kind == "read_only"):
            raise
        if note is not None:
            note(kind)
        raise DatabaseUnavailable(kind) from fault
