"""The projections that are being refilled after a migration, and how far each pass is."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from milepost.db.connection import Reading

_PREFIX = "refill:"
_LATE = ":late"

_PASSES = f"SELECT name, finished_at FROM backfills WHERE name LIKE '{_PREFIX}%' ORDER BY name"


@dataclass(frozen=True, slots=True)
class RefillPass:
    """One of the two passes over all learners. `name` is that of its row in `backfills`; `is_late`: the second one."""

    name: str
    projection: str
    is_late: bool
    finished_at: datetime | None


async def refill_passes(connection: Reading) -> Sequence[RefillPass]:
    """Every pass that a migration has asked for, also those that are finished; the first one before the second."""
    return [
        RefillPass(name, name.removeprefix(_PREFIX).removesuffix(_LATE), name.endswith(_LATE), finished_at)
        for name, finished_at in await connection.fetch(_PASSES)
    ]


async def refilling(connection: Reading) -> list[str]:
    """The projections of which a pass is not finished, by name."""
    passes = await refill_passes(connection)
    return sorted({refill_pass.projection for refill_pass in passes if refill_pass.finished_at is None})
