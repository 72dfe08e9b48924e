"""GET /admin/erasures: a number and an instant, and nothing that says who was erased."""

from datetime import timedelta

from quart.typing import TestClientProtocol as Client

from milepost.resources import Resources
from support.callers import Caller
from support.clock import START


async def test_erased_learners_are_counted(client: Client, resources: Resources) -> None:
    root = Caller(client, "root", ["admin"])
    assert (await root.get("/admin/erasures")).ok() == {"erased_learners": 0, "newest_at": None}
    async with resources.database.write() as connection:
        for number in range(3):
            digest, at = bytes([number]) * 32, START - timedelta(days=number)
            await connection.execute("INSERT INTO erased (digest, erased_at) VALUES ($1, $2)", digest, at)
    assert (await root.get("/admin/erasures")).ok() == {"erased_learners": 3, "newest_at": "2026-03-10T12:00:00Z"}
