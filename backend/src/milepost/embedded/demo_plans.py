"""The plans of the first demo learner: tasks with time slots, from some days back to some days ahead, and focus slots.

They are posted like any plans through the HTTP API. The plans of a day depend only on the date, so a later start finds
them again and adds the days since. Changes by a user are kept.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from datetime import time as clock_time

import httpx

from milepost.rules.days import calendar

DAYS_BACK, DAYS_AHEAD = 14, 5
_FOCUS = (clock_time(17, 0), clock_time(19, 0))
_WEEK = (
    (("Study", "Work through the chapter", 17, 0, 90), ("Reading", "Read on", 20, 0, 40)),
    (("Study", "Exercises of the week", 17, 30, 60),),
    (("Study", "Work through the chapter", 17, 0, 90),),
    (("Study", "Repeat what was hard", 18, 15, 75), ("Reading", "Read on", 20, 0, 40)),
    (("Admin", "Plan the next week", 16, 0, 20),),
    (("Reading", "A long read", 10, 0, 80),),
    (),
)
"""For each weekday, Monday first: category, title, local hour and minute of the start, duration in minutes."""


@dataclass(frozen=True, slots=True)
class Plan:
    """A task of one day with its time slot; `is_done` says whether it is completed when the slot is over."""

    key: str
    category: str
    title: str
    day: date
    starts_at: datetime
    ends_at: datetime
    is_done: bool


def plans(zone: str, now: datetime) -> Iterator[Plan]:
    """Every plan from DAYS_BACK days before the local date of `now` to DAYS_AHEAD days after it, in order."""
    today = calendar.local_day(now, zone)
    for offset in range(-DAYS_BACK, DAYS_AHEAD + 1):
        day = today + timedelta(days=offset)
        for number, (category, title, hour, minute, minutes) in enumerate(_WEEK[day.weekday()]):
            starts_at = _instant(day, clock_time(hour, minute), zone)
            # One in five is not completed; the date decides which one.
            is_done = (day.toordinal() + number) % 5 != 0
            key = f"demo plan {day.isoformat()} {number}"
            yield Plan(key, category, title, day, starts_at, starts_at + timedelta(minutes=minutes), is_done)


def load(client: httpx.Client, token: str, zone: str, now: datetime) -> None:
    """Post the plans to the service.

    Raises:
        httpx.HTTPError: the service cannot be reached, or rejects a request.
    """

    def call(method: str, path: str, json: object, key: str) -> dict[str, str]:
        headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": key}
        answer = client.request(method, f"/api{path}", json=json, headers=headers)
        answer.raise_for_status()
        content: dict[str, str] = answer.json()
        return content

    categories: dict[str, str] = {}
    for plan in plans(zone, now):
        if plan.category not in categories:
            category = call("POST", "/categories", {"name": plan.category}, f"demo category {plan.category}")
            categories[plan.category] = category["category_id"]
        task = call("POST", "/tasks", task_of(plan, categories[plan.category]), plan.key)
        is_untouched = task["created_at"] == task["updated_at"]
        if plan.is_done and plan.ends_at < now and is_untouched:
            call("POST", f"/tasks/{task['task_id']}/complete", {"completed_at": _text(plan.ends_at)}, plan.key)
    _add_focus_slots(call, zone, now)


def _add_focus_slots(call: Callable[[str, str, object, str], dict[str, str]], zone: str, now: datetime) -> None:
    """Add a focus slot to the weekdays that have none yet."""
    today = calendar.local_day(now, zone)
    for offset in range(-DAYS_BACK, DAYS_AHEAD + 1):
        day = today + timedelta(days=offset)
        if day.weekday() < 5 and not call("GET", f"/calendar-days/{day}", None, "")["focus_slots"]:
            starts_at, ends_at = (_text(_instant(day, at, zone)) for at in _FOCUS)
            slots = [{"starts_at": starts_at, "ends_at": ends_at}]
            call("PUT", f"/calendar-days/{day}", {"focus_slots": slots}, f"demo focus {day}")


def task_of(plan: Plan, category_id: str) -> dict[str, object]:
    """The plan as `POST /api/tasks` takes it."""
    slot = {"starts_at": _text(plan.starts_at), "ends_at": _text(plan.ends_at)}
    return {
        "title": plan.title,
        "category_id": category_id,
        "due_day": plan.day.isoformat(),
        "scheduled_slots": [slot],
    }


def _instant(day: date, at: clock_time, zone: str) -> datetime:
    return datetime.combine(day, at, calendar.zone(zone)).astimezone(UTC)


def _text(instant: datetime) -> str:
    return instant.isoformat().replace("+00:00", "Z")
