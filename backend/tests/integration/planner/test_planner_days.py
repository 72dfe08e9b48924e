"""Focus slots over HTTP; planner days after zone changes and after a rebuild."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from quart.typing import TestClientProtocol as Client

from milepost.resources import Resources
from milepost.services.rebuild import rebuild
from support.builders import new_learner
from support.callers import Caller, untagged
from support.clock import START, AdjustableClock
from support.planner import create_category, create_task, put, slot, stored_days, stored_differences, uncategorised_day

NINE = datetime(2026, 3, 10, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START, 2026-03-10 12:00 UTC."""


@pytest.fixture
def ada(client: Client) -> Caller:
    """A new learner."""
    return Caller(client, new_learner())


# ---- Focus slots


async def test_focus_slots_of_a_day(ada: Caller, resources: Resources) -> None:
    day = "/calendar-days/2026-03-10"
    assert untagged((await ada.get(day)).ok()) == {"day": "2026-03-10", "focus_slots": []}
    await create_task(ada, slot(NINE, 2))
    slots = [slot(NINE + HOUR, 2), slot(NINE + 2 * HOUR, 0.5)]
    stored = (await put(ada, day, {"focus_slots": slots})).ok()
    assert stored == (await ada.get(day)).ok()
    assert stored["focus_slots"][0] == {"starts_at": "2026-03-10T10:00:00Z", "ends_at": "2026-03-10T12:00:00Z"}
    assert await uncategorised_day(resources, ada.learner_id, "2026-03-10") == {
        "scheduled_minutes": 120,
        "focus_minutes": 60,
        "focus_slot_minutes": 120,
    }
    (await put(ada, day, {"focus_slots": [slot(NINE + 14 * HOUR, 3)]})).ok()
    assert await uncategorised_day(resources, ada.learner_id, "2026-03-11") == {"focus_slot_minutes": 120}
    (await put(ada, day, {"focus_slots": []})).ok()
    assert await uncategorised_day(resources, ada.learner_id, "2026-03-11") == {}
    assert await uncategorised_day(resources, ada.learner_id, "2026-03-10") == {"scheduled_minutes": 120}


async def test_invalid_focus_slots_are_refused(ada: Caller) -> None:
    day = "/calendar-days/2026-03-10"
    for start in (NINE - 10 * HOUR, NINE + 15 * HOUR):
        refused = await put(ada, day, {"focus_slots": [slot(start, 1)]})
        (fault,) = refused.problem(422, "slot_outside_day")["errors"]
        assert (fault["pointer"], fault["values"]) == ("/focus_slots/0/starts_at", {"day": "2026-03-10"}), fault
    (await put(ada, day, {"focus_slots": [slot(NINE, 0)]})).problem(422, "invalid_body")
    (await put(ada, day, {"focus_slots": [slot(NINE, 1)] * 101})).problem(422, "invalid_body")
    (await put(ada, day, {})).problem(422, "invalid_body")


@pytest.mark.parametrize("method", ["GET", "PUT"])
async def test_impossible_dates_in_the_address(ada: Caller, client: Client, method: str) -> None:
    body: dict[str, list[object]] | None = {"focus_slots": []} if method == "PUT" else None
    for day in ("2026-02-30", "2026-13-01", "2026-00-10", "0000-01-01", "1899-12-31", "2200-01-01"):
        refused = await ada.ask(method, f"/calendar-days/{day}", json=body)
        assert refused.problem(422, "invalid_path")["errors"] == [
            {
                "pointer": "/day",
                "message": "must be a date between 1900 and 2199, like 2026-11-21",
                "code": "wrong_form",
                "values": {"form": "date"},
            }
        ]
        assert (await client.open(f"/api/calendar-days/{day}", method=method, json=body)).status_code == 401
    for day in ("not-a-date", "today", "2026-2-3", "20260203", "2026-03-10T00", "٢٠٢٦-03-10"):
        (await ada.ask(method, f"/calendar-days/{day}", json=body)).problem(404, "not_found")
    for day in ("1900-01-01", "2199-12-31", "2028-02-29"):
        assert (await ada.ask(method, f"/calendar-days/{day}", json=body)).ok()["focus_slots"] == []


# ---- Zones


