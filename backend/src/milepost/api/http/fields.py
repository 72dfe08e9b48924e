"""The field types of all schemas: the allowed texts, instants, days, zone names and page limits.

They are defined in one place, so that no route is laxer than another. Bodies are validated from their bytes in
pydantic's strict JSON mode. This module also refuses what that mode accepts but this service does not: digits in quotes
as instants, NUL, and NaN inside objects.
"""

import math
from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Annotated, Literal

import orjson
from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetPydanticSchema,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, core_schema

from milepost.api.http.faults import field_error, kind_of
from milepost.errors import FaultCode
from milepost.rules.days.calendar import ZONE_NAMES
from milepost.rules.texts import has_controls, has_invisible, is_blank, may_fit, normal_text

MAX_METADATA_BYTES = 16_384
MAX_METADATA_KEYS = 64
MAX_METADATA_DEPTH = 8
_EARLIEST_YEAR, _LATEST_YEAR = 1900, 2199
_INT64 = range(-(2**63), 2**63)

# Rust's regex engine runs these; there, $ matches only the very end of the text, never before a final newline.
_WITHOUT_NUL = r"^[^\x00]*$"
_INSTANT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})$"
_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_WHOLE = r"^-?[0-9]{1,18}$"


UuidText = Annotated[str, Field(json_schema_extra={"format": "uuid"})]
"""A UUID in an answer, as text."""


