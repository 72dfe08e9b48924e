"""The live stream when servers die, readers do not read, and the process stops."""

import asyncio
import json
import signal
import socket
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit
from uuid import UUID

import asyncpg
import httpx
import pytest
from redis.asyncio import Redis

from integration.live.clients import Event, StreamClient, cut_all
from milepost.api.live.events import MAX_UNREAD_BYTES
from support.builders import SECRET, bearer, exercise, mint, new_learner
from support.callers import uuid_of
from support.catalogues import condition, entry, put_in_force
from support.fault_servers import BreakablePostgres, BreakableRedis
from support.servers import MilepostProcess, Processes

STREAMS = 300
NOTICES = 8_000
_COPIES = """
INSERT INTO notices (learner_id, revision, n, kind, body, commit_id, created_at)
SELECT learner_id, revision, g, kind, body || jsonb_build_object('description', repeat('long ', 300)), commit_id,
    created_at
FROM notices, generate_series(1, $2) g WHERE learner_id = $1 AND n = 0
"""


@pytest.fixture(autouse=True)
async def _cut_what_is_left() -> AsyncIterator[None]:
    yield
    await cut_all()


def processes_of(database_url: str, redis_url: str, folder: Path) -> Processes:
    """Processes with these servers."""
    environment = {"MILEPOST_DATABASE_URL": database_url, "MILEPOST_REDIS_URL": redis_url}
    return Processes({**environment, "MILEPOST_JWT_SECRET": SECRET, "MILEPOST_LOG_FORMAT": "json"}, folder)


async def practise(api: MilepostProcess, learner: str, points: int = 0) -> int:
    """Record an exercise; the status."""
    body = {**exercise(datetime.now(UTC), value=None, points=points), "learner_id": learner}
    async with httpx.AsyncClient(base_url=api.url, timeout=30.0) as client:
        answer = await client.post("/api/activities", json=body, headers=bearer(mint("exercises", ["service"])))
    return answer.status_code


async def test_without_redis_changes_still_arrive_and_its_return_is_noticed(
    own_redis: BreakableRedis, database_url: str, tmp_path: Path
) -> None:
    processes = processes_of(database_url, own_redis.url, tmp_path)
    try:
        api = processes.api(MILEPOST_STREAM_POLL_SECONDS="0.2")
        ada = new_learner()
        stream = await StreamClient.opened(api.url, mint(ada))
        await _subscribed(own_redis.url)
        assert await practise(api, ada) == 200
        assert (await stream.next()).id == "1.0"
        own_redis.kill()
        assert await practise(api, ada) == 200
        assert (await stream.next()).id == "2.0"
        own_redis.start()
        await _subscribed(own_redis.url)
        assert await practise(api, ada) == 200
        assert (await stream.next()).id == "3.0"
    finally:
        processes.end()


async def _subscribed(redis_url: str) -> None:
    """Wait until a process listens."""
    redis = Redis.from_url(redis_url)
    try:
        async with asyncio.timeout(30):
            while (await redis.pubsub_numsub("milepost:changed"))[0][1] == 0:
                pass
    finally:
        await redis.aclose()


async def test_a_stream_outlives_its_database(own_postgres: BreakablePostgres, redis_url: str, tmp_path: Path) -> None:
    processes = processes_of(own_postgres.url, redis_url, tmp_path)
    try:
        api = processes.api(MILEPOST_STREAM_HEARTBEAT_SECONDS="0.2", MILEPOST_STREAM_POLL_SECONDS="0.2")
        ada = new_learner()
        stream = await StreamClient.opened(api.url, mint(ada))
        await asyncio.to_thread(own_postgres.kill)
        assert await practise(api, ada) == 503
        before = stream.parser.comments
        while stream.parser.comments < before + 3:
            assert await stream.receive(), "it stays open"
        await asyncio.to_thread(own_postgres.restart)
        async with asyncio.timeout(60):
            while await practise(api, ada) != 200:
                pass
        event = await stream.next()
        assert (event.name, event.data["revision"]) == ("activity", 1)
    finally:
        processes.end()


