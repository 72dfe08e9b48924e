"""The figures of planner days in answers: one name for each, wherever they are shown."""

from milepost.api.http.responses import JsonObject
from milepost.rules.planner.analytics import share
from milepost.rules.planner.planner_days import PlannerSums


def sums_json(sums: PlannerSums) -> JsonObject:
    """The sums of a day or of a range (`PlannerSumsOut`)."""
    return {
        "total_scheduled_minutes": sums.scheduled_minutes,
        "completed_scheduled_minutes": sums.completed_scheduled_minutes,
        "focus_minutes": sums.focus_minutes,
        "focus_slot_minutes": sums.focus_slot_minutes,
        "completed_tasks_count": sums.completed_n,
        "due_tasks_count": sums.due_n,
        "due_completed_tasks_count": sums.due_completed_n,
    }


def shares_json(sums: PlannerSums) -> JsonObject:
    """The shares of a day or of a range (`PlannerSharesOut`)."""
    focus = share(sums.focus_minutes, sums.focus_slot_minutes)
    return {
        "completion_rate": share(sums.due_completed_n, sums.due_n),
        "focus_time_utilization": focus,
        "focus_utilization_ratio": focus,
    }
