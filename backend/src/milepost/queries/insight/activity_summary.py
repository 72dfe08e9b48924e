"""What a learner's activities of some days come to: by day, by type, by points, by path or topic. Reads sums by day,
running totals and the cells around them, never the log, and always a window of days.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

import orjson

from milepost.db.connection import Reading
from milepost.queries.insight.daily_values import of_every_day
from milepost.queries.insight.running_totals import KEPT_AS, WINDOW, amounts_by_name, named
from milepost.rules.days.periods import Days, days_before
from milepost.rules.insight.engagement import NO_EFFORT, Effort, four_weeks_before
from milepost.rules.insight.running_totals import MAX_NAMES

_SUMMARY = f"""
{WINDOW} SELECT {named("object_type")}, by_day.*, before.* FROM (
    SELECT array_agg(local_day - $2) AS places, array_agg(activities) AS activities, array_agg(seconds) AS seconds
    FROM activity_days WHERE learner_id = $1 AND local_day BETWEEN $2 AND $3
) by_day CROSS JOIN (
    SELECT coalesce(sum(activities), 0)::bigint AS activities_before,
        coalesce(sum(seconds), 0)::bigint AS seconds_before
    FROM activity_days WHERE learner_id = $1 AND local_day BETWEEN $4 AND $5
) before
"""
BalanceBy = Literal["object_type", "topic", "path"]
_LABELS: tuple[BalanceBy, ...] = ("object_type", "topic", "path")
_POINTS = f"{WINDOW} SELECT {', '.join(named(label, most_first='points') for label in _LABELS)}"
# Names of shortly before are in no window, and the days are few.
_SPREADS = {
    label: f"""
{WINDOW} SELECT {named(label)}, (
    SELECT json_agg(name)::text FROM (
        SELECT DISTINCT {label} AS name FROM activity_cells
        WHERE learner_id = $1 AND local_day BETWEEN $4 AND $5 AND {label} <> '' ORDER BY 1 LIMIT {MAX_NAMES}
    ) names
) AS resting
"""
    for label in _LABELS
}


@dataclass(frozen=True, slots=True)
class Summary:
    """Activities and seconds of every day in order; efforts by type, most activities first, and of the time before."""

    activities: Sequence[int]
    seconds: Sequence[int]
    types: Sequence[tuple[str, Effort]]
    before: Effort


@dataclass(frozen=True, slots=True)
class Points:
    """Points of some days, most first: by type, by topic and by path, '' where an activity named none."""

    by_type: Sequence[tuple[str, int]]
    by_topic: Sequence[tuple[str, int]]
    by_path: Sequence[tuple[str, int]]


async def activity_summary(connection: Reading, learner_id: UUID, days: Days) -> Summary:
    """What was done on `days`. One statement."""
    before = days_before(days)
    row = await connection.fetchrow(_SUMMARY, learner_id, days.first, days.last, before.first, before.last)
    return Summary(
        of_every_day(days, row["places"], row["activities"]),
        of_every_day(days, row["places"], row["seconds"]),
        _most_first(_efforts(row["by_type"])),
        Effort(row["activities_before"], row["seconds_before"]),
    )


async def points_of(connection: Reading, learner_id: UUID, days: Days) -> Points:
    """Where the points of `days` came from. One statement."""
    row = await connection.fetchrow(_POINTS, learner_id, days.first, days.last)
    return Points(_points(row["by_type"]), _points(row["by_topic"]), _points(row["by_path"]))


async def spread(connection: Reading, learner_id: UUID, by: BalanceBy, days: Days) -> list[tuple[str, Effort]]:
    """Efforts of `days` by name, most activities first; 0 for those that rest since shortly before. One statement."""
    rest = four_weeks_before(days)
    row = await connection.fetchrow(_SPREADS[by], learner_id, days.first, days.last, rest.first, rest.last)
    resting = dict.fromkeys(orjson.loads(row["resting"] or b"[]"), NO_EFFORT)
    practised = {name: effort for name, effort in _efforts(row[KEPT_AS[by]]).items() if name}
    return _most_first(resting | practised)


def _efforts(column: str) -> dict[str, Effort]:
    return {name: Effort(amounts.activities, amounts.seconds) for name, amounts in amounts_by_name(column).items()}


# Names are ordered by their characters, whatever the database sorts texts by.
def _most_first(efforts: Mapping[str, Effort]) -> list[tuple[str, Effort]]:
    return sorted(efforts.items(), key=lambda one: (-one[1].activities, one[0]))[:MAX_NAMES]


def _points(column: str) -> list[tuple[str, int]]:
    found = [(name, amounts.points) for name, amounts in amounts_by_name(column).items() if amounts.points]
    return sorted(found, key=lambda one: (-one[1], one[0]))[:MAX_NAMES]
