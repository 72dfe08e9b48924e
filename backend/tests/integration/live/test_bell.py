"""The bell: what a commit announces to other processes, and what a listener gets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID, uuid4

import pytest
from quart.typing import TestClientProtocol as Client
from redis.asyncio import Redis
from redis.asyncio.client import PubSub

from milepost.db.learner_row import lock_learners
from milepost.redis.bell import CHANNEL, Bell
from milepost.resources import Resources
from milepost.rules.live import PARTS, RECORDED_PARTS, parts_changed
from support.builders import exercise, new_learner
from support.callers import Caller, service
from support.clock import START

PATIENCE_SECONDS = 30.0


@asynccontextmanager
async def channel(redis_url: str) -> AsyncIterator[PubSub]:
    """A subscription like that of another process."""
    redis = Redis.from_url(redis_url)
    async with redis.pubsub() as subscription:
        await subscription.subscribe(CHANNEL)
        assert (await subscription.get_message(timeout=PATIENCE_SECONDS) or {})["type"] == "subscribe"
        yield subscription
    await redis.aclose()


async def message(subscription: PubSub) -> dict[UUID, int]:
    """The learners of the next message, with the revision of each."""
    received = await subscription.get_message(timeout=PATIENCE_SECONDS)
    assert received is not None
    content: bytes = received["data"]
    return {
        UUID(bytes=content[i : i + 16]): int.from_bytes(content[i + 16 : i + 24]) for i in range(0, len(content), 24)
    }


async def test_a_commit_of_intake_is_one_message(client: Client, redis_url: str) -> None:
    subjects = [new_learner() for _ in range(3)]
    ids = {UUID(Caller(client, subject).learner_id) for subject in subjects}
    batch = [{**exercise(START), "learner_id": subject} for subject in subjects * 5]
    async with channel(redis_url) as subscription:
        await service(client).record_all(*batch)
        assert await message(subscription) == dict.fromkeys(ids, 1)
        await service(client).record_all({**exercise(START), "learner_id": subjects[0]})
        again = UUID(Caller(client, subjects[0]).learner_id)
        assert await message(subscription) == {again: 2}, "the batch was no second message"


async def test_a_write_that_is_rolled_back_says_nothing(client: Client, redis_url: str) -> None:
    ada = Caller(client, new_learner())
    async with channel(redis_url) as subscription:
        (await ada.ask("PUT", f"/tasks/{uuid4()}", json={"title": "read"})).problem(404, "task_not_found")
        (await ada.post("/tasks", {"title": "read"})).ok()
        assert await message(subscription) == {UUID(ada.learner_id): 0}


async def test_a_unit_announces_once_and_after_its_commit(resources: Resources, redis_url: str) -> None:
    learners = [uuid4(), uuid4()]
    async with channel(redis_url) as subscription:
        async with resources.database.unit():
            for learner_id in learners:
                async with resources.database.write() as connection:
                    await lock_learners(connection, [learner_id])
            await asyncio.sleep(0.1)
            assert await subscription.get_message(timeout=0) is None
        assert await message(subscription) == dict.fromkeys(learners, 0)


async def test_more_learners_than_a_message_holds_stand_for_everyone(redis_url: str) -> None:
    redis = Redis.from_url(redis_url)
    ringing = Bell(redis, redis_url, 1.0)
    heard: asyncio.Queue[tuple[UUID, int] | None] = asyncio.Queue()
    connected = asyncio.Event()
    listening = asyncio.create_task(
        ringing.listen(
            lambda learner_id, revision: heard.put_nowait((learner_id, revision)),
            lambda: heard.put_nowait(None),
            connected.set,
        )
    )
    async with asyncio.timeout(PATIENCE_SECONDS):
        await connected.wait()
        entries = {(uuid4(), revision) for revision in range(2_000)}
        ringing.ring(entries)
        assert {await heard.get() for _ in entries} == entries
        ringing.ring((uuid4(), 0) for _ in range(2_001))
        assert await heard.get() is None
        await redis.publish(CHANNEL, b"from another version")
        assert await heard.get() is None
    listening.cancel()
    await asyncio.gather(listening, return_exceptions=True)
    await ringing.close()
    await redis.aclose()


@pytest.mark.parametrize(
    ("after", "revision", "recorded", "parts"),
    [
        (4, 5, {5}, RECORDED_PARTS),
        (4, 7, {5, 6, 7}, RECORDED_PARTS),
        (4, 7, {5, 7}, PARTS),
        (4, 7, {5, 6, 8}, PARTS),
        (4, 6, {5}, PARTS),
        (4, 5, set[int](), PARTS),
    ],
)
def test_parts_are_few_after_activities_alone(
    after: int, revision: int, recorded: set[int], parts: tuple[str, ...]
) -> None:
    assert parts_changed(after, revision, recorded) == parts
