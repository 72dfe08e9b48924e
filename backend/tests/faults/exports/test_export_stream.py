"""R19: exports over real connections: readers that leave, stop reading or are cut off, and memory that stays flat."""

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import asyncpg
import httpx
import orjson
import pytest

from faults.exports.readers import FEW, MANY, PATIENCE_SECONDS, Reader, fill, running_exports, until, whole
from support.builders import bearer, mint
from support.servers import MilepostProcess, Processes

_FREE_WITHIN_SECONDS = 2.0
_MEGABYTE = 2**20
_PATIENT = {
    "MILEPOST_EXPORT_STALL_SECONDS": "600",
    "MILEPOST_ANSWER_STALL_SECONDS": "600",
    "MILEPOST_DATABASE_EXPORT_CONNECTIONS": "1",
}


@pytest.fixture(scope="module")
async def database(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to the database in which the learners `few` and `many` have exercises."""
    connection = await asyncpg.connect(database_url)
    await fill(connection)
    yield connection
    await connection.close()


@pytest.mark.parametrize("kind", ["csv", "json"])
async def test_R19_a_reader_who_leaves_frees_the_connection(
    processes: Processes, database: asyncpg.Connection, within: Callable[[float], float], kind: str
) -> None:
    api = processes.api(**_PATIENT)
    async with Reader.of(api, "many", kind) as reader:
        await reader.begin()
        await until(database, waits_for="ClientWrite")
        reader.leave()
        await until(database, waits_for=None, patience_seconds=within(_FREE_WITHIN_SECONDS))
    assert len(await whole(api, "few", kind)) > FEW * 400, "the only export connection is free again"


async def test_R19_also_one_who_leaves_before_anything_has_come(
    processes: Processes, database: asyncpg.Connection, database_url: str, within: Callable[[float], float]
) -> None:
    api = processes.api(**_PATIENT)
    locking = await asyncpg.connect(database_url)
    try:
        async with locking.transaction():
            await locking.execute("LOCK TABLE activities IN ACCESS EXCLUSIVE MODE")
            async with Reader.of(api, "few", "csv") as reader:
                await until(database, waits_for="relation")
                reader.leave()
                await until(database, waits_for=None, patience_seconds=within(_FREE_WITHIN_SECONDS))
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
        async with locking.transaction(), httpx.AsyncClient(base_url=api.url, timeout=PATIENCE_SECONDS) as client:
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
