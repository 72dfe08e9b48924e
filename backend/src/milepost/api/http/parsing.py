"""How a request is read: raw bytes straight into strict models, faults as JSON pointers.

The only place that decides what counts as a readable body or query string; what single values
may be is in `schemas/fields`.
"""

import asyncio
from typing import TypeVar
from urllib.parse import parse_qsl

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails, from_json
from quart import request

from milepost.api.edge.problem_codes import MAX_FAULTS, EdgeRefusal
from milepost.api.edge.request_context import current, header
from milepost.errors import Fault, Invalid, pointer

Model = TypeVar("Model", bound=BaseModel)
T = TypeVar("T")

_DEFAULTS: dict[type[BaseModel], BaseModel] = {}
_LONGEST_POINTER = 300
_MAX_PARAMETERS = 50
_JSON_TYPES = ("application/json", "application/json; charset=utf-8", "application/json;charset=utf-8")
_SENTENCES = {
    "missing": "is needed",
    "extra_forbidden": "is not a known field",
    "string_pattern_mismatch": "must not contain characters that are not possible here",
    "finite_number": "must be a finite number",
}


async def read_raw() -> bytes:
    """The bytes of a JSON body, as sent.

    Raises:
        EdgeRefusal: 413 too large, 408 too slow, 415 something other than plain JSON.
        Invalid: `body_required` when there is none.
    """
    sent = header(b"content-type")
    if sent is not None and sent.lower() not in _JSON_TYPES and not _is_json(sent):
        raise EdgeRefusal("media_type", headers={"Accept": "application/json"})
    if (header(b"content-encoding") or "identity").lower() != "identity":
        raise EdgeRefusal("media_type", headers={"Accept-Encoding": "identity"})
    settings, deadline = current().state.settings, current().deadline
    if deadline is not None:
        deadline.reschedule(None)
    try:
        # Quart's own get_data wraps every read into a task of its own; a timer costs a tenth of that.
        async with asyncio.timeout(settings.body_timeout_seconds):
            raw: bytes = await request.body
    except TimeoutError:
        raise EdgeRefusal("body_timeout", headers={"Connection": "close"}) from None
    if deadline is not None:
        deadline.reschedule(asyncio.get_running_loop().time() + settings.request_timeout_seconds)
    if not raw:
        raise Invalid("body_required", "A JSON body is needed.", (Fault("", "is empty"),))
    return raw


async def read_body(model: type[Model]) -> Model:
    """The body as a `model`, which must be strict (`schemas.fields.Sent`).

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
        Invalid: `malformed_json` or `too_deep`, or `invalid_body` with every fault and its place.
    """
    try:
        return adapter.validate_json(raw)
    except ValidationError as error:
        raise refused(error, raw) from None


def read_query(model: type[Model]) -> Model:
    """The query string as a `model` (`schemas.fields.Query`): every name known, each at most once.

    Raises:
        Invalid: `invalid_query` with every fault.
    """
    raw: bytes = request.query_string
    if not raw:
        return _nothing_asked(model)
    try:
        pairs = parse_qsl(raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=_MAX_PARAMETERS)
    except ValueError:
        detail = f"The query string is not percent-encoded UTF-8 of at most {_MAX_PARAMETERS} names."
        raise Invalid("invalid_query", detail, (Fault("", "cannot be read"),)) from None
    values = dict(pairs)
    if len(values) != len(pairs):
        names = [name for name, _ in pairs]
        repeated = sorted({name for name in names if names.count(name) > 1})
        faults = tuple(Fault(_pointer((name,)), "may be given once") for name in repeated)
        raise Invalid("invalid_query", "A parameter is given more than once.", faults)
    return _validated(model, values)


def _nothing_asked(model: type[Model]) -> Model:
    """The defaults of a query; queries are frozen, so everybody may have the same."""
    known = _DEFAULTS.get(model)
    if not isinstance(known, model):
        known = _DEFAULTS[model] = _validated(model, {})
    return known


def _validated(model: type[Model], values: dict[str, str]) -> Model:
    try:
        return model.model_validate_strings(values)
    except ValidationError as error:
        listed = _details(error)
        faults = tuple(Fault(_pointer(detail["loc"]), _sentence(detail)) for detail in listed)
        raise Invalid("invalid_query", "Values in the query string are impossible.", faults) from None


def refused(error: ValidationError, raw: bytes) -> Invalid:
    """What to tell the sender of `raw` about `error`."""
    listed = _details(error)
    if listed[0]["type"] == "json_invalid":
        return _unreadable(listed[0])
    document = from_json(raw)
    faults = tuple(Fault(_pointer(_place(document, detail["loc"])), _sentence(detail)) for detail in listed)
    return Invalid("invalid_body", "Values in the body are impossible.", faults)


def _details(error: ValidationError) -> list[ErrorDetails]:
    # The input is left out: it may be the whole body, and it is nobody's to repeat.
    return error.errors(include_url=False, include_input=False)[:MAX_FAULTS]


def _unreadable(detail: ErrorDetails) -> Invalid:
    why = str(detail.get("ctx", {}).get("error", "not JSON"))
    if why.startswith("recursion limit"):
        return Invalid("too_deep", "The JSON nests too deeply.", (Fault("", "nests too deeply"),))
    return Invalid("malformed_json", "The body is not valid JSON in UTF-8.", (Fault("", why),))


def _sentence(detail: ErrorDetails) -> str:
    return _SENTENCES.get(detail["type"]) or detail["msg"]


def _place(document: object, location: tuple[int | str, ...]) -> list[int | str]:
    """The steps of a pydantic location that exist in the document: names of union members are no part of it."""
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
    """RFC 6901, cut where a sender's own key is absurdly long."""
    return pointer(place)[:_LONGEST_POINTER]


def _is_json(content_type: str) -> bool:
    media_type, _, parameters = content_type.partition(";")
    charset = parameters.strip().lower().replace('"', "")
    return media_type.strip().lower() == "application/json" and charset in ("", "charset=utf-8")
