"""Ids for what is created: the client's Idempotency-Key, or a new one."""

from uuid import UUID, uuid4, uuid5

from quart import request

from milepost.api.edge.problem_codes import declare
from milepost.api.edge.request_context import header
from milepost.errors import Invalid

MAX_KEY_CHARACTERS = 190

declare(invalid_idempotency_key=(422, "The Idempotency-Key header cannot be used."))


def idempotency_key(sent: str | None) -> str | None:
    """The `Idempotency-Key` header as an id.

    Raises:
        Invalid: empty, longer than 190 characters, or not printable.
    """
    if sent is None:
        return None
    if not 0 < len(sent) <= MAX_KEY_CHARACTERS or not sent.isprintable():
        detail = f"Idempotency-Key must have 1 to {MAX_KEY_CHARACTERS} printable characters."
        raise Invalid("invalid_idempotency_key", detail)
    return sent


def new_id(learner_id: UUID) -> UUID:
    """A new id; for an Idempotency-Key always the same one.

    Raises:
        Invalid: `invalid_idempotency_key`.
    """
    key = idempotency_key(header(b"idempotency-key"))
    return uuid4() if key is None else uuid5(learner_id, f"{request.path}:{key}")