class Sent(BaseModel):
    """Base of all request bodies: no conversion between types, no unknown fields."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Query(BaseModel):
    """Base of all query strings: one value per name, no unknown names."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Answer(BaseModel):
    """Base of all responses."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ItemAnswer(Answer):
    """Base of the representations of single resources (`http/items.py`)."""

    etag: str


def text(max_length: int, min_length: int = 1) -> StringConstraints:
    """An opaque text, such as an id, kept as sent: `min_length` to `max_length` characters without NUL, which
    PostgreSQL cannot store.
    """
    return StringConstraints(strict=True, min_length=min_length, max_length=max_length, pattern=_WITHOUT_NUL)


def label(max_length: int) -> GetPydanticSchema:
    """A text that names something for counting, such as a topic: NFC, trimmed, not blank. `Annotated[str, label(100)]`.

    The length is that of the text as it is kept.
    """
    return _named(max_length, lambda text: text)


def name(max_length: int) -> GetPydanticSchema:
    """A name that people read: a label without line breaks, control characters and text direction overrides."""
    return _named(max_length, _without_controls)


def person_name(max_length: int) -> GetPydanticSchema:
    """A name by which others know a person: `name`, without characters that no reader sees."""
    return _named(max_length, _without_invisible)


def remark(max_length: int) -> GetPydanticSchema:
    """An optional text that people read: NFC and trimmed. It may be blank, which is the same as empty."""
    return _named(max_length, lambda text: text, may_be_blank=True)


def _named(max_length: int, check: Callable[[str], str], *, may_be_blank: bool = False) -> GetPydanticSchema:
    def normal(text: str) -> str:
        if 0 < len(text) <= max_length and text.isascii() and text.isprintable() and text[0] != " " != text[-1]:
            return text
        if "\x00" in text:
            raise field_error("forbidden_character", "must not contain the character U+0000")
        normalised = normal_text(text) if may_fit(text, max_length) else text
        if len(normalised) > max_length:
            raise field_error("too_long", "must be at most {max} characters", max=max_length)
        if is_blank(normalised):
            if may_be_blank:
                return ""
            raise field_error("blank", "must not be blank")
        return check(normalised)

    documented: dict[str, object] = {"type": "string", "maxLength": max_length}
    if not may_be_blank:
        documented["minLength"] = 1
    schema = core_schema.no_info_after_validator_function(normal, core_schema.str_schema(strict=True))
    return GetPydanticSchema(lambda _source, _handler: schema, lambda _schema, _handler: dict(documented))


def _without_controls(text: str) -> str:
    if has_controls(text):
        sentence = "must not contain line breaks, control characters or text direction overrides"
        raise field_error("forbidden_character", sentence)
    return text


def _without_invisible(text: str) -> str:
    if has_invisible(_without_controls(text)):
        raise field_error("forbidden_character", "must not contain invisible characters")
    return text


def formed(
    pattern: str,
    sentence: str,
    *,
    min_length: int | None = None,
    max_length: int | None = None,
    to_lower: bool = False,
    form: str = "",
) -> GetPydanticSchema:
    """A text of a given form: `Annotated[str, formed(…)]`. Every failure gives `sentence`, which says what is allowed.

    `form` names the form to programs (`uuid`). `to_lower` converts the text after its form has been checked.
    """
    shape = core_schema.str_schema(
        pattern=pattern, min_length=min_length, max_length=max_length, to_lower=to_lower, strict=True
    )
    checked = _explained(shape, "wrong_form", sentence, {"form": form} if form else {})
    return GetPydanticSchema(lambda _source, _handler: checked)


def _checked(
    pattern: str,
    schema: CoreSchema,
    sentence: str,
    values: dict[str, str | int | float],
    code: FaultCode = "wrong_form",
) -> CoreSchema:
    """Check the form of the text, then validate it with `schema`. Every failure gives the same sentence."""
    steps = core_schema.chain_schema([core_schema.str_schema(pattern=pattern, strict=True), schema])
    return _explained(steps, code, sentence, values)


def _explained(schema: CoreSchema, code: FaultCode, sentence: str, values: dict[str, str | int | float]) -> CoreSchema:
    return core_schema.custom_error_schema(
        schema, custom_error_type=kind_of(code), custom_error_message=sentence, custom_error_context=values
    )


def _without_leap_second(text: str) -> str:
    """Replace a leap second by the last microsecond before it, so that it belongs to the day that ends.

    PostgreSQL and Python have no second 60. Leap seconds follow 23:59:59 UTC; any other second 60 is refused.
    """
    if text[17:19] != "60":
        return text
    date_and_minute, fraction_and_offset = text[:17], text[19:].upper()
    offset = fraction_and_offset.lstrip(".0123456789")
    last = f"{date_and_minute}59.999999{offset}"
    try:
        at = datetime.fromisoformat(last).astimezone(UTC)
    except (ValueError, OverflowError):
        return text
    return last if (at.hour, at.minute) == (23, 59) else text


def _as_utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC)


def _instant_schema(_source: object, _handler: object) -> CoreSchema:
    meaning = core_schema.datetime_schema(
        strict=False,
        tz_constraint="aware",
        ge=datetime(_EARLIEST_YEAR, 1, 1, tzinfo=UTC),
        lt=datetime(_LATEST_YEAR + 1, 1, 1, tzinfo=UTC),
    )
    checked = _checked(
        _INSTANT,
        core_schema.no_info_before_validator_function(_without_leap_second, meaning),
        f"must be an RFC 3339 instant with an offset, between {_EARLIEST_YEAR} and {_LATEST_YEAR}, "
        "like 2026-11-21T18:30:00+01:00",
        {"form": "date-time"},
    )
    return core_schema.no_info_after_validator_function(_as_utc, checked)


def _day_schema(_source: object, _handler: object) -> CoreSchema:
    meaning = core_schema.date_schema(strict=False, ge=date(_EARLIEST_YEAR, 1, 1), le=date(_LATEST_YEAR, 12, 31))
    sentence = f"must be a date between {_EARLIEST_YEAR} and {_LATEST_YEAR}, like 2026-11-21"
    return _checked(_DAY, meaning, sentence, {"form": "date"})


Instant = Annotated[
    datetime, GetPydanticSchema(_instant_schema), WithJsonSchema({"type": "string", "format": "date-time"})
]
"""An instant in RFC 3339 with an offset, converted to UTC. Numbers and digits in quotes are not instants.

