"""Erasure: nothing is left of a learner anywhere, and nothing comes back."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from uuid import UUID

import asyncpg
import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client

from milepost.api.edge.application import Application
from milepost.app import create_app
from milepost.db.learner_row import lock_remaining_learners
from milepost.db.pools import PooledConnection
from milepost.jobs.sweeps import erase_learners
from milepost.resources import Resources
from milepost.services.learners.erasure import erase_learner, erase_rows
from milepost.services.rebuild.check import check
from milepost.services.rebuild.rebuild import rebuild_one
from milepost.settings import Settings
from oracles.markers import places_of
from support.builders import activity, exercise, new_learner
from support.callers import Caller, results_of, service
from support.clock import START, AdjustableClock

DAY = timedelta(days=1)


@pytest.fixture
async def connection(settings: Settings) -> AsyncIterator[asyncpg.Connection]:
    """A connection of the test's own."""
    opened = await asyncpg.connect(settings.database_url)
    yield opened
    await opened.close()


async def erase(caller: Caller) -> None:
    """The learner erases itself."""
    assert (await caller.ask("DELETE", "/me", json={"confirm": caller.subject})).ok() == {"status": "erased"}


async def live(ada: Caller, client: Client, marker: str) -> None:
    """Fill every feature of a learner, each text with the marker."""
    teacher, root = service(client), Caller(client, f"root-{marker}", ["admin"])
    texts = {"topic": marker, "path": marker, "difficulty": marker, "session_id": marker, "object_id": marker}
    places = {"space_id": marker, "goal_id": marker, "metadata": {marker: marker}}
    await teacher.record_all(
        *(exercise(START - n * DAY, id=f"{marker}-{n}", once_key=marker, **texts, **places) for n in range(3)),
        learner_id=ada.subject,
    )
    await ada.record_all(activity(START, id=f"{marker}-own", **places))
    category = (await ada.post("/categories", {"name": marker})).ok()["category_id"]
    task = {"title": marker, "category_id": category, "due_day": "2026-03-10"}
    (await ada.ask("POST", "/tasks", json=task, headers={"Idempotency-Key": marker})).ok()
    (await ada.post("/spaces", {"title": marker})).ok()
    (await ada.post("/composite-goals", {"title": marker})).ok()
    (await ada.post("/milestones", {"title": marker, "space_id": marker})).ok()
    goal = {"name": marker, "target_type": "exercises", "time_period": "daily", "target_value": 1}
    (await ada.post("/goals", goal)).ok()
    (await ada.post("/me/pauses", {"first_day": "2026-03-20", "last_day": "2026-03-21", "reason": marker})).ok()
    restored = {"first_day": "2026-03-01", "last_day": "2026-03-01", "reason": marker}
    path = f"/admin/learners/{ada.subject}/restore-streak"
    (await root.ask("POST", path, json=restored, headers={"Idempotency-Key": marker})).ok()
    (await ada.get("/analytics/quick-stats", view_context="dashboard", date_range="7d")).ok()
    (await ada.get("/progress")).ok()


async def test_R28_an_erased_learner_leaves_no_trace(
    client: Client, clock: AdjustableClock, connection: asyncpg.Connection, resources: Resources
) -> None:
    ada, bob = Caller(client, new_learner()), Caller(client, new_learner())
    await live(ada, client, "marker-of-ada")
    await live(bob, client, "marker-of-bob")
    before = await places_of(connection, resources.redis, "marker-of-bob", bob.learner_id)
    assert "activities.metadata" in await places_of(connection, resources.redis, "marker-of-ada")
    assert "audit.body" in await places_of(connection, resources.redis, "marker-of-ada")
    assert "idempotency_keys.answer" in await places_of(connection, resources.redis, ada.learner_id)
    assert any(place.startswith("redis ") for place in await places_of(connection, resources.redis, ada.learner_id))
    await erase(ada)
    # The administrator's own name is in the audit: it is not the learner's.
    left = await places_of(connection, resources.redis, "marker-of-ada", ada.learner_id)
    assert left == {"audit.actor"}
    assert await places_of(connection, resources.redis, "marker-of-bob", bob.learner_id) == before
    assert await connection.fetchval("SELECT count(*) FROM erased WHERE erased_at = $1", clock.now()) == 1


