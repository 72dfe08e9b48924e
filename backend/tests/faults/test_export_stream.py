"""R19: exports over real connections: readers that leave, stop reading or are cut off, and memory that stays flat."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import httpx
import orjson
import pytest

from milepost.rules.learners import learner_uuid
from support.builders import ISSUER, bearer, mint
from support.servers import MilepostProcess, Processes

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
_PATIENCE_SECONDS = 25.0
_MEGABYTE = 2**20
_PATIENT = {"MILEPOST_EXPORT_STALL_SECONDS": "600", "MILEPOST_DATABASE_EXPORT_CONNECTIONS": "1"}


@pytest.fixture(scope="module")
async def database(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to the database in which the learners `few` and `many` have exercises."""
    connection = await asyncpg.connect(database_url)
    for learner, count in (("few", FEW), ("many", MANY)):
        await connection.execute(_ROWS, learner_uuid(ISSUER, learner), count)
    await connection.execute("ANALYZE activities")
    yield connection
    await connection.close()


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

    def leave(self) -> None:
        """Close the connection."""
        self._writer.transport.abort()


async def running_exports(database: asyncpg.Connection) -> list[tuple[int, str]]:
    """(process id, wait event) of every database process that runs an export."""
    return [tuple(row) for row in await database.fetch(_RUNNING_EXPORTS)]


async def until(database: asyncpg.Connection, *, waits_for: str | None) -> int:
    """Wait until an export waits for this event and return its process id, or for None until no export runs (0)."""
    async with asyncio.timeout(_PATIENCE_SECONDS):
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


@pytest.mark.parametrize("kind", ["csv", "json"])
async def test_R19_a_reader_who_leaves_frees_the_connection(
    processes: Processes, database: asyncpg.Connection, kind: str
) -> None:
    api = processes.api(**_PATIENT)
    async with Reader.of(api, "many", kind) as reader:
        await reader.begin()
        await until(database, waits_for="ClientWrite")
        reader.leave()
        await until(database, waits_for=None)
    assert len(await whole(api, "few", kind)) > FEW * 400, "the only export connection is free again"


async def test_R19_also_one_who_leaves_before_anything_has_come(
    processes: Processes, database: asyncpg.Connection, database_url: str
) -> None:
    api = processes.api(**_PATIENT)
    locking = await asyncpg.connect(database_url)
    try:
        async with locking.transaction():
            await locking.execute("LOCK TABLE activities IN ACCESS EXCLUSIVE MODE")
            async with Reader.of(api, "few", "csv") as reader:
                await until(database, waits_for="relation")
                reader.leave()
                await until(database, waits_for=None)
    finally:
        await locking.close()
    assert (await whole(api, "few", "csv")).count(b"\r\n") == FEW + 1


@pytest.mark.parametrize("kind", ["csv", "json"])
async def test_R19_a_failure_midway_is_visible(processes: Processes, database: asyncpg.Connection, kind: str) -> None:
    api = processes.api(**_PATIENT)
    async with Reader.of(api, "many", kind) as reader:
        await reader.begin()
        pid = await until(database, waits_for="ClientWrite")
        assert await database.fetchval("SELECT pg_terminate_backend($1)", pid)
        with pytest.raises(asyncio.IncompleteReadError):
            await reader.rest()
    async with httpx.AsyncClient(base_url=api.url) as client:
        with pytest.raises(httpx.RemoteProtocolError):
            await _read_until_it_breaks(client, kind, database)
        assert (await client.get("/api/progress", headers=bearer(mint("many")))).status_code == 200
    assert len(await whole(api, "few", kind)) > FEW * 400


async def _read_until_it_breaks(client: httpx.AsyncClient, kind: str, database: asyncpg.Connection) -> None:
    """An ordinary client takes an export whose connection to the database breaks."""
    headers = bearer(mint("many"))
    async with client.stream("GET", "/api/progress/export", params={"format": kind}, headers=headers) as answer:
        broken = False
        async for _ in answer.aiter_raw():
            if not broken:
                broken = True
                await database.fetchval(
                    "SELECT pg_terminate_backend($1)", await until(database, waits_for="ClientWrite")
                )


async def test_R19_who_stands_still_is_cut_off(processes: Processes, database: asyncpg.Connection) -> None:
    api = processes.api(**{**_PATIENT, "MILEPOST_EXPORT_STALL_SECONDS": "0.3"})
    async with Reader.of(api, "many", "csv") as reader:
        await reader.begin()
        await until(database, waits_for=None)
        with pytest.raises(asyncio.IncompleteReadError):
            await reader.rest()
    assert (await whole(api, "few", "csv")).count(b"\r\n") == FEW + 1


async def test_an_export_may_take_longer_than_other_answers(
    processes: Processes, database: asyncpg.Connection, long: bool
) -> None:
    api = processes.api(**_PATIENT)
    async with Reader.of(api, "many", "csv") as reader:
        await reader.begin()
        await until(database, waits_for="ClientWrite")
        await asyncio.sleep(62 if long else 1)
        assert (await reader.rest()).count(b"\r\n") == MANY + 1


def _peak_bytes(api: MilepostProcess) -> int:
    """The peak memory of the process so far."""
    status = Path(f"/proc/{api.process.pid}/status").read_text()
    return int(status.split("VmHWM:")[1].split()[0]) * 1_024


@pytest.mark.parametrize("kind", ["csv", "json"])
async def test_memory_does_not_grow_with_rows(processes: Processes, database: asyncpg.Connection, kind: str) -> None:
    api = processes.api(**_PATIENT)
    await whole(api, "few", kind)
    before = _peak_bytes(api)
    async with Reader.of(api, "many", kind) as reader:
        await reader.begin()
        # Read nothing until the database itself has to wait: by then the process has buffered all it would.
        pid = await until(database, waits_for="ClientWrite")
        await asyncio.sleep(1)
        assert await running_exports(database) == [(pid, "ClientWrite")], (
            "the export is still running while its reader has stopped"
        )
        body = await reader.rest()
    assert len(body) > 64 * _MEGABYTE, "large enough to show if it were kept in memory"
    if kind == "csv":
        assert body.count(b"\r\n") == MANY + 1
    else:
        assert len(orjson.loads(body)["tables"]["activities"]) == MANY
    assert _peak_bytes(api) - before < 64 * _MEGABYTE


async def test_R16_a_database_that_does_not_answer_is_not_now(
    processes: Processes, database: asyncpg.Connection, database_url: str
) -> None:
    api = processes.api(MILEPOST_DATABASE_STATEMENT_TIMEOUT_SECONDS="0.5", MILEPOST_DATABASE_EXPORT_CONNECTIONS="1")
    locking = await asyncpg.connect(database_url)
    try:
        async with locking.transaction(), httpx.AsyncClient(base_url=api.url, timeout=_PATIENCE_SECONDS) as client:
            await locking.execute("LOCK TABLE activities IN ACCESS EXCLUSIVE MODE")
            for kind in ("csv", "json"):
                headers = bearer(mint("few"))
                answer = await client.get("/api/progress/export", params={"format": kind}, headers=headers)
                assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
                assert int(answer.headers["Retry-After"]) >= 1
                await until(database, waits_for=None)
    finally:
        await locking.close()
    assert (await whole(api, "few", "csv")).count(b"\r\n") == FEW + 1
