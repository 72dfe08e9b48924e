"""A database of before notices were served, upgraded: repeats still answer with the level changes they caused."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from uuid import UUID

import asyncpg

from milepost.db.migrations import downgrade, upgrade
from milepost.queries.notices import notices_before, unread_notices
from milepost.services.notices import delete_expired_notices_batch

BEFORE = "20261129_me"
ADA = UUID(int=7)
AT = datetime(2026, 3, 10, 12, tzinfo=UTC)
_INSERT = """
INSERT INTO notices (learner_id, revision, n, kind, body, commit_id, created_at, cause_sender, cause_id)
VALUES ($1, 4, $2, $3, $4, $5, $6, 'exercises', 'e-10')
"""
_CHANGES = "SELECT topic, from_level, to_level, cause_sender, cause_id, changed_at FROM level_changes"


async def insert(url: str) -> None:
    """The notices of one commit, as the previous release writes them."""
    connection = await asyncpg.connect(url)
    try:
        for n, (kind, body) in enumerate(
            (
                ("level_changed", '{"topic": "loops", "from": "beginner", "to": "intermediate"}'),
                ("achievement_unlocked", '{"code": "ten", "title": "Ten", "points": 5, "tier": "gold"}'),
            )
        ):
            await connection.execute(_INSERT, ADA, n, kind, body, UUID(int=9), AT)
    finally:
        await connection.close()


async def kept_for_good(url: str) -> None:
    """The level change is a row of its own, and stays when old notices are deleted; the unlock stays unread."""
    connection = await asyncpg.connect(url)
    change = ("loops", "beginner", "intermediate", "exercises", "e-10", AT)
    try:
        assert [tuple(row) for row in await connection.fetch(_CHANGES)] == [change]
        assert not await delete_expired_notices_batch(connection, AT + timedelta(days=91), 90)
        assert [tuple(row) for row in await connection.fetch(_CHANGES)] == [change]
        assert await connection.fetchval("SELECT array_agg(kind) FROM notices") == ["achievement_unlocked"]
        (unlock,) = await notices_before(connection, ADA, 10)
        assert (str(unlock.id), unlock.body["title"], unlock.seen_at) == ("4.1", "Ten", None)
        assert await unread_notices(connection, ADA) == 1
    finally:
        await connection.close()


def test_R23_level_changes_outlive_the_notices_of_the_previous_schema(empty_url: str) -> None:
    with ThreadPoolExecutor(1) as thread:
        thread.submit(upgrade, empty_url).result()
        thread.submit(downgrade, empty_url, BEFORE).result()
        asyncio.run(insert(empty_url))
        thread.submit(upgrade, empty_url).result()
    asyncio.run(kept_for_good(empty_url))