async def test_R28_nothing_of_an_erased_learner_is_taken_again(client: Client, clock: AdjustableClock) -> None:
    ada, bob, teacher = Caller(client, new_learner()), Caller(client, new_learner()), service(client)
    old = exercise(START, id="old")
    await teacher.record_all(old, learner_id=ada.subject)
    await erase(ada)
    for sent in (old, exercise(START)):
        body = (await teacher.record(sent, learner_id=ada.subject)).problem(410, "learner_erased")
        assert [(result["status"], result["reason"]) for result in body["results"]] == [("rejected", "learner_erased")]
    mixed = [{**exercise(START), "learner_id": name} for name in (ada.subject, bob.subject, ada.subject)]
    answer = await teacher.record(*mixed)
    assert answer.status == 200
    assert results_of(answer, "status", "reason") == [
        ("rejected", "learner_erased"),
        ("accepted", None),
        ("rejected", "learner_erased"),
    ]
    assert [learner["sent_as"] for learner in answer.body["learners"]] == [[bob.subject]]
    named = {**exercise(START, zone="Asia/Tokyo"), "learner_id": ada.subject}
    (await teacher.record(named)).problem(410, "learner_erased")
    (await Caller(client, ada.subject, zone="Asia/Tokyo").record(activity(START))).problem(410, "learner_erased")
    (await ada.post("/progress/update-streak")).problem(410, "learner_erased")
    (await ada.ask("DELETE", "/me", json={"confirm": ada.subject})).problem(410, "learner_erased")


async def test_R28_the_process_that_did_not_erase_forgets_too(
    app: Quart, client: Client, clock: AdjustableClock, settings: Settings
) -> None:
    """A second process has the learner's facts and answers in memory; its next version read makes it forget them."""
    other = create_app(settings, clock)
    assert isinstance(other, Application)
    ada, bob = new_learner(), new_learner()
    async with other.test_app():
        there, here = Caller(other.test_client(), ada), Caller(client, ada)
        (await Caller(other.test_client(), bob).get("/me")).ok()
        await there.record_all(activity(START))
        (await there.get("/progress")).ok()
        learner = UUID(here.learner_id)
        facts = other.state.resources.intake.memory.facts if other.state.resources else None
        assert facts is not None
        assert learner in facts._facts
        assert {key[0] for key in other.state.answers._bodies} == {learner}
        await erase(here)
        (await Caller(other.test_client(), bob).get("/me")).ok()
        await other.state.resources.departures.settled() if other.state.resources else None
        assert learner not in facts._facts
        assert {key[0] for key in other.state.answers._bodies} == set()
        (await there.record(activity(START))).problem(410, "learner_erased")
        (await there.get("/progress")).problem(410, "learner_erased")
        (await there.post("/tasks", {"title": "read"})).problem(410, "learner_erased")


async def test_a_writer_with_old_facts_does_not_bring_a_learner_back(
    client: Client, clock: AdjustableClock, settings: Settings, connection: asyncpg.Connection
) -> None:
    other = create_app(settings, clock)
    async with other.test_app():
        ada = Caller(client, new_learner())
        there = Caller(other.test_client(), ada.subject)
        await there.record_all(activity(START))
        await erase(ada)
        (await there.record(activity(START, id="late"))).problem(410, "learner_erased")
    assert await connection.fetchval("SELECT count(*) FROM learners WHERE learner_id = $1", UUID(ada.learner_id)) == 0
    assert await connection.fetchval("SELECT count(*) FROM activities WHERE learner_id = $1", UUID(ada.learner_id)) == 0


async def test_erasing_is_confirmed_by_the_subject(client: Client, clock: AdjustableClock) -> None:
    ada = Caller(client, new_learner())
    await ada.record_all(activity(START))
    refused = await ada.ask("DELETE", "/me", json={"confirm": ada.learner_id})
    refused.problem(422, "erasure_not_confirmed")
    assert refused.pointers() == ["/confirm"]
    (await ada.ask("DELETE", "/me")).problem(422, "body_required")
    (await ada.ask("DELETE", "/me", json={"confirm": ""})).problem(422, "invalid_body")
    assert len(await ada.feed()) == 1


async def test_somebody_unknown_is_erased_too(client: Client, clock: AdjustableClock) -> None:
    ada = Caller(client, new_learner())
    await erase(ada)
    (await service(client).record(exercise(START), learner_id=ada.subject)).problem(410, "learner_erased")


async def test_an_administrator_erases_without_leaving_a_name(
    client: Client, clock: AdjustableClock, connection: asyncpg.Connection
) -> None:
    ada, root = Caller(client, new_learner()), Caller(client, "root-who-erases", ["admin"])
    (await root.ask("DELETE", f"/admin/learners/{ada.subject}")).problem(404, "learner_not_found")
    await ada.record_all(activity(START))
    assert (await root.ask("DELETE", f"/admin/learners/{ada.subject}")).ok() == {"status": "erased"}
    (await root.ask("DELETE", f"/admin/learners/{ada.subject}")).problem(410, "learner_erased")
    entries = await connection.fetch("SELECT action, about_learner, body FROM audit WHERE actor = 'root-who-erases'")
    assert [tuple(row) for row in entries] == [("learner.erase", None, "{}")]


