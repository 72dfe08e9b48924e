"""Access to Redis that hardly delays a request while Redis is slow or unreachable.

After one slow or failed access nothing is sent to Redis until a background probe succeeds, so only one request waits,
up to the timeout.
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

from milepost.metrics import Metrics

log = structlog.get_logger(__name__)

T = TypeVar("T")

_PROBE_INTERVAL_SECONDS = 1.0


class RedisAccess:
    """One process's access to Redis."""

    def __init__(self, redis: Redis, timeout_seconds: float, metrics: Metrics) -> None:
        self._redis = redis
        self._timeout_seconds = timeout_seconds
        self._probe: asyncio.Task[None] | None = None
        self._faults = metrics.shared_cache_faults

    @property
    def is_unreachable(self) -> bool:
        """Whether the last access failed and no probe has succeeded since."""
        return self._probe is not None

    async def attempt(self, command: Callable[[], Awaitable[T]]) -> T | None:
        """The result of a command to Redis; None if Redis is unreachable, fails, or is slower than the timeout."""
        if self.is_unreachable:
            return None
        try:
            async with asyncio.timeout(self._timeout_seconds):
                return await command()
        except (RedisError, OSError, TimeoutError) as fault:
            self._faults.inc()
            if self._probe is None:
                log.warning("shared_cache_away", reason=f"{type(fault).__name__}: {fault}")
                self._probe = asyncio.create_task(self._probe_until_reachable(), name="redis-probe")
            return None

    async def close(self) -> None:
        """Stop the probe."""
        if self._probe is not None:
            self._probe.cancel()
            await asyncio.wait({self._probe})

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
