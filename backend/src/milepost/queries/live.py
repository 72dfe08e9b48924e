"""The open live streams of this process: which learners they are for, and when one has something to read.

Streams are woken by the bell (`redis/bell.py`); while Redis is unreachable, one statement every two seconds asks for
the revisions of all learners with a stream. A stream then reads what it lacks from the tables, so a message that is
lost, late or doubled changes nothing. No connection of a pool is in use while nothing happens.
"""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog

from milepost.db.database import Database
from milepost.errors import Unavailable
from milepost.queries.notices import NoticeRow, notices_after
from milepost.redis.bell import FAULTS, Bell
from milepost.rules.notices.notice_id import NoticeId
from milepost.settings import Settings

log = structlog.get_logger(__name__)

MAX_NOTICES = 20
"""Read at a time by one stream."""
MAX_BYTES = 24_576
"""Of notices that one stream holds until its reader takes them. One notice may be larger."""
_READERS = 2
_CHECK_SECONDS = 10.0
"""How often the table is asked while Redis works: the longest delay after a lost message."""
_RETRY_SECONDS = 1.0
_MAX_RECORDED = 100
"""Revisions that a stream remembers as those of activities; a hint after more of them names every part."""

_REVISIONS = "SELECT learner_id, revision FROM learners WHERE learner_id = ANY($1::uuid[])"
# Notices of a revision are committed with it, so a place after them is the place of the revision itself.
_STATE = """
SELECT CASE WHEN l.erasing_at IS NULL THEN coalesce(l.revision, 0) ELSE -1 END,
    coalesce((SELECT max(o.n) + 1 FROM notices o WHERE o.learner_id = k.id AND o.revision = l.revision), 0),
    coalesce(q.quiet, false)
FROM (SELECT $1::uuid AS id) k LEFT JOIN learners l ON l.learner_id = k.id LEFT JOIN profiles q ON q.learner_id = k.id
"""


@dataclass(frozen=True, slots=True)
class LiveState:
    """What a learner's tables have for a stream. `place`: the id after all notices of the current revision.

    `notices`: the oldest ones after the stream's position, at most `MAX_NOTICES` and `MAX_BYTES`; `more`: there are
    others.
    """

    place: NoticeId
    notices: Sequence[NoticeRow]
    more: bool


class LiveStream:
    """One open stream. `position` is the id of the last event sent; `revision` the learner's, as last read.

    `hinted`: the revision of the last hint. `recorded`: later revisions known to be those of activities.
    """

    def __init__(self, learner_id: UUID) -> None:
        self.learner_id = learner_id
        self.position = NoticeId(0, 0)
        self.revision = 0
        self.hinted = 0
        self.recorded: set[int] = set()
        self._rung = asyncio.Event()

    def ring(self, revision: int = 0) -> None:
        """Wake the stream: the learner may have changed. `revision`: a commit of activities gave it, if not 0."""
        if revision and len(self.recorded) < _MAX_RECORDED:
            self.recorded.add(revision)
        self._rung.set()

    async def wait(self, seconds: float) -> bool:
        """Wait until the stream is rung, at most `seconds`; whether it was."""
        try:
            async with asyncio.timeout(seconds):
                await self._rung.wait()
        except TimeoutError:
            return False
        self._rung.clear()
        return True


