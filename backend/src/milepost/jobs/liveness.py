"""The worker says that it is alive, so that the readiness probe and `milepost worker --check` can tell."""

from milepost.redis.heartbeat import beat
from milepost.resources import Resources


async def say_alive(held: Resources) -> None:
    """Write the sign of life."""
    await beat(held.redis, held.clock.now())
