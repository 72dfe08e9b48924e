"""Comparator: a Quart service that reads one row and thirty with asyncpg and answers them as JSON.

This is the least a learner's overview must read when nothing is cached. Frozen: other figures are divided by its
figures.
"""

from datetime import date
from uuid import UUID

import asyncpg
import orjson
from quart import Quart, Response, request

_ROW = "SELECT * FROM learners WHERE learner_id = $1"
_ROWS = "SELECT * FROM activity_days WHERE learner_id = $1 ORDER BY local_day DESC LIMIT 30"


def create_app(database_url: str) -> Quart:
    """GET /progress?learner_id=… answers the learner's row and its last thirty days as JSON."""
    app = Quart(__name__)
    pools: list[asyncpg.Pool[asyncpg.Record]] = []

    @app.before_serving
    async def connect() -> None:
        pools.append(await asyncpg.create_pool(database_url, min_size=4, max_size=8))

    @app.after_serving
    async def close() -> None:
        await pools[0].close()

    @app.get("/progress")
    async def progress() -> Response:
        learner_id = UUID(request.args["learner_id"])
        async with pools[0].acquire() as connection:
            row = await connection.fetchrow(_ROW, learner_id)
            rows = await connection.fetch(_ROWS, learner_id)
        content = {"learner": _plain(row), "days": [_plain(day) for day in rows]}
        return Response(orjson.dumps(content), mimetype="application/json")

    return app


def _plain(row: asyncpg.Record) -> dict[str, object]:
    return {name: value for name, value in row.items() if isinstance(value, (int, str, date))}
