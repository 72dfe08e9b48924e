"""How long a request may take, and its body until it has come."""

import asyncio
from collections.abc import Awaitable
from typing import TypeVar

from milepost.api.edge.problem_codes import EdgeRefusal
from milepost.api.edge.request_context import current
from milepost.errors import Unavailable

T = TypeVar("T")


async def in_time(answer: Awaitable[T]) -> T:
    """The answer of a route, within `request_timeout_seconds`; reading the body moves the deadline
    (`parsing.read_bytes`).

    Raises:
        EdgeRefusal: `body_timeout`.
        Unavailable: the request took too long. Its writes may or may not have been committed.
    """
    context = current()
    deadline = context.deadline = asyncio.timeout(context.state.settings.request_timeout_seconds)
    try:
        async with deadline:
            return await answer
    except TimeoutError:
        if not deadline.expired():
            raise
        if context.is_awaiting_body:
            raise EdgeRefusal("body_timeout", headers={"Connection": "close"}) from None
        raise Unavailable(
            "database_unavailable", "The request took too long. Try again; repeating it is safe.", 2
        ) from None
