"""How a job runs: with the process's resources, its name in every line of the log, and a note of how it went.

A job takes nothing but the resources: what is to do it finds in the database, whether a clock or a hint has called it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

import structlog
from arq.typing import WorkerCoroutine

from milepost.db.transactions import unit_of_work
from milepost.errors import Unavailable
from milepost.resources import Resources
from milepost.services.job_runs import note_end, note_start

log = structlog.get_logger(__name__)

RESOURCES = "resources"
"""Where the worker puts them in arq's context."""


def as_job(name: str, run: Callable[[Resources], Awaitable[None]]) -> WorkerCoroutine:
    """`run` as arq wants it, which logs and counts failures itself.

    A failure is noted and goes on to arq. Without a database nothing can be noted, and the job runs all the same.
    """

    async def job(ctx: dict[Any, Any], *_arguments: object, **_options: object) -> None:
        held: Resources = ctx[RESOURCES]
        with structlog.contextvars.bound_contextvars(job=name):
            await _note_start(held, name)
            try:
                await run(held)
            except asyncio.CancelledError:
                await asyncio.shield(_note_end(held, name, "cancelled: out of time, or the worker ends"))
                raise
            except Exception as fault:
                await _note_end(held, name, f"{type(fault).__name__}: {fault}")
                raise
            await _note_end(held, name, None)

    return job


def as_long_as(seconds: float) -> Iterator[None]:
    """Once, and again until a run has lasted so long. A sweep takes a batch each time; the next run finds the rest."""
    loop = asyncio.get_running_loop()
    until = loop.time() + seconds
    yield
    while loop.time() < until:
        yield


async def _note_start(held: Resources, name: str) -> None:
    try:
        async with unit_of_work(held.engine) as work:
            await note_start(work.raw, name, held.clock.now())
    except Unavailable as fault:
        log.warning("job_not_noted", reason=fault.detail)


async def _note_end(held: Resources, name: str, error: str | None) -> None:
    try:
        async with unit_of_work(held.engine) as work:
            await note_end(work.raw, name, held.clock.now(), error)
    except Unavailable as fault:
        log.warning("job_not_noted", reason=fault.detail)
