"""A learner's activities, newest first, a page at a time. A page begins behind a place, so that nothing moves it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from milepost.db.tables import activities

_a = activities.c
_ORDER = (_a.local_day, _a.occurred_at, _a.sender, _a.id)


@dataclass(frozen=True, slots=True)
class Place:
    """Where one activity stands in the order of the feed."""

    local_day: date
    occurred_at: datetime
    sender: str
    id: str


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One activity as stored: '' and None where nothing was said; the value in thousandths."""

    sender: str
    id: str
    verb: str
    object_type: str
    object_id: str | None
    topic: str
    path: str
    difficulty: str
    space_id: str | None
    goal_id: str | None
    value_milli: int | None
    duration_seconds: int | None
    hints_used: int | None
    points: int
    session_id: str | None
    once_key: str | None
    zone: str | None
    metadata: Mapping[str, object] | None
    occurred_at: datetime
    local_day: date
    not_counted: str | None

    @property
    def place(self) -> Place:
        """Where it stands in the feed."""
        return Place(self.local_day, self.occurred_at, self.sender, self.id)


_COLUMNS = [_a[field.name] for field in fields(FeedItem)]


@dataclass(frozen=True, slots=True)
class FeedFilter:
    """Which activities: all given must hold. Days are the learner's dates, both inclusive."""

    topic: str | None = None
    object_type: str | None = None
    first_day: date | None = None
    last_day: date | None = None


async def feed(
    connection: AsyncConnection,
    learner_id: UUID,
    wanted: FeedFilter,
    limit: int,
    *,
    behind: Place | None = None,
    offset: int = 0,
) -> Sequence[FeedItem]:
    """At most `limit` activities by (local_day, occurred_at, sender, id) descending; voided ones are left out.

    `behind`: only those after that place in the order. One statement.
    """
    query = select(*_COLUMNS).where(_a.learner_id == learner_id, _a.voided_at.is_(None))
    if wanted.topic is not None:
        query = query.where(_a.topic == wanted.topic)
    if wanted.object_type is not None:
        query = query.where(_a.object_type == wanted.object_type)
    if wanted.first_day is not None:
        query = query.where(_a.local_day >= wanted.first_day)
    if wanted.last_day is not None:
        query = query.where(_a.local_day <= wanted.last_day)
    if behind is not None:
        place = tuple_(behind.local_day, behind.occurred_at, behind.sender, behind.id)
        # The first condition alone can use the index by day; the second is the exact place.
        query = query.where(_a.local_day <= behind.local_day, tuple_(*_ORDER) < place)
    query = query.order_by(*(column.desc() for column in _ORDER)).limit(limit).offset(offset)
    return [FeedItem(*row) for row in await connection.execute(query)]
