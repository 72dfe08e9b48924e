"""R03 and R22 with real workers: one killed during a sweep, and four at once."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime

import asyncpg
import pytest

from milepost.resources import open_resources
from milepost.settings import Settings
from support.clock import AdjustableClock
from support.servers import Processes
from support.snapshots import stored_snapshots, sweep

_PATIENCE_SECONDS = 30.0
LEARNERS = 600
DAYS = 60
NOW = datetime(2026, 1, 1, tzinfo=UTC)

# Days of spring 2025, with different gaps per learner.
_FILL = """
INSERT INTO activity_days (learner_id, local_day, activities, exercises, points, graded, grade_milli, streak_activities,
    closes_at)
SELECT md5('learner ' || l)::uuid, d.day, 1, 1, l % 7, 1, 1000 * (l % 100), 1, d.day + interval '1 day'
FROM generate_series(1, $1::int) l CROSS JOIN generate_series(0, $2::int) n
CROSS JOIN LATERAL (SELECT '2025-03-01'::date + n + n / (2 + l % 9) AS day) d
"""
_PENDING = "SELECT count(*) FROM activity_days WHERE dirty"


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A connection to a database with many learners and no snapshots."""
    connection = await asyncpg.connect(database_url)
    for table in ("activity_days", "daily_snapshots"):
        await connection.execute(f"DELETE FROM {table}")
    await connection.execute(_FILL, LEARNERS, DAYS - 1)
    yield connection
    await connection.close()


async def wait_until(connection: asyncpg.Connection, at_most: int) -> int:
    """Wait until at most `at_most` days are pending; return their number."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        pending: int = await connection.fetchval(_PENDING)
        if pending <= at_most:
            return pending
        await asyncio.sleep(0.01)
    raise AssertionError(f"{pending} days are still pending after {_PATIENCE_SECONDS:.0f} s")


async def assert_complete(connection: asyncpg.Connection, settings: Settings) -> None:
    """Assert that the snapshots equal those of one undisturbed sweep."""
    resources = await open_resources(settings, AdjustableClock(NOW))
    try:
        snapshots = await stored_snapshots(resources)
        await connection.execute("DELETE FROM daily_snapshots; UPDATE activity_days SET dirty = true")
        assert await sweep(resources, NOW) == LEARNERS * DAYS
        assert snapshots == await stored_snapshots(resources)
    finally:
        await resources.close()
    # Learner 8 missed every eleventh day, each time after earning a freeze for it.
    eighth = [row for row in snapshots if row["learner_id"].hex == await _md5(connection, 8)]
    assert [row["run"] for row in eighth] == list(range(1, DAYS + 1))
    assert eighth[10]["day"] == date(2025, 3, 12)
    assert eighth[-1]["exercises"] == DAYS


async def _md5(connection: asyncpg.Connection, learner: int) -> str:
    digest: str = await connection.fetchval("SELECT md5('learner ' || $1::int)", learner)
    return digest


async def test_R03_a_worker_killed_in_the_middle_of_the_sweep_ends_it_when_it_is_back(
    connection: asyncpg.Connection, processes: Processes, settings: Settings
) -> None:
    all_days = LEARNERS * DAYS
    worker = processes.worker()
    left = await wait_until(connection, all_days - 1)
    worker.send(signal.SIGKILL)
    worker.wait_exit()
    assert 0 < left < all_days, "it was killed in the middle"
    assert await connection.fetchval("SELECT count(*) FROM daily_snapshots") > 0
    processes.worker()
    await wait_until(connection, 0)
    await assert_complete(connection, settings)


async def test_R22_four_workers_at_once_take_every_snapshot_once(
    connection: asyncpg.Connection, processes: Processes, settings: Settings
) -> None:
    """After many nights without a worker, and although two of the four are killed in the middle and come back."""
    workers = [processes.worker() for _ in range(4)]
    left = await wait_until(connection, LEARNERS * DAYS - 1)
    for worker in workers[:2]:
        worker.send(signal.SIGKILL)
        worker.wait_exit()
        processes.worker()
    assert left > 0, "they were killed in the middle"
    await wait_until(connection, 0)
    await assert_complete(connection, settings)
