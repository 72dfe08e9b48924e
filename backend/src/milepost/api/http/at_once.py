"""How much one learner has done at once by a process, so that it never holds every connection to the database.

Requests beyond that wait for their turn, without a connection: a learner who changes much waits for itself.
"""

import asyncio
from dataclasses import dataclass
from types import TracebackType


@dataclass(slots=True)
class _Line:
    turns: asyncio.Semaphore
    requests: int = 0


class AtOnce:
    """The requests of each learner that run now, and those that wait for them."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lines: dict[str, _Line] = {}

    def turn(self, learner: str) -> "_Turn":
        """A context manager that waits until fewer than the limit of this learner's requests run; its block is one of
        them. Use it once.
        """
        return _Turn(self._lines, learner, self._limit)


class _Turn:
    # A class, because a generator would cost every read twice as much.

    __slots__ = ("_learner", "_limit", "_line", "_lines")

    def __init__(self, lines: dict[str, _Line], learner: str, limit: int) -> None:
        self._lines, self._learner, self._limit = lines, learner, limit

    async def __aenter__(self) -> None:
        line = self._lines.get(self._learner)
        if line is None:
            line = self._lines[self._learner] = _Line(asyncio.Semaphore(self._limit))
        self._line = line
        line.requests += 1
        try:
            await line.turns.acquire()
        except BaseException:
            self._leave()
            raise

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._line.turns.release()
        self._leave()

    def _leave(self) -> None:
        self._line.requests -= 1
        if not self._line.requests:
            del self._lines[self._learner]
