"""While PostgreSQL dies, freezes and returns, every route answers in time: as usual, or with 503 and Retry-After."""

import asyncio
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from integration.edge.requests_of_routes import (
    ASKED,
    MADE,
    OF_THE_SERVICE,
    OPERATING,
    VALID,
    Key,
    address,
    naming,
)
from oracles.comparison import run_apart
from support.builders import SECRET, bearer, mint, new_learner
from support.callers import Json
from support.fault_servers import BreakablePostgres
from support.figures import Figure
from support.servers import MilepostProcess, Processes

_CLIENTS = 48
_MAX_ANSWER_SECONDS = 5.0
_PAUSE_SECONDS = 0.7
_CONNECTIONS = "SELECT count(*) FROM pg_stat_activity WHERE datname = 'milepost' AND pid <> pg_backend_pid()"
_BUSY = f"{_CONNECTIONS} AND state <> 'idle'"
_HEALTH = ("/readyz", "/metrics", "/livez")
_WITHOUT_DATABASE = {"GET /livez", "GET /metrics", "GET /api/features"}
_LEAVING = ("/api/me", "/merge", "/admin/learners/<any_text:learner_id>")
"""Routes after which the learner of the test would be gone."""


@pytest.fixture
def own_processes(own_postgres: BreakablePostgres, redis_url: str, tmp_path: Path) -> Iterator[Processes]:
    """Milepost's processes on that PostgreSQL. Live streams end at once, so that they can be read to their end."""
    processes = Processes(
        {
            "MILEPOST_DATABASE_URL": own_postgres.url,
            "MILEPOST_REDIS_URL": redis_url,
            "MILEPOST_JWT_SECRET": SECRET,
            "MILEPOST_STREAM_LIFETIME_SECONDS": "0.2",
            "MILEPOST_STREAMS_PER_LEARNER": "100",
            "MILEPOST_EXPORTS_PER_CALLER": "50",
            "MILEPOST_LIMIT_EXPORTS_LEARNER_PER_HOUR": "1000000",
        },
        tmp_path,
    )
    yield processes
    processes.end()


@pytest.fixture
def api(own_processes: Processes) -> MilepostProcess:
    """An API of these processes."""
    return own_processes.api()


@dataclass(frozen=True, slots=True)
class Call:
    """One request, with the role that may send it."""

    method: str
    path: str
    role: str
    body: object = None


class Crowd:
    """Clients that send every call again and again until they are stopped. `wrong` has every answer that breaks R02."""

    def __init__(self, url: str, learner: str, calls: Sequence[Call], max_seconds: float) -> None:
        self.wrong: list[str] = []
        self.statuses: Counter[int] = Counter()
        self.refused: set[str] = set()
        self._url = url
        self._tokens = {role: bearer(mint(learner, [role])) for role in ("learner", "admin")}
        self._calls = calls
        self._max_seconds = max_seconds
        self._stopped = False

    async def run_beside(self, *steps: Callable[[], object]) -> None:
        """Send while the steps are taken one after another, with a pause before and after each."""
        # Idle connections are closed before the server does so, after five seconds: a request might just have left.
        limits = httpx.Limits(max_connections=None, keepalive_expiry=2.0)
        async with (
            httpx.AsyncClient(base_url=self._url, timeout=self._max_seconds, limits=limits, trust_env=False) as client,
            asyncio.TaskGroup() as group,
        ):
            for number in range(max(_CLIENTS, len(self._calls))):
                group.create_task(self._send(client, self._calls[number % len(self._calls)], random.Random(number)))
            for step in steps:
                await asyncio.sleep(_PAUSE_SECONDS)
                await asyncio.to_thread(step)
            await asyncio.sleep(_PAUSE_SECONDS)
            self._stopped = True

    async def _send(self, client: httpx.AsyncClient, own: Call, chance: random.Random) -> None:
        """Every second call is the client's own, so that each is sent however long the answers take."""
        while not self._stopped:
            await self._ask(client, own)
            if not self._stopped:
                await self._ask(client, chance.choice(self._calls))

    async def _ask(self, client: httpx.AsyncClient, call: Call) -> None:
        name = f"{call.method} {call.path}"
        try:
            answer = await client.request(call.method, call.path, json=call.body, headers=self._tokens[call.role])
        except httpx.TimeoutException:
            self.wrong.append(f"{name}: no answer within {self._max_seconds:g} s")
            return
        except (httpx.RemoteProtocolError, httpx.ReadError):  # an export that fails midway is cut
            if "export" not in call.path and not call.path.endswith(("/data", "/stream")):
                self.wrong.append(f"{name}: the connection broke")
            return
        self.statuses[answer.status_code] += 1
        if answer.status_code == 503:
            self.refused.add(name)
        if answer.status_code == 503 and int(answer.headers.get("Retry-After", 0)) < 1:
            self.wrong.append(f"{name}: 503 without Retry-After")
        if answer.status_code >= 500 and answer.status_code != 503:
            self.wrong.append(f"{name}: {answer.status_code} {answer.text}")


