"""The intake queue: waiting calls share one commit, only a faulty activity is rejected, a full queue refuses."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from milepost.errors import Unavailable
from milepost.resources import Resources, open_resources
from milepost.rules.activities import Activity
from milepost.services.activities.outcome import Sender, SentActivity
from milepost.services.learners.zones import change_zone
from milepost.services.progress import RecordAnswer
from milepost.settings import Settings
from support.clock import AdjustableClock

# Half past ten in the evening in Berlin, the next morning in Tokyo.
NOW = datetime(2026, 3, 10, 21, 30, tzinfo=UTC)
SERVICE = Sender("exercises", "service")


@pytest.fixture(scope="module")
async def service(settings: Settings) -> AsyncIterator[Resources]:
    narrow = settings.model_copy(update={"intake_queue_limit": 30, "intake_bulk_threshold": 20})
    opened = await open_resources(narrow, AdjustableClock(NOW))
    yield opened
    await opened.close()


def exercise(learner_id: UUID, identity: str, **fields: object) -> SentActivity:
    return SentActivity(
        learner_id,
        identity,
        Activity(**{"verb": "completed", "object_type": "exercise", "occurred_at": NOW, **fields}),  # type: ignore[arg-type]
    )


async def met(service: Resources, learner_id: UUID) -> RecordAnswer:
    return await service.progress.record(SERVICE, [exercise(learner_id, "first")], NOW)


class Lock:
    """A lock on a learner's row by another connection, until released."""

    def __init__(self, service: Resources, learner_id: UUID) -> None:
        self._service = service
        self._learner_id = learner_id

    async def __aenter__(self) -> "Lock":
        self._connection = await self._service.database.pools.write.acquire()
        self._transaction = self._connection.transaction()
        await self._transaction.start()
        await self._connection.execute("SELECT 1 FROM learners WHERE learner_id = $1 FOR UPDATE", self._learner_id)
        return self

    async def __aexit__(self, *_fault: object) -> None:
        await self._transaction.rollback()
        await self._service.database.pools.write.release(self._connection)


