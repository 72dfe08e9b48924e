"""Serves the dashboard: its page at `/` and at every address that is nothing else, and its files.

The page's own addresses are known in the browser alone. A person who opens one that no route has gets the page;
programs, which do not ask for HTML, get the problem `not_found`.
"""

from collections.abc import Mapping

from quart import Blueprint, Quart, Response, request
from werkzeug.exceptions import NotFound

from milepost.api.dashboard.files import DashboardFile
from milepost.api.dashboard.page import page
from milepost.api.edge.addresses import ENCODED_SLASH, NO_ADDRESS
from milepost.api.edge.problem_codes import EdgeRefusal
from milepost.api.edge.problems import framework_problem
from milepost.api.edge.request_context import current
from milepost.api.http.contract import contract
from milepost.api.http.responses import RouteResult

blueprint = Blueprint("dashboard", __name__)

_ASSETS = "assets/"
_FOR_EVER = "public, max-age=31536000, immutable"
"""The names of built files contain a hash of their content."""
_ASK_AGAIN = "public, no-cache"
_WIDGET = "widget/"
_ANY_ORIGIN = {"Access-Control-Allow-Origin": "*"}
"""Browsers ask this of a module script of another origin. The files are public and the same for everybody."""


@blueprint.get("/")
@contract(summary="The dashboard", public=True, answers=None, hidden=True)
async def home() -> Response:
    """The page of the dashboard."""
    return page(current().state)


@blueprint.get("/sign-in")
@contract(summary="The sign-in page of the dashboard", public=True, answers=None, hidden=True)
async def sign_in() -> Response:
    """The same page. It has a rule because calls have addresses below it."""
    return page(current().state)


@blueprint.get("/assets/<any_text:name>")
@contract(summary="Built files of the dashboard", public=True, answers=None, hidden=True)
async def asset(name: str) -> Response:
    """One built file. Its content never changes."""
    file = current().state.dashboard.files.get(_ASSETS + name)
    if file is None:
        raise EdgeRefusal("not_found")
    return _served(file, _FOR_EVER)


def register(app: Quart) -> None:
    """Answer addresses that no route has with the page or a file, if a browser may mean them."""
    taken = {rule.rule.split("/")[1] for rule in app.url_map.iter_rules()} - {""}

    async def lost(error: NotFound) -> RouteResult:
        answer = _page_or_file(taken)
        return await framework_problem(error) if answer is None else answer

    app.register_error_handler(NotFound, lost)


def _page_or_file(taken: set[str]) -> Response | None:
    """The answer to an address without a route; None if it is no address of the dashboard."""
    if request.method not in ("GET", "HEAD"):
        return None
    if request.path == NO_ADDRESS or ENCODED_SLASH in request.path:
        return None
    state, name = current().state, request.path[1:]
    file = state.dashboard.files.get(name)
    if file is not None:
        current().route = "/<file>"
        return _served(file, _ASK_AGAIN, _ANY_ORIGIN if name.startswith(_WIDGET) else {})
    last = name.rpartition("/")[2]
    if name.partition("/")[0] in taken or "." in last or not _asks_for_html():
        return None
    current().route = "/<page>"
    return page(state)


def _asks_for_html() -> bool:
    """Whether the client names HTML. `*/*` alone does not: programs send it."""
    return any(kind == "text/html" and quality > 0 for kind, quality in request.accept_mimetypes)


def _served(file: DashboardFile, caching: str, more: Mapping[str, str] | None = None) -> Response:
    accepted = request.accept_encodings
    encoding = next((name for name in file.encoded if accepted[name] > 0), None)
    validator = file.validator if encoding is None else f"{file.validator}-{encoding}"
    headers = {"Cache-Control": caching, "ETag": f'"{validator}"', "Vary": "Accept-Encoding", **(more or {})}
    if request.if_none_match.contains_weak(validator):
        return Response(b"", 304, headers)
    if encoding is None:
        return Response(file.content, headers=headers, content_type=file.content_type)
    return Response(
        file.encoded[encoding], headers={**headers, "Content-Encoding": encoding}, content_type=file.content_type
    )
