"""A cache of answers in Redis, shared by all processes. While Redis is unreachable, every access misses immediately.

Keys contain everything a value depends on, so values are never invalidated; they expire. After one slow or failed
access the cache stops using Redis until a background probe succeeds, so only one request waits, up to the timeout.
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

_PROBE_INTERVAL_SECONDS = 1.0


class SharedCache:
    """One process's access to the shared cache. `hits` and `misses` count by kind; an unreachable Redis is a miss."""

    def __init__(self, redis: Redis, timeout_seconds: float) -> None:
        self._redis = redis
        self._timeout_seconds = timeout_seconds
        self._probe: asyncio.Task[None] | None = None
        self.hits: Counter[str] = Counter()
        self.misses: Counter[str] = Counter()
        self.faults = 0

    @property
    def is_unreachable(self) -> bool:
        """Whether the last access to Redis failed and no probe has succeeded since."""
        return self._probe is not None

    async def recall(self, kind: str, key: str) -> bytes | None:
        """The value under this key; None if there is none or Redis is unreachable."""
        value: bytes | None = await self._in_time(self._redis.get(key)) if not self.is_unreachable else None
        (self.misses if value is None else self.hits)[kind] += 1
        return value

    async def keep(self, key: str, value: bytes, seconds: int) -> None:
        """Store a value for that many seconds, unless Redis is unreachable."""
        if not self.is_unreachable:
            await self._in_time(self._redis.set(key, value, ex=seconds))

    async def close(self) -> None:
        """Stop the probe."""
        if self._probe is not None:
            self._probe.cancel()
            await asyncio.wait({self._probe})

    async def _in_time(self, command: Awaitable[T]) -> T | None:
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await command
        except (RedisError, OSError, TimeoutError) as fault:
            self.faults += 1
            if self._probe is None:
                log.warning("shared_cache_away", reason=f"{type(fault).__name__}: {fault}")
                self._probe = asyncio.create_task(self._probe_until_reachable(), name="shared-cache")
            return None

    async def _probe_until_reachable(self) -> None:
        while True:
            await asyncio.sleep(_PROBE_INTERVAL_SECONDS)
            try:
                async with asyncio.timeout(self._timeout_seconds):
                    await self._redis.ping()
            except (RedisError, OSError, TimeoutError):
                continue
            log.info("shared_cache_back")
            self._probe = None
            return
