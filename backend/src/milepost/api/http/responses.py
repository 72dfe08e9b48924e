"""JSON responses. The bytes are made once, without any conversion by the framework."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

import orjson
from pydantic import BaseModel
from quart import Response

JSON = "application/json"
JsonObject = dict[str, object]
"""A JSON object of plain values, ready to be serialised."""
_JSON_HEADERS = {"Content-Type": JSON}


class Reply(NamedTuple):
    """A whole response, as a value that knows no framework. Quart takes it as the result of a route."""

    body: bytes
    status: int
    headers: Mapping[str, str]


RouteResult = Reply | Response
"""What a route gives: an answer, or a response of Quart where it streams or is a page."""


def answer(value: BaseModel | bytes | object, status: int = 200, headers: Mapping[str, str] | None = None) -> Reply:
    """A JSON response. Takes bytes as they are; pydantic serialises models, and orjson dicts of plain values.

    Instants must be aware and in UTC; they are written with `Z`.
    """
    if isinstance(value, bytes):
        body = value
    elif isinstance(value, BaseModel):
        body = value.__pydantic_serializer__.to_json(value)
    else:
        body = orjson.dumps(value, option=orjson.OPT_UTC_Z)
    return Reply(body, status, {"Content-Type": JSON, **headers} if headers else _JSON_HEADERS)


def not_modified(headers: Mapping[str, str]) -> Reply:
    """304: the client has the current state."""
    return Reply(b"", 304, headers)


def instant(value: datetime | None) -> str | None:
    """A UTC instant in RFC 3339 with `Z`. Whole seconds have no fraction."""
    return None if value is None else value.isoformat().replace("+00:00", "Z")


def time_json(seconds: int) -> JsonObject:
    """A time as whole minutes, rounded down, and as the exact seconds: only these add up over days and parts."""
    return {"minutes": seconds // 60, "seconds": seconds}
