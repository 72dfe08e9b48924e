"""Checks at start: can the database be used, and if not, why."""

import asyncpg

from milepost.db.failures import unavailable_when_unreachable
from milepost.db.migrations import head, is_known

_CONNECT_TIMEOUT_SECONDS = 5.0
_MIN_VERSION = 150_000


async def database_fault(database_url: str) -> str | None:
    """None if the database answers; otherwise a sentence that says what is wrong, without the password."""
    try:
        connection = await asyncpg.connect(
            database_url, timeout=_CONNECT_TIMEOUT_SECONDS, command_timeout=_CONNECT_TIMEOUT_SECONDS
        )
    except TimeoutError:
        return f"it does not answer within {_CONNECT_TIMEOUT_SECONDS:.0f} s"
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, ValueError) as fault:
        return str(fault) or type(fault).__name__
    try:
        version = int(await connection.fetchval("SHOW server_version_num"))
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError, asyncpg.InternalClientError) as fault:
        return str(fault) or type(fault).__name__
    finally:
        connection.terminate()
    return None if version >= _MIN_VERSION else f"it is version {version // 10_000}, and 15 is needed"


async def schema_fault(database_url: str) -> str | None:
    """None if the schema is the one this code needs or a newer one: a new version migrates first, then restarts.

    Raises:
        DatabaseUnavailable: the database is unreachable.
    """
    revision = await _revision(database_url)
    if revision == head() or (revision is not None and not is_known(revision)):
        return None
    return f"its schema is at revision {revision}, and {head()} is needed: run `milepost migrate`"


async def newer_schema_fault(database_url: str) -> str | None:
    """None if this code can migrate the schema; otherwise a sentence.

    Raises:
        DatabaseUnavailable: the database is unreachable.
    """
    revision = await _revision(database_url)
    if revision is None or is_known(revision):
        return None
    return (
        f"its schema is at revision {revision}, which a newer version of Milepost made; this version knows {head()}. "
        "Use that version, or restore a backup of before"
    )


async def _revision(database_url: str) -> str | None:
    with unavailable_when_unreachable():
        connection = await asyncpg.connect(
            database_url, timeout=_CONNECT_TIMEOUT_SECONDS, command_timeout=_CONNECT_TIMEOUT_SECONDS
        )
        try:
            revision: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
        except asyncpg.UndefinedTableError:
            return None
        finally:
            connection.terminate()
        return revision
