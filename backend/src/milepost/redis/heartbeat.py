"""The worker's heartbeat in Redis: a job writes it, the readiness probe reads it. A hint, never a record."""

from datetime import datetime, timedelta

from redis.asyncio import Redis

_KEY = "milepost:worker:seen_at"
_KEPT_SECONDS = 86_400
_LATE_AFTER = timedelta(seconds=60)


async def send_heartbeat(redis: Redis, now: datetime) -> None:
    """Record that a worker is alive at `now` (aware).

    Raises:
        redis.RedisError, OSError: Redis is unreachable.
    """
    await redis.set(_KEY, now.isoformat(), ex=_KEPT_SECONDS)


async def last_heartbeat_at(redis: Redis) -> datetime | None:
    """When a worker sent its last heartbeat; None if there was none for a day.

    Raises:
        redis.RedisError, OSError: Redis is unreachable.
    """
    value = await redis.get(_KEY)
    return datetime.fromisoformat(value.decode() if isinstance(value, bytes) else value) if value else None


def is_late(beat_at: datetime | None, now: datetime) -> bool:
    """Whether the next heartbeat is overdue. One ahead of `now` was sent before the clock was set back."""
    return beat_at is None or not -_LATE_AFTER <= now - beat_at <= _LATE_AFTER
