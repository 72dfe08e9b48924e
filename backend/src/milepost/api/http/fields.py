"""The field types every schema is made of: what a text, an instant, a day, a zone name or a page limit may be.

One place decides, so that no route can be laxer than another. Bodies are validated from their bytes in pydantic's
strict JSON mode; what that mode still accepts and we do not (digits in quotes as instants, NUL, NaN inside objects) is
refused here.
"""

import math
from datetime import UTC, date, datetime
from typing import Annotated, Literal

import orjson
from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    GetPydanticSchema,
    StringConstraints,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from milepost.rules.activities import normal_topic
from milepost.rules.days.calendar import ZONE_NAMES

MAX_METADATA_BYTES = 16_384
MAX_METADATA_KEYS = 64
MAX_METADATA_DEPTH = 8
_EARLIEST_YEAR, _LATEST_YEAR = 1900, 2199
_INT64 = range(-(2**63), 2**63)

# These run in Rust's regex, where $ is the very end of the text and never before a last newline.
_WITHOUT_NUL = r"^[^\x00]*$"
_INSTANT = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,9})?([Zz]|[+-][0-9]{2}:[0-9]{2})$"
_DAY = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"
_WHOLE = r"^-?[0-9]{1,18}$"


class Sent(BaseModel):
    """Base of every request body: no conversion between types, no unknown field."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Query(BaseModel):
    """Base of every query string: one value a name, no unknown name."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Answer(BaseModel):
    """Base of every answer."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def text(longest: int, shortest: int = 1) -> StringConstraints:
    """A text of `shortest` to `longest` characters without NUL, which PostgreSQL cannot store."""
    return StringConstraints(strict=True, min_length=shortest, max_length=longest, pattern=_WITHOUT_NUL)


def _then(pattern: str, schema: CoreSchema, kind: str, sentence: str) -> CoreSchema:
    """Text of this form first, then what it means; every way to fail says the one sentence."""
    steps = core_schema.chain_schema([core_schema.str_schema(pattern=pattern, strict=True), schema])
    return core_schema.custom_error_schema(steps, custom_error_type=kind, custom_error_message=sentence)


def _as_utc(instant: datetime) -> datetime:
    return instant.astimezone(UTC)


def _instant_schema(_source: object, _handler: object) -> CoreSchema:
    meaning = core_schema.datetime_schema(
        strict=False,
        tz_constraint="aware",
        ge=datetime(_EARLIEST_YEAR, 1, 1, tzinfo=UTC),
        lt=datetime(_LATEST_YEAR + 1, 1, 1, tzinfo=UTC),
    )
    checked = _then(
        _INSTANT,
        meaning,
        "instant",
        f"an RFC 3339 instant with an offset between {_EARLIEST_YEAR} and {_LATEST_YEAR} is needed, "
        "like 2026-11-21T18:30:00+01:00",
    )
    return core_schema.no_info_after_validator_function(_as_utc, checked)


def _day_schema(_source: object, _handler: object) -> CoreSchema:
    meaning = core_schema.date_schema(strict=False, ge=date(_EARLIEST_YEAR, 1, 1), le=date(_LATEST_YEAR, 12, 31))
    sentence = f"a date between {_EARLIEST_YEAR} and {_LATEST_YEAR} is needed, like 2026-11-21"
    return _then(_DAY, meaning, "day", sentence)


Instant = Annotated[
    datetime, GetPydanticSchema(_instant_schema), WithJsonSchema({"type": "string", "format": "date-time"})
]
"""An RFC 3339 text with an offset; in UTC when read. Text only: a number, or digits in quotes, is not an instant."""

Day = Annotated[date, GetPydanticSchema(_day_schema), WithJsonSchema({"type": "string", "format": "date"})]
"""A calendar date as YYYY-MM-DD."""


def query_number(least: int, most: int) -> GetPydanticSchema:
    """A whole number in a query string, digits only (pydantic alone would take `5.0`, `+5` and ` 5`):
    `Annotated[int, query_number(1, 400)]`."""

    def schema(_source: object, _handler: object) -> CoreSchema:
        meaning = core_schema.int_schema(strict=False, ge=least, le=most)
        return _then(_WHOLE, meaning, "whole", f"a whole number from {least} to {most} is needed")

    documented = {"type": "integer", "minimum": least, "maximum": most}
    return GetPydanticSchema(schema, lambda _schema, _handler: dict(documented))


Limit = Annotated[int, query_number(1, 200)]
"""How many rows of a page are wanted."""

Cursor = Annotated[str, StringConstraints(strict=True, min_length=1, max_length=3_000, pattern=r"^[A-Za-z0-9_=.-]+$")]
"""Where the next page begins, as the page before said."""

LearnerRef = Annotated[
    str, text(200), Field(description="The learner: a UUID as it is, or the subject of the learner's tokens.")
]


def _known_zone(name: str) -> str:
    if name not in ZONE_NAMES:
        raise PydanticCustomError("zone", "an IANA time zone name is needed, like Europe/Berlin")
    return name


ZoneName = Annotated[
    str,
    StringConstraints(strict=True, min_length=1, max_length=64),
    AfterValidator(_known_zone),
    Field(examples=["Europe/Berlin"]),
]
"""A name of the frozen set of IANA zones, case-sensitive."""


def _check_value(value: object, depth: int) -> None:
    """Refuse inside an object what JSON text can say and neither PostgreSQL nor a reader can keep."""
    match value:
        case str() if "\x00" in value:
            raise PydanticCustomError("text", "text must not contain the character U+0000")
        case float() if not math.isfinite(value):
            raise PydanticCustomError("finite", "numbers must be finite")
        case int() if value not in _INT64:
            raise PydanticCustomError("int64", "whole numbers must fit 64 bits")
        case dict() | list() if depth > MAX_METADATA_DEPTH:
            raise PydanticCustomError("depth", f"objects may nest at most {MAX_METADATA_DEPTH} deep")
        case dict():
            for key, item in value.items():
                _check_value(key, depth)
                _check_value(item, depth + 1)
        case list():
            for item in value:
                _check_value(item, depth + 1)


def _check_metadata(metadata: dict[str, object]) -> dict[str, object]:
    if len(metadata) > MAX_METADATA_KEYS:
        raise PydanticCustomError("keys", f"at most {MAX_METADATA_KEYS} keys are possible")
    # The size first: walking through five megabytes of numbers would take a second.
    if _size(metadata) > MAX_METADATA_BYTES:
        raise PydanticCustomError("size", f"at most {MAX_METADATA_BYTES} bytes of JSON are possible")
    _check_value(metadata, 1)
    return metadata


def _size(metadata: dict[str, object]) -> int:
    try:
        return len(orjson.dumps(metadata))
    except orjson.JSONEncodeError:
        raise PydanticCustomError("int64", "whole numbers must fit 64 bits") from None


Metadata = Annotated[
    dict[str, object],
    AfterValidator(_check_metadata),
    Field(
        description=f"Any JSON object of at most {MAX_METADATA_KEYS} keys, {MAX_METADATA_DEPTH} levels and "
        f"{MAX_METADATA_BYTES} bytes."
    ),
]

Role = Literal["learner", "service", "admin"]


MAX_TOPIC_CHARACTERS = 100


def _topic(sent: str) -> str:
    """Normalised; a few characters become longer by it."""
    topic = normal_topic(sent)
    if len(topic) > MAX_TOPIC_CHARACTERS:
        raise PydanticCustomError(
            "topic", f"at most {MAX_TOPIC_CHARACTERS} characters are possible in Unicode's form C"
        )
    return topic


Topic = Annotated[str, text(MAX_TOPIC_CHARACTERS), AfterValidator(_topic), Field(examples=["loops"])]


class NamedLearner(Query):
    """Services and administrators name the learner here (or in the body); a learner need not."""

    learner_id: LearnerRef | None = None
