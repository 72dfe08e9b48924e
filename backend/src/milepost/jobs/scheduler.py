"""Runs the schedule in this process, by a clock that nobody can set: the wall clock may step without any effect.

Workers share the runs of a job by its number of runs in the database. A worker that has waited for the job's interval
takes the next run if the number is still the one it knows. Otherwise another worker, or a hint, was faster; it waits
again.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog

from milepost.errors import Unavailable
from milepost.jobs.runner import Job, run_started, start_and_run
from milepost.jobs.schedule import SCHEDULE
from milepost.resources import Resources
from milepost.services.job_runs import claim_run, count_runs

log = structlog.get_logger(__name__)

LATE_SECONDS = 60.0
"""A job that should have begun so long ago is late."""
_MAX_RUNNING = 8


class LateJobs(Exception):
    """Jobs that should have begun long ago; the message names them."""


class Scheduler:
    """The schedule of one worker. Every job has a task of its own, so that none waits for another."""

    def __init__(self, app: Resources, jobs: tuple[Job, ...] = SCHEDULE) -> None:
        self._app = app
        self._jobs = jobs
        self._free = asyncio.Semaphore(_MAX_RUNNING)
        self._due_at: dict[str, float] = {}
        self._is_stopping = asyncio.Event()

    async def run(self) -> None:
        """Run every job at once, and then at its interval, until `stop`."""
        async with asyncio.TaskGroup() as tasks:
            for job in self._jobs:
                tasks.create_task(self._repeat(job), name=job.name)

    def stop(self) -> None:
        """Begin no more jobs. `run` returns when those running have ended."""
        self._is_stopping.set()

    def late_jobs(self) -> list[str]:
        """The jobs that should have begun more than `LATE_SECONDS` ago."""
        now = asyncio.get_running_loop().time()
        return [name for name, due_at in self._due_at.items() if now - due_at > LATE_SECONDS]

    async def _repeat(self, job: Job) -> None:
        loop = asyncio.get_running_loop()
        known_runs: int | None = None
        self._due_at[job.name] = loop.time()
        while not self._is_stopping.is_set():
            async with self._free:
                began_at = loop.time()
                try:
                    known_runs = await self._take(job, known_runs)
                except Unavailable as fault:
                    log.warning("job_postponed", job=job.name, reason=fault.detail)
                    known_runs = None
                except Exception as fault:  # noqa: BLE001  whatever a job raises, the others go on
                    log.warning("job_failed", job=job.name, reason=f"{type(fault).__name__}: {fault}")
                    known_runs = None
            # From start to start, but never without a pause.
            due_at = max(began_at + job.every_seconds, loop.time() + 1.0)
            self._due_at[job.name] = due_at
            await self._wait(due_at - loop.time())

    async def _take(self, job: Job, known_runs: int | None) -> int | None:
        """Run the job within its timeout, unless another worker was faster; return the number of its runs."""
        if not job.is_shared:
            # A late worker is not alive: it must be noticed and restarted.
            if late := self.late_jobs():
                raise LateJobs(", ".join(late))
            await self._run(job, start_and_run)
            return None
        async with self._app.database.write() as connection:
            runs = await count_runs(connection, job.name) if known_runs is None else known_runs
            is_ours = await claim_run(connection, job.name, runs, self._app.clock.now())
            if not is_ours:
                return await count_runs(connection, job.name)
        await self._run(job, run_started)
        return runs + 1

    async def _run(self, job: Job, run: Callable[[Resources, Job], Awaitable[None]]) -> None:
        async with asyncio.timeout(job.timeout_seconds):
            await run(self._app, job)

    async def _wait(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._is_stopping.wait(), seconds)
