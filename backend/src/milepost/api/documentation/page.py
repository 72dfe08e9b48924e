"""The OpenAPI document and a page to read it, served from local files only: no other host is contacted."""

from functools import cache
from pathlib import Path

import flask_swagger_ui
from quart import Blueprint, Response

from milepost.api.documentation.examples import DATED_AT, with_dates
from milepost.api.edge.problem_codes import EdgeRefusal
from milepost.api.edge.request_context import current
from milepost.api.http.contract import contract

blueprint = Blueprint("docs", __name__)

_DIST = Path(flask_swagger_ui.__file__).parent / "dist"
_ASSETS = {
    "swagger-ui.css": "text/css; charset=utf-8",
    "swagger-ui-bundle.js": "text/javascript; charset=utf-8",
    "favicon-32x32.png": "image/png",
}
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Milepost API</title>
<link rel="icon" type="image/png" href="/docs/favicon-32x32.png">
<link rel="stylesheet" href="/docs/swagger-ui.css">
<style>
/* Without it, the columns of a table touch on a phone. */
.swagger-ui .renderedMarkdown table tr :is(td, th):not(:last-child) { padding-right: 12px; }
</style>
</head>
<body>
<div id="swagger-ui"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
</body>
</html>
"""
# The validator badge would send the document's address to a public host.
_START = """const dark = matchMedia("(prefers-color-scheme: dark)");
const follow = () => document.documentElement.classList.toggle("dark-mode", dark.matches);
follow();
dark.addEventListener("change", follow);
SwaggerUIBundle({
  url: "/openapi.json",
  dom_id: "#swagger-ui",
  deepLinking: true,
  validatorUrl: null,
  presets: [SwaggerUIBundle.presets.apis],
  layout: "BaseLayout",
});
"""


@blueprint.get("/openapi.json")
@contract(
    operation="getOpenapi", summary="The OpenAPI document", public=True, answers=dict[str, object], tag="documentation"
)
async def openapi() -> Response:
    """Describes this API in OpenAPI 3.1. Dates in the examples of requests are near the present."""
    state = current().state
    now = DATED_AT if state.resources is None else state.resources.clock.now()
    return Response(with_dates(state.document, now), content_type="application/json")


@blueprint.get("/docs")
@contract(summary="The API documentation", public=True, answers=None, hidden=True)
async def page() -> Response:
    """The OpenAPI document in Swagger UI."""
    return _served(_PAGE.encode(), "text/html; charset=utf-8", "no-cache")


@blueprint.get("/docs/<name>")
@contract(summary="Assets of the documentation page", public=True, answers=None, hidden=True)
async def asset(name: str) -> Response:
    """One file of a fixed list. The name never reaches the file system."""
    if name == "start.js":
        return _served(_START.encode(), "text/javascript; charset=utf-8", "max-age=3600")
    if name not in _ASSETS:
        raise EdgeRefusal("not_found")
    return _served(_read(name), _ASSETS[name], "max-age=3600")


def _served(content: bytes, content_type: str, caching: str) -> Response:
    headers = {"Content-Security-Policy": _POLICY, "Cache-Control": caching}
    return Response(content, headers=headers, content_type=content_type)


@cache
def _read(name: str) -> bytes:
    return (_DIST / name).read_bytes()
