"""What a learner's days add up to: a period and the time before, by topic, by difficulty, and the last days one by one.

Reads sums by day and by cell, never the log. A period of all days takes totals and topics from the sums that stand for
all days already; what is finer takes a window, so that a long past makes no answer slower.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import asyncpg
import orjson

from milepost.rules.periods import Days

_SHOWN = ("exercises", "exercise_seconds", "graded", "grade_milli", "hints")
MOST_TOPICS = 1_000
MOST_DIFFICULTIES = 100

_TREND = """
SELECT json_agg(json_build_array(local_day, exercises, graded, grade_milli, seconds) ORDER BY local_day)::text AS trend
FROM activity_days WHERE learner_id = $1 AND local_day BETWEEN $2 AND $3
"""


def _parts(name: str, most: int, source: str) -> str:
    """A JSON list of what belongs to each value of a label, '' left out, those with most exercises first."""
    return f"""
    SELECT json_agg(json_build_array(name, exercises, graded, grade_milli, seconds))::text AS parts FROM (
        SELECT {name} AS name, sum(exercises)::bigint AS exercises, sum(graded)::bigint AS graded,
            sum(grade_milli)::bigint AS grade_milli, sum(seconds)::bigint AS seconds
        FROM {source} AND {name} <> '' GROUP BY {name} ORDER BY 2 DESC, 1 LIMIT {most}
    ) listed
    """


def _statement(totals: str, topics: str, difficulties: str) -> str:
    return f"""
    SELECT totals.*, trend.trend, topics.parts AS topics, difficulties.parts AS difficulties
    FROM ({totals}) totals CROSS JOIN ({_TREND}) trend
    CROSS JOIN ({_parts("topic", MOST_TOPICS, topics)}) topics
    CROSS JOIN ({_parts("difficulty", MOST_DIFFICULTIES, difficulties)}) difficulties
    """


def _summed(prefix: str, bound: str) -> str:
    return ", ".join(
        f"coalesce(sum({name}) FILTER (WHERE local_day {bound} $4), 0)::bigint AS {prefix}{name}" for name in _SHOWN
    )


_CELLS_OF_DAYS = "activity_cells WHERE learner_id = $1 AND local_day BETWEEN $4 AND $5"
_OF_DAYS = _statement(
    f"""
    SELECT {_summed("", ">=")}, {_summed("before_", "<")}, NULL::date AS first_day
    FROM activity_days WHERE learner_id = $1 AND local_day BETWEEN $6 AND $5
    """,
    _CELLS_OF_DAYS,
    _CELLS_OF_DAYS,
)
# There is no sum by difficulty over all days: the cells of the last days are read.
_OF_ALL = _statement(
    f"""
    SELECT {", ".join(f"coalesce(max({name}), 0)::bigint AS {name}" for name in _SHOWN)},
        (SELECT min(local_day) FROM activity_days WHERE learner_id = $1) AS first_day
    FROM learners WHERE learner_id = $1
    """,
    "skill_levels WHERE learner_id = $1",
    "activity_cells WHERE learner_id = $1 AND local_day >= $4",
)


@dataclass(frozen=True, slots=True)
class PeriodSums:
    """Sums over some days; grades as a count and a sum in thousandths, seconds of exercises alone."""

    exercises: int
    exercise_seconds: int
    graded: int
    grade_milli: int
    hints: int


@dataclass(frozen=True, slots=True)
class PartSums:
    """Sums of one topic, one difficulty, or one day."""

    exercises: int
    graded: int
    grade_milli: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """A period in sums. Topics and difficulties: most exercises first, then by name. `trend` lacks days without a row.

    `before` is None for all days; `first_day` (the first active one) is known for all days alone.
    """

    now: PeriodSums
    before: PeriodSums | None
    first_day: date | None
    topics: Sequence[tuple[str, PartSums]]
    difficulties: Sequence[tuple[str, PartSums]]
    trend: dict[date, PartSums]


async def statistics(
    connection: asyncpg.Connection, learner_id: UUID, days: Days, before: Days, trend: Days
) -> Statistics:
    """Statistics of `days`, against those `before`, which end where `days` begin. One statement."""
    row = await connection.fetchrow(_OF_DAYS, learner_id, trend.first, trend.last, days.first, days.last, before.first)
    return _statistics(row, _sums(row, "before_"))


async def statistics_of_all(
    connection: asyncpg.Connection, learner_id: UUID, trend: Days, detail_from: date
) -> Statistics:
    """Statistics of all days; difficulties of those from `detail_from` on. One statement."""
    return _statistics(await connection.fetchrow(_OF_ALL, learner_id, trend.first, trend.last, detail_from), None)


def _statistics(row: asyncpg.Record, before: PeriodSums | None) -> Statistics:
    return Statistics(
        now=_sums(row, ""),
        before=before,
        first_day=row["first_day"],
        topics=_listed(row["topics"]),
        difficulties=_listed(row["difficulties"]),
        trend={date.fromisoformat(day): PartSums(*sums) for day, *sums in orjson.loads(row["trend"] or b"[]")},
    )


def _sums(row: asyncpg.Record, prefix: str) -> PeriodSums:
    return PeriodSums(*(row[prefix + name] for name in _SHOWN))


def _listed(parts: str | None) -> list[tuple[str, PartSums]]:
    """The order of names is that of their characters, whatever the database sorts texts by."""
    found = [(name, PartSums(*sums)) for name, *sums in orjson.loads(parts or b"[]")]
    return sorted(found, key=lambda part: (-part[1].exercises, part[0]))
