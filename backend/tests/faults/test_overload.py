"""Overload: too many, too slow or too large requests are refused, others are unaffected, and service recovers."""

import asyncio
import contextlib
import random
import ssl
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime, timedelta

import asyncpg
import httpx

from milepost.rules.learners import learner_uuid
from oracles.comparison import assert_counted, stored_ids
from support.builders import ISSUER, bearer, exercise, mint, new_learner
from support.figures import Figure
from support.servers import Processes
from support.traffic import (
    Answer,
    Delivery,
    deliver_until_acknowledged,
    post,
    service_activities,
    split_into_deliveries,
)

_READS = ("/api/progress", "/api/progress/streak", "/api/progress/skill-levels", "/api/activities", "/api/me")
_NORMAL_SECONDS = 10.0
"""As promised, after the rush."""
_FEW = {"MILEPOST_DATABASE_READ_CONNECTIONS": "3", "MILEPOST_DATABASE_WRITE_CONNECTIONS": "2"}


@contextlib.asynccontextmanager
async def _crowd(url: str, size: int) -> AsyncIterator[list[httpx.AsyncClient]]:
    """`size` clients."""
    context = ssl.create_default_context()
    async with contextlib.AsyncExitStack() as after:
        clients = [httpx.AsyncClient(base_url=url, verify=context, timeout=120.0) for _ in range(size)]
        yield [await after.enter_async_context(client) for client in clients]


async def test_R15_five_hundred_clients_on_five_connections(
    processes: Processes, database_url: str, long: bool, within: Callable[[float], float], figure: Figure
) -> None:
    chance = random.Random(15)
    api = processes.api(**_FEW)
    told = {learner: service_activities(learner, 20, chance) for learner in (new_learner() for _ in range(25))}
    mixed = [one for activities in told.values() for one in activities]
    posts = split_into_deliveries(mixed, chance, [1])
    tokens = {learner: bearer(mint(learner)) for learner in told}
    seen: Counter[tuple[int, bool]] = Counter()

    async def person(client: httpx.AsyncClient, delivery: Delivery) -> None:
        """Write, then read."""
        answer = await post(client, api.url, delivery)
        seen[answer.status, answer.retry_after is not None] += 1
        for path in chance.sample(_READS, 5 if long else 2):
            shown = await client.get(path, headers=tokens[delivery.activities[0]["learner_id"]])
            seen[shown.status_code, "Retry-After" in shown.headers] += 1

    async with _crowd(api.url, 500) as clients:
        await asyncio.gather(*(person(client, one) for client, one in zip(clients, posts, strict=True)))
    assert (200, False) in seen
    assert set(seen) <= {(200, False), (429, True), (503, True)}
    ended = time.monotonic()
    async with asyncio.timeout(within(_NORMAL_SECONDS)):
        await asyncio.to_thread(_assert_normal, api.url, database_url)
    statuses = ", ".join(f"{count} × {status}" for (status, _), count in sorted(seen.items()))
    figure(f"{statuses}; normal after {time.monotonic() - ended:.1f} s")
    await asyncio.to_thread(deliver_until_acknowledged, api.url, posts)
    await asyncio.to_thread(assert_counted, database_url, told)


def _assert_normal(url: str, database_url: str) -> None:
    """Assert that a new learner's reads and writes are served at once."""
    learner = new_learner()
    at = datetime.now(UTC) - timedelta(hours=1)
    with httpx.Client(base_url=url, headers=bearer(mint("exercises", ["service"]))) as client:
        assert client.post("/api/activities", json=exercise(at, learner_id=learner)).status_code == 200
        for path in _READS[:-1]:
            assert client.get(path, params={"learner_id": learner}).status_code == 200
        assert client.get("/readyz").status_code == 200


async def test_R15_a_full_queue_sends_away_and_loses_nothing(processes: Processes, database_url: str) -> None:
    chance = random.Random(16)
    learner, service = new_learner(), mint("exercises", ["service"])
    api = processes.api(MILEPOST_INTAKE_QUEUE_LIMIT="20", MILEPOST_DATABASE_STATEMENT_TIMEOUT_SECONDS="60")
    first, told = service_activities(learner, 1, chance), service_activities(learner, 60, chance)
    limits = httpx.Limits(max_connections=100)
    async with httpx.AsyncClient(base_url=api.url, limits=limits, timeout=60.0) as client:
        assert (await post(client, api.url, Delivery(service, first))).is_acknowledged
        connection = await asyncpg.connect(database_url)
        try:
            async with connection.transaction():
                await connection.execute(
                    "UPDATE learners SET revision = revision WHERE learner_id = $1", learner_uuid(ISSUER, learner)
                )
                waiting = [asyncio.create_task(post(client, api.url, Delivery(service, [one]))) for one in told]
                refused = await _first(waiting, len(told) - 20)
                assert {(refusal.status, refusal.body["code"]) for refusal in refused} == {(503, "intake_busy")}
                assert all(int(refusal.retry_after or 0) >= 1 for refusal in refused)
                answer = await client.get("/api/progress", headers=bearer(mint(learner)))
                assert answer.status_code == 200, "reads do not wait in the intake queue"
        finally:
            await connection.close()
        answers = await asyncio.gather(*waiting)
    assert sum(answer.is_acknowledged for answer in answers) == 20
    stored = {str(answer.delivery.activities[0]["id"]) for answer in answers if answer.is_acknowledged}
    assert await asyncio.to_thread(stored_ids, database_url, [learner]) == stored | {first[0]["id"]}
    refused_deliveries = [answer.delivery for answer in answers if not answer.is_acknowledged]
    await asyncio.to_thread(deliver_until_acknowledged, api.url, refused_deliveries)
    await asyncio.to_thread(assert_counted, database_url, {learner: first + told})


