"""The projections that are sums, each declared once: table, key and columns, and the SELECT that says what it holds.

Refilling, checking, intake (for those that `summed_by` declares), benchmarks and the tests of the order law read these
declarations. `services/projections/registry.py` adds the projections that no SELECT gives, such as streaks.
"""

from dataclasses import dataclass

from milepost.db.log.contributions import CELL_KEY, CONTRIBUTION, counter_amount, counter_matches, summed
from milepost.db.log.space_contributions import (
    METRIC_KEY,
    METRICS,
    NAMING,
    REACHED,
    REACHES,
    SPACE_CONTRIBUTION,
    TASK_KEY,
    TASKS,
)
from milepost.db.tables.spaces import SPACE_SUMS
from milepost.db.tables.sums import MASTERY_SUMS, REPORTED, SUMS
from milepost.rules.activities import STREAK

STREAK_COLUMNS = ("run", "longest", "last_met_day", "freezes", "progress")
"""Columns of `learners` that `rules/streaks/streaks.py` computes from the met days."""

LOCKED = "(SELECT count(*) FROM locked) > 0"
"""True once the statement of intake holds the locks of its learners."""

_COUNTED = "activities a WHERE a.learner_id = ANY($1::uuid[]) AND a.voided_at IS NULL"
_LOG = f"(SELECT {CONTRIBUTION} FROM {_COUNTED}) n"


@dataclass(frozen=True, slots=True)
class SummedProjection:
    """A projection that is a sum. `from_log` selects its key and columns for the learners in `$1`.

    Projections may share a name, and are then refilled and checked together. Several may be columns of `learners`, a
    row that is never deleted.
    """

    name: str
    table: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    from_log: str
    exempt: frozenset[str] = frozenset()
    """Columns of the table outside the order law: counters of commits, marks for jobs, the history of a level, and
    values that depend on what was awarded."""
    intake_upsert: str | None = None
    """The upsert that intake's statement runs for it. None: intake has its own upsert, there or in a later step."""

    @property
    def listed(self) -> str:
        """Key and columns, as a column list."""
        return ", ".join((*self.key, *self.columns))

    @property
    def refill_statements(self) -> tuple[str, ...]:
        """Statements that make the learners in `$1` hold what `from_log` gives."""
        if self.table == "learners":
            sets = ", ".join(f"{name} = m.{name}" for name in self.columns)
            return (f"UPDATE learners l SET {sets} FROM ({self.from_log}) m WHERE l.learner_id = m.learner_id",)
        return (
            f"DELETE FROM {self.table} WHERE learner_id = ANY($1::uuid[])",
            f"INSERT INTO {self.table} ({self.listed}) {self.from_log}",
        )

    @property
    def differences_statement(self) -> str:
        """Rows of the learners in `$1` that differ, stored and by the log, as JSON: so every value can be shown."""
        same_key = " AND ".join(f"k.{name} = m.{name}" for name in self.key)
        order = ", ".join(f"coalesce(k.{name}, m.{name})" for name in self.key)
        kept, made = (", ".join(f"{side}.{name}" for name in self.columns) for side in "km")
        stored = f"SELECT {self.listed} FROM {self.table} WHERE learner_id = ANY($1::uuid[])"
        return f"""
WITH kept AS ({stored}), made AS ({self.from_log})
SELECT coalesce(k.learner_id, m.learner_id), to_jsonb(k)::text, to_jsonb(m)::text
FROM kept k FULL JOIN made m ON {same_key}
WHERE k.learner_id IS NULL OR m.learner_id IS NULL OR ({kept}) IS DISTINCT FROM ({made}) ORDER BY {order}
"""


def summed_by(
    name: str, table: str, key: tuple[str, ...], sums: tuple[str, ...], where: str = "true"
) -> SummedProjection:
    """A projection that adds up contributions by `key`, over those rows of the log that are `where`.

    Intake keeps it by the same expressions: one more upsert in its statement, under the learners' locks. Each row that
    it writes costs intake some microseconds, so `where` should leave few.
    """
    keys, columns = ", ".join(key), ", ".join(sums)
    amounts = ", ".join(f"sum({column})::bigint AS {column}" for column in sums)
    raised = ", ".join(f"{column} = p.{column} + excluded.{column}" for column in sums)
    return SummedProjection(
        name,
        table,
        key,
        sums,
        f"SELECT {keys}, {amounts} FROM {_LOG} WHERE {where} GROUP BY {keys}",
        intake_upsert=f"""
    INSERT INTO {table} AS p ({keys}, {columns})
    SELECT {keys}, {amounts} FROM new WHERE {where} AND {LOCKED} GROUP BY {keys} ORDER BY {keys}
    ON CONFLICT ({keys}) DO UPDATE SET {raised}""",
    )


DAYS = SummedProjection(
    "days",
    "activity_days",
    ("learner_id", "local_day"),
    (*SUMS, *REPORTED, "streak_activities", "first_counted_at", "closes_at"),
    f"""
SELECT learner_id, local_day, {summed(*REPORTED, "streak_activities")},
    min(occurred_at) FILTER (WHERE streak_activities > 0) AS first_counted_at, max(day_ends_at) AS closes_at
FROM {_LOG} GROUP BY learner_id, local_day
""",
    exempt=frozenset(("dirty", "dirty_at")),
)

