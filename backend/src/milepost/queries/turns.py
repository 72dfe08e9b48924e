"""Long work in turns: other requests run in between, so that nobody waits for all of it (decision 51)."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import TypeVar

T = TypeVar("T")


async def in_turns(items: Sequence[T], at_a_time: int) -> AsyncIterator[Sequence[T]]:
    """The items in order, at most `at_a_time` together. Between two parts everything else runs that can."""
    for first in range(0, len(items), at_a_time):
        if first:
            await asyncio.sleep(0)
        yield items[first : first + at_a_time]