A leap second (23:59:60 UTC) is taken as 23:59:59.999999.
"""

Day = Annotated[date, GetPydanticSchema(_day_schema), WithJsonSchema({"type": "string", "format": "date"})]
"""A calendar date as YYYY-MM-DD."""


def _integral(number: object) -> object:
    return int(number) if isinstance(number, float) and number.is_integer() else number


WHOLE = BeforeValidator(_integral)
"""Last in an annotation: take `60.0` in a body as 60, because JSON has one kind of number."""

Whole = Annotated[int, WHOLE]
"""A whole number in a body. Texts and booleans are not numbers."""


def query_number(minimum: int, maximum: int) -> GetPydanticSchema:
    """A whole number in a query string, digits only (pydantic alone would accept `5.0`, `+5` and ` 5`):
    `Annotated[int, query_number(1, 400)]`."""

    def schema(_source: object, _handler: object) -> CoreSchema:
        meaning = core_schema.int_schema(strict=False, ge=minimum, le=maximum)
        sentence, values = "must be a whole number from {min} to {max}", {"min": minimum, "max": maximum}
        return _checked(_WHOLE, meaning, sentence, {**values}, "out_of_range")

    documented = {"type": "integer", "minimum": minimum, "maximum": maximum}
    return GetPydanticSchema(schema, lambda _schema, _handler: dict(documented))


MAX_PAGE = 200

Limit = Annotated[int, query_number(1, MAX_PAGE)]
"""The number of rows per page."""

Cursor = Annotated[
    str, formed(r"^[A-Za-z0-9_=.-]+$", "must be the `next` value of a page", min_length=1, max_length=3_000)
]
"""Where the page begins: the `next` value of the previous page."""

LearnerRef = Annotated[
    str, text(200), Field(description="The learner: a UUID, or the subject of the learner's tokens.")
]


def _known_zone(name: str) -> str:
    if name not in ZONE_NAMES:
        raise field_error("wrong_form", "must be an IANA time zone name, like Europe/Berlin", form="time-zone")
    return name


ZoneName = Annotated[
    str,
    StringConstraints(strict=True, min_length=1, max_length=64),
    AfterValidator(_known_zone),
    Field(examples=["Europe/Berlin"]),
]
"""A name from the pinned set of IANA zones; case-sensitive."""


def _check_value(value: object, depth: int) -> None:
    """Refuse values that JSON text can express but PostgreSQL or readers cannot store."""
    match value:
        case str() if "\x00" in value:
            raise field_error("forbidden_character", "text must not contain the character U+0000")
        case float() if not math.isfinite(value):
            raise field_error("not_finite", "numbers must be finite")
        case int() if value not in _INT64:
            raise field_error("too_large", "whole numbers must fit into 64 bits")
        case dict() | list() if depth > MAX_METADATA_DEPTH:
            raise field_error("too_deep", "must be nested at most {max} levels deep", max=MAX_METADATA_DEPTH)
        case dict():
            for key, item in value.items():
                _check_value(key, depth)
                _check_value(item, depth + 1)
        case list():
            for item in value:
                _check_value(item, depth + 1)


def _check_metadata(metadata: dict[str, object]) -> dict[str, object]:
    if len(metadata) > MAX_METADATA_KEYS:
        raise field_error("too_many", "must have at most {max} keys", max=MAX_METADATA_KEYS)
    # Check the size first: walking through five megabytes of numbers would take a second.
    if _size(metadata) > MAX_METADATA_BYTES:
        raise field_error("too_long", "must be at most {max} bytes of JSON", max=MAX_METADATA_BYTES)
    _check_value(metadata, 1)
    return metadata


def _size(metadata: dict[str, object]) -> int:
    try:
        return len(orjson.dumps(metadata))
    except orjson.JSONEncodeError:
        raise field_error("too_large", "whole numbers must fit into 64 bits") from None


Metadata = Annotated[
    dict[str, object],
    AfterValidator(_check_metadata),
    Field(
        description=f"Any JSON object with at most {MAX_METADATA_KEYS} keys, {MAX_METADATA_DEPTH} levels and "
        f"{MAX_METADATA_BYTES} bytes."
    ),
]

Role = Literal["learner", "service", "admin"]


Topic = Annotated[str, label(100), Field(examples=["loops"])]


class NamedLearner(Query):
    """Services and administrators name the learner here or in the body; a learner need not."""

    learner_id: LearnerRef | None = None
