"""The examples of the document: requests that work when pasted, and the answers they got. Recorded by a test.

Requests that only work near the present hold `{{now}}` (an instant a minute ago) or `{{soon}}` (a day after tomorrow),
which `with_dates` fills in whenever the document is served.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache, lru_cache
from importlib.resources import files

from pydantic import TypeAdapter

DATED_AT = datetime(2026, 11, 21, 17, 30, tzinfo=UTC)
"""The instant of the committed document, and of the clock while examples are recorded."""

_NOW, _SOON = b"{{now}}", b"{{soon}}"
_A_MINUTE, _TWO_DAYS = timedelta(minutes=1), timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Example:
    """Bodies by name, values of parameters, and the answer to the first body. `text`: it is not JSON."""

    requests: Mapping[str, object] = field(default_factory=dict)
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    answer: object = None
    text: str | None = None


def example(operation: str) -> Example:
    """The example of an operation; empty if none is recorded."""
    return _recorded().get(operation, Example())


def with_dates(document: bytes, now: datetime) -> bytes:
    """The document with the dates of its requests at the minute of `now`. All readers of a minute share one copy."""
    return _dated(document, now.astimezone(UTC).replace(second=0, microsecond=0))


@lru_cache(maxsize=1)
def _dated(document: bytes, minute: datetime) -> bytes:
    at = (minute - _A_MINUTE).isoformat(timespec="seconds").replace("+00:00", "Z")
    day = (minute + _TWO_DAYS).date().isoformat()
    return document.replace(_NOW, at.encode()).replace(_SOON, day.encode())


@cache
def _recorded() -> Mapping[str, Example]:
    content = files(__package__).joinpath("examples.json").read_bytes()
    return TypeAdapter(dict[str, Example]).validate_json(content)
