"""The part of the naive implementation that tells of spaces, goals and milestones. Imports nothing of the service."""

from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

SPACE_NAMES = ("counted", "seconds", "valued", "value_milli", "unnamed", "unnamed_full")

Told = tuple[date, Mapping[str, Any], Mapping[str, Any], Mapping[str, int]]


def of_spaces(told: Iterable[Told]) -> dict[str, Any]:
    """What activities add to spaces, goals and milestones. `told` as `oracle.contributions` answers.

    Returns {"spaces": {(space or '', goal or '', object_type, verb): sums}; "space_tasks": {(space, object_type, verb,
    object): best value in thousandths}; "milestones": {id: (ISO date it was reached on, activities that reach it)}}.
    An activity that lost its once_key adds its time, and reaches its milestone.
    """
    spaces: dict[tuple[str, ...], dict[str, int]] = {}
    tasks: dict[tuple[str, ...], int] = {}
    milestones: dict[str, tuple[str, int]] = {}
    for day, activity, kind, _ in told:
        space, goal = activity.get("space_id") or "", activity.get("goal_id") or ""
        what, named = (activity["object_type"], activity["verb"]), activity.get("object_id")
        reaches = what == ("milestone", "reached") and named is not None
        if reaches:
            before, times = milestones.get(str(named), (day.isoformat(), 0))
            milestones[str(named)] = (min(before, day.isoformat()), times + 1)
        if not (space or goal or reaches):
            continue
        row = spaces.setdefault((space, goal, *what), dict.fromkeys(SPACE_NAMES, 0))
        row["seconds"] += activity.get("duration_seconds") or 0
        row["counted"] += bool(kind["counted"])
        if not kind["counted"] or activity.get("value") is None:
            continue
        value = int(Decimal(str(activity["value"])) * 1_000)
        row["valued"] += 1
        row["value_milli"] += value
        if named is None:
            row["unnamed"] += 1
            row["unnamed_full"] += value == 100_000
        elif space:
            tasks[(space, *what, str(named))] = max(value, tasks.get((space, *what, str(named)), 0))
    return {"spaces": spaces, "space_tasks": tasks, "milestones": milestones}
