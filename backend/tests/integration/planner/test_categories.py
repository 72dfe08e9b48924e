"""Categories over HTTP: names, colours, order, and a deletion that moves tasks."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from quart.typing import TestClientProtocol as Client

from milepost.resources import Resources
from milepost.services.planner.categories import CategoryPlan
from milepost.services.rebuild import rebuild
from support.builders import new_learner
from support.callers import Caller, Json, untagged
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
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START, 2026-03-10 12:00 UTC."""


@pytest.fixture
def ada(client: Client) -> Caller:
    """A new learner."""
    return Caller(client, new_learner())


async def listed(learner: Caller) -> list[Json]:
    """The learner's categories."""
    categories: list[Json] = (await learner.get("/categories")).ok()["categories"]
    return categories


async def names(learner: Caller) -> list[str]:
    """The names of the learner's categories, in their order."""
    categories = await listed(learner)
    assert [category["position"] for category in categories] == list(range(len(categories)))
    return [category["name"] for category in categories]


async def test_categories_are_created_renamed_listed_and_deleted(ada: Caller) -> None:
    work = (await ada.post("/categories", {"name": "  Work "})).ok()
    assert untagged(work) == {
        "category_id": work["category_id"],
        "name": "Work",
        "color": "petrol",
        "position": 0,
        "created_at": "2026-03-10T12:00:00Z",
    }
    study = await create_category(ada, "Study")
    renamed = (await put(ada, f"/categories/{work['category_id']}", {"name": "Deep work"})).ok()
    assert untagged(renamed) == {**untagged(work), "name": "Deep work"}
    assert await names(ada) == ["Deep work", "Study"]
    (await put(ada, f"/categories/{study}", {"name": "Study"})).ok()
    assert (await delete(ada, f"/categories/{study}")).ok() == {
        "category_id": study,
        "deleted": True,
        "moved_to": "uncategorised",
        "moved_tasks_count": 0,
        "archived_goal_ids": [],
    }
    (await delete(ada, f"/categories/{study}")).problem(404, "category_not_found")
    assert await names(ada) == ["Deep work"]


async def test_names_of_categories(ada: Caller, client: Client) -> None:
    await create_category(ada, "Work")
    study = await create_category(ada, "Study")
    (await ada.post("/categories", {"name": "Work"})).problem(409, "category_exists")
    (await put(ada, f"/categories/{study}", {"name": "Work"})).problem(409, "category_exists")
    await create_category(Caller(client, new_learner()), "Work")
    for name in ("", "   ", "x" * 101, "a\x00b", 7, None):
        assert (await ada.post("/categories", {"name": name})).pointers() == ["/name"], name
    (await ada.post("/categories", {"name": "x", "colour": "red"})).problem(422, "invalid_body")


async def test_a_learner_has_at_most_200_categories(resources: Resources) -> None:
    learner_id = uuid4()
    for number in range(200):
        await resources.planner.create_category(learner_id, uuid4(), CategoryPlan(f"category {number}"), START)
    with pytest.raises(Exception, match="200 categories"):
        await resources.planner.create_category(learner_id, uuid4(), CategoryPlan("one more"), START)


# ---- Colour and order


async def test_colours_are_given_in_turn_and_may_be_chosen(ada: Caller) -> None:
    for number in range(6):
        await create_category(ada, f"{number}")
    colors = [category["color"] for category in await listed(ada)]
    assert colors == ["petrol", "copper", "indigo", "plum", "olive", "petrol"]
    first = (await listed(ada))[0]["category_id"]
    body = {"name": "0", "color": "graphite"}
    assert (await put(ada, f"/categories/{first}", body)).ok()["color"] == "graphite"
    assert (await put(ada, f"/categories/{first}", {"name": "0"})).ok()["color"] == "graphite"
    assert (await ada.post("/categories", {"name": "x", "color": "red"})).pointers() == ["/color"]


