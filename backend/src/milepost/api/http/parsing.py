"""Reads requests: raw bytes straight into strict models, with faults as JSON pointers.

The only place that decides which bodies and query strings are readable. `fields` defines the values allowed in single
fields.
"""

from datetime import date
from typing import TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, from_json

from milepost.api.edge.problem_codes import MAX_FAULTS, EdgeRefusal
from milepost.api.edge.request_context import current, header
from milepost.api.http.faults import fault
from milepost.api.http.fields import Day
from milepost.errors import Fault, Invalid, pointer

Model = TypeVar("Model", bound=BaseModel)
T = TypeVar("T")

MERGE_PATCH = "application/merge-patch+json"

_DAY: TypeAdapter[date] = TypeAdapter(Day)
_DEFAULTS: dict[type[BaseModel], BaseModel] = {}
_MAX_POINTER_CHARACTERS = 300
_MAX_PARAMETERS = 50
_JSON = "application/json"
_JSON_TYPES = ("application/json", "application/json; charset=utf-8", "application/json;charset=utf-8")


async def read_raw() -> bytes:
    """The bytes of a JSON body, as sent. The body of a PATCH may also be a merge patch.

    Raises:
        EdgeRefusal, Invalid: see `read_bytes`; 415 not plain JSON; `body_required` if the body is empty.
    """
    content_type = header(b"content-type")
    if content_type is not None and content_type.lower() not in _JSON_TYPES and not _is_json(content_type):
        raise EdgeRefusal("media_type", headers={"Accept": ", ".join(_accepted())})
    if (header(b"content-encoding") or "identity").lower() != "identity":
        raise EdgeRefusal("media_type", headers={"Accept-Encoding": "identity"})
    raw = await read_bytes()
    if not raw:
        raise Invalid("body_required", "A JSON body is required.", (Fault("", "is empty", "empty"),))
    return raw


async def read_bytes() -> bytes:
    """The bytes of the body, which may be empty. May be called again.

    Raises:
        EdgeRefusal: 413 too large, 408 too slow.
        Invalid: `too_many_values`.
    """
    context = current()
    settings = context.state.settings
    limit = settings.body_bytes(large=context.takes_large_body)
    if (context.content_length or 0) > limit:
        raise _too_large(limit)
    # A timer of its own costs more than moving the request's.
    context.is_awaiting_body = True
    context.allow(settings.body_timeout_seconds)
    raw = await context.receive_body()
    context.is_awaiting_body = False
    context.allow(settings.request_timeout_seconds)
    if len(raw) > limit:
        raise _too_large(limit)
    most = settings.body_values(large=context.takes_large_body)
    if has_more_values(raw, most):
        fault = Fault("", f"has more than {most} values", "too_many", {"max": most})
        raise Invalid("too_many_values", f"A body of this route may have at most {most} values.", (fault,))
    return raw


async def has_body() -> bool:
    """Whether the request has a body that is not empty.

    Raises:
        EdgeRefusal, Invalid: see `read_bytes`.
    """
    length = current().content_length
    return bool(length if length is not None else await read_bytes())


def has_more_values(raw: bytes, most: int) -> bool:
    """Whether JSON has more than `most` values, counted without building any of them.

    Each value but the first follows a comma, `[` or `{`. Building millions of values takes seconds; counting bytes
    takes a few milliseconds. Only if there are too many of these bytes are the texts cut out, where they mean nothing.
    """
    if len(raw) <= most or _separators(raw) <= most:
        return False
    # Every second part is a text, and an object has two texts for each value.
    parts = raw.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"', 4 * most + 1)
    return len(parts) > 4 * most + 1 or _separators(b"".join(parts[::2])) > most


def _separators(raw: bytes) -> int:
    return raw.count(b",") + raw.count(b"[") + raw.count(b"{")


def _too_large(limit: int) -> EdgeRefusal:
    detail = f"The body of this route may have at most {limit} bytes."
    return EdgeRefusal("body_too_large", detail, members={"max_bytes": limit})


async def read_body(model: type[Model]) -> Model:
    """The body as a `model`, which must be strict (`fields.Sent`).

    Raises:
        EdgeRefusal, Invalid: see `read_raw` and `parse`.
    """
    raw = await read_raw()
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        raise refused(error, raw) from None


