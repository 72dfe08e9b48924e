"""The clock of a running worker is set: its jobs go on, no more often and no less. Real worker processes."""

import asyncio
import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest
from redis.asyncio import Redis

from milepost.jobs.schedule import SCHEDULE
from milepost.redis.job_queue import hint
from support.builders import SECRET
from support.servers import clean_environment

SHIFTED_WORKER = Path(__file__).with_name("shifted_worker.py")
LIMIT_SECONDS = 60.0
FREQUENT = {job.name for job in SCHEDULE if job.every_seconds <= LIMIT_SECONDS}
TWO_HOURS = 7_200


class ShiftedWorker:
    """A worker with a clock that can be set."""

    def __init__(self, folder: Path, database_url: str, redis_url: str) -> None:
        self._shift = folder / "shift"
        self.log = folder / "worker.log"
        self.set(0)
        environment = {
            "MILEPOST_DATABASE_URL": database_url,
            "MILEPOST_REDIS_URL": redis_url,
            "MILEPOST_JWT_SECRET": SECRET,
        }
        with self.log.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, str(SHIFTED_WORKER), str(self._shift)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**clean_environment(), **environment},
                start_new_session=True,
            )

    def set(self, seconds_ahead: float) -> None:
        """Set its clock."""
        self._shift.with_suffix(".new").write_text(str(seconds_ahead))
        self._shift.with_suffix(".new").replace(self._shift)


@pytest.fixture
def worker(tmp_path: Path, database_url: str, redis_url: str) -> Iterator[ShiftedWorker]:
    """A running worker."""
    started = ShiftedWorker(tmp_path, database_url, redis_url)
    yield started
    started.process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        started.process.wait(30)
    if started.process.poll() is None:
        started.process.kill()
        started.process.wait(30)


async def runs(database_url: str) -> dict[str, int]:
    """How often each job has run."""
    connection = await asyncpg.connect(database_url)
    try:
        return dict(await connection.fetch("SELECT job, runs FROM job_runs WHERE finished_at IS NOT NULL"))
    finally:
        await connection.close()


async def wait_for_runs(worker: ShiftedWorker, database_url: str, before: dict[str, int], jobs: set[str]) -> None:
    """Wait until each of these jobs has run once more.

    Raises:
        AssertionError: one has not within `LIMIT_SECONDS`.
    """
    deadline = time.monotonic() + LIMIT_SECONDS
    while left := {job for job in jobs if (await runs(database_url)).get(job, 0) <= before.get(job, 0)}:
        assert worker.process.poll() is None, worker.log.read_text()
        assert time.monotonic() < deadline, f"{sorted(left)} did not run: {worker.log.read_text()[-2000:]}"
        await asyncio.sleep(0.2)


async def test_a_clock_set_back_two_hours_stops_no_job(
    worker: ShiftedWorker, database_url: str, redis_url: str
) -> None:
    await wait_for_runs(worker, database_url, {}, {job.name for job in SCHEDULE})
    before = await runs(database_url)
    worker.set(-TWO_HOURS)
    async with Redis.from_url(redis_url) as redis:
        assert await hint(redis, "count_achievement_holders"), "queued by a clock that is two hours ahead"
    await wait_for_runs(worker, database_url, before, {*FREQUENT, "count_achievement_holders"})


async def test_a_clock_set_forward_two_hours_makes_no_storm(worker: ShiftedWorker, database_url: str) -> None:
    await wait_for_runs(worker, database_url, {}, {"sweep_snapshots", "sweep_planner", "apply_policy"})
    before = await runs(database_url)
    began = time.monotonic()
    worker.set(TWO_HOURS)
    await wait_for_runs(worker, database_url, before, {"apply_policy", "settle_outages"})
    after = await runs(database_url)
    intervals = (time.monotonic() - began) / 15
    most = {"apply_policy": intervals + 1, "sweep_snapshots": intervals / 4 + 1, "count_achievement_holders": 1}
    assert {job: runs_after - before.get(job, 0) for job, runs_after in after.items() if job in most} == {
        job: pytest.approx(0, abs=limit) for job, limit in most.items()
    }
