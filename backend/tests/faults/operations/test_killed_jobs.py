"""R03: a worker killed in the middle of any job that writes projections, and what the next one leaves."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import pytest

from milepost.services.job_runs import JOBS
from milepost.services.projections.registry import NAMES, PROJECTIONS
from support.builders import SECRET
from support.figures import Figure
from support.servers import MilepostProcess, Processes, run_milepost

LEARNERS, ACTIVITIES = 500, 12
_PROMISED_SECONDS = 30.0
"""Timed in the long form."""
_PATIENCE_SECONDS = 150.0
"""On a busy machine a job may have to give way to another, and runs again a minute later."""
_FILL = """
INSERT INTO activities (
    learner_id, sender, id, verb, object_type, topic, value_milli, duration_seconds, points,
    occurred_at, local_day, utc_offset_minutes, day_ends_at, counts, sent_fields, content_hash, commit_id, received_at,
    typical_milli
)
SELECT md5('learner ' || l)::uuid, 'exercises', 'e-' || n, 'completed', 'exercise', 'topic ' || (l + n) % 3,
    1000 * ((l * n) % 100), 600, 10, at, at::date, 0, at::date + 1, 7, 0, n, gen_random_uuid(),
    at - interval '1 second', 70000
FROM generate_series(1, $1::int) l CROSS JOIN generate_series(1, $2::int) n
CROSS JOIN LATERAL (SELECT '2026-01-01T12:00:00Z'::timestamptz + (n + n / (2 + l % 5)) * interval '1 day' AS at) o
"""
_FILL_TASKS = """
INSERT INTO tasks (learner_id, task_id, title, status, due_day, created_at, updated_at)
SELECT learner_id, gen_random_uuid(), 'read', 'pending', (now() AT TIME ZONE 'UTC')::date + 2, now(), now()
FROM learners
"""
# The inner query locks nothing: rows that OFFSET skips would be locked, too.
_LOCK_ONE = """
SELECT FROM learners WHERE learner_id = (SELECT learner_id FROM learners ORDER BY learner_id OFFSET $1 LIMIT 1)
FOR UPDATE
"""
_TABLES = sorted(
    {projection.table for projection in PROJECTIONS}
    - {"learners", "goals", "unlocks", "daily_snapshots", "running_totals"}
)
_MARKS = ["dirty", "dirty_at", "commit_id", "previous_level", "level_updated_at"]
# A run rebuilds at most a hundred.
_SOME = f"learner_id IN (SELECT learner_id FROM learners ORDER BY learner_id OFFSET {LEARNERS * 3 // 4 - 40} LIMIT 80)"
_OF_A_BACKFILL = f"""
SELECT coalesce(sum(CASE WHEN finished_at IS NULL THEN {LEARNERS} + 1 - done ELSE 0 END), {LEARNERS} + 1)
FROM backfills WHERE name LIKE
"""


@dataclass(frozen=True, slots=True)
class Case:
    """What gives a job work with every learner, and how much is left of it."""

    damage: tuple[str, ...]
    left: str
    is_due_at_first: bool = True
    """Whether the job has work in a new installation with a log."""


CASES = {
    "apply_policy": Case(
        (
            "UPDATE skill_levels SET level = 'expert'",
            "UPDATE learners SET run = run + 1, longest = longest + 1",
            "UPDATE system_state SET policy_fingerprint = 'another'",
            "DELETE FROM backfills WHERE name LIKE 'policy:%'",
        ),
        f"{_OF_A_BACKFILL} 'policy:%'",
        is_due_at_first=False,
    ),
    "count_time": Case(
        ("UPDATE activities SET counted_seconds = 0", "DELETE FROM backfills WHERE name LIKE 'time:%'"),
        f"{_OF_A_BACKFILL} 'time:%'",
    ),
    "reassign_days_ahead": Case(
        (
            "UPDATE activities SET local_day = local_day + 1, day_ends_at = day_ends_at + interval '1 day'",
            "DELETE FROM backfills WHERE name = 'days:not_ahead'",
        ),
        f"{_OF_A_BACKFILL} 'days:not_ahead'",
    ),
    "rebuild_learners": Case(
        (
            f"UPDATE activity_days SET points = points + 1 WHERE {_SOME}",
            f"UPDATE activity_cells SET exercises = 0 WHERE {_SOME}",
            f"UPDATE learners SET points = 0, run = 0, rebuild_due_at = now() WHERE {_SOME}",
        ),
        "SELECT count(*) FROM learners WHERE rebuild_due_at IS NOT NULL",
    ),
    "refill_projections": Case(
        (
            *(f"DELETE FROM {table}" for table in _TABLES),
            *(f"INSERT INTO backfills (name, started_at) VALUES ('refill:{name}', 'epoch')" for name in NAMES),
        ),
        f"{_OF_A_BACKFILL} 'refill:%'",
        is_due_at_first=False,
    ),
    "sweep_planner": Case(
        ("DELETE FROM planner_days", "DELETE FROM backfills WHERE name = 'planner-sweep'"),
        f"{_OF_A_BACKFILL} 'planner-sweep'",
    ),
    "take_running_totals": Case(
        ("DELETE FROM running_totals", "UPDATE learners SET totals_through = NULL, totals_due_at = 0"),
        "SELECT count(*) FROM learners WHERE totals_due",
    ),
}
ELSEWHERE = {
    "backfill_achievements": "faults/test_backfill_killed.py",
    "settle_outages": "faults/test_outage_workers.py",
    "sweep_snapshots": "faults/test_snapshot_workers.py",
}
WITHOUT_PROJECTIONS = {
    *("close_goal_periods", "count_achievement_holders", "delete_expired_notices", "erase_learners"),
    *("forget_idempotency_keys", "say_alive", "sweep_progress", "tell_of_streaks", "write_down_goals"),
    *("compare_peers", "publish_eases"),
}
"""Jobs that write awards or reference tables, or delete. The grades of before mastery are brought up only once."""


@pytest.fixture(scope="module")
def started(database_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Processes]:
    """Processes of this module."""
    environment = {"MILEPOST_DATABASE_URL": database_url, "MILEPOST_REDIS_URL": redis_url}
    folder: Path = tmp_path_factory.mktemp("jobs")
    processes = Processes({**environment, "MILEPOST_JWT_SECRET": SECRET}, folder)
    yield processes
    processes.end()


@pytest.fixture(scope="module")
async def filled(database_url: str, started: Processes) -> None:
    """A log, plans, and all that follows from them, with no job left to do."""
    connection = await asyncpg.connect(database_url)
    await connection.execute(_FILL, LEARNERS, ACTIVITIES)
    await asyncio.to_thread(run_milepost, database_url, "rebuild")
    await connection.execute(_FILL_TASKS)
    worker = started.worker()
    await _until(connection, 0, _PATIENCE_SECONDS, *(case.left for case in CASES.values() if case.is_due_at_first))
    worker.end()
    await connection.close()


@pytest.fixture
async def locking(database_url: str) -> AsyncIterator[asyncpg.Connection]:
    """A second connection."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()


