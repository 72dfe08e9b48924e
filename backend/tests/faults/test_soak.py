"""R29: hours in minutes. Everything is used and killed in turns, and what is never killed does not grow."""

import asyncio
import contextlib
import itertools
import random
import statistics
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import asyncpg
import httpx
import psutil
import pytest

from integration.live.clients import StreamClient, cut_all
from oracles.comparison import assert_counted, stored_ids
from support.builders import SECRET, bearer, mint, new_learner
from support.catalogues import DAY_SUM_ENTRIES, put_in_force
from support.fault_servers import BreakablePostgres, BreakableRedis
from support.figures import Figure
from support.servers import Processes, run_milepost
from support.traffic import NO_ANSWER, Answer, Delivery, Raw, post, service_activities

LEARNERS, WRITERS, READERS = 48, 6, 4
MORE_DESCRIPTORS = 6
MORE_MEMORY = 1.1
_CONNECTIONS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""
_READS = (
    *("/readyz", "/metrics", "/api/me", "/api/features", "/api/progress", "/api/progress/streak"),
    *("/api/progress/skill-levels", "/api/progress/history?days=90", "/api/progress/achievements"),
    *("/api/activities?limit=50", "/api/notifications", "/api/analytics/dashboard", "/api/analytics/quick-stats"),
    *("/api/goals", "/api/tasks", "/api/spaces"),
)


@dataclass(frozen=True)
class Form:
    """How long a soak is, and how often something is killed."""

    seconds: float
    seconds_between_kills: float
    warm_up_seconds: float
    sample_seconds: float


SHORT = Form(seconds=40, seconds_between_kills=10, warm_up_seconds=8, sample_seconds=0.5)
LONG = Form(seconds=1_800, seconds_between_kills=20, warm_up_seconds=300, sample_seconds=5)


@pytest.fixture
def own_processes(own_postgres: BreakablePostgres, own_redis: BreakableRedis, tmp_path: Path) -> Iterator[Processes]:
    """Milepost's processes on these servers."""
    environment = {
        "MILEPOST_DATABASE_URL": own_postgres.url,
        "MILEPOST_REDIS_URL": own_redis.url,
        "MILEPOST_JWT_SECRET": SECRET,
        "MILEPOST_LIMIT_EXPORTS_LEARNER_PER_HOUR": "1000000",
        "MILEPOST_LOG_LEVEL": "warning",
    }
    started = Processes(environment, tmp_path)
    yield started
    started.end()


@pytest.fixture(autouse=True)
async def _cut_what_is_left() -> AsyncIterator[None]:
    yield
    await cut_all()


class Victims:
    """Kills one thing after another and starts it again. The first API and the first worker are never killed."""

    def __init__(self, processes: Processes, postgres: BreakablePostgres, redis: BreakableRedis) -> None:
        self.kills: Counter[str] = Counter()
        self._processes = processes
        self._postgres = postgres
        self._redis = redis
        self.spared_api = processes.api()
        self.spared_worker = processes.worker()
        self._api = processes.api()
        self._worker = processes.worker()
        strikes = (
            *(self._kill_api, self._kill_postgres, self._kill_redis, self._kill_worker, self._kill_a_backend),
            *(self._kill_api, self._kill_redis, self._kill_worker, self._kill_a_backend),
        )
        self._strikes = itertools.cycle(strikes)

    @property
    def urls(self) -> list[str]:
        """The addresses of both APIs; the second changes with every kill."""
        return [self.spared_api.url, self._api.url]

    def strike(self) -> None:
        """Kill what is next, and return when it has been started again."""
        strike: Callable[[], None] = next(self._strikes)
        strike()
        self.kills[strike.__name__.removeprefix("_kill_")] += 1

    def _kill_api(self) -> None:
        self._api.end()
        self._api = self._processes.api()

    def _kill_worker(self) -> None:
        self._worker.end()
        self._worker = self._processes.worker()

    def _kill_redis(self) -> None:
        self._redis.kill()
        time.sleep(1.0)
        self._redis.start()

    def _kill_a_backend(self) -> None:
        self._postgres.kill_a_backend()
        self._postgres.wait_until_recovered()

    def _kill_postgres(self) -> None:
        self._postgres.kill()
        time.sleep(1.0)
        self._postgres.restart()


