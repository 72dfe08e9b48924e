"""Any sequence of planning: planner days equal a count of every minute of the plans, categories add up to the total,
and a rebuild changes nothing.
"""

from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings, strategies

from milepost.errors import Refused
from milepost.queries.learners.facts import learner_facts
from milepost.queries.planner import plans
from milepost.queries.planner.plans import Slot
from milepost.resources import Resources, open_resources
from milepost.rules.days.calendar import ZoneHistory
from milepost.services.activities.outcome import Sender
from milepost.services.planner.categories import CategoryPlan
from milepost.services.planner.tasks import TaskPlan
from milepost.settings import Settings
from support.clock import AdjustableClock
from support.planner import stored_days, stored_differences

NIGHT = datetime(
    2026, 10, 3, 15, tzinfo=UTC
)  # clocks go forward half an hour on Lord Howe; later, elsewhere, they go back
MINUTE, DAY = timedelta(minutes=1), timedelta(days=1)
ZONES = ["Australia/Lord_Howe", "Europe/Berlin", "Asia/Kathmandu", "Pacific/Kiritimati", "America/New_York"]
TEACHER = Sender("teacher", "service")


@pytest.fixture(scope="module")
async def service(settings: Settings) -> AsyncIterator[Resources]:
    """The service without HTTP, on this module's database."""
    opened = await open_resources(settings, AdjustableClock(NIGHT))
    yield opened
    await opened.close()


@dataclass
class Plan:
    """The test's own record of a task."""

    category: str
    slots: list[Slot]
    due: date | None
    completed_at: datetime | None = None


@dataclass
class Life:
    """The test's own record of a learner's plans and zones."""

    learner_id: UUID = field(default_factory=uuid4)
    now: datetime = NIGHT
    zones: list[tuple[datetime, str]] = field(default_factory=list)
    categories: list[UUID] = field(default_factory=list)
    tasks: dict[UUID, Plan] = field(default_factory=dict)
    focus: list[Slot] = field(default_factory=list)

    def zone_at(self, instant: datetime) -> ZoneInfo:
        """The zone at an instant, by a search through the list."""
        name = self.zones[0][1] if self.zones else "UTC"
        for since, zone in self.zones[1:]:
            if since <= instant:
                name = zone
        return ZoneInfo(name)

    def day_of(self, instant: datetime) -> date:
        """The learner's date at an instant."""
        return instant.astimezone(self.zone_at(instant)).date()

    def expected(self) -> dict[tuple[str, str], dict[str, int]]:
        """Every planner day, counted minute by minute."""
        days: dict[tuple[str, str], dict[str, int]] = defaultdict(lambda: defaultdict(int))
        focus_minutes = minutes_of(self.focus)
        covered: dict[str, set[datetime]] = defaultdict(set)
        for task in self.tasks.values():
            minutes = minutes_of(task.slots)
            for category in ("", task.category):
                covered[category] |= minutes
                for minute in minutes:
                    day = self.day_of(minute).isoformat()
                    days[day, category]["scheduled_minutes"] += 1
                    days[day, category]["completed_scheduled_minutes"] += int(task.completed_at is not None)
                if task.completed_at is not None:
                    days[self.day_of(task.completed_at).isoformat(), category]["completed_n"] += 1
                if task.due is not None:
                    days[task.due.isoformat(), category]["due_n"] += 1
                    days[task.due.isoformat(), category]["due_completed_n"] += int(task.completed_at is not None)
        for minute in focus_minutes:
            days[self.day_of(minute).isoformat(), ""]["focus_slot_minutes"] += 1
        for category, minutes in covered.items():
            for minute in minutes & focus_minutes:
                days[self.day_of(minute).isoformat(), category]["focus_minutes"] += 1
        return {key: {name: count for name, count in row.items() if count} for key, row in days.items()}


