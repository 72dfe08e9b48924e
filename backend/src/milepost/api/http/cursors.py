"""Cursors mark where the next page begins. They point into the caller's own rows, so they need no signature."""

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

import orjson

from milepost.api.edge.problem_codes import declare
from milepost.errors import Invalid

T = TypeVar("T")

declare(invalid_cursor=(422, "The cursor is not one that this service issued."))


def write_cursor(place: Sequence[object]) -> str:
    """The cursor for a place in a sort order, given as plain values."""
    return base64.urlsafe_b64encode(orjson.dumps(place)).decode()


def read_cursor(cursor: str, place_from: Callable[[list[str]], T]) -> T:
    """The place that a cursor marks. `place_from` makes it from the cursor's values, which are strings.

    Raises:
        Invalid: `invalid_cursor`, also if `place_from` raises a ValueError, TypeError or OverflowError.
    """
    try:
        values = orjson.loads(base64.urlsafe_b64decode(cursor))
        if not isinstance(values, list) or not all(isinstance(value, str) and "\x00" not in value for value in values):
            raise ValueError(cursor)
        return place_from(values)
    except (binascii.Error, ValueError, TypeError, OverflowError):
        raise unknown_cursor() from None


def unknown_cursor() -> Invalid:
    """The error for a cursor that this service did not issue."""
    return Invalid("invalid_cursor", "The cursor is not one that this service issued.")


def instant_in_cursor(text: str) -> datetime:
    """The instant in a cursor, in UTC. Year 1 with an offset has no UTC form and is refused.

    Raises:
        ValueError, OverflowError: the text is not an instant that UTC can express.
    """
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(text)
    return at.astimezone(UTC)
