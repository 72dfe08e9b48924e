"""A second, naive implementation of what the service counts, for tests to compare with.

It loops over raw activities and fills dictionaries, with every rule written again from its description. It imports
nothing of the service, shares no code with it, and is never optimised.
"""

import math
import unicodedata
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from oracles.spaces import of_spaces

Raw = Mapping[str, Any]

SUM_NAMES = (
    "activities",
    "exercises",
    "seconds",
    "exercise_seconds",
    "points",
    "graded",
    "grade_milli",
    "perfect",
    "no_hint",
    "hints",
)


REPORTED_NAMES = ("timed_exercises", "hinted_exercises", "exercise_hints")
MASTERY_NAMES = ("grade_weight", "weighted_grade_milli", "weighted_typical_milli", "typical_milli")
CELL_NAMES = (*SUM_NAMES, *MASTERY_NAMES)
_EMPTY_DAY: dict[str, Any] = dict.fromkeys((*SUM_NAMES, *REPORTED_NAMES), 0) | {
    "met": False,
    "streak_activities": 0,
    "first_counted_at": None,
    "closes_at": datetime.min.replace(tzinfo=UTC),
}


Eases = Mapping[date, Mapping[tuple[str, str] | None, float]]
"""What was published: by the first day for which it holds, logits of the installation (None), of topics (with the
object id '') against it, and of exercises against their topic."""


def expected(
    activities: Iterable[Raw], zone: str, policy_toml: Raw, excused: Iterable[date] = (), eases: Eases | None = None
) -> dict[str, Any]:
    """What the service must store of ONE learner after these activities, in whatever order they arrived.

    `activities` are as posted to `POST /api/activities`, all of them acceptable; `zone` is the learner's zone from
    the beginning of time (if the learner moves, every activity names the one it was in as `home`); an optional
    `received_at` is when a sender's clock is cut; `excused` are the dates that cannot be missed, without those skipped
    in `zone`; `policy_toml` is the parsed policy.toml. An optional key `sender`
    distinguishes senders. Of equal (sender, id) the first listed is recorded. Of equal (object_type, once_key) the one
    with the lowest (occurred_at, id) counts.

    Returns {"learner": sums and active_days, topics, last_day (a date); "days": {ISO date: sums and met,
    streak_activities, first_counted_at, closes_at}; "cells": {(ISO date, object_type, verb, topic, path, difficulty):
    sums}; "topics": {topic: sums and review_n, review_milli, level}; "streak": run, longest, last_met_day, freezes,
    progress; "spaces", "space_tasks", "milestones": see `oracles.spaces`}. The learner's sums have milestones_reached.
    last_met_day is an ISO date or None; first_counted_at is a UTC datetime or None, closes_at one always.
    """
    learner: dict[str, Any] = dict.fromkeys((*SUM_NAMES, *REPORTED_NAMES), 0)
    days: dict[str, dict[str, Any]] = {}
    cells: dict[tuple[str, ...], dict[str, int]] = {}
    topics: dict[str, dict[str, Any]] = {}
    contributed = contributions(activities, zone, policy_toml, eases)
    for date_, activity, kind, added in contributed:
        _add(learner, added)
        day = date_.isoformat()
        topic = unicodedata.normalize("NFC", activity.get("topic") or "").strip()
        labels = (topic, activity.get("path") or "", activity.get("difficulty") or "")
        cell = (day, activity["object_type"], activity["verb"], *labels)
        _add(cells.setdefault(cell, dict.fromkeys(CELL_NAMES, 0)), added)
        _add_to_day(days.setdefault(day, dict(_EMPTY_DAY)), added, activity, zone, met=kind["streak"])
        if topic:
            row = topics.setdefault(topic, _zeros() | {"review_n": 0, "review_milli": 0})
            _add_to_topic(row, added, activity, kind)
    for row in topics.values():
        row["level"] = level(row["graded"], row["grade_milli"], policy_toml)
    met = [date.fromisoformat(day) for day, entry in days.items() if entry["met"]]
    space_sums = of_spaces(contributed)
    learner |= {"active_days": len(days), "topics": len(topics), "milestones_reached": len(space_sums["milestones"])}
    learner["last_day"] = max(map(date.fromisoformat, days), default=None)
    return {
        **space_sums,
        "learner": learner,
        "days": days,
        "cells": cells,
        "topics": topics,
        "streak": streak(met, zone, policy_toml, excused),
    }