_CELL_KEY = ", ".join(CELL_KEY)
CELLS = SummedProjection(
    "cells",
    "activity_cells",
    CELL_KEY,
    (*SUMS, *MASTERY_SUMS),
    f"SELECT {_CELL_KEY}, {summed(*MASTERY_SUMS)} FROM {_LOG} GROUP BY {_CELL_KEY}",
)

SKILLS = SummedProjection(
    "skills",
    "skill_levels",
    ("learner_id", "topic"),
    (*SUMS, "review_n", "review_milli", "last_day"),
    f"""
SELECT learner_id, topic, {summed("review_n", "review_milli")}, max(local_day) AS last_day
FROM {_LOG} WHERE topic <> '' GROUP BY learner_id, topic
""",
    exempt=frozenset(("previous_level", "level_updated_at")),
)

TOTALS = SummedProjection(
    "totals",
    "learners",
    ("learner_id",),
    (*SUMS, *REPORTED, "active_days", "topics", "last_day"),
    f"""
SELECT k.learner_id, {", ".join(f"coalesce(sum(n.{name}), 0)::bigint AS {name}" for name in (*SUMS, *REPORTED))},
    count(DISTINCT n.local_day) AS active_days, count(DISTINCT n.topic) FILTER (WHERE n.topic <> '') AS topics,
    max(n.local_day) AS last_day
FROM unnest($1::uuid[]) AS k(learner_id) LEFT JOIN {_LOG} USING (learner_id) GROUP BY k.learner_id
""",
    exempt=frozenset(
        (
            *("revision", "days_revision", "outage_seen", "catalogue_seen", "zone", "zone_source", "unlocked"),
            *("rebuild_due_at", "rebuild_revokes", "erasing_at", "totals_through", "totals_due_at", "totals_due"),
            "on_boards",
        )
    ),
)

COUNTERS = SummedProjection(
    "counters",
    "metric_counters",
    ("learner_id", "counter"),
    ("value",),
    f"""
SELECT n.learner_id, k.counter, {counter_amount("n", "k", days="count(DISTINCT n.local_day)")} AS value
FROM {_LOG} JOIN counters k ON {counter_matches("n", "k")} GROUP BY n.learner_id, k.counter, k.amount
""",
)

GOALS = SummedProjection(
    "goals",
    "learners",
    ("learner_id",),
    ("goals_met",),
    """
SELECT l.learner_id, count(p.goal_id)::int AS goals_met
FROM learners l LEFT JOIN goal_periods p ON p.learner_id = l.learner_id AND p.met_at IS NOT NULL
WHERE l.learner_id = ANY($1::uuid[]) GROUP BY l.learner_id
""",
    exempt=frozenset(("goals_met",)),
)
"""Computed from awards and not from the log: a period that was met stays met."""

_NAMING = f"WITH n AS (SELECT {SPACE_CONTRIBUTION} FROM {_COUNTED} AND {NAMING})"
SPACES = SummedProjection(
    "spaces", "space_metrics", METRIC_KEY, SPACE_SUMS, f"{_NAMING} {METRICS}", frozenset(("due_at",))
)
SPACE_TASKS = SummedProjection("space_tasks", "space_tasks", TASK_KEY, ("best_milli",), f"{_NAMING} {TASKS}")
MILESTONES = SummedProjection(
    "milestones",
    "milestone_reaches",
    ("learner_id", "milestone_id"),
    ("activities", "reached_on"),
    f"{_NAMING} {REACHED}",
)
MILESTONES_REACHED = SummedProjection(
    "milestones",
    "learners",
    ("learner_id",),
    ("milestones_reached",),
    f"""
SELECT l.learner_id, count(DISTINCT a.object_id)::int AS milestones_reached
FROM learners l LEFT JOIN activities a ON a.learner_id = l.learner_id AND a.voided_at IS NULL AND {REACHES}
WHERE l.learner_id = ANY($1::uuid[]) GROUP BY l.learner_id
""",
)

REVIEWS = summed_by(
    "reviews", "review_days", ("learner_id", "local_day"), ("review_n", "review_milli"), where="review_n > 0"
)

SUMMED = (DAYS, CELLS, SKILLS, TOTALS, COUNTERS, GOALS, SPACES, SPACE_TASKS, MILESTONES, MILESTONES_REACHED, REVIEWS)
"""Every one of them, in the order in which they are refilled and checked."""

EXEMPT = {
    table: {column for projection in SUMMED if projection.table == table for column in projection.exempt}
    for table in {projection.table for projection in SUMMED}
}
"""By table, the columns outside the order law. Published eases, which are no projection, are outside it too: which
activities a night had seen depends on when they came (decision 45)."""

MET_DAYS_OF_LOG = f"""
SELECT learner_id, array_agg(DISTINCT local_day ORDER BY local_day) FROM {_COUNTED} AND a.counts & {STREAK} <> 0
GROUP BY learner_id
"""
"""Each learner's met days in order, from the log alone."""
