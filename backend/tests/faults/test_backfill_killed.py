"""R03 for achievements: a backfill whose workers are killed twice ends complete, with each learner done once."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator

import asyncpg
import pytest

from milepost.settings import load_policy
from support.catalogues import condition, entry, put_in_force
from support.servers import Processes

_PATIENCE_SECONDS = 60.0
FEW, MANY = 6_000, 100_000

# Learner n has n % 10 activities on one day: half of them have at least five.
_FILL = (
    """
    INSERT INTO learners (learner_id, activities, active_days, last_day)
    SELECT md5('learner ' || l)::uuid, l % 10, 1, '2025-03-01' FROM generate_series(1, $1::int) l
    """,
    """
    INSERT INTO activity_days (learner_id, local_day, activities, closes_at, dirty)
    SELECT md5('learner ' || l)::uuid, '2025-03-01', l % 10, '2025-03-02T00:00Z', false
    FROM generate_series(1, $1::int) l
    """,
)
_DONE = """
SELECT coalesce(max(done), 0), coalesce(bool_or(finished_at IS NOT NULL), false) FROM backfills
WHERE name LIKE 'achievements:%'
"""


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def wait_for(connection: asyncpg.Connection, learners: int) -> tuple[int, bool]:
    """Wait until more than `learners` are done, or all; return the number done and whether all are."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        done, is_over = await connection.fetchrow(_DONE)
        if done > learners or is_over:
            return done, is_over
        await asyncio.sleep(0.01)
    raise AssertionError(f"{done} learners done after {_PATIENCE_SECONDS:.0f} s")


async def test_R03_a_backfill_killed_twice_in_the_middle_ends_complete_and_once_each(
    connection: asyncpg.Connection, database_url: str, processes: Processes, long: bool
) -> None:
    learners = MANY if long else FEW
    for statement in _FILL:
        await connection.execute(statement, learners)
    # No other job has work for these learners.
    await connection.execute("UPDATE system_state SET policy_fingerprint = $1", load_policy().fingerprint)
    await put_in_force(database_url, entry("five", condition("activities", 5)))
    done = 0
    for _ in range(2):
        worker = processes.worker()
        done, is_over = await wait_for(connection, done)
        worker.send(signal.SIGKILL)
        worker.wait_exit()
        assert 0 < done < learners, "it was killed in the middle"
        assert not is_over
    processes.worker()
    while not is_over:
        done, is_over = await wait_for(connection, done)
    assert done == learners, "no learner is left out or counted twice"
    unlocks = await connection.fetchrow(
        "SELECT count(*), count(DISTINCT learner_id), min(earned_on::text) FROM unlocks"
    )
    assert tuple(unlocks) == (learners // 2, learners // 2, "2025-03-01")
    assert await connection.fetchval("SELECT count(*) FROM learners WHERE revision <> 1") == 0
    notices = await connection.fetchrow("SELECT count(*), count(DISTINCT learner_id) FROM notices")
    assert tuple(notices) == (learners // 2, learners // 2), "one quiet notice each"
    inconsistent = "SELECT count(*) FROM learners WHERE (activities >= 5) <> (octet_length(unlocked) > 0)"
    assert await connection.fetchval(inconsistent) == 0