class Clients:
    """Writers, readers, one live stream and exports. `wrong` has every answer that a client should never get."""

    def __init__(self, victims: Victims) -> None:
        self.wrong: list[str] = []
        self.statuses: Counter[int] = Counter()
        self.told: dict[str, list[Raw]] = {new_learner(): [] for _ in range(LEARNERS)}
        self.repeats = 0
        self.whole_exports = 0
        self.places: list[tuple[int, int]] = []
        self._victims = victims
        self._tokens = {learner: bearer(mint(learner, zone="UTC")) for learner in self.told}
        self._service = mint("exercises", ["service"])
        self._spectator = next(iter(self.told))
        self._are_done = False

    async def run_beside(self, work: Coroutine[None, None, None]) -> None:
        """Write, read and export until the work ends; then wait until the stream has shown the last change."""
        # Idle connections are closed before the server does so, after five seconds: a request might just have left.
        limits = httpx.Limits(max_connections=None, keepalive_expiry=2.0)
        async with (
            httpx.AsyncClient(timeout=30.0, limits=limits, trust_env=False) as client,
            asyncio.TaskGroup() as group,
        ):
            streaming = group.create_task(self._follow())
            async with asyncio.TaskGroup() as senders:
                for number in range(WRITERS):
                    senders.create_task(self._write(client, random.Random(number)))
                for number in range(READERS):
                    senders.create_task(self._read(client, random.Random(number)))
                senders.create_task(self._export(client))
                await work
                self._are_done = True
            await self._until_all_is_shown(client)
            streaming.cancel()

    async def _until_all_is_shown(self, client: httpx.AsyncClient) -> None:
        """Wait until the stream has shown the newest change of its learner."""
        address, own = f"{self._victims.spared_api.url}/api/progress", self._tokens[self._spectator]
        async with asyncio.timeout(60):
            while True:
                revision = (await client.get(address, headers=own)).json()["revision"]
                if self.places and self.places[-1][0] == revision:
                    return
                await asyncio.sleep(0.1)

    async def _write(self, client: httpx.AsyncClient, chance: random.Random) -> None:
        """Report activities, each delivery until it is acknowledged; a few of them once more."""
        while not self._are_done:
            learner = chance.choice(list(self.told))
            activities = service_activities(learner, chance.choice([1, 1, 1, 1, 2, 10]), chance)
            delivery = Delivery(self._service, activities)
            await self._deliver(client, delivery, chance)
            self.told[learner] += activities
            if chance.random() < 0.05:
                repeated = await self._deliver(client, delivery, chance)
                self.repeats += all(result["status"] == "duplicate" for result in repeated.results)
            await asyncio.sleep(0.1)

    async def _deliver(self, client: httpx.AsyncClient, delivery: Delivery, chance: random.Random) -> Answer:
        """Send a delivery until it is acknowledged, each time to one of the APIs."""
        while True:
            url = chance.choice(self._victims.urls)
            answer = await post(client, url, delivery)
            self._note("POST", url, answer.status, answer.retry_after)
            if answer.is_acknowledged:
                return answer
            await asyncio.sleep(0.2)

    async def _read(self, client: httpx.AsyncClient, chance: random.Random) -> None:
        while not self._are_done:
            url, path = chance.choice(self._victims.urls), chance.choice(_READS)
            try:
                answer = await client.get(url + path, headers=self._tokens[chance.choice(list(self.told))])
            except httpx.TransportError:
                self._note(path, url, NO_ANSWER, None)
            else:
                self._note(path, url, answer.status_code, answer.headers.get("Retry-After"))
            await asyncio.sleep(0.05)

    def _note(self, name: str, url: str, status: int, retry_after: str | None) -> None:
        self.statuses[status] += 1
        is_spared = url == self._victims.spared_api.url
        if status not in (200, 503, NO_ANSWER) or (status == NO_ANSWER and is_spared):
            self.wrong.append(f"{name}: {status}")
        if status == 503 and int(retry_after or 0) < 1:
            self.wrong.append(f"{name}: 503 without Retry-After")

    async def _export(self, client: httpx.AsyncClient) -> None:
        """Exports, of which every second reader leaves at the first bytes. One that the database leaves is cut."""
        for number in itertools.count():
            if self._are_done:
                return
            learner = list(self.told)[number % LEARNERS]
            url = self._victims.spared_api.url
            path = f"/api/progress/export?format={('json', 'csv')[number % 4 // 2]}"
            with contextlib.suppress(httpx.RemoteProtocolError, httpx.ReadError):
                async with client.stream("GET", url + path, headers=self._tokens[learner]) as answer:
                    self._note("export", url, answer.status_code, answer.headers.get("Retry-After"))
                    async for _ in answer.aiter_bytes():
                        if number % 2:
                            break
                    self.whole_exports += answer.status_code == 200 and number % 2 == 0
            await asyncio.sleep(1.0)

    async def _follow(self) -> None:
        """The live stream of one learner, resumed whenever it ends."""
        token, last_event_id = mint(self._spectator, zone="UTC"), None
        while True:
            stream = await StreamClient.connect(self._victims.spared_api.url, token, last_event_id)
            while await stream.receive():
                for event in stream.taken():
                    if event.name not in ("notice", "activity", "reconnect"):
                        self.wrong.append(f"stream: {event}")
                    if event.id is not None:
                        revision, number = event.id.split(".")
                        self.places.append((int(revision), int(number)))
            last_event_id = stream.parser.last_event_id
            await asyncio.sleep(0.5)


