"""Quart, trimmed to what this service uses: routes and error handlers, no hooks, no signals, no sessions.

Measured: a third of what a bare Quart route costs is spent on hooks nobody registers here and on two tasks more than
are needed. Everything else (routing, contexts, limits, lifespan, streaming) stays Quart's.
"""

import asyncio
from types import TracebackType

import structlog
from hypercorn.typing import ASGIReceiveCallable, ASGISendCallable, Scope
from quart import Quart, Request, Response
from quart.asgi import ASGIHTTPConnection
from quart.ctx import RequestContext
from quart.typing import ResponseReturnValue, ResponseTypes
from quart.utils import encode_headers
from quart.wrappers.base import BaseRequestWebsocket
from quart.wrappers.response import DataBody
from werkzeug.routing import MapAdapter

from milepost.api.edge.middleware import Edge
from milepost.api.edge.request_context import AppState, current
from milepost.errors import MilepostError, Unavailable
from milepost.settings import SettingsFault

log = structlog.get_logger(__name__)


class _Connection(ASGIHTTPConnection):
    """One request and its answer."""

    async def __call__(self, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Answer in the task the server made, with one more that takes in the body and notices a client that leaves."""
        request = self._create_request_from_scope(send)
        answering = asyncio.current_task()
        if answering is None:
            raise RuntimeError("a request is answered in a task")
        finished = client_left = False

        def left(_listening: asyncio.Task[None]) -> None:
            nonlocal client_left
            if not finished:
                client_left = True
                answering.cancel()

        listening = asyncio.create_task(self.handle_messages(request, receive))
        listening.add_done_callback(left)
        try:
            await self.handle_request(request, send)
        except asyncio.CancelledError:
            # A client that is gone needs no answer; the work for it stops here. A process that stops is another matter.
            if not client_left or answering.uncancel() > 0:
                raise
        finally:
            finished = True
            listening.cancel()

    async def handle_request(self, request: Request, send: ASGISendCallable) -> None:
        """Find the answer and send it, within RESPONSE_TIMEOUT or the answer's own timeout (None: no limit)."""
        response = await self.app.handle_request(request)
        limit = self.app.config["RESPONSE_TIMEOUT"]
        if isinstance(response, Response) and response.timeout is not Ellipsis:
            limit = response.timeout
        try:
            async with asyncio.timeout(limit):
                await self._send_response(send, response)
        except TimeoutError:
            # The answer stays unfinished and the server closes the connection: nobody takes it for whole.
            log.warning("response_timeout", seconds=limit)

    async def _send_response(self, send: ASGISendCallable, response: ResponseTypes) -> None:
        body = response.response
        if not isinstance(response, Response) or not isinstance(body, DataBody):
            await super()._send_response(send, response)
            return
        headers = encode_headers(response.headers)
        await send({"type": "http.response.start", "status": response.status_code, "headers": headers})
        await send({"type": "http.response.body", "body": body.data[body.begin : body.end], "more_body": False})


class _Context(RequestContext):
    """The context of a request, without the session nobody has."""

    async def _push(self) -> None:
        if self.url_adapter is not None:
            self.match_request()


class Application(Quart):
    """The application object; `serving` is what it serves with."""

    asgi_http_class = _Connection

    def __init__(self, import_name: str, state: AppState) -> None:
        super().__init__(import_name, static_folder=None)
        self.state = state
        self._edge = Edge(self.asgi_app, state)  # type: ignore[arg-type] # ASGI's dictionaries, typed two ways

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """ASGI: requests through the edge, the lifespan straight to Quart."""
        if scope["type"] == "http":
            await self._edge(scope, receive, send)  # type: ignore[arg-type] # as above
        else:
            await self.asgi_app(scope, receive, send)

    def request_context(self, request: Request) -> RequestContext:
        """The context Quart opens around a request."""
        return _Context(self, request)

    def create_url_adapter(self, request: BaseRequestWebsocket | None) -> MapAdapter | None:
        """Routes by path and method alone. The Host header decides nothing here, so it is not even looked at."""
        if request is None:
            return None
        return MapAdapter(self.url_map, "", "/", "", request.scheme, request.path, request.method)

    async def do_teardown_request(
        self, exc: BaseException | None, request_context: RequestContext | None = None
    ) -> None:
        """Nothing is registered to happen after a request."""

    async def do_teardown_appcontext(self, exc: BaseException | None) -> None:
        """Nor when its context goes."""

    async def full_dispatch_request(self, request_context: RequestContext | None = None) -> ResponseTypes:
        """Route, run, answer. Quart's hooks would run only where something had registered one; nothing does."""
        try:
            return await self.make_response(await self._in_time(request_context))
        except Exception as error:  # noqa: BLE001 - every error becomes a problem by the handlers
            return await self.make_response(await self.handle_user_exception(error))

    async def _in_time(self, request_context: RequestContext | None) -> ResponseReturnValue:
        """Dispatch, for as long as somebody can be expected to wait.

        Raises:
            Unavailable: it takes too long. What was to be written may have been, or may not.
        """
        deadline = asyncio.timeout(self.state.settings.request_timeout_seconds)
        current().deadline = deadline
        try:
            async with deadline:
                return await self.dispatch_request(request_context)
        except TimeoutError:
            if not deadline.expired():
                raise
            raise Unavailable("database_unavailable", "It takes too long. Try again: repeating is safe.", 2) from None

    async def dispatch_request(self, request_context: RequestContext | None = None) -> ResponseReturnValue:
        """Find the view and call it; all of ours are coroutine functions, so Quart need not ask each time."""
        if request_context is None:
            raise RuntimeError("a request is dispatched inside its context")
        request = request_context.request
        rule = request.url_rule
        if rule is None or request.routing_exception is not None:
            self.raise_routing_exception(request)
        current().route = rule.rule
        if request.method == "OPTIONS" and rule.provide_automatic_options:
            return await self.make_default_options_response()
        view = self.view_functions[rule.endpoint]
        return await view(**(request.view_args or {}))  # type: ignore[misc, no-any-return] # all ours are coroutines

    def log_exception(
        self, exception_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None]
    ) -> None:
        """What stops the start: a sentence where somebody can mend it, a traceback where it is our mistake."""
        fault = exception_info[1]
        if isinstance(fault, MilepostError | SettingsFault):
            log.error("start_failed", reason=str(fault))
        else:
            log.error("failed", exc_info=exception_info)
