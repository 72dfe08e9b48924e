"""What the demo learners planned: tasks with time slots, focus slots, and what became of them.

A day is planned eight days ahead, so that a full week always lies before the learner; a task is completed when its slot
is over. The plans of a day depend only on the learner and the date. Changes by a user are kept.
"""

import functools
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from milepost.embedded.demo import goals
from milepost.embedded.demo.calls import Answer, Call, Scene, Script, rows
from milepost.embedded.demo.people import Life, draw_from, text

DAYS_AHEAD = 8
_DAYS_BACK = {"grace": 35, "ada": 16, "hana": 30}
"""For each learner who plans, the days before the first load on which the first plans lie."""

_WEEK = (
    (("Study", "Work through the chapter", 17, 90), ("Reading", "Read on", 20, 40)),
    (("Study", "Exercises of the week", 17, 60),),
    (("Projects", "Next step of the project", 18, 90), ("Reading", "Read on", 20, 40)),
    (("Study", "Repeat what was hard", 18, 75),),
    (("Organising", "Plan the next week", 16, 20),),
    (("Reading", "A long read", 10, 80),),
    (),
)
"""For each weekday, Monday first: category, title, local hour of the start, duration in minutes."""

_GOAL = {"name": "Two hours of reading", "target_type": "minutes", "time_period": "weekly", "target_value": 120}


@dataclass(frozen=True, slots=True)
class Plan:
    """A task of one day with its time slot. `is_done`: completed when the slot is over. Titles differ on a day."""

    category: str
    title: str
    day: date
    starts_at: datetime
    ends_at: datetime
    is_done: bool


def scenes(life: Life) -> Iterator[Scene]:
    """The planning of every day, and the completion of every task whose slot is over."""
    days_back = _DAYS_BACK.get(life.person.name)
    if days_back is None:
        return
    planner = _Planner(life.person.name)
    if life.person.name == "grace":
        yield Scene(life.at(life.day(days_back - 3), 12 * 60), functools.partial(planner.set_goal, _GOAL, "Reading"))
    first, last = life.day(days_back), life.today + timedelta(days=DAYS_AHEAD)
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        plans = tuple(plans_of(life, day))
        # The first days are planned together.
        planned_on = max(day - timedelta(days=DAYS_AHEAD), first - timedelta(days=1))
        focus_at = life.at(day, 17 * 60).replace(second=0) if day.weekday() < 5 else None
        at = life.at(planned_on, 6 * 60 + offset % 60)
        yield Scene(at, functools.partial(planner.plan_day, day, plans, focus_at))
        for plan in plans:
            if plan.is_done and plan.ends_at < life.now:
                completed_at = plan.ends_at + timedelta(minutes=2, seconds=11)
                yield Scene(completed_at, functools.partial(planner.complete, plan, completed_at))


def plans_of(life: Life, day: date) -> Iterator[Plan]:
    """The plans of a day, in order."""
    who = life.person.name
    for number, (category, title, hour, minutes) in enumerate(_WEEK[day.weekday()]):
        draw = draw_from(who, day.isoformat(), str(number), "plan")
        # The API takes slots of whole minutes.
        starts_at = life.at(day, hour * 60 + draw.choice((0, 15, 30))).replace(second=0)
        is_done = draw.random() < 0.8
        yield Plan(category, title, day, starts_at, starts_at + timedelta(minutes=minutes), is_done)


def task_of(plan: Plan, category_id: str | None) -> dict[str, object]:
    """The plan as `POST /api/tasks` takes it, uncategorised without an id."""
    task: dict[str, object] = {"title": plan.title, "due_day": plan.day.isoformat()}
    task["scheduled_slots"] = [_slot(plan.starts_at, plan.ends_at)]
    return task if category_id is None else task | {"category_id": category_id}


class _Planner:
    """Writes the plans of one learner. Looks once for what earlier starts have written."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._categories: dict[str, str] | None = None
        self._tasks: dict[tuple[str, str], str] = {}

    def plan_day(self, day: date, plans: Sequence[Plan], focus_at: datetime | None) -> Script:
        """Write the tasks of a day, and two hours of focus from `focus_at` unless the day has focus slots."""
        for plan in plans:
            yield from self._task_id(plan)
        if focus_at is not None:
            path = f"/calendar-days/{day}"
            calendar_day = yield Call(self._name, "GET", path)
            if not calendar_day.get("focus_slots"):
                slots = [_slot(focus_at, focus_at + timedelta(hours=2))]
                yield Call(self._name, "PUT", path, {"focus_slots": slots})
        return {}

    def complete(self, plan: Plan, completed_at: datetime) -> Script:
        """Complete a task. One that a user has completed or deleted stays as it is."""
        task_id = yield from self._task_id(plan)
        if task_id is None:
            return {}
        answer = yield Call(self._name, "POST", f"/tasks/{task_id}/complete", {"completed_at": text(completed_at)})
        return answer

    def set_goal(self, goal: Mapping[str, object], category: str) -> Script:
        """Set a goal for one category."""
        category_id = yield from self._category_id(category)
        answer = yield from goals.set_goal(self._name, {**goal, "category_id": category_id})
        return answer

    def _task_id(self, plan: Plan) -> Generator[Call, Answer, str | None]:
        """The id of a task, which is written if it does not exist; None if it is refused."""
        category_id = yield from self._category_id(plan.category)
        key = (plan.title, plan.day.isoformat())
        if key not in self._tasks:
            task = yield Call(self._name, "POST", "/tasks", task_of(plan, category_id))
            self._remember([task])
        return self._tasks.get(key)

    def _category_id(self, name: str) -> Generator[Call, Answer, str | None]:
        """The id of a category, which is written if it does not exist; None if it is refused."""
        if self._categories is None:
            self._categories = yield from self._existing()
        if name not in self._categories:
            category = yield Call(self._name, "POST", "/categories", {"name": name})
            if "category_id" in category:
                self._categories[name] = str(category["category_id"])
        return self._categories.get(name)

    def _existing(self) -> Generator[Call, Answer, dict[str, str]]:
        """Remember the tasks that exist, and return the categories."""
        cursor: object = ""
        while cursor is not None:
            page = yield Call(self._name, "GET", f"/tasks?limit=200{cursor and f'&cursor={cursor}'}")
            self._remember(rows(page, "tasks"))
            cursor = page.get("next")
        categories = yield Call(self._name, "GET", "/categories")
        return {str(row["name"]): str(row["category_id"]) for row in rows(categories, "categories")}

    def _remember(self, tasks: Sequence[Answer]) -> None:
        self._tasks |= {(str(row["title"]), str(row["due_day"])): str(row["task_id"]) for row in tasks if row}


def _slot(starts_at: datetime, ends_at: datetime) -> dict[str, str]:
    return {"starts_at": text(starts_at), "ends_at": text(ends_at)}
