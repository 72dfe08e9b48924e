"""Periodic goals that the demo learners set, changed and archived."""

import functools
from collections.abc import Iterator, Mapping

from milepost.embedded.demo.calls import Call, Scene, Script, rows
from milepost.embedded.demo.people import Life

_Goal = tuple[int, str, str, str, int]
GOALS: dict[str, tuple[_Goal, ...]] = {
    "ada": (
        (200, "Five days a week", "active_days", "weekly", 5),
        (180, "Five hours a week", "minutes", "weekly", 300),
        (120, "A good month of exercises", "exercises", "monthly", 45),
        (14, "Most of what I plan", "percentage", "weekly", 75),
    ),
    "hana": (
        (160, "A little every day", "minutes", "daily", 30),
        (150, "Ten exercises a week", "exercises", "weekly", 10),
        (120, "Hours of the week", "minutes", "weekly", 240),
        (110, "Five days a week", "active_days", "weekly", 5),
        (100, "Nine hundred points a month", "points", "monthly", 900),
        (28, "Six tasks a week", "task_count", "weekly", 6),
        (28, "All that I plan", "percentage", "weekly", 100),
        (90, "Particles every week", "exercises", "weekly", 2),
        (60, "Every day of the month", "active_days", "monthly", 28),
        (45, "Forty hours a month", "minutes", "monthly", 2_400),
    ),
    "chiyo": ((90, "Twelve exercises a week", "exercises", "weekly", 12),),
    "grace": ((30, "Eight tasks a week", "task_count", "weekly", 8),),
    "mei": ((80, "Every day", "active_days", "weekly", 7),),
    "tenzin": ((200, "An hour of quiet a week", "minutes", "weekly", 60),),
}
"""The goals of each learner: days before the first load, name, target type, period, target value."""

_TOPICS = {("hana", "Particles every week"): {"topic": "particles"}}
_TARGETS = (("hana", 45, "Hours of the week", 360), ("ada", 60, "A good month of exercises", 60))
_ARCHIVED = (("hana", 60, "Ten exercises a week"),)


def scenes(life: Life) -> Iterator[Scene]:
    """Each goal on the day it was set, changed or archived."""
    who = life.person.name
    for since, name, target_type, time_period, target_value in GOALS.get(who, ()):
        goal: dict[str, object] = {"name": name, "target_type": target_type}
        goal |= {"time_period": time_period, "target_value": target_value}
        goal |= _TOPICS.get((who, name), {})
        at = life.at(life.day(since), 9 * 60 + 5)
        yield Scene(at, functools.partial(set_goal, who, goal))
    for owner, since, name, target in _TARGETS:
        if owner == who:
            yield Scene(life.at(life.day(since), 10 * 60), functools.partial(_retargeted, who, name, target))
    for owner, since, name in _ARCHIVED:
        if owner == who:
            yield Scene(life.at(life.day(since), 11 * 60), functools.partial(_archived, who, name))


def _retargeted(who: str, name: str, target: int) -> Script:
    goal = yield from _goal(who, name)
    if goal:
        kept = ("name", "target_type", "time_period", "category_id", "topic")
        body = {field: goal[field] for field in kept if goal.get(field) is not None}
        yield Call(who, "PUT", f"/goals/{goal['goal_id']}", body | {"target_value": target})
    return goal


def _archived(who: str, name: str) -> Script:
    goal = yield from _goal(who, name)
    if goal:
        yield Call(who, "DELETE", f"/goals/{goal['goal_id']}")
    return goal


def set_goal(who: str, goal: Mapping[str, object]) -> Script:
    """Set a goal unless one of this name exists, archived or not."""
    existing = yield from _goal(who, str(goal["name"]), "?archived=true")
    existing = existing or (yield from _goal(who, str(goal["name"])))
    if not existing:
        existing = yield Call(who, "POST", "/goals", goal)
    return existing


def _goal(who: str, name: str, query: str = "") -> Script:
    """The learner's goal of this name as the answer; empty if there is none, or a user has renamed it."""
    answer = yield Call(who, "GET", f"/goals{query}")
    return next((goal for goal in rows(answer, "goals") if goal["name"] == name), {})
