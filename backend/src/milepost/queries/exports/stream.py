"""How an export travels: by COPY, on a connection of its own, as fast as its reader takes it and never further ahead.

A few at a time, so that slow readers cannot keep the database from anybody else; who takes nothing for too long, or
too long for all of it, is cut off. Does not know what is written.
"""

import asyncio
from collections.abc import AsyncIterator, Callable

import asyncpg

from milepost.db.failures import unavailable_when_unreachable
from milepost.errors import Unavailable
from milepost.queries.exports.contents import ExportFormat
from milepost.settings import Settings

_Chunk = Callable[[bytes], bytes]

_CHUNKS_AHEAD = 2
_RETRY_AFTER_SECONDS = 5
# Instants are shown in UTC whatever the server's habit is. A backend that computes, and so would not notice that its
# client has gone, looks every second. Rows are found
# and sorted by index: the first comes at once and memory is flat, and no export takes more than one processor.
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
    """The exports under way in this process."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._most = settings.database_export_connections
        self._under_way = 0
        self._copying: set[asyncio.Task[None]] = set()

    async def begin(self, writing: ExportFormat) -> "Export":
        """An export whose first bytes are there. All of it is one snapshot. Iterate it to its end, or `aclose` it.

        Raises:
            Unavailable: `exports_busy`, as many as may be are under way; or the database is out of reach.
        """
        if self._under_way >= self._most:
            detail = f"{self._most} exports are already running; try again later."
            raise Unavailable("exports_busy", detail, _RETRY_AFTER_SECONDS)
        self._under_way += 1
        try:
            with unavailable_when_unreachable():
                connection = await asyncpg.connect(
                    self._settings.database_url,
                    timeout=self._settings.database_acquire_timeout_seconds,
                    server_settings=_CONNECTION,
                )
        except BaseException:
            self._under_way -= 1
            raise
        export = Export(connection, writing, self._settings)
        self._copying.add(export.copying)
        export.copying.add_done_callback(self._ended)
        with unavailable_when_unreachable():
            async with asyncio.timeout(self._settings.database_statement_timeout_seconds):
                await export.wait_for_first()
        return export

    async def close(self) -> None:
        """Break off what is under way."""
        copying = [*self._copying]
        for one in copying:
            one.cancel()
        await asyncio.gather(*copying, return_exceptions=True)

    def _ended(self, copying: asyncio.Task[None]) -> None:
        self._copying.discard(copying)
        self._under_way -= 1


class Export(AsyncIterator[bytes]):
    """One export on its way, in chunks. What goes wrong is raised where it breaks off."""

    def __init__(self, connection: asyncpg.Connection, writing: ExportFormat, settings: Settings) -> None:
        self._connection = connection
        self._writing = writing
        self._stall_seconds = settings.export_stall_seconds
        self._limit_seconds = settings.export_limit_seconds
        self._room = asyncio.Semaphore(_CHUNKS_AHEAD)
        self._chunks: asyncio.Queue[bytes | None] = asyncio.Queue()
        self._said = b""
        self._first: bytes | None = None
        self.copying = asyncio.create_task(self._copy_in_time())
        self.copying.add_done_callback(self._ended)

    async def wait_for_first(self) -> None:
        """Until there is something to send: from here on it is known that the database can be read."""
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
            TimeoutError: nothing was taken for too long, or all of it took too long.
            Exception: whatever the database or the connection to it reported.
        """
        chunk, self._first = self._first or await self._next(), None
        if chunk is None:
            raise StopAsyncIteration
        return chunk

    async def aclose(self) -> None:
        """Let go of the connection at once; nothing more comes. May be called at any time, also twice."""
        self.copying.cancel()
        await asyncio.wait({self.copying})

    async def _next(self) -> bytes | None:
        chunk = await self._chunks.get()
        if chunk is not None:
            self._room.release()
            return chunk
        self._chunks.put_nowait(None)  # asked again, it answers the same
        if self.copying.cancelled():
            raise ConnectionAbortedError("the export was broken off")
        self.copying.result()
        return None

    async def _copy_in_time(self) -> None:
        async with asyncio.timeout(self._limit_seconds):
            await self._copy_all()

    async def _copy_all(self) -> None:
        connection = self._connection
        await connection.execute("BEGIN")
        for said, copy, rewriting in self._writing.copies():
            self._said += said

            async def take(copied: bytes, rewritten: "_Chunk" = rewriting.chunk) -> None:
                await self._hand_over(rewritten(copied))

            await connection.copy_from_query(copy.query, output=take, **copy.options)
        await connection.execute("COMMIT")
        await connection.close()
        await self._hand_over(self._writing.end)

    async def _hand_over(self, chunk: bytes) -> None:
        if not self._said and not chunk:
            return
        async with asyncio.timeout(self._stall_seconds):
            await self._room.acquire()
        self._chunks.put_nowait(self._said + chunk)
        self._said = b""

    def _ended(self, copying: asyncio.Task[None]) -> None:
        """However it ended. A fault belongs to the reader, who may have gone."""
        self._connection.terminate()
        if not copying.cancelled():
            copying.exception()
        self._chunks.put_nowait(None)
