"""A learner's activities, newest first, in pages. A page starts after a position, so new activities do not shift it."""

from collections.abc import Mapping, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import date, datetime
from uuid import UUID

import orjson

from milepost.db.connection import Reading, Record
from milepost.db.log.contributions import COUNTED_POINTS


@dataclass(frozen=True, slots=True)
class FeedPosition:
    """The sort key of an activity in the feed."""

    local_day: date
    occurred_at: datetime
    sender: str
    id: str


@dataclass(frozen=True, slots=True)
class FeedItem:
    """One activity as stored: '' or None where the sender gave nothing; the value in thousandths, points that count."""

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
    counted_seconds: int | None

    @property
    def position(self) -> FeedPosition:
        """Its sort key in the feed."""
        return FeedPosition(self.local_day, self.occurred_at, self.sender, self.id)


_COLUMNS = tuple(field.name for field in fields(FeedItem))
_SELECTED = ", ".join(f"{COUNTED_POINTS} AS points" if name == "points" else name for name in _COLUMNS)
_METADATA = _COLUMNS.index("metadata")
_ORDER = "local_day DESC, occurred_at DESC, sender DESC, id DESC"
# Only the first condition can use the index by day; the second is exact.
_AFTER = "local_day <= ${0} AND (local_day, occurred_at, sender, id) < (${0}, ${1}, ${2}, ${3})"


@dataclass(frozen=True, slots=True)
class FeedFilter:
    """Conditions on activities; None is no condition. Days are the learner's dates, both inclusive."""

    topic: str | None = None
    object_type: str | None = None
    first_day: date | None = None
    last_day: date | None = None


async def feed(
    connection: Reading,
    learner_id: UUID,
    feed_filter: FeedFilter,
    limit: int,
    *,
    after: FeedPosition | None = None,
    offset: int = 0,
) -> Sequence[FeedItem]:
    """At most `limit` activities by (local_day, occurred_at, sender, id) descending, without voided ones.

    `after`: only those that follow this position. One statement.
    """
    filters = {
        "topic = ${}": feed_filter.topic,
        "object_type = ${}": feed_filter.object_type,
        "local_day >= ${}": feed_filter.first_day,
        "local_day <= ${}": feed_filter.last_day,
    }
    conditions, arguments = ["learner_id = $1", "voided_at IS NULL"], list[object]((learner_id, limit, offset))
    for condition, value in filters.items():
        if value is not None:
            arguments.append(value)
            conditions.append(condition.format(len(arguments)))
    if after is not None:
        first = len(arguments) + 1
        conditions.append(_AFTER.format(*range(first, first + 4)))
        arguments += astuple(after)
    rows = await connection.fetch(
        f"SELECT {_SELECTED} FROM activities a WHERE {' AND '.join(conditions)} ORDER BY {_ORDER} LIMIT $2 OFFSET $3",
        *arguments,
    )
    return [_item(row) for row in rows]


def _item(row: Record) -> FeedItem:
    columns = list(row)
    # PostgreSQL writes 1e22 with all digits. Python's own parser would read that as an integer too large for an answer.
    columns[_METADATA] = None if columns[_METADATA] is None else orjson.loads(columns[_METADATA])
    return FeedItem(*columns)
