"""Redis is optional: with it missing, killed, flushed or silent every request is answered, and the worker recovers."""

import contextlib
import random
import socket
import statistics
import time
from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from oracles.comparison import assert_counted
from support.builders import SECRET, bearer, mint, new_learner
from support.fault_servers import BreakableRedis
from support.figures import Figure
from support.servers import MilepostProcess, Processes, free_port
from support.traffic import Delivery, Raw, deliver, service_activities

PATIENCE_SECONDS = 30.0
WHOLE_AGAIN_SECONDS = 10.0
"""As promised, after the return of Redis."""


@pytest.fixture
def silent_redis() -> Iterator[str]:
    """The address of a server that accepts connections and never answers."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(512)
        yield f"redis://127.0.0.1:{listening.getsockname()[1]}/0"


@pytest.fixture
def use(database_url: str, tmp_path: Path) -> Iterator[Callable[[str], Processes]]:
    """`use(address)`: Milepost's processes with the Redis at that address."""
    with contextlib.ExitStack() as after:

        def begin(redis_url: str) -> Processes:
            environment = {"MILEPOST_DATABASE_URL": database_url, "MILEPOST_REDIS_URL": redis_url}
            processes = Processes({**environment, "MILEPOST_JWT_SECRET": SECRET}, tmp_path)
            after.callback(processes.end)
            return processes

        yield begin


def _readiness(api: MilepostProcess) -> Raw:
    """The body of the readiness probe; asserts that it is 200."""
    answer = httpx.get(f"{api.url}/readyz", timeout=10.0)
    assert answer.status_code == 200
    readiness: Raw = answer.json()
    return readiness


def _wait_for(condition: Callable[[], object], seconds: float = PATIENCE_SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "the condition did not become true"
        time.sleep(0.1)


def _assert_serves(api: MilepostProcess, database_url: str) -> None:
    """Assert that writes and reads of all kinds succeed."""
    learner = new_learner()
    told = service_activities(learner, 160, random.Random(4))
    service = mint("exercises", ["service"])
    answers = deliver([api.url], [*(Delivery(service, [one]) for one in told[:40]), Delivery(service, told[40:])])
    assert {answer.status for answer in answers} == {200}
    with httpx.Client(base_url=api.url, headers=bearer(mint(learner, zone="UTC"))) as client:
        assert client.patch("/api/me", json={"zone": "UTC"}).status_code == 200
        for path in (
            "/api/progress",
            "/api/progress/streak",
            "/api/progress/skill-levels",
            "/api/activities",
            "/api/analytics/quick-stats",
            "/api/analytics/dashboard",
            "/api/me",
        ):
            assert client.get(path).status_code == 200, path
        assert client.post("/api/progress/calculate-skill-level", json={"topic": "loops"}).status_code == 200
    assert_counted(database_url, {learner: told})


def test_R04_without_redis_at_the_start_everything_is_served(
    use: Callable[[str], Processes], database_url: str
) -> None:
    api = use(f"redis://127.0.0.1:{free_port()}/0").api()
    readiness = _readiness(api)
    assert (readiness["status"], readiness["redis"], readiness["worker_seen_at"]) == ("degraded", "unreachable", None)
    _assert_serves(api, database_url)


def test_R04_redis_killed_and_emptied_while_serving(
    use: Callable[[str], Processes], own_redis: BreakableRedis, database_url: str
) -> None:
    api = use(own_redis.url).api()
    assert _readiness(api)["redis"] == "reachable"
    own_redis.server.flush()
    _assert_serves(api, database_url)
    own_redis.kill()
    assert _readiness(api)["redis"] == "unreachable"
    _assert_serves(api, database_url)
    own_redis.start()
    assert _readiness(api)["redis"] == "reachable", "reconnected without a restart"
    _assert_serves(api, database_url)


def test_R04_the_worker_survives_its_redis(
    use: Callable[[str], Processes], own_redis: BreakableRedis, long: bool, within: Callable[[float], float]
) -> None:
    processes = use(own_redis.url)
    api, worker = processes.api(), processes.worker()
    _wait_for(lambda: _readiness(api)["status"] == "ready")
    own_redis.kill()
    _wait_for(lambda: "worker_without_redis" in worker.log.read_text())
    assert worker.process.poll() is None
    assert _readiness(api)["status"] == "degraded"

    own_redis.start()
    own_redis.server.flush()
    _wait_for(lambda: _readiness(api)["status"] == "ready", within(WHOLE_AGAIN_SECONDS))
    back_at = datetime.fromisoformat(_wait_for_heartbeat(api))
    if long:
        own_redis.server.flush()
        assert datetime.fromisoformat(_wait_for_heartbeat(api)) > back_at, "heartbeats continue"
    assert worker.process.poll() is None


def _wait_for_heartbeat(api: MilepostProcess) -> str:
    """Wait for a heartbeat of the worker; return its instant."""
    _wait_for(lambda: _readiness(api)["worker_seen_at"])
    return str(_readiness(api)["worker_seen_at"])


def test_R04_a_worker_without_redis_at_the_start_waits_for_it(
    use: Callable[[str], Processes], own_redis: BreakableRedis, within: Callable[[float], float]
) -> None:
    own_redis.kill()
    processes = use(own_redis.url)
    api, worker = processes.api(), processes.worker()
    _wait_for(lambda: "worker_without_redis" in worker.log.read_text())
    assert worker.process.poll() is None
    own_redis.start()
    _wait_for(lambda: _readiness(api)["status"] == "ready", within(WHOLE_AGAIN_SECONDS))


def test_R05_a_redis_that_never_answers_holds_nobody_up(
    use: Callable[[str], Processes], silent_redis: str, database_url: str
) -> None:
    processes = use(silent_redis)
    api, worker = processes.api(), processes.worker()
    readiness = _readiness(api)
    assert (readiness["status"], readiness["redis"]) == ("degraded", "unreachable")
    _assert_serves(api, database_url)
    _wait_for(lambda: "worker_without_redis" in worker.log.read_text())
    assert worker.process.poll() is None
    worker.process.terminate()
    assert worker.wait_exit() == 0


def test_R05_the_first_request_waits_a_moment_and_the_later_ones_hardly(
    use: Callable[[str], Processes], silent_redis: str, redis_url: str, long: bool, figure: Figure
) -> None:
    """The short form only reads: a machine that is busy with other work must not decide a test."""
    usual, silent = (_seconds_of_reads(use(address).api()) for address in (redis_url, silent_redis))
    first, later = silent[0] - usual[0], statistics.median(silent[1:]) - statistics.median(usual[1:])
    figure(f"the first read {1_000 * first:.0f} ms slower than with Redis, later ones {1_000 * later:.1f} ms")
    if long:
        assert first <= 0.3
        assert later <= 0.02


def _seconds_of_reads(api: MilepostProcess) -> list[float]:
    """How long each of 100 reads takes that ask Redis for an answer, each for another day, so that none is kept."""
    times = []
    with httpx.Client(base_url=api.url, headers=bearer(mint(new_learner(), zone="UTC"))) as client:
        assert client.get("/api/me").status_code == 200
        for day in range(100):
            days = f"2026-01-01..{date(2026, 1, 1) + timedelta(days=day)}"
            started = time.perf_counter()
            assert client.get("/api/analytics/quick-stats", params={"date_range": days}).status_code == 200
            times.append(time.perf_counter() - started)
    return times
