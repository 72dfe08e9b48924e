"""The ids of check-ins: `check-in:{day}`, then `check-in:{day}:2` and so on, where an earlier one no longer counts."""

from datetime import date
from uuid import UUID

from milepost.db.connection import Reading

_OF_DAY = """
SELECT id, object_type = 'check_in' AND voided_at IS NULL AND local_day = $4 AS counts FROM activities
WHERE learner_id = $1 AND sender = $2 AND (id = $3 OR starts_with(id, $3 || ':'))
"""


async def check_in_id(connection: Reading, learner_id: UUID, sender: str, day: date) -> str:
    """The id under which the learner's check-in of `day` is stored, or else the next that is free."""
    first = f"check-in:{day}"
    rows = await connection.fetch(_OF_DAY, learner_id, sender, first, day)
    counting = sorted(row["id"] for row in rows if row["counts"])
    if counting:
        return str(counting[0])
    taken = {row["id"] for row in rows}
    if first not in taken:
        return first
    number = 2
    while f"{first}:{number}" in taken:
        number += 1
    return f"{first}:{number}"
