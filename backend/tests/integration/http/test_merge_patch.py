"""PATCH: fields that are sent change, the others stay (RFC 7396)."""

import asyncio

import pytest
from quart.typing import TestClientProtocol as Client

from support.builders import new_learner
from support.callers import Answer, Caller, Json
from support.clock import START, AdjustableClock
from support.planner import create_category, create_task, put, slot

NOBODYS = "00000000-0000-4000-8000-000000000000"


@pytest.fixture
async def ada(client: Client, clock: AdjustableClock) -> Caller:
    """A learner with a space."""
    learner = Caller(client, new_learner())
    (await put(learner, "/spaces/s", {"title": "Space"})).ok()
    return learner


async def patch(caller: Caller, path: str, body: object) -> Answer:
    """PATCH of JSON."""
    return await caller.ask("PATCH", path, json=body)


def settings(item: Json) -> Json:
    """An item without what follows from the others."""
    return {name: value for name, value in item.items() if name not in ("etag", "updated_at")}


async def test_a_task_keeps_what_is_not_sent(ada: Caller) -> None:
    work = await create_category(ada, "Work")
    task = await create_task(ada, slot(START, 1), category_id=work, due_day="2026-03-12", status="in_progress")
    path = f"/tasks/{task['task_id']}"
    changed = (await patch(ada, path, {"title": "write"})).ok()
    assert settings(changed) == {**settings(task), "title": "write"}
    changed = (await patch(ada, path, {"category_id": None, "due_day": None})).ok()
    assert settings(changed) == {**settings(task), "title": "write", "category_id": None, "due_day": None}
    two = [slot(START, 2), slot(START, 0.5)]
    assert len((await patch(ada, path, {"scheduled_slots": two})).ok()["scheduled_slots"]) == 2
    assert (await patch(ada, path, {"scheduled_slots": None})).ok()["scheduled_slots"] == []
    assert (await ada.get(path)).ok()["status"] == "in_progress"


async def test_a_completed_task_stays_completed(ada: Caller) -> None:
    path = f"/tasks/{(await create_task(ada))['task_id']}"
    completed = (await ada.post(f"{path}/complete")).ok()["task"]
    changed = (await patch(ada, path, {"title": "write"})).ok()
    assert settings(changed) == {**settings(completed), "title": "write"}
    (await patch(ada, path, {"status": "pending"})).problem(409, "task_completion")


async def test_put_resets_what_is_not_sent(ada: Caller) -> None:
    task = await create_task(ada, slot(START, 1), due_day="2026-03-12", status="in_progress")
    replaced = (await put(ada, f"/tasks/{task['task_id']}", {"title": "write"})).ok()
    fields = ("title", "status", "due_day", "scheduled_slots")
    assert [replaced[name] for name in fields] == ["write", "pending", None, []]
    path = f"/tasks/{task['task_id']}"
    (await ada.post(f"{path}/complete")).ok()
    assert (await put(ada, path, {"title": "read"})).ok()["status"] == "completed", "completion is not a field of PUT"


async def test_goals(ada: Caller) -> None:
    body = {"name": "read", "target_type": "minutes", "time_period": "weekly", "target_value": 60, "topic": "loops"}
    goal = (await ada.post("/goals", body)).ok()
    path = f"/goals/{goal['goal_id']}"
    assert settings((await patch(ada, path, {"target_value": 90})).ok()) == {**settings(goal), "target_value": 90}
    assert (await patch(ada, path, {"topic": None})).ok()["topic"] is None
    refused = await patch(ada, path, {"target_type": "percentage", "target_value": 101})
    assert refused.problem(422, "invalid_goal")["errors"][0]["pointer"] == "/target_value"


async def test_spaces_composite_goals_and_milestones(ada: Caller) -> None:
    (await put(ada, "/spaces/s", {"title": "Space", "planned_tasks": 4, "planned_minutes": 60})).ok()
    changed = (await patch(ada, "/spaces/s", {"planned_minutes": None})).ok()
    assert (changed["title"], changed["planned_tasks"], changed["planned_minutes"]) == ("Space", 4, None)
    (await put(ada, "/composite-goals/g", {"title": "Exam", "space_ids": ["s"]})).ok()
    assert (await patch(ada, "/composite-goals/g", {"title": "Exams"})).ok()["space_ids"] == ["s"]
    assert (await patch(ada, "/composite-goals/g", {"space_ids": None})).ok()["space_ids"] == []
    (await patch(ada, "/composite-goals/g", {"space_ids": ["?"]})).problem(404, "space_not_found")
    (await ada.post("/milestones", {"milestone_id": "m", "title": "One", "space_id": "s"})).ok()
    (await patch(ada, "/milestones/m", {"space_id": None})).problem(422, "invalid_body")
    both = (await patch(ada, "/milestones/m", {"goal_id": "g"})).ok()
    assert (both["title"], both["space_id"], both["goal_id"]) == ("One", "s", "g")
    assert (await patch(ada, "/milestones/m", {"space_id": None})).ok()["space_id"] is None


