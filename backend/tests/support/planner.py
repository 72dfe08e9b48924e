"""Plans as tests make them: slots by hours, planner days as they are stored and as the service would make them."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from milepost.db.tables import PLANNER_SUMS
from milepost.resources import Resources
from milepost.services.projections.declaration import Difference
from milepost.services.rebuild.check import differences
from support.callers import Answered, Caller, Shape


def slot(start: datetime, hours: float) -> dict[str, str]:
    """A slot of so many hours."""
    return {"starts_at": start.isoformat(), "ends_at": (start + timedelta(hours=hours)).isoformat()}


async def put(caller: Caller, path: str, body: object, **query: object) -> Answered:
    """PUT of JSON."""
    return await caller.ask("PUT", path, json=body, query=query)


async def delete(caller: Caller, path: str, **query: object) -> Answered:
    """DELETE."""
    return await caller.ask("DELETE", path, query=query)


async def category(caller: Caller, name: str, **query: object) -> str:
    """A new category's id."""
    return str((await caller.post("/categories", {"name": name}, **query)).ok()["category_id"])


async def task(caller: Caller, *slots: dict[str, str], **fields: object) -> Shape:
    """A new task with these slots."""
    body = {"title": "read", "scheduled_slots": list(slots), **fields}
    return (await caller.post("/tasks", body)).ok()


async def stored_days(held: Resources, learner_id: str) -> dict[tuple[str, str], dict[str, int]]:
    """The planner days of a learner by (day, category); sums of 0 left out."""
    async with held.database.pools.intake.acquire() as connection:
        rows = await connection.fetch("SELECT * FROM planner_days WHERE learner_id = $1", UUID(learner_id))
    return {
        (row["day"].isoformat(), row["category"]): {name: row[name] for name in PLANNER_SUMS if row[name]}
        for row in rows
    }


async def in_all(held: Resources, learner_id: str, day: date | str) -> dict[str, Any]:
    """What is stored of one day under no category; sums of 0 left out."""
    return (await stored_days(held, learner_id)).get((str(day), ""), {})


async def what_differs(held: Resources, learner_id: str) -> list[Difference]:
    """Everything stored of a learner that is not what its facts give."""
    async with held.database.snapshot() as connection:
        return await differences(connection, [UUID(learner_id)], held.policy)
