"""Days that an earlier version stored after the learner's date are reassigned once, in batches that may be repeated."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime
from uuid import UUID

import pytest
from quart.typing import TestClientProtocol as Client

from milepost.jobs.sweeps import reassign_days_ahead
from milepost.resources import Resources, open_resources
from milepost.services.projections.refill import rebuild_learners
from milepost.services.rebuild.check import differences
from milepost.services.rebuild.days import BACKFILL, reassign_days_ahead_batch
from milepost.settings import Settings
from support.builders import exercise, new_learner
from support.callers import Caller, service
from support.clock import AdjustableClock

EVENING = datetime(2026, 3, 10, 16, 30, tzinfo=UTC)
_STORE_AHEAD = """
UPDATE activities SET local_day = '2026-03-11', utc_offset_minutes = 540, day_ends_at = '2026-03-11T15:00Z'
WHERE learner_id = $1 AND id = 'ahead'
"""
_ASSUME = "UPDATE learners SET zone = '', zone_source = 'assumed' WHERE learner_id = $1"


@pytest.fixture
async def resources(settings: Settings, module_clock: AdjustableClock) -> AsyncIterator[Resources]:
    """Access to the database of the app."""
    opened = await open_resources(settings, module_clock)
    yield opened
    await opened.close()


async def as_stored_before(resources: Resources, learner: Caller, *, assumed: bool = False) -> None:
    """Store the activity `ahead` on the eleventh, as the earlier version did; with `assumed`, forget the zone."""
    learner_id = UUID(learner.learner_id)
    async with resources.database.write() as connection:
        await connection.execute(_STORE_AHEAD, learner_id)
        if assumed:
            await connection.execute("DELETE FROM learner_zones WHERE learner_id = $1", learner_id)
            await connection.execute(_ASSUME, learner_id)
        await rebuild_learners(connection, [learner_id], resources.policy, resources.clock.now())


async def test_days_ahead_are_brought_back_and_zones_learnt(
    client: Client, resources: Resources, clock: AdjustableClock
) -> None:
    clock.set(EVENING)
    ada, bob, eve, teacher = *(Caller(client, new_learner()) for _ in range(3)), service(client)
    for learner in (ada, eve):
        (await learner.ask("PATCH", "/me", json={"zone": "Europe/Lisbon"})).ok()
    for learner in (ada, bob):
        await teacher.record_all(exercise(EVENING, id="ahead", zone="Asia/Tokyo"), learner_id=learner.subject)
    await teacher.record_all(exercise(EVENING, id="unconcerned"), learner_id=eve.subject)
    await as_stored_before(resources, ada)
    await as_stored_before(resources, bob, assumed=True)
    before = await ada.progress(), await bob.progress()
    assert [shown["streak"]["last_exercise_date"] for shown in before] == ["2026-03-11", "2026-03-11"]
    assert [(shown["local_day"], shown["exercises_today"]) for shown in before] == [("2026-03-10", 0)] * 2
    untouched = (await eve.progress())["revision"]

    async with resources.database.write() as connection:
        await connection.execute("DELETE FROM backfills WHERE name = $1", BACKFILL)
        while await reassign_days_ahead_batch(connection, resources.policy, clock.now()):
            pass
    shown = await ada.progress()
    assert (shown["streak"]["last_exercise_date"], shown["exercises_today"]) == ("2026-03-10", 1)
    shown = await bob.progress()
    assert (shown["timezone"], shown["zone_source"], shown["local_day"]) == ("Asia/Tokyo", "activity", "2026-03-11")
    assert (shown["streak"]["last_exercise_date"], shown["exercises_today"]) == ("2026-03-11", 1)
    assert (await eve.progress())["revision"] == untouched
    async with resources.database.snapshot() as connection:
        for learner in (ada, bob, eve):
            assert await differences(connection, [UUID(learner.learner_id)], resources.policy) == []

    revision = (await ada.progress())["revision"]
    await reassign_days_ahead(resources)
    assert (await ada.progress())["revision"] == revision, "it is done once"
