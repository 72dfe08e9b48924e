"""The application: Quart as it is, inside the edge and behind the express lane."""

from collections.abc import Mapping
from types import TracebackType

import structlog
from quart import Quart, request

from milepost.api.edge.express import Express, Operation
from milepost.api.edge.middleware import Edge, Inner
from milepost.api.edge.request_context import AppState, current
from milepost.errors import MilepostError
from milepost.settings import SettingsFault

log = structlog.get_logger(__name__)


class Application(Quart):
    """The application object; `state` holds what it needs to serve.

    `express`: what is answered in front of Quart if the setting says so, by method and address.
    """

    def __init__(self, import_name: str, state: AppState, express: Mapping[tuple[str, str], Operation]) -> None:
        super().__init__(import_name, static_folder=None)
        self.state = state
        inner: Inner = self.asgi_app  # type: ignore[assignment] # ASGI's dictionaries, typed two ways
        lane = Express(inner, express) if state.settings.express else inner
        self.asgi_app = Edge(lane, state)  # type: ignore[assignment, method-assign] # as Quart documents
        self.before_request(_note_route)

    def log_exception(
        self, exception_info: tuple[type, BaseException, TracebackType] | tuple[None, None, None]
    ) -> None:
        """Log why startup failed: a sentence if the operator can fix it, a traceback if it is a bug."""
        fault = exception_info[1]
        if isinstance(fault, MilepostError | SettingsFault):
            log.error("start_failed", reason=str(fault))
        else:
            log.error("failed", exc_info=exception_info)


async def _note_route() -> None:
    """For the log line."""
    if request.url_rule is not None:
        current().route = request.url_rule.rule
