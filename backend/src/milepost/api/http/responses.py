"""JSON responses. The bytes are made once, without any conversion by the framework."""

from collections.abc import Mapping
from datetime import datetime

import orjson
from pydantic import BaseModel
from quart import Response

JSON = "application/json"
JsonObject = dict[str, object]
"""A JSON object of plain values, ready to be serialised."""


class JsonResponse(Response):
    """A response whose bytes are already JSON."""

    default_mimetype = JSON


def answer(value: BaseModel | bytes | object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A JSON response. Takes bytes as they are; pydantic serialises models, and orjson dicts of plain values.

    Instants must be aware and in UTC; they are written with `Z`.
    """
    if isinstance(value, bytes):
        body = value
    elif isinstance(value, BaseModel):
        body = value.__pydantic_serializer__.to_json(value)
    else:
        body = orjson.dumps(value, option=orjson.OPT_UTC_Z)
    return JsonResponse(body, status, dict(headers) if headers else None)


def instant(value: datetime | None) -> str | None:
    """A UTC instant in RFC 3339 with `Z`. Whole seconds have no fraction."""
    return None if value is None else value.isoformat().replace("+00:00", "Z")


def time_json(seconds: int) -> JsonObject:
    """A time as whole minutes, rounded down, and as the exact seconds: only these add up over days and parts."""
    return {"minutes": seconds // 60, "seconds": seconds}
