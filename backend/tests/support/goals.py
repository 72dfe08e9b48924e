"""A caller for tests of goals, and the rows the database stores for goals."""

import json
from datetime import date
from uuid import UUID

from quart.typing import TestClientProtocol as Client

from milepost.resources import Resources
from milepost.services.rebuild.check import differences
from support.builders import new_learner
from support.callers import Caller, Json


class Learner(Caller):
    """A learner with goals."""

    async def create_goal(self, target_type: str, target: int, time_period: str = "weekly", **fields: object) -> str:
        """Create a goal; return its id."""
        content = {
            "name": target_type,
            "target_type": target_type,
            "time_period": time_period,
            "target_value": target,
        }
        goal_id: str = (await self.post("/goals", {**content, **fields})).ok()["goal_id"]
        return goal_id

    async def goal_progress(self, goal_id: str, **query: object) -> tuple[int, float, str]:
        """The achieved value, percent and status of a goal."""
        progress = (await self.get(f"/goals/{goal_id}/progress", **query)).ok()
        return progress["achieved_value"], progress["percent_complete"], progress["status"]

    async def all_goal_progress(self, **query: object) -> list[Json]:
        """The progress of all goals."""
        answer = await self.get("/goals/progress", **query)
        assert answer.status == 200, answer.body
        progress: list[Json] = json.loads(answer.raw)
        return progress

    async def history(self, goal_id: str, **query: object) -> list[Json]:
        """The periods of a goal, newest first."""
        periods: list[Json] = (await self.get(f"/goals/{goal_id}/history", **query)).ok()["periods"]
        return periods


def learner(client: Client, zone: str | None = None) -> Learner:
    """A new learner."""
    return Learner(client, new_learner(), zone=zone)


async def fetch(resources: Resources, statement: str, *values: object) -> list[Json]:
    """The rows of a query."""
    async with resources.database.pools.intake.acquire() as connection:
        return [dict(row) for row in await connection.fetch(statement, *values)]


async def goal_notices(resources: Resources, caller: Caller) -> list[Json]:
    """The goal notices of a learner."""
    return await fetch(
        resources,
        "SELECT revision, n, body::jsonb->>'name' AS name, body FROM notices "
        "WHERE learner_id = $1 AND kind = 'goal_met' ORDER BY revision, n",
        UUID(caller.learner_id),
    )


async def goals_met(resources: Resources, caller: Caller) -> int:
    """The learner's counter of goals met; asserts that the stored goal state matches a rebuild."""
    learner_id = UUID(caller.learner_id)
    async with resources.database.pools.intake.acquire() as connection:
        assert await differences(connection, [learner_id], resources.policy, "goals") == []
        count: int = await connection.fetchval("SELECT goals_met FROM learners WHERE learner_id = $1", learner_id)
        return count


async def insert_planner_day(resources: Resources, caller: Caller, day: date, category: str, *sums: int) -> None:
    """Insert a planner day. `sums`: minutes scheduled, minutes of completed tasks among them, tasks completed."""
    await fetch(
        resources,
        "INSERT INTO planner_days (learner_id, day, category, scheduled_minutes, completed_scheduled_minutes, "
        "completed_n) VALUES ($1, $2, $3, $4, $5, $6)",
        *(UUID(caller.learner_id), day, category, *sums),
    )
