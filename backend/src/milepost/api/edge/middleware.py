"""The outermost layer of the application: runs before Quart on each request, and after it on each response.

Gives the request its id, rewrites `/api/v1`, sets the headers of every response and writes one log line per request.
It is plain ASGI because hooks inside the framework cost more than everything done here.
"""

import time
from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from http import HTTPStatus
from itertools import count
from os import urandom

import orjson
import structlog
from werkzeug.exceptions import HTTPException

from milepost.api.edge.addresses import path_for_routing
from milepost.api.edge.cors import ALLOW_ORIGIN, Cors, Headers
from milepost.api.edge.problem_codes import CATALOGUE, MEDIA_TYPE
from milepost.api.edge.rate_limits import usage_headers
from milepost.api.edge.request_context import READ_HEADERS, AppState, RequestContext, begin
from milepost.log import request_logger

# ASGI defines the content by the `type` of the message; Python types cannot express that.
Scope = MutableMapping[str, object]
Message = MutableMapping[str, object]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Inner = Callable[[Scope, Receive, Send], Awaitable[None]]

CLIENT_CLOSED = 499
"""Logged if the client left before the response started; never sent."""

REFUSAL = "milepost.refusal"
"""The name of the ASGI extension in which the server says why it refuses a request: `{"code": …}`."""

_ALIAS = "/api/v1/"
_SHARED_PAGES = "/s/"
"""Decided by path, before routing: refused requests, too, must not say in the log who sent them."""
_ID_CHARACTERS = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")
_MAX_ID = 64
_MAX_PATH = 200

