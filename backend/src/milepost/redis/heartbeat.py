"""The worker's heartbeat in Redis: a job writes it, the readiness probe reads it. A hint, never a record."""

from datetime import datetime

from redis.asyncio import Redis

_KEY = "milepost:worker:seen_at"
LIFETIME_SECONDS = 180
"""A worker without a heartbeat for this long counts as not running."""


async def send_heartbeat(redis: Redis, now: datetime) -> None:
    """Record that a worker is alive at `now` (aware).

    Raises:
        redis.RedisError, OSError: Redis is unreachable.
    """
    await redis.set(_KEY, now.isoformat(), ex=LIFETIME_SECONDS)


async def last_heartbeat_at(redis: Redis) -> datetime | None:
    """When a worker sent its last heartbeat; None if there was none for `LIFETIME_SECONDS`.

    Raises:
        redis.RedisError, OSError: Redis is unreachable.
    """
    value = await redis.get(_KEY)
    return datetime.fromisoformat(value.decode() if isinstance(value, bytes) else value) if value else None
