"""Quart, reduced to what this service uses: routes and error handlers, but no hooks, signals or sessions.

A third of the measured cost of a bare Quart route goes to hooks that this service never registers and to two tasks it
does not need. Everything else (routing, contexts, limits, lifespan, streaming) is unchanged.
"""

import asyncio
from collections.abc import Mapping
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

from milepost.api.edge.express import Express, Operation
from milepost.api.edge.middleware import Edge, Inner
from milepost.api.edge.request_context import AppState, current
from milepost.errors import MilepostError
from milepost.settings import SettingsFault

log = structlog.get_logger(__name__)


class _Connection(ASGIHTTPConnection):
    """One request and its response."""

    async def __call__(self, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """Answer in the server's task. A second task receives the body and notices when the client disconnects."""
        request = self._create_request_from_scope(send)
        answering = asyncio.current_task()
        if answering is None:
            raise RuntimeError("a request must be handled in a task")
        finished = client_left = False

        def stop_if_client_left(_receiving: asyncio.Task[None]) -> None:
            nonlocal client_left
            if not finished:
                client_left = True
                answering.cancel()

        receiving = asyncio.create_task(self.handle_messages(request, receive))
        receiving.add_done_callback(stop_if_client_left)
        try:
            await self.handle_request(request, send)
        except asyncio.CancelledError:
            # If the client has disconnected, stop quietly. If the process is stopping, pass the cancellation on.
            if not client_left or answering.uncancel() > 0:
                raise
        finally:
            finished = True
            receiving.cancel()

    async def handle_request(self, request: Request, send: ASGISendCallable) -> None:
        """Handle the request and send the response within its own timeout (None: no limit), or RESPONSE_TIMEOUT."""
        response = await self.app.handle_request(request)
        limit = self.app.config["RESPONSE_TIMEOUT"]
        if isinstance(response, Response) and response.timeout is not Ellipsis:
            limit = response.timeout
        try:
            async with asyncio.timeout(limit):
                await self._send_response(send, response)
        except TimeoutError:
            # The response stays incomplete and the server closes the connection, so clients see that it is truncated.
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
    """The context of a request, without a session."""

    async def _push(self) -> None:
        if self.url_adapter is not None:
            self.match_request()


class Application(Quart):
    """The application object; `state` holds what it needs to serve."""

    asgi_http_class = _Connection

    def __init__(self, import_name: str, state: AppState, express: Mapping[tuple[str, str], Operation]) -> None:
        super().__init__(import_name, static_folder=None)
        self.state = state
        inner: Inner = self.asgi_app  # type: ignore[assignment] # ASGI's dictionaries, typed two ways
        self._edge = Edge(Express(inner, express) if state.settings.express else inner, state)

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        """The ASGI entry point: requests go through the edge, lifespan events straight to Quart."""
        if scope["type"] == "http":
            await self._edge(scope, receive, send)  # type: ignore[arg-type] # as above
        else:
            await self.asgi_app(scope, receive, send)

    def request_context(self, request: Request) -> RequestContext:
        """The context that Quart opens around a request."""
        return _Context(self, request)

    def create_url_adapter(self, request: BaseRequestWebsocket | None) -> MapAdapter | None:
        """Route by path and method only. The Host header decides nothing, so it is not read."""
        if request is None:
            return None
        return MapAdapter(self.url_map, "", "/", "", request.scheme, request.path, request.method)

    async def do_teardown_request(
        self, exc: BaseException | None, request_context: RequestContext | None = None
    ) -> None:
        """Skip the teardown hooks of requests; none are registered."""

    async def do_teardown_appcontext(self, exc: BaseException | None) -> None:
        """Skip the teardown hooks of application contexts; none are registered."""

    async def full_dispatch_request(self, request_context: RequestContext | None = None) -> ResponseTypes:
        """Route the request, run the view and make the response. Skips Quart's hooks, because none are registered."""
        try:
            return await self.make_response(await self.dispatch_request(request_context))
        except Exception as error:  # noqa: BLE001 - the handlers turn every error into a problem
            return await self.make_response(await self.handle_user_exception(error))

    async def dispatch_request(self, request_context: RequestContext | None = None) -> ResponseReturnValue:
        """Find the view and call it. All our views are coroutine functions, so no check is needed."""
        if request_context is None:
            raise RuntimeError("a request must be dispatched inside its context")
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
        """Log why startup failed: a sentence if the operator can fix it, a traceback if it is a bug."""
        fault = exception_info[1]
        if isinstance(fault, MilepostError | SettingsFault):
            log.error("start_failed", reason=str(fault))
        else:
            log.error("failed", exc_info=exception_info)
