"""What one learner may have done at once, so that it never holds every connection."""

import asyncio
from uuid import UUID

from quart.typing import TestClientProtocol as Client

from milepost.resources import Resources
from support.builders import new_learner
from support.callers import Caller


async def test_S12_changes_of_one_learner_leave_connections_for_others(client: Client, resources: Resources) -> None:
    ada, bob = Caller(client, new_learner()), Caller(client, new_learner())
    (await ada.post("/tasks", {"title": "first"})).ok()
    most = resources.settings.database_write_connections
    async with resources.database.intake(waits=True) as holding, holding.transaction():
        await holding.execute("SELECT 1 FROM learners WHERE learner_id = $1 FOR UPDATE", UUID(ada.learner_id))
        waiting = [asyncio.create_task(ada.post("/tasks", {"title": f"task {n}"})) for n in range(2 * most)]
        for number in range(5):
            (await bob.post("/tasks", {"title": f"task {number}"})).ok()
        assert not any(task.done() for task in waiting)
        assert resources.database.pools.write.get_idle_size() > 0 or resources.database.pools.write.get_size() < most
    for answered in await asyncio.gather(*waiting):
        answered.ok()


async def test_S12_reads_of_one_learner_leave_connections_for_others(client: Client, resources: Resources) -> None:
    ada, bob = Caller(client, new_learner()), Caller(client, new_learner())
    for caller in (ada, bob):
        (await caller.post("/tasks", {"title": "first"})).ok()
    most = resources.settings.database_read_connections
    async with resources.database.write() as holding:
        await holding.execute("LOCK TABLE tasks IN ACCESS EXCLUSIVE MODE")
        waiting = [asyncio.create_task(ada.get("/tasks")) for _ in range(2 * most)]
        (await bob.get("/categories")).ok()
        assert not any(task.done() for task in waiting)
    for answered in await asyncio.gather(*waiting):
        answered.ok()
