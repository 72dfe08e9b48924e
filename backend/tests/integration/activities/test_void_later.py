"""Voiding for a learner with very many activities: at once in the log, recounted by a job later."""

from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
from quart.typing import TestClientProtocol as Client

from milepost.jobs.rebuilds import rebuild_learners_due
from milepost.resources import Resources, open_resources
from milepost.services.activities.void import void_activity
from milepost.services.rebuild.check import check
from milepost.services.rebuild.rebuild import rebuild_one
from milepost.settings import Settings
from oracles.stored_state import canonical
from support.builders import exercise, new_learner
from support.callers import Caller, Json, service
from support.clock import START, AdjustableClock
from support.policies import changed_policy

MAX_AT_ONCE = 5
PENDING = "Milepost-Pending"


@pytest.fixture(scope="module", autouse=True)
def _few_are_many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A configuration in which six activities are too many to recount within the request."""
    limit = f"rebuild_at_once_activities = {MAX_AT_ONCE}"
    with changed_policy(tmp_path_factory.mktemp("few"), r"rebuild_at_once_activities = [\d_]+", limit):
        yield


@pytest.fixture
async def resources(settings: Settings, clock: AdjustableClock) -> AsyncIterator[Resources]:
    """Resources for the job."""
    opened = await open_resources(settings, clock)
    yield opened
    await opened.close()


async def practised(teacher: Caller, count: int) -> tuple[str, list[Json]]:
    """A learner with `count` exercises, one a day until today."""
    learner = new_learner()
    sent = [exercise(START - timedelta(days=days)) for days in range(count)]
    await teacher.record_all(*sent, learner_id=learner)
    return learner, sent


async def waiting(resources: Resources) -> list[UUID]:
    """The learners a check leaves out; asserts that all others match the log."""
    left_out: list[UUID] = []
    async for progress in check(resources.database, resources.policy):
        assert not progress.differences
        left_out += progress.waiting
    return left_out


async def pending(client: Client) -> Json:
    """The pending rebuilds operators see."""
    rebuilds: Json = (await Caller(client, "root", ["admin"]).get("/admin/jobs")).ok()["rebuilds"]
    return rebuilds


async def test_a_rebuild_is_queued_reported_and_done(client: Client, resources: Resources) -> None:
    teacher = service(client)
    learner, sent = await practised(teacher, MAX_AT_ONCE + 1)
    ada = Caller(client, learner)
    before = await ada.get("/progress")
    assert PENDING not in before.headers
    gone = sent[2]["id"]
    queued = await teacher.ask("DELETE", f"/activities/{gone}", query={"learner_id": learner})
    assert (queued.status, queued.body) == (202, {"id": gone, "sender": "exercises", "status": "queued"})
    assert gone not in [activity["id"] for activity in await ada.feed()]
    for path in ("/progress", "/progress/statistics", "/progress/history", "/progress/achievements"):
        assert (await ada.get(path)).headers[PENDING] == "rebuild", path
    shown = await ada.get("/progress")
    assert (shown.body["exercises_completed"], shown.body["revision"]) == (6, before.body["revision"] + 1)
    unchanged = await ada.ask("GET", "/progress", headers={"If-None-Match": shown.headers["ETag"]})
    assert (unchanged.status, unchanged.headers[PENDING]) == (304, "rebuild")
    assert await pending(client) == {"pending_learners": 1, "oldest_due_at": "2026-03-10T12:00:00Z"}
    assert await waiting(resources) == [UUID(ada.learner_id)]
    again = await teacher.ask("DELETE", f"/activities/{gone}", query={"learner_id": learner})
    assert again.status == 202

    await teacher.record_all(exercise(START), learner_id=learner)
    await rebuild_learners_due(resources)
    after = await ada.get("/progress")
    assert PENDING not in after.headers
    assert (after.body["exercises_completed"], after.body["streak"]["current_streak"]) == (6, 2)
    assert await waiting(resources) == []
    assert await pending(client) == {"pending_learners": 0, "oldest_due_at": None}
    settled = await teacher.ask("DELETE", f"/activities/{gone}", query={"learner_id": learner})
    assert settled.ok()["status"] == "voided"


async def test_at_the_limit_the_rebuild_is_done_at_once(client: Client, resources: Resources) -> None:
    learner, sent = await practised(service(client), MAX_AT_ONCE)
    answer = await service(client).ask("DELETE", f"/activities/{sent[0]['id']}", query={"learner_id": learner})
    assert answer.ok()["status"] == "voided"
    assert await waiting(resources) == []


async def test_a_later_rebuild_equals_an_immediate_one_including_once_keys_and_unlocks(
    client: Client, resources: Resources, database_url: str
) -> None:
    """Two learners with the same past: an operator rebuilds one, a higher limit lets the other be rebuilt at once."""
    connection = await asyncpg.connect(database_url)
    found = []
    higher_limit = replace(
        resources.policy, activities=replace(resources.policy.activities, rebuild_at_once_activities=100)
    )
    for policy in (resources.policy, higher_limit):
        learner = new_learner()
        sent = [
            exercise(START - timedelta(days=days), id=f"e-{days}", once_key="first" if days > 4 else None)
            for days in range(MAX_AT_ONCE + 2)
        ]
        await service(client).record_all(*sent, learner_id=learner)
        learner_id = UUID(Caller(client, learner).learner_id)
        async with resources.database.write() as writing:
            key = (learner_id, "exercises", "e-6")
            voided = await void_activity(writing, key, "service", policy, START)
        assert voided.is_rebuilt == (policy is higher_limit)
        if not voided.is_rebuilt:
            assert await waiting(resources) == [learner_id]
            await rebuild_one(resources.database, learner_id, policy, START)
        assert await waiting(resources) == []
        dump = await canonical(connection, learner_id)
        revoked = await connection.fetch(
            "SELECT code, revoked_at FROM unlocks WHERE learner_id = $1 ORDER BY 1", learner_id
        )
        found.append((str(dump).replace(str(learner_id), ""), [tuple(row) for row in revoked]))
    await connection.close()
    assert found[0] == found[1]
