"""The context of one request, available to all code below the edge through a context variable.

`middleware` sets it before Quart runs. The guard, the problems and the routes read it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, field
from uuid import UUID

from quart import request

from milepost.api.dashboard.files import Dashboard
from milepost.api.edge.caller import Caller
from milepost.api.edge.quiet import QuietForm
from milepost.api.edge.response_cache import AnswerCache
from milepost.api.edge.tokens.verifier import TokenVerifier
from milepost.api.http.at_once import AtOnce
from milepost.errors import Unavailable
from milepost.metrics import Metrics
from milepost.redis.rate_limits import Policy, Usage
from milepost.resources import Resources
from milepost.rules.sign_in import DemoSignIn
from milepost.settings import Settings

READ_HEADERS = frozenset(
    {
        b"authorization",
        b"content-length",
        b"content-encoding",
        b"content-type",
        b"cookie",
        b"host",
        b"idempotency-key",
        b"if-match",
        b"if-none-match",
        b"last-event-id",
        b"origin",
        b"sec-fetch-site",
        b"x-request-id",
    }
)
"""The headers that calls of the API read. They are collected once a request, because the framework's lookup is slow."""


@dataclass(slots=True)
class AppState:
    """What the application needs to serve: opened before the first request, closed after the last."""

    settings: Settings = field(repr=False)
    resources: Resources | None = None
    verifier: TokenVerifier | None = None
    draining: bool = False
    document: bytes = b""
    dashboard: Dashboard = field(default_factory=Dashboard, repr=False)
    demo: DemoSignIn | None = None
    """Set in `milepost run` alone."""
    metrics: Metrics = field(default_factory=Metrics, repr=False)
    answers: AnswerCache = field(init=False)
    at_once: Mapping[Policy, AtOnce] = field(init=False, repr=False)
    """Of reads and of changes, what each learner has done at once."""

    def __post_init__(self) -> None:
        settings = self.settings
        self.answers = AnswerCache(settings.overview_cache_entries, self.metrics)
        self.at_once = {"reads": AtOnce(settings.reads_per_learner), "changes": AtOnce(settings.changes_per_learner)}


async def _body_of_framework() -> bytes:
    body: bytes = await request.body
    return body


@dataclass(slots=True)
class RequestContext:
    """The state of the current request."""

    state: AppState
    request_id: str
    method: str = "GET"
    path: str = "/"
    query_string: bytes = b""
    headers: Mapping[bytes, bytes] = field(default_factory=dict)
    receive_body: Callable[[], Awaitable[bytes]] = field(default=_body_of_framework, repr=False)
    """The whole body; may be called again."""
    client: str | None = None
    """The address the request comes from; behind a trusted proxy, the one it forwards."""
    caller: Caller | None = None
    learner_id: UUID | None = None
    """The learner the request is about, once it is known."""
    route: str | None = None
    code: str | None = None
    deadline: asyncio.Timeout | None = None
    """When the route is told that the request took too long."""
    is_awaiting_body: bool = False
    takes_large_body: bool = False
    """Whether the route takes the largest bodies; others take those of a single resource."""
    usage: Usage | None = None
    """What the request left of the quota it was charged to."""
    charged: int = 0
    """The units it was charged."""
    fault: BaseException | None = field(default=None, repr=False)
    on_end: Callable[[], None] | None = field(default=None, repr=False)
    """Called when the request ends, however it ends, also before its response has begun."""
    item: Mapping[str, object] | None = field(default=None, repr=False)
    """The resource that a PATCH changes, as it is before."""
    quiet_form: QuietForm | None = field(default=None, repr=False)
    """The form of the answer about a learner in quiet mode, if it differs."""
    leaves_no_trace: bool = False
    """The log line has neither address nor token: it must not say who opened a shared page."""

    @property
    def content_length(self) -> int | None:
        """The length of the body in bytes; None if the request does not say it."""
        value = self.headers.get(b"content-length")
        return int(value) if value is not None and value.isdigit() else None

    def allow(self, seconds: float) -> None:
        """Let the deadline be `seconds` from now."""
        if self.deadline is not None:
            self.deadline.reschedule(asyncio.get_running_loop().time() + seconds)


_CURRENT: ContextVar[RequestContext] = ContextVar("milepost_request")

begin = _CURRENT.set
current = _CURRENT.get


def header(name: bytes) -> str | None:
    """A header of the current request. `name` is lower case and one of `READ_HEADERS`."""
    value = _CURRENT.get().headers.get(name)
    return None if value is None else value.decode("latin-1")


def resources() -> Resources:
    """The resources of the process.

    Raises:
        Unavailable: the process has not finished starting.
    """
    opened = _CURRENT.get().state.resources
    if opened is None:
        raise Unavailable("starting", "The service is starting.")
    return opened
