"""A goal with its versions as one JSON value, so that any statement can carry goals, and back."""

from datetime import date
from uuid import UUID

import orjson

from milepost.rules.goals import Goal, GoalVersion
from milepost.rules.planner.planner_days import UNCATEGORISED

GOAL_AS_JSON = f"""json_build_array(g.goal_id, g.name, g.target_type, g.time_period,
    coalesce(g.category_id::text, CASE WHEN g.uncategorised THEN '{UNCATEGORISED}' END), g.topic, coalesce(
    (SELECT json_agg(json_build_array(v.from_day, v.target, v.archived) ORDER BY v.from_day)
     FROM goal_versions v WHERE v.learner_id = g.learner_id AND v.goal_id = g.goal_id),
    json_build_array(json_build_array(g.created_on, g.target_value, false))
))::text"""
"""Of a row `g` of goals. A goal without versions was written by the previous release during an upgrade."""


def goal_from_json(text: str) -> Goal:
    """The goal in a value of `GOAL_AS_JSON`."""
    goal_id, name, target_type, time_period, category_id, topic, versions = orjson.loads(text)
    return Goal(
        UUID(goal_id),
        name,
        target_type,
        time_period,
        category_id,
        topic,
        tuple(GoalVersion(date.fromisoformat(day), target, archived) for day, target, archived in versions),
    )
