"""Turns goals into the shapes of `schemas`; only names values."""

from milepost.api.http.items import tagged
from milepost.api.http.responses import JsonObject, instant
from milepost.queries.goals.goals import StoredGoal
from milepost.queries.goals.progress import GoalsSummary, GoalWithProgress, PeriodProgress
from milepost.rules.goals import GoalProgress


def goal_json(stored: StoredGoal) -> JsonObject:
    """`GoalOut`."""
    return tagged(_settings(stored))


def progress_json(progress: GoalProgress) -> JsonObject:
    """`GoalProgressOut`."""
    return {
        "goal_id": str(progress.goal.goal_id),
        "name": progress.goal.name,
        "target_type": progress.goal.target_type,
        "target_value": progress.target,
        "period": {"start": progress.days.first.isoformat(), "end": progress.days.last.isoformat()},
        "achieved_value": progress.value,
        "percent_complete": progress.percent,
        "status": progress.status,
    }


def period_json(shown: PeriodProgress) -> JsonObject:
    """`GoalPeriodOut`."""
    return {
        **progress_json(shown.progress),
        "met_at": instant(shown.met_at),
        "revised_at": instant(shown.revised_at),
    }


def listed_json(shown: GoalWithProgress) -> JsonObject:
    """`ListedGoalOut` with its progress."""
    shape = {
        **_settings(shown.stored),
        "progress": period_json(shown.current),
        "sparkline": [_point(period.progress) for period in shown.periods],
    }
    return tagged(shape, derived=("progress", "sparkline"))


def _settings(stored: StoredGoal) -> JsonObject:
    goal = stored.goal
    return {
        "goal_id": str(goal.goal_id),
        "name": goal.name,
        "target_type": goal.target_type,
        "time_period": goal.time_period,
        "target_value": goal.target_value,
        "category_id": goal.category_id,
        "topic": goal.topic or None,
        "archived": stored.is_archived,
        "created_at": instant(stored.created_at),
        "updated_at": instant(stored.updated_at),
    }


def _point(progress: GoalProgress) -> JsonObject:
    return {
        "from": progress.days.first.isoformat(),
        "to": progress.days.last.isoformat(),
        "value": progress.value,
        "target": progress.target,
        "percent": progress.percent,
        "status": progress.status,
    }


def summary_json(summary: GoalsSummary) -> JsonObject:
    """`GoalsSummaryOut`."""
    return {
        "active": summary.active,
        "met_this_period": summary.met_this_period,
        "next": None if summary.next is None else progress_json(summary.next),
    }
