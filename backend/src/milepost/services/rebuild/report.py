"""What a rebuild or a check reports while it runs."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple
from uuid import UUID


class Difference(NamedTuple):
    """A field that does not hold what the log gives, or (`field` None) a row that is missing or one too many."""

    table: str
    learner_id: UUID
    key: Mapping[str, object]
    field: str | None
    stored: object
    by_log: object

    def __str__(self) -> str:
        place = " ".join([self.table, f"learner={self.learner_id}", *(f"{n}={v}" for n, v in self.key.items())])
        if self.field is None:
            return f"{place}: the row is {'missing' if self.stored is None else 'not in the log'}"
        return f"{place} {self.field}: {self.stored}, by the log {self.by_log}"


class Progress(NamedTuple):
    """How far a run is: learners `done` of about `total`, and what this batch found to differ.

    `waiting`: learners of this batch that were left out, because the worker is to rebuild them.
    """

    done: int
    total: int
    differences: Sequence[Difference] = ()
    waiting: Sequence[UUID] = ()
