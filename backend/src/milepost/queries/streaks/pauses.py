"""A learner's pauses."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from milepost.db.connection import Reading

PAUSES = """
SELECT excuse_id AS id, first_day, last_day, reason, created_at FROM streak_excuses
WHERE learner_id = $1 AND kind = 'pause'
"""
"""Selects the columns of `Pause` for the learner `$1`. The limit of sixty days a year bounds the number of rows."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Dates without practice that a learner has planned, both ends inclusive."""

    id: UUID
    first_day: date
    last_day: date
    reason: str
    created_at: datetime


async def pauses(connection: Reading, learner_id: UUID) -> Sequence[Pause]:
    """All pauses of a learner, latest first. One statement."""
    return [Pause(**row) for row in await connection.fetch(f"{PAUSES} ORDER BY first_day DESC", learner_id)]
