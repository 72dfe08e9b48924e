"""A database that stops answering: every request gets 503 with Retry-After, and all recovers when it resumes."""

import asyncio
import functools
import random
import time
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from oracles.comparison import assert_counted, run_apart
from support.builders import SECRET, bearer, mint, new_learner
from support.fault_servers import BreakablePostgres
from support.figures import Figure
from support.servers import MilepostProcess, Processes
from support.traffic import Delivery, deliver, deliver_until_acknowledged, post, service_activities

# As promised.
_MAX_ANSWER_SECONDS = 5.0
_READS = (
    "/api/progress",
    "/api/progress/streak",
    "/api/progress/skill-levels",
    "/api/activities",
    "/api/me",
    "/readyz",
)
_CONNECTIONS = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'milepost' AND pid <> pg_backend_pid()"
_BUSY = f"{_CONNECTIONS} AND state <> 'idle'"


@pytest.fixture
def api(own_postgres: BreakablePostgres, redis_url: str, tmp_path: Path) -> Iterator[MilepostProcess]:
    """An API on that PostgreSQL, with few connections."""
    environment = {"MILEPOST_DATABASE_URL": own_postgres.url, "MILEPOST_REDIS_URL": redis_url}
    few = {"MILEPOST_DATABASE_READ_CONNECTIONS": "4", "MILEPOST_DATABASE_WRITE_CONNECTIONS": "3"}
    processes = Processes({**environment, **few, "MILEPOST_JWT_SECRET": SECRET}, tmp_path)
    yield processes.api()
    processes.end()


@dataclass(frozen=True, slots=True)
class Seen:
    """One answer: its request, its status, and whether it has a Retry-After."""

    request: str
    status: int
    has_retry_after: bool


class Crowd:
    """Clients that keep sending, each one kind of request."""

    def __init__(self, url: str, learner: str, deliveries: Sequence[Delivery], max_seconds: float) -> None:
        self.seen: list[Seen] = []
        self._url = url
        self._own = bearer(mint(learner))
        self._deliveries = deliveries
        self._max_seconds = max_seconds

    async def ask_for(self, seconds: float) -> None:
        """Run all clients for `seconds`; a request without an answer in time fails the test."""
        until = time.monotonic() + seconds
        limits = httpx.Limits(max_connections=200)
        async with (
            httpx.AsyncClient(timeout=self._max_seconds, limits=limits) as client,
            asyncio.TaskGroup() as group,
        ):
            for delivery in self._deliveries:
                group.create_task(self._repeat(until, functools.partial(self._write, client, delivery)))
            for path in _READS:
                group.create_task(self._repeat(until, functools.partial(self._read, client, path)))
            group.create_task(self._repeat(until, functools.partial(self._move, client)))

    async def _repeat(self, until: float, ask: Callable[[], Awaitable[None]]) -> None:
        while time.monotonic() < until:
            await ask()
            await asyncio.sleep(0.2)

    async def _write(self, client: httpx.AsyncClient, delivery: Delivery) -> None:
        answer = await post(client, self._url, delivery)
        self.seen.append(Seen(f"POST of {len(delivery.activities)}", answer.status, answer.retry_after is not None))

    async def _read(self, client: httpx.AsyncClient, path: str) -> None:
        answer = await client.get(f"{self._url}{path}", headers=self._own)
        self.seen.append(Seen(path, answer.status_code, "Retry-After" in answer.headers))

    async def _move(self, client: httpx.AsyncClient) -> None:
        answer = await client.patch(f"{self._url}/api/me", json={"zone": "Asia/Tokyo"}, headers=self._own)
        self.seen.append(Seen("PATCH", answer.status_code, "Retry-After" in answer.headers))


@pytest.mark.parametrize("busy", [False, True], ids=["at rest", "under load"])
def test_R16_a_frozen_database_is_not_now_within_seconds(
    own_postgres: BreakablePostgres,
    api: MilepostProcess,
    long: bool,
    within: Callable[[float], float],
    figure: Figure,
    busy: bool,
) -> None:
    chance = random.Random(16)
    learner, service = new_learner(), mint("exercises", ["service"])
    first = service_activities(learner, 20, chance)
    assert all(
        answer.is_acknowledged for answer in deliver([api.url], [Delivery(service, [activity]) for activity in first])
    )
    late = service_activities(learner, 450, chance)
    deliveries = [Delivery(service, late[place : place + 130]) for place in (0, 130, 260)]
    deliveries += [Delivery(service, [activity]) for activity in late[390:]]
    crowd = Crowd(api.url, learner, deliveries, within(_MAX_ANSWER_SECONDS))
    run_apart(_freeze_under(crowd, own_postgres, 20.0 if long else 7.0, busy=busy))

    refused = [answer for answer in crowd.seen if answer.status == 503]
    assert {answer.request for answer in refused} == {*_READS, "PATCH", "POST of 1", "POST of 130"}
    assert all(answer.has_retry_after for answer in refused)
    assert {answer.status for answer in crowd.seen} <= {200, 503}
    figure(f"{len(refused)} requests refused, each within {within(_MAX_ANSWER_SECONDS):g} s")
    deliver_until_acknowledged(api.url, deliveries)
    _wait_until_at_rest(own_postgres, api.url)
    assert int(own_postgres.ask(_CONNECTIONS)) <= 7, "no more connections than the pools hold"
    assert_counted(own_postgres.url, {learner: first + late}, "Asia/Tokyo" if _moved(api.url, learner) else "UTC")


async def _freeze_under(crowd: Crowd, server: BreakablePostgres, seconds: float, *, busy: bool) -> None:
    """Freeze the server while the crowd sends; `busy`: the crowd was already sending."""
    try:
        if not busy:
            server.freeze()
        asking = asyncio.create_task(crowd.ask_for(seconds))
        if busy:
            await asyncio.sleep(1.0)
            server.freeze()
        await asking
    finally:
        server.thaw()


def _moved(url: str, learner: str) -> bool:
    """Whether the zone change was committed: before the freeze, or after its client had given up."""
    shown = httpx.get(f"{url}/api/me", headers=bearer(mint(learner))).json()
    return bool(shown["timezone"] == "Asia/Tokyo")


def _wait_until_at_rest(server: BreakablePostgres, url: str) -> None:
    deadline = time.monotonic() + 30
    while int(server.ask(_BUSY)) > 0 or httpx.get(f"{url}/readyz").status_code != 200:
        assert time.monotonic() < deadline, "connections of the frozen time are still busy"
        time.sleep(0.1)
