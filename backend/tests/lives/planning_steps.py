"""Steps of a life that plan: create, move, complete, reopen and delete tasks, set focus slots; set, change, archive and
revive goals.

The expected planner days are counted minute by minute from the stored plans, on the test's own wall calendar. How each
period of a goal is judged follows from the versions, read day by day.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

import orjson
from hypothesis import strategies
from hypothesis.stateful import precondition, rule

from lives.life import DAY, MINUTE, NaiveLife, Raw, facts_of
from lives.steps import Living, places
from milepost.jobs.sweeps import close_goal_periods
from milepost.resources import Resources
from support.planner import stored_days

_TASKS = """
SELECT t.category_id::text, t.completed_at, t.due_day, s.starts_at, s.ends_at, t.task_id
FROM tasks t LEFT JOIN task_slots s USING (learner_id, task_id) WHERE t.learner_id = $1
"""
_VERSIONS = "SELECT goal_id::text, from_day, target, archived FROM goal_versions WHERE learner_id = $1"
_FOCUS = "SELECT focus_slots::text FROM calendar_days WHERE learner_id = $1"

slots = strategies.lists(strategies.tuples(strategies.integers(-4_000, 4_000), strategies.integers(1, 700)), max_size=3)
Versions = dict[date, tuple[int, bool]]
"""The target of a goal from a day on, and whether it is archived."""

GOALS = ["minutes", "percentage", "task_count", "active_days"]


class Planning(Living):
    """The steps of a learner that uses the planner."""

    def __init__(self) -> None:
        super().__init__()
        self.tasks: list[str] = []
        self.categories: list[str] = []
        self.made_categories = 0
        self.goals: dict[str, Raw] = {}
        self.completions: dict[str, int] = defaultdict(int)

    def spans(self, planned: list[tuple[int, int]]) -> list[Raw]:
        """Slots around now, on whole minutes."""
        base = self.now.replace(second=0, microsecond=0)
        return [
            {
                "starts_at": (base + start * MINUTE).isoformat(),
                "ends_at": (base + (start + length) * MINUTE).isoformat(),
            }
            for start, length in planned
        ]

    def one_task(self, place: int) -> str:
        """One of the existing tasks."""
        return self.tasks[place % len(self.tasks)]

    @rule(position=strategies.sampled_from([None, 0, 1]))
    def create_category(self, position: int | None) -> None:
        """Create a category somewhere in the order."""
        body = {"name": f"category {self.made_categories}", "position": position}
        self.made_categories += 1
        self.categories.append(self.ask(self.ada, "POST", "/categories", body).ok()["category_id"])

    @precondition(lambda self: self.categories)
    @rule(place=places, aim=places)
    def delete_category(self, place: int, aim: int) -> None:
        """Delete a category; its tasks move to another one or are uncategorised."""
        gone = self.categories.pop(place % len(self.categories))
        aims = ["uncategorised", *self.categories]
        query = {"move_to": aims[aim % len(aims)]}
        self.ask(self.ada, "DELETE", f"/categories/{gone}", **query).ok()

    @rule(planned=slots, due_in=strategies.sampled_from([None, -1, 0, 2]), place=places)
    def plan(self, planned: list[tuple[int, int]], due_in: int | None, place: int) -> None:
        """Create a task."""
        due_day = None if due_in is None else (self.now.date() + due_in * DAY).isoformat()
        categories = ["uncategorised", *self.categories]
        body = {"title": "read", "due_day": due_day, "scheduled_slots": self.spans(planned)}
        body["category_id"] = categories[place % len(categories)]
        self.tasks.append(self.ask(self.ada, "POST", "/tasks", body).ok()["task_id"])

    @precondition(lambda self: self.tasks)
    @rule(place=places, planned=slots)
    def change_plan(self, place: int, planned: list[tuple[int, int]]) -> None:
        """Move a task to other hours."""
        body = {"title": "read on", "scheduled_slots": self.spans(planned)}
        self.ask(self.ada, "PUT", f"/tasks/{self.one_task(place)}", body).ok()

    @precondition(lambda self: self.tasks)
    @rule(place=places, planned=slots, due_in=strategies.sampled_from([None, -1, 0, 2]))
    def change_fields(self, place: int, planned: list[tuple[int, int]], due_in: int | None) -> None:
        """Move a task to other hours, or change the day on which it is due; the other stays."""
        due_day = None if due_in is None else (self.now.date() + due_in * DAY).isoformat()
        body: Raw = {"scheduled_slots": self.spans(planned)} if planned else {"due_day": due_day}
        self.ask(self.ada, "PATCH", f"/tasks/{self.one_task(place)}", body).ok()

    @precondition(lambda self: self.tasks)
    @rule(place=places, minutes_ago=strategies.integers(0, 7 * 1_440))
    def complete(self, place: int, minutes_ago: int) -> None:
        """Complete a task now or some days ago. A completed task stays as it is."""
        task_id, at = self.one_task(place), self.now - minutes_ago * MINUTE
        before = self.ask(self.ada, "GET", f"/tasks/{task_id}").ok()
        path = f"/tasks/{task_id}/complete"
        self.ask(self.ada, "POST", path, {"completed_at": at.isoformat()}).ok()
        if before["completed_at"] is None:
            self.completions[task_id] += 1
            activity = {"id": self.activity(task_id), "verb": "completed", "object_type": "task"}
            self.record.add("milepost", {**activity, "occurred_at": at.isoformat()})

    @precondition(lambda self: self.tasks)
    @rule(place=places)
    def reopen(self, place: int) -> None:
        """Reopen a task."""
        task_id = self.one_task(place)
        before = self.ask(self.ada, "GET", f"/tasks/{task_id}").ok()
        self.ask(self.ada, "DELETE", f"/tasks/{task_id}/complete").ok()
        if before["completed_at"] is not None:
            self.record.voided.add(("milepost", self.activity(task_id)))

    @precondition(lambda self: self.tasks)
    @rule(place=places)
    def void_completion(self, place: int) -> None:
        """An administrator voids the newest completion of a task, which is open afterwards."""
        task_id = self.one_task(place)
        if not self.completions[task_id]:
            return
        about = {"learner_id": self.record.subject, "sender": "milepost"}
        self.ask(self.root, "DELETE", f"/activities/{self.activity(task_id)}", **about).ok()
        self.record.voided.add(("milepost", self.activity(task_id)))
        assert self.ask(self.ada, "GET", f"/tasks/{task_id}").ok()["completed_at"] is None

    @precondition(lambda self: self.tasks)
    @rule(place=places)
    def delete_task(self, place: int) -> None:
        """Delete a task. The activity of its completion stays."""
        task_id = self.one_task(place)
        self.ask(self.ada, "DELETE", f"/tasks/{task_id}").ok()
        self.tasks.remove(task_id)

    @rule(planned=slots, day_off=strategies.integers(-1, 1))
    def set_focus_slots(self, planned: list[tuple[int, int]], day_off: int) -> None:
        """Set the focus slots of a day. Refused if one begins on another day."""
        day = self.now.date() + day_off * DAY
        path = f"/calendar-days/{day}"
        answer = self.ask(self.ada, "PUT", path, {"focus_slots": self.spans(planned)})
        assert answer.status in (200, 422)
        shown = self.ask(self.ada, "GET", path).ok()["focus_slots"]
        assert self.ask(self.ada, "PUT", path, {"focus_slots": shown}).ok()["focus_slots"] == shown

    @rule(target_type=strategies.sampled_from(GOALS), period=strategies.sampled_from(["daily", "weekly", "monthly"]))
    def create_goal(self, target_type: str, period: str) -> None:
        """Create a goal."""
        target = 1 if target_type == "active_days" else 2
        body = {"name": "more", "target_type": target_type, "time_period": period, "target_value": target}
        answer = self.ask(self.ada, "POST", "/goals", body)
        assert answer.status in (200, 409)
        if answer.status == 200:
            self.goals[answer.body["goal_id"]] = body

    @precondition(lambda self: self.goals)
    @rule(place=places, factor=strategies.integers(1, 3), closed=strategies.booleans())
    def change_goal(self, place: int, factor: int, closed: bool) -> None:
        """Change the target of a goal, before or after periods that are over are closed. Revives an archived one."""
        goal_id = list(self.goals)[place % len(self.goals)]
        body = self.goals[goal_id]
        most = {"daily": 1, "weekly": 7, "monthly": 31}[body["time_period"]]
        target = min(2 * factor, most) if body["target_type"] == "active_days" else 2 * factor
        over = self.targets_of_periods_over(goal_id)
        if closed:
            self.close_goals()
        self.ask(self.ada, "PUT", f"/goals/{goal_id}", {**body, "target_value": target}).ok()
        assert self.targets_of_periods_over(goal_id) == over, "a period that is over was rewritten"

    @precondition(lambda self: self.goals)
    @rule(place=places)
    def archive_goal(self, place: int) -> None:
        """Archive a goal."""
        goal_id = list(self.goals)[place % len(self.goals)]
        over = self.targets_of_periods_over(goal_id)
        self.ask(self.ada, "DELETE", f"/goals/{goal_id}").ok()
        assert self.targets_of_periods_over(goal_id) == over, "a period that is over was rewritten"

    @rule()
    def close_goals(self) -> None:
        """Close the periods that are over."""
        self.world.run(close_goal_periods(self.world.resources))

    def targets_of_periods_over(self, goal_id: str) -> dict[str, tuple[int, bool]]:
        """The target of each period that is over, and whether the goal applied to it."""
        today = self.ask(self.ada, "GET", "/progress").ok()["local_day"]
        return {
            period["period"]["start"]: (period["target_value"], period["status"] != "not_applicable")
            for period in self.ask(self.ada, "GET", f"/goals/{goal_id}/history", limit=200).ok()["periods"]
            if period["period"]["end"] < today
        }

    def activity(self, task_id: str) -> str:
        """The id of the activity that its newest completion recorded."""
        return f"task:{task_id}:{self.completions[task_id]}"

    def teardown(self) -> None:
        """Also check that planner days equal a count of every minute, and that versions judge periods."""
        super().teardown()
        resources, learner_id = self.world.resources, self.ada.learner_id
        naive = NaiveLife(self.record, self.world.run(facts_of(resources, UUID(learner_id))))
        expected = self.world.run(_expected(resources, UUID(learner_id), naive))
        assert self.world.run(stored_days(resources, learner_id)) == expected
        versions = self.world.run(_versions(resources, UUID(learner_id)))
        assert set(versions) == set(self.goals)
        for goal_id in self.goals:
            self.assert_judged(goal_id, versions[goal_id], naive.wall.never_shown())

    def assert_judged(self, goal_id: str, versions: Versions, never_shown: set[date]) -> None:
        """Each period is judged by the version in force on its last day, found by walking to it day by day."""
        today = date.fromisoformat(self.ask(self.ada, "GET", "/progress").ok()["local_day"])
        for shown in self.ask(self.ada, "GET", f"/goals/{goal_id}/history", limit=200).ok()["periods"]:
            first, last = (date.fromisoformat(shown["period"][end]) for end in ("start", "end"))
            target, is_archived, day = None, True, min(versions)
            while day <= min(last, today):
                target, is_archived = versions.get(day, (target, is_archived))
                day += DAY
            existing = sum(first + number * DAY not in never_shown for number in range((last - first).days + 1))
            if target is not None and self.goals[goal_id]["target_type"] == "active_days":
                target = min(target, max(existing, 1))
            assert target in (None, shown["target_value"]), (shown, versions)
            if is_archived or not existing:
                assert shown["status"] == "not_applicable" or shown["met_at"], (shown, versions)
            elif self.goals[goal_id]["target_type"] != "percentage":
                assert shown["status"] != "not_applicable", (shown, versions)


@dataclass
class _Task:
    """A stored task."""

    category: str
    completed_at: datetime | None
    due_day: date | None
    minutes: set[datetime] = field(default_factory=set)


async def _versions(resources: Resources, learner_id: UUID) -> dict[str, Versions]:
    async with resources.database.pools.intake.acquire() as connection:
        rows = await connection.fetch(_VERSIONS, learner_id)
    versions: dict[str, Versions] = {}
    for goal_id, day, target, is_archived in rows:
        versions.setdefault(goal_id, {})[day] = (target, is_archived)
    return versions


async def _expected(resources: Resources, learner_id: UUID, naive: NaiveLife) -> dict[tuple[str, str], dict[str, int]]:
    async with resources.database.pools.intake.acquire() as connection:
        rows = await connection.fetch(_TASKS, learner_id)
        focus = [row[0] for row in await connection.fetch(_FOCUS, learner_id)]
    focus_minutes = {minute for slots in focus for begin, end in orjson.loads(slots) for minute in _minutes(begin, end)}
    tasks: dict[UUID, _Task] = {}
    for category_id, completed_at, due_day, starts_at, ends_at, task_id in rows:
        task = tasks.setdefault(task_id, _Task(category_id or "uncategorised", completed_at, due_day))
        if starts_at is not None:
            task.minutes |= _minutes(starts_at, ends_at)
    counted = Counter((naive.wall.date_at(minute), "", "focus_slot_minutes") for minute in focus_minutes)
    for category in {"", *(task.category for task in tasks.values())}:
        own = [task for task in tasks.values() if category in ("", task.category)]
        covered = {minute for task in own for minute in task.minutes}
        counted.update((naive.wall.date_at(minute), category, "focus_minutes") for minute in covered & focus_minutes)
        for task in own:
            counted.update(_counted(task, category, naive))
    days: dict[tuple[str, str], dict[str, int]] = {}
    for (day, category, name), number in counted.items():
        days.setdefault((day.isoformat(), category), {})[name] = number
    return days


def _counted(task: _Task, category: str, naive: NaiveLife) -> Iterator[tuple[date, str, str]]:
    """The units that one task adds to planner days, one by one."""
    for minute in task.minutes:
        yield naive.wall.date_at(minute), category, "scheduled_minutes"
        if task.completed_at is not None:
            yield naive.wall.date_at(minute), category, "completed_scheduled_minutes"
    if task.completed_at is not None:
        yield naive.wall.date_at(task.completed_at), category, "completed_n"
    if task.due_day is not None:
        yield task.due_day, category, "due_n"
        if task.completed_at is not None:
            yield task.due_day, category, "due_completed_n"


def _minutes(begin: datetime | str, end: datetime | str) -> set[datetime]:
    first, last = (datetime.fromisoformat(at) if isinstance(at, str) else at for at in (begin, end))
    return {first + number * MINUTE for number in range((last - first) // timedelta(minutes=1))}
