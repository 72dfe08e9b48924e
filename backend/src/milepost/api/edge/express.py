"""The express lane: answers some operations as plain ASGI, in front of the framework.

Routing, contexts and response objects of a framework cost more than these operations do. Guard, route, problems and
serializers are the same functions that the framework calls, so the answers are the same bytes.
"""

from collections.abc import Awaitable, Callable, Mapping

from werkzeug.exceptions import RequestEntityTooLarge

from milepost.api.edge.middleware import Inner, Receive, Scope, Send
from milepost.api.edge.problems import problem_of
from milepost.api.edge.request_context import current
from milepost.api.http.responses import Reply, RouteResult

Operation = Callable[[], Awaitable[RouteResult]]
"""A route behind its contract. Its address has no parameters, and it does not stream."""


class ClientLeft(Exception):
    """The client has disconnected before it sent the whole body."""


class Express:
    """ASGI middleware that answers `operations`, by method and address; everything else goes to `inner`."""

    def __init__(self, inner: Inner, operations: Mapping[tuple[str, str], Operation]) -> None:
        self._inner = inner
        self._operations = {(method, f"/api{address}"): route for (method, address), route in operations.items()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI entry point, inside the edge."""
        address = str(scope.get("path"))
        operation = self._operations.get((str(scope.get("method")), address))
        if operation is None:
            await self._inner(scope, receive, send)
            return
        context = current()
        context.route = address
        context.receive_body = _Body(receive, context.state.settings.body_limit_bytes).read
        try:
            reply = await operation()
        except ClientLeft:
            return
        except Exception as error:  # noqa: BLE001 - every error is a problem
            reply = await problem_of(error)
        if not isinstance(reply, Reply):
            raise TypeError(f"{address} must give an answer that is complete")
        await _send(reply, send)


class _Body:
    """The body of a request, received when it is asked for."""

    def __init__(self, receive: Receive, limit: int) -> None:
        self._receive = receive
        self._limit = limit
        self._whole: bytes | None = None

    async def read(self) -> bytes:
        """The whole body.

        Raises:
            ClientLeft: there is no whole body.
            RequestEntityTooLarge: it is larger than any route takes.
        """
        if self._whole is not None:
            return self._whole
        parts, size, more = [], 0, True
        while more:
            message = await self._receive()
            if message["type"] == "http.disconnect":
                raise ClientLeft
            part: bytes = message.get("body", b"")  # type: ignore[assignment] # as ASGI says
            size += len(part)
            if size > self._limit:
                raise RequestEntityTooLarge
            parts.append(part)
            more = bool(message.get("more_body"))
        self._whole = parts[0] if len(parts) == 1 else b"".join(parts)
        return self._whole


async def _send(reply: Reply, send: Send) -> None:
    headers = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in reply.headers.items()]
    headers.insert(1, (b"content-length", str(len(reply.body)).encode()))
    # The server ends connections whose clients read too slowly (`commands/http_protocol.py`).
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": reply.body, "more_body": False})
