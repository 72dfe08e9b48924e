"""The bell: one Redis channel on which processes tell each other which learners a commit has changed.

An entry is a learner and the revision that activities alone gave it, or 0 after any other write. A hint, never a
record: a message may be lost, so listeners also ask the database now and then. Committing never waits for Redis. The
commits of a few milliseconds share a message.
"""

import asyncio
import struct
from collections.abc import Awaitable, Callable, Iterable
from uuid import UUID

import structlog
from redis.asyncio import Redis
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)

CHANNEL = "milepost:changed"
_ENTRY = struct.Struct(">16sQ")
_GATHER_SECONDS = 0.02
_RETRY_SECONDS = 1.0
_PING_SECONDS = 2.0
_MAX_ENTRIES = 2_000
"""In one message. A message without entries stands for more than that, and for messages that were lost."""
FAULTS = (RedisError, OSError, TimeoutError)

Rung = Callable[[UUID, int], None]


class Bell:
    """One process's end of the channel. `ring` publishes, `listen` subscribes."""

    def __init__(self, redis: Redis, url: str, timeout_seconds: float) -> None:
        self._redis = redis
        self._url = url
        self._timeout_seconds = timeout_seconds
        self._pending: set[tuple[UUID, int]] = set()
        self._is_everyone = False
        self._publishing: asyncio.Task[None] | None = None

    def ring(self, changes: Iterable[tuple[UUID, int]]) -> None:
        """Announce what a commit has changed: entries of learner and revision."""
        pending = self._pending
        pending.update(changes)
        if len(pending) > _MAX_ENTRIES:
            self._announce_everyone()
        if self._publishing is None and (pending or self._is_everyone):
            self._publishing = asyncio.create_task(self._publish(), name="bell")

    async def listen(self, rung: Rung, rung_for_all: Callable[[], None], connected: Callable[[], None]) -> None:
        """Call `rung` for each entry announced, until the connection fails.

        `connected`: the subscription is in force, also again after a break; earlier messages may have been missed.

        Raises:
            redis.RedisError, OSError, TimeoutError: Redis is unreachable or does not answer.
        """
        subscriber = Redis.from_url(self._url, socket_connect_timeout=self._timeout_seconds)
        try:
            async with subscriber.pubsub() as channel:
                await channel.subscribe(CHANNEL)
                is_pong_due = False
                while True:
                    message = await channel.get_message(timeout=_PING_SECONDS)
                    if message is None:
                        if is_pong_due:
                            raise TimeoutError("Redis does not answer")
                        await channel.ping()
                        is_pong_due = True
                        continue
                    is_pong_due = False
                    if message["type"] == "subscribe":
                        connected()
                    elif message["type"] == "message":
                        _hand_out(message["data"], rung, rung_for_all)
        finally:
            await subscriber.aclose()

    async def close(self) -> None:
        """Stop publishing."""
        if self._publishing is not None:
            self._publishing.cancel()
            await asyncio.wait({self._publishing})

    def _announce_everyone(self) -> None:
        self._pending.clear()
        self._is_everyone = True

    async def _publish(self) -> None:
        """Publish until nothing is pending. While Redis is unreachable, try again once a second."""
        is_away = False
        try:
            while self._pending or self._is_everyone:
                await asyncio.sleep(_RETRY_SECONDS if is_away else _GATHER_SECONDS)
                content = b"" if self._is_everyone else _content(self._pending)
                self._pending.clear()
                self._is_everyone = False
                is_away = not await self._sent(content)
                if is_away:
                    self._announce_everyone()
        finally:
            self._publishing = None

    async def _sent(self, content: bytes) -> bool:
        publishing: Awaitable[int] = self._redis.publish(CHANNEL, content)
        try:
            async with asyncio.timeout(self._timeout_seconds):
                await publishing
        except FAULTS as fault:
            log.debug("bell_away", reason=f"{type(fault).__name__}: {fault}")
            return False
        return True


def _content(entries: Iterable[tuple[UUID, int]]) -> bytes:
    return b"".join(_ENTRY.pack(learner_id.bytes, revision) for learner_id, revision in entries)


def _hand_out(content: bytes, rung: Rung, rung_for_all: Callable[[], None]) -> None:
    """A message that is not whole entries comes from another version; it stands for everyone."""
    if not content or len(content) % _ENTRY.size:
        rung_for_all()
        return
    for learner_id, revision in _ENTRY.iter_unpack(content):
        rung(UUID(bytes=learner_id), revision)