async def _first(tasks: Sequence[asyncio.Task[Answer]], count: int) -> list[Answer]:
    """The first `count` answers."""
    answers: list[Answer] = []
    for following in asyncio.as_completed(tasks, timeout=60):
        answers.append(await following)
        if len(answers) == count:
            break
    return answers


async def _ended(reader: asyncio.StreamReader) -> bytes:
    """Read until the server hangs up; a sender that keeps sending may be reset without an answer."""
    received = b""
    with contextlib.suppress(ConnectionResetError):
        while chunk := await reader.read(1_000):
            received += chunk
    return received


async def _trickle(url: str, start: bytes, drops: int) -> bytes:
    """Send `start`, then up to `drops` single bytes, never all; return what the server sent until it hung up."""
    host, port = url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(start)
    answer = asyncio.create_task(_ended(reader))
    for _ in range(drops):
        if answer.done():
            break
        writer.write(b" ")
        await asyncio.wait({answer}, timeout=0.2)
    received = await answer
    writer.close()
    return received


async def test_R18_slow_senders_are_sent_away_and_harm_nobody(
    processes: Processes, database_url: str, long: bool, figure: Figure
) -> None:
    api = processes.api(MILEPOST_BODY_TIMEOUT_SECONDS="2", **_FEW)
    head = b"POST /api/activities HTTP/1.1\r\nhost: here\r\ncontent-type: application/json\r\nauthorization: Bearer "
    whole = head + mint("exercises", ["service"]).encode() + b"\r\ncontent-length: 5000\r\n\r\n"
    many, few = (400, 100) if long else (60, 20)
    slow_bodies = [asyncio.create_task(_trickle(api.url, whole, drops=5)) for _ in range(many)]
    slow_heads = [asyncio.create_task(_trickle(api.url, head, drops=5)) for _ in range(few)]
    tireless = [asyncio.create_task(_trickle(api.url, start, drops=300)) for start in (whole, head) for _ in range(few)]
    silent = [asyncio.create_task(_trickle(api.url, b"", drops=0)) for _ in range(few)]
    senders = [*slow_bodies, *slow_heads, *tireless, *silent]
    await asyncio.to_thread(_assert_normal, api.url, database_url)
    assert not any(sender.done() for sender in senders), "others are served while these are still sending"
    await asyncio.wait_for(asyncio.gather(*senders), 40)
    for code, answers in ((b"body_timeout", slow_bodies), (b"head_timeout", slow_heads)):
        for answer in answers:
            assert answer.result().startswith(b"HTTP/1.1 408 "), answer
            assert b'"code":"%s"' % code in answer.result()
    assert {answer.result() for answer in silent} == {b""}
    figure(f"{len(senders)} slow senders")
    await asyncio.to_thread(_assert_normal, api.url, database_url)


async def test_R17_a_head_that_never_ends_is_cut_off(processes: Processes, database_url: str) -> None:
    api = processes.api()
    host, port = api.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET /livez HTTP/1.1\r\n")
    answer = asyncio.create_task(_ended(reader))
    for number in range(20):
        writer.write(b"x-%d: %s\r\n" % (number, b"a" * 4_000))
        await asyncio.wait({answer}, timeout=0.02)
    received = await asyncio.wait_for(answer, 20)
    writer.close()
    assert received == b"" or received.startswith(b"HTTP/1.1 431 ")
    large = {"x-large": "a" * 30_000}
    async with httpx.AsyncClient(base_url=api.url) as client:
        for _ in range(5):
            assert (await client.get("/livez", headers=large)).status_code == 200, "each head is measured separately"


async def test_R17_a_body_that_grows_too_large_is_cut_off(processes: Processes, database_url: str) -> None:
    api = processes.api(MILEPOST_BODY_LIMIT_BYTES="100000", MILEPOST_BODY_TIMEOUT_SECONDS="2")
    token = bearer(mint("exercises", ["service"]))

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield b" " * 10_000
            await asyncio.sleep(0.01)

    async with httpx.AsyncClient(base_url=api.url, timeout=60.0) as client:
        headers = {**token, "content-type": "application/json"}
        announced = await client.post("/api/activities", content=b" " * 100_001, headers=headers)
        assert (announced.status_code, announced.json()["code"]) == (413, "body_too_large")
        async with asyncio.timeout(40):
            with contextlib.suppress(httpx.TransportError):
                streamed = await client.post("/api/activities", content=endless(), headers=headers)
                assert (streamed.status_code, streamed.json()["code"]) == (413, "body_too_large")
        refused = await client.post("/api/activities", content=b" " * 99_000)
        assert refused.status_code == 401, "answered before its body arrives, and the body is not parsed as headers"
        assert (await client.get("/livez")).status_code == 200
        deep = b'{"metadata":' + b"[" * 20_000 + b"]" * 20_000 + b"}"
        answer = await client.post("/api/activities", content=deep, headers=headers)
        assert (answer.status_code, answer.json()["code"]) == (422, "too_deep")
    await asyncio.to_thread(_assert_normal, api.url, database_url)