async def test_a_large_learner_is_gone_at_once_and_deleted_later(
    client: Client, clock: AdjustableClock, resources: Resources, connection: asyncpg.Connection
) -> None:
    ada = Caller(client, new_learner())
    await service(client).record_all(*(exercise(START - n * DAY) for n in range(7)), learner_id=ada.subject)
    learner = UUID(ada.learner_id)
    assert await erase_learner(resources.database, learner, "milepost", clock.now(), rows=3) is False
    assert await connection.fetchval("SELECT count(*) FROM activities WHERE learner_id = $1", learner) == 4
    (await ada.get("/progress")).problem(410, "learner_erased")
    (await ada.get("/me/data")).problem(410, "learner_erased")
    (await ada.record(activity(START))).problem(410, "learner_erased")
    (await ada.post("/categories", {"name": "late"})).problem(410, "learner_erased")
    assert [report.differences async for report in check(resources.database, resources.policy, learner)] == [[]]
    await erase_learners(resources)
    assert await places_of(connection, resources.redis, ada.learner_id) == set()
    (await ada.get("/progress")).problem(410, "learner_erased")


async def test_what_cursors_of_long_jobs_hold_is_not_a_learner(
    client: Client, clock: AdjustableClock, connection: asyncpg.Connection, resources: Resources
) -> None:
    ada = Caller(client, new_learner())
    learner = UUID(ada.learner_id)
    await connection.execute(
        "INSERT INTO backfills (name, cursor, started_at) VALUES ('a pass', $1, $2)", learner, clock.now()
    )
    await erase(ada)
    cursor = await connection.fetchval("SELECT cursor FROM backfills WHERE name = 'a pass'")
    assert cursor == UUID(int=learner.int - 1)
    await connection.execute("DELETE FROM backfills WHERE name = 'a pass'")


async def test_my_data_is_everything_stored(client: Client, clock: AdjustableClock) -> None:
    ada = Caller(client, new_learner(), zone="Asia/Tokyo")
    await ada.record_all(activity(START, id="one", metadata={"mood": "ü"}))
    answer = await ada.get("/me/data")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="milepost.json"'
    assert answer.ok() == json.loads((await ada.get("/progress/export")).raw)
    assert [row["id"] for row in answer.body["tables"]["activities"]] == ["one"]
    assert answer.body["tables"]["learner_zones"][0]["zone"] == "Asia/Tokyo"
    for caller in (service(client), Caller(client, "root", ["admin"])):
        (await caller.get("/me/data")).problem(403, "role_not_allowed")


async def test_a_job_that_comes_later_leaves_out_who_has_left(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    ada, bob = Caller(client, new_learner()), Caller(client, new_learner())
    for learner in (ada, bob):
        await learner.record_all(activity(START))
    found = sorted(UUID(learner.learner_id) for learner in (ada, bob))
    await erase(ada)
    async with resources.database.write() as connection:
        assert await lock_remaining_learners(connection, found) == [UUID(bob.learner_id)]
        assert await connection.fetchval("SELECT count(*) FROM learners WHERE learner_id = ANY($1)", found) == 1
    await rebuild_one(resources.database, UUID(ada.learner_id), resources.policy, clock.now())
    async with resources.database.read() as connection:
        assert await connection.fetchval("SELECT count(*) FROM learners WHERE learner_id = ANY($1)", found) == 1


async def test_an_answer_made_before_the_erasure_is_not_kept_after_it(
    client: Client, clock: AdjustableClock, settings: Settings, resources: Resources
) -> None:
    """A reader is held up while the learner is erased, and has an answer only when the caches were emptied."""
    ada = Caller(client, new_learner())
    (await ada.post("/tasks", {"title": "read"})).ok()
    erasing = await asyncpg.connect(settings.database_url, connection_class=PooledConnection)
    erasing.erasure_key = settings.erasure_key_bytes
    async with erasing.transaction():
        await erasing.execute("LOCK TABLE planner_days IN ACCESS EXCLUSIVE MODE")
        reading = asyncio.create_task(ada.get("/analytics/quick-stats", view_context="tasks", date_range="7d"))
        for _ in range(1_000):
            if await erasing.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"):
                break
            await asyncio.sleep(0.01)
        await erase_rows(erasing, UUID(ada.learner_id), "milepost", clock.now())
        await resources.shared_cache.forget_learner(UUID(ada.learner_id))
    (await reading).problem(410, "learner_erased")
    assert await places_of(erasing, resources.redis, ada.learner_id) == set()
    await erasing.close()