def contributions(
    activities: Iterable[Raw], zone: str, policy_toml: Raw, eases: Eases | None = None
) -> list[tuple[date, Raw, dict[str, Any], dict[str, int]]]:
    """For each recorded activity: its day, itself, its kind (and whether it is `counted`), and what it adds."""
    recorded = _first_of_each_id(activities)
    uncounted = _uncounted_by_once_keys(recorded)
    counted_seconds = _counted_seconds(recorded, zone, policy_toml)
    result = []
    for index, activity in enumerate(recorded):
        kind = kind_of(activity, policy_toml) | {"counted": index not in uncounted}
        day = local_day(activity, zone)
        kind["counted_seconds"] = counted_seconds[index]
        sums = _sums_of(activity, kind, typical_milli(activity, day, eases or {}), counted=kind["counted"])
        result.append((day, activity, kind, sums))
    return result


def typical_milli(activity: Raw, day: date, eases: Eases) -> int:
    """What a typical learner gets in the activity's exercise, in thousandths of 100, by what held on its day."""
    held: dict[tuple[str, str] | None, float] = {}
    for valid_from in sorted(eases):
        if valid_from <= day:
            held.update(eases[valid_from])
    topic = unicodedata.normalize("NFC", activity.get("topic") or "").strip()
    logit = held.get(None, math.log(7 / 3)) + held.get((topic, ""), 0.0)
    object_id = activity.get("object_id") or ""
    if object_id and (topic, object_id) in held:
        logit = min(4.0, max(-4.0, logit + held[topic, object_id]))
    return round(100_000 / (1 + math.exp(-logit)))


def kind_of(activity: Raw, policy_toml: Raw) -> dict[str, Any]:
    """The row of the table of kinds for an activity, with defaults filled in."""
    keys = [
        (activity["object_type"], activity["verb"]),
        (activity["object_type"], "*"),
        ("*", activity["verb"]),
        ("*", "*"),
    ]
    if activity["verb"] == "reviewed":
        keys = [("*", "reviewed")]
    nothing: dict[str, Any] = {"exercise": False, "graded": False, "review": False, "points": 0}
    kind: dict[str, Any] = {"streak": True, **nothing}
    for key in keys:
        for row in policy_toml["activities"]["kinds"]:
            if (row["object_type"], row["verb"]) == key:
                # Activities that the service records itself count the day at most, a learner's own earn other points.
                own = {"milepost": nothing, "learner": {"points": row.get("learner_points", 0)}}
                return {**kind, **row, **own.get(str(activity.get("sender")), {})}
    return kind


def local_day(activity: Raw, zone: str) -> date:
    """The local date of an activity: in its own zone if it names one that is not ahead of the learner, else at home."""
    return _instant(activity, cut=True).astimezone(ZoneInfo(deciding_zone(activity, zone))).date()


def deciding_zone(activity: Raw, zone: str) -> str:
    """The zone that decides the activity's day. The learner's is `home` of the activity, else `zone`."""
    home, own = activity.get("home") or zone, activity.get("zone")
    at = _instant(activity, cut=True)
    if own and at.astimezone(ZoneInfo(own)).date() <= at.astimezone(ZoneInfo(home)).date():
        return str(own)
    return str(home)


@lru_cache(maxsize=10_000)
def day_end(day: date, zone: str) -> datetime:
    """The whole minute (UTC) after the last one with this local date, found by checking every minute."""
    minute = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=37)
    while minute.astimezone(ZoneInfo(zone)).date() != day:
        minute -= timedelta(minutes=1)
    return minute + timedelta(minutes=1)


@lru_cache(maxsize=10_000)
def day_seconds(day: date, zone: str) -> int:
    """How long this local date lasts, found by checking every minute."""
    begin = datetime(day.year, day.month, day.day, tzinfo=UTC) - timedelta(hours=16)
    minutes = (begin + timedelta(minutes=number) for number in range(56 * 60))
    return 60 * sum(minute.astimezone(ZoneInfo(zone)).date() == day for minute in minutes)


