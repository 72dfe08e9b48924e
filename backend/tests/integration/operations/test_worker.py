"""The worker: it sends heartbeats, refuses pickles, and recovers after Redis was down."""

import asyncio
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis

from milepost import worker
from milepost.app import create_app
from milepost.embedded.redis import RedisServer, start_redis
from milepost.redis.heartbeat import is_late, last_heartbeat_at, send_heartbeat
from milepost.redis.job_queue import QUEUE, from_json, to_json
from milepost.resources import open_resources
from milepost.settings import Settings
from milepost.worker import worker_state
from support.servers import Processes, clean_environment

_PATIENCE_SECONDS = 60.0


class Exploit:
    """Creates a file when it is unpickled."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return (Path.touch, (self.mark,))


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A server that a test may stop."""
    server = start_redis(tmp_path / "redis", tmp_path / "redis.log")
    yield server
    server.stop()


async def heartbeat_after(url: str, earlier: float) -> float:
    """Wait for a heartbeat after `earlier` and return its time; both in seconds since 1970."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        async with Redis.from_url(url) as redis:
            beat_at = await last_heartbeat_at(redis)
        if beat_at is not None and beat_at.timestamp() > earlier:
            return beat_at.timestamp()
        await asyncio.sleep(0.1)
    raise AssertionError("no worker has sent a heartbeat")


async def until_gone(redis: Redis, job: str) -> None:
    """Wait until a job has left the queue."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    for _ in iter(lambda: time.monotonic() < deadline, False):
        if await redis.zscore(QUEUE, job) is None:
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"{job} is still in the queue")


def test_S13_a_pickle_is_not_read(tmp_path: Path) -> None:
    mark = tmp_path / "mark"
    with pytest.raises(ValueError, match="line 1 column 1"):
        from_json(pickle.dumps({"f": Exploit(mark)}))
    assert not mark.exists()
    assert from_json(to_json({"f": "sweep", "a": [1, "x"], "k": {}})) == {"f": "sweep", "a": [1, "x"], "k": {}}
    with pytest.raises(ValueError, match="object"):
        from_json(b"[]")


async def test_S13_a_pickled_job_is_refused_and_the_next_one_runs(
    own_redis: RedisServer, processes: Processes, tmp_path: Path
) -> None:
    mark = tmp_path / "mark"
    async with Redis.from_url(own_redis.url()) as redis:
        await redis.set(
            "arq:job:evil", pickle.dumps({"t": 1, "f": "hint_say_alive", "a": (Exploit(mark),), "k": {}, "et": 1})
        )
        await redis.zadd(QUEUE, {"evil": 1})
        worker = processes.worker(MILEPOST_REDIS_URL=own_redis.url())
        await heartbeat_after(own_redis.url(), 0)
        await until_gone(redis, "evil")
    assert not mark.exists()
    worker.send(signal.SIGTERM)
    assert worker.wait_exit() == 0


async def test_R04_the_worker_survives_a_restart_of_redis(
    own_redis: RedisServer, processes: Processes, tmp_path: Path
) -> None:
    worker = processes.worker(MILEPOST_REDIS_URL=own_redis.url())
    before = await heartbeat_after(own_redis.url(), 0)
    own_redis.process.kill()
    own_redis.process.wait()
    while "worker_without_redis" not in worker.log.read_text():
        assert worker.process.poll() is None, worker.log.read_text()
        await asyncio.sleep(0.1)
    again = start_redis(own_redis.folder, tmp_path / "redis.log")
    try:
        assert await heartbeat_after(again.url(), before) > before
        worker.send(signal.SIGTERM)
        assert worker.wait_exit() == 0
    finally:
        again.stop()


async def test_R30_the_worker_starts_before_redis(own_redis: RedisServer, processes: Processes, tmp_path: Path) -> None:
    own_redis.stop()
    worker = processes.worker(MILEPOST_REDIS_URL=own_redis.url())
    while "worker_without_redis" not in worker.log.read_text():
        assert worker.process.poll() is None, worker.log.read_text()
        await asyncio.sleep(0.1)
    again = start_redis(own_redis.folder, tmp_path / "redis.log")
    try:
        await heartbeat_after(again.url(), 0)
    finally:
        again.stop()
    worker.send(signal.SIGTERM)
    assert worker.wait_exit() == 0


def test_without_redis_the_state_of_a_worker_is_unknown(settings: Settings, tmp_path: Path) -> None:
    assert worker_state(settings.model_copy(update={"redis_url": f"unix://{tmp_path}/nothing"})) == "unknown"


async def test_readiness_and_check_notice_a_worker_that_stands_still(
    own_redis: RedisServer, processes: Processes, settings: Settings
) -> None:
    worker = processes.worker(MILEPOST_REDIS_URL=own_redis.url())
    beat_at = datetime.fromtimestamp(await heartbeat_after(own_redis.url(), 0), UTC)
    assert [is_late(beat_at, beat_at + timedelta(seconds=age)) for age in (-61, -60, 0, 60, 61)] == [
        *(True, False, False, False, True)
    ]
    worker.send(signal.SIGSTOP)
    async with Redis.from_url(own_redis.url()) as redis:
        await send_heartbeat(redis, beat_at - timedelta(hours=2))
    application = create_app(settings.model_copy(update={"redis_url": own_redis.url()}))
    async with application.test_app():
        readiness = await (await application.test_client().get("/readyz")).get_json()
    assert (readiness["status"], readiness["worker"]) == ("degraded", "late")
    assert readiness["worker_seen_at"] is not None
    checked = [*(sys.executable, "-m", "milepost.cli", "worker", "--check")]
    environment = {**clean_environment(), "MILEPOST_REDIS_URL": own_redis.url()}
    done = await asyncio.to_thread(
        subprocess.run, checked, env=environment, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (3, "milepost: no worker has sent a heartbeat lately\n")
    worker.send(signal.SIGCONT)
    done = await asyncio.to_thread(
        subprocess.run, checked, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, "another heartbeat has come, whatever the clock was"


async def test_a_connection_that_is_never_returned_does_not_block_the_exit(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_MAX_CLOSE_SECONDS", 0.2)
    resources = await open_resources(settings)
    kept = await resources.database.pools.intake.acquire()
    await worker._close(resources)
    with pytest.raises(asyncpg.InterfaceError):
        await kept.fetchval("SELECT 1")


def test_a_stuck_worker_ends_itself() -> None:
    code = "import time; from milepost import worker; worker._end_when_stuck([time.monotonic() - 119])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (70, "milepost: the worker is stuck and ends, to be started again\n")
