"""How a job runs: with the process's resources and its name in every line of the log.

A job takes nothing but the resources: what is to do it finds in the database, whether a clock or a hint has called it.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from arq.typing import WorkerCoroutine

from milepost.resources import Resources

RESOURCES = "resources"
"""Where the worker puts them in arq's context."""


def as_job(name: str, run: Callable[[Resources], Awaitable[None]]) -> WorkerCoroutine:
    """`run` as arq wants it, which logs and counts failures itself."""

    async def job(ctx: dict[Any, Any], *_arguments: Any, **_options: Any) -> None:
        held = ctx[RESOURCES]
        with structlog.contextvars.bound_contextvars(job=name):
            await run(held)

    return job