@dataclass(frozen=True)
class Sample:
    """What the processes that are never killed hold, and how many connections all processes have."""

    api_bytes: int
    worker_bytes: int
    api_descriptors: int
    worker_descriptors: int
    connections: int


async def _samples(victims: Victims, database_url: str, form: Form, samples: list[Sample]) -> None:
    """Take samples for ever, after the warm-up, and none while the database is away."""
    await asyncio.sleep(form.warm_up_seconds)
    api, worker = (psutil.Process(one.process.pid) for one in (victims.spared_api, victims.spared_worker))
    while True:
        await asyncio.sleep(form.sample_seconds)
        with contextlib.suppress(asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError):
            connection = await asyncpg.connect(database_url, timeout=2)
            try:
                connections = await connection.fetchval(_CONNECTIONS, timeout=2)
            finally:
                connection.terminate()
            held = api.memory_full_info().uss, worker.memory_full_info().uss
            samples.append(Sample(*held, api.num_fds(), worker.num_fds(), connections))


async def _kill_in_turns(victims: Victims, form: Form) -> None:
    """Kill something again and again, and end with a while of quiet."""
    ends_at = time.monotonic() + form.seconds
    while time.monotonic() + form.seconds_between_kills < ends_at:
        await asyncio.sleep(form.seconds_between_kills)
        await asyncio.to_thread(victims.strike)
    await asyncio.sleep(ends_at - time.monotonic())


def _first_and_last(samples: Sequence[Sample], name: str) -> tuple[float, float]:
    """The medians of the first and of the last third."""
    values = [getattr(sample, name) for sample in samples]
    third = len(values) // 3
    return statistics.median(values[:third]), statistics.median(values[-third:])


async def test_R29_nothing_grows_and_nothing_is_lost_while_everything_is_killed_in_turns(
    own_postgres: BreakablePostgres, own_redis: BreakableRedis, own_processes: Processes, long: bool, figure: Figure
) -> None:
    form = LONG if long else SHORT
    await put_in_force(own_postgres.url, *DAY_SUM_ENTRIES)
    victims = await asyncio.to_thread(Victims, own_processes, own_postgres, own_redis)
    clients, samples = Clients(victims), list[Sample]()
    sampling = asyncio.create_task(_samples(victims, own_postgres.url, form, samples))
    try:
        await clients.run_beside(_kill_in_turns(victims, form))
    finally:
        sampling.cancel()
    told = clients.told
    held = {field.name: _first_and_last(samples, field.name) for field in fields(Sample)}
    figure(_figures(clients, victims, held))

    assert clients.wrong == []
    assert clients.repeats > 0
    assert clients.whole_exports > 0
    assert clients.places == sorted(set(clients.places)), "every event once, in the order of commits"
    assert stored_ids(own_postgres.url, list(told)) == {str(one["id"]) for each in told.values() for one in each}
    assert_counted(own_postgres.url, told)
    assert "0 differences" in run_milepost(own_postgres.url, "rebuild", "--check")
    _assert_flat(held, long=long)


def _figures(clients: Clients, victims: Victims, held: Mapping[str, tuple[float, float]]) -> str:
    lines = (
        f"killed: {victims.kills.total()} ({', '.join(f'{name} {count}' for name, count in victims.kills.items())})",
        f"{sum(map(len, clients.told.values()))} activities, {clients.repeats} repeats, statuses {clients.statuses}",
        f"{clients.whole_exports} exports, {len(clients.places)} events of the stream",
        *(f"{name}: {first:,.0f}, at the end {last:,.0f}" for name, (first, last) in held.items()),
    )
    return "; ".join(lines)


def _assert_flat(held: Mapping[str, tuple[float, float]], *, long: bool) -> None:
    for name in ("api_descriptors", "worker_descriptors", "connections"):
        first, last = held[name]
        assert last <= first + MORE_DESCRIPTORS, name
    if long:
        for name in ("api_bytes", "worker_bytes"):
            first, last = held[name]
            assert last <= first * MORE_MEMORY, name
