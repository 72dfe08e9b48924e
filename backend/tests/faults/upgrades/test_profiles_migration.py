"""A database of before learners chose a digest, upgraded: their other choices stay, and no digest is chosen."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import asyncpg

from milepost.db.migrations import downgrade, upgrade
from milepost.queries.learners.profile import Profile, profile

BEFORE = "20261129_goal_category"
ADA, BEN = UUID(int=7), UUID(int=8)


async def insert(url: str) -> None:
    """Insert profiles as the previous release could."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("INSERT INTO profiles (learner_id, quiet) VALUES ($1, true)", ADA)
        await connection.execute(
            "INSERT INTO profiles (learner_id, display_name, boards) VALUES ($1, 'Ben', true)", BEN
        )
    finally:
        await connection.close()


async def chosen(url: str) -> list[Profile]:
    """The choices of both, and of a learner without a row."""
    connection = await asyncpg.connect(url)
    try:
        return [await profile(connection, learner) for learner in (ADA, BEN, UUID(int=9))]
    finally:
        await connection.close()


def test_R23_choices_keep_their_meaning(empty_url: str) -> None:
    with ThreadPoolExecutor(1) as thread:
        thread.submit(upgrade, empty_url).result()
        thread.submit(downgrade, empty_url, BEFORE).result()
        asyncio.run(insert(empty_url))
        thread.submit(upgrade, empty_url).result()
    assert asyncio.run(chosen(empty_url)) == [
        Profile(display_name=None, quiet=True, boards=False, digest_weekday=None),
        Profile(display_name="Ben", quiet=False, boards=True, digest_weekday=None),
        Profile(),
    ]