async def test_R13_a_stream_of_a_killed_process_resumes_at_another(processes: Processes, database_url: str) -> None:
    await put_in_force(database_url, *(entry(f"points-{n}", condition("points", 10 * n)) for n in (1, 2, 3)))
    first, second = processes.api(), processes.api()
    ada = new_learner()
    stream = await StreamClient.opened(first.url, mint(ada))
    assert await practise(second, ada, 10) == 200
    assert [event.id for event in await stream.until("activity")] == ["1.0", "1.1"]
    first.send(signal.SIGKILL)
    assert not await stream.ended()
    assert await practise(second, ada, 10) == 200
    assert await practise(second, ada, 10) == 200
    resumed = await StreamClient.opened(second.url, mint(ada), stream.parser.last_event_id)
    assert [event.id for event in await resumed.until("activity")] == ["2.0", "3.0", "3.1"]


async def test_a_reader_that_does_not_read_is_cut_and_others_get_everything(
    processes: Processes, database_url: str
) -> None:
    await put_in_force(database_url, entry("points", condition("points", 10)))
    api = processes.api(MILEPOST_STREAM_STALL_SECONDS="1", MILEPOST_LOG_FORMAT="json")
    ada = new_learner()
    assert await practise(api, ada, 10) == 200
    connection = await asyncpg.connect(database_url)
    await connection.execute(_COPIES, UUID(uuid_of(ada)), NOTICES)
    await connection.close()
    lazy = _request_without_reading(api, mint(ada))
    try:
        diligent = await StreamClient.opened(api.url, mint(ada), "1.0")
        events = await diligent.until("activity")
        assert [event.id for event in events] == [f"1.{n}" for n in range(1, NOTICES + 2)]
        unread = await _unread_when_cut(api)
        assert 0 < unread <= MAX_UNREAD_BYTES <= 65_536
    finally:
        lazy.close()


def _request_without_reading(api: MilepostProcess, token: str) -> socket.socket:
    """Resume from before all notices, and read nothing."""
    address = urlsplit(api.url)
    lazy = socket.create_connection((address.hostname, address.port))
    lines = ["GET /api/notifications/stream HTTP/1.1", "Host: x", f"Authorization: Bearer {token}"]
    lazy.sendall("\r\n".join([*lines, "Last-Event-ID: 0.0", "", ""]).encode())
    return lazy


async def _unread_when_cut(api: MilepostProcess) -> int:
    """Wait for the log line of a cut; how many bytes waited for the reader."""
    async with asyncio.timeout(60):
        while True:
            lines = [line for line in api.log.read_text().splitlines() if '"stream_cut"' in line]
            if lines:
                return int(json.loads(lines[0])["unread_bytes"])
            await asyncio.sleep(0.1)


async def test_sigterm_ends_300_streams_and_the_process(processes: Processes) -> None:
    # An open stream would hold the process for ten minutes, much longer than the test waits for its exit.
    api = processes.api(MILEPOST_SHUTDOWN_GRACE_SECONDS="600", MILEPOST_SHUTDOWN_NOTICE_SECONDS="2")
    tokens = [mint(new_learner()) for _ in range(STREAMS // 5)]
    streams = [await StreamClient.opened(api.url, token) for token in tokens for _ in range(5)]
    api.send(signal.SIGTERM)
    expected = Event("reconnect", None, {"reason": "shutting_down"})
    assert await streams[0].next() == expected
    late = await StreamClient.connect(api.url, mint(new_learner()))
    assert (await late.problem())["code"] == "shutting_down"
    assert late.parser.status == 503
    for stream in streams[1:]:
        assert await stream.next() == expected
    assert all([await stream.ended() for stream in streams])
    assert await asyncio.to_thread(api.wait_exit) == 0
