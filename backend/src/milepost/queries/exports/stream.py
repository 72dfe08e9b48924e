"""How an export is sent: by COPY, on its own connection, as fast as the reader takes it and little ahead of it.

Only a few run at a time, and fewer of one caller, so that slow readers block neither the database nor other readers. A
reader that takes nothing for too long, or too long for everything, is cut off, and so is a database that sends nothing.
This module does not know the contents.
"""

import asyncio
import functools
from collections import Counter
from collections.abc import AsyncIterator

import asyncpg

from milepost.db.failures import unavailable_when_unreachable
from milepost.db.pools import CopyingConnection
from milepost.errors import Unavailable
from milepost.queries.exports.contents import ExportFormat, Rewriting
from milepost.settings import Settings

_CHUNKS_AHEAD = 2
_RETRY_AFTER_SECONDS = 5
# Instants are written in UTC whatever the server's setting. A backend checks every second whether its client is gone.
# Rows are found and sorted by index: the first comes at once, memory stays flat, and no export uses more than one
# processor.
_CONNECTION = {
    "timezone": "UTC",
    "datestyle": "ISO",
    "jit": "off",
    "enable_seqscan": "off",
    "max_parallel_workers_per_gather": "0",
    "client_connection_check_interval": "1000",
    "default_transaction_read_only": "on",
    "default_transaction_isolation": "repeatable read",
}


class Exports:
    """The running exports of this process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._running: Counter[str] = Counter()
        self._copying: set[asyncio.Task[None]] = set()

    async def begin(self, writing: ExportFormat, caller: str) -> "Export":
        """Start an export and wait for its first bytes. It is one snapshot. Iterate it to its end, or `aclose` it.

        `caller`: the name under which running exports are counted together.

        Raises:
            Unavailable: `too_many_exports` of the caller, or `exports_busy` with those of others; or the database is
                unreachable.
        """
        self._refuse_if_full(caller)
        self._running[caller] += 1
        try:
            with unavailable_when_unreachable():
                connection = await asyncpg.connect(
                    self._settings.database_url,
                    timeout=self._settings.database_acquire_timeout_seconds,
                    connection_class=CopyingConnection,
                    server_settings=_CONNECTION,
                )
        except BaseException:
            self._ended(caller)
            raise
        export = Export(connection, writing, self._settings)
        self._copying.add(export.copying)
        export.copying.add_done_callback(self._copying.discard)
        export.copying.add_done_callback(lambda _copying: self._ended(caller))
        with unavailable_when_unreachable():
            async with asyncio.timeout(self._settings.database_statement_timeout_seconds):
                await export.wait_for_first()
        return export

    def _refuse_if_full(self, caller: str) -> None:
        """Raise `Unavailable` if the caller, or all callers together, have as many running exports as they may."""
        of_caller, of_all = self._settings.exports_per_caller, self._settings.database_export_connections
        if self._running[caller] >= of_caller:
            detail = f"{of_caller} exports of yours are already running; try again when one has ended."
            raise Unavailable("too_many_exports", detail, _RETRY_AFTER_SECONDS)
        if self._running.total() >= of_all:
            raise Unavailable(
                "exports_busy", f"{of_all} exports are already running; try again later.", _RETRY_AFTER_SECONDS
            )

    def _ended(self, caller: str) -> None:
        self._running[caller] -= 1
        if not self._running[caller]:
            del self._running[caller]

    async def close(self) -> None:
        """Cancel all running exports."""
        copying = [*self._copying]
        for task in copying:
            task.cancel()
        await asyncio.gather(*copying, return_exceptions=True)


class Export(AsyncIterator[bytes]):
    """One running export, in chunks. Errors are raised where they end it."""

    def __init__(self, connection: asyncpg.Connection, writing: ExportFormat, settings: Settings) -> None:
        self._connection = connection
        self._writing = writing
        self._stall_seconds = settings.export_stall_seconds
        self._limit_seconds = settings.export_limit_seconds
        self._silence_seconds = settings.database_statement_timeout_seconds
        self._room = asyncio.Semaphore(_CHUNKS_AHEAD)
        self._chunks: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._pending = b""
        self._first: bytes | None = None
        self.copying = asyncio.create_task(self._copy_in_time())
        self.copying.add_done_callback(self._ended)

    async def wait_for_first(self) -> None:
        """Wait for the first chunk, which proves that the database can be read."""
        try:
            self._first = await self._next()
        except BaseException:
            await self.aclose()
            raise

    def __aiter__(self) -> "Export":
        """Itself."""
        return self

    async def __anext__(self) -> bytes:
        """The next chunk.

        Raises:
            TimeoutError: The reader took nothing, or the database sent nothing, for too long; or the whole export took
                too long.
            Exception: An error of the database or the connection.
        """
        chunk, self._first = self._first or await self._next(), None
        if chunk is None:
            raise StopAsyncIteration
        return chunk

    async def aclose(self) -> None:
        """Close the connection at once; no more chunks come. May be called at any time, also twice."""
        self.copying.cancel()
        await asyncio.wait({self.copying})

    async def _next(self) -> bytes | None:
        chunk = await self._chunks.get()
        if chunk is not None:
            self._room.release()
            return chunk
        self._chunks.put_nowait(None)  # the next call gets the same answer
        if self.copying.cancelled():
            raise ConnectionAbortedError("the export was cancelled")
        self.copying.result()
        return None

    async def _copy_in_time(self) -> None:
        async with asyncio.timeout(self._limit_seconds):
            await self._copy_all()

    async def _copy_all(self) -> None:
        """Copy everything. The database may be silent for as long as a statement may run, its reader waiting or not."""
        connection, loop = self._connection, asyncio.get_running_loop()
        async with asyncio.timeout(self._silence_seconds) as silence:

            async def take(copied: bytes, rewriting: Rewriting) -> None:
                silence.reschedule(None)  # now the reader decides
                await self._hand_over(rewriting.chunk(copied))
                silence.reschedule(loop.time() + self._silence_seconds)

            await connection.execute("BEGIN")
            for before, copy, rewriting in self._writing.copies():
                self._pending += before
                output = functools.partial(take, rewriting=rewriting)
                await connection.copy_from_query(copy.query, output=output, **copy.options)
            await connection.execute("COMMIT")
            await connection.close()
        await self._hand_over(self._writing.end)

    async def _hand_over(self, chunk: bytes) -> None:
        if not self._pending and not chunk:
            return
        async with asyncio.timeout(self._stall_seconds):
            await self._room.acquire()
        self._chunks.put_nowait(self._pending + chunk)
        self._pending = b""

    def _ended(self, copying: asyncio.Task[None]) -> None:
        """Clean up after any end. Errors are raised to the reader, if it is still there."""
        self._connection.terminate()
        if not copying.cancelled():
            copying.exception()
        self._chunks.put_nowait(None)
