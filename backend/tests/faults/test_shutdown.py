"""SIGTERM during work: open requests are answered, answered ones are stored, and the exit code is 0."""

import asyncio
import contextlib
import random
import signal
from collections.abc import AsyncIterator

import asyncpg
import httpx
import orjson
import pytest

from milepost.rules.learners import learner_uuid
from oracles.comparison import assert_counted, stored_ids
from support.builders import ISSUER, bearer, mint, new_learner
from support.servers import Processes
from support.traffic import (
    NO_ANSWER,
    Delivery,
    Load,
    deliver_until_acknowledged,
    service_activities,
    split_into_deliveries,
)

REQUESTS = 200


class OpenRequest:
    """One request on its own connection, sent completely and not yet answered."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def send(cls, url: str, delivery: Delivery) -> "OpenRequest":
        """Send the request without waiting for the answer."""
        host, port = url.removeprefix("http://").split(":")
        reader, writer = await asyncio.open_connection(host, int(port))
        body = orjson.dumps(delivery.body)
        head = (
            f"POST /api/activities HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {delivery.token}\r\n"
            f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        writer.write(head.encode() + body)
        await writer.drain()
        return cls(reader, writer)

    async def answer(self) -> tuple[int, bytes]:
        """The status and body."""
        head = (await self._reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = int(head.split("content-length: ")[1].split("\r\n")[0])
        body = await self._reader.readexactly(length)
        self._writer.close()
        await self._writer.wait_closed()
        return int(head.split()[1]), body


@contextlib.asynccontextmanager
async def _locked(database_url: str, learner: str) -> AsyncIterator[None]:
    """Lock the learner's row: no write of this learner can commit meanwhile."""
    connection = await asyncpg.connect(database_url)
    try:
        async with connection.transaction():
            statement = "UPDATE learners SET revision = revision WHERE learner_id = $1"
            assert await connection.execute(statement, learner_uuid(ISSUER, learner)) == "UPDATE 1"
            yield
    finally:
        await connection.close()


async def test_R14_sigterm_with_200_requests_in_flight_answers_them_all(
    processes: Processes, database_url: str
) -> None:
    chance = random.Random(14)
    learner = new_learner()
    service = mint("exercises", ["service"])
    api = processes.api(MILEPOST_SHUTDOWN_NOTICE_SECONDS="1.5")
    told = service_activities(learner, REQUESTS + 120, chance)
    deliveries = [Delivery(service, [one]) for one in told[: REQUESTS - 1]] + [Delivery(service, told[REQUESTS - 1 :])]
    first = service_activities(learner, 1, chance)
    async with httpx.AsyncClient(base_url=api.url) as client:
        answer = await client.post("/api/activities", json=first[0], headers=bearer(service))
        assert answer.status_code == 200
        async with _locked(database_url, learner):
            requests = [await OpenRequest.send(api.url, delivery) for delivery in deliveries]
            await _wait_until_accepted(client)
            api.send(signal.SIGTERM)
            await _assert_no_longer_ready(client)
            assert api.process.poll() is None, "it waits for open requests"
        answers = await asyncio.gather(*(request.answer() for request in requests))
    assert [status for status, _ in answers] == [200] * REQUESTS
    assert all(b'"accepted"' in body for _, body in answers)
    assert await asyncio.to_thread(api.wait_exit) == 0
    await asyncio.to_thread(assert_counted, database_url, {learner: first + told})


async def _wait_until_accepted(client: httpx.AsyncClient) -> None:
    """Connections are accepted in order: once these new ones are answered, all earlier ones are accepted."""
    for _ in range(3):
        async with httpx.AsyncClient(base_url=client.base_url) as stranger:
            assert (await stranger.get("/livez")).status_code == 200


async def _assert_no_longer_ready(client: httpx.AsyncClient) -> None:
    """The readiness probe fails first while other requests are served; then no connection is accepted."""
    seen: list[int] = []
    with contextlib.suppress(httpx.TransportError):
        async with asyncio.timeout(15):
            while True:
                answer = await client.get("/readyz")
                seen.append(answer.status_code)
                if answer.status_code == 503 and seen.count(503) == 1:
                    assert answer.json()["code"] == "shutting_down"
                    assert int(answer.headers["Retry-After"]) >= 1
                    async with httpx.AsyncClient(base_url=client.base_url) as stranger:
                        assert (await stranger.get("/livez")).status_code == 200
    assert 503 in seen
    assert seen == sorted(seen), "once refused, the probe is never ready again"
    with pytest.raises(httpx.ConnectError):
        await client.get("/livez")


def test_R14_sigterm_under_load_stores_exactly_what_it_acknowledges(processes: Processes, database_url: str) -> None:
    chance = random.Random(15)
    told = {learner: service_activities(learner, 400, chance) for learner in (new_learner() for _ in range(5))}
    mixed = [one for activities in told.values() for one in activities]
    chance.shuffle(mixed)
    deliveries = split_into_deliveries(mixed, chance, [1, 1, 1, 1, 5, 110])
    api = processes.api()
    load = Load([api.url], deliveries, connections=16)
    load.wait_for_answers(len(deliveries) // 4)
    api.send(signal.SIGTERM)
    answers = load.finish()
    assert api.wait_exit() == 0
    assert {answer.status for answer in answers} <= {200, NO_ANSWER}
    acknowledged = {str(result["id"]) for answer in answers if answer.is_acknowledged for result in answer.results}
    assert stored_ids(database_url, list(told)) == acknowledged, "stored activities are exactly the acknowledged ones"

    second = processes.api()
    deliver_until_acknowledged(second.url, [answer.delivery for answer in answers if not answer.is_acknowledged])
    assert_counted(database_url, told)
