"""Long work in turns: other requests run in between, so that nobody waits for all of it (decision 51).

A request goes through the loop several times until it is answered. If a piece of long work ran each time, it would wait
for several of them; so the work rests after each piece for twice as long as that took.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import TypeVar

T = TypeVar("T")

_REST_PER_WORK = 2
_LONGEST_REST_SECONDS = 0.04


class Turns:
    """The rests of one piece of work."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._began = self._loop.time()

    async def rest(self) -> None:
        """Let others run for twice as long as it is since the last rest, at most 40 ms."""
        worked = self._loop.time() - self._began
        await asyncio.sleep(min(worked * _REST_PER_WORK, _LONGEST_REST_SECONDS))
        self._began = self._loop.time()


async def in_turns(items: Sequence[T], at_a_time: int) -> AsyncIterator[Sequence[T]]:
    """The items in order, at most `at_a_time` together. Between two parts everything else runs that can."""
    turns = Turns()
    for first in range(0, len(items), at_a_time):
        if first:
            await turns.rest()
        yield items[first : first + at_a_time]