async def test_categories(ada: Caller) -> None:
    path = f"/categories/{await create_category(ada, 'Work')}"
    await create_category(ada, "Home")
    assert (await patch(ada, path, {"name": "Works"})).ok()["name"] == "Works"
    (await patch(ada, path, {"name": "Home"})).problem(409, "category_exists")
    assert (await patch(ada, path, {})).ok()["name"] == "Works"


async def test_a_space_that_only_activities_name_needs_a_title(client: Client, ada: Caller) -> None:
    (await ada.post("/progress/events", {"type": "time", "spaceId": "seen", "value": 5})).ok()
    assert (await patch(ada, "/spaces/seen", {"planned_tasks": 2})).pointers() == ["/title"]
    assert (await patch(ada, "/spaces/seen", {"title": "Seen"})).ok()["title"] == "Seen"


@pytest.mark.parametrize(
    ("body", "pointers"),
    [
        ({"name": "x"}, ["/name"]),
        ({"name": None}, ["/name"]),
        ({"a/b~c": None}, ["/a~1b~0c"]),
        ({"task_id": NOBODYS}, ["/task_id"]),
        ({"etag": None}, ["/etag"]),
        ({"title": None}, ["/title"]),
        ({"title": 5, "due_day": "2026-02-30"}, ["/title", "/due_day"]),
        ({"scheduled_slots": [{"starts_at": "2026-03-10T09:00:00Z"}]}, ["/scheduled_slots/0/ends_at"]),
        ([], [""]),
        ("title", [""]),
        (None, [""]),
    ],
)
async def test_faults_point_into_the_patch(ada: Caller, body: object, pointers: list[str]) -> None:
    task = await create_task(ada)
    path = f"/tasks/{task['task_id']}"
    raw = b"null" if body is None else None
    refused = await ada.ask("PATCH", path, json=body, raw=raw)
    refused.problem(422, "invalid_body")
    assert refused.pointers() == pointers
    assert (await ada.get(path)).ok() == task


@pytest.mark.parametrize(
    ("raw", "code"),
    [(b"", "body_required"), (b"{", "malformed_json"), (b"[" * 900 + b"]" * 900, "too_deep")],
)
async def test_bodies_that_cannot_be_read(ada: Caller, raw: bytes, code: str) -> None:
    path = f"/tasks/{(await create_task(ada))['task_id']}"
    (await ada.ask("PATCH", path, raw=raw)).problem(422, code)


async def test_numbers_that_json_cannot_say(ada: Caller) -> None:
    for raw in (b'{"planned_tasks": NaN}', b'{"planned_tasks": 1e400}', b'{"planned_tasks": 99999999999999999999999}'):
        (await ada.ask("PATCH", "/spaces/s", raw=raw)).problem(422, "invalid_body")
    assert (await ada.ask("PATCH", "/spaces/s", raw=b'{"planned_tasks": 3.0}')).ok()["planned_tasks"] == 3


async def test_media_types(ada: Caller) -> None:
    for path, raw in (("/spaces/s", b'{"title": "S"}'), ("/me", b'{"zone": "Europe/Berlin"}')):
        for media_type in ("application/merge-patch+json", "application/json", "Application/Merge-Patch+JSON"):
            (await ada.ask("PATCH", path, raw=raw, headers={"Content-Type": media_type})).ok()
        refused = await ada.ask("PATCH", path, raw=raw, headers={"Content-Type": "application/json-patch+json"})
        refused.problem(415, "media_type")
        assert refused.headers["Accept"] == "application/json, application/merge-patch+json"
    whole = {"Content-Type": "application/merge-patch+json"}
    (await ada.ask("PUT", "/spaces/s", raw=b'{"title": "S"}', headers=whole)).problem(415, "media_type")


async def test_patches_of_different_fields_at_once_all_stay(ada: Caller) -> None:
    path = f"/tasks/{(await create_task(ada))['task_id']}"
    bodies: list[Json] = [{"title": "write"}, {"due_day": "2026-03-12"}, {"status": "in_progress"}]
    bodies += [{"scheduled_slots": [slot(START, 1)]}]
    for answer in await asyncio.gather(*(patch(ada, path, body) for body in bodies)):
        answer.ok()
    task = (await ada.get(path)).ok()
    assert [task[name] for name in ("title", "due_day", "status")] == ["write", "2026-03-12", "in_progress"]
    assert len(task["scheduled_slots"]) == 1


async def test_nobodys_resources_are_not_found(ada: Caller) -> None:
    for path in ("/tasks", "/categories", "/goals", "/spaces", "/composite-goals", "/milestones"):
        assert (await patch(ada, f"{path}/{NOBODYS}", {"title": "x"})).status == 404
