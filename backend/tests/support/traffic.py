"""Load on real processes, driven from a thread of its own so that a test can kill and freeze meanwhile."""

import asyncio
import random
import threading
import time
from collections import deque
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from support.builders import activity, bearer, exercise, mint

Raw = dict[str, Any]
NO_ANSWER = 0
_PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request: activities of any learners, sent under one token. One activity is sent bare, more as a batch."""

    token: str
    activities: Sequence[Raw]
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def body(self) -> Raw:
        """What is posted."""
        return dict(self.activities[0]) if len(self.activities) == 1 else {"activities": list(self.activities)}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back; `status` is NO_ANSWER where the connection was refused or broke."""

    delivery: Delivery
    status: int
    body: Raw
    retry_after: str | None
    seconds: float

    @property
    def is_taken(self) -> bool:
        """Acknowledged: the service says that every activity of it is stored."""
        return self.status == 200 and all(result["status"] in ("accepted", "duplicate") for result in self.results)

    @property
    def results(self) -> list[Raw]:
        """What became of each activity."""
        listed: list[Raw] = self.body.get("results", [])
        return listed


class Load:
    """Deliveries over `connections` connections to each address, each sent once, as fast as they are answered."""

    def __init__(
        self, urls: Sequence[str], deliveries: Iterable[Delivery], connections: int = 8, timeout_seconds: float = 30.0
    ) -> None:
        self.answers: list[Answer] = []
        self._urls = urls
        self._waiting = deque(deliveries)
        self._connections = connections
        self._timeout_seconds = timeout_seconds
        self._answered = threading.Condition()
        self._executor = ThreadPoolExecutor(1)
        self._done = self._executor.submit(lambda: asyncio.run(self._drive()))

    def wait_for_answers(self, count: int) -> None:
        """Return as soon as so many deliveries have been taken."""
        with self._answered:
            enough = self._answered.wait_for(
                lambda: self._done.done() or sum(answer.is_taken for answer in self.answers) >= count, _PATIENCE_SECONDS
            )
        assert enough, f"{len(self.answers)} answers within {_PATIENCE_SECONDS:.0f} s"

    def finish(self) -> list[Answer]:
        """Every answer, once all deliveries have been sent."""
        self._done.result(4 * _PATIENCE_SECONDS)
        self._executor.shutdown()
        return self.answers

    async def _drive(self) -> None:
        limits = httpx.Limits(max_connections=self._connections * len(self._urls))
        async with (
            httpx.AsyncClient(limits=limits, timeout=self._timeout_seconds, trust_env=False) as client,
            asyncio.TaskGroup() as group,
        ):
            for url in self._urls:
                for _ in range(self._connections):
                    group.create_task(self._send_all(client, url))

    async def _send_all(self, client: httpx.AsyncClient, url: str) -> None:
        while self._waiting:
            answer = await post(client, url, self._waiting.popleft())
            with self._answered:
                self.answers.append(answer)
                self._answered.notify_all()


async def post(client: httpx.AsyncClient, url: str, delivery: Delivery) -> Answer:
    """Send one delivery, once."""
    begun = time.monotonic()
    try:
        response = await client.post(
            f"{url}/api/activities", json=delivery.body, headers={**bearer(delivery.token), **delivery.headers}
        )
    except httpx.TransportError:
        return Answer(delivery, NO_ANSWER, {}, None, time.monotonic() - begun)
    seconds = time.monotonic() - begun
    return Answer(delivery, response.status_code, response.json(), response.headers.get("Retry-After"), seconds)


def deliver(urls: Sequence[str], deliveries: Iterable[Delivery], connections: int = 8) -> list[Answer]:
    """Send each delivery once; the answers in the order in which they came."""
    return Load(urls, deliveries, connections).finish()


def deliver_until_taken(url: str, deliveries: Iterable[Delivery]) -> list[Answer]:
    """Send what is not taken again, as a client does that has lost an answer, until all is; the last answer to each."""
    taken: list[Answer] = []
    left = list(deliveries)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while left and time.monotonic() < deadline:
        answers = deliver([url], left)
        taken += [answer for answer in answers if answer.is_taken]
        left = [answer.delivery for answer in answers if not answer.is_taken]
    assert left == [], f"never taken: {[answer for answer in answers if not answer.is_taken][:3]}"
    return taken


def history(learner: str, count: int, chance: random.Random, days: int = 60) -> list[Raw]:
    """What services tell of one learner: `count` activities of several kinds and topics, the days in any order."""
    now = datetime.now(UTC)
    told = []
    for _ in range(count):
        at = now - timedelta(days=chance.randrange(days), seconds=chance.randrange(1, 80_000))
        seconds = chance.choice([0, 59, 600])
        if chance.random() < 0.7:
            topic = chance.choice(["loops", "strings", "recursion", "classes"])
            value = chance.choice([0, 59.999, 60, 88.125, 100])
            hints = chance.choice([None, 0, 2])
            told.append(exercise(at, learner_id=learner, topic=topic, value=value, hints_used=hints))
        else:
            told.append(
                activity(at, learner_id=learner, path=chance.choice([None, "python"]), duration_seconds=seconds)
            )
    return told


def own_practice(count: int, chance: random.Random) -> list[Raw]:
    """What a learner's own client has to tell of the last four weeks."""
    now = datetime.now(UTC)
    return [
        activity(now - timedelta(seconds=chance.randrange(1, 28 * 86_400)), topic=chance.choice([None, "loops"]))
        for _ in range(count)
    ]


def in_pieces(
    told: Sequence[Raw], chance: random.Random, sizes: Sequence[int], token: str | None = None
) -> list[Delivery]:
    """Cut activities into deliveries, each of a size out of `sizes`."""
    token = token or mint("exercises", ["service"])
    pieces = []
    place = 0
    while place < len(told):
        size = chance.choice(sizes)
        pieces.append(Delivery(token, told[place : place + size]))
        place += size
    return pieces
