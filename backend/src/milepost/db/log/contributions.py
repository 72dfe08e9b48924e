"""The contribution of one row of the log to the sums, as SQL over an activities row `a`. Intake and rebuild share it.

A row that is `not_counted` still adds an activity, its seconds and the day: it was practice.
"""

from milepost.db.tables.sums import MASTERY_SUMS, REPORTED, SUMS
from milepost.rules.achievements.metrics import METRICS
from milepost.rules.activities import EXERCISE, GRADED, PERFECT_MILLI, REVIEW, REVIEWED, STREAK
from milepost.rules.mastery.eases import PARTIAL_WEIGHT


def _when(bit: int, amount: str) -> str:
    return f"CASE WHEN a.not_counted IS NULL AND a.counts & {bit} <> 0 THEN {amount} ELSE 0 END"


# Of a grade for which something typical is decided.
_WEIGHT = (
    f"CASE WHEN a.typical_milli IS NULL THEN 0 WHEN a.value_milli IN (0, {PERFECT_MILLI}) THEN 1"
    f" ELSE {PARTIAL_WEIGHT} END"
)

COUNTED_POINTS = "CASE WHEN a.not_counted IS NULL AND a.voided_at IS NULL THEN a.points ELSE 0 END"
"""The points an activity `a` has wherever it is shown: what it adds to the learner's points."""

# Integers of four bytes: a grade is at most 100,000, and PostgreSQL adds up wider ones as `numeric`, far more slowly.
_AMOUNTS = {
    "activities": "1",
    "exercises": _when(EXERCISE, "1"),
    "seconds": "coalesce(a.counted_seconds, a.duration_seconds, 0)",
    "exercise_seconds": _when(EXERCISE, "coalesce(a.duration_seconds, 0)"),
    "points": COUNTED_POINTS,
    "graded": _when(GRADED, "1"),
    "grade_milli": _when(GRADED, "a.value_milli"),
    "perfect": _when(GRADED, f"(a.value_milli = {PERFECT_MILLI})::int"),
    "no_hint": _when(EXERCISE, "coalesce((a.hints_used = 0)::int, 0)"),
    "hints": "CASE WHEN a.not_counted IS NULL THEN coalesce(a.hints_used, 0) ELSE 0 END",
    "timed_exercises": _when(EXERCISE, "(a.duration_seconds IS NOT NULL)::int"),
    "hinted_exercises": _when(EXERCISE, "(a.hints_used IS NOT NULL)::int"),
    "exercise_hints": _when(EXERCISE, "coalesce(a.hints_used, 0)"),
    "review_n": _when(REVIEW, "1"),
    "review_milli": _when(REVIEW, "a.value_milli"),
    "grade_weight": _when(GRADED, _WEIGHT),
    "weighted_grade_milli": _when(GRADED, f"{_WEIGHT} * a.value_milli"),
    "weighted_typical_milli": _when(GRADED, f"coalesce({_WEIGHT} * a.typical_milli, 0)"),
    "typical_milli": _when(GRADED, "coalesce(a.typical_milli, 0)"),
    "streak_activities": f"CASE WHEN a.counts & {STREAK} <> 0 THEN 1 ELSE 0 END",
}

CELL_KEY = ("learner_id", "local_day", "object_type", "verb", "topic", "path", "difficulty")

CONTRIBUTION = ", ".join(
    [
        *(f"a.{name}" for name in CELL_KEY),
        "a.occurred_at",
        "a.day_ends_at",
        *(f"{amount} AS {name}" for name, amount in _AMOUNTS.items()),
    ]
)
"""SELECT or RETURNING list: the keys of the projections, and the row's contribution to each sum."""


TIME_MOVED = ", ".join(
    [
        *(f"a.{name}" for name in CELL_KEY),
        "a.occurred_at",
        "a.day_ends_at",
        *(f"{'a.counted - a.counted_before' if name == 'seconds' else 0} AS {name}" for name in _AMOUNTS),
    ]
)
"""As `CONTRIBUTION`, over a row of `moved_time`: what its sums change by."""


def summed(*names: str) -> str:
    """`sum(name)` for each of `SUMS` and then of `names`, as a SELECT list."""
    return ", ".join(f"sum({name})::bigint AS {name}" for name in (*SUMS, *names))


def added(table_alias: str, *names: str) -> str:
    """`name = alias.name + excluded.name` for each of `SUMS` and then of `names`: the SET list of an upsert."""
    return ", ".join(f"{name} = {table_alias}.{name} + excluded.{name}" for name in (*SUMS, *names))


SUM_COLUMNS = ", ".join(SUMS)
REPORTED_COLUMNS = ", ".join(REPORTED)
MASTERY_COLUMNS = ", ".join(MASTERY_SUMS)

REPORTED_ADDED = ", ".join(
    f"{name} = CASE WHEN l.activities = 0 THEN excluded.{name} ELSE l.{name} + excluded.{name} END" for name in REPORTED
)
"""The SET list of `REPORTED` for an upsert of `learners l`. Null stays null, except without activities."""


def counter_matches(row: str, counter: str) -> str:
    """Does the filter of `counter` (an alias of `counters`) match `row` (an alias of rows with a cell's key)?"""
    return " AND ".join(
        f"({counter}.{name} IS NULL OR {counter}.{name} = {row}.{name})" for name in ("object_type", "verb", "topic")
    )


def counter_amount(row: str, counter: str, days: str) -> str:
    """The contribution of grouped rows to a counter: one of their sums, or `days`. Group by the counter's `amount`."""
    sums = sorted(metric.counted_sum for metric in METRICS if metric.takes_where and metric.counted_sum)
    cases = " ".join(f"WHEN '{name}' THEN sum({row}.{name})" for name in sums)
    return f"CASE {counter}.amount {cases} ELSE {days} END::bigint"


ACTIVE_DAY = "streak_activities > 0"
"""Is a row of `activity_days` an active day? Not if it has nothing but a received review or a badge."""


def is_active_cell(cell: str) -> str:
    """Does a cell (an alias of `activity_cells`) make its day active? Cells are by topic, days are not."""
    return f"({cell}.verb <> '{REVIEWED}' AND {cell}.object_type <> 'badge')"
