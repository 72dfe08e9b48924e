"""The achievements that raw activities must give, counted naively day by day. Imports nothing of the service.

Leaves out what the moment of unlocking decides or dates: levels, counted achievements, grants.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from oracles import oracle

Raw = Mapping[str, Any]
Contribution = tuple[date, Raw, Raw, dict[str, int]]
_AMOUNTS = {
    "exercises_completed": "exercises",
    "activities": "activities",
    "points": "points",
    "perfect_grades": "perfect",
    "no_hint_exercises": "no_hint",
}
DAY_DEPENDENT = ("streak", "active_days")
"""Metrics that depend on which day an activity is on: under another zone, more may have been unlocked."""


def earned(activities: Iterable[Raw], zone: str, policy_toml: Raw, entries: Iterable[Raw]) -> dict[str, date]:
    """The date each achievement of `entries` (as in a file) was earned on, by code, without those never earned."""
    contributions = oracle.contributions(activities, zone, policy_toml)
    days = sorted({day for day, *_ in contributions})
    earned_on: dict[str, date] = {}
    for entry in entries:
        rule = entry["rule"]
        conditions: Sequence[Raw] = rule.get("all") or rule.get("any") or [rule]
        for day in days:
            so_far = [contribution for contribution in contributions if contribution[0] <= day]
            met = [_value(condition, so_far, zone, policy_toml) >= condition["at_least"] for condition in conditions]
            if any(met) if "any" in rule else all(met):
                earned_on[entry["code"]] = day
                break
    return earned_on


def counter_value(metric: str, where: Raw, activities: Iterable[Raw], zone: str, policy_toml: Raw) -> int | None:
    """The value the counter of this filter must have: seconds for minutes; None if nothing matches."""
    contributions = oracle.contributions(activities, zone, policy_toml)
    matching = [contribution for contribution in contributions if _matches(where, contribution[1])]
    if not matching:
        return None
    if metric == "minutes":
        return sum(added["seconds"] for _, _, _, added in matching)
    return _value({"metric": metric}, matching, zone, policy_toml)


def _value(condition: Raw, contributions: Iterable[Contribution], zone: str, policy_toml: Raw) -> int:
    metric, where = condition["metric"], condition.get("where", {})
    matching = [contribution for contribution in contributions if _matches(where, contribution[1])]
    if metric == "minutes":
        return sum(added["seconds"] for _, _, _, added in matching) // 60
    if metric == "active_days":
        return len({day for day, *_ in matching})
    if metric == "topics_practised":
        return len({_topic(activity) for _, activity, _, _ in matching} - {""})
    if metric == "streak":
        met_days = [day for day, _, kind, _ in matching if kind["streak"]]
        longest: int = oracle.streak(met_days, zone, policy_toml)["longest"]
        return longest
    return sum(added[_AMOUNTS[metric]] for _, _, _, added in matching)


def _matches(where: Raw, activity: Raw) -> bool:
    fields = {"object_type": activity["object_type"], "verb": activity["verb"], "topic": _topic(activity)}
    return all(fields[name] == value for name, value in where.items())


def _topic(activity: Raw) -> str:
    return unicodedata.normalize("NFC", activity.get("topic") or "").strip()