def parse(adapter: TypeAdapter[T], raw: bytes) -> T:
    """`raw` JSON as the adapter's type.

    Raises:
        Invalid: `malformed_json`, `too_deep`, or `invalid_body` with every fault and its place.
    """
    try:
        return adapter.validate_json(raw)
    except ValidationError as error:
        raise refused(error, raw) from None


def read_query(model: type[Model]) -> Model:
    """The query string as a `model` (`fields.Query`). Every name must be known and appear at most once.

    Raises:
        Invalid: `invalid_query` with every fault.
    """
    raw = current().query_string
    if not raw:
        return _defaults(model)
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MAX_PARAMETERS)
    except ValueError:
        detail = f"The query string must be percent-encoded UTF-8 with at most {_MAX_PARAMETERS} parameters."
        raise Invalid("invalid_query", detail, (Fault("", "cannot be read", "wrong_form"),)) from None
    values = dict(pairs)
    if len(values) != len(pairs):
        names = [name for name, _ in pairs]
        repeated = sorted({name for name in names if names.count(name) > 1})
        faults = tuple(Fault(_pointer((name,)), "must be given only once", "repeated") for name in repeated)
        raise Invalid("invalid_query", "A parameter is given more than once.", faults)
    return _validated(model, values)


def read_day(text: str) -> date:
    """The date in an address (`converters.DayConverter`).

    Raises:
        Invalid: `invalid_path`, the date does not exist or is out of range.
    """
    try:
        return _DAY.validate_python(text)
    except ValidationError as error:
        faults = tuple(fault(detail, "/day") for detail in _details(error))
        raise Invalid("invalid_path", "The address has an invalid date.", faults) from None


def _defaults(model: type[Model]) -> Model:
    """The defaults of a query. Queries are frozen, so all requests share one."""
    query = _DEFAULTS.get(model)
    if not isinstance(query, model):
        query = _DEFAULTS[model] = _validated(model, {})
    return query


def _validated(model: type[Model], values: dict[str, str]) -> Model:
    try:
        return model.model_validate_strings(values)
    except ValidationError as error:
        details = _details(error)
        faults = tuple(fault(detail, _pointer(detail["loc"])) for detail in details)
        raise Invalid("invalid_query", "The query string has invalid values.", faults) from None


def refused(error: ValidationError, raw: bytes) -> Invalid:
    """The error to raise when validating `raw` failed with `error`."""
    details = _details(error)
    if details[0]["type"] == "json_invalid":
        return _unreadable(details[0])
    document = from_json(raw)
    faults = tuple(fault(detail, _pointer(_place(document, detail["loc"]))) for detail in details)
    return Invalid("invalid_body", "The body has invalid values.", faults)


def _details(error: ValidationError) -> list[ErrorDetails]:
    # Leave out the input: it may be the whole body, and it must not be repeated.
    return error.errors(include_url=False, include_input=False)[:MAX_FAULTS]


def _unreadable(detail: ErrorDetails) -> Invalid:
    reason = str(detail.get("ctx", {}).get("error", "not JSON"))
    if reason.startswith("recursion limit"):
        return Invalid("too_deep", "The JSON is nested too deeply.", (Fault("", "is nested too deeply", "too_deep"),))
    return Invalid("malformed_json", "The body is not valid JSON in UTF-8.", (Fault("", reason, "wrong_form"),))


def _place(document: object, location: tuple[int | str, ...]) -> list[int | str]:
    """The steps of a pydantic location that exist in the document. Drops the names of union members."""
    place: list[int | str] = []
    node = document
    for position, step in enumerate(location):
        last = position == len(location) - 1
        if isinstance(node, dict) and (step in node or last):
            node = node.get(step)
        elif isinstance(node, list) and isinstance(step, int) and step < len(node):
            node = node[step]
        else:
            continue
        place.append(step)
    return place


def _pointer(place: tuple[int | str, ...] | list[int | str]) -> str:
    """A JSON pointer (RFC 6901), cut to a maximum length because senders choose the keys."""
    return pointer(place)[:_MAX_POINTER_CHARACTERS]


def _is_json(content_type: str) -> bool:
    media_type, _, parameters = content_type.partition(";")
    charset = parameters.strip().lower().replace('"', "")
    return media_type.strip().lower() in _accepted() and charset in ("", "charset=utf-8")


def _accepted() -> tuple[str, ...]:
    """The media types that the body of the current request may have."""
    return (_JSON, MERGE_PATCH) if current().method == "PATCH" else (_JSON,)
