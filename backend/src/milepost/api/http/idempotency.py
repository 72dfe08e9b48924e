"""Ids for new rows: derived from the client's Idempotency-Key, or random."""

from uuid import UUID, uuid4, uuid5

from quart import request

from milepost.api.edge.problem_codes import declare
from milepost.api.edge.request_context import header
from milepost.errors import Invalid

MAX_KEY_CHARACTERS = 190

declare(invalid_idempotency_key=(422, "The Idempotency-Key header is invalid."))


def idempotency_key(value: str | None) -> str | None:
    """The value of the `Idempotency-Key` header as an id.

    Raises:
        Invalid: the value is empty, longer than 190 characters, or not printable.
    """
    if value is None:
        return None
    if not 0 < len(value) <= MAX_KEY_CHARACTERS or not value.isprintable():
        detail = f"Idempotency-Key must have 1 to {MAX_KEY_CHARACTERS} printable characters."
        raise Invalid("invalid_idempotency_key", detail)
    return value


def new_id(learner_id: UUID) -> UUID:
    """A new id. The same Idempotency-Key always gives the same id.

    Raises:
        Invalid: `invalid_idempotency_key`.
    """
    key = idempotency_key(header(b"idempotency-key"))
    return uuid4() if key is None else uuid5(learner_id, f"{request.path}:{key}")
