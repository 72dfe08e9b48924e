"""The shared cache when Redis hangs, dies and returns: only one call waits, none fails, and the cache reconnects."""

import asyncio
import socket
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
from redis.asyncio import Redis

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
async def killable(tmp_path: Path) -> AsyncIterator[tuple[BreakableRedis, RedisAccess, SharedCache]]:
    """A Redis that the test may kill, and a cache that uses it."""
    server = BreakableRedis(tmp_path)
    redis = Redis.from_url(server.url)
    access = RedisAccess(redis, 0.2)
    yield server, access, SharedCache(redis, access)
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


async def test_R05_a_silent_redis_is_waited_for_once(silent_port: int) -> None:
    redis = Redis(host="127.0.0.1", port=silent_port)
    access = RedisAccess(redis, 0.2)
    cache = SharedCache(redis, access)
    for number in range(20):
        assert await cache.recall("quick", f"key {number}") is None
        await cache.keep(f"key {number}", b"value", 60)
        assert access.is_unreachable
    assert (access.faults, cache.misses["quick"], cache.hits["quick"]) == (1, 20, 0)
    await access.close()
    await redis.aclose()


async def test_R04_a_redis_that_dies_and_returns_is_found_again(
    killable: tuple[BreakableRedis, RedisAccess, SharedCache],
) -> None:
    server, access, cache = killable
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
    assert (access.faults, cache.hits["quick"], cache.misses["quick"]) == (1, 2, 2)