def minutes_of(slots: list[Slot]) -> set[datetime]:
    """Every minute, one by one."""
    return {
        slot.starts_at + number * MINUTE
        for slot in slots
        for number in range(int((slot.ends_at - slot.starts_at) / MINUTE))
    }


slots = strategies.builds(
    lambda start, length: Slot(NIGHT + start * MINUTE, NIGHT + (start + length) * MINUTE),
    strategies.integers(-3_000, 3_000),
    strategies.integers(1, 700),
)
some_slots = strategies.lists(slots, max_size=3)
dues = strategies.sampled_from([None, NIGHT.date(), NIGHT.date() + DAY])


class Steps:
    """Steps of planning. Each one changes the service and the test's own record."""

    def __init__(self, service: Resources, data: strategies.DataObject) -> None:
        self.service = service
        self.data = data
        self.life = Life()

    def draw(self, strategy: strategies.SearchStrategy[Any]) -> Any:
        """Draw a value."""
        return self.data.draw(strategy)

    async def create_category(self) -> None:
        """Create a category."""
        category_id = uuid4()
        name = f"category {category_id}"
        await self.service.planner.create_category(self.life.learner_id, category_id, CategoryPlan(name), self.life.now)
        self.life.categories.append(category_id)

    def plan(self) -> tuple[TaskPlan, Plan]:
        """A random task: the request, and its record."""
        category_id = self.draw(strategies.sampled_from([None, *self.life.categories]))
        due, planned = self.draw(dues), self.draw(some_slots)
        category = "uncategorised" if category_id is None else str(category_id)
        return TaskPlan("read", category_id, None, due, planned), Plan(category, planned, due)

    async def create_task(self) -> None:
        """Create a task."""
        plan, remembered = self.plan()
        task_id = uuid4()
        await self.service.planner.create_task(self.life.learner_id, task_id, plan, self.life.now)
        self.life.tasks[task_id] = remembered

    async def change_task(self) -> None:
        """Change a task. Its completion stays."""
        task_id = self.draw(strategies.sampled_from(sorted(self.life.tasks)))
        plan, remembered = self.plan()
        await self.service.planner.change_task(self.life.learner_id, task_id, plan, self.life.now)
        remembered.completed_at = self.life.tasks[task_id].completed_at
        self.life.tasks[task_id] = remembered

    async def delete_task(self) -> None:
        """Delete a task."""
        task_id = self.draw(strategies.sampled_from(sorted(self.life.tasks)))
        await self.service.planner.delete_task(self.life.learner_id, task_id, self.life.now)
        del self.life.tasks[task_id]

    async def complete_task(self) -> None:
        """Complete a task now or some time ago."""
        task_id = self.draw(strategies.sampled_from(sorted(self.life.tasks)))
        ago = strategies.one_of(strategies.integers(0, 90), strategies.integers(0, 200_000))
        at = self.life.now - self.draw(ago) * timedelta(seconds=1)
        await self.service.planner.complete_task(self.life.learner_id, task_id, at, TEACHER, self.life.now)
        self.life.tasks[task_id].completed_at = self.life.tasks[task_id].completed_at or at

    async def reopen_task(self) -> None:
        """Reopen a task."""
        task_id = self.draw(strategies.sampled_from(sorted(self.life.tasks)))
        await self.service.planner.reopen_task(self.life.learner_id, task_id, self.life.now)
        self.life.tasks[task_id].completed_at = None

    async def set_focus_slots(self) -> None:
        """Set the focus slots of a day. They must begin on it."""
        planned = self.draw(some_slots)
        day = self.life.day_of(planned[0].starts_at) if planned else NIGHT.date()
        try:
            await self.service.planner.set_focus_slots(self.life.learner_id, day, planned, self.life.now)
        except Refused:
            assert any(self.life.day_of(slot.starts_at) != day for slot in planned)
        else:
            assert all(self.life.day_of(slot.starts_at) == day for slot in planned)
            self.life.focus = [slot for slot in self.life.focus if self.life.day_of(slot.starts_at) != day] + planned
            zones = await self.zones()
            async with self.service.database.read() as connection:
                shown = await plans.focus_slots(connection, self.life.learner_id, day, day, zones)
            assert shown.get(day, []) == planned
            await self.service.planner.set_focus_slots(self.life.learner_id, day, planned, self.life.now)

    async def zones(self) -> ZoneHistory:
        """The learner's zones, as stored."""
        learner_id = self.life.learner_id
        async with self.service.database.snapshot() as connection:
            return (await learner_facts(connection, [learner_id], self.service.policy))[learner_id].zones

    async def delete_category(self) -> None:
        """Delete a category. Its tasks move to another one, or are uncategorised."""
        category_id = self.draw(strategies.sampled_from(self.life.categories))
        self.life.categories.remove(category_id)
        move_to = self.draw(strategies.sampled_from([None, *self.life.categories]))
        await self.service.planner.delete_category(self.life.learner_id, category_id, move_to, self.life.now)
        for task in self.life.tasks.values():
            if task.category == str(category_id):
                task.category = "uncategorised" if move_to is None else str(move_to)

    async def void_completion(self) -> None:
        """An administrator voids the newest completion of a task, if there is one."""
        task_id = self.draw(strategies.sampled_from(sorted(self.life.tasks)))
        async with self.service.database.read() as connection:
            task = await plans.task(connection, self.life.learner_id, task_id)
        assert task is not None
        if task.completions:
            activity = f"task:{task_id}:{task.completions}"
            await self.service.progress.void(self.life.learner_id, "milepost", activity, "admin", self.life.now)
        self.life.tasks[task_id].completed_at = None

    async def move(self) -> None:
        """Move to another zone, two days later at some second."""
        self.life.now += 2 * DAY + self.draw(strategies.integers(0, 86_400)) * timedelta(seconds=1)
        zone = self.draw(strategies.sampled_from(ZONES))
        await self.service.progress.change_me(self.life.learner_id, self.life.now, zone)
        if not self.life.zones or self.life.zones[-1][1] != zone:
            self.life.zones.append((self.life.now, zone))

    async def complete_after_a_move(self) -> None:
        """Move, and complete a task without slots within a minute, often in the clock minute of the move."""
        await self.move()
        self.life.now += self.draw(strategies.integers(0, 59)) * timedelta(seconds=1)
        task_id, life = uuid4(), self.life
        await self.service.planner.create_task(
            life.learner_id, task_id, TaskPlan("read", None, None, None, []), life.now
        )
        await self.service.planner.complete_task(life.learner_id, task_id, None, TEACHER, life.now)
        life.tasks[task_id] = Plan("uncategorised", [], None, life.now)

    async def step(self) -> None:
        """Take any step that is possible."""
        possible = [self.create_category, self.create_task, self.create_task, self.set_focus_slots, self.move]
        possible.append(self.complete_after_a_move)
        if self.life.categories:
            possible.append(self.delete_category)
        if self.life.tasks:
            possible.append(self.void_completion)
            possible += [self.change_task, self.complete_task, self.complete_task, self.reopen_task, self.delete_task]
        await self.draw(strategies.sampled_from(possible))()


@settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)
@given(strategies.data())
async def test_planner_days_are_what_every_minute_says(service: Resources, data: strategies.DataObject) -> None:
    steps = Steps(service, data)
    await steps.create_category()
    for _ in range(data.draw(strategies.integers(1, 12))):
        await steps.step()
    learner_id = str(steps.life.learner_id)
    stored = await stored_days(service, learner_id)
    assert stored == steps.life.expected()
    for day in {key[0] for key in stored}:
        parts = sum(row.get("scheduled_minutes", 0) for key, row in stored.items() if key[0] == day and key[1])
        assert parts == stored.get((day, ""), {}).get("scheduled_minutes", 0)
    assert await stored_differences(service, learner_id) == []
