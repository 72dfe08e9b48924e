"""Small quotas, which a test can use up, and applications that count together as processes would."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

from quart import Quart

from milepost.api.edge.application import Application
from milepost.app import create_app
from milepost.resources import Resources
from milepost.settings import Settings
from support.callers import Answer
from support.clock import START, AdjustableClock

AT = START + timedelta(seconds=15)
"""45 seconds before the next minute, 3,585 before the next hour."""

SMALL: dict[str, object] = {
    "batch_limit": 5,
    "limit_intake_learner_per_minute": 5,
    "limit_intake_sender_per_minute": 8,
    "limit_exports_learner_per_hour": 2,
    "limit_exports_sender_per_hour": 3,
    "limit_failed_tokens_per_minute": 3,
}

Start = Callable[..., Awaitable[Quart]]
"""`await start(redis_url=…)`: one more application, as another process would be."""


@asynccontextmanager
async def applications(settings: Settings, clock: AdjustableClock) -> AsyncIterator[Start]:
    """Starts applications that differ in some settings."""
    async with AsyncExitStack() as after:

        async def start(**changes: object) -> Quart:
            app = create_app(settings.model_copy(update=changes), clock)
            running = app.test_app()
            await running.startup()
            after.push_async_callback(running.shutdown)
            return app

        yield start


def left(answer: Answer) -> str | None:
    """What the response says is left."""
    return answer.headers.get("RateLimit")


def resources_of(app: Quart) -> Resources:
    """The resources of an application."""
    assert isinstance(app, Application)
    assert app.state.resources is not None
    return app.state.resources


async def reconnected(app: Quart) -> None:
    """Wait until the application has found Redis again."""
    for _ in range(600):
        if not resources_of(app).redis_access.is_unreachable:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("Redis was not found again")
