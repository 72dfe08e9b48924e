"""R02: while PostgreSQL dies and returns, every route answers as usual, or with 503 and Retry-After."""

import asyncio
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from integration.edge.requests_of_routes import (
    ASKED,
    MADE,
    OF_THE_SERVICE,
    OPERATING,
    PLACES,
    VALID,
    Key,
    address,
    naming,
)
from oracles.comparison import run_apart
from support.builders import SECRET, bearer, mint, new_learner
from support.callers import Json
from support.fault_servers import BreakablePostgres
from support.servers import MilepostProcess, Processes

_CLIENTS = 12
_HEALTH = ("/readyz", "/metrics", "/livez")
_LEAVING = ("/api/me", "/merge", "/admin/learners/<any_text:learner_id>")
"""Routes after which the learner of the test would be gone."""


@pytest.fixture
def own_postgres(tmp_path: Path) -> Iterator[BreakablePostgres]:
    """A PostgreSQL this test may kill."""
    server = BreakablePostgres(tmp_path)
    yield server
    server.end()


@pytest.fixture
def api(own_postgres: BreakablePostgres, redis_url: str, tmp_path: Path) -> Iterator[MilepostProcess]:
    """An API on that PostgreSQL. Live streams end at once, so that they can be read to their end."""
    processes = Processes(
        {
            "MILEPOST_DATABASE_URL": own_postgres.url,
            "MILEPOST_REDIS_URL": redis_url,
            "MILEPOST_JWT_SECRET": SECRET,
            "MILEPOST_STREAM_LIFETIME_SECONDS": "0.2",
            "MILEPOST_STREAMS_PER_LEARNER": "100",
            "MILEPOST_LIMIT_EXPORTS_LEARNER_PER_HOUR": "1000000",
        },
        tmp_path,
    )
    yield processes.api()
    processes.end()


@dataclass(frozen=True, slots=True)
class Call:
    """One request, with the role that may send it."""

    method: str
    path: str
    role: str
    body: object = None


class Crowd:
    """Clients that send every call again and again until they are stopped. `wrong` has every answer that breaks R02."""

    def __init__(self, url: str, learner: str, calls: Sequence[Call]) -> None:
        self.wrong: list[str] = []
        self.statuses: Counter[int] = Counter()
        self._url = url
        self._tokens = {role: bearer(mint(learner, [role])) for role in ("learner", "admin")}
        self._calls = calls
        self._stopped = False

    async def run_beside(self, *steps: object) -> None:
        """Send while the steps run one after another: numbers are pauses in seconds, everything else is called."""
        async with httpx.AsyncClient(base_url=self._url, timeout=20.0, trust_env=False) as client:
            clients = [asyncio.create_task(self._send(client, random.Random(n))) for n in range(_CLIENTS)]
            for step in steps:
                if callable(step):
                    await asyncio.to_thread(step)
                else:
                    await asyncio.sleep(float(str(step)))
            self._stopped = True
            await asyncio.gather(*clients)

    async def _send(self, client: httpx.AsyncClient, chance: random.Random) -> None:
        while not self._stopped:
            for call in chance.sample(self._calls, len(self._calls)):
                await self._ask(client, call)
                if self._stopped:
                    return

    async def _ask(self, client: httpx.AsyncClient, call: Call) -> None:
        name = f"{call.method} {call.path}"
        try:
            answer = await client.request(call.method, call.path, json=call.body, headers=self._tokens[call.role])
        except httpx.RemoteProtocolError:
            if "export" not in call.path and not call.path.endswith(("/data", "/stream")):
                self.wrong.append(f"{name}: the connection broke")
            return
        self.statuses[answer.status_code] += 1
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
    assert PLACES
    return address(path) + (f"?{query}" if query else "")


@pytest.mark.parametrize("methods", [("GET",), ("GET", "POST", "PUT", "PATCH", "DELETE")], ids=["reads", "all"])
def test_R02_while_the_database_dies_and_returns_every_route_says_200_or_503(
    own_postgres: BreakablePostgres, api: MilepostProcess, long: bool, methods: Sequence[str]
) -> None:
    learner = new_learner()
    calls = _calls(_made(api.url, learner), learner, methods)
    crowd = Crowd(api.url, learner, calls)
    round_trip = (1.0, own_postgres.kill, 0.3, own_postgres.restart)
    run_apart(crowd.run_beside(*round_trip * (10 if long else 3), 1.0))
    assert crowd.wrong == []
    assert {200, 503} <= set(crowd.statuses)