async def _left(connection: asyncpg.Connection, *queries: str) -> int:
    return sum([int(await connection.fetchval(query)) for query in queries])


async def _until(connection: asyncpg.Connection, most: int, seconds: float, *queries: str) -> int:
    """Wait until at most so much is left; how much."""
    deadline = time.monotonic() + seconds
    while (left := await _left(connection, *queries)) > most:
        assert time.monotonic() < deadline, [(await _left(connection, query), query[-20:]) for query in queries]
        await asyncio.sleep(0.02)
    return left


async def _stored(connection: asyncpg.Connection) -> dict[str, list[str]]:
    """The log and all projections, without the instants of writing and without what the next sweep takes again."""
    stored = {}
    for table in ("activities", *_TABLES):
        rows = await connection.fetch(
            f"SELECT (to_jsonb(t) - $1::text[])::text AS row FROM {table} t ORDER BY 1", _MARKS
        )
        stored[table] = [row["row"] for row in rows]
    rows = await connection.fetch(
        "SELECT row(learner_id, activities, points, run, longest)::text FROM learners ORDER BY 1"
    )
    return {**stored, "learners": [row["row"] for row in rows]}


def test_R03_every_job_that_writes_projections_is_killed() -> None:
    assert {*CASES, *ELSEWHERE, *WITHOUT_PROJECTIONS} == set(JOBS)


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize("job", CASES)
async def test_R03_what_a_killed_worker_leaves_the_next_one_ends_in_time(
    connection: asyncpg.Connection,
    locking: asyncpg.Connection,
    started: Processes,
    database_url: str,
    long: bool,
    figure: Figure,
    job: str,
) -> None:
    case, before = CASES[job], await _stored(connection)
    for statement in case.damage:
        await connection.execute(statement)
    all_of_it = await _left(connection, case.left)
    async with locking.transaction():
        await locking.fetch(_LOCK_ONE, LEARNERS * 3 // 4)
        worker = started.worker()
        left = await _until(connection, all_of_it - 20, _PATIENCE_SECONDS, case.left)
        await _kill(worker)
        assert 0 < left < all_of_it, "it was killed in the middle"
    begun, last = time.monotonic(), started.worker()
    await _until(connection, 0, _PROMISED_SECONDS if long else _PATIENCE_SECONDS, case.left)
    figure(f"{job} {time.monotonic() - begun:.1f} s")
    await asyncio.to_thread(last.end)
    assert "0 differences" in await asyncio.to_thread(run_milepost, database_url, "rebuild", "--check")
    assert await _stored(connection) == before


async def _kill(worker: MilepostProcess) -> None:
    worker.send(signal.SIGKILL)
    await asyncio.to_thread(worker.wait_exit)
