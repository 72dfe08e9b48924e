"""HTTP/1.1 as the API accepts it: which requests reach the application, and how much a connection may hold or wait.

The parser (llhttp) refuses what is not HTTP; uvicorn queues requests and sends answers. What is refused here becomes a
request with a refusal in its scope: the application answers it in its turn, like any other (decision 48).
"""

import asyncio
import re
from dataclasses import dataclass, field
from http import HTTPStatus

import httptools
import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from milepost.app import REFUSAL, TRANSPORT

MAX_UNANSWERED = 16
"""Requests of a connection that may wait for their answers. Browsers send one at a time."""
MAX_LOOSE_BYTES = 65_536
"""Bytes that may arrive without completing a head or adding to a body: heads, trailers, chunk extensions."""
MAX_HEADERS = 100
MAX_TRAILERS = 100
MAX_TARGET_BYTES = 8_192
MAX_PIECES = 20_000
"""Pieces of a body. Chunks of one byte would cost the loop seconds."""
_MIN_READ_BYTES = 4_096
_HOST = re.compile(rb"([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{0,5})?")
_VERSIONS = ("1.1", "1.0")


@dataclass(frozen=True, slots=True)
class Limits:
    """What the settings allow, and the connections of this process that wait for their clients, longest first."""

    head_seconds: float
    stall_seconds: float
    skipped_bytes: int
    connections: int
    waiting: "dict[Protocol, None]" = field(default_factory=dict, repr=False)


class _Refusal(Exception):
    """Raised in a callback of the parser, which stops there. `has_head`: the head was complete."""

    def __init__(self, code: str, *, has_head: bool = False) -> None:
        self.code = code
        self.has_head = has_head
        super().__init__(code)


