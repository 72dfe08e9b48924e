"""A learner with goals, as tests speak of one, and what the database holds of them."""

import json
from datetime import date
from typing import Any
from uuid import UUID

from quart.typing import TestClientProtocol as Client

from milepost.resources import Resources
from milepost.services.rebuild.check import differences
from support.builders import new_learner
from support.callers import Caller, Shape


class Learner(Caller):
    """A learner with goals, as tests speak of them."""

    async def wish(self, target_type: str, target: int, time_period: str = "weekly", **fields: object) -> str:
        """Make a goal; its id."""
        content = {
            "name": target_type,
            "target_type": target_type,
            "time_period": time_period,
            "target_value": target,
        }
        goal_id: str = (await self.post("/goals", {**content, **fields})).ok()["goal_id"]
        return goal_id

    async def stands(self, goal_id: str, **query: object) -> tuple[int, float, str]:
        """Achieved value, percent and status."""
        found = (await self.get(f"/goals/{goal_id}/progress", **query)).ok()
        return found["achieved_value"], found["percent_complete"], found["status"]

    async def all_stand(self, **query: object) -> list[Shape]:
        """Progress of all goals."""
        answer = await self.get("/goals/progress", **query)
        assert answer.status == 200, answer.body
        found: list[Shape] = json.loads(answer.raw)
        return found

    async def history(self, goal_id: str, **query: object) -> list[Shape]:
        """Periods, newest first."""
        found: list[Shape] = (await self.get(f"/goals/{goal_id}/history", **query)).ok()["periods"]
        return found


def learner(client: Client, **options: Any) -> Learner:
    """A learner nobody has used before."""
    return Learner(client, new_learner(), **options)


async def fetch(held: Resources, statement: str, *values: object) -> list[dict[str, Any]]:
    """What the database holds."""
    async with held.database.pools.intake.acquire() as connection:
        return [dict(row) for row in await connection.fetch(statement, *values)]


async def notices(held: Resources, one: Caller) -> list[dict[str, Any]]:
    """What a learner was told about goals."""
    return await fetch(
        held,
        "SELECT revision, n, body::jsonb->>'name' AS name, body FROM notices "
        "WHERE learner_id = $1 AND kind = 'goal_met' ORDER BY revision, n",
        UUID(one.learner_id),
    )


async def goals_met(held: Resources, one: Caller) -> int:
    """The counter; and that it is what is kept, field for field."""
    learner_id = UUID(one.learner_id)
    async with held.database.pools.intake.acquire() as connection:
        assert await differences(connection, [learner_id], held.policy, "goals") == []
        found: int = await connection.fetchval("SELECT goals_met FROM learners WHERE learner_id = $1", learner_id)
        return found


async def plan(held: Resources, one: Caller, day: date, category: str, *sums: int) -> None:
    """A planner day: minutes scheduled, of completed tasks among them, tasks completed."""
    await fetch(
        held,
        "INSERT INTO planner_days (learner_id, day, category, scheduled_minutes, completed_scheduled_minutes, "
        "completed_n) VALUES ($1, $2, $3, $4, $5, $6)",
        *(UUID(one.learner_id), day, category, *sums),
    )
