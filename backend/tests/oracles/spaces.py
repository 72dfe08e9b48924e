"""The part of the naive implementation that tells of spaces, goals and milestones. Imports nothing of the service."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction
from math import floor
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


def space_total(
    named: Mapping[str, Any], space: str, tasks: int | None, minutes: int | None, milestones: Iterable[str]
) -> Fraction:
    """How far a space is, 0–100: 40 % tasks, 20 % time, 30 % milestones, 10 % interactions, of what is planned.

    `named` as `of_spaces` answers; `milestones` are those of the space.
    """
    rows = {key: row for key, row in named["spaces"].items() if key[0] == space}
    done = [best for key, best in named["space_tasks"].items() if key[:3] == (space, "task", "completed")]
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
    wanted = set(milestones)
    if wanted:
        parts.append((30, Fraction(len(wanted & set(named["milestones"])), len(wanted))))
    parts.append((10, Fraction(values, 100_000 * valued) if valued else Fraction(0)))
    return _mean(parts)


def goal_total(named: Mapping[str, Any], goal: str, spaces: Sequence[Fraction], milestones: Iterable[str]) -> Fraction:
    """How far a composite goal is, 0–100: 60 % its spaces, 30 % its milestones, 10 % extras, of what it has."""
    extras = sum(row["counted"] for key, row in named["spaces"].items() if key[:2] == ("", goal))
    parts = [(10, Fraction(extras, 10))]
    if spaces:
        parts.append((60, sum(spaces, Fraction()) / (100 * len(spaces))))
    wanted = set(milestones)
    if wanted:
        parts.append((30, Fraction(len(wanted & set(named["milestones"])), len(wanted))))
    return _mean(parts)


def _mean(parts: Iterable[tuple[int, Fraction]]) -> Fraction:
    listed = [(weight, min(share, Fraction(1))) for weight, share in parts]
    return 100 * sum((weight * share for weight, share in listed), Fraction()) / sum(weight for weight, _ in listed)


def shown(total: Fraction) -> float:
    """With one decimal, halves up."""
    return floor(total * 10 + Fraction(1, 2)) / 10
