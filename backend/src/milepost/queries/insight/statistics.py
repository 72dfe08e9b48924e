"""A learner's statistics: a period and the one before it, by topic, by difficulty, and the last days one by one.

Reads sums by day, running totals and the cells around them, never the log, so a long history does not slow answers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import orjson

from milepost.db.connection import Reading, Record
from milepost.db.tables.sums import REPORTED
from milepost.queries.insight.running_totals import WINDOW, amounts_by_name, totals_column
from milepost.rules.days.periods import Days

_COUNTED_SUMS = ("exercises", "graded", "grade_milli", "hints")
_TIMED_SECONDS = "CASE WHEN timed_exercises IS NOT NULL THEN exercise_seconds END"
_PERIOD_SUMS = {
    **{name: name for name in (*_COUNTED_SUMS, *REPORTED)},
    "timed_seconds": _TIMED_SECONDS,
}
"""The fields of `PeriodSums` as SQL over a day; null days (see `db.tables.sums.REPORTED`) are in no average."""
_KNOWN = {
    **{name: f"coalesce(l.{name}, known.{name})" for name in REPORTED},
    "timed_seconds": "CASE WHEN l.timed_exercises IS NULL THEN known.timed_seconds ELSE l.exercise_seconds END",
}
"""The sums that averages rest on, as SQL over a learner `l` and its days `known`, which `l` lacks."""
MAX_TOPICS = 1_000
MAX_DIFFICULTIES = 100
_BEGINNING, _END = date.min, date.max

_TREND = """
SELECT json_agg(json_build_array(local_day, exercises, graded, grade_milli, seconds) ORDER BY local_day)::text AS trend
FROM activity_days WHERE learner_id = $1 AND local_day BETWEEN $4 AND $5
"""
_TOPICS = f"""
SELECT json_agg(json_build_array(topic, exercises, graded, grade_milli, seconds))::text FROM (
    SELECT topic, exercises, graded, grade_milli, seconds FROM skill_levels WHERE learner_id = $1
    ORDER BY exercises DESC, topic LIMIT {MAX_TOPICS}
) listed
"""


def _summed(prefix: str, bound: str) -> str:
    return ", ".join(
        f"coalesce(sum({amount}) FILTER (WHERE local_day {bound} $2), 0)::bigint AS {prefix}{name}"
        for name, amount in _PERIOD_SUMS.items()
    )


_PERIOD = f"""
{WINDOW} SELECT totals.*, trend.trend, {totals_column("difficulty", "exercises")},
    {totals_column("topic", "exercises")}
FROM (
    SELECT {_summed("", ">=")}, {_summed("before_", "<")}, NULL::date AS first_day
    FROM activity_days WHERE learner_id = $1 AND local_day BETWEEN $6 AND $3
) totals CROSS JOIN ({_TREND}) trend
"""
# Totals and topics of all time have sums of their own. A learner not rebuilt since averages have theirs has the sums of
# the days that have them.
_ALL_TIME = f"""
{WINDOW} SELECT totals.*, trend.trend, {totals_column("difficulty", "exercises")}, ({_TOPICS}) AS topics FROM (
    SELECT {", ".join(f"coalesce(max(l.{name}), 0)::bigint AS {name}" for name in _COUNTED_SUMS)},
        {", ".join(f"coalesce(max({_KNOWN[name]}), 0)::bigint AS {name}" for name in _KNOWN)},
        (SELECT min(local_day) FROM activity_days WHERE learner_id = $1) AS first_day
    FROM learners l LEFT JOIN LATERAL (
        SELECT {", ".join(f"sum({_PERIOD_SUMS[name]})::bigint AS {name}" for name in _KNOWN)}
        FROM activity_days d WHERE d.learner_id = l.learner_id AND l.timed_exercises IS NULL
    ) known ON l.timed_exercises IS NULL WHERE l.learner_id = $1
) totals CROSS JOIN ({_TREND}) trend
"""


@dataclass(frozen=True, slots=True)
class PeriodSums:
    """Sums over a period; grades as a count and a sum in thousandths.

    Averages rest on `timed_exercises` with their `timed_seconds`, and on `hinted_exercises` with their
    `exercise_hints`; `hints` are those of all activities.
    """

    exercises: int
    graded: int
    grade_milli: int
    hints: int
    timed_exercises: int
    hinted_exercises: int
    exercise_hints: int
    timed_seconds: int


@dataclass(frozen=True, slots=True)
class PartSums:
    """Sums of one topic, one difficulty, or one day."""

    exercises: int
    graded: int
    grade_milli: int
    seconds: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """The sums of a period. Topics and difficulties: most exercises first, then by name. `trend` omits inactive days.

    Only statistics of all time have a `first_day` (the first active day), and only those have no `before`.
    """

    now: PeriodSums
    before: PeriodSums | None
    first_day: date | None
    topics: Sequence[tuple[str, PartSums]]
    difficulties: Sequence[tuple[str, PartSums]]
    trend: dict[date, PartSums]


async def statistics(connection: Reading, learner_id: UUID, days: Days, before: Days, trend: Days) -> Statistics:
    """Statistics of `days` and of the days `before`, which end where `days` begin. One statement."""
    row = await connection.fetchrow(_PERIOD, learner_id, days.first, days.last, trend.first, trend.last, before.first)
    return _statistics(row, _sums(row, "before_"), _parts(row["by_topic"]))


async def all_time_statistics(connection: Reading, learner_id: UUID, trend: Days) -> Statistics:
    """Statistics of all time. One statement."""
    row = await connection.fetchrow(_ALL_TIME, learner_id, _BEGINNING, _END, trend.first, trend.last)
    topics = {name: PartSums(*sums) for name, *sums in orjson.loads(row["topics"] or b"[]")}
    return _statistics(row, None, topics)


def _statistics(row: Record, before: PeriodSums | None, topics: Mapping[str, PartSums]) -> Statistics:
    return Statistics(
        now=_sums(row, ""),
        before=before,
        first_day=row["first_day"],
        topics=_most_first(topics, MAX_TOPICS),
        difficulties=_most_first(_parts(row["by_difficulty"]), MAX_DIFFICULTIES),
        trend={date.fromisoformat(day): PartSums(*sums) for day, *sums in orjson.loads(row["trend"] or b"[]")},
    )


def _sums(row: Record, prefix: str) -> PeriodSums:
    return PeriodSums(*(row[prefix + name] for name in _PERIOD_SUMS))


def _parts(column: str) -> dict[str, PartSums]:
    """The sums of each name in a totals column, without '' (activities that have none)."""
    return {
        name: PartSums(amounts.exercises, amounts.graded, amounts.grade_milli, amounts.seconds)
        for name, amounts in amounts_by_name(column).items()
        if name
    }


def _most_first(parts: Mapping[str, PartSums], limit: int) -> list[tuple[str, PartSums]]:
    """Names are ordered by code point, independent of the database's collation."""
    return sorted(parts.items(), key=lambda part: (-part[1].exercises, part[0]))[:limit]
