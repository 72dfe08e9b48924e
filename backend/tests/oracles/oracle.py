"""A second, naive implementation of what the service counts, for tests to compare with.

Dictionaries and loops over raw activities, every rule written again from its description; imports nothing of the
service, and is never made faster or shared with it.
"""

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


_EMPTY_DAY: dict[str, Any] = dict.fromkeys(SUM_NAMES, 0) | {
    "met": False,
    "streak_activities": 0,
    "first_counted_at": None,
    "closes_at": datetime.min.replace(tzinfo=UTC),
}


def expected(activities: Iterable[Raw], zone: str, policy_toml: Raw, excused: Iterable[date] = ()) -> dict[str, Any]:
    """What the service must hold of ONE learner after these activities, in whatever order they came.

    `activities` are as posted to `POST /api/activities`, all of them acceptable; `zone` is the learner's zone from
    the beginning of time (who moves has every activity name its own); `excused` are the dates that cannot be missed,
    but for those that never were in `zone`; `policy_toml` is the parsed policy.toml. An optional key `sender` tells
    activities of different senders apart. Of one (sender, id) the first listed is taken. Of one (object_type,
    once_key) the least (occurred_at, id) counts.

    Returns {"learner": sums and active_days, topics, last_day (a date); "days": {ISO date: sums and met,
    streak_activities, first_counted_at, closes_at}; "cells": {(ISO date, object_type, verb, topic, path, difficulty):
    sums}; "topics": {topic: sums and review_n, review_milli, level}; "streak": run, longest, last_met_day, freezes,
    progress; "spaces", "space_tasks", "milestones": see `space_oracle`}. The learner's sums have milestones_reached.
    last_met_day is an ISO date or None; first_counted_at is a UTC datetime or None, closes_at one always.
    """
    learner: dict[str, Any] = _zeros()
    days: dict[str, dict[str, Any]] = {}
    cells: dict[tuple[str, ...], dict[str, int]] = {}
    topics: dict[str, dict[str, Any]] = {}
    told = contributions(activities, zone, policy_toml)
    for date_, activity, kind, added in told:
        _add(learner, added)
        day = date_.isoformat()
        topic = unicodedata.normalize("NFC", activity.get("topic") or "").strip()
        place_in_day = (topic, activity.get("path") or "", activity.get("difficulty") or "")
        cell = (day, activity["object_type"], activity["verb"], *place_in_day)
        _add(cells.setdefault(cell, _zeros()), added)
        _add_to_day(days.setdefault(day, dict(_EMPTY_DAY)), added, activity, zone, met=kind["streak"])
        if topic:
            row = topics.setdefault(topic, _zeros() | {"review_n": 0, "review_milli": 0})
            _add(row, added)
            if kind["review"] and kind["counted"] and activity.get("value") is not None:
                row["review_n"] += 1
                row["review_milli"] += _milli(activity["value"])
    for row in topics.values():
        row["level"] = level(row["graded"], row["grade_milli"], policy_toml)
    met = [date.fromisoformat(day) for day, entry in days.items() if entry["met"]]
    named = of_spaces(told)
    learner |= {"active_days": len(days), "topics": len(topics), "milestones_reached": len(named["milestones"])}
    learner["last_day"] = max(map(date.fromisoformat, days), default=None)
    return {
        **named,
        "learner": learner,
        "days": days,
        "cells": cells,
        "topics": topics,
        "streak": streak(met, zone, policy_toml, excused),
    }


def contributions(
    activities: Iterable[Raw], zone: str, policy_toml: Raw
) -> list[tuple[date, Raw, dict[str, Any], dict[str, int]]]:
    """Each activity that is taken: its day, itself, its kind (and whether it is `counted`), and what it adds."""
    taken = _first_of_each_id(activities)
    losers = _losers_of_once_keys(taken)
    told = []
    for place, activity in enumerate(taken):
        kind = kind_of(activity, policy_toml) | {"counted": place not in losers}
        told.append((local_day(activity, zone), activity, kind, _sums_of(activity, kind, counted=kind["counted"])))
    return told


def kind_of(activity: Raw, policy_toml: Raw) -> dict[str, Any]:
    """The row of the table of kinds for an activity, with the defaults filled in."""
    wanted = [
        (activity["object_type"], activity["verb"]),
        (activity["object_type"], "*"),
        ("*", activity["verb"]),
        ("*", "*"),
    ]
    if activity["verb"] == "reviewed":
        wanted = [("*", "reviewed")]
    kind: dict[str, Any] = {"streak": True, "exercise": False, "graded": False, "review": False, "points": 0}
    for key in wanted:
        for row in policy_toml["activities"]["kinds"]:
            if (row["object_type"], row["verb"]) == key:
                return {**kind, **row}
    return kind


