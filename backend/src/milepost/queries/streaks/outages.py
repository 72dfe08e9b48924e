"""Outages and how far each has got to learners."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from milepost.db.connection import Reading

MAX_LISTED = 200

_COLUMNS = "id, starts_at, ends_at, state, reason, activation, created_at"
ONE = f"SELECT {_COLUMNS} FROM outages WHERE id = $1"
"""The columns of `Outage`."""

_ALL = f"SELECT {_COLUMNS} FROM outages ORDER BY created_at DESC, id LIMIT {MAX_LISTED}"
# Of the newest change: what reaches a learner by it holds all changes before.
_SETTLING = """
SELECT s.activation, coalesce(b.done, 0), b.finished_at
FROM (SELECT max(activation) AS activation FROM outages) s LEFT JOIN backfills b ON b.name = 'outages:' || s.activation
WHERE s.activation IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Outage:
    """A span in which the service was down for everyone, half open. `state`: draft, active or withdrawn.

    `activation` is the number of its newest activation or withdrawal; None for what never was active.
    """

    id: UUID
    starts_at: datetime
    ends_at: datetime
    state: str
    reason: str
    activation: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Settling:
    """How far the newest activation or withdrawal has got: learners done, and when everybody was."""

    activation: int
    done: int
    finished_at: datetime | None


async def settling(connection: Reading) -> Settling | None:
    """None where no outage was ever active. One statement."""
    row = await connection.fetchrow(_SETTLING)
    return None if row is None else Settling(*row)


async def outages(connection: Reading) -> Sequence[Outage]:
    """The last that were entered, newest first. One statement."""
    return [Outage(**row) for row in await connection.fetch(_ALL)]
