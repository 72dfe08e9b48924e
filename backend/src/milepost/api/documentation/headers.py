"""The headers that operations read and answer with, as the OpenAPI document shows them."""

import inspect
from collections.abc import Callable, Mapping
from typing import Any

from pydantic import BaseModel
from werkzeug.routing import Rule

from milepost.api.documentation.vocabulary import description, parameter_entry
from milepost.api.http.conditional_get import conditional, conditional_item, conditional_shared
from milepost.api.http.contract import Contract
from milepost.api.http.fields import ItemAnswer
from milepost.api.http.idempotency import MAX_KEY_CHARACTERS

Schema = dict[str, object]
View = Callable[..., Any]

_CONDITIONAL = (conditional, conditional_item, conditional_shared)
_SHORT_TEXT: Schema = {"minLength": 1, "maxLength": MAX_KEY_CHARACTERS}
_ALWAYS = {"X-Request-ID": ("string", "Identifies the request in the log.")}
_RETRY = ("integer", "Seconds to wait before trying again.")
_QUOTA = {
    "RateLimit": ("string", 'What is left of the quota and for how many seconds: `"intake";r=5999;t=60`.'),
    "RateLimit-Policy": ("string", 'The quota and its window in seconds: `"intake";q=6000;w=60`.'),
}
"""The fields of draft-ietf-httpapi-ratelimit-headers-11."""
_BY_STATUS: Mapping[int, Mapping[str, tuple[str, str]]] = {
    401: {"WWW-Authenticate": ("string", "How to sign in (RFC 6750).")},
    503: {"Retry-After": _RETRY},
    429: {"Retry-After": _RETRY, **_QUOTA},
}
_ETAG = {
    "ETag": ("string", "The validator of this answer, for `If-None-Match`; of a single resource also for `If-Match`.")
}
_UPDATED = {"Last-Updated": ("string", "When the answer was computed.")}


def request_headers(promise: Contract, rule: Rule, view: View) -> list[Schema]:
    """The headers, beside those of every request, that change what the operation does."""
    methods = rule.methods or set()
    creates = promise.item is not None and promise.item.is_created_by_put and "PUT" in methods
    return [
        {
            "name": name,
            "in": "header",
            "required": False,
            "description": description(parameter_entry(name)),
            "schema": {"type": "string", **(_SHORT_TEXT if name == "Idempotency-Key" else {})},
        }
        for name, is_read in (
            ("Idempotency-Key", "invalid_idempotency_key" in promise.problems),
            ("If-Match", promise.item is not None),
            ("If-None-Match", creates or is_conditional(view)),
            ("Last-Event-ID", "invalid_last_event_id" in promise.problems),
        )
        if is_read
    ]


def response_headers(
    status: int, model: object = None, view: View | None = None, *, is_charged: bool = False
) -> Schema:
    """The headers of an answer with this status; `model` is the type of its body, `view` the route if it succeeds.

    `is_charged`: the operation uses up a quota.
    """
    headers = {**_ALWAYS, **_BY_STATUS.get(status, {})}
    if is_charged:
        headers |= _QUOTA
    if _shows_item(model) or (view is not None and is_conditional(view)):
        headers |= _ETAG
    if view is not None and _calls(view, conditional_shared):
        headers |= _UPDATED
    return {name: {"description": about, "schema": {"type": kind}} for name, (kind, about) in headers.items()}


def is_conditional(view: View) -> bool:
    """Whether a GET answers with a validator: it does if it answers through `conditional_get`."""
    return _calls(view, *_CONDITIONAL)


def _calls(view: View, *functions: View) -> bool:
    names = inspect.getclosurevars(inspect.unwrap(view)).globals
    return any(value in functions for value in names.values() if inspect.isfunction(value))


def _shows_item(model: object) -> bool:
    """Whether a body is the representation of a single resource, or has one as a member."""
    if not isinstance(model, type) or not issubclass(model, BaseModel):
        return False
    kinds = [model, *(field.annotation for field in model.model_fields.values())]
    return any(isinstance(kind, type) and issubclass(kind, ItemAnswer) for kind in kinds)
