"""The contribution of one row of the log to spaces, composite goals and milestones, as SQL over an activities row `a`.
Intake and rebuild share it.

A row that is `not_counted` adds its seconds and the day, and reaches its milestone. Which kinds a space's rules use is
decided on read, so nothing here depends on the policy.
"""

from milepost.db.tables.spaces import SPACE_SUMS
from milepost.rules.activities import PERFECT_MILLI
from milepost.rules.policy import MILESTONE_REACHED

REACHES = (
    f"a.object_type = '{MILESTONE_REACHED.object_type}' AND a.verb = '{MILESTONE_REACHED.verb}'"
    " AND a.object_id IS NOT NULL"
)
NAMING = f"(a.space_id IS NOT NULL OR a.goal_id IS NOT NULL OR {REACHES})"
"""Does a row name a space, a goal or a milestone?"""

_VALUED = "a.not_counted IS NULL AND a.value_milli IS NOT NULL"
_AMOUNTS = {
    "counted": "CASE WHEN a.not_counted IS NULL THEN 1 ELSE 0 END",
    "seconds": "coalesce(a.counted_seconds, a.duration_seconds, 0)",
    "valued": f"CASE WHEN {_VALUED} THEN 1 ELSE 0 END",
    "value_milli": f"CASE WHEN {_VALUED} THEN a.value_milli ELSE 0 END",
    "unnamed": f"CASE WHEN {_VALUED} AND a.object_id IS NULL THEN 1 ELSE 0 END",
    "unnamed_full": f"CASE WHEN a.not_counted IS NULL AND a.value_milli = {PERFECT_MILLI} AND a.object_id IS NULL"
    " THEN 1 ELSE 0 END",
}
NAMED = ", ".join(
    (
        *("a.learner_id", "coalesce(a.space_id, '') AS space_id", "coalesce(a.goal_id, '') AS goal_id"),
        *("a.object_type", "a.verb"),
    )
)
"""What of `METRIC_KEY` a row names."""

SPACE_CONTRIBUTION = ", ".join(
    [
        *(NAMED, "coalesce(a.object_id, '') AS object_id", "a.local_day", "a.day_ends_at"),
        f"{REACHES} AS reaches",
        f"CASE WHEN {_VALUED} THEN a.value_milli END AS best_milli",
        *(f"{amount} AS {name}" for name, amount in _AMOUNTS.items()),
    ]
)
"""SELECT list over a row that is `NAMING`; `METRICS`, `TASKS` and `REACHED` select from rows `n` of it."""

METRIC_KEY = ("learner_id", "space_id", "goal_id", "object_type", "verb")
METRICS = f"""
SELECT {", ".join(METRIC_KEY)}, {", ".join(f"sum({name})::bigint AS {name}" for name in SPACE_SUMS)}
FROM n GROUP BY {", ".join(METRIC_KEY)} ORDER BY {", ".join(METRIC_KEY)}
"""

TASK_KEY = ("learner_id", "space_id", "object_type", "verb", "object_id")
TASKS = f"""
SELECT {", ".join(TASK_KEY)}, max(best_milli) AS best_milli
FROM n WHERE space_id <> '' AND object_id <> '' AND best_milli IS NOT NULL
GROUP BY {", ".join(TASK_KEY)} ORDER BY {", ".join(TASK_KEY)}
"""

REACHED = """
SELECT learner_id, object_id AS milestone_id, count(*)::int AS activities, min(local_day) AS reached_on
FROM n WHERE reaches GROUP BY learner_id, object_id ORDER BY learner_id, object_id
"""
