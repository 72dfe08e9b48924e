"""Summaries of a learner's activities in a window of days: by day, type, topic or path, and where points came from.

Reads sums by day, running totals and the cells around them, never the log.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

import orjson

from milepost.db.connection import Reading
from milepost.db.log.contributions import ACTIVE_DAY
from milepost.queries.insight.daily_values import fill_missing_days
from milepost.queries.insight.running_totals import TOTALS_COLUMNS, WINDOW, amounts_by_name, totals_column
from milepost.rules.days.periods import Days, days_before
from milepost.rules.insight.engagement import NO_EFFORT, Effort, four_weeks_before
from milepost.rules.insight.running_totals import MAX_NAMES

_SUMMARY = f"""
{WINDOW} SELECT {totals_column("object_type")}, by_day.*, before.* FROM (
    SELECT array_agg(local_day - $2) AS places, array_agg(activities) AS activities, array_agg(seconds) AS seconds,
        count(*) FILTER (WHERE {ACTIVE_DAY})::int AS active_days,
        count(*) FILTER (WHERE seconds > 0)::int AS timed_days,
        coalesce(sum(activities) FILTER (WHERE {ACTIVE_DAY}), 0)::bigint AS on_active_days
    FROM activity_days WHERE learner_id = $1 AND local_day BETWEEN $2 AND $3
) by_day CROSS JOIN (
    SELECT coalesce(sum(activities), 0)::bigint AS activities_before,
        coalesce(sum(seconds), 0)::bigint AS seconds_before
    FROM activity_days WHERE learner_id = $1 AND local_day BETWEEN $4 AND $5
) before
"""
BalanceBy = Literal["object_type", "topic", "path"]
_LABELS: tuple[BalanceBy, ...] = ("object_type", "topic", "path")
_POINTS = f"{WINDOW} SELECT {', '.join(totals_column(label, most_first='points') for label in _LABELS)}"
# Names from shortly before come from the cells: those days are few and outside the window.
_BALANCES = {
    label: f"""
{WINDOW} SELECT {totals_column(label)}, (
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
    """Activities and seconds of every day in order; efforts by type, most activities first; the effort of the equally
    long time before. `timed_days` report a duration; `on_active_days`: activities on active days.
    """

    activities: Sequence[int]
    seconds: Sequence[int]
    types: Sequence[tuple[str, Effort]]
    before: Effort
    active_days: int
    timed_days: int
    on_active_days: int


@dataclass(frozen=True, slots=True)
class PointsBreakdown:
    """Points by type, topic and path, most points first; '' for activities that have none."""

    by_type: Sequence[tuple[str, int]]
    by_topic: Sequence[tuple[str, int]]
    by_path: Sequence[tuple[str, int]]


async def activity_summary(connection: Reading, learner_id: UUID, days: Days) -> Summary:
    """The summary of `days`. One statement."""
    before = days_before(days)
    row = await connection.fetchrow(_SUMMARY, learner_id, days.first, days.last, before.first, before.last)
    return Summary(
        fill_missing_days(days, row["places"], row["activities"]),
        fill_missing_days(days, row["places"], row["seconds"]),
        _most_first(_efforts(row["by_type"])),
        Effort(row["activities_before"], row["seconds_before"]),
        row["active_days"],
        row["timed_days"],
        row["on_active_days"],
    )


async def points_breakdown(connection: Reading, learner_id: UUID, days: Days) -> PointsBreakdown:
    """The points of `days` by their origin. One statement."""
    row = await connection.fetchrow(_POINTS, learner_id, days.first, days.last)
    return PointsBreakdown(_points(row["by_type"]), _points(row["by_topic"]), _points(row["by_path"]))


async def practice_balance(
    connection: Reading, learner_id: UUID, by: BalanceBy, days: Days
) -> list[tuple[str, Effort]]:
    """Efforts of `days` by name, most activities first; 0 for names practised only shortly before. One statement."""
    rest = four_weeks_before(days)
    row = await connection.fetchrow(_BALANCES[by], learner_id, days.first, days.last, rest.first, rest.last)
    resting = dict.fromkeys(orjson.loads(row["resting"] or b"[]"), NO_EFFORT)
    practised = {name: effort for name, effort in _efforts(row[TOTALS_COLUMNS[by]]).items() if name}
    return _most_first(resting | practised)


def _efforts(column: str) -> dict[str, Effort]:
    return {name: Effort(amounts.activities, amounts.seconds) for name, amounts in amounts_by_name(column).items()}


# Names are ordered by code point, independent of the database's collation.
def _most_first(efforts: Mapping[str, Effort]) -> list[tuple[str, Effort]]:
    return sorted(efforts.items(), key=lambda item: (-item[1].activities, item[0]))[:MAX_NAMES]


def _points(column: str) -> list[tuple[str, int]]:
    points = [(name, amounts.points) for name, amounts in amounts_by_name(column).items() if amounts.points]
    return sorted(points, key=lambda item: (-item[1], item[0]))[:MAX_NAMES]