def level(graded: int, grade_milli: int, policy_toml: Raw) -> str:
    """The highest level whose number of graded exercises and average grade are both reached."""
    reached = str(policy_toml["skills"]["levels"][0]["name"])
    for step in policy_toml["skills"]["levels"]:
        enough = graded >= step["exercises"]
        if enough and (graded == 0 or Decimal(grade_milli) / graded >= step["average_grade"] * 1000):
            reached = str(step["name"])
    return reached


def streak(
    met: Iterable[date], zone: str, policy_toml: Raw, excused: Iterable[date] = (), until: date | None = None
) -> dict[str, Any]:
    """The run as of its last met day, walked date by date from the first met day.

    Only met days up to `until` count. Dates that were skipped in `zone` cannot be missed.
    """
    met_days = {day for day in met if until is None or day <= until}
    excused_days = set(excused)
    run = longest = freezes = progress = 0
    missed: list[date] = []
    for day in _dates(min(met_days), max(met_days)) if met_days else ():
        if day in met_days:
            if missed and len(missed) > freezes:
                run = freezes = progress = 0
            elif missed:
                freezes -= len(missed)
            missed = []
            run += 1
            longest = max(longest, run)
            if freezes < policy_toml["streak"]["freeze_cap"]:
                progress += 1
                if progress == policy_toml["streak"]["freeze_every_days"]:
                    freezes, progress = freezes + 1, 0
        elif day not in excused_days and happened(day, zone):
            missed.append(day)
    last = max(met_days).isoformat() if met_days else None
    return {"run": run, "longest": longest, "last_met_day": last, "freezes": freezes, "progress": progress}


def streak_on(
    today: date, met: Iterable[date], zone: str, policy_toml: Raw, excused: Iterable[date] = ()
) -> dict[str, int]:
    """The streak as shown on the date `today`: current_streak, longest_streak, and freezes left after an open gap."""
    met_days, excused_days = list(met), set(excused)
    walked = streak(met_days, zone, policy_toml, excused_days, until=today)
    if walked["last_met_day"] is None:
        return {"current_streak": 0, "longest_streak": 0, "freezes": 0}
    after = date.fromisoformat(walked["last_met_day"]) + timedelta(days=1)
    open_gap = sum(
        1 for day in _dates(after, today - timedelta(days=1)) if day not in excused_days and happened(day, zone)
    )
    alive = open_gap <= walked["freezes"]
    return {
        "current_streak": walked["run"] if alive else 0,
        "longest_streak": walked["longest"],
        "freezes": walked["freezes"] - open_gap if alive else 0,
    }