def _made(url: str, learner: str) -> dict[str, str]:
    """Things that addresses can name, by their place."""
    ids: dict[str, str] = {}
    with httpx.Client(base_url=f"{url}/api", trust_env=False) as client:
        for place, (path, body, member) in sorted(MADE.items(), key=lambda item: "milestone" in item[0]):
            role = "admin" if path.startswith("/admin") else "learner"
            sent = {key: ids.get(str(value), value) for key, value in _named(body).items()}
            answer = client.post(path, json=sent, headers=bearer(mint(learner, [role])))
            assert answer.status_code == 200, answer.text
            ids[place] = answer.json()[member]
        client.patch("/me", json={"zone": "Europe/Berlin"}, headers=bearer(mint(learner)))
    return ids


def _named(body: Json) -> Json:
    named = naming(body, f"name-{random.randrange(10**9)}")
    assert isinstance(named, dict)
    return named


def _calls(ids: dict[str, str], learner: str, methods: Sequence[str]) -> list[Call]:
    """A valid request for every route with one of these methods."""
    calls = [Call("GET", path, "learner") for path in _HEALTH] if "GET" in methods else []
    for key, body in (VALID | OPERATING | OF_THE_SERVICE).items():
        method, path = key
        if method in methods and not (method != "GET" and path.endswith(_LEAVING)) and "<any_text:code>" not in path:
            role = "admin" if path.startswith("/api/admin") else "learner"
            calls.append(Call(method, _address(key, ids, learner), role, naming(body, learner)))
    return calls


def _address(key: Key, ids: dict[str, str], learner: str) -> str:
    path = key[1].replace("<any_text:learner_id>", learner)
    for place, name in ids.items():
        path = path.replace(place, name)
    query = "&".join(f"{name}={value}" for name, value in ASKED.get(key, {}).items())
    return address(path) + (f"?{query}" if query else "")


def _restarting(server: BreakablePostgres, strike: Callable[[], object]) -> Callable[[], None]:
    """Strike, stay away for a moment, and start again."""

    def stop_and_start() -> None:
        strike()
        time.sleep(0.2)
        server.restart()

    return stop_and_start


def _strikes(server: BreakablePostgres) -> list[Callable[[], object]]:
    """Every way in which a server can go away and return."""
    end_connections = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE pid <> pg_backend_pid()"
    return [
        _restarting(server, server.kill),
        lambda: [server.ask(end_connections) for _ in range(10)],
        server.kill_a_backend,
        _restarting(server, lambda: server.stop(signal.SIGINT)),
        lambda: [server.ask(end_connections) for _ in range(10)],
        _restarting(server, lambda: server.stop(signal.SIGQUIT)),
    ]


_REFUSALS = {403, 404, 409, 410, 412, 422, 429}
"""What a write may answer when another of the crowd was faster."""


