"""How much one learner has done at once by a process, so that it never holds every connection to the database.

Requests beyond that wait for their turn, without a connection: a learner who changes much waits for itself.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass


@dataclass(slots=True)
class _Line:
    turns: asyncio.Semaphore
    requests: int = 0


class AtOnce:
    """The requests of each learner that run now, and those that wait for them."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lines: dict[str, _Line] = {}

    @asynccontextmanager
    async def turn(self, learner: str) -> AsyncIterator[None]:
        """Wait until fewer than the limit of this learner's requests run; the block is one of them."""
        line = self._lines.get(learner)
        if line is None:
            line = self._lines[learner] = _Line(asyncio.Semaphore(self._limit))
        line.requests += 1
        try:
            async with line.turns:
                yield
        finally:
            line.requests -= 1
            if not line.requests:
                del self._lines[learner]