class Protocol(HttpToolsProtocol):
    """One connection. A subclass sets `limits`.

    The routes limit the time of a body until they answer; the rest of a body must then arrive as fast as a head.
    """

    limits: Limits
    _deadline: asyncio.TimerHandle | None = None
    _stall: asyncio.TimerHandle | None = None
    _running: RequestResponseCycle | None = None
    _in_head = False
    _in_body = False
    _is_over = False
    """Nothing more is read: the connection ends with the last answer that is due."""
    _loose_bytes = 0
    _skipped_bytes = 0
    _trailers = 0
    _pieces = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override] # as in the base
        """Start the deadline of the first head. If the process is full, the longest wait for a client ends."""
        super().connection_made(transport)
        if len(self.connections) > self.limits.connections:
            longest = next(iter(self.limits.waiting), None)
            if longest is None:
                self._write_problem("overloaded", 503, "Too many connections are open; try again.")
                return
            longest.make_room()
        self._await_head()

    def make_room(self) -> None:
        """End a connection that waits for its client."""
        self._proceed()
        if self.transport.get_write_buffer_size():
            self.transport.abort()
        elif self._in_body and not self.cycle.response_started:
            self._end_body("overloaded", 503, "The body took too long for a full process; try again.")
        else:
            self._close()

    def connection_lost(self, exc: Exception | None) -> None:
        """Cancel the deadlines, and tell every request of the connection, not only the newest, that its client left."""
        self._proceed()
        self._cancel_deadline()
        if self._stall is not None:
            self._stall.cancel()
        for cycle in (self._running, *(cycle for cycle, _ in self.pipeline)):
            if cycle is not None and not cycle.response_complete:
                cycle.disconnected = True
                cycle.message_event.set()
        self.pipeline.clear()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse what has arrived, up to the first fault."""
        if self._is_over:
            return
        self._unset_keepalive_if_required()
        self._loose_bytes += len(data)
        try:
            self.parser.feed_data(data)
            if self._loose_bytes > MAX_LOOSE_BYTES:
                self._refuse(_Refusal("bad_request" if self._in_body else "head_too_large"))
        except httptools.HttpParserUpgrade:
            # The request has been served as if it had not asked. What follows may be another protocol.
            self._is_over = True
        except httptools.HttpParserError as error:
            refusal = error.__context__
            self._refuse(refusal if isinstance(refusal, _Refusal) else _Refusal("bad_request"))

    def on_message_begin(self) -> None:
        """Lend the application the transport: a stream must know what its reader has not read."""
        super().on_message_begin()
        self._in_head = True
        self.scope["extensions"] = {TRANSPORT: {"transport": self.transport}}

    def on_url(self, url: bytes) -> None:
        """Part of the target of the request."""
        super().on_url(url)
        if len(self.url) > MAX_TARGET_BYTES:
            raise _Refusal("address_too_long")

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header. Trailers are dropped: nothing after a body may say who sent it or how to read it."""
        if self._in_body:
            self._trailers += 1
            if self._trailers > MAX_TRAILERS:
                raise _Refusal("bad_request")
            return
        super().on_header(name, value)
        if len(self.headers) > MAX_HEADERS:
            raise _Refusal("head_too_large")

    def on_headers_complete(self) -> None:
        """The head is complete. A request that is refused never reaches its route."""
        self._cancel_deadline()
        if self._unanswered() >= MAX_UNANSWERED:
            raise _Refusal("pipeline_too_long", has_head=True)
        if not self._is_clear():
            raise _Refusal("bad_request", has_head=True)
        self._in_head = False
        self._in_body = True
        self._loose_bytes = self._skipped_bytes = self._trailers = self._pieces = 0
        self._open_cycle()
        if self.parser.should_upgrade():
            self.cycle.keep_alive = False

    def on_body(self, body: bytes) -> None:
        """Part of a body."""
        self._loose_bytes = 0
        self._pieces += 1
        if self._pieces > MAX_PIECES:
            raise _Refusal("bad_request")
        if self.cycle.response_complete:
            self._skipped_bytes += len(body)
            if self._skipped_bytes > self.limits.skipped_bytes:
                raise _Refusal("body_too_large")
        super().on_body(body)

    def on_message_complete(self) -> None:
        """The body is complete: from here, the client waits."""
        self._in_body = False
        self._loose_bytes = 0
        if not self.cycle.response_complete:
            self._proceed()
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Start the deadline of the next head, unless it has already arrived."""
        if self.pipeline:
            self._running = self.pipeline[-1][0]
        super().on_response_complete()
        if self.transport.is_closing():
            self._watch_reader()
        elif self.cycle.response_complete:
            self._await_head()

    def pause_writing(self) -> None:
        """The client does not read fast enough: wait for it, but not for ever."""
        super().pause_writing()
        self._wait()
        self._watch_reader()

    def resume_writing(self) -> None:
        """The client has read."""
        super().resume_writing()
        if self._unanswered():
            self._proceed()
        if self._stall is not None and not self.transport.is_closing():
            self._stall.cancel()
            self._stall = None

    def timeout_keep_alive_handler(self) -> None:
        """The connection was idle for too long."""
        self._close()

    def _unanswered(self) -> int:
        running = self._running is not None and not self._running.response_complete
        return len(self.pipeline) + running

    def _is_clear(self) -> bool:
        """Whether everybody who reads this head reads the same request (RFC 9112, sections 3.2, 6 and 7.1)."""
        version = self.parser.get_http_version()
        hosts = [value.strip() for name, value in self.headers if name == b"host"]
        codings = [value.strip().lower() for name, value in self.headers if name == b"transfer-encoding"]
        if version not in _VERSIONS or len(hosts) > 1 or (not hosts and version == "1.1"):
            return False
        if hosts and not _HOST.fullmatch(hosts[0]):
            return False
        if codings and (codings != [b"chunked"] or version != "1.1"):
            return False
        if version == "1.0":
            self.expect_100_continue = False
        if self.parser.should_upgrade() and (self.parser.get_method() == b"CONNECT" or self._has_body()):
            return False
        return self._has_clear_target(hosts)

    def _has_clear_target(self, hosts: list[bytes]) -> bool:
        if b"#" in self.url:
            return False
        if self.url[:1] == b"/":
            return True
        if self.url == b"*":
            return self.parser.get_method() == b"OPTIONS"
        authority = self.url.partition(b"://")[2].partition(b"/")[0].partition(b"?")[0]
        return not hosts or authority.lower() == hosts[0].lower()

    def _has_body(self) -> bool:
        return any(
            name == b"transfer-encoding" or (name == b"content-length" and value.strip(b"0 "))
            for name, value in self.headers
        )

    def _open_cycle(self) -> None:
        """Start the request, or queue it behind those of the connection that are not answered yet."""
        is_first = not self._unanswered()
        super().on_headers_complete()
        if is_first:
            self._running = self.cycle

    def _refuse(self, refusal: _Refusal) -> None:
        """Answer a refusal after everything that came before it, and end the connection."""
        self._is_over = True
        self._cancel_deadline()
        self._proceed()
        if self._in_body:
            self._refuse_body(refusal.code)
            return
        if not refusal.has_head:
            super().on_message_begin()
        self.url = b"/"
        self.scope["extensions"] = {REFUSAL: {"code": refusal.code}}
        self._open_cycle()
        if not refusal.has_head:
            self.scope["method"] = "-"
        self.cycle.keep_alive = self.cycle.more_body = False
        # Drop what is still coming. Closing with unread bytes would reset the connection, and the answers with it.
        self.flow.resume_reading()

    def _refuse_body(self, code: str) -> None:
        if self.pipeline and self.pipeline[0][0] is self.cycle:
            self.scope["extensions"] = {REFUSAL: {"code": code}}
            self.cycle.keep_alive = self.cycle.more_body = False
        elif self.cycle.response_started:
            self._close()
        else:
            self._end_body(code, 400, "The body is not framed as HTTP says.")

    def _end_body(self, code: str, status: int, detail: str) -> None:
        """Answer in place of the application, which waits for the body; it is told that the client left."""
        self.cycle.disconnected = True
        self.cycle.message_event.set()
        self._write_problem(code, status, detail)

    def _wait(self) -> None:
        self.limits.waiting.pop(self, None)
        self.limits.waiting[self] = None

    def _proceed(self) -> None:
        self.limits.waiting.pop(self, None)

    def _await_head(self) -> None:
        self._wait()
        self._cancel_deadline()
        self._deadline = self.loop.call_later(self.limits.head_seconds, self._on_deadline)

    def _cancel_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _on_deadline(self) -> None:
        self._deadline = None
        if self._in_head:
            self._refuse(_Refusal("head_timeout"))
        else:
            self._close()

    def _watch_reader(self) -> None:
        """Give the client time to read what has been sent."""
        unread_bytes = self.transport.get_write_buffer_size()
        if unread_bytes and self._stall is None:
            self._stall = self.loop.call_later(self.limits.stall_seconds, self._on_stall, unread_bytes)

    def _on_stall(self, unread_bytes: int) -> None:
        self._stall = None
        if unread_bytes - self.transport.get_write_buffer_size() < _MIN_READ_BYTES:
            self.transport.abort()
        else:
            self._watch_reader()

    def _close(self) -> None:
        """Close the connection; a client that does not read the rest cannot keep it."""
        self._is_over = True
        self._cancel_deadline()
        self.transport.close()
        self._watch_reader()

    def _write_problem(self, code: str, status: int, detail: str) -> None:
        """Answer without the application, and hang up."""
        title = HTTPStatus(status).phrase
        members = {"type": "about:blank", "title": title, "status": status, "detail": detail, "code": code}
        body = orjson.dumps({**members, "request_id": ""})
        head = [f"HTTP/1.1 {status} {title}", "content-type: application/problem+json", f"content-length: {len(body)}"]
        head += ["retry-after: 1"] if status == HTTPStatus.SERVICE_UNAVAILABLE else []
        self.transport.write("\r\n".join([*head, "connection: close", "", ""]).encode() + body)
        self._close()


def protocol(limits: Limits) -> type[Protocol]:
    """The protocol of a process with these limits."""

    class Limited(Protocol):
        pass

    Limited.limits = limits
    return Limited
