"""The shared cache when Redis hangs, dies and returns: only one call waits, none fails, and the cache reconnects."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

from milepost.metrics import Metrics
from milepost.redis.access import RedisAccess
from milepost.redis.shared_cache import SharedCache
from support.fault_servers import BreakableRedis


@pytest.fixture
def silent_port() -> Iterator[int]:
    """A port that accepts connections and never answers."""
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        listening.listen(64)
        yield int(listening.getsockname()[1])


@pytest.fixture
async def killable(tmp_path: Path) -> AsyncIterator[tuple[BreakableRedis, RedisAccess, SharedCache, Metrics]]:
    """A Redis that the test may kill, a cache that uses it, and what they count."""
    server = BreakableRedis(tmp_path)
    redis = Redis.from_url(server.url)
    metrics = Metrics()
    access = RedisAccess(redis, 0.2, metrics)
    yield server, access, SharedCache(redis, access, metrics), metrics
    await access.close()
    await redis.aclose()
    server.end()


async def reconnected(access: RedisAccess) -> None:
    """Wait until the process has reconnected to Redis."""
    for _ in range(600):
        if not access.is_unreachable:
            return
        await asyncio.sleep(0.05)
    raise AssertionError("Redis was not found again")


def _counted(metrics: Metrics) -> tuple[float, float, float]:
    """Faults, misses and hits."""
    return (
        metrics.value("milepost_shared_cache_faults_total"),
        metrics.value("milepost_cache_misses_total", cache="quick"),
        metrics.value("milepost_cache_hits_total", cache="quick"),
    )


async def test_R05_a_silent_redis_is_waited_for_once(silent_port: int) -> None:
    redis = Redis(host="127.0.0.1", port=silent_port)
    metrics = Metrics()
    access = RedisAccess(redis, 0.2, metrics)
    cache = SharedCache(redis, access, metrics)
    for number in range(20):
        assert await cache.recall("quick", f"key {number}") is None
        await cache.keep(f"key {number}", b"value", 60)
        assert access.is_unreachable
    assert _counted(metrics) == (1, 20, 0)
    await access.close()
    await redis.aclose()


async def test_R04_a_redis_that_dies_and_returns_is_found_again(
    killable: tuple[BreakableRedis, RedisAccess, SharedCache, Metrics],
) -> None:
    server, access, cache, metrics = killable
    await cache.keep("key", b"value", 60)
    assert await cache.recall("quick", "key") == b"value"
    server.kill()
    assert await cache.recall("quick", "key") is None
    await cache.keep("key", b"value", 60)
    assert access.is_unreachable
    server.start()
    await reconnected(access)
    assert await cache.recall("quick", "key") is None, "Redis must come back empty"
    await cache.keep("key", b"another", 60)
    assert await cache.recall("quick", "key") == b"another"
    assert _counted(metrics) == (1, 2, 2)
