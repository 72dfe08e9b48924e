"""Idempotency-Keys: the same request with the same key is executed once and gets the first answer again."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client

from milepost.api.documentation.openapi import promises
from milepost.jobs.sweeps import forget_idempotency_keys
from milepost.resources import Resources
from milepost.services.idempotency import KeptAnswer, KeyedRequest, claim_key, keep_answer
from support.builders import activity, new_learner
from support.callers import Answer, Caller, Json, service
from support.catalogues import condition, entry, put_in_force
from support.clock import START, AdjustableClock
from support.planner import delete, put

GOAL: Json = {"name": "read", "target_type": "minutes", "time_period": "weekly", "target_value": 60}
CREATIONS: dict[str, tuple[str, Json, Json]] = {
    "/tasks": ("task_id", {"title": "read"}, {"title": "write"}),
    "/categories": ("category_id", {"name": "Work"}, {"name": "Home"}),
    "/goals": ("goal_id", GOAL, {**GOAL, "target_value": 30}),
    "/spaces": ("space_id", {"title": "Algebra"}, {"title": "Algebra", "planned_tasks": 2}),
    "/composite-goals": ("goal_id", {"title": "Exam", "space_ids": ["s"]}, {"title": "Exam"}),
    "/milestones": ("milestone_id", {"title": "One", "space_id": "s"}, {"title": "Two", "space_id": "s"}),
}
"""What learners create: the member with its id, a body, and another body."""

WITHOUT_KEY = {
    "/api/activities": "activities have ids; the header stands for a missing one",
    "/api/events": "as above",
    "/api/progress/events": "as above",
    "/api/progress/update-streak": "as above",
    "/api/progress/calculate-skill-level": "recalculating twice gives the same",
    "/api/admin/achievements/<any_text:code>/dry-run": "it changes nothing",
    "/api/sign-in/codes": "a second code costs nothing, and each works once",
    "/sign-in/code": "the code itself works once",
    "/sign-in/demo": "it changes nothing",
}


@pytest.fixture
async def ada(client: Client, clock: AdjustableClock) -> Caller:
    """A learner with a space."""
    learner = Caller(client, new_learner())
    (await put(learner, "/spaces/s", {"title": "Space"})).ok()
    return learner


async def post(caller: Caller, path: str, body: object = None, key: str = "k", **query: object) -> Answer:
    """POST with a key."""
    return await caller.ask("POST", path, json=body, query=query, headers={"Idempotency-Key": key})


async def count(caller: Caller, path: str) -> int:
    """The length of a list."""
    (members,) = [value for value in (await caller.get(path)).ok().values() if isinstance(value, list)]
    return len(members)


def test_every_post_takes_a_key_or_says_why_not(app: Quart) -> None:
    keyed = {rule.rule: promise.keyed for rule, promise in promises(app) if "POST" in (rule.methods or ())}
    assert {path for path, takes_key in keyed.items() if not takes_key} == set(WITHOUT_KEY)


@pytest.mark.parametrize("path", CREATIONS)
async def test_another_body_is_refused_and_changes_nothing(ada: Caller, path: str) -> None:
    _, body, other = CREATIONS[path]
    (await post(ada, path, body)).ok()
    before = await count(ada, path)
    (await post(ada, path, other)).problem(409, "idempotency_key_reused")
    assert await count(ada, path) == before
    (await post(ada, path, other, key="another")).ok()
    assert await count(ada, path) == before + 1


@pytest.mark.parametrize("path", CREATIONS)
async def test_a_change_in_between_does_not_change_the_answer(ada: Caller, path: str) -> None:
    member, body, other = CREATIONS[path]
    first = await post(ada, path, body)
    created = f"{path}/{first.ok()[member]}"
    (await put(ada, created, other)).ok()
    again = await post(ada, path, body)
    assert (again.status, again.raw, again.headers["ETag"]) == (200, first.raw, first.headers["ETag"])


@pytest.mark.parametrize("path", CREATIONS)
async def test_what_was_deleted_is_not_created_again(ada: Caller, path: str) -> None:
    member, body, _ = CREATIONS[path]
    first = await post(ada, path, body)
    (await delete(ada, f"{path}/{first.ok()[member]}")).ok()
    before = await count(ada, path)
    assert (await post(ada, path, body)).raw == first.raw
    assert await count(ada, path) == before


async def test_actions_are_repeated_with_their_first_answer(ada: Caller) -> None:
    task = f"/tasks/{(await ada.post('/tasks', {'title': 'read'})).ok()['task_id']}"
    milestone = {"milestone_id": "m", "title": "One", "space_id": "s"}
    (await ada.post("/milestones", milestone)).ok()
    for path, body, other, undo in (
        (f"{task}/complete", {}, {"completed_at": "2026-03-10T11:00:00Z"}, f"{task}/complete"),
        ("/milestones/m/reach", None, None, "/milestones/m"),
        ("/me/pauses", {"first_day": "2026-03-12", "last_day": "2026-03-12"}, {"first_day": "2026-03-20"}, None),
    ):
        first = await post(ada, path, body)
        first.ok()
        if undo is not None:
            (await delete(ada, undo)).ok()
        assert (await post(ada, path, body)).raw == first.raw
        if other is not None:
            other = {**other, "last_day": "2026-03-21"} if "first_day" in other else other
            (await post(ada, path, other)).problem(409, "idempotency_key_reused")
    assert (await ada.get(task)).ok()["status"] == "pending"
    (await post(ada, "/milestones/other/reach")).problem(409, "idempotency_key_reused")


async def test_without_a_body_is_an_empty_body(ada: Caller) -> None:
    task = (await ada.post("/tasks", {"title": "read"})).ok()["task_id"]
    first = await post(ada, f"/tasks/{task}/complete")
    assert (await post(ada, f"/tasks/{task}/complete", {})).raw == first.raw
    other = (await ada.post("/tasks", {"title": "write"})).ok()["task_id"]
    (await post(ada, f"/tasks/{other}/complete")).problem(409, "idempotency_key_reused")


async def test_a_repair_is_made_once(ada: Caller) -> None:
    await ada.record(activity(START - timedelta(days=3)), activity(START - timedelta(days=1)))
    first = await post(ada, "/me/streak-repair")
    assert first.ok()["repaired"] == [{"first_day": "2026-03-08", "last_day": "2026-03-08"}]
    assert (await post(ada, "/me/streak-repair")).raw == first.raw
    (await ada.post("/me/streak-repair")).problem(409, "nothing_to_repair")


async def test_administrators_use_keys_too(client: Client, database_url: str, clock: AdjustableClock) -> None:
    root, learner = Caller(client, "root", ["admin"]), Caller(client, new_learner())
    await learner.get("/progress")
    await put_in_force(database_url, entry("given", condition("points", 5)))
    outage = {"starts_at": "2026-01-01T00:00:00Z", "ends_at": "2026-01-01T01:00:00Z", "reason": "a test"}
    before = await count(root, "/admin/outages")
    first = await post(root, "/admin/outages", outage)
    assert (await post(root, "/admin/outages", outage)).raw == first.raw
    (await post(root, "/admin/outages", {**outage, "reason": "another"})).problem(409, "idempotency_key_reused")
    assert await count(root, "/admin/outages") == before + 1
    path = f"/admin/outages/{first.ok()['id']}"
    active = await post(root, f"{path}/activate")
    (await post(root, f"{path}/withdraw")).ok()
    assert (await post(root, f"{path}/activate")).raw == active.raw
    states = {entry["id"]: entry["state"] for entry in (await root.get("/admin/outages")).ok()["outages"]}
    assert states[first.body["id"]] == "withdrawn"


async def test_requests_are_compared_by_value(ada: Caller) -> None:
    slots = [{"starts_at": "2026-03-10T09:00:00+01:00", "ends_at": "2026-03-10T09:00:00Z"}]
    same = [{"ends_at": "2026-03-10T10:00:00+01:00", "starts_at": "2026-03-10T08:00:00Z"}]
    first = await post(ada, "/tasks", {"title": "read", "scheduled_slots": slots})
    assert (await post(ada, "/tasks", {"scheduled_slots": same, "title": "read"})).raw == first.raw
    goal = await post(ada, "/goals", GOAL)
    assert (await post(ada, "/goals", {**GOAL, "target_value": 60.0})).raw == goal.raw
    category = await post(ada, "/categories", {"name": "Work"})
    assert (await post(ada, "/categories", {"name": " Work "})).raw == category.raw
    (await post(ada, "/goals", {**GOAL, "topic": None})).problem(409, "idempotency_key_reused")


async def test_what_is_refused_leaves_the_key_free(ada: Caller) -> None:
    (await post(ada, "/tasks", {"title": ""})).problem(422, "invalid_body")
    (await post(ada, "/tasks", {"title": "read", "status": "completed"})).problem(409, "task_completion")
    (await post(ada, "/tasks", {"title": "read", "category_id": str(UUID(int=1))})).problem(404, "category_not_found")
    assert (await post(ada, "/tasks", {"title": "read"})).ok()["title"] == "read"
    (await ada.post("/categories", {"name": "Work"})).ok()
    (await post(ada, "/categories", {"name": "Work"})).problem(409, "category_exists")
    assert (await post(ada, "/categories", {"name": "Home"})).ok()["name"] == "Home"


@pytest.mark.parametrize("raw", [b"[" * 900 + b"]" * 900, b"{", b'{"title": "\xff"}', b'{"title": NaN}'])
async def test_a_body_that_cannot_be_read_is_refused(ada: Caller, raw: bytes) -> None:
    answer = await ada.ask("POST", "/tasks", raw=raw, headers={"Idempotency-Key": "k"})
    assert answer.status == 422, answer.body
    (await post(ada, "/tasks", {"title": "read"})).ok()


@pytest.mark.parametrize("key", ["", "x" * 191, "a\tb"])
async def test_a_key_has_1_to_190_printable_characters(ada: Caller, key: str) -> None:
    (await post(ada, "/tasks", {"title": "read"}, key=key)).problem(422, "invalid_idempotency_key")
    assert await count(ada, "/tasks") == 0


async def test_keys_belong_to_a_learner_a_sender_and_an_operation(client: Client, ada: Caller) -> None:
    ben, teacher = Caller(client, new_learner()), service(client)
    answers = [
        await post(ada, "/tasks", {"title": "read"}),
        await post(ben, "/tasks", {"title": "write"}),
        await post(teacher, "/tasks", {"title": "draw"}, learner_id=ada.subject),
        await post(teacher, "/tasks", {"title": "sing"}, learner_id=ben.subject),
    ]
    assert [answer.ok()["title"] for answer in answers] == ["read", "write", "draw", "sing"]
    assert (await post(ada, "/categories", {"name": "Work"})).ok()["name"] == "Work"
    uuid = "8c2d7c1e-5a0b-4f3e-9d55-0f6a1f2b3c4d"
    first = await post(teacher, "/tasks", {"title": "draw"}, learner_id=uuid)
    named = await post(teacher, "/tasks", {"title": "draw"}, learner_id=uuid.upper())
    assert named.raw == first.raw, "both spellings name the same learner"


async def test_R07_one_key_a_hundred_times_at_once_is_one_execution(ada: Caller, clock: AdjustableClock) -> None:
    for path, (_, body, _) in CREATIONS.items():
        clock.advance(minutes=1)  # for the quota of changes
        before = await count(ada, path)
        answers = await asyncio.gather(*(post(ada, path, body) for _ in range(100)))
        assert {(answer.status, answer.raw) for answer in answers} == {(200, answers[0].raw)}, path
        assert await count(ada, path) == before + 1, path
    task = (await ada.get("/tasks")).ok()["tasks"][0]["task_id"]
    answers = await asyncio.gather(*(post(ada, f"/tasks/{task}/complete") for _ in range(100)))
    assert {(answer.status, answer.raw) for answer in answers} == {(200, answers[0].raw)}
    assert len(await ada.feed()) == 1


async def test_of_two_bodies_with_one_key_at_once_one_is_executed(ada: Caller) -> None:
    answers = await asyncio.gather(*(post(ada, "/tasks", {"title": f"{n % 4}"}) for n in range(40)))
    assert sorted(answer.status for answer in answers) == [200] * 10 + [409] * 30
    (task,) = (await ada.get("/tasks")).ok()["tasks"]
    assert {answer.body["task_id"] for answer in answers if answer.status == 200} == {task["task_id"]}


async def test_a_key_is_kept_for_seven_days(ada: Caller, clock: AdjustableClock, resources: Resources) -> None:
    first = await post(ada, "/tasks", {"title": "read"})
    clock.advance(days=7)
    assert (await post(ada, "/tasks", {"title": "read"})).raw == first.raw
    await forget_idempotency_keys(resources)
    assert (await post(ada, "/tasks", {"title": "read"})).raw == first.raw
    clock.advance(seconds=1)
    second = await post(ada, "/tasks", {"title": "write"})
    assert second.ok()["title"] == "write", "the key is forgotten before the sweep has run"
    (await post(ada, "/tasks", {"title": "read"})).problem(409, "idempotency_key_reused")
    clock.advance(days=7, seconds=1)
    await forget_idempotency_keys(resources)
    assert await stored_keys(resources, ada.learner_id) == []


async def test_a_learner_keeps_a_limited_number_of_keys(ada: Caller, resources: Resources) -> None:
    learner_id = UUID(ada.learner_id)
    for number in range(5):
        request = KeyedRequest(learner_id, "learner", "createTask", f"k{number}", "hash")
        async with resources.database.write() as connection:
            at = START + timedelta(seconds=number)
            assert await claim_key(connection, request, at, kept_days=7) is None
            await keep_answer(connection, request, KeptAnswer(200, "{}", None), max_keys=3)
    assert await stored_keys(resources, ada.learner_id) == ["k2", "k3", "k4"]


async def stored_keys(resources: Resources, learner_id: str) -> list[str]:
    """The keys of a learner, in order."""
    async with resources.database.read() as connection:
        rows = await connection.fetch(
            "SELECT key FROM idempotency_keys WHERE learner_id = $1 ORDER BY key", UUID(learner_id)
        )
    return [key for (key,) in rows]