_TRY_AGAIN = frozenset({429, 503})
_WITHOUT_BODY = frozenset({204, 304})
_BODY_HEADERS = frozenset({b"content-type", b"content-length"})
_ALWAYS: Headers = [(b"x-content-type-options", b"nosniff"), (b"referrer-policy", b"no-referrer")]
_CACHE = (b"cache-control", b"no-store, private")
_POLICY = (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'")
_CLOSE = (b"connection", b"close")
_OVER_TLS = (b"strict-transport-security", b"max-age=31536000")


def request_ids() -> Callable[[], str]:
    """Cheap ids that are unique across processes: a random prefix per process, then a counter."""
    prefix, numbers = urandom(9).hex(), count(1)
    return lambda: f"{prefix}-{next(numbers):x}"


class Edge:
    """ASGI middleware around one application; see the module docstring."""

    def __init__(self, inner: Inner, state: AppState) -> None:
        self._inner = inner
        self._state = state
        self._cors = Cors(state.settings.cors_origins) if state.settings.cors_origins else None
        self._next_id = request_ids()
        self._always = [*_ALWAYS, _OVER_TLS] if state.settings.environment == "production" else _ALWAYS
        self._log = request_logger()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI entry point. What is no HTTP request goes on as it is."""
        if scope["type"] != "http":
            await self._inner(scope, receive, send)
            return
        started = time.perf_counter()
        context, origin = self._begin(scope)
        headers = [(b"x-request-id", context.request_id.encode()), *self._always]
        readers = [] if self._cors is None else self._cors.headers(origin)
        answer = ResponseSender(send, headers, readers, context)
        try:
            refusal = _refusal(scope)
            if refusal is not None:
                await _send_problem(refusal, CATALOGUE[refusal], context, answer)
            elif self._cors is not None and scope["method"] == "OPTIONS" and origin is not None:
                await self._preflight(self._cors, origin, send)
            else:
                await self._inner(scope, receive, answer.send)
        except Exception as fault:  # noqa: BLE001 - the last resort: answer, log, keep serving
            await _last_resort(fault, context, answer)
        finally:
            if context.on_end is not None:
                context.on_end()
            self._write(scope, context, answer, started)

    def _begin(self, scope: Scope) -> tuple[RequestContext, bytes | None]:
        """Set up the context of a request. Also returns its Origin header, if any."""
        path, raw_path = str(scope["path"]), scope.get("raw_path")
        if isinstance(raw_path, bytes):
            scope["path"] = path = path_for_routing(path, raw_path)
        if path.startswith(_ALIAS):
            scope["path"] = "/api/" + path[len(_ALIAS) :]
        elif path[:1] != "/":
            # `OPTIONS *` and the like do not name an address of this service.
            scope["path"] = "/" + path
        values: dict[bytes, bytes] = {}
        headers: Iterable[tuple[bytes, bytes]] = scope["headers"]  # type: ignore[assignment] # as ASGI says
        for name, value in headers:
            if name in READ_HEADERS:
                values[name] = _combined(name, values[name], value) if name in values else value
        client = scope.get("client")
        context = RequestContext(
            self._state,
            _safe_id(values.get(b"x-request-id")) or self._next_id(),
            str(scope["method"]),
            str(scope["path"]),
            bytes(scope["query_string"]),  # type: ignore[call-overload] # bytes, as ASGI says
            values,
            client=client[0] if isinstance(client, tuple | list) else None,
            leaves_no_trace=path.startswith(_SHARED_PAGES),
        )
        begin(context)
        structlog.contextvars.bind_contextvars(request_id=context.request_id)
        return context, values.get(b"origin")

    async def _preflight(self, cors: Cors, origin: bytes, send: Send) -> None:
        headers = [*cors.preflight(origin), *self._always]
        await send({"type": "http.response.start", "status": 204, "headers": headers})
        await send({"type": "http.response.body", "body": b"", "more_body": False})

    def _write(self, scope: Scope, context: RequestContext, answer: "ResponseSender", started: float) -> None:
        """Write the log line. It has only values that we chose or checked: no headers, no query string, no body."""
        fields: dict[str, object] = {
            "method": scope["method"],
            "route": context.route,
            "status": answer.status,
            "duration_ms": round((time.perf_counter() - started) * 1_000, 2),
            "bytes": answer.size,
            "request_id": context.request_id,
            "client": None if context.leaves_no_trace else context.client,
        }
        if context.caller is not None:
            fields["learner"] = str(context.caller.learner_id)
            fields["role"] = context.caller.role
        if context.code is not None:
            fields["code"] = context.code
        if context.route is None:
            # The rest of a shared page's path is its secret token.
            fields["path"] = _SHARED_PAGES if context.leaves_no_trace else str(scope["path"])[:_MAX_PATH]
        if context.fault is None:
            self._log.info("request", **fields)
        else:
            self._log.error("request", **fields, exc_info=context.fault)


class ResponseSender:
    """Wraps ASGI's `send`: completes the headers, and records the status and the size."""

    __slots__ = ("_context", "_headers", "_readers", "_send", "size", "status")

    def __init__(self, send: Send, headers: Headers, readers: Headers, context: RequestContext) -> None:
        self._send = send
        self._headers = headers
        self._readers = readers
        self._context = context
        self.status = CLIENT_CLOSED
        self.size = 0

    async def send(self, message: Message) -> None:
        """Send one ASGI message."""
        if message["type"] == "http.response.start":
            self.status = int(str(message["status"]))
            headers: Headers = message["headers"]  # type: ignore[assignment] # as ASGI says
            if self.status in _WITHOUT_BODY:
                # The framework describes the empty body, but a 304 may only describe what a 200 would have sent.
                headers = [(name, value) for name, value in headers if name.lower() not in _BODY_HEADERS]
            names = [name for name, _ in headers]
            usage = self._context.usage
            message["headers"] = [
                *headers,
                *self._headers,
                # A file that every origin may read says so itself; browsers refuse two such headers.
                *(self._readers if ALLOW_ORIGIN not in names else ()),
                *(() if usage is None else usage_headers(usage)),
                *((_CACHE,) if _CACHE[0] not in names else ()),
                *((_POLICY,) if _POLICY[0] not in names else ()),
                *((_CLOSE,) if self._context.state.draining else ()),
            ]
        else:
            self.size += len(message.get("body", b""))  # type: ignore[arg-type] # as ASGI says
        await self._send(message)


async def _last_resort(fault: Exception, context: RequestContext, answer: ResponseSender) -> None:
    """Answer errors outside Quart's own error handling, such as an invalid Host header, with a problem."""
    code = "internal_error"
    status, detail = CATALOGUE[code]
    if isinstance(fault, HTTPException) and fault.code is not None and fault.code < 500:
        code = "bad_request"
        status, detail = fault.code, CATALOGUE[code][1]
    else:
        context.fault = fault
    context.code = code
    if answer.status != CLIENT_CLOSED:
        # The response has started. Leave it incomplete: the server closes the connection, so the client sees the error.
        return
    await _send_problem(code, (status, detail), context, answer)


def _refusal(scope: Scope) -> str | None:
    extensions = scope.get("extensions")
    refusal = extensions.get(REFUSAL) if isinstance(extensions, dict) else None
    return None if refusal is None else str(refusal["code"])


async def _send_problem(code: str, meaning: tuple[int, str], context: RequestContext, answer: "ResponseSender") -> None:
    """Answer with a problem; `meaning` is its status and its sentence."""
    status, detail = meaning
    context.code = code
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
    if status in _TRY_AGAIN:
        headers.append((b"retry-after", b"1"))
    await answer.send({"type": "http.response.start", "status": status, "headers": headers})
    await answer.send({"type": "http.response.body", "body": body, "more_body": False})


def _combined(name: bytes, first: bytes, second: bytes) -> bytes:
    """The value of a header that appears twice: a list, which only headers that may hold one accept."""
    if name == b"authorization":
        # Refuse two tokens: a proxy may have checked the other one.
        return b""
    return first + (b"; " if name == b"cookie" else b", ") + second


def _safe_id(request_id: bytes | None) -> str | None:
    """The client's own request id, if it is short and has only safe characters."""
    if request_id and len(request_id) <= _MAX_ID and _ID_CHARACTERS.issuperset(request_id):
        return request_id.decode("ascii")
    return None
