"""What all processes may share of answers once made, in Redis; and what to do while it is away: nothing, at once.

Keys name everything a value depends on, so nothing is ever taken back; values go by their age. A Redis that is slow
once is left alone until it has answered in the background: a request waits for it a single time, and only shortly.
"""

import asyncio
from collections import Counter
from collections.abc import Awaitable
from typing import TypeVar

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

T = TypeVar("T")

_ASK_AGAIN_SECONDS = 1.0


class SharedCache:
    """The shared cache as one process sees it. `hits`, `misses`: by kind; a Redis that is away is a miss too."""

    def __init__(self, redis: Redis, timeout_seconds: float) -> None:
        self._redis = redis
        self._timeout_seconds = timeout_seconds
        self._looking: asyncio.Task[None] | None = None
        self.hits: Counter[str] = Counter()
        self.misses: Counter[str] = Counter()
        self.faults = 0

    @property
    def is_away(self) -> bool:
        """Whether Redis has failed lately and nobody waits for it."""
        return self._looking is not None

    async def recall(self, kind: str, key: str) -> bytes | None:
        """What is kept under this key, if Redis is there and knows it."""
        kept: bytes | None = await self._in_time(self._redis.get(key)) if not self.is_away else None
        (self.misses if kept is None else self.hits)[kind] += 1
        return kept

    async def keep(self, key: str, value: bytes, seconds: int) -> None:
        """Keep a value for so long, if Redis is there."""
        if not self.is_away:
            await self._in_time(self._redis.set(key, value, ex=seconds))

    async def close(self) -> None:
        """Look for it no longer."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.wait({self._looking})

    async def _in_time(self, asked: Awaitable[T]) -> T | None:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await asked
        except (RedisError, OSError, TimeoutError) as fault:
            self.faults += 1
            if self._looking is None:
                log.warning("shared_cache_away", reason=f"{type(fault).__name__}: {fault}")
                self._looking = asyncio.create_task(self._look(), name="shared-cache")
            return None

    async def _look(self) -> None:
        """Until it answers again."""
        while True:
            await asyncio.sleep(_ASK_AGAIN_SECONDS)
            try:
                async with asyncio.timeout(self._timeout_seconds):
                    await self._redis.ping()
            except (RedisError, OSError, TimeoutError):
                continue
            log.info("shared_cache_back")
            self._looking = None
            return
