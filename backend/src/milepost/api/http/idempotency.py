"""The Idempotency-Key of a request: its form, and what makes two requests the same.

Two requests are the same if they have the same address and the same body by value: read by the model of the route, so
texts are normalised and instants in UTC; a field left out is not the same as its default.
"""

import hashlib
from functools import lru_cache
from urllib.parse import parse_qsl

import orjson
from pydantic import TypeAdapter, ValidationError

from milepost.api.edge.problem_codes import declare
from milepost.api.edge.request_context import current
from milepost.api.http.responses import Reply, answer
from milepost.errors import Invalid
from milepost.rules.texts import by_value
from milepost.services.idempotency import KeptAnswer

MAX_KEY_CHARACTERS = 190

declare(
    invalid_idempotency_key=(422, "The Idempotency-Key header is invalid."),
    idempotency_key_reused=(409, "The Idempotency-Key was already used for a different request; nothing was changed."),
)


def idempotency_key(value: str | None) -> str | None:
    """The value of the `Idempotency-Key` header.

    Raises:
        Invalid: the value is empty, longer than 190 characters, or not printable.
    """
    if value is None:
        return None
    if not 0 < len(value) <= MAX_KEY_CHARACTERS or not value.isprintable():
        detail = f"Idempotency-Key must have 1 to {MAX_KEY_CHARACTERS} printable characters."
        raise Invalid("invalid_idempotency_key", detail)
    return value


def request_hash(model: object, raw: bytes) -> str | None:
    """The hash of the current request, whose body `raw` is read as `model` (None: the route has no body).

    None if the body cannot be read: the route then refuses it. The learner is left out, because keys are per learner.
    """
    context = current()
    query = sorted(pair for pair in parse_qsl(context.query_string.decode("latin-1")) if pair[0] != "learner_id")
    body: object = None
    if model is not None:
        try:
            adapter = _adapter(model)
            read = adapter.validate_json(raw or b"{}")
        except ValidationError:
            return None
        body = by_value(adapter.dump_python(read, mode="json", exclude_unset=True))
    packed = orjson.dumps([context.path, query, body], option=orjson.OPT_SORT_KEYS)
    return hashlib.blake2b(packed, digest_size=16).hexdigest()


def answer_to_keep(first: Reply) -> KeptAnswer:
    """The parts of an answer that a repetition gets."""
    return KeptAnswer(first.status, first.body.decode(), first.headers.get("ETag"))


def repeated_answer(kept: KeptAnswer) -> Reply:
    """The first answer again."""
    return answer(kept.body.encode(), kept.status, None if kept.etag is None else {"ETag": kept.etag})


@lru_cache(maxsize=256)
def _adapter(model: object) -> TypeAdapter[object]:
    return TypeAdapter(model)  # type: ignore[arg-type] # a model or a union of models
