"""Cursors: where the next page begins. They point into the caller's own rows, so they need no signature."""

import base64
import binascii
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TypeVar

import orjson

from milepost.api.edge.problem_codes import declare
from milepost.errors import Invalid

T = TypeVar("T")

declare(invalid_cursor=(422, "The cursor is not one this service gave out."))


def write_cursor(place: Sequence[object]) -> str:
    """The cursor of a place in an order, as plain values."""
    return base64.urlsafe_b64encode(orjson.dumps(place)).decode()


def read_cursor(cursor: str, place_from: Callable[[list[str]], T]) -> T:
    """The place a cursor names, as `place_from` makes it of its values, which are text.

    Raises:
        Invalid: `invalid_cursor`, also where `place_from` raises a ValueError, TypeError or OverflowError.
    """
    try:
        values = orjson.loads(base64.urlsafe_b64decode(cursor))
        if not isinstance(values, list) or not all(isinstance(value, str) and "\x00" not in value for value in values):
            raise ValueError(cursor)
        return place_from(values)
    except (binascii.Error, ValueError, TypeError, OverflowError):
        raise unknown_cursor() from None


def unknown_cursor() -> Invalid:
    """The refusal of a cursor that is not ours."""
    return Invalid("invalid_cursor", "The cursor is not one this service gave out.")


def instant_in_cursor(text: str) -> datetime:
    """An instant of a cursor, in UTC: a year 1 with an offset is no instant the database could be asked for.

    Raises:
        ValueError, OverflowError: it is none.
    """
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        raise ValueError(text)
    return at.astimezone(UTC)
