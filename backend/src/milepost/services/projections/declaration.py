"""What a projection declares: how whole learners are refilled, and how their rows are compared with the facts."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, NamedTuple
from uuid import UUID

import orjson

from milepost.db.connection import Reading, Writing
from milepost.db.log.projections import SummedProjection
from milepost.rules.policy import Policy


@dataclass(frozen=True, slots=True)
class Refill:
    """One refill of whole learners, whose locks the caller holds and whose revision it has raised.

    With `revoke`, unlocks that may be revoked are. `days_moved`: activities were voided or assigned to other days.
    """

    connection: Writing
    learners: Sequence[UUID]
    policy: Policy
    now: datetime
    revoke: bool = False
    days_moved: bool = False


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison of whole learners, in the caller's snapshot."""

    connection: Reading
    learners: Sequence[UUID]
    policy: Policy


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


RefillFunction = Callable[[Refill], Awaitable[None]]
ComparisonFunction = Callable[[Comparison], Awaitable[list[Difference]]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """A projection by the name that `milepost rebuild --only` takes."""

    name: str
    table: str
    """Its table. `milepost rebuild` also visits learners who have rows only in such a table."""
    refill: RefillFunction
    differences: ComparisonFunction
    refilled_with: tuple[str, ...] = ()
    """The projections whose refill makes this one outdated, so that both are refilled."""
    follows: Literal["log", "plans", "versions"] = "log"
    """Of what it is computed. A void, or a new zone, refills what follows the log."""


def from_sums(*sums: SummedProjection, refill: RefillFunction | None = None) -> Projection:
    """A projection that SELECTs give; `refill`: another way to refill it than to replace its rows."""

    async def refill_sums(refill: Refill) -> None:
        for projection in sums:
            for statement in projection.refill_statements:
                await refill.connection.execute(statement, refill.learners)

    async def differences(comparison: Comparison) -> list[Difference]:
        return [
            difference
            for projection in sums
            for row in await comparison.connection.fetch(projection.differences_statement, comparison.learners)
            for difference in _by_field(projection, *row)
        ]

    return Projection(name=sums[0].name, table=sums[0].table, refill=refill or refill_sums, differences=differences)


def _by_field(
    projection: SummedProjection, learner_id: UUID, kept: str | None, made: str | None
) -> Sequence[Difference]:
    stored = orjson.loads(kept) if kept else None
    by_log = orjson.loads(made) if made else None
    key = {name: (stored or by_log or {})[name] for name in projection.key if name != "learner_id"}
    return differing_fields(projection.table, learner_id, key, stored, by_log)


def differing_fields(
    table: str,
    learner_id: UUID,
    key: Mapping[str, object],
    stored: Mapping[str, object] | None,
    by_log: Mapping[str, object] | None,
) -> list[Difference]:
    """The differences between a stored row and the row by the log; of equal rows none."""
    if stored is None and by_log is None:
        return []
    if stored is None or by_log is None:
        return [Difference(table, learner_id, key, None, stored, by_log)]
    return [
        Difference(table, learner_id, key, name, value, by_log[name])
        for name, value in stored.items()
        if value != by_log[name]
    ]
