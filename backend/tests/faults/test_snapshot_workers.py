"""R03 and R22 with real workers: killed in the middle of the sweep, and four of them at once."""

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
from support.snapshots import sweep, taken

_PATIENCE_SECONDS = 30.0
LEARNERS = 600
DAYS = 60
NOW = datetime(2026, 1, 1, tzinfo=UTC)

# Days of spring 2025, with gaps that differ from learner to learner.
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
    """The database, with many learners of whom nothing has been swept."""
    opened = await asyncpg.connect(database_url)
    for table in ("activity_days", "daily_snapshots"):
        await opened.execute(f"DELETE FROM {table}")
    await opened.execute(_FILL, LEARNERS, DAYS - 1)
    yield opened
    await opened.close()


async def wait_until(connection: asyncpg.Connection, at_most: int) -> int:
    """How many days wait, as soon as there are no more than this."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        pending: int = await connection.fetchval(_PENDING)
        if pending <= at_most:
            return pending
        await asyncio.sleep(0.01)
    raise AssertionError(f"{pending} days still wait after {_PATIENCE_SECONDS:.0f} s")


async def assert_complete(connection: asyncpg.Connection, settings: Settings) -> None:
    """What was taken is what one undisturbed sweep takes."""
    held = await open_resources(settings, AdjustableClock(NOW))
    try:
        found = await taken(held)
        await connection.execute("DELETE FROM daily_snapshots; UPDATE activity_days SET dirty = true")
        assert await sweep(held, NOW) == LEARNERS * DAYS
        assert found == await taken(held)
    finally:
        await held.close()
    # Learner 8 missed each eleventh day, and had earned a freeze for it by then.
    eighth = [row for row in found if row["learner_id"].hex == await _md5(connection, 8)]
    assert [row["run"] for row in eighth] == list(range(1, DAYS + 1))
    assert eighth[10]["day"] == date(2025, 3, 12)
    assert eighth[-1]["exercises"] == DAYS


async def _md5(connection: asyncpg.Connection, learner: int) -> str:
    found: str = await connection.fetchval("SELECT md5('learner ' || $1::int)", learner)
    return found


async def test_R03_a_worker_killed_in_the_middle_of_the_sweep_ends_it_when_it_is_back(
    connection: asyncpg.Connection, processes: Processes, settings: Settings
) -> None:
    everything = LEARNERS * DAYS
    worker = processes.worker()
    left = await wait_until(connection, everything - 1)
    worker.send(signal.SIGKILL)
    worker.wait_exit()
    assert 0 < left < everything, "it was killed in the middle"
    assert await connection.fetchval("SELECT count(*) FROM daily_snapshots") > 0
    processes.worker()
    await wait_until(connection, 0)
    await assert_complete(connection, settings)


async def test_R22_four_workers_at_once_take_every_snapshot_once(
    connection: asyncpg.Connection, processes: Processes, settings: Settings
) -> None:
    for _ in range(4):
        processes.worker()
    await wait_until(connection, 0)
    await assert_complete(connection, settings)
