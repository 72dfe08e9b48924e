"""Exports whose reader is slow or whose database is silent: they end in time, and nobody else waits for them."""

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import httpx
import psutil
import pytest

from faults.exports.readers import FEW, PATIENCE_SECONDS, Reader, fill, running_exports, until, whole
from support.builders import SECRET, bearer, mint
from support.fault_servers import BreakablePostgres
from support.servers import MilepostProcess, Processes


@pytest.fixture(scope="module")
def own_postgres(migrated_files: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[BreakablePostgres]:
    """A PostgreSQL that these tests may freeze."""
    server = BreakablePostgres(tmp_path_factory.mktemp("exports"), migrated_files)
    yield server
    server.end()


@pytest.fixture(scope="module")
async def database(own_postgres: BreakablePostgres) -> AsyncIterator[asyncpg.Connection]:
    """A connection to the database in which the learners `few` and `many` have exercises."""
    connection = await asyncpg.connect(own_postgres.url)
    await fill(connection)
    yield connection
    await connection.close()


@pytest.fixture
def own_processes(own_postgres: BreakablePostgres, redis_url: str, tmp_path: Path) -> Iterator[Processes]:
    """Milepost's processes on that PostgreSQL."""
    environment = {"MILEPOST_DATABASE_URL": own_postgres.url, "MILEPOST_REDIS_URL": redis_url}
    started = Processes({**environment, "MILEPOST_JWT_SECRET": SECRET}, tmp_path)
    yield started
    started.end()


async def test_S12_slow_readers_of_one_learner_keep_nobody_waiting(
    own_processes: Processes, database: asyncpg.Connection
) -> None:
    api = own_processes.api(MILEPOST_EXPORT_STALL_SECONDS="600")
    own = bearer(mint("many"))
    async with contextlib.AsyncExitStack() as slow, httpx.AsyncClient(base_url=api.url) as client:
        for _ in range(2):
            await (await slow.enter_async_context(Reader.of(api, "many", "csv"))).begin()
        refused = await client.get("/api/progress/export", headers=own)
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_exports")
        assert int(refused.headers["Retry-After"]) >= 1
        assert refused.headers["RateLimit"].startswith('"exports";r=58;'), "what was refused is free"
        assert (await client.get("/api/progress", headers=own)).status_code == 200
        assert (await whole(api, "few", "csv")).count(b"\r\n") == FEW + 1
        assert [event for _, event in await running_exports(database)] == ["ClientWrite"] * 2, "the slow ones go on"
    await until(database, waits_for=None)
    async with httpx.AsyncClient(base_url=api.url) as client, Reader.of(api, "many", "csv") as reader:
        await reader.begin()


@pytest.mark.parametrize("kind", ["csv", "json"])
async def test_R16_a_running_export_of_a_frozen_database_ends_in_time(
    own_postgres: BreakablePostgres, own_processes: Processes, database: asyncpg.Connection, kind: str
) -> None:
    """The promised time is that of a statement."""
    api = own_processes.api(MILEPOST_DATABASE_STATEMENT_TIMEOUT_SECONDS="2", MILEPOST_DATABASE_EXPORT_CONNECTIONS="1")
    async with Reader.of(api, "many", kind) as reader:
        await reader.begin()
        await until(database, waits_for="ClientWrite")
        own_postgres.freeze()
        try:
            async with asyncio.timeout(5):
                with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
                    await reader.rest()
        finally:
            own_postgres.thaw()
    await until(database, waits_for=None)
    _until_ready(api)
    assert len(await whole(api, "few", kind)) > FEW * 400, "the only export connection is free again"


@pytest.mark.parametrize(
    "limit", [{"MILEPOST_EXPORT_STALL_SECONDS": "0.3"}, {"MILEPOST_EXPORT_LIMIT_SECONDS": "1"}], ids=["stall", "total"]
)
async def test_R19_a_reader_who_never_reads_leaves_nothing_behind(
    own_processes: Processes, database: asyncpg.Connection, limit: dict[str, str]
) -> None:
    """It keeps its end of the connection open, and still neither a connection nor a socket is in use for it."""
    api = own_processes.api(**limit)
    before = _connections(api)
    async with Reader.of(api, "many", "csv") as first, Reader.of(api, "many", "json") as second:
        await first.begin()
        await second.begin()
        await until(database, waits_for=None)
        await asyncio.to_thread(_until_closed, api, before)
        for reader in (first, second):
            with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
                await reader.rest()


async def test_R19_a_reader_who_reads_a_little_is_cut_off_in_the_end(
    own_processes: Processes, database: asyncpg.Connection
) -> None:
    api = own_processes.api(MILEPOST_EXPORT_LIMIT_SECONDS="2")
    async with Reader.of(api, "many", "csv") as reader:
        await reader.begin()
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError)):
            await asyncio.wait_for(_read_slowly(reader), PATIENCE_SECONDS)
        await until(database, waits_for=None)


async def _read_slowly(reader: Reader) -> None:
    while True:
        await reader.some(50_000)
        await asyncio.sleep(0.1)


def _until_closed(api: MilepostProcess, count: int) -> None:
    """Wait until the process has no more than `count` connections of clients."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while _connections(api) > count:
        assert time.monotonic() < deadline, "connections of readers who never read are still open"
        time.sleep(0.05)


def _connections(api: MilepostProcess) -> int:
    """The open connections of clients to this process."""
    port = int(api.url.rpartition(":")[2])
    connections = psutil.Process(api.process.pid).net_connections("tcp")
    return sum(one.laddr.port == port and one.status == "ESTABLISHED" for one in connections)


def _until_ready(api: MilepostProcess) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while httpx.get(f"{api.url}/readyz").status_code != 200:
        assert time.monotonic() < deadline, "not ready again"
        time.sleep(0.05)
