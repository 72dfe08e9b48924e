"""How many learners have been erased. Nothing else is kept of them."""

from dataclasses import dataclass
from datetime import datetime

from milepost.db.connection import Reading

_ERASURES = "SELECT count(*), max(erased_at) FROM erased"


@dataclass(frozen=True, slots=True)
class Erasures:
    """The number of erased learners, and when the newest erasure was; None without one."""

    learners: int
    newest_at: datetime | None


async def erasures(connection: Reading) -> Erasures:
    """The erasures of this installation. One statement."""
    return Erasures(*await connection.fetchrow(_ERASURES))
