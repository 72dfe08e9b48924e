"""Server-sent events (WHATWG HTML, 9.2) of one stream, in their order, until it ends.

An event's id is the place that a client resumes after. A hint follows the notices of its commit; its id is the place
after them, the same in every process, so a client that resumes gets each notice once and no hint twice.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import orjson
import structlog

from milepost.api.live.transport import Transport
from milepost.api.notices.serializers import notice_shape
from milepost.errors import Unavailable
from milepost.queries.live import LiveState, LiveStream, LiveStreams
from milepost.rules.live import parts_changed
from milepost.rules.notices.notice_id import NoticeId
from milepost.settings import Settings

log = structlog.get_logger(__name__)

HEARTBEAT = b": heartbeat\n\n"
RETRY_MILLISECONDS = 2_000
MAX_UNREAD_BYTES = 32_768
"""That wait in the process for a reader, beside the notices read for it and not yet sent (`queries.live.MAX_BYTES`)."""
_UNREAD_POLL_SECONDS = 0.05
_DATABASE_RETRY_SECONDS = 2.0

EndReason = Literal["lifetime", "token_expired", "shutting_down", "learner_gone"]
ResetReason = Literal["unknown_id", "too_old"]


class _TooSlow(Exception):
    """The reader leaves its data unread."""


class _Ended(Exception):
    """The stream has ended for this reason; the client may reconnect."""

    def __init__(self, reason: EndReason) -> None:
        super().__init__(reason)
        self.reason = reason


def event(name: str, content: object, place: NoticeId | None = None) -> bytes:
    """One event. Its data is one line: JSON has no line breaks."""
    place_line = b"" if place is None else f"id: {place}\n".encode()
    return place_line + f"event: {name}\ndata: ".encode() + orjson.dumps(content) + b"\n\n"


def opening(place: NoticeId) -> bytes:
    """The first bytes: how soon to reconnect, and the place to resume from before any event has come."""
    return f"retry: {RETRY_MILLISECONDS}\nid: {place}\n\n".encode()


def reset_reason(position: NoticeId, state: LiveState, oldest_kept_at: datetime) -> ResetReason | None:
    """Why a stream cannot resume after `position`, if it cannot: what it missed is unknown or deleted.

    `oldest_kept_at`: notices from before may be deleted.
    """
    if position.revision > state.place.revision:
        return "unknown_id"
    if state.notices and state.notices[0].created_at < oldest_kept_at:
        return "too_old"
    return None


@dataclass(frozen=True, slots=True)
class StreamEnd:
    """When a stream ends at the latest. `expires_at`: its token; `closes_at`: its connection, by the loop's clock."""

    now: Callable[[], datetime]
    expires_at: datetime
    closes_at: float

    def reason(self) -> EndReason | None:
        """Why the stream ends now, if it does."""
        if self.now() >= self.expires_at:
            return "token_expired"
        return "lifetime" if asyncio.get_running_loop().time() >= self.closes_at else None

    def seconds_left(self) -> float:
        """Seconds until then."""
        lifetime = self.closes_at - asyncio.get_running_loop().time()
        return max(min(lifetime, (self.expires_at - self.now()) / timedelta(seconds=1)), 0.0)


class EventStream:
    """The body of one response."""

    def __init__(self, streams: LiveStreams, stream: LiveStream, end: StreamEnd, transport: Transport) -> None:
        self._streams = streams
        self._stream = stream
        self._end = end
        self._transport = transport

    async def events(self, first: bytes, state: LiveState, settings: Settings) -> AsyncIterator[bytes]:
        """`first`, then what `state` and later states have for the stream, at the pace of the reader."""
        try:
            yield first
            while True:
                for content in self._news(state):
                    yield await self._paced(content, settings.stream_stall_seconds)
                reading = asyncio.create_task(self._next_state(is_due=state.more))
                try:
                    while not (await asyncio.wait({reading}, timeout=settings.stream_heartbeat_seconds))[0]:
                        yield await self._paced(HEARTBEAT, settings.stream_stall_seconds)
                    state = reading.result()
                finally:
                    reading.cancel()
        except _Ended as end:
            yield event("reconnect", {"reason": end.reason})
            if self._transport.get_write_buffer_size():
                self._transport.abort()
        except _TooSlow:
            log.info("stream_cut", unread_bytes=self._transport.get_write_buffer_size())
            self._transport.abort()

    def _news(self, state: LiveState) -> Iterator[bytes]:
        """The notices of a state, then the hint that follows them, unless the client has it."""
        stream = self._stream
        for row in state.notices:
            stream.position = row.id
            yield event("notice", notice_shape(row), row.id)
        if not state.more and state.place > stream.position:
            stream.position = state.place
            revision = state.place.revision
            hint = {"revision": revision, "parts": parts_changed(stream.hinted, revision, stream.recorded)}
            stream.hinted = revision
            stream.recorded = {later for later in stream.recorded if later > revision}
            yield event("activity", hint, state.place)

    async def _next_state(self, *, is_due: bool) -> LiveState:
        """The next state: at once if it `is_due`, else when the stream is rung. Waits for a database that is down.

        Raises:
            _Ended: the stream has ended meanwhile.
        """
        if not is_due:
            await self._stream.wait(self._end.seconds_left())
        while True:
            reason: EndReason | None = "shutting_down" if self._streams.is_draining else self._end.reason()
            if reason is not None:
                raise _Ended(reason)
            try:
                state = await self._streams.read(self._stream)
            except Unavailable:
                await self._stream.wait(min(_DATABASE_RETRY_SECONDS, self._end.seconds_left()))
                continue
            if state is None:
                raise _Ended("learner_gone")
            return state

    async def _paced(self, content: bytes, stall_seconds: float) -> bytes:
        """The content, once it fits: at most `MAX_UNREAD_BYTES` ever wait for a reader.

        Raises:
            _TooSlow: the reader has not taken what waits for it in time.
        """
        unread = self._transport.get_write_buffer_size
        if unread() + len(content) <= MAX_UNREAD_BYTES:
            return content
        loop = asyncio.get_running_loop()
        deadline = loop.time() + stall_seconds
        while unread() and unread() + len(content) > MAX_UNREAD_BYTES:
            if loop.time() >= deadline or self._streams.is_draining:
                raise _TooSlow
            await asyncio.sleep(_UNREAD_POLL_SECONDS)
        return content
