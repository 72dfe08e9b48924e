"""Outages, and the progress of applying the newest change to learners."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from milepost.db.connection import Reading

MAX_LISTED = 200

_COLUMNS = "id, starts_at, ends_at, state, reason, activation, created_at"
OUTAGE_BY_ID = f"SELECT {_COLUMNS} FROM outages WHERE id = $1"
"""Selects the columns of `Outage`."""

_ALL = f"SELECT {_COLUMNS} FROM outages ORDER BY created_at DESC, id LIMIT {MAX_LISTED}"
# Only the newest change matters: applying it to a learner also applies all earlier ones.
_PROGRESS = """
SELECT s.activation, coalesce(b.done, 0), b.finished_at
FROM (SELECT max(activation) AS activation FROM outages) s LEFT JOIN backfills b ON b.name = 'outages:' || s.activation
WHERE s.activation IS NOT NULL
"""


@dataclass(frozen=True, slots=True)
class Outage:
    """A half-open span in which the service was down for everyone. `state`: draft, active or withdrawn.

    `activation` is the number of its newest activation or withdrawal; None if it was never active.
    """

    id: UUID
    starts_at: datetime
    ends_at: datetime
    state: str
    reason: str
    activation: int | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class OutageProgress:
    """The progress of the newest activation or withdrawal: the number of learners done, and when all were."""

    activation: int
    done: int
    finished_at: datetime | None


async def outage_progress(connection: Reading) -> OutageProgress | None:
    """The progress of the newest change; None if no outage was ever active. One statement."""
    row = await connection.fetchrow(_PROGRESS)
    return None if row is None else OutageProgress(*row)


async def outages(connection: Reading) -> Sequence[Outage]:
    """The newest `MAX_LISTED` outages, newest first. One statement."""
    return [Outage(**row) for row in await connection.fetch(_ALL)]
