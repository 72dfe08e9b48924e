"""Comparator: the minimum a Quart service can do. Frozen: other figures are divided by its figures.

Both sides run with the same server, loop and HTTP parser, each in one process.
"""

from pathlib import Path

from quart import Quart, Response, request


def create_app(overview: Path | None = None) -> Quart:
    """POST /activities reads the body and answers a small JSON object; GET /progress answers the bytes of a file."""
    app = Quart(__name__)
    answer = overview.read_bytes() if overview else b"{}"

    @app.post("/activities")
    async def activities() -> Response:
        body = await request.get_data()
        return Response(b'{"received":%d}' % len(body), mimetype="application/json")

    @app.get("/progress")
    async def progress() -> Response:
        return Response(answer, mimetype="application/json")

    return app
