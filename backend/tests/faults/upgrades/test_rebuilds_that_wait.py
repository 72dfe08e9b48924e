"""A database in which learners wait for a rebuild after a void, upgraded: that rebuild still revokes what it should."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import asyncpg

from milepost.db.migrations import downgrade, upgrade

BEFORE = "20261129_notices"
WAITING, VOIDED_MEANWHILE = UUID(int=7), UUID(int=8)


async def mark(url: str, learner: UUID) -> None:
    """Mark a learner as the previous release does after a void."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("INSERT INTO learners (learner_id, rebuild_due_at) VALUES ($1, now())", learner)
    finally:
        await connection.close()


async def revoking(url: str) -> list[UUID]:
    """The learners whose rebuild takes back what is no longer met."""
    connection = await asyncpg.connect(url)
    try:
        statement = "SELECT learner_id FROM learners WHERE rebuild_due_at IS NOT NULL AND rebuild_revokes ORDER BY 1"
        return [row[0] for row in await connection.fetch(statement)]
    finally:
        await connection.close()


def test_R23_a_rebuild_that_waits_through_the_migration_revokes(empty_url: str) -> None:
    with ThreadPoolExecutor(1) as thread:
        thread.submit(upgrade, empty_url).result()
        thread.submit(downgrade, empty_url, BEFORE).result()
        asyncio.run(mark(empty_url, WAITING))
        thread.submit(upgrade, empty_url).result()
    asyncio.run(mark(empty_url, VOIDED_MEANWHILE))  # the previous release still runs
    assert asyncio.run(revoking(empty_url)) == [WAITING, VOIDED_MEANWHILE]
