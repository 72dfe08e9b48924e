"""Helpers for plans: slots by hours, requests, stored planner days and how they differ from a rebuild."""

from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from milepost.db.tables import PLANNER_SUMS
from milepost.resources import Resources
from milepost.services.projections.declaration import Difference
from milepost.services.rebuild.check import differences
from support.callers import Answer, Caller, Json


def slot(start: datetime, hours: float) -> dict[str, str]:
    """A slot of `hours` hours."""
    return {"starts_at": start.isoformat(), "ends_at": (start + timedelta(hours=hours)).isoformat()}


async def put(caller: Caller, path: str, body: object, **query: object) -> Answer:
    """PUT of JSON."""
    return await caller.ask("PUT", path, json=body, query=query)


async def delete(caller: Caller, path: str, **query: object) -> Answer:
    """DELETE."""
    return await caller.ask("DELETE", path, query=query)


async def create_category(caller: Caller, name: str, **query: object) -> str:
    """Create a category; return its id."""
    return str((await caller.post("/categories", {"name": name}, **query)).ok()["category_id"])


async def create_task(caller: Caller, *slots: dict[str, str], **fields: object) -> Json:
    """Create a task with these slots."""
    body = {"title": "read", "scheduled_slots": list(slots), **fields}
    return (await caller.post("/tasks", body)).ok()


async def stored_days(resources: Resources, learner_id: str) -> dict[tuple[str, str], dict[str, int]]:
    """The planner days of a learner by (day, category); sums of 0 left out."""
    async with resources.database.pools.intake.acquire() as connection:
        rows = await connection.fetch("SELECT * FROM planner_days WHERE learner_id = $1", UUID(learner_id))
    return {
        (row["day"].isoformat(), row["category"]): {name: row[name] for name in PLANNER_SUMS if row[name]}
        for row in rows
    }


async def uncategorised_day(resources: Resources, learner_id: str, day: date | str) -> dict[str, Any]:
    """The stored sums of one day without a category; sums of 0 left out."""
    return (await stored_days(resources, learner_id)).get((str(day), ""), {})


async def stored_differences(resources: Resources, learner_id: str) -> list[Difference]:
    """Every stored field of a learner that differs from what its facts give."""
    async with resources.database.snapshot() as connection:
        return await differences(connection, [UUID(learner_id)], resources.policy)
