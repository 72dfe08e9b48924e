"""Load on real processes, sent from a separate thread so that a test can kill and freeze servers meanwhile."""

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
    """One request: activities of any learners, sent under one token. One is sent bare, several as a batch."""

    token: str
    activities: Sequence[Raw]
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def body(self) -> Raw:
        """The request body."""
        return dict(self.activities[0]) if len(self.activities) == 1 else {"activities": list(self.activities)}


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to a delivery; `status` is NO_ANSWER if the connection was refused or broke."""

    delivery: Delivery
    status: int
    body: Raw
    retry_after: str | None
    seconds: float

    @property
    def is_acknowledged(self) -> bool:
        """Whether the service says that every activity of the delivery is stored."""
        return self.status == 200 and all(result["status"] in ("accepted", "duplicate") for result in self.results)

    @property
    def results(self) -> list[Raw]:
        """The result of each activity."""
        results: list[Raw] = self.body.get("results", [])
        return results


class Load:
    """Sends each delivery once over `connections` connections per address, as fast as answers arrive."""

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
        """Wait until `count` deliveries have been acknowledged."""
        with self._answered:
            enough = self._answered.wait_for(
                lambda: self._done.done() or sum(answer.is_acknowledged for answer in self.answers) >= count,
                _PATIENCE_SECONDS,
            )
        assert enough, f"{len(self.answers)} answers within {_PATIENCE_SECONDS:.0f} s"

    def finish(self) -> list[Answer]:
        """Wait until all deliveries have been sent; return every answer."""
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
    """Send one delivery once."""
    started = time.monotonic()
    try:
        response = await client.post(
            f"{url}/api/activities", json=delivery.body, headers={**bearer(delivery.token), **delivery.headers}
        )
    except httpx.TransportError:
        return Answer(delivery, NO_ANSWER, {}, None, time.monotonic() - started)
    seconds = time.monotonic() - started
    return Answer(delivery, response.status_code, response.json(), response.headers.get("Retry-After"), seconds)


def deliver(urls: Sequence[str], deliveries: Iterable[Delivery], connections: int = 8) -> list[Answer]:
    """Send each delivery once; return the answers in order of arrival."""
    return Load(urls, deliveries, connections).finish()


def deliver_until_acknowledged(url: str, deliveries: Iterable[Delivery]) -> list[Answer]:
    """Resend unacknowledged deliveries, like a client that lost an answer, until all are; return the last answers."""
    acknowledged: list[Answer] = []
    remaining = list(deliveries)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while remaining and time.monotonic() < deadline:
        answers = deliver([url], remaining)
        acknowledged += [answer for answer in answers if answer.is_acknowledged]
        remaining = [answer.delivery for answer in answers if not answer.is_acknowledged]
    assert remaining == [], f"never acknowledged: {[answer for answer in answers if not answer.is_acknowledged][:3]}"
    return acknowledged


def service_activities(learner: str, count: int, chance: random.Random, days: int = 60) -> list[Raw]:
    """`count` activities services report of one learner: several kinds and topics, days in any order."""
    now = datetime.now(UTC)
    activities = []
    for _ in range(count):
        at = now - timedelta(days=chance.randrange(days), seconds=chance.randrange(1, 80_000))
        seconds = chance.choice([0, 59, 600])
        if chance.random() < 0.7:
            topic = chance.choice(["loops", "strings", "recursion", "classes"])
            value = chance.choice([0, 59.999, 60, 88.125, 100])
            hints = chance.choice([None, 0, 2])
            activities.append(exercise(at, learner_id=learner, topic=topic, value=value, hints_used=hints))
        else:
            activities.append(
                activity(at, learner_id=learner, path=chance.choice([None, "python"]), duration_seconds=seconds)
            )
    return activities


def own_practice(count: int, chance: random.Random) -> list[Raw]:
    """`count` activities a learner's own client reports of the last week."""
    now = datetime.now(UTC)
    return [
        activity(now - timedelta(seconds=chance.randrange(1, 7 * 86_400 - 3_600)), topic=chance.choice([None, "loops"]))
        for _ in range(count)
    ]


def split_into_deliveries(
    activities: Sequence[Raw], chance: random.Random, sizes: Sequence[int], token: str | None = None
) -> list[Delivery]:
    """Split activities into deliveries of sizes chosen from `sizes`."""
    token = token or mint("exercises", ["service"])
    pieces = []
    place = 0
    while place < len(activities):
        size = chance.choice(sizes)
        pieces.append(Delivery(token, activities[place : place + size]))
        place += size
    return pieces
