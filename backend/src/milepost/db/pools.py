"""How connections are opened and which timeouts they have: a pool for each purpose.

`read` serves answers, `write` the transactions of services, `intake` those of the intake queue, and `intake_waiting`
those of them that wait for a learner whom another transaction changes.
"""

import asyncio
import hmac
from dataclasses import dataclass
from uuid import UUID

import asyncpg

from milepost.settings import Settings

# Without a generic plan PostgreSQL plans every batch again, and compiling such short statements costs more than running
# them: 64 rows take 0.9 ms instead of 8.5. All rows are found by key: only a wrong estimate of an array's length would
# choose a sequential scan.
_PREPARED = {"plan_cache_mode": "force_generic_plan", "enable_seqscan": "off"}
_READ_ONLY = {"default_transaction_read_only": "on"}
_LOCK_TIMEOUT = {"lock_timeout": "5s"}
# Longer than a commit takes. Activities of many learners share a transaction: it must not wait for one of them.
_HARDLY_ANY_WAIT = {"lock_timeout": "100ms"}
_WRITER = 1


class PooledConnection(asyncpg.Connection):  # type: ignore[misc] # asyncpg has no types
    """A connection that closes when its statement is abandoned, by a timeout or because its caller was cancelled.

    The driver would ask the server to cancel over a second connection, and wait for the answer: a server that hangs
    would block the caller and its place in the pool. The server rolls back the transaction and ends the statement by
    its own timeout.
    """

    erasure_key = b""

    def erasure_digest(self, learner_id: UUID) -> bytes:
        """See `Reading`."""
        return hmac.digest(self.erasure_key, learner_id.bytes, "sha256")

    def _cancel_current_command(
        self, waiter: "asyncio.Future[None]", cancel_waiter: "asyncio.Future[None] | None" = None
    ) -> None:
        self.terminate()
        if not waiter.done():
            waiter.set_result(None)


class CopyingConnection(PooledConnection):
    """A connection for COPY, outside the pools. The driver still uses it while it leaves a copy that was abandoned."""

    def _cancel_current_command(
        self, waiter: "asyncio.Future[None]", cancel_waiter: "asyncio.Future[None] | None" = None
    ) -> None:
        asyncio.get_running_loop().call_soon(super()._cancel_current_command, waiter, cancel_waiter)


@dataclass(frozen=True, slots=True)
class Pools:
    """The connection pools of a process."""

    read: "asyncpg.Pool[asyncpg.Record]"
    write: "asyncpg.Pool[asyncpg.Record]"
    intake: "asyncpg.Pool[asyncpg.Record]"
    intake_waiting: "asyncpg.Pool[asyncpg.Record]"

    async def close(self) -> None:
        """Close every connection as soon as it is released."""
        await asyncio.gather(*(pool.close() for pool in self._all()))

    def terminate(self) -> None:
        """Close every connection, even those in use."""
        for pool in self._all():
            pool.terminate()

    def _all(self) -> "tuple[asyncpg.Pool[asyncpg.Record], ...]":
        return self.read, self.write, self.intake, self.intake_waiting


async def open_pools(settings: Settings) -> Pools:
    """Open the pools. One connection is opened at once, so that faults show at the start; the others on demand.

    Raises:
        The driver's errors: see `unavailable_when_unreachable`.
    """
    read = await _open(settings, settings.database_read_connections, _PREPARED | _READ_ONLY, min_size=1)
    write = await _open(settings, settings.database_write_connections, _LOCK_TIMEOUT)
    intake = await _open(settings, _WRITER + settings.intake_bulk_transactions, _PREPARED | _HARDLY_ANY_WAIT)
    waiting = await _open(settings, settings.intake_waiting_transactions, _PREPARED | _LOCK_TIMEOUT)
    return Pools(read, write, intake, waiting)


async def _open(
    settings: Settings, size: int, server_settings: dict[str, str], min_size: int = 0
) -> "asyncpg.Pool[asyncpg.Record]":
    async def give_key(connection: PooledConnection) -> None:
        connection.erasure_key = settings.erasure_key_bytes

    return await asyncpg.create_pool(
        settings.database_url,
        min_size=min_size,
        max_size=size,
        command_timeout=settings.database_statement_timeout_seconds,
        timeout=settings.database_acquire_timeout_seconds,
        connection_class=PooledConnection,
        init=give_key,
        server_settings={"jit": "off", "timezone": "UTC"} | server_settings | _statement_timeout(settings),
        reset=_keep_session,
    )


def _statement_timeout(settings: Settings) -> dict[str, str]:
    """The server's timeout is a little longer than ours; it ends statements whose process is gone."""
    return {"statement_timeout": str(round(settings.database_statement_timeout_seconds * 1_000) + 1_000)}


async def _keep_session(_connection: asyncpg.Connection) -> None:
    """Skip the reset: nothing here changes session state, and a reset costs a third of a short read."""