def happened(day: date, zone: str) -> bool:
    """False for a date that the zone skipped entirely, like 30 December 2011 in Samoa."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(zone))
    return noon.astimezone(UTC).astimezone(ZoneInfo(zone)).date() == day


def _add_to_day(entry: dict[str, Any], added: dict[str, int], activity: Raw, zone: str, *, met: bool) -> None:
    _add(entry, added)
    closes_at = day_end(local_day(activity, zone), deciding_zone(activity, zone))
    entry["closes_at"] = max(entry["closes_at"], closes_at)
    if met:
        instant = _instant(activity)
        entry["met"] = True
        entry["streak_activities"] += 1
        entry["first_counted_at"] = min(entry["first_counted_at"] or instant, instant)


def _add_to_topic(row: dict[str, Any], added: dict[str, int], activity: Raw, kind: Raw) -> None:
    _add(row, added)
    if kind["review"] and kind["counted"] and activity.get("value") is not None:
        row["review_n"] += 1
        row["review_milli"] += _milli(activity["value"])


def _first_of_each_id(activities: Iterable[Raw]) -> list[Raw]:
    by_id: dict[tuple[str, str], Raw] = {}
    for activity in activities:
        key = (str(activity.get("sender", "")), str(activity["id"]))
        if key not in by_id:
            by_id[key] = activity
    return list(by_id.values())


def _uncounted_by_once_keys(recorded: list[Raw]) -> set[int]:
    """The indices of activities whose once_key belongs to an earlier one."""
    counted: dict[tuple[str, str], int] = {}
    uncounted: set[int] = set()
    in_time = sorted(range(len(recorded)), key=lambda index: (_instant(recorded[index]), str(recorded[index]["id"])))
    for index in in_time:
        if recorded[index].get("once_key"):
            key = (str(recorded[index]["object_type"]), str(recorded[index]["once_key"]))
            if counted.setdefault(key, index) != index:
                uncounted.add(index)
    return uncounted


def _counted_seconds(recorded: list[Raw], zone: str, policy_toml: Raw) -> list[int]:
    """What counts of the time of each activity: of a day's services until the day is full, then of the learner."""
    counted = [0] * len(recorded)
    by_day: dict[date, list[int]] = {}
    for index, activity in enumerate(recorded):
        by_day.setdefault(local_day(activity, zone), []).append(index)
    for day, indices in by_day.items():
        indices.sort(
            key=lambda index: (
                _instant(recorded[index]),
                str(recorded[index].get("sender", "")),
                str(recorded[index]["id"]),
            )
        )
        left = max(day_seconds(day, deciding_zone(recorded[index], zone)) for index in indices)
        own = [index for index in indices if recorded[index].get("sender") in ("learner", "milepost")]
        for index in indices:
            if index not in own:
                counted[index] = min(left, recorded[index].get("duration_seconds") or 0)
                left -= counted[index]
        left = min(left, 3_600 * policy_toml["activities"]["learner_hours_a_day"])
        for index in own:
            counted[index] = min(left, recorded[index].get("duration_seconds") or 0)
            left -= counted[index]
    return counted


def _sums_of(activity: Raw, kind: Raw, typical: int, *, counted: bool) -> dict[str, int]:
    """What one activity adds. One that is not `counted` adds itself and its time, and nothing else."""
    sums = dict.fromkeys((*CELL_NAMES, *REPORTED_NAMES), 0)
    sums["activities"] = 1
    sums["seconds"] = kind["counted_seconds"]
    if not counted:
        return sums
    points = activity.get("points")
    sums["points"] = kind["points"] if points is None else points
    sums["hints"] = activity.get("hints_used") or 0
    if kind["exercise"]:
        sums["exercises"] = 1
        sums["exercise_seconds"] = activity.get("duration_seconds") or 0
        sums["timed_exercises"] = 0 if activity.get("duration_seconds") is None else 1
        sums["hinted_exercises"] = 0 if activity.get("hints_used") is None else 1
        sums["exercise_hints"] = sums["hints"]
        sums["no_hint"] = 1 if activity.get("hints_used") == 0 else 0
    if kind["graded"] and activity.get("value") is not None:
        sums["graded"] = 1
        sums["grade_milli"] = _milli(activity["value"])
        sums["perfect"] = 1 if activity["value"] == 100 else 0
        weight = 6 if 0 < activity["value"] < 100 else 1
        sums["grade_weight"] = weight
        sums["weighted_grade_milli"] = weight * sums["grade_milli"]
        sums["weighted_typical_milli"] = weight * typical
        sums["typical_milli"] = typical
    return sums


def _zeros() -> dict[str, int]:
    return dict.fromkeys(SUM_NAMES, 0)


def _add(total: dict[str, Any], added: dict[str, int]) -> None:
    """Add what `total` has a place for: topics have neither `REPORTED_NAMES` nor `MASTERY_NAMES`."""
    for name in added.keys() & total.keys():
        total[name] += added[name]


def _milli(value: float | str | Decimal) -> int:
    return int((Decimal(str(value)) * 1000).to_integral_exact())


def _instant(activity: Raw, *, cut: bool = False) -> datetime:
    """When it occurred; with `cut`, not after `received_at`, if the activity has one."""
    names = ("occurred_at", "received_at") if cut and "received_at" in activity else ("occurred_at",)
    values = (activity[name] for name in names)
    instants = (value if isinstance(value, datetime) else datetime.fromisoformat(value) for value in values)
    return min(instants).astimezone(UTC)


def _dates(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))