async def test_the_first_zone_moves_all_plans_and_a_later_one_future_plans(
    client: Client, resources: Resources, clock: AdjustableClock
) -> None:
    learner = new_learner()
    ada = Caller(client, learner)
    late = datetime(2026, 3, 9, 22, tzinfo=UTC)
    await create_task(ada, slot(late, 4), slot(late + timedelta(days=2), 4))
    path = f"/tasks/{(await create_task(ada))['task_id']}/complete"
    (await ada.post(path, {"completed_at": late.isoformat()})).ok()
    assert {key[0]: row for key, row in (await stored_days(resources, ada.learner_id)).items() if not key[1]} == {
        "2026-03-09": {"scheduled_minutes": 120, "completed_n": 1},
        "2026-03-10": {"scheduled_minutes": 120},
        "2026-03-11": {"scheduled_minutes": 120},
        "2026-03-12": {"scheduled_minutes": 120},
    }
    # A write of plans with a token that names a zone.
    berlin = Caller(client, learner, zone="Asia/Kolkata")
    (await put(berlin, "/calendar-days/2026-03-20", {"focus_slots": []})).ok()
    assert (await ada.progress())["timezone"] == "Asia/Kolkata"
    moved = {key[0]: row for key, row in (await stored_days(resources, ada.learner_id)).items() if not key[1]}
    assert moved == {
        "2026-03-10": {"scheduled_minutes": 240, "completed_n": 1},
        "2026-03-12": {"scheduled_minutes": 240},
    }
    clock.advance(days=1)
    (await ada.ask("PATCH", "/me", json={"zone": "America/New_York"})).ok()
    moved = {key[0]: row for key, row in (await stored_days(resources, ada.learner_id)).items() if not key[1]}
    assert moved == {
        "2026-03-10": {"scheduled_minutes": 240, "completed_n": 1},
        "2026-03-11": {"scheduled_minutes": 240},
    }
    assert await stored_differences(resources, ada.learner_id) == []


# ---- Export


async def test_all_plans_are_in_the_export(ada: Caller, client: Client) -> None:
    await create_task(Caller(client, new_learner()), slot(NINE, 1))
    work = await create_category(ada, "Work")
    task = await create_task(ada, slot(NINE, 1), category_id=work)
    (await put(ada, "/calendar-days/2026-03-10", {"focus_slots": [slot(NINE, 1)]})).ok()
    tables = (await ada.get("/progress/export")).ok()["tables"]
    assert [row["name"] for row in tables["categories"]] == ["Work"]
    assert [(row["task_id"], row["category_id"]) for row in tables["tasks"]] == [(task["task_id"], work)]
    assert [row["starts_at"] for row in tables["task_slots"]] == ["2026-03-10T09:00:00Z"]
    assert [row["day"] for row in tables["calendar_days"]] == ["2026-03-10"]
    assert {row["category"] for row in tables["planner_days"]} == {"", work}


# ---- Rebuild


async def test_a_rebuild_finds_and_corrects_differences(ada: Caller, resources: Resources) -> None:
    await create_task(ada, slot(NINE, 1), due_day="2026-03-15")
    days = await stored_days(resources, ada.learner_id)
    async with resources.database.write() as connection:
        await connection.execute(
            "UPDATE planner_days SET due_n = 7 WHERE learner_id = $1 AND due_n = 1", ada.learner_id
        )
        await connection.execute("DELETE FROM planner_days WHERE learner_id = $1 AND category <> ''", ada.learner_id)
        await connection.execute("INSERT INTO planner_days VALUES ($1, '2001-01-01', '', 5)", ada.learner_id)
    differences = [
        str(difference).partition(ada.learner_id)[2].strip()
        for difference in await stored_differences(resources, ada.learner_id)
    ]
    assert differences == [
        "day=2001-01-01 category=: the row is not in the log",
        "day=2026-03-10 category=uncategorised: the row is missing",
        "day=2026-03-15 category= due_n: 7, by the log 1",
        "day=2026-03-15 category=uncategorised: the row is missing",
    ]
    await rebuild.rebuild_one(resources.database, UUID(ada.learner_id), resources.policy, START, only="planner")
    assert await stored_days(resources, ada.learner_id) == days
    assert await stored_differences(resources, ada.learner_id) == []
