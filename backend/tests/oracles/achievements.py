"""What achievements must come out of raw activities, counted naively day by day; imports nothing of the service.

Says nothing of what a moment dates or decides: levels, achievements counted, grants.
"""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from oracles import oracle

Raw = Mapping[str, Any]
_AMOUNTS = {
    "exercises_completed": "exercises",
    "activities": "activities",
    "points": "points",
    "perfect_grades": "perfect",
    "no_hint_exercises": "no_hint",
}
FOLLOWS_DAYS = ("streak", "active_days")
"""Metrics for which it matters on which day something was: under another zone more may have been unlocked."""


def earned(activities: Iterable[Raw], zone: str, policy_toml: Raw, entries: Iterable[Raw]) -> dict[str, date]:
    """When each achievement of `entries`, as a file has them, was earned, by code; what never was is left out."""
    told = oracle.contributions(activities, zone, policy_toml)
    days = sorted({day for day, *_ in told})
    found: dict[str, date] = {}
    for entry in entries:
        rule = entry["rule"]
        conditions: Sequence[Raw] = rule.get("all") or rule.get("any") or [rule]
        for day in days:
            known = [one for one in told if one[0] <= day]
            met = [_value(condition, known, zone, policy_toml) >= condition["at_least"] for condition in conditions]
            if any(met) if "any" in rule else all(met):
                found[entry["code"]] = day
                break
    return found


def counter_value(metric: str, where: Raw, activities: Iterable[Raw], zone: str, policy_toml: Raw) -> int | None:
    """What the counter of this filter must hold: seconds for minutes; None when nothing matches."""
    known = [one for one in oracle.contributions(activities, zone, policy_toml) if _matches(where, one[1])]
    if not known:
        return None
    if metric == "minutes":
        return sum(added["seconds"] for _, _, _, added in known)
    return _value({"metric": metric}, known, zone, policy_toml)


def _value(condition: Raw, told: Iterable[tuple[date, Raw, Raw, dict[str, int]]], zone: str, policy_toml: Raw) -> int:
    metric = condition["metric"]
    known = [one for one in told if _matches(condition.get("where", {}), one[1])]
    if metric == "minutes":
        return sum(added["seconds"] for _, _, _, added in known) // 60
    if metric == "active_days":
        return len({day for day, *_ in known})
    if metric == "topics_practised":
        return len({_topic(activity) for _, activity, _, _ in known} - {""})
    if metric == "streak":
        longest: int = oracle.streak([day for day, _, kind, _ in known if kind["streak"]], zone, policy_toml)["longest"]
        return longest
    return sum(added[_AMOUNTS[metric]] for _, _, _, added in known)


def _matches(where: Raw, activity: Raw) -> bool:
    told = {"object_type": activity["object_type"], "verb": activity["verb"], "topic": _topic(activity)}
    return all(told[name] == wanted for name, wanted in where.items())


def _topic(activity: Raw) -> str:
    return unicodedata.normalize("NFC", activity.get("topic") or "").strip()