async def test_categories_are_put_in_order(ada: Caller) -> None:
    ids = {name: await create_category(ada, name) for name in ("c", "b", "a")}
    assert await names(ada) == ["c", "b", "a"]
    colors = {category["name"]: category["color"] for category in await listed(ada)}
    assert (await put(ada, f"/categories/{ids['a']}", {"name": "a", "position": 0})).ok()["position"] == 0
    assert await names(ada) == ["a", "c", "b"]
    assert (await put(ada, f"/categories/{ids['a']}", {"name": "a", "position": 999})).ok()["position"] == 2
    assert await names(ada) == ["c", "b", "a"]
    assert (await ada.post("/categories", {"name": "second", "position": 1})).ok()["position"] == 1
    assert await names(ada) == ["c", "second", "b", "a"]
    (await delete(ada, f"/categories/{ids['c']}")).ok()
    assert await names(ada) == ["second", "b", "a"]
    now = {category["name"]: category["color"] for category in await listed(ada)}
    assert (now["a"], now["b"]) == (colors["a"], colors["b"]), "an order changes no colour"
    for position in (-1, 1_000, 1.5, "1"):
        refused = await put(ada, f"/categories/{ids['a']}", {"name": "a", "position": position})
        assert refused.pointers() == ["/position"]


async def test_categories_of_the_previous_schema_keep_their_order(ada: Caller, resources: Resources) -> None:
    ids = [await create_category(ada, name) for name in ("Work", "Art", "Maths")]
    async with resources.database.write() as connection:
        await connection.execute(
            "UPDATE categories SET color = NULL, position = NULL WHERE learner_id = $1", UUID(ada.learner_id)
        )
    assert await names(ada) == ["Art", "Maths", "Work"]
    assert [category["color"] for category in await listed(ada)] == ["petrol", "copper", "indigo"]
    (await put(ada, f"/categories/{ids[0]}", {"name": "Work", "position": 0})).ok()
    assert [(item["name"], item["color"]) for item in await listed(ada)] == [
        ("Work", "indigo"),
        ("Art", "petrol"),
        ("Maths", "copper"),
    ]
    await create_category(ada, "Biology")
    assert await names(ada) == ["Work", "Art", "Maths", "Biology"]


# ---- A category in use


async def planned_twice(ada: Caller) -> tuple[str, str]:
    """Two categories with overlapping tasks in a focus slot: 9–11 Work, 10–12 Study, focus 9–12."""
    work, study = await create_category(ada, "Work"), await create_category(ada, "Study")
    done = await create_task(ada, slot(NINE, 2), category_id=work, due_day="2026-03-10")
    await create_task(ada, slot(NINE + HOUR, 2), category_id=study)
    await create_task(ada, slot(NINE + DAY, 1), category_id=work, due_day="2026-03-11")
    (await put(ada, "/calendar-days/2026-03-10", {"focus_slots": [slot(NINE, 3)]})).ok()
    (await ada.post(f"/tasks/{done['task_id']}/complete")).ok()
    return work, study


FIRST = {"scheduled_minutes": 120, "completed_scheduled_minutes": 120, "focus_minutes": 120, "completed_n": 1}
FIRST |= {"due_n": 1, "due_completed_n": 1}
NEXT = {"scheduled_minutes": 60, "due_n": 1}


async def test_without_an_aim_tasks_are_uncategorised(ada: Caller, resources: Resources) -> None:
    work, study = await planned_twice(ada)
    total = await uncategorised_day(resources, ada.learner_id, "2026-03-10")
    deleted = (await delete(ada, f"/categories/{work}")).ok()
    assert (deleted["moved_to"], deleted["moved_tasks_count"]) == ("uncategorised", 2)
    days = await stored_days(resources, ada.learner_id)
    assert days == {
        ("2026-03-10", ""): total,
        ("2026-03-10", "uncategorised"): FIRST,
        ("2026-03-10", study): {"scheduled_minutes": 120, "focus_minutes": 120},
        ("2026-03-11", ""): NEXT,
        ("2026-03-11", "uncategorised"): NEXT,
    }
    tasks = (await ada.get("/tasks", category_id="uncategorised")).ok()["tasks"]
    assert [task["category_id"] for task in tasks] == [None, None]
    assert (await ada.get("/tasks", category_id=work)).ok()["tasks"] == []
    assert await stored_differences(resources, ada.learner_id) == []


