"""The queue of jobs in Redis, in arq's form: the API adds a hint that a job is to run now, and the worker takes it.

The queue is no record: a job finds its work in the database, and the schedule runs it anyway.
"""

from datetime import UTC, datetime

import orjson
from arq.connections import ArqRedis
from redis.asyncio import Redis

QUEUE = "milepost:jobs"
_KEPT_SECONDS = 600
"""A hint that no worker takes for this long is dropped."""
_SINCE_EVER = datetime(1970, 1, 2, tzinfo=UTC)


def hint_name(job: str) -> str:
    """The name under which a hint starts a job, apart from the runs of the schedule."""
    return f"hint_{job}"


async def hint(redis: Redis, job: str) -> bool:
    """Ask the workers to run a job now. False if such a hint waits already.

    Raises:
        redis.RedisError, OSError, TimeoutError: Redis is unreachable.
    """
    queue = ArqRedis(
        redis.connection_pool, job_serializer=to_json, job_deserializer=from_json, default_queue_name=QUEUE
    )
    name = hint_name(job)
    # Due since ever: a worker whose clock is behind ours, or is set back, takes it all the same.
    return await queue.enqueue_job(name, _job_id=name, _expires=_KEPT_SECONDS, _defer_until=_SINCE_EVER) is not None


def to_json(content: dict[str, object]) -> bytes:
    """arq's serializer. Values without a JSON form (exceptions) become text."""
    return orjson.dumps(content, default=repr)


def from_json(content: bytes) -> dict[str, object]:
    """arq's deserializer.

    Raises:
        ValueError: the content is not a JSON object. A pickle, for example, is refused and never executed.
    """
    payload = orjson.loads(content)
    if not isinstance(payload, dict):
        raise ValueError("a job is a JSON object")
    return payload
