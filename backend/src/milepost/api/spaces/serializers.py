"""Turns spaces, composite goals and milestones into the shapes of `schemas`."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date

from milepost.api.http.items import tagged
from milepost.api.http.responses import JsonObject
from milepost.api.http.windows import window_json
from milepost.queries.spaces.milestones import Milestone
from milepost.queries.spaces.snapshots import ProgressSnapshot
from milepost.queries.spaces.spaces import CompositeGoal, Space
from milepost.rules.days.periods import Days
from milepost.rules.policy import Policy
from milepost.rules.spaces import WeightedProgress, goal_progress, goals_progress, space_progress

_FIGURES = ("milestones", "milestones_reached", "total")
"""The fields that milestones and activities change. They are hashed apart from the title and the plan."""


def space_json(space: Space, policy: Policy) -> JsonObject:
    """`SpaceOut`."""
    return tagged(
        {
            "space_id": space.space_id,
            "title": space.title,
            "planned_tasks": space.state.planned_tasks,
            "planned_minutes": space.state.planned_minutes,
            "milestones": space.state.milestones,
            "milestones_reached": space.state.reached,
            "total": space_progress(space.state, policy.spaces).total,
        },
        _FIGURES,
    )


def goal_json(goal: CompositeGoal, policy: Policy) -> JsonObject:
    """`CompositeGoalOut`."""
    return goals_json([goal], policy)[0]


def goals_json(goals: Sequence[CompositeGoal], policy: Policy) -> list[JsonObject]:
    """`CompositeGoalOut` of each."""
    progress = goals_progress([goal.state for goal in goals], policy.spaces, policy.composite_goals)
    return [_goal_json(goal, shown.total) for goal, shown in zip(goals, progress, strict=True)]


def _goal_json(goal: CompositeGoal, total: float) -> JsonObject:
    return tagged(
        {
            "goal_id": goal.goal_id,
            "title": goal.title,
            "space_ids": list(goal.space_ids),
            "milestones": goal.state.milestones,
            "milestones_reached": goal.state.reached,
            "total": total,
        },
        _FIGURES,
    )


def space_progress_json(space: Space, policy: Policy) -> JsonObject:
    """`SpaceProgressOut`."""
    return {
        "space_id": space.space_id,
        "title": space.title,
        **_progress_json(space_progress(space.state, policy.spaces)),
    }


def goal_progress_json(goal: CompositeGoal, policy: Policy) -> JsonObject:
    """`CompositeGoalProgressOut`."""
    progress = goal_progress(goal.state, policy.spaces, policy.composite_goals)
    return {"goal_id": goal.goal_id, "title": goal.title, **_progress_json(progress)}


def _progress_json(progress: WeightedProgress) -> JsonObject:
    return {
        "total": progress.total,
        "parts": dict(progress.parts),
        "weights_used": dict(progress.weights_used),
        "measured": {name: asdict(measured) for name, measured in progress.measured.items()},
    }


def history_json(window: Days, today: date, days: Sequence[ProgressSnapshot]) -> JsonObject:
    """`ProgressHistoryOut`."""
    return {
        **window_json(window, today),
        "days": [{"day": day.day.isoformat(), "total": day.total, **day.components} for day in days],
    }


def milestone_json(milestone: Milestone) -> JsonObject:
    """`MilestoneOut`."""
    reached_on = milestone.reached_on
    return tagged(
        {
            "milestone_id": milestone.milestone_id,
            "title": milestone.title,
            "space_id": milestone.space_id,
            "goal_id": milestone.goal_id,
            "reached_on": None if reached_on is None else reached_on.isoformat(),
        }
    )
