"""The worker's sign of life in Redis: written by a job, read by the readiness probe. A hint, never a record."""

from datetime import datetime

from redis.asyncio import Redis

_KEY = "milepost:worker:seen_at"
LIFETIME_SECONDS = 180
"""A worker that has been silent this long is not running."""


async def beat(redis: Redis, now: datetime) -> None:
    """Say that a worker is alive at `now` (aware).

    Raises:
        redis.RedisError, OSError: Redis is out of reach.
    """
    await redis.set(_KEY, now.isoformat(), ex=LIFETIME_SECONDS)


async def last_beat_at(redis: Redis) -> datetime | None:
    """When a worker was last alive; None when none has been for `LIFETIME_SECONDS`.

    Raises:
        redis.RedisError, OSError: Redis is out of reach.
    """
    said = await redis.get(_KEY)
    return datetime.fromisoformat(said.decode() if isinstance(said, bytes) else said) if said else None
