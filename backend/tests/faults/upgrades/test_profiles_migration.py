"""A database of before learners chose a digest, upgraded: their other choices stay, and no digest is chosen."""

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from uuid import UUID

import asyncpg
import pytest

from milepost.db.migrations import downgrade, upgrade
from milepost.embedded.postgres import PostgresServer
from milepost.queries.learners.profile import Profile, profile

BEFORE = "20261129_goal_category"
ADA, BEN = UUID(int=7), UUID(int=8)


@pytest.fixture
def old_url(postgres: PostgresServer) -> Iterator[str]:
    """A database at the revision before."""
    name = "test_profiles_migration"
    postgres.execute(f"CREATE DATABASE {name}")
    try:
        yield postgres.url(name)
    finally:
        postgres.execute(f"DROP DATABASE {name} WITH (FORCE)")


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


def test_R23_choices_keep_their_meaning(old_url: str) -> None:
    with ThreadPoolExecutor(1) as thread:
        thread.submit(upgrade, old_url).result()
        thread.submit(downgrade, old_url, BEFORE).result()
        asyncio.run(insert(old_url))
        thread.submit(upgrade, old_url).result()
    assert asyncio.run(chosen(old_url)) == [
        Profile(display_name=None, quiet=True, boards=False, digest_weekday=None),
        Profile(display_name="Ben", quiet=False, boards=True, digest_weekday=None),
        Profile(),
    ]
