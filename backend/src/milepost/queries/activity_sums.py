"""What a learner's activities of some days come to: by day, by type, by points, by path or topic. Reads sums by day and
by cell, never the log, and always a window of days.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal
from uuid import UUID

import asyncpg
import orjson

from milepost.rules.engagement import Effort, shortly_before
from milepost.rules.periods import Days, days_before

BalanceBy = Literal["path", "topic", "object_type"]

MOST_NAMES = 1_000

_OF_DAYS = "FROM activity_cells WHERE learner_id = $1 AND local_day BETWEEN $2 AND $3"
_SUMMARY = f"""
SELECT by_day.*, before.*, (
    SELECT json_agg(json_build_array(object_type, activities, seconds))::text FROM (
        SELECT object_type, sum(activities)::bigint AS activities, sum(seconds)::bigint AS seconds
        {_OF_DAYS} GROUP BY object_type ORDER BY 2 DESC, 1 LIMIT {MOST_NAMES}
    ) types
) FROM (
    SELECT array_agg(local_day), array_agg(activities), array_agg(seconds)
    FROM activity_days WHERE learner_id = $1 AND local_day BETWEEN $2 AND $3
) by_day CROSS JOIN (
    SELECT coalesce(sum(activities), 0)::bigint, coalesce(sum(seconds), 0)::bigint
    FROM activity_days WHERE learner_id = $1 AND local_day BETWEEN $4 AND $5
) before
"""


# One pass over the cells for all three.
_POINTS = f"""
SELECT grouping(object_type, topic, path), coalesce(object_type, topic, path), sum(points)::bigint
{_OF_DAYS} AND points > 0
GROUP BY GROUPING SETS ((object_type), (topic), (path)) ORDER BY 3 DESC, 2 LIMIT {3 * MOST_NAMES}
"""
_TYPE, _TOPIC, _PATH = 0b011, 0b101, 0b110
"""What `grouping` says: a bit for each label that was summed over."""


def _spread(name: str) -> str:
    """Efforts of the window, then the names of shortly before, with none: fewer days, and nothing to sum."""
    return f"""
    (SELECT {name}, sum(activities)::bigint, sum(seconds)::bigint {_OF_DAYS} AND {name} <> ''
    GROUP BY {name} ORDER BY 2 DESC, 1 LIMIT {MOST_NAMES})
    UNION ALL
    (SELECT DISTINCT {name}, 0::bigint, 0::bigint
    FROM activity_cells WHERE learner_id = $1 AND local_day BETWEEN $4 AND $5 AND {name} <> ''
    ORDER BY 1 LIMIT {MOST_NAMES})
    """


_SPREADS: dict[BalanceBy, str] = {
    "path": _spread("path"),
    "topic": _spread("topic"),
    "object_type": _spread("object_type"),
}


@dataclass(frozen=True, slots=True)
class Summary:
    """Efforts of some days by day (those with any) and by type (most activities first), and of the time before."""

    days: dict[date, Effort]
    types: Sequence[tuple[str, Effort]]
    before: Effort


@dataclass(frozen=True, slots=True)
class Points:
    """Points of some days, most first: by type, by topic and by path, '' where an activity named none."""

    by_type: Sequence[tuple[str, int]]
    by_topic: Sequence[tuple[str, int]]
    by_path: Sequence[tuple[str, int]]


async def activity_summary(connection: asyncpg.Connection, learner_id: UUID, days: Days) -> Summary:
    """What was done on `days`. One statement."""
    before = days_before(days)
    row = await connection.fetchrow(_SUMMARY, learner_id, days.first, days.last, before.first, before.last)
    dates, activities, seconds, activities_before, seconds_before, types = row
    listed = [(name, Effort(*sums)) for name, *sums in orjson.loads(types or b"[]")]
    return Summary(
        dict(zip(dates or (), map(Effort, activities or (), seconds or ()), strict=True)),
        # The order of names is that of their characters, whatever the database sorts texts by.
        sorted(listed, key=lambda one: (-one[1].activities, one[0])),
        Effort(activities_before, seconds_before),
    )


async def points_of(connection: asyncpg.Connection, learner_id: UUID, days: Days) -> Points:
    """Where the points of `days` came from. One statement."""
    parts: dict[int, list[tuple[str, int]]] = {_TYPE: [], _TOPIC: [], _PATH: []}
    for label, name, points in await connection.fetch(_POINTS, learner_id, days.first, days.last):
        parts[label].append((name, points))
    # The order of names is that of their characters, whatever the database sorts texts by.
    return Points(*(sorted(part, key=lambda one: (-one[1], one[0])) for part in parts.values()))


async def spread(
    connection: asyncpg.Connection, learner_id: UUID, by: BalanceBy, days: Days
) -> Sequence[tuple[str, Effort]]:
    """Efforts of `days` by name, most activities first; 0 for those that rest since shortly before. One statement."""
    rest = shortly_before(days)
    rows = await connection.fetch(_SPREADS[by], learner_id, days.first, days.last, rest.first, rest.last)
    found: dict[str, Effort] = {}
    for name, *sums in rows:
        found.setdefault(name, Effort(*sums))
    return sorted(found.items(), key=lambda one: (-one[1].activities, one[0]))
