"""How much of a learner's plans may fall on one day: each write counts the days it touches again."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg
from quart.typing import TestClientProtocol as Client

from support.builders import new_learner
from support.callers import Caller
from support.clock import AdjustableClock

NINE = datetime(2026, 3, 12, 9, tzinfo=UTC)


def slots(count: int, start: datetime = NINE) -> list[dict[str, str]]:
    """So many slots of five minutes on a day."""
    begins = [start + timedelta(minutes=number) for number in range(count)]
    return [{"starts_at": begin.isoformat(), "ends_at": (begin + timedelta(minutes=5)).isoformat()} for begin in begins]


async def test_S11_the_501st_slot_of_a_day_is_refused(client: Client, clock: AdjustableClock) -> None:
    ada = Caller(client, new_learner())
    for count in (100, 100, 100, 100, 99, 1):
        first = (await ada.post("/tasks", {"title": "read", "scheduled_slots": slots(count)})).ok()
    refused = await ada.post("/tasks", {"title": "read", "scheduled_slots": slots(1)})
    assert refused.problem(409, "too_many_slots")["max"] == 500
    assert refused.body["day"] == "2026-03-12"
    assert len((await ada.get("/tasks", limit=200)).ok()["tasks"]) == 6
    (await ada.post("/tasks", {"title": "read", "scheduled_slots": slots(1, NINE + timedelta(days=1))})).ok()
    # What a task has it may keep; it may not gain.
    path = f"/tasks/{first['task_id']}"
    (await ada.ask("PUT", path, json={"title": "write", "scheduled_slots": first["scheduled_slots"]})).ok()
    more = await ada.ask("PUT", path, json={"title": "write", "scheduled_slots": slots(2)})
    more.problem(409, "too_many_slots")


async def test_S11_the_501st_task_due_on_a_day_is_refused(
    client: Client, clock: AdjustableClock, connection: asyncpg.Connection
) -> None:
    ada = Caller(client, new_learner())
    first = (await ada.post("/tasks", {"title": "read", "due_day": "2026-03-12"})).ok()
    await connection.execute(
        "INSERT INTO tasks (learner_id, task_id, title, status, due_day, created_at, updated_at) SELECT learner_id, "
        "gen_random_uuid(), title, status, due_day, created_at, updated_at FROM tasks, generate_series(1, 498) "
        "WHERE learner_id = $1",
        UUID(ada.learner_id),
    )
    (await ada.post("/tasks", {"title": "the 500th", "due_day": "2026-03-12"})).ok()
    refused = await ada.post("/tasks", {"title": "read", "due_day": "2026-03-12"})
    assert refused.problem(409, "too_many_due_tasks")["max"] == 500
    assert refused.body["day"] == "2026-03-12"
    other = (await ada.post("/tasks", {"title": "read", "due_day": "2026-03-13"})).ok()
    moved = await ada.ask("PUT", f"/tasks/{other['task_id']}", json={"title": "read", "due_day": "2026-03-12"})
    moved.problem(409, "too_many_due_tasks")
    (await ada.ask("PUT", f"/tasks/{first['task_id']}", json={"title": "written", "due_day": "2026-03-12"})).ok()


async def test_S11_the_20001st_slot_of_a_learner_is_refused(
    client: Client, clock: AdjustableClock, connection: asyncpg.Connection
) -> None:
    ada = Caller(client, new_learner())
    first = (await ada.post("/tasks", {"title": "read", "scheduled_slots": slots(1)})).ok()
    await connection.execute(
        "INSERT INTO task_slots (learner_id, task_id, n, starts_at, ends_at) SELECT learner_id, task_id, number, "
        "starts_at - number * interval '1 day', ends_at - number * interval '1 day' "
        "FROM task_slots, generate_series(1, 19998) number WHERE learner_id = $1",
        UUID(ada.learner_id),
    )
    last = (await ada.post("/tasks", {"title": "the 20,000th", "scheduled_slots": slots(1)})).ok()
    refused = await ada.post("/tasks", {"title": "one more", "scheduled_slots": slots(1)})
    assert refused.problem(409, "too_many_slots")["max"] == 20_000
    assert "day" not in refused.body
    path = f"/tasks/{last['task_id']}"
    (await ada.ask("PUT", path, json={"title": "x", "scheduled_slots": slots(2)})).problem(409, "too_many_slots")
    (await ada.ask("PUT", path, json={"title": "x", "scheduled_slots": slots(1, NINE + timedelta(days=1))})).ok()
    await connection.execute(
        "DELETE FROM task_slots WHERE learner_id = $1 AND task_id = $2 AND n = 19998",
        UUID(ada.learner_id),
        UUID(first["task_id"]),
    )
    (await ada.ask("PUT", path, json={"title": "x", "scheduled_slots": slots(2)})).ok()


async def test_S11_the_501st_completion_of_a_day_is_refused(
    client: Client, clock: AdjustableClock, connection: asyncpg.Connection
) -> None:
    ada = Caller(client, new_learner())
    ids = [(await ada.post("/tasks", {"title": "read"})).ok()["task_id"] for _ in range(3)]
    (await ada.post(f"/tasks/{ids[0]}/complete")).ok()
    await connection.execute(
        "INSERT INTO tasks (learner_id, task_id, title, status, completed_at, completions, created_at, updated_at) "
        "SELECT learner_id, gen_random_uuid(), title, status, completed_at, 1, created_at, updated_at "
        "FROM tasks, generate_series(1, 498) WHERE learner_id = $1 AND task_id = $2",
        UUID(ada.learner_id),
        UUID(ids[0]),
    )
    (await ada.post(f"/tasks/{ids[1]}/complete")).ok()
    refused = await ada.post(f"/tasks/{ids[2]}/complete")
    assert refused.problem(409, "too_many_completed_tasks")["max"] == 500
    assert refused.body["day"] == clock.now().date().isoformat()
    (await ada.post(f"/tasks/{ids[0]}/complete")).ok()
    clock.advance(days=1)
    (await ada.post(f"/tasks/{ids[2]}/complete")).ok()


async def test_S11_the_2001st_day_with_focus_slots_is_refused(
    client: Client, clock: AdjustableClock, connection: asyncpg.Connection
) -> None:
    ada = Caller(client, new_learner())
    (await ada.ask("PUT", "/calendar-days/2026-03-12", json={"focus_slots": slots(1)})).ok()
    await connection.execute(
        "INSERT INTO calendar_days (learner_id, day, focus_slots) SELECT learner_id, day + 100 + number, '[]' "
        "FROM calendar_days, generate_series(1, 1998) number WHERE learner_id = $1",
        UUID(ada.learner_id),
    )
    thirteenth, fourteenth = (slots(1, NINE + timedelta(days=days)) for days in (1, 2))
    (await ada.ask("PUT", "/calendar-days/2026-03-13", json={"focus_slots": thirteenth})).ok()
    refused = await ada.ask("PUT", "/calendar-days/2026-03-14", json={"focus_slots": fourteenth})
    assert refused.problem(409, "too_many_focus_days")["max"] == 2_000
    (await ada.ask("PUT", "/calendar-days/2026-03-12", json={"focus_slots": slots(2)})).ok()
    (await ada.ask("PUT", "/calendar-days/2026-03-14", json={"focus_slots": []})).ok()
    (await ada.ask("PUT", "/calendar-days/2026-03-12", json={"focus_slots": []})).ok()
    (await ada.ask("PUT", "/calendar-days/2026-03-14", json={"focus_slots": fourteenth})).ok()
