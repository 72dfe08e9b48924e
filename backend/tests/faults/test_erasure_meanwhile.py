"""R28: a learner is erased while many write and read: nothing of it stays, and other learners are unaffected."""

import random
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import asyncpg
import httpx
from redis.asyncio import Redis

from oracles.comparison import assert_counted, run_apart
from oracles.markers import places_of
from support.builders import bearer, exercise, mint, new_learner
from support.callers import uuid_of
from support.servers import Processes
from support.traffic import Answer, Delivery, Load, Raw, deliver, service_activities, split_into_deliveries

MARKER = "marker-of-the-erased"
WRITERS = 16
READS = (
    "/progress",
    "/progress/streak",
    "/analytics/quick-stats?view_context=dashboard&date_range=7d",
    "/me",
    "/tasks",
)


def marked(learner: str, count: int) -> list[Raw]:
    """Activities of the learner with the marker in every text that is stored."""
    now = datetime.now(UTC)
    texts = {"topic": MARKER, "path": MARKER, "object_id": MARKER, "space_id": MARKER, "metadata": {MARKER: MARKER}}
    return [
        exercise(now - timedelta(hours=n % 900), id=f"{MARKER}-{n}", learner_id=learner, **texts) for n in range(count)
    ]


def mixed(ada: str, bobs: list[Raw], numbers: range) -> list[Delivery]:
    """Batches with one activity of the erased learner, new or repeated, beside some of another."""
    token = mint("exercises", ["service"])
    now = datetime.now(UTC)
    deliveries = []
    for place, number in enumerate(numbers):
        own = exercise(now, id=f"{MARKER}-{number}", learner_id=ada, topic=MARKER, once_key=f"{MARKER}-{number % 5}")
        deliveries.append(Delivery(token, [own, *bobs[4 * place : 4 * place + 4]]))
    return deliveries


def reading(url: str, ada: str, is_over: Callable[[], bool]) -> list[int]:
    """Read the learner's pages, which fills the caches, and plan tasks, until it is over. Returns the statuses."""
    statuses = []
    with httpx.Client(headers=bearer(mint(ada)), timeout=30.0, trust_env=False) as client:
        while not is_over():
            statuses += [client.get(f"{url}/api{path}").status_code for path in READS]
            key = {"Idempotency-Key": f"{MARKER}-{len(statuses)}"}
            statuses.append(client.post(f"{url}/api/tasks", json={"title": MARKER}, headers=key).status_code)
    return statuses


def results_of(answers: list[Answer], learner: str) -> list[Raw]:
    return [result for answer in answers for result in answer.results if result.get("learner_id") == learner]


async def _places(database_url: str, redis_url: str, *texts: str) -> set[str]:
    connection, redis = await asyncpg.connect(database_url), Redis.from_url(redis_url)
    try:
        return await places_of(connection, redis, *texts)
    finally:
        await connection.close()
        await redis.aclose()


def test_R28_erased_while_sixteen_write_nothing_is_left(
    processes: Processes, database_url: str, redis_url: str
) -> None:
    apis = [processes.api(), processes.api()]
    processes.worker()
    urls = [api.url for api in apis]
    chance = random.Random(28)
    ada, bob = new_learner(), new_learner()
    assert all(
        answer.is_acknowledged for answer in deliver(urls, split_into_deliveries(marked(ada, 5_000), chance, [500]))
    )
    bobs = service_activities(bob, 2_400, chance)
    load = Load(urls, mixed(ada, bobs, range(4_700, 5_300)), connections=WRITERS // 2)
    over = threading.Event()
    statuses: list[int] = []
    readers = [threading.Thread(target=lambda url=url: statuses.extend(reading(url, ada, over.is_set))) for url in urls]
    for reader in readers:
        reader.start()
    load.wait_for_answers(100)
    erased = httpx.request(
        "DELETE", f"{urls[0]}/api/me", json={"confirm": ada}, headers=bearer(mint(ada)), timeout=30.0, trust_env=False
    )
    assert (erased.status_code, erased.json()) == (200, {"status": "erased"})
    answers = load.finish()
    over.set()
    for reader in readers:
        reader.join()

    assert {answer.status for answer in answers} == {200}
    assert set(statuses) == {200, 410}
    outcomes = [(result["status"], result.get("reason")) for result in results_of(answers, ada)]
    assert {"accepted", "rejected"} <= {status for status, _ in outcomes}
    assert {reason for status, reason in outcomes if status == "rejected"} == {"learner_erased"}
    assert run_apart(_places(database_url, redis_url, MARKER, uuid_of(ada))) == set()
    assert {result["status"] for result in results_of(answers, bob)} == {"accepted"}
    assert_counted(database_url, {bob: bobs})
    for url in urls:
        assert httpx.get(f"{url}/api/progress", headers=bearer(mint(ada)), trust_env=False).status_code == 410
