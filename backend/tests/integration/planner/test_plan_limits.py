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
