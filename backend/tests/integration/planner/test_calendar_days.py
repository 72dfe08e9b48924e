"""A range of calendar days in one answer."""

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from quart.typing import TestClientProtocol as Client

from milepost.resources import Resources
from milepost.services.rebuild import rebuild
from support.builders import new_learner
from support.callers import Caller, Json
from support.clock import START, AdjustableClock
from support.planner import create_category, create_task, put, slot

NINE = datetime(2026, 3, 10, 9, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
NOTHING: Json = {
    "total_scheduled_minutes": 0,
    "completed_scheduled_minutes": 0,
    "focus_minutes": 0,
    "focus_slot_minutes": 0,
    "completed_tasks_count": 0,
    "due_tasks_count": 0,
    "due_completed_tasks_count": 0,
    "focus_slots": [],
    "scheduled_slots": [],
    "due_tasks": [],
    "has_more": False,
}


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START, Tuesday 2026-03-10 12:00 UTC."""


@pytest.fixture
def ada(client: Client) -> Caller:
    """A new learner."""
    return Caller(client, new_learner())


def entry_of(task: Json, status: str, category: str | None) -> Json:
    """What an entry of a day says about its task."""
    return {"task_id": task["task_id"], "title": task["title"], "category_id": category, "status": status}


def zulu(span: dict[str, str]) -> dict[str, str]:
    """A slot as answers write it."""
    return {name: at.replace("+00:00", "Z") for name, at in span.items()}


async def test_a_week_has_focus_slots_slots_due_tasks_and_figures(ada: Caller) -> None:
    work = await create_category(ada, "Work")
    night = await create_task(ada, slot(NINE + 14 * HOUR, 3), title="night", category_id=work)
    due = await create_task(ada, slot(NINE, 1), title="due", due_day="2026-03-11")
    (await put(ada, "/calendar-days/2026-03-10", {"focus_slots": [slot(NINE, 2)]})).ok()
    done = (await ada.post(f"/tasks/{due['task_id']}/complete")).ok()["task"]
    answered = (await ada.get("/calendar-days", from_="2026-03-09", to="2026-03-12")).ok()
    assert (answered["from"], answered["to"], answered["today"]) == ("2026-03-09", "2026-03-12", "2026-03-10")
    ninth, tenth, eleventh, twelfth = answered["days"]
    assert ninth == {"day": "2026-03-09", **NOTHING}
    assert twelfth == {"day": "2026-03-12", **NOTHING}
    slot_of_night = entry_of(night, "pending", work) | zulu(slot(NINE + 14 * HOUR, 3))
    slot_of_due = entry_of(due, "completed", None) | zulu(slot(NINE, 1))
    assert tenth == {
        **NOTHING,
        "day": "2026-03-10",
        "total_scheduled_minutes": 120,
        "completed_scheduled_minutes": 60,
        "focus_minutes": 60,
        "focus_slot_minutes": 120,
        "completed_tasks_count": 1,
        "focus_slots": [{"starts_at": "2026-03-10T09:00:00Z", "ends_at": "2026-03-10T11:00:00Z"}],
        "scheduled_slots": [{**slot_of_due, "minutes": 60}, {**slot_of_night, "minutes": 60}],
    }
    assert eleventh == {
        **NOTHING,
        "day": "2026-03-11",
        "total_scheduled_minutes": 120,
        "due_tasks_count": 1,
        "due_completed_tasks_count": 1,
        "scheduled_slots": [{**slot_of_night, "minutes": 120}],
        "due_tasks": [{**entry_of(due, "completed", None), "completed_at": done["completed_at"]}],
    }


async def test_the_days_of_an_answer(ada: Caller) -> None:
    async def days(**query: str) -> list[str]:
        return [day["day"] for day in (await ada.get("/calendar-days", **query)).ok()["days"]]

    week = [f"2026-03-{day}" for day in range(10, 17)]
    assert await days() == week
    assert await days(from_="2026-03-15") == [f"2026-03-{day}" for day in range(15, 22)]
    assert await days(to="2026-03-15") == ["2026-03-15"]
    assert len(await days(from_="2026-03-01", to="2026-05-01")) == 62
    refused = await ada.get("/calendar-days", from_="2026-03-01", to="2026-05-02")
    refused.problem(422, "invalid_query")
    assert [(fault["pointer"], fault["code"], fault["values"]) for fault in refused.body["errors"]] == [
        (f"/{name}", "too_long", {"max_days": 62, "days": 63}) for name in ("from", "to")
    ]


async def test_a_skipped_date_and_one_that_comes_back(ada: Caller, clock: AdjustableClock) -> None:
    (await ada.ask("PATCH", "/me", json={"zone": "Pacific/Kiritimati"})).ok()
    before = await create_task(ada, slot(START + HOUR, 1))
    clock.advance(hours=20)
    (await ada.ask("PATCH", "/me", json={"zone": "Pacific/Honolulu"})).ok()
    # From 03:00 to 22:00 of the 11th on Kiritimati, then the 10th until 10:00 UTC, then the 11th again.
    across = await create_task(ada, slot(START + 19 * HOUR, 4))
    tenth, eleventh = (await ada.get("/calendar-days", from_="2026-03-10", to="2026-03-11")).ok()["days"]
    assert [(entry["task_id"], entry["minutes"]) for entry in tenth["scheduled_slots"]] == [(across["task_id"], 120)]
    assert [(entry["task_id"], entry["minutes"]) for entry in eleventh["scheduled_slots"]] == [
        (before["task_id"], 60),
        (across["task_id"], 120),
    ]
    assert (tenth["total_scheduled_minutes"], eleventh["total_scheduled_minutes"]) == (120, 180)
    empty = (await ada.get("/calendar-days", from_="2011-12-30", to="2011-12-30")).ok()["days"]
    assert empty == [{"day": "2011-12-30", **NOTHING}]


async def test_a_day_with_thousands_of_plans_is_cut(ada: Caller, resources: Resources) -> None:
    learner_id = UUID(ada.learner_id)
    rows, slots = [], []
    for number in range(2_000):
        start, task_id = NINE + number % 60 * timedelta(minutes=1), uuid4()
        rows.append((learner_id, task_id, "read", None, "pending", start.date(), None, 0, START, START))
        slots.append((learner_id, task_id, 0, start, start + HOUR))
    async with resources.database.pools.intake.acquire() as connection:
        await connection.copy_records_to_table("tasks", records=rows)
        await connection.copy_records_to_table("task_slots", records=slots)
    await rebuild.rebuild_one(resources.database, learner_id, resources.policy, START, only="planner")
    (day,) = (await ada.get("/calendar-days", from_="2026-03-10", to="2026-03-10")).ok()["days"]
    assert (len(day["scheduled_slots"]), len(day["due_tasks"]), day["has_more"]) == (100, 100, True)
    assert (day["total_scheduled_minutes"], day["due_tasks_count"]) == (120_000, 2_000)
