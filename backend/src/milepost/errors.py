"""What can go wrong in the domain, and nothing about HTTP: the edge gives each a status.

MilepostError
├── Refused             the request is understood and cannot be done; says which rule and why
│   ├── NotFound        no such thing, or not the caller's
│   ├── Conflict        clashes with what is stored, or comes too soon
│   └── Invalid         a value is impossible; may name several places
└── Unavailable         not now: too busy, or a server is out of reach; try again after some seconds
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """One impossible value: a JSON pointer into what was sent (`/activities/3/value`) and a sentence."""

    pointer: str
    message: str


def pointer(path: Iterable[str | int]) -> str:
    """A JSON pointer (RFC 6901) of the steps that lead to a value."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


class MilepostError(Exception):
    """Base of everything this service raises on purpose.

    `code` is stable and machine-readable; `detail` is a sentence for people.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class Refused(MilepostError):
    """Understood, and not possible. `members` say the same as the sentence, for programs: plain values by name."""

    def __init__(self, code: str, detail: str, members: Mapping[str, object] | None = None) -> None:
        super().__init__(code, detail)
        self.members = members or {}


class NotFound(Refused):
    """No such thing, or not the caller's to see."""


class Conflict(Refused):
    """Clashes with what is stored, or comes too soon."""


class Invalid(Refused):
    """Impossible values, each with its place."""

    def __init__(
        self,
        code: str,
        detail: str,
        faults: tuple[Fault, ...] = (),
        members: Mapping[str, object] | None = None,
    ) -> None:
        super().__init__(code, detail, members)
        self.faults = faults


class Unavailable(MilepostError):
    """Not now. `retry_after_seconds` ≥ 1 says when to come back."""

    def __init__(self, code: str, detail: str, retry_after_seconds: int = 1) -> None:
        super().__init__(code, detail)
        self.retry_after_seconds = retry_after_seconds
