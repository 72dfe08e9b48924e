"""How an answer is put on the wire: bytes made once, no conversion by the framework."""

from collections.abc import Mapping
from datetime import datetime

import orjson
from pydantic import BaseModel
from quart import Response

JSON = "application/json"
JsonObject = dict[str, object]
"""A JSON object as plain values, ready to be written."""


class JsonResponse(Response):
    """An answer whose bytes are JSON already."""

    default_mimetype = JSON


def answer(value: BaseModel | bytes | object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON answer: bytes as they are, models by pydantic, everything else (dicts of plain values) by orjson.

    Instants must be aware and in UTC, and are written with `Z`.
    """
    if isinstance(value, bytes):
        body = value
    elif isinstance(value, BaseModel):
        body = value.__pydantic_serializer__.to_json(value)
    else:
        body = orjson.dumps(value, option=orjson.OPT_UTC_Z)
    return JsonResponse(body, status, dict(headers) if headers else None)


def instant(value: datetime | None) -> str | None:
    """An instant in UTC as RFC 3339 with `Z`; whole seconds without a fraction."""
    return None if value is None else value.isoformat().replace("+00:00", "Z")
