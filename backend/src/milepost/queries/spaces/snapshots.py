"""The progress of a space or composite goal at the end of days, as the sweep recorded it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

import orjson

from milepost.db.connection import Reading

Subject = Literal["space", "goal"]

_SNAPSHOTS = """
SELECT day, total::float8, components FROM progress_snapshots
WHERE learner_id = $1 AND subject = $2 AND id = $3 AND day BETWEEN $4 AND $5 ORDER BY day
"""


@dataclass(frozen=True, slots=True)
class ProgressSnapshot:
    """The progress at the end of one day: `total` is 0–100; `components` holds `parts` and `weights_used`."""

    day: date
    total: float
    components: Mapping[str, Mapping[str, float]]


async def progress_snapshots(
    connection: Reading, learner_id: UUID, subject: tuple[Subject, str], first: date, last: date
) -> Sequence[ProgressSnapshot]:
    """The snapshots of a space or goal from `first` to `last`, ascending. A day without one equals the day before."""
    rows = await connection.fetch(_SNAPSHOTS, learner_id, *subject, first, last)
    return [ProgressSnapshot(day, total, orjson.loads(components)) for day, total, components in rows]