async def test_tasks_move_to_another_category_where_focus_counts_once(ada: Caller, resources: Resources) -> None:
    work, study = await planned_twice(ada)
    total = await uncategorised_day(resources, ada.learner_id, "2026-03-10")
    before = await ada.get("/analytics/quick-stats", category_id=study, date_range="2026-03-10..2026-03-11")
    assert before.ok()["completed_tasks_count"] == 0
    deleted = (await delete(ada, f"/categories/{work}", move_to=study)).ok()
    assert (deleted["moved_to"], deleted["moved_tasks_count"]) == (study, 2)
    assert await stored_days(resources, ada.learner_id) == {
        ("2026-03-10", ""): total,
        ("2026-03-10", study): {**FIRST, "scheduled_minutes": 240, "focus_minutes": 180},
        ("2026-03-11", ""): NEXT,
        ("2026-03-11", study): NEXT,
    }
    after = await ada.get("/analytics/quick-stats", category_id=study, date_range="2026-03-10..2026-03-11")
    assert after.ok()["completed_tasks_count"] == 1
    (await ada.get("/analytics/quick-stats", category_id=work)).problem(404, "category_not_found")
    assert len((await ada.get("/tasks", category_id=study)).ok()["tasks"]) == 3
    assert await stored_differences(resources, ada.learner_id) == []


async def test_an_impossible_aim_changes_nothing(ada: Caller, client: Client, resources: Resources) -> None:
    work, _ = await planned_twice(ada)
    foreign = await create_category(Caller(client, new_learner()), "Work")
    before = await stored_days(resources, ada.learner_id)
    for aim in (work, foreign, str(uuid4()), "none", ""):
        refused = await delete(ada, f"/categories/{work}", move_to=aim)
        refused.problem(422, "invalid_query")
        (fault,) = refused.body["errors"]
        assert (fault["pointer"], fault["code"]) == ("/move_to", "unknown" if len(aim) == 36 else "wrong_form")
    assert await names(ada) == ["Work", "Study"]
    assert await stored_days(resources, ada.learner_id) == before


GOAL = {"name": "two", "target_type": "task_count", "time_period": "daily", "target_value": 1}


async def test_goals_on_the_category_are_archived_with_their_history(
    ada: Caller, resources: Resources, clock: AdjustableClock
) -> None:
    work, study = await planned_twice(ada)
    goal = (await ada.post("/goals", {**GOAL, "target_value": 2, "category_id": work})).ok()["goal_id"]
    other = (await ada.post("/goals", {**GOAL, "category_id": study})).ok()["goal_id"]
    clock.advance(days=1)  # the 10th is over, and no sweep has closed it
    deleted = (await delete(ada, f"/categories/{work}", move_to=study)).ok()
    assert deleted["archived_goal_ids"] == [goal]
    assert (await ada.get("/goals")).ok()["goals"][0]["goal_id"] == other
    history = (await ada.get(f"/goals/{goal}/history")).ok()["periods"]
    tenth = next(item for item in history if item["period"]["start"] == "2026-03-10")
    assert (tenth["achieved_value"], tenth["percent_complete"], tenth["status"]) == (1, 50.0, "missed")
    gained = (await ada.get(f"/goals/{other}/progress", start_date="2026-03-10")).ok()
    assert (gained["achieved_value"], gained["status"]) == (1, "achieved")
    assert await stored_differences(resources, ada.learner_id) == []


async def test_a_category_with_all_tasks_a_learner_may_have_is_moved(ada: Caller, resources: Resources) -> None:
    learner_id = UUID(ada.learner_id)
    work, study = UUID(await create_category(ada, "Work")), UUID(await create_category(ada, "Study"))
    rows, slots = [], []
    for number in range(10_000):
        start, task_id = NINE + number % 200 * DAY + number // 200 * timedelta(minutes=5), uuid4()
        category = study if number % 4 == 0 else work
        rows.append((learner_id, task_id, "read", category, "pending", start.date(), None, 0, START, START))
        slots.append((learner_id, task_id, 0, start, start + HOUR))
    async with resources.database.pools.intake.acquire() as connection:
        await connection.copy_records_to_table("tasks", records=rows)
        await connection.copy_records_to_table("task_slots", records=slots)
    (await put(ada, "/calendar-days/2026-03-10", {"focus_slots": [slot(NINE, 2)]})).ok()
    await rebuild.rebuild_one(resources.database, learner_id, resources.policy, START, only="planner")
    deleted = (await delete(ada, f"/categories/{work}", move_to=str(study))).ok()
    assert deleted["moved_tasks_count"] == 7_500
    days = await stored_days(resources, ada.learner_id)
    assert {category for _, category in days} == {"", str(study)}
    assert sum(row["scheduled_minutes"] for (_, category), row in days.items() if category) == 600_000
    assert await stored_differences(resources, ada.learner_id) == []
