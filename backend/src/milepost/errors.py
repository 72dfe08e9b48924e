"""The errors of the domain. They know nothing about HTTP; the edge maps each to a status.

MilepostError
├── Refused             the request is understood but cannot be done; says which rule forbids it and why
│   ├── NotFound        does not exist, or does not belong to the caller
│   ├── LearnersGone    learners who were erased, or merged into others
│   ├── Conflict        conflicts with stored data, or comes too soon
│   └── Invalid         a value is invalid; may name several places
└── Unavailable         too busy, or a server is unreachable; try again after a few seconds
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, NamedTuple
from uuid import UUID

FaultCode = Literal[
    "blank",
    "conflicting",
    "empty",
    "forbidden_character",
    "in_the_future",
    "in_the_past",
    "invalid",
    "missing",
    "not_allowed",
    "not_finite",
    "not_whole_minutes",
    "out_of_range",
    "repeated",
    "reversed",
    "too_deep",
    "too_few",
    "too_large",
    "too_long",
    "too_many",
    "too_many_decimals",
    "too_short",
    "too_small",
    "unknown",
    "unknown_field",
    "wrong_form",
    "wrong_type",
]
"""What is wrong with a value, for programs. `invalid`: a rule that only the sentence explains."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One invalid value: a JSON pointer into the request (`/activities/3/value`) and a sentence.

    `code` and `values` say the same to programs: `too_long` with `{"max": 100}`.
    """

    pointer: str
    message: str
    code: FaultCode = "invalid"
    values: Mapping[str, object] = field(default_factory=dict)


def pointer(path: Iterable[str | int]) -> str:
    """The JSON pointer (RFC 6901) for the steps that lead to a value."""
    return "".join("/" + str(step).replace("~", "~0").replace("/", "~1") for step in path)


class MilepostError(Exception):
    """Base of every error this service raises on purpose.

    `code` is stable and machine-readable; `detail` is a sentence for people.
    """

    def __init__(self, code: str, detail: str) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail


class Refused(MilepostError):
    """Understood, but not possible. `members` repeats the sentence for programs, as plain values by name."""

    def __init__(self, code: str, detail: str, members: Mapping[str, object] | None = None) -> None:
        super().__init__(code, detail)
        self.members = members or {}


class NotFound(Refused):
    """Does not exist, or the caller may not see it."""


class Departed(NamedTuple):
    """A learner who has left: erased, or merged into another."""

    learner_id: UUID
    merged_into: UUID | None = None

    @property
    def code(self) -> Literal["learner_erased", "learner_merged"]:
        """The code of refusals."""
        return "learner_erased" if self.merged_into is None else "learner_merged"


class LearnersGone(Refused):
    """Learners who have left. `departed` has at least one; the first gives the code and the sentence."""

    def __init__(self, departed: Sequence[Departed]) -> None:
        first = departed[0]
        if first.merged_into is None:
            super().__init__(first.code, "The learner has been erased; nothing is recorded or shown.")
        else:
            members = {"merged_into": str(first.merged_into)}
            super().__init__(first.code, "The learner has been merged into another.", members)
        self.departed = departed


class Conflict(Refused):
    """Conflicts with stored data, or comes too soon."""


class Invalid(Refused):
    """Invalid values, each with its place."""

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
    """Cannot be served now. `retry_after_seconds` ≥ 1 says when to try again."""

    def __init__(self, code: str, detail: str, retry_after_seconds: int = 1) -> None:
        super().__init__(code, detail)
        self.retry_after_seconds = retry_after_seconds
