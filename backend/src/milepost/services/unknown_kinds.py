"""Counts activities of undeclared kinds: a misspelled verb, or a new feature that policy does not know yet.

A process counts in memory and adds to the table at most once in `FLUSH_SECONDS`, so what a crash loses is little. Other
activities cost nothing. Senders choose these words, so both places are bounded.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from milepost.db.database import Database
from milepost.metrics import Metrics
from milepost.queries.operations.kinds import MAX_KINDS
from milepost.rules.activities import Activity

_MAX_IN_MEMORY = 200
_FLUSH_INTERVAL = timedelta(seconds=10)

_ADD = """
INSERT INTO unknown_kinds AS k (object_type, verb, activities, last_sender, last_seen_at)
SELECT u.object_type, u.verb, u.activities, u.last_sender, u.last_seen_at
FROM unnest($1::text[], $2::text[], $3::bigint[], $4::text[], $5::timestamptz[])
    AS u(object_type, verb, activities, last_sender, last_seen_at)
WHERE (SELECT count(*) FROM unknown_kinds) + cardinality($1::text[]) <= $6
    OR EXISTS (SELECT FROM unknown_kinds o WHERE o.object_type = u.object_type AND o.verb = u.verb)
ORDER BY u.object_type, u.verb
ON CONFLICT (object_type, verb) DO UPDATE SET activities = k.activities + excluded.activities,
    last_sender = CASE WHEN excluded.last_seen_at >= k.last_seen_at THEN excluded.last_sender ELSE k.last_sender END,
    last_seen_at = greatest(k.last_seen_at, excluded.last_seen_at)
"""


@dataclass(slots=True)
class _Seen:
    activities: int
    last_sender: str
    last_seen_at: datetime


class UnknownKinds:
    """The unknown kinds that this process has seen since it last added them to the table. One per process."""

    def __init__(self, database: Database, metrics: Metrics) -> None:
        self._database = database
        self._seen: dict[tuple[str, str], _Seen] = {}
        self._flushed_at: datetime | None = None
        self._total = metrics.unknown_kinds

    async def note(self, activities: Sequence[Activity], sender: str, now: datetime) -> None:
        """Count these activities of unknown kinds.

        Raises:
            Unavailable: the database is unreachable.
        """
        self._total.inc(len(activities))
        for activity in activities:
            key = (activity.object_type, activity.verb)
            seen = self._seen.get(key)
            if seen is not None:
                seen.activities, seen.last_sender, seen.last_seen_at = seen.activities + 1, sender, now
            elif len(self._seen) < _MAX_IN_MEMORY:
                self._seen[key] = _Seen(1, sender, now)
        if self._flushed_at is None or not timedelta() <= now - self._flushed_at < _FLUSH_INTERVAL:
            self._flushed_at = now
            await self.flush()

    async def flush(self) -> None:
        """Add to the table what this process has counted.

        Raises:
            Unavailable: the database is unreachable.
        """
        if not self._seen:
            return
        seen, self._seen = self._seen, {}
        rows = [(*key, one.activities, one.last_sender, one.last_seen_at) for key, one in seen.items()]
        async with self._database.write() as connection:
            await connection.execute(_ADD, *map(list, zip(*rows, strict=True)), MAX_KINDS)
