"""A void of a completion's activity reopens the task in the same commit, and reopening voids; neither twice."""

import json

import pytest
from quart.typing import TestClientProtocol as Client

from milepost.resources import Resources
from support.builders import new_learner
from support.callers import Caller, Json
from support.clock import START, AdjustableClock
from support.planner import create_category, create_task, delete, slot, stored_days, stored_differences


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START, 2026-03-10 12:00 UTC."""


@pytest.fixture
def ada(client: Client) -> Caller:
    """A new learner."""
    return Caller(client, new_learner())


@pytest.fixture
def root(client: Client) -> Caller:
    """An administrator."""
    return Caller(client, "root", ["admin"])


async def void(root: Caller, learner: Caller, task: Json, n: int = 1) -> Json:
    """Void the activity of the n-th completion of a task."""
    path = f"/activities/task:{task['task_id']}:{n}"
    return (await delete(root, path, learner_id=learner.subject, sender="milepost")).ok()


async def test_a_voided_completion_reopens_the_task_with_its_days_and_goals(
    ada: Caller, root: Caller, resources: Resources
) -> None:
    work = await create_category(ada, "Work")
    goal = {"name": "two", "target_type": "task_count", "time_period": "daily", "target_value": 2, "category_id": work}
    (await ada.post("/goals", goal)).ok()
    fields = {"category_id": work, "due_day": "2026-03-10"}
    voided, kept = [await create_task(ada, slot(START, 1), **fields) for _ in range(2)]
    for task in (kept, voided):
        (await ada.post(f"/tasks/{task['task_id']}/complete")).ok()
    before = await ada.get("/analytics/quick-stats")
    assert before.ok()["completed_tasks_count"] == 2
    answered = await void(root, ada, voided)
    assert answered["learner"]["revision"] == (await ada.progress())["revision"]
    task = (await ada.get(f"/tasks/{voided['task_id']}")).ok()
    assert (task["status"], task["completed_at"]) == ("pending", None)
    after = await ada.ask("GET", "/analytics/quick-stats", headers={"If-None-Match": before.headers["ETag"]})
    assert after.ok()["completed_tasks_count"] == 1
    shown = await ada.get("/goals/progress", period="daily")
    assert [progress["achieved_value"] for progress in json.loads(shown.raw)] == [1]
    half = {"scheduled_minutes": 120, "completed_scheduled_minutes": 60, "completed_n": 1, "due_n": 2}
    half |= {"due_completed_n": 1}
    assert await stored_days(resources, ada.learner_id) == {("2026-03-10", ""): half, ("2026-03-10", work): half}
    assert await stored_differences(resources, ada.learner_id) == []


async def test_neither_a_void_nor_a_reopening_counts_twice(ada: Caller, root: Caller) -> None:
    task = await create_task(ada)
    path = f"/tasks/{task['task_id']}/complete"
    (await ada.post(path)).ok()
    await void(root, ada, task)
    revision = (await ada.progress())["revision"]
    await void(root, ada, task)
    assert (await delete(ada, path)).ok()["status"] == "pending"
    assert await ada.feed() == []
    (await ada.post(path)).ok()
    assert [activity["id"] for activity in await ada.feed()] == [f"task:{task['task_id']}:2"]
    assert (await ada.progress())["revision"] > revision
    await void(root, ada, task)
    assert (await ada.get(f"/tasks/{task['task_id']}")).ok()["status"] == "completed", "the void was of the first"
    (await delete(ada, path)).ok()
    await void(root, ada, task, 2)
    assert (await ada.get(f"/tasks/{task['task_id']}")).ok()["status"] == "pending"


async def test_the_void_of_a_deleted_task_changes_no_other(ada: Caller, root: Caller, resources: Resources) -> None:
    gone, kept = await create_task(ada), await create_task(ada)
    for task in (gone, kept):
        (await ada.post(f"/tasks/{task['task_id']}/complete")).ok()
    (await delete(ada, f"/tasks/{gone['task_id']}")).ok()
    await void(root, ada, gone)
    assert (await ada.get(f"/tasks/{kept['task_id']}")).ok()["status"] == "completed"
    assert [activity["object_id"] for activity in await ada.feed()] == [kept["task_id"]]
    assert await stored_differences(resources, ada.learner_id) == []


async def test_an_activity_that_only_looks_like_a_completion_reopens_nothing(ada: Caller, client: Client) -> None:
    task = await create_task(ada)
    (await ada.post(f"/tasks/{task['task_id']}/complete")).ok()
    own = {"id": f"task:{task['task_id']}:1", "verb": "practised", "object_type": "session"}
    (await ada.post("/activities", {**own, "occurred_at": START.isoformat()})).ok()
    (await delete(ada, f"/activities/{own['id']}")).ok()
    assert (await ada.get(f"/tasks/{task['task_id']}")).ok()["status"] == "completed"


async def test_a_voided_reach_leaves_its_milestone_to_be_reached_again(ada: Caller, root: Caller) -> None:
    (await ada.post("/spaces", {"space_id": "maths", "title": "Maths"})).ok()
    milestone = (await ada.post("/milestones", {"milestone_id": "half", "title": "Half", "space_id": "maths"})).ok()
    assert milestone["reached_on"] is None
    assert (await ada.post("/milestones/half/reach")).ok()["reached_on"] == "2026-03-10"
    (await delete(root, "/activities/milestone:half:1", learner_id=ada.subject, sender="milepost")).ok()
    assert [item["reached_on"] for item in (await ada.get("/milestones")).ok()["milestones"]] == [None]
    assert (await ada.post("/milestones/half/reach")).ok()["reached_on"] == "2026-03-10"