async def waits_for_a_lock(service: Resources) -> None:
    """Wait until a writer waits for a lock."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    while not await service.database.pools.write.fetchval(waiting):  # noqa: ASYNC110 - the change happens in another process
        await asyncio.sleep(0.01)


async def stored(service: Resources, learner_id: UUID) -> dict[str, asyncpg.Record]:
    rows = await service.database.pools.write.fetch("SELECT * FROM activities WHERE learner_id = $1", learner_id)
    return {row["id"]: row for row in rows}


async def test_calls_that_wait_for_a_commit_are_committed_together(service: Resources) -> None:
    learner_id = uuid4()
    await met(service, learner_id)
    async with asyncio.TaskGroup() as tasks, Lock(service, learner_id):
        tasks.create_task(service.progress.record(SERVICE, [exercise(learner_id, "in flight")], NOW))
        await waits_for_a_lock(service)
        for number in range(10):
            tasks.create_task(service.progress.record(SERVICE, [exercise(learner_id, f"waits {number}")], NOW))
        await asyncio.sleep(0)
    rows = await stored(service, learner_id)
    assert len(rows) == 12
    assert len({row["commit_id"] for name, row in rows.items() if name.startswith("waits")}) == 1
    assert rows["in flight"]["commit_id"] != rows["waits 0"]["commit_id"]


async def test_S12_nobody_waits_for_a_learner_whom_another_transaction_changes(service: Resources) -> None:
    busy, learners = uuid4(), [uuid4() for _ in range(6)]
    await met(service, busy)

    def post(learner_id: UUID, identity: str) -> asyncio.Task[RecordAnswer]:
        return asyncio.create_task(service.progress.record(SERVICE, [exercise(learner_id, identity)], NOW))

    async with Lock(service, busy):
        held = [post(busy, "held"), *(post(learner_id, "first") for learner_id in learners[:3])]
        assert [(await other).outcomes[0].status for other in held[1:]] == ["accepted"] * 3
        held.append(post(busy, "held too"))
        assert (await post(learners[3], "first")).outcomes[0].status == "accepted"
        many = [exercise(busy if n % 5 == 2 else learners[4], f"many {n}") for n in range(25)]
        bulk = asyncio.create_task(service.progress.record(SERVICE, many, NOW))
        while len(await stored(service, learners[4])) < 20:  # noqa: ASYNC110 - the change happens in another process
            await asyncio.sleep(0.01)
        assert (await post(learners[5], "first")).outcomes[0].status == "accepted"
        assert not any(task.done() for task in (held[0], held[-1], bulk))
    assert [(await one).outcomes[0].status for one in (held[0], held[-1])] == ["accepted"] * 2
    outcomes = (await bulk).outcomes
    assert [(outcome.id, outcome.status) for outcome in outcomes] == [(f"many {n}", "accepted") for n in range(25)]
    assert len(await stored(service, busy)) == 8
    assert not service.intake.has_lines


async def test_a_full_queue_refuses_and_still_writes_what_waits(service: Resources) -> None:
    learner_id = uuid4()
    await met(service, learner_id)
    async with asyncio.TaskGroup() as tasks, Lock(service, learner_id):
        for number in range(30):
            tasks.create_task(service.progress.record(SERVICE, [exercise(learner_id, f"waits {number}")], NOW))
        await waits_for_a_lock(service)
        with pytest.raises(Unavailable) as refused:
            await service.progress.record(SERVICE, [exercise(learner_id, "too much")], NOW)
    assert refused.value.code == "intake_busy"
    assert refused.value.retry_after_seconds == 1
    assert len(await stored(service, learner_id)) == 31
    assert "too much" not in await stored(service, learner_id)


@pytest.mark.parametrize("others", [0, 1, 7, 24], ids=str)
async def test_only_the_activity_the_database_cannot_store_is_rejected(service: Resources, others: int) -> None:
    learner_id = uuid4()
    batch = [exercise(learner_id, f"good {number}") for number in range(others)]
    batch.insert(others // 2, exercise(learner_id, "culprit", object_id="half\x00text"))
    answer = await service.progress.record(SERVICE, batch, NOW)
    statuses = {outcome.id: (outcome.status, outcome.reason) for outcome in answer.outcomes}
    assert statuses.pop("culprit") == ("rejected", "not_storable")
    assert set(statuses.values()) <= {("accepted", None)}
    assert (await stored(service, learner_id)).keys() == statuses.keys()


async def test_a_zone_that_changes_before_the_lock_decides_the_day(service: Resources) -> None:
    learner_id = uuid4()
    first = Sender("learner", "learner", "Europe/Berlin")
    practice = Activity(verb="practised", object_type="session", occurred_at=NOW)
    await service.progress.record(first, [SentActivity(learner_id, "in Berlin", practice)], NOW)
    async with asyncio.TaskGroup() as tasks, service.database.write() as connection:
        await change_zone(connection, learner_id, "Asia/Tokyo", service.policy, NOW - timedelta(minutes=1))
        # Reads the old zones, then waits for the lock until the change is committed.
        tasks.create_task(service.progress.record(SERVICE, [exercise(learner_id, "in Tokyo")], NOW))
        await waits_for_a_lock(service)
    rows = await stored(service, learner_id)
    assert rows["in Berlin"]["local_day"] == date(2026, 3, 10)
    assert rows["in Tokyo"]["local_day"] == date(2026, 3, 11)


async def test_closing_finishes_queued_calls_and_refuses_new_ones(settings: Settings) -> None:
    opened = await open_resources(settings, AdjustableClock(NOW))
    learner_id = uuid4()
    queued = [
        asyncio.create_task(opened.progress.record(SERVICE, [exercise(learner_id, f"queued {number}")], NOW))
        for number in range(5)
    ]
    await asyncio.sleep(0)
    await opened.intake.close()
    assert [(await task).outcomes[0].status for task in queued] == ["accepted"] * 5
    with pytest.raises(Unavailable):
        await opened.progress.record(SERVICE, [exercise(learner_id, "too late")], NOW)
    await opened.close()