class LiveStreams:
    """The open streams of this process and what wakes them."""

    def __init__(self, database: Database, bell: Bell, settings: Settings) -> None:
        self._database = database
        self._bell = bell
        self._settings = settings
        self._loop = asyncio.get_running_loop()
        self._streams: defaultdict[UUID, set[LiveStream]] = defaultdict(set)
        self._tasks: list[asyncio.Task[None]] = []
        self._readers = asyncio.Semaphore(_READERS)
        self._check_due = asyncio.Event()
        self._is_listening = False
        self.is_draining = False
        self.count = 0

    def open(self, learner_id: UUID) -> LiveStream:
        """Open a stream of a learner; `leave` closes it.

        Raises:
            Unavailable: `too_many_streams` of this learner, `overloaded` with streams, or `shutting_down`.
        """
        settings = self._settings
        if self.is_draining:
            raise Unavailable("shutting_down", "The service is shutting down.")
        if len(self._streams.get(learner_id, ())) >= settings.streams_per_learner:
            detail = f"{settings.streams_per_learner} streams of this learner are already open."
            raise Unavailable("too_many_streams", detail, 10)
        if self.count >= settings.streams_per_process:
            raise Unavailable("overloaded", "Too many streams are open; try again later.", 10)
        if not self._tasks:
            self._tasks = [
                asyncio.create_task(self._listen(), name="live-listen"),
                asyncio.create_task(self._check_regularly(), name="live-check"),
            ]
        stream = LiveStream(learner_id)
        self._streams[learner_id].add(stream)
        self.count += 1
        return stream

    def leave(self, stream: LiveStream) -> None:
        """Forget a stream. Safe to call twice."""
        streams = self._streams.get(stream.learner_id, set())
        if stream in streams:
            streams.remove(stream)
            self.count -= 1
        if not streams:
            self._streams.pop(stream.learner_id, None)

    async def read(self, stream: LiveStream) -> LiveState | None:
        """What the learner's tables have after the stream's position. None if the learner is gone.

        Raises:
            Unavailable: the database is unreachable.
        """
        async with self._readers, self._database.snapshot() as connection:
            revision, n, is_quiet = await connection.fetchrow(_STATE, stream.learner_id)
            if revision < stream.revision:
                return None
            stream.revision = revision
            notices: Sequence[NoticeRow] = ()
            if not is_quiet and (revision, n) > stream.position:
                notices = await notices_after(connection, stream.learner_id, stream.position, MAX_NOTICES + 1)
        held = _first_that_fit(notices)
        return LiveState(NoticeId(revision, n), held, len(held) < len(notices))

    def drain(self) -> None:
        """End all streams and open no more. May be called by a signal handler."""
        self.is_draining = True
        self._loop.call_soon_threadsafe(self._ring_all)

    async def close(self) -> None:
        """Stop what wakes the streams."""
        self.is_draining = True
        self._ring_all()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _ring_all(self) -> None:
        for streams in self._streams.values():
            for stream in streams:
                stream.ring()

    def _ring(self, learner_id: UUID, revision: int) -> None:
        for stream in self._streams.get(learner_id, ()):
            stream.ring(revision)

    def _connected(self) -> None:
        self._is_listening = True
        self._check_due.set()

    async def _listen(self) -> None:
        """Listen to the bell, and return to it whenever the connection fails."""
        while True:
            try:
                await self._bell.listen(self._ring, self._check_due.set, self._connected)
            except FAULTS as fault:
                if self._is_listening:
                    log.warning("live_without_redis", reason=f"{type(fault).__name__}: {fault}")
                self._is_listening = False
                self._check_due.set()
            await asyncio.sleep(_RETRY_SECONDS)

    async def _check_regularly(self) -> None:
        while True:
            seconds = _CHECK_SECONDS if self._is_listening else self._settings.stream_poll_seconds
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await self._check_due.wait()
            self._check_due.clear()
            if self._streams:
                try:
                    await self._check()
                except Unavailable as fault:
                    log.debug("live_check_failed", reason=fault.detail)

    async def _check(self) -> None:
        """Ring the streams whose learners have another revision than they have read."""
        async with self._readers, self._database.read() as connection:
            rows = await connection.fetch(_REVISIONS, list(self._streams))
        revisions: dict[UUID, int] = dict(rows)
        for learner_id, streams in self._streams.items():
            for stream in streams:
                if stream.revision != revisions.get(learner_id, 0):
                    stream.ring()


def _first_that_fit(notices: Sequence[NoticeRow]) -> Sequence[NoticeRow]:
    """The first notices within the limits of a stream, at least one if there is any."""
    total = 0
    for number, notice in enumerate(notices[:MAX_NOTICES]):
        total += notice.size
        if number and total > MAX_BYTES:
            return notices[:number]
    return notices[:MAX_NOTICES]
