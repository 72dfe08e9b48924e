"""What a learner may know and change about itself."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from milepost.db.tables import learner_zones

_z = learner_zones.c


@dataclass(frozen=True, slots=True)
class KnownZone:
    """The zone in force and who said so; `changed_at` is the last change after the first known zone."""

    zone: str
    source: str
    changed_at: datetime | None


async def known_zone(connection: AsyncConnection, learner_id: UUID) -> KnownZone | None:
    """The learner's zone, or None while it is assumed. One statement."""
    beginning = text("'-infinity'::timestamptz")
    changed_at = func.nullif(_z.valid_from, beginning)
    query = (
        select(_z.zone, _z.source, changed_at)
        .where(_z.learner_id == learner_id)
        .order_by(_z.valid_from.desc())
        .limit(1)
    )
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else KnownZone(*row)
