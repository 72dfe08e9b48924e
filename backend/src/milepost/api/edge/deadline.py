"""How long a request may take, and its body until it has come."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from milepost.api.edge.problem_codes import EdgeRefusal
from milepost.api.edge.request_context import current
from milepost.errors import Unavailable


@asynccontextmanager
async def in_time() -> AsyncIterator[None]:
    """Run the route within `request_timeout_seconds`; reading the body moves the deadline (`parsing.read_bytes`).

    Raises:
        EdgeRefusal: `body_timeout`.
        Unavailable: the request took too long. Its writes may or may not have been committed.
    """
    context = current()
    deadline = asyncio.timeout(context.state.settings.request_timeout_seconds)
    context.deadline = deadline
    try:
        async with deadline:
            yield
    except TimeoutError:
        if not deadline.expired():
            raise
        if context.is_awaiting_body:
            raise EdgeRefusal("body_timeout", headers={"Connection": "close"}) from None
        raise Unavailable(
            "database_unavailable", "The request took too long. Try again; repeating it is safe.", 2
        ) from None