@pytest.mark.parametrize("methods", [("GET",), ("GET", "POST", "PUT", "PATCH", "DELETE")], ids=["reads", "all"])
def test_R02_while_the_database_dies_and_returns_every_route_says_200_or_503(
    own_postgres: BreakablePostgres,
    api: MilepostProcess,
    long: bool,
    within: Callable[[float], float],
    figure: Figure,
    methods: Sequence[str],
) -> None:
    learner = new_learner()
    calls = _calls(_made(api.url, learner), learner, methods)
    crowd = Crowd(api.url, learner, calls, within(_MAX_ANSWER_SECONDS))
    run_apart(crowd.run_beside(*_strikes(own_postgres) * (8 if long else 1)))
    assert crowd.wrong == []
    assert {200, 503} <= set(crowd.statuses) <= ({200, 503} if methods == ("GET",) else _REFUSALS | {200, 503})
    figure(f"{len(calls)} routes, {crowd.statuses[200]} × 200, {crowd.statuses[503]} × 503, no other 5xx")


def test_R16_while_the_database_is_frozen_every_route_says_503_in_time(
    own_postgres: BreakablePostgres,
    api: MilepostProcess,
    long: bool,
    within: Callable[[float], float],
    figure: Figure,
) -> None:
    learner = new_learner()
    calls = _calls(_made(api.url, learner), learner, ("GET",))
    crowd = Crowd(api.url, learner, calls, within(_MAX_ANSWER_SECONDS))
    to_refuse = {f"GET {call.path}" for call in calls} - _WITHOUT_DATABASE

    def freeze() -> None:
        own_postgres.freeze()
        time.sleep(20.0 if long else 10.0)
        deadline = time.monotonic() + 50
        while not to_refuse <= crowd.refused and time.monotonic() < deadline:
            time.sleep(0.5)
        own_postgres.thaw()

    run_apart(crowd.run_beside(freeze))
    assert crowd.wrong == []
    assert set(crowd.statuses) == {200, 503}
    assert crowd.refused == to_refuse
    deadline = time.monotonic() + 30
    while int(own_postgres.ask(_BUSY)) > 0 or httpx.get(f"{api.url}/readyz").status_code != 200:
        assert time.monotonic() < deadline, "connections of the frozen time are still busy"
        time.sleep(0.1)
    assert int(own_postgres.ask(_CONNECTIONS)) <= 8 + 10 + 3 + 2, "no more connections than the pools hold"
    figure(f"{len(to_refuse)} routes, each within {within(_MAX_ANSWER_SECONDS):g} s")


def test_R02_a_worker_goes_on_when_the_database_is_back(
    own_postgres: BreakablePostgres, own_processes: Processes
) -> None:
    worker = own_processes.worker()
    for strike in (own_postgres.kill, lambda: own_postgres.stop(signal.SIGINT)):
        _until_a_job_has_run(own_postgres)
        postponed = _postponed(worker)
        strike()
        _until_another_is_postponed(worker, postponed)
        own_postgres.restart()
    _until_a_job_has_run(own_postgres)
    assert worker.process.poll() is None, "it is still the same process"


def _postponed(worker: MilepostProcess) -> int:
    """How many runs of jobs the worker has postponed."""
    return worker.log.read_text("utf-8").count("job_postponed")


def _until_another_is_postponed(worker: MilepostProcess, before: int) -> None:
    deadline = time.monotonic() + 60
    while _postponed(worker) == before:
        assert time.monotonic() < deadline, "no job was postponed"
        time.sleep(0.1)


def _until_a_job_has_run(server: BreakablePostgres) -> None:
    """Wait until a run of a job ends well after this moment."""
    began = server.ask("SELECT clock_timestamp()")
    deadline = time.monotonic() + 60
    run = (
        f"SELECT count(*) FROM job_runs WHERE finished_at > '{began}' AND started_at > '{began}' AND last_error IS NULL"
    )
    while server.ask(run) == "0":
        assert time.monotonic() < deadline, "no job has run"
        time.sleep(0.2)
