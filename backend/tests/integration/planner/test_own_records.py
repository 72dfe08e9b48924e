"""What the service records itself (completed tasks, reached milestones) counts the day, never an exercise or points."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client

from milepost.jobs.rebuilds import rebuild_learners_due
from milepost.resources import Resources
from support.builders import exercise, new_learner
from support.callers import Caller, service
from support.catalogues import condition, entry, put_in_force
from support.clock import START, AdjustableClock
from support.database_schema import migrate_again
from support.goals import fetch, learner
from support.planner import create_task, slot, stored_differences
from support.policies import changed_policy

DAY = timedelta(days=1)
NINE = START - timedelta(hours=3)


@pytest.fixture(scope="module", autouse=True)
def _everything_is_an_exercise(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A table of kinds in which reaching a milestone is a graded exercise too, as a completed task is."""
    reached = 'object_type = "milestone"\nverb = "reached"\n'
    graded = f"{reached}exercise = true\ngraded = true\n"
    with changed_policy(tmp_path_factory.mktemp("exercises"), reached, graded):
        yield


@pytest.fixture(scope="module", autouse=True)
async def _catalogue(_everything_is_an_exercise: None, database_url: str, app: Quart) -> None:
    await put_in_force(
        database_url,
        entry("one-exercise", condition("exercises_completed", 1), revoke_if_unmet=True),
        entry("one-task", condition("exercises_completed", 1, object_type="task")),
    )


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START, 2026-03-10 12:00 UTC."""


async def counted(caller: Caller) -> tuple[int, int, int, int, int]:
    """The exercises, points, graded exercises, current streak and unlocked achievements."""
    overview = await caller.progress()
    numbers = (overview["exercises_completed"], overview["points"], overview["grades"]["graded"])
    return (*numbers, overview["streak"]["current_streak"], overview["achievements"]["unlocked"])


async def test_completed_tasks_count_the_day_the_minutes_and_the_task_but_no_exercise(
    client: Client, resources: Resources
) -> None:
    ada = learner(client)
    goals = {name: await ada.create_goal(name, 10) for name in ("exercises", "minutes", "task_count", "points")}
    for _ in range(3):
        task = await create_task(ada, slot(NINE, 1))
        answer = (await ada.post(f"/tasks/{task['task_id']}/complete")).ok()
        assert answer["learner"]["unlocked"] == []
    assert await counted(ada) == (0, 0, 0, 1, 0)
    assert {name: (await ada.goal_progress(goal))[0] for name, goal in goals.items()} == {
        "exercises": 0,
        "minutes": 180,
        "task_count": 3,
        "points": 0,
    }
    assert (await ada.get("/progress/statistics", period="daily")).ok()["exercises_completed"] == 0
    assert await stored_differences(resources, ada.learner_id) == []


async def test_a_service_that_completes_a_planned_task_makes_no_exercise_either(client: Client) -> None:
    ada, teacher = Caller(client, new_learner()), service(client)
    task = await create_task(ada)
    (await teacher.post(f"/tasks/{task['task_id']}/complete", learner_id=ada.subject)).ok()
    assert await counted(ada) == (0, 0, 0, 1, 0)
    sent = exercise(START, verb="completed", object_type="task")
    body = await teacher.record_all(sent, learner_id=ada.subject)
    assert sorted(unlock["code"] for unlock in body["learners"][0]["unlocked"]) == ["one-exercise", "one-task"]
    assert await counted(ada) == (1, 10, 1, 1, 2)


async def test_reached_milestones_count_the_day_whatever_the_table_says(client: Client, resources: Resources) -> None:
    ada, teacher = Caller(client, new_learner()), service(client)
    (await ada.post("/spaces", {"space_id": "s", "title": "Space"})).ok()
    (await ada.post("/milestones", {"milestone_id": "m", "title": "One", "space_id": "s"})).ok()
    (await ada.post("/milestones/m/reach")).ok()
    assert await counted(ada) == (0, 0, 0, 1, 0)
    sent = exercise(START, verb="reached", object_type="milestone", object_id="m")
    await teacher.record_all(sent, learner_id=ada.subject)
    assert await counted(ada) == (1, 50, 1, 1, 1)
    assert await stored_differences(resources, ada.learner_id) == []


async def test_check_ins_and_events_of_a_learner_make_no_exercise(client: Client) -> None:
    ada = Caller(client, new_learner())
    (await ada.post("/progress/update-streak")).ok()
    for path, body in (
        ("/progress/events", {"type": "task", "value": 100}),
        ("/events", {"action": "completed", "objectType": "exercise"}),
        ("/activities", {**exercise(START), "verb": "reviewed"}),
    ):
        answer = (await ada.post(path, body)).problem(422, "nothing_taken")
        assert [result["reason"] for result in answer["results"]] == ["not_allowed_for_role"]
    assert await counted(ada) == (0, 0, 0, 1, 0)


_AS_BEFORE = """
UPDATE activities SET counts = 3 WHERE learner_id = $1 AND sender = 'milepost' AND object_type = 'task'
"""


async def test_a_migration_corrects_tasks_that_counted_as_exercises(
    client: Client, resources: Resources, database_url: str
) -> None:
    """As an older version stored it: both tasks are exercises, have met a goal and unlocked a badge."""
    ada, grace = learner(client), learner(client)
    missed = await ada.create_goal("exercises", 5, "daily")
    for caller in (ada, grace):
        await service(client).record_all(exercise(START - 3 * DAY, verb="viewed"), learner_id=caller.subject)
    for _ in range(2):
        task = await create_task(ada)
        (await ada.post(f"/tasks/{task['task_id']}/complete")).ok()
    await fetch(resources, _AS_BEFORE, ada.learner_id)
    await fetch(resources, "UPDATE learners SET rebuild_due_at = now() WHERE learner_id = $1", ada.learner_id)
    await rebuild_learners_due(resources)
    assert (await counted(ada), (await ada.goal_progress(missed))[0]) == ((2, 0, 0, 1, 2), 2)

    before = (await grace.progress())["revision"]
    await migrate_again(database_url, "20261128_versions")
    assert (await ada.get("/progress")).headers["Milepost-Pending"] == "rebuild"
    await rebuild_learners_due(resources)
    # A badge stays after a correction unless it is revocable, as after a void.
    assert (await counted(ada), (await ada.goal_progress(missed))[0]) == ((0, 0, 0, 1, 1), 0)
    assert "Milepost-Pending" not in (await ada.get("/progress")).headers
    assert await stored_differences(resources, ada.learner_id) == []
    assert (await grace.progress())["revision"] == before, "learners without such activities are left alone"
