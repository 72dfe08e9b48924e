"""Categories and tasks over HTTP, and the planner days that follow from them in the same commit."""

import asyncio
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from quart.typing import TestClientProtocol as Client

from milepost.resources import Resources
from support.builders import new_learner
from support.callers import Caller, service, untagged
from support.clock import START, AdjustableClock
from support.planner import (
    create_category,
    create_task,
    delete,
    put,
    slot,
    stored_days,
    stored_differences,
    uncategorised_day,
)

NINE = datetime(2026, 3, 10, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START, 2026-03-10 12:00 UTC."""


@pytest.fixture
def ada(client: Client) -> Caller:
    """A new learner."""
    return Caller(client, new_learner())


# ---- Tasks


async def test_a_task_is_created_changed_read_and_deleted(ada: Caller) -> None:
    work = await create_category(ada, "Work")
    task = await create_task(ada, slot(NINE, 1), category_id=work, due_day="2026-03-12", title="Read chapter 1")
    assert untagged(task) == {
        "task_id": task["task_id"],
        "title": "Read chapter 1",
        "category_id": work,
        "status": "pending",
        "due_day": "2026-03-12",
        "completed_at": None,
        "scheduled_slots": [{"starts_at": "2026-03-10T09:00:00Z", "ends_at": "2026-03-10T10:00:00Z"}],
        "created_at": "2026-03-10T12:00:00Z",
        "updated_at": "2026-03-10T12:00:00Z",
    }
    path = f"/tasks/{task['task_id']}"
    assert (await ada.get(path)).ok() == task
    slots = [slot(NINE + 3 * HOUR, 1.5), slot(NINE, 0.25)]
    changed = (await put(ada, path, {"title": "Chapter 2", "status": "in_progress", "scheduled_slots": slots})).ok()
    assert (changed["title"], changed["status"], changed["category_id"], changed["due_day"]) == (
        "Chapter 2",
        "in_progress",
        None,
        None,
    )
    assert [slot["starts_at"] for slot in changed["scheduled_slots"]] == [
        "2026-03-10T12:00:00Z",
        "2026-03-10T09:00:00Z",
    ]
    assert (await put(ada, path, {"title": "Chapter 2"})).ok()["status"] == "pending"
    assert (await delete(ada, path)).ok() == {"task_id": task["task_id"], "deleted": True}
    for answered in (await ada.get(path), await put(ada, path, {"title": "x"}), await delete(ada, path)):
        answered.problem(404, "task_not_found")
    for complete in ("POST", "DELETE"):
        (await ada.ask(complete, f"{path}/complete")).problem(404, "task_not_found")


SLOTS: list[tuple[object, str]] = [
    ([{"starts_at": "2026-03-10T09:00:30Z", "ends_at": "2026-03-10T10:00:00Z"}], "/scheduled_slots/0"),
    ([slot(NINE, 1), {"starts_at": "2026-03-10T09:00:00Z", "ends_at": "2026-03-10T10:00:00.5Z"}], "/scheduled_slots/1"),
    ([slot(NINE, 0)], "/scheduled_slots/0"),
    ([slot(NINE, -1)], "/scheduled_slots/0"),
    ([slot(NINE, 24 + 1 / 60)], "/scheduled_slots/0"),
    ([slot(NINE, 1)] * 101, "/scheduled_slots"),
    ([{"starts_at": "2026-03-10T09:00:00", "ends_at": "2026-03-10T10:00:00Z"}], "/scheduled_slots/0/starts_at"),
    ([{"starts_at": "2026-03-10T09:00:00Z"}], "/scheduled_slots/0/ends_at"),
    ([{**slot(NINE, 1), "zone": "UTC"}], "/scheduled_slots/0/zone"),
    ({}, "/scheduled_slots"),
    (None, "/scheduled_slots"),
]


@pytest.mark.parametrize(("slots", "pointer"), SLOTS)
async def test_invalid_slots_are_refused(ada: Caller, slots: object, pointer: str) -> None:
    answered = await ada.post("/tasks", {"title": "x", "scheduled_slots": slots})
    answered.problem(422, "invalid_body")
    assert answered.pointers() == [pointer]
    assert (await ada.get("/tasks")).ok()["tasks"] == []


async def test_a_task_of_maximum_size(ada: Caller, resources: Resources) -> None:
    task = await create_task(ada, *(slot(NINE + number * timedelta(days=7), 24) for number in range(100)))
    assert len(task["scheduled_slots"]) == 100
    days = await stored_days(resources, ada.learner_id)
    assert sum(row["scheduled_minutes"] for (_, name), row in days.items() if name == "") == 100 * 1_440
    assert len(days) == 2 * 200
    await delete(ada, f"/tasks/{task['task_id']}")
    assert await stored_days(resources, ada.learner_id) == {}


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("title", ""),
        ("title", "x" * 201),
        ("category_id", "work"),
        ("category_id", "{00000000-0000-4000-8000-000000000000}"),
        ("status", "done"),
        ("due_day", "2026-02-30"),
        ("due_day", "2026-03-10T00:00:00Z"),
        ("completed_at", "2026-03-10T00:00:00Z"),
        ("points", 5),
    ],
)
async def test_invalid_fields_are_refused(ada: Caller, field: str, value: object) -> None:
    answered = await ada.post("/tasks", {"title": "x", field: value})
    answered.problem(422, "invalid_body")
    assert answered.pointers() == [f"/{field}"]


async def test_an_unknown_or_foreign_category_is_not_found(ada: Caller, client: Client) -> None:
    foreign = await create_category(Caller(client, new_learner()), "Work")
    task = await create_task(ada)
    for category_id in (foreign, str(uuid4())):
        body = {"title": "x", "category_id": category_id}
        (await ada.post("/tasks", body)).problem(404, "category_not_found")
        (await put(ada, f"/tasks/{task['task_id']}", body)).problem(404, "category_not_found")
        (await put(ada, f"/categories/{category_id}", {"name": "x"})).problem(404, "category_not_found")
        (await delete(ada, f"/categories/{category_id}")).problem(404, "category_not_found")


async def test_S01_somebody_elses_task_is_none(ada: Caller, client: Client) -> None:
    theirs = await create_task(Caller(client, new_learner()), slot(NINE, 1))
    path = f"/tasks/{theirs['task_id']}"
    (await ada.get(path)).problem(404, "task_not_found")
    (await put(ada, path, {"title": "mine"})).problem(404, "task_not_found")
    (await delete(ada, path)).problem(404, "task_not_found")
    for method in ("POST", "DELETE"):
        (await ada.ask(method, f"{path}/complete")).problem(404, "task_not_found")


async def test_the_same_idempotency_key_creates_one_task(ada: Caller) -> None:
    keyed = {"Idempotency-Key": "once"}
    first = (await ada.ask("POST", "/tasks", json={"title": "read"}, headers=keyed)).ok()
    again = await asyncio.gather(*(ada.ask("POST", "/tasks", json={"title": "read"}, headers=keyed) for _ in range(20)))
    assert [answered.ok()["task_id"] for answered in again] == [first["task_id"]] * 20
    categories = [(await ada.ask("POST", "/categories", json={"name": "x"}, headers=keyed)).ok() for _ in range(2)]
    assert categories[0] == categories[1]
    assert categories[0]["category_id"] != first["task_id"]
    assert len((await ada.get("/tasks")).ok()["tasks"]) == 1


async def test_tasks_are_listed_newest_first_and_filtered(ada: Caller, clock: AdjustableClock) -> None:
    work = await create_category(ada, "Work")
    made = {}
    plans: dict[str, dict[str, object]] = {
        "slot over midnight": {"scheduled_slots": [slot(NINE + 14 * HOUR, 3)]},
        "due": {"due_day": "2026-03-11", "category_id": work},
        "later": {"scheduled_slots": [slot(NINE + 39 * HOUR, 1)], "category_id": work},
        "done": {},
    }
    for name, fields in plans.items():
        clock.advance(seconds=1)
        made[name] = (await ada.post("/tasks", {"title": name, **fields})).ok()["task_id"]
    await ada.post(f"/tasks/{made['done']}/complete")

    async def titles(**query: object) -> list[str]:
        return [task["title"] for task in (await ada.get("/tasks", **query)).ok()["tasks"]]

    assert await titles() == ["done", "later", "due", "slot over midnight"]
    assert await titles(status="completed") == ["done"]
    assert await titles(category_id=work) == ["later", "due"]
    assert await titles(from_="2026-03-11", to="2026-03-11") == ["due", "slot over midnight"]
    assert await titles(from_="2026-03-12") == ["later"]
    assert await titles(from_="2026-03-09", to="2026-03-10") == ["done", "slot over midnight"]
    assert await titles(from_="2026-03-11", to="2026-03-12", category_id=work, status="pending") == ["later", "due"]
    reversed_days = await ada.get("/tasks", from_="2026-03-12", to="2026-03-11")
    reversed_days.problem(422, "invalid_query")
    assert reversed_days.pointers() == ["/from", "/to"]
    assert await titles(category_id="uncategorised") == ["done", "slot over midnight"]
    (await ada.get("/tasks", status="done")).problem(422, "invalid_query")
    (await ada.get("/tasks", cursor="e30=")).problem(422, "invalid_cursor")
    first = (await ada.get("/tasks", limit=3)).ok()
    clock.advance(seconds=1)
    await create_task(ada, title="newer")
    second = (await ada.get("/tasks", limit=3, cursor=first["next"])).ok()
    assert [task["title"] for task in (*first["tasks"], *second["tasks"])] == (await titles())[1:]
    assert second["next"] is None


async def test_tasks_are_sorted_by_due_day_and_title(ada: Caller, clock: AdjustableClock) -> None:
    due = {"b": "2026-03-12", "A": None, "c": "2026-03-11", "B": "2026-03-12", "Ä": None}
    for title, day in due.items():
        clock.advance(seconds=1)
        await create_task(ada, title=title, due_day=day)

    async def paged(sort: str) -> list[str]:
        titles: list[str] = []
        cursor: dict[str, str] = {}
        while True:
            page = (await ada.get("/tasks", sort=sort, limit=2, **cursor)).ok()
            titles += [task["title"] for task in page["tasks"]]
            if page["next"] is None:
                return titles
            cursor = {"cursor": page["next"]}

    assert await paged("created_at") == ["Ä", "B", "c", "A", "b"]
    by_due_day = await paged("due_day")
    assert (by_due_day[0], set(by_due_day[1:3]), set(by_due_day[3:])) == ("c", {"b", "B"}, {"A", "Ä"})
    by_title = [title.lower() for title in await paged("title")]
    assert [title for title in by_title if title != "ä"] == ["a", "b", "b", "c"]
    assert len(by_title) == 5
    cursor = (await ada.get("/tasks", sort="title", limit=2)).ok()["next"]
    for sort in ("due_day", "created_at"):
        (await ada.get("/tasks", sort=sort, cursor=cursor)).problem(422, "invalid_cursor")
    assert (await ada.get("/tasks", sort="status")).pointers() == ["/sort"]


async def test_a_task_may_say_that_it_is_uncategorised(ada: Caller) -> None:
    task = await create_task(ada, category_id="uncategorised")
    assert task["category_id"] is None
    assert (await ada.get("/tasks", category_id="uncategorised")).ok()["tasks"] == [task]
    assert (await ada.get("/tasks", category_id="none")).pointers() == ["/category_id"]


# ---- Completing


async def test_completing_a_task_is_recorded_and_counts_the_day(ada: Caller, resources: Resources) -> None:
    work = await create_category(ada, "Work")
    task = await create_task(ada, slot(NINE, 2), category_id=work, due_day="2026-03-10")
    path = f"/tasks/{task['task_id']}"
    before = (await ada.progress())["revision"]
    answered = (await ada.post(f"{path}/complete")).ok()
    completed = answered["task"]
    assert (completed["status"], completed["completed_at"]) == ("completed", "2026-03-10T12:00:00Z")
    overview = await ada.progress()
    assert overview["revision"] == before + 1
    assert (overview["exercises_completed"], overview["points"], overview["streak"]["current_streak"]) == (0, 0, 1)
    assert overview["grades"]["graded"] == 0
    (recorded,) = await ada.feed()
    assert {name: recorded[name] for name in ("id", "sender", "verb", "object_type", "object_id", "points")} == {
        "id": f"task:{task['task_id']}:1",
        "sender": "milepost",
        "verb": "completed",
        "object_type": "task",
        "object_id": task["task_id"],
        "points": 0,
    }
    sums = {"scheduled_minutes": 120, "completed_scheduled_minutes": 120, "completed_n": 1, "due_n": 1}
    expected = sums | {"due_completed_n": 1}
    assert await stored_days(resources, ada.learner_id) == {
        ("2026-03-10", ""): expected,
        ("2026-03-10", work): expected,
    }
    learner = answered["learner"]
    assert (learner["revision"], learner["points"], learner["streak"]["current_streak"]) == (before + 1, 0, 1)
    assert (await ada.post(f"{path}/complete", {})).ok() == answered
    assert (await ada.progress())["revision"] == before + 1
    assert len(await ada.feed()) == 1
    assert (await put(ada, path, {"title": "read", "status": "completed"})).ok()["completed_at"] is not None
    (await put(ada, path, {"title": "read", "status": "pending"})).problem(409, "task_completion")
    assert await stored_differences(resources, ada.learner_id) == []


async def test_undoing_a_completion_reverts_everything(ada: Caller, resources: Resources) -> None:
    task = await create_task(ada, slot(NINE, 1))
    path = f"/tasks/{task['task_id']}/complete"
    before = (await ada.post(path)).ok()["learner"]["revision"]
    reopened = (await delete(ada, path)).ok()
    assert (reopened["status"], reopened["completed_at"]) == ("pending", None)
    assert await ada.feed() == []
    overview = await ada.progress()
    assert (overview["exercises_completed"], overview["streak"]["current_streak"]) == (0, 0)
    assert overview["revision"] > before
    assert await uncategorised_day(resources, ada.learner_id, "2026-03-10") == {"scheduled_minutes": 60}
    assert (await delete(ada, path)).ok() == reopened
    (await ada.post(path)).ok()
    assert [activity["id"] for activity in await ada.feed()] == [f"task:{task['task_id']}:2"]
    assert (await ada.progress())["streak"]["current_streak"] == 1
    assert await stored_differences(resources, ada.learner_id) == []


async def test_the_instant_of_a_completion(ada: Caller, client: Client, resources: Resources) -> None:
    path = f"/tasks/{(await create_task(ada))['task_id']}/complete"
    for at in (START + timedelta(minutes=6), START - timedelta(days=31)):
        refused = await ada.post(path, {"completed_at": at.isoformat()})
        refused.problem(422, "completed_at_refused")
        assert refused.pointers() == ["/completed_at"]
    (await ada.post(path, {"completed_at": "yesterday"})).problem(422, "invalid_body")
    assert await ada.feed() == []
    yesterday = START - timedelta(days=1)
    done = (await ada.post(path, {"completed_at": yesterday.isoformat()})).ok()["task"]
    assert done["completed_at"] == "2026-03-09T12:00:00Z"
    assert [activity["local_day"] for activity in await ada.feed()] == ["2026-03-09"]
    assert await uncategorised_day(resources, ada.learner_id, "2026-03-09") == {"completed_n": 1}
    teacher, learner = service(client), new_learner()
    task = (await teacher.post("/tasks", {"title": "old"}, learner_id=learner)).ok()
    old = {"completed_at": "2020-05-05T05:05:05Z"}
    (await teacher.post(f"/tasks/{task['task_id']}/complete", old, learner_id=learner)).ok()


async def test_twenty_concurrent_completions_count_once(ada: Caller, resources: Resources) -> None:
    path = f"/tasks/{(await create_task(ada))['task_id']}/complete"
    answers = await asyncio.gather(*(ada.post(path) for _ in range(20)))
    assert {answered.ok()["task"]["status"] for answered in answers} == {"completed"}
    assert len(await ada.feed()) == 1
    assert await uncategorised_day(resources, ada.learner_id, "2026-03-10") == {"completed_n": 1}


async def test_a_deleted_task_does_not_come_back_by_its_key(ada: Caller, resources: Resources) -> None:
    keyed = {"Idempotency-Key": "once"}
    task = (await ada.ask("POST", "/tasks", json={"title": "read"}, headers=keyed)).ok()
    (await ada.post(f"/tasks/{task['task_id']}/complete")).ok()
    (await delete(ada, f"/tasks/{task['task_id']}")).ok()
    assert (await ada.ask("POST", "/tasks", json={"title": "read"}, headers=keyed)).ok() == task
    (await ada.post(f"/tasks/{task['task_id']}/complete")).problem(404, "task_not_found")
    assert [activity["id"][-2:] for activity in await ada.feed()] == [":1"]
    assert await stored_days(resources, ada.learner_id) == {}
