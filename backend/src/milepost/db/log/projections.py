"""What each projection must hold: its key, its columns, and the one SELECT over the log that says what belongs there.

Filling, checking and the tests of the order law all read this description. What is outside the law stands in `EXEMPT`,
here and nowhere else. Who adds a projection adds it here.
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
from milepost.db.tables.sums import SUMS
from milepost.rules.activities import STREAK

EXEMPT = {
    "learners": {
        "revision",
        "days_revision",
        "outage_seen",
        "catalogue_seen",
        "zone",
        "zone_source",
        "unlocked",
        "goals_met",
        "rebuild_due_at",
        "totals_through",
        "totals_due_at",
        "totals_due",
    },
    "activity_days": {"dirty"},
    "skill_levels": {"previous_level", "level_updated_at"},
    "space_metrics": {"due_at"},
}
"""Columns outside the law: counters of commits, marks for jobs, the history of a level, and what was met once."""

STREAK_COLUMNS = ("run", "longest", "last_met_day", "freezes", "progress")
"""Of `learners`: what `rules/streaks/streaks.py` makes of the met days."""

_COUNTED = "activities a WHERE a.learner_id = ANY($1::uuid[]) AND a.voided_at IS NULL"
_LOG = f"(SELECT {CONTRIBUTION} FROM {_COUNTED}) n"


@dataclass(frozen=True, slots=True)
class Projection:
    """A projection that is a sum over the log. `from_log` selects its key and columns for the learners in `$1`."""

    name: str
    table: str
    key: tuple[str, ...]
    columns: tuple[str, ...]
    from_log: str

    @property
    def listed(self) -> str:
        """Key and columns, as a column list."""
        return ", ".join((*self.key, *self.columns))


DAYS = Projection(
    "days",
    "activity_days",
    ("learner_id", "local_day"),
    (*SUMS, "streak_activities", "first_counted_at", "closes_at"),
    f"""
SELECT learner_id, local_day, {summed("streak_activities")},
    min(occurred_at) FILTER (WHERE streak_activities > 0) AS first_counted_at, max(day_ends_at) AS closes_at
FROM {_LOG} GROUP BY learner_id, local_day
""",
)

_CELL_KEY = ", ".join(CELL_KEY)
CELLS = Projection(
    "cells", "activity_cells", CELL_KEY, SUMS, f"SELECT {_CELL_KEY}, {summed()} FROM {_LOG} GROUP BY {_CELL_KEY}"
)

SKILLS = Projection(
    "skills",
    "skill_levels",
    ("learner_id", "topic"),
    (*SUMS, "review_n", "review_milli", "last_day"),
    f"""
SELECT learner_id, topic, {summed("review_n", "review_milli")}, max(local_day) AS last_day
FROM {_LOG} WHERE topic <> '' GROUP BY learner_id, topic
""",
)

TOTALS = Projection(
    "totals",
    "learners",
    ("learner_id",),
    (*SUMS, "active_days", "topics", "last_day"),
    f"""
SELECT k.learner_id, {", ".join(f"coalesce(sum(n.{name}), 0)::bigint AS {name}" for name in SUMS)},
    count(DISTINCT n.local_day) AS active_days, count(DISTINCT n.topic) FILTER (WHERE n.topic <> '') AS topics,
    max(n.local_day) AS last_day
FROM unnest($1::uuid[]) AS k(learner_id) LEFT JOIN {_LOG} USING (learner_id) GROUP BY k.learner_id
""",
)

COUNTERS = Projection(
    "counters",
    "metric_counters",
    ("learner_id", "counter"),
    ("value",),
    f"""
SELECT n.learner_id, k.counter, {counter_amount("n", "k", days="count(DISTINCT n.local_day)")} AS value
FROM {_LOG} JOIN counters k ON {counter_matches("n", "k")} GROUP BY n.learner_id, k.counter, k.amount
""",
)

GOALS = Projection(
    "goals",
    "learners",
    ("learner_id",),
    ("goals_met",),
    """
SELECT l.learner_id, count(p.goal_id)::int AS goals_met
FROM learners l LEFT JOIN goal_periods p ON p.learner_id = l.learner_id AND p.met_at IS NOT NULL
WHERE l.learner_id = ANY($1::uuid[]) GROUP BY l.learner_id
""",
)
"""Not from the log but from what was awarded: a period that was met stays so."""

_NAMING = f"WITH n AS (SELECT {SPACE_CONTRIBUTION} FROM {_COUNTED} AND {NAMING})"
SPACES = Projection("spaces", "space_metrics", METRIC_KEY, SPACE_SUMS, f"{_NAMING} {METRICS}")
SPACE_TASKS = Projection("space_tasks", "space_tasks", TASK_KEY, ("best_milli",), f"{_NAMING} {TASKS}")
MILESTONES = Projection(
    "milestones",
    "milestone_reaches",
    ("learner_id", "milestone_id"),
    ("activities", "reached_on"),
    f"{_NAMING} {REACHED}",
)
MILESTONES_REACHED = Projection(
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

SUMMED = (DAYS, CELLS, SKILLS, TOTALS, COUNTERS, GOALS, SPACES, SPACE_TASKS, MILESTONES, MILESTONES_REACHED)
"""The projections that are sums."""

NAMES = (
    *("planner", "days", "snapshots", "cells", "running_totals", "skills", "levels", "totals", "streaks"),
    *("counters", "goals", "spaces", "space_tasks", "milestones", "unlocks"),
)
"""Every projection by name, in the order in which they are filled: levels follow from skills, streaks from days, and
unlocks (which a rebuild adds and dates, and never takes away) from everything. The planner's follows from plans.
Snapshots and running totals are taken anew by jobs: a rebuild empties them and marks what is to do.
"""

MET_DAYS_OF_LOG = f"""
SELECT learner_id, array_agg(DISTINCT local_day ORDER BY local_day) FROM {_COUNTED} AND a.counts & {STREAK} <> 0
GROUP BY learner_id
"""
"""Each learner's met days in order, from the log alone."""
