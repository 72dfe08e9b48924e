"""Readers of exports over real connections, which read as fast or as slowly as a test wants."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

import asyncpg

from milepost.rules.learners import learner_uuid
from support.builders import ISSUER, mint
from support.servers import MilepostProcess

FEW, MANY = 10_000, 200_000
# More bytes than the system buffers between two processes, so that a stopped reader is noticed.
_ROWS = """
INSERT INTO activities (
    learner_id, sender, id, verb, object_type, object_id, session_id, topic, value_milli, duration_seconds, points,
    occurred_at, local_day, utc_offset_minutes, day_ends_at, counts, sent_fields, content_hash, commit_id, received_at
)
SELECT $1, 'exercises', 'e-' || n, 'completed', 'exercise', repeat('o', 200), repeat('s', 200), 'loops', 80000, 600, 10,
    at, at::date, 0, at::date + 1, 7, 0, n, gen_random_uuid(), at
FROM (SELECT n, '2023-01-01T00:00:00Z'::timestamptz + n * interval '7 minutes' AS at FROM generate_series(1, $2) n) o
"""
_RUNNING_EXPORTS = """
SELECT pid, coalesce(wait_event, '') AS waits_for FROM pg_stat_activity
WHERE datname = current_database() AND query LIKE 'COPY%' AND state = 'active'
"""
PATIENCE_SECONDS = 25.0


async def fill(connection: asyncpg.Connection) -> None:
    """Give the learners `few` and `many` their exercises."""
    for learner, count in (("few", FEW), ("many", MANY)):
        await connection.execute(_ROWS, learner_uuid(ISSUER, learner), count)
    await connection.execute("ANALYZE activities")


class Reader:
    """One export over its own connection, read as fast or as slowly as a test wants."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    @contextlib.asynccontextmanager
    async def of(cls, api: MilepostProcess, learner: str, kind: str) -> "AsyncIterator[Reader]":
        """Send the request; read nothing of the answer yet."""
        host, port = api.url.removeprefix("http://").split(":")
        # A small window: unread bytes stay in the connection.
        reader, writer = await asyncio.open_connection(host, int(port), limit=2**16)
        token = mint(learner)
        head = (
            f"GET /api/progress/export?format={kind} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n\r\n"
        )
        writer.write(head.encode())
        await writer.drain()
        try:
            yield cls(reader, writer)
        finally:
            writer.transport.abort()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def begin(self) -> None:
        """Read the head; asserts a chunked 200."""
        head = await self._reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 "), head
        assert b"transfer-encoding: chunked" in head.lower()

    async def rest(self) -> bytes:
        """Read the body to its last chunk.

        Raises:
            IncompleteReadError: the connection ended before that.
        """
        body = []
        while size := int(await self._reader.readuntil(b"\r\n"), 16):
            body.append(await self._reader.readexactly(size))
            await self._reader.readexactly(2)
        await self._reader.readexactly(2)
        return b"".join(body)

    async def some(self, count: int) -> bytes:
        """The next bytes of the body, chunk marks and all.

        Raises:
            IncompleteReadError: the connection ended before that.
        """
        return await self._reader.readexactly(count)

    def leave(self) -> None:
        """Close the connection."""
        self._writer.transport.abort()


async def running_exports(database: asyncpg.Connection) -> list[tuple[int, str]]:
    """(process id, wait event) of every database process that runs an export."""
    return [tuple(row) for row in await database.fetch(_RUNNING_EXPORTS)]


async def until(
    database: asyncpg.Connection, *, waits_for: str | None, patience_seconds: float = PATIENCE_SECONDS
) -> int:
    """Wait until an export waits for this event and return its process id, or for None until no export runs (0)."""
    async with asyncio.timeout(patience_seconds):
        while True:
            exports = await running_exports(database)
            if waits_for is None and not exports:
                return 0
            for pid, event in exports:
                if event == waits_for:
                    return pid
            await asyncio.sleep(0.02)


async def whole(api: MilepostProcess, learner: str, kind: str) -> bytes:
    """The whole body of an export."""
    async with Reader.of(api, learner, kind) as reader:
        await reader.begin()
        return await reader.rest()
