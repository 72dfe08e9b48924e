"""Every table. The first word of a table's comment says its kind: facts, projection, award, or reference.

facts: input · projection: sums over facts, which `milepost rebuild` refills · award: given once and kept · reference:
rows without a learner. `learner_id` comes first in every key of a learner's table.
"""

from milepost.db.tables.achievements import achievement_stats, achievements, counters, metric_counters
from milepost.db.tables.activities import activities, once_keys
from milepost.db.tables.awards import level_changes, notices, told_once, unlocks
from milepost.db.tables.goals import goal_periods, goal_versions, goals
from milepost.db.tables.idempotency import idempotency_keys
from milepost.db.tables.leaderboards import board_groups, board_scores, group_members, peer_figures
from milepost.db.tables.learners import former_ids, learner_zones, learners, outages, profiles, streak_excuses
from milepost.db.tables.mastery import ease_publications, ease_state, ease_sums, eases
from milepost.db.tables.planner import PLANNER_SUMS, calendar_days, categories, planner_days, task_slots, tasks
from milepost.db.tables.schema import metadata
from milepost.db.tables.sharing import shares
from milepost.db.tables.spaces import (
    SPACE_SUMS,
    composite_goals,
    goal_spaces,
    milestone_reaches,
    milestones,
    progress_snapshots,
    space_metrics,
    space_tasks,
    spaces,
)
from milepost.db.tables.sums import (
    DAY_SUMS,
    SUMS,
    activity_cells,
    activity_days,
    daily_snapshots,
    running_totals,
    skill_levels,
)
from milepost.db.tables.system import audit, backfills, erased, job_runs, sign_in_codes, system_state, unknown_kinds

__all__ = [
    "DAY_SUMS",
    "PLANNER_SUMS",
    "SPACE_SUMS",
    "SUMS",
    "achievement_stats",
    "achievements",
    "activities",
    "activity_cells",
    "activity_days",
    "audit",
    "backfills",
    "board_groups",
    "board_scores",
    "calendar_days",
    "categories",
    "composite_goals",
    "counters",
    "daily_snapshots",
    "ease_publications",
    "ease_state",
    "ease_sums",
    "eases",
    "erased",
    "former_ids",
    "goal_periods",
    "goal_spaces",
    "goal_versions",
    "goals",
    "group_members",
    "idempotency_keys",
    "job_runs",
    "learner_zones",
    "learners",
    "level_changes",
    "metadata",
    "metric_counters",
    "milestone_reaches",
    "milestones",
    "notices",
    "once_keys",
    "outages",
    "peer_figures",
    "planner_days",
    "profiles",
    "progress_snapshots",
    "running_totals",
    "shares",
    "sign_in_codes",
    "skill_levels",
    "space_metrics",
    "space_tasks",
    "spaces",
    "streak_excuses",
    "system_state",
    "task_slots",
    "tasks",
    "told_once",
    "unknown_kinds",
    "unlocks",
]
