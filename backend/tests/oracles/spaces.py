"""The naive implementation of spaces, goals and milestones. Imports nothing of the service."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import floor
from typing import Any

SPACE_NAMES = ("counted", "seconds", "valued", "value_milli", "unnamed", "unnamed_full")

Contribution = tuple[date, Mapping[str, Any], Mapping[str, Any], Mapping[str, int]]


def of_spaces(contributions: Iterable[Contribution]) -> dict[str, Any]:
    """The sums of spaces, goals and milestones, from the result of `oracle.contributions`.

    Returns {"spaces": {(space or '', goal or '', object_type, verb): sums}; "space_tasks": {(space, object_type, verb,
    object): best value in thousandths}; "milestones": {id: (ISO date it was reached on, activities that reach it)}}.
    An activity that is not counted because of its once_key still adds its time and reaches its milestone.
    """
    spaces: dict[tuple[str, ...], dict[str, int]] = {}
    tasks: dict[tuple[str, ...], int] = {}
    milestones: dict[str, tuple[str, int]] = {}
    for day, activity, kind, _ in contributions:
        space, goal = activity.get("space_id") or "", activity.get("goal_id") or ""
        kind_key, object_id = (activity["object_type"], activity["verb"]), activity.get("object_id")
        reaches = kind_key == ("milestone", "reached") and object_id is not None
        if reaches:
            before, times = milestones.get(str(object_id), (day.isoformat(), 0))
            milestones[str(object_id)] = (min(before, day.isoformat()), times + 1)
        if not (space or goal or reaches):
            continue
        row = spaces.setdefault((space, goal, *kind_key), dict.fromkeys(SPACE_NAMES, 0))
        row["seconds"] += kind["counted_seconds"]
        row["counted"] += bool(kind["counted"])
        if not kind["counted"] or activity.get("value") is None:
            continue
        value = int(Decimal(str(activity["value"])) * 1_000)
        row["valued"] += 1
        row["value_milli"] += value
        if object_id is None:
            row["unnamed"] += 1
            row["unnamed_full"] += value == 100_000
        elif space:
            task = (space, *kind_key, str(object_id))
            tasks[task] = max(value, tasks.get(task, 0))
    return {"spaces": spaces, "space_tasks": tasks, "milestones": milestones}


def space_total(
    sums: Mapping[str, Any], space: str, tasks: int | None, minutes: int | None, milestones: Iterable[str]
) -> Fraction:
    """The progress of a space, 0–100: 40 % tasks, 20 % time, 30 % milestones, 10 % interactions, of what is planned.

    `sums` is the result of `of_spaces`; `milestones` are those of the space.
    """
    rows = {key: row for key, row in sums["spaces"].items() if key[0] == space}
    done = [best for key, best in sums["space_tasks"].items() if key[:3] == (space, "task", "completed")]
    full, seen, values, valued, seconds = sum(best == 100_000 for best in done), len(done), 0, 0, 0
    for (_, _, object_type, verb), row in rows.items():
        seconds += row["seconds"]
        if (object_type, verb) == ("task", "completed"):
            full, seen = full + row["unnamed_full"], seen + row["unnamed"]
        if (object_type, verb) == ("interaction", "interacted"):
            values, valued = values + row["value_milli"], valued + row["valued"]
    parts = [(40, Fraction(full, tasks or seen) if tasks or seen else Fraction(0))]
    if minutes:
        parts.append((20, Fraction(seconds, 60 * minutes)))
    milestone_ids = set(milestones)
    if milestone_ids:
        parts.append((30, Fraction(len(milestone_ids & set(sums["milestones"])), len(milestone_ids))))
    parts.append((10, Fraction(values, 100_000 * valued) if valued else Fraction(0)))
    return _mean(parts)


def goal_total(sums: Mapping[str, Any], goal: str, spaces: Sequence[Fraction], milestones: Iterable[str]) -> Fraction:
    """The progress of a composite goal, 0–100: 60 % spaces, 30 % milestones, 10 % extras, of what it has."""
    extras = sum(row["counted"] for key, row in sums["spaces"].items() if key[:2] == ("", goal))
    parts = [(10, Fraction(extras, 10))]
    if spaces:
        parts.append((60, sum(spaces, Fraction()) / (100 * len(spaces))))
    milestone_ids = set(milestones)
    if milestone_ids:
        parts.append((30, Fraction(len(milestone_ids & set(sums["milestones"])), len(milestone_ids))))
    return _mean(parts)


def _mean(parts: Iterable[tuple[int, Fraction]]) -> Fraction:
    capped = [(weight, min(share, Fraction(1))) for weight, share in parts]
    return 100 * sum((weight * share for weight, share in capped), Fraction()) / sum(weight for weight, _ in capped)


def shown(total: Fraction) -> float:
    """A total with one decimal, halves up; 100 only if it is whole, 0 only if it is nothing."""
    if total in (0, 100):
        return float(total)
    return min(max(floor(total * 10 + Fraction(1, 2)), 1), 999) / 10
