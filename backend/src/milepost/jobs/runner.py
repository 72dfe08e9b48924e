"""How a job runs: with the process's resources, its name in every line of the log, and a note of how it went.

A job takes nothing but the resources: what is to do it finds in the database, whether a clock or a hint has called it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import structlog
from arq.typing import WorkerCoroutine

from milepost.errors import Unavailable
from milepost.resources import Resources
from milepost.services.job_runs import record_end, record_start

log = structlog.get_logger(__name__)

RESOURCES = "resources"
"""Where the worker puts them in arq's context."""


def as_job(name: str, run: Callable[[Resources], Awaitable[None]]) -> WorkerCoroutine:
    """`run` as arq wants it, which logs and counts failures itself.

    A failure is noted and goes on to arq. Without a database nothing can be noted, and the job runs all the same.
    """

    async def job(ctx: dict[Any, Any], *_arguments: object, **_options: object) -> None:
        app: Resources = ctx[RESOURCES]
        with structlog.contextvars.bound_contextvars(job=name):
            await _note_start(app, name)
            try:
                await run(app)
            except asyncio.CancelledError:
                await asyncio.shield(_note_end(app, name, "cancelled: out of time, or the worker ends"))
                raise
            except Exception as fault:
                await _note_end(app, name, f"{type(fault).__name__}: {fault}")
                raise
            await _note_end(app, name, None)

    return job


def until_elapsed(seconds: float) -> Iterator[None]:
    """Once, and again until a run has lasted so long. A sweep takes a batch each time; the next run finds the rest."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    yield
    while loop.time() < until:
        yield


async def _note_start(app: Resources, name: str) -> None:
    try:
        async with app.database.write() as connection:
            await record_start(connection, name, app.clock.now())
    except Unavailable as fault:
        log.warning("job_not_noted", reason=fault.detail)


async def _note_end(app: Resources, name: str, error: str | None) -> None:
    try:
        async with app.database.write() as connection:
            await record_end(connection, name, app.clock.now(), error)
    except Unavailable as fault:
        log.warning("job_not_noted", reason=fault.detail)