def local_day(activity: Raw, zone: str) -> date:
    """The date on the learner's wall: in the activity's own zone if it names one, else in the learner's."""
    return _instant(activity).astimezone(ZoneInfo(activity.get("zone") or zone)).date()


@lru_cache(maxsize=10_000)
def day_end(day: date, zone: str) -> datetime:
    """The whole minute (UTC) after the last one with this local date, found by looking at every minute."""
    minute = datetime(day.year, day.month, day.day, tzinfo=UTC) + timedelta(hours=37)
    while minute.astimezone(ZoneInfo(zone)).date() != day:
        minute -= timedelta(minutes=1)
    return minute + timedelta(minutes=1)


def level(graded: int, grade_milli: int, policy_toml: Raw) -> str:
    """The highest level whose number of graded exercises and whose average grade are both reached."""
    reached = str(policy_toml["skills"]["levels"][0]["name"])
    for step in policy_toml["skills"]["levels"]:
        enough = graded >= step["exercises"]
        if enough and (graded == 0 or Decimal(grade_milli) / graded >= step["average_grade"] * 1000):
            reached = str(step["name"])
    return reached


def streak(
    met: Iterable[date], zone: str, policy_toml: Raw, excused: Iterable[date] = (), until: date | None = None
) -> dict[str, Any]:
    """The run as it stood on its last met day, walked date by date from the first met day.

    Only met days up to `until` are known. Dates that did not happen in `zone` cannot be missed.
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
    """What a reader sees on the date `today`: current_streak, longest_streak, and freezes left after an open gap."""
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
    """False for a date that a zone skipped whole, as Samoa did with 30 December 2011."""
    noon = datetime(day.year, day.month, day.day, 12, tzinfo=ZoneInfo(zone))
    return noon.astimezone(UTC).astimezone(ZoneInfo(zone)).date() == day


def _add_to_day(entry: dict[str, Any], added: dict[str, int], activity: Raw, zone: str, *, met: bool) -> None:
    _add(entry, added)
    closes_at = day_end(local_day(activity, zone), activity.get("zone") or zone)
    entry["closes_at"] = max(entry["closes_at"], closes_at)
    if met:
        instant = _instant(activity)
        entry["met"] = True
        entry["streak_activities"] += 1
        entry["first_counted_at"] = min(entry["first_counted_at"] or instant, instant)


def _first_of_each_id(activities: Iterable[Raw]) -> list[Raw]:
    taken: dict[tuple[str, str], Raw] = {}
    for activity in activities:
        key = (str(activity.get("sender", "")), str(activity["id"]))
        if key not in taken:
            taken[key] = activity
    return list(taken.values())


def _losers_of_once_keys(taken: list[Raw]) -> set[int]:
    winners: dict[tuple[str, str], int] = {}
    losers: set[int] = set()
    in_time = sorted(range(len(taken)), key=lambda place: (_instant(taken[place]), str(taken[place]["id"])))
    for place in in_time:
        if taken[place].get("once_key"):
            key = (str(taken[place]["object_type"]), str(taken[place]["once_key"]))
            if winners.setdefault(key, place) != place:
                losers.add(place)
    return losers


def _sums_of(activity: Raw, kind: Raw, *, counted: bool) -> dict[str, int]:
    """What one activity adds. One that lost its once_key adds itself, its time, and nothing else."""
    sums = _zeros()
    sums["activities"] = 1
    sums["seconds"] = activity.get("duration_seconds") or 0
    if not counted:
        return sums
    given_points = activity.get("points")
    sums["points"] = kind["points"] if given_points is None else given_points
    sums["hints"] = activity.get("hints_used") or 0
    if kind["exercise"]:
        sums["exercises"] = 1
        sums["exercise_seconds"] = sums["seconds"]
        sums["no_hint"] = 1 if activity.get("hints_used") == 0 else 0
    if kind["graded"] and activity.get("value") is not None:
        sums["graded"] = 1
        sums["grade_milli"] = _milli(activity["value"])
        sums["perfect"] = 1 if activity["value"] == 100 else 0
    return sums


def _zeros() -> dict[str, int]:
    return dict.fromkeys(SUM_NAMES, 0)


def _add(total: dict[str, Any], added: dict[str, int]) -> None:
    for name in SUM_NAMES:
        total[name] += added[name]


def _milli(value: float | str | Decimal) -> int:
    return int((Decimal(str(value)) * 1000).to_integral_exact())


def _instant(activity: Raw) -> datetime:
    given = activity["occurred_at"]
    instant = given if isinstance(given, datetime) else datetime.fromisoformat(given)
    return instant.astimezone(UTC)


def _dates(first: date, last: date) -> Iterable[date]:
    return (first + timedelta(days=n) for n in range((last - first).days + 1))
