"""A database with twins from before names had one spelling, brought up: names, the log and its sums agree again."""

from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from uuid import UUID

import pytest

from milepost.db.migrations import downgrade, upgrade
from milepost.resources import Resources, open_resources
from milepost.rules.activities import Activity
from milepost.services.activities.outcome import Sender, SentActivity
from milepost.services.rebuild import check, rebuild
from milepost.settings import Settings
from support.clock import AdjustableClock

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
ADA = UUID("00000000-0000-4000-8000-00000000ada0")
NFC, NFD = "\u00e9tude", " e\u0301tude\u200b"
BEFORE = "20261128_reported"

_CATEGORY = "INSERT INTO categories (learner_id, category_id, name, created_at) VALUES ($1, gen_random_uuid(), $2, $3)"
_TASK = """
INSERT INTO tasks (learner_id, task_id, title, status, created_at, updated_at)
VALUES ($1, gen_random_uuid(), $2, 'pending', $3, $3)
"""
_SPACE = "INSERT INTO spaces (learner_id, space_id, title, created_at) VALUES ($1, 's', $2, $3)"


@pytest.fixture
async def resources(empty_url: str, settings: Settings) -> AsyncIterator[Resources]:
    """Resources on a database of its own."""
    _migrate(empty_url, up=True)
    opened = await open_resources(settings.model_copy(update={"database_url": empty_url}), AdjustableClock(NOW))
    yield opened
    await opened.close()


def _migrate(url: str, *, up: bool) -> None:
    with ThreadPoolExecutor(1) as thread:
        (thread.submit(upgrade, url, "head") if up else thread.submit(downgrade, url, BEFORE)).result()


def _activity(path: str) -> Activity:
    return Activity(verb="completed", object_type="exercise", occurred_at=NOW, path=path, difficulty=path)


async def _record(resources: Resources, *ids: str) -> list[str]:
    sent = [SentActivity(ADA, activity_id, _activity(NFC)) for activity_id in ids]
    answer = await resources.progress.record(Sender("exercises", "service", None), sent, NOW)
    return [outcome.status for outcome in answer.outcomes]


async def _differences(resources: Resources) -> list[object]:
    return [
        difference
        async for progress in check.check(resources.database, resources.policy)
        for difference in progress.differences
    ]


async def test_twins_of_an_older_database_become_one(resources: Resources, settings: Settings) -> None:
    assert await _record(resources, "a", "b") == ["accepted", "accepted"]
    async with resources.database.pools.intake.acquire() as connection:
        await connection.execute("UPDATE activities SET path = $1, difficulty = $1 WHERE id = 'b'", NFD)
        for name in (NFC, NFD, "plain"):
            await connection.execute(_CATEGORY, ADA, name, NOW)
        await connection.execute(_TASK, ADA, NFD, NOW)
        await connection.execute(_SPACE, ADA, NFD, NOW)
    await rebuild.rebuild_one(resources.database, ADA, resources.policy, NOW)
    async with resources.database.pools.intake.acquire() as connection:
        assert await connection.fetchval("SELECT count(DISTINCT path) FROM activity_cells") == 2
    url = resources.settings.database_url
    _migrate(url, up=False)
    _migrate(url, up=True)
    async with resources.database.pools.intake.acquire() as connection:
        names = await connection.fetch('SELECT name FROM categories ORDER BY name COLLATE "C"')
        assert [row["name"] for row in names] == ["plain", NFC, f"{NFC} (2)"]
        assert await connection.fetchval("SELECT title FROM tasks") == NFC
        assert await connection.fetchval("SELECT title FROM spaces") == NFC
        assert await connection.fetchval("SELECT count(*) FROM activities WHERE path <> $1", NFC) == 0
    assert await rebuild.learners_due(resources.database, 10) == [ADA]
    await rebuild.rebuild_one(resources.database, ADA, resources.policy, NOW)
    assert await rebuild.learners_due(resources.database, 10) == []
    assert await _differences(resources) == []
    async with resources.database.pools.intake.acquire() as connection:
        cells = await connection.fetch("SELECT path, difficulty, activities FROM activity_cells")
        assert [tuple(row) for row in cells] == [(NFC, NFC, 2)]
    assert await _record(resources, "a", "b") == ["duplicate", "duplicate"]
