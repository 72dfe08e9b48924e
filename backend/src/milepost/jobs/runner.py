"""Runs a job with the resources of the process, adds its name to every log line, and records its outcome.

A job takes only the resources: it finds its work in the database, whether the schedule or a hint started it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import Any

import structlog
from arq.typing import WorkerCoroutine

from milepost.errors import Unavailable
from milepost.resources import Resources
from milepost.services.job_runs import record_end, record_start

log = structlog.get_logger(__name__)

RESOURCES = "resources"
"""The key of the resources in arq's context."""


@dataclass(frozen=True, slots=True)
class Job:
    """A job by its permanent name. `is_shared`: one worker of all does each run."""

    name: str
    run: Callable[[Resources], Awaitable[None]]
    every_seconds: float
    timeout_seconds: float
    is_shared: bool = True


def as_hinted(job: Job) -> WorkerCoroutine:
    """The job as a coroutine for arq, which sets the timeout and logs failures itself."""

    async def hinted(ctx: dict[Any, Any], *_arguments: object, **_options: object) -> None:
        app: Resources = ctx[RESOURCES]
        await start_and_run(app, job)

    return hinted


async def start_and_run(app: Resources, job: Job) -> None:
    """Record the start of a job, and run it as `run_started` does."""
    await _record_start(app, job.name)
    await run_started(app, job)


async def run_started(app: Resources, job: Job) -> None:
    """Run a job whose start is recorded, and record its end.

    A failure is recorded and raised, unless it is only "not now": the next run finds the same work. Without a database
    nothing can be recorded, but the job still runs.
    """
    with structlog.contextvars.bound_contextvars(job=job.name):
        try:
            await job.run(app)
        except asyncio.CancelledError:
            await asyncio.shield(_record_end(app, job.name, "cancelled: out of time, or the worker is stopping"))
            raise
        except Unavailable as fault:
            log.warning("job_postponed", reason=fault.detail)
            await _record_end(app, job.name, f"{type(fault).__name__}: {fault}")
            return
        except Exception as fault:
            await _record_end(app, job.name, f"{type(fault).__name__}: {fault}")
            raise
        await _record_end(app, job.name, None)


def until_elapsed(seconds: float) -> Iterator[None]:
    """Yield once, and then until `seconds` have passed. A sweep takes a batch each time; the next run does the rest."""
    loop = asyncio.get_running_loop()
    ends_at = loop.time() + seconds
    yield
    while loop.time() < ends_at:
        yield


async def _record_start(app: Resources, name: str) -> None:
    try:
        async with app.database.write() as connection:
            await record_start(connection, name, app.clock.now())
    except Unavailable as fault:
        log.warning("job_not_noted", reason=fault.detail)


async def _record_end(app: Resources, name: str, error: str | None) -> None:
    try:
        async with app.database.write() as connection:
            await record_end(connection, name, app.clock.now(), error)
    except Unavailable as fault:
        log.warning("job_not_noted", reason=fault.detail)
