"""A cache of answers in Redis, shared by all processes. While Redis is unreachable, every access misses immediately.

Keys contain everything a value depends on, so values are never invalidated; they expire.
"""

from functools import partial
from uuid import UUID

from redis.asyncio import Redis

from milepost.metrics import Metrics
from milepost.redis.access import RedisAccess

_SCANNED_KEYS = 1_000


class SharedCache:
    """One process's access to the shared cache. An unreachable Redis is a miss."""

    def __init__(self, redis: Redis, access: RedisAccess, metrics: Metrics) -> None:
        self._redis = redis
        self._access = access
        self._hits = metrics.cache_hits
        self._misses = metrics.cache_misses

    async def recall(self, kind: str, key: str) -> bytes | None:
        """The value under this key; None if there is none or Redis is unreachable."""
        value: bytes | None = await self._access.attempt(lambda: self._redis.get(key))
        (self._misses if value is None else self._hits).labels(kind).inc()
        return value

    async def keep(self, key: str, value: bytes, seconds: int) -> None:
        """Store a value for that many seconds, unless Redis is unreachable."""
        await self._access.attempt(lambda: self._redis.set(key, value, ex=seconds))

    async def forget(self, *keys: str | bytes) -> None:
        """Delete these values. While Redis is unreachable they stay until they expire."""
        if keys:
            await self._access.attempt(lambda: self._redis.delete(*keys))

    async def forget_learner(self, learner_id: UUID) -> None:
        """Delete every value of a learner: one pass over all keys, in small steps. Rare enough to need no index."""
        cursor, pattern = 0, f"*{learner_id}*"
        while True:
            found = await self._access.attempt(partial(self._redis.scan, cursor, match=pattern, count=_SCANNED_KEYS))
            if found is None:
                return
            cursor, keys = found
            await self.forget(*keys)
            if cursor == 0:
                return
