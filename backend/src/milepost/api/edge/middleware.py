"""The outermost layer of the application: what happens to every request before Quart and to every answer after it.

Gives the request its id, rewrites `/api/v1`, sets the headers every answer carries and writes the one line of the log.
Plain ASGI, because hooks inside the framework cost more than everything done here.
"""

import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from http import HTTPStatus
from itertools import count
from os import urandom

import orjson
import structlog
from werkzeug.exceptions import HTTPException

from milepost.api.edge.cors import Cors, Headers
from milepost.api.edge.problem_codes import CATALOGUE, MEDIA_TYPE
from milepost.api.edge.request_context import READ_HEADERS, AppState, RequestContext, begin
from milepost.log import request_logger

# What ASGI puts into these depends on their type; the specification, not Python's, says what.
Scope = MutableMapping[str, object]
Message = MutableMapping[str, object]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Inner = Callable[[Scope, Receive, Send], Awaitable[None]]

CLIENT_CLOSED = 499
"""Logged where the client left before the answer began; never sent."""

_ALIAS = "/api/v1/"
_ID_CHARACTERS = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
_MAX_ID = 64
_MAX_PATH = 200

_ALWAYS: Headers = [(b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer")]
_CACHE = (b"cache-control", b"no-store, private")
_POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
_OVER_TLS = (b"strict-transport-security", b"max-age=31536000")


def request_ids() -> Callable[[], str]:
    """Ids that are unique across processes and cheap: a random start of the process, then a count."""
    start, numbers = urandom(9).hex(), count(1)
    return lambda: f"{start}-{next(numbers):x}"


class Edge:
    """Wraps one application; see the module."""

    def __init__(self, inner: Inner, state: AppState) -> None:
        self._inner = inner
        self._state = state
        self._cors = Cors(state.settings.cors_origins) if state.settings.cors_origins else None
        self._next_id = request_ids()
        self._always = [*_ALWAYS, _OVER_TLS] if state.settings.environment == "production" else _ALWAYS
        self._log = request_logger()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """ASGI, for requests; everything else is Quart's alone."""
        started = time.perf_counter()
        context, origin = self._begin(scope)
        headers = [(b"x-request-id", context.request_id.encode()), *self._always]
        if self._cors is not None:
            headers += self._cors.headers(origin)
        answer = Answer(send, headers)
        try:
            if self._cors is not None and scope["method"] == "OPTIONS" and origin is not None:
                await self._preflight(self._cors, origin, send)
            else:
                await self._inner(scope, receive, answer.send)
        except Exception as fault:  # noqa: BLE001 - the last line of defence: answer it, log it, keep serving
            await _last_resort(fault, context, answer)
        finally:
            self._write(scope, context, answer, started)

    def _begin(self, scope: Scope) -> tuple[RequestContext, bytes | None]:
        """The exchange of this request, and its Origin where that matters."""
        path = str(scope["path"])
        if path.startswith(_ALIAS):
            scope["path"] = "/api/" + path[len(_ALIAS) :]
        elif path[:1] != "/":
            # `OPTIONS *` and the like: no address of ours.
            scope["path"] = "/" + path
        sent: dict[bytes, bytes] = {}
        headers: Iterable[tuple[bytes, bytes]] = scope["headers"]  # type: ignore[assignment] # as ASGI says
        for name, value in headers:
            if name in READ_HEADERS:
                # Two tokens are one too many: nobody knows which one a proxy has looked at.
                sent[name] = b"" if name == b"authorization" and name in sent else value
        context = RequestContext(self._state, _safe(sent.get(b"x-request-id")) or self._next_id(), sent)
        begin(context)
        structlog.contextvars.bind_contextvars(request_id=context.request_id)
        return context, sent.get(b"origin")

    async def _preflight(self, cors: Cors, origin: bytes, send: Send) -> None:
        headers = [*cors.preflight(origin), *self._always]
        await send({"type": "http.response.start", "status": 204, "headers": headers})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _write(self, scope: Scope, context: RequestContext, answer: "Answer", started: float) -> None:
        """The one line. Only what we chose or checked stands in it: no header, no query string, no body."""
        client = scope.get("client")
        fields: dict[str, object] = {
            "method": scope["method"],
            "route": context.route,
            "status": answer.status,
            "duration_ms": round((time.perf_counter() - started) * 1_000, 2),
            "bytes": answer.size,
            "request_id": context.request_id,
            "client": client[0] if isinstance(client, tuple | list) else None,
        }
        if context.caller is not None:
            fields["learner"] = str(context.caller.learner_id)
            fields["role"] = context.caller.role
        if context.code is not None:
            fields["code"] = context.code
        if context.route is None:
            fields["path"] = str(scope["path"])[:_MAX_PATH]
        if context.fault is None:
            self._log.info("request", **fields)
        else:
            self._log.error("request", **fields, exc_info=context.fault)


class Answer:
    """The answer on its way out: completes the headers, remembers status and size."""

    __slots__ = ("_headers", "_send", "size", "status")

    def __init__(self, send: Send, headers: Headers) -> None:
        self._send = send
        self._headers = headers
        self.status = CLIENT_CLOSED
        self.size = 0

    async def send(self, message: Message) -> None:
        """ASGI's send."""
        if message["type"] == "http.response.start":
            self.status = int(str(message["status"]))
            headers: Headers = message["headers"]  # type: ignore[assignment] # as ASGI says
            there = [name for name, _ in headers]
            message["headers"] = [
                *headers,
                *self._headers,
                *((_CACHE,) if _CACHE[0] not in there else ()),
                *((_POLICY,) if _POLICY[0] not in there else ()),
            ]
        else:
            self.size += len(message.get("body", b""))  # type: ignore[arg-type] # as ASGI says
        await self._send(message)


async def _last_resort(fault: Exception, context: RequestContext, answer: Answer) -> None:
    """A problem for what fails outside Quart's own error handling, such as a Host header that is no host."""
    status, code, detail = 500, "internal_error", CATALOGUE["internal_error"][1]
    if isinstance(fault, HTTPException) and fault.code is not None and fault.code < 500:
        status, code, detail = fault.code, "bad_request", "The request line or its headers cannot be understood."
    else:
        context.fault = fault
    context.code = code
    if answer.status != CLIENT_CLOSED:
        # Part of an answer is on its way: end it visibly broken, the server closes the connection.
        return
    body = orjson.dumps(
        {
            "type": "about:blank",
            "title": HTTPStatus(status).phrase,
            "status": status,
            "detail": detail,
            "code": code,
            "request_id": context.request_id,
        }
    )
    headers = [(b"content-type", MEDIA_TYPE.encode()), (b"content-length", str(len(body)).encode())]
    await answer.send({"type": "http.response.start", "status": status, "headers": headers})
    await answer.send({"type": "http.response.body", "body": body, "more_body": False})


def _safe(given: bytes | None) -> str | None:
    """A client's own request id, where it is short and harmless."""
    if given and len(given) <= _MAX_ID and _ID_CHARACTERS.issuperset(given):
        return given.decode("ascii")
    return None
