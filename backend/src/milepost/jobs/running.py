"""How a job runs: with the process's resources and a bound log, and with its failure on record there.

A job takes nothing but the resources: what is to do it finds in the database, whether a clock or a hint has called it.
"""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from arq.typing import WorkerCoroutine

from milepost.resources import Resources

RESOURCES = "resources"
"""Where the worker puts them in arq's context."""

log = structlog.get_logger(__name__)


def as_job(name: str, run: Callable[[Resources], Awaitable[None]]) -> WorkerCoroutine:
    """`run` as arq wants it. A failure is logged and raised again, so that arq counts it."""

    async def job(ctx: dict[Any, Any], *_arguments: Any, **_options: Any) -> None:
        held = ctx[RESOURCES]
        with structlog.contextvars.bound_contextvars(job=name):
            try:
                await run(held)
            except Exception:
                log.exception("job_failed")
                raise

    return job
