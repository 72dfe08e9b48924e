"""Makes the caches of this process forget learners who have left, whichever process they left through."""

import asyncio
from collections.abc import Callable
from typing import TypeAlias
from uuid import UUID

import structlog

from milepost.db.database import Database
from milepost.db.departures import departures_since
from milepost.errors import Unavailable

log = structlog.get_logger(__name__)

HasDeparted: TypeAlias = Callable[[UUID], bool]
"""Whether a learner is among those who have left."""

_RETRY_SECONDS = 1.0


class DepartureWatch:
    """Calls `forgetters` after each departure that `LearnerVersionReader` notices. One per process."""

    def __init__(self, database: Database, *forgetters: Callable[[HasDeparted], None]) -> None:
        self._database = database
        self._running: set[asyncio.Task[None]] = set()
        self.forgetters = [*forgetters]

    def notice(self, before: int | None) -> None:
        """Forget those who left after the departure number `before`, in the background; without a number, everybody."""
        if before is None:
            for forget in self.forgetters:
                forget(lambda _learner: True)
            return
        task = asyncio.create_task(self._forget(before), name="departures")
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def settled(self) -> None:
        """Wait until everybody noticed so far is forgotten."""
        await asyncio.gather(*self._running)

    async def close(self) -> None:
        """Stop."""
        for task in [*self._running]:
            task.cancel()
        await asyncio.gather(*self._running, return_exceptions=True)

    async def _forget(self, before: int) -> None:
        while True:
            try:
                await self._forget_since(before)
                return
            except Unavailable as fault:
                log.warning("departures_not_read", reason=fault.detail)
                await asyncio.sleep(_RETRY_SECONDS)

    async def _forget_since(self, before: int) -> None:
        async with self._database.read() as connection:
            digests, former_ids = await departures_since(connection, before)
            digest_of = connection.erasure_digest
            for forget in self.forgetters:
                forget(lambda learner: learner in former_ids or digest_of(learner) in digests)
