"""A learner with ten thousand tasks: correct numbers, and no statement scans a table."""

import itertools
import random
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client

from milepost.api.edge.application import Application
from milepost.queries.planner.analytics import planner_range
from milepost.queries.planner.calendar_days import calendar_days
from milepost.queries.planner.plans import TaskDays, TaskFilter, TaskPosition, categories, focus_slots, task, tasks
from milepost.resources import Resources
from milepost.rules.days.calendar import ZoneHistory
from milepost.rules.days.periods import Days, days_before
from milepost.rules.planner.calendar_days import windows_of
from milepost.services.projections.planner_days import replan, stored_and_due
from milepost.services.rebuild import rebuild
from support.builders import new_learner
from support.callers import Caller
from support.clock import START, AdjustableClock
from support.planner import create_task, slot, stored_differences
from support.query_plans import sent_statements, sequential_scans, statements

TASKS = 10_000
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@pytest.fixture
def resources(app: Quart, clock: AdjustableClock) -> Resources:
    """The application's resources; every test begins at START."""
    assert isinstance(app, Application)
    assert app.state.resources is not None
    return app.state.resources


async def test_numbers_of_ten_thousand_tasks_are_correct(client: Client, resources: Resources) -> None:
    ada, chance = Caller(client, new_learner()), random.Random(5)
    kinds = [(await ada.post("/categories", {"name": name})).ok()["category_id"] for name in ("Work", "Study", "Art")]
    rows, slots, minutes, done = [], [], Counter[str](), Counter[str]()
    first = datetime(2026, 2, 9, tzinfo=UTC)
    for number in range(TASKS):
        task_id, kind = uuid4(), chance.choice([None, *kinds])
        start = first + chance.randrange(30) * DAY + chance.randrange(1_320) * MINUTE
        length = chance.randrange(1, 121)
        done_at = start if number % 3 == 0 else None
        rows.append((UUID(ada.learner_id), task_id, "read", kind, "pending", None, done_at, 0, START, START))
        slots.append((UUID(ada.learner_id), task_id, 0, start, start + length * MINUTE))
        minutes[kind or ""] += length
        done[start.date().isoformat()] += int(done_at is not None)
    async with resources.database.pools.intake.acquire() as connection:
        await connection.copy_records_to_table("tasks", records=rows)
        await connection.copy_records_to_table("task_slots", records=slots)
    await rebuild.rebuild_one(resources.database, UUID(ada.learner_id), resources.policy, START, only="planner")
    stats = (await ada.get("/analytics/quick-stats", date_range="30d")).ok()
    assert stats["total_scheduled_minutes"] == sum(minutes.values())
    assert stats["completed_tasks_count"] == sum(done.values()) == TASKS // 3 + 1
    dashboard = (await ada.get("/analytics/dashboard", period="monthly")).ok()
    shares = {share["category_id"] or "": share["minutes"] for share in dashboard["category_distribution"]}
    assert shares == minutes
    assert {day["date"]: day["completed_tasks_count"] for day in dashboard["trend"]} == done
    await create_task(ada, slot(START, 0.5))
    after = (await ada.get("/analytics/quick-stats", date_range="30d")).ok()
    assert after["total_scheduled_minutes"] == stats["total_scheduled_minutes"] + 30
    assert await stored_differences(resources, ada.learner_id) == []
    seen, cursor = set(), None
    for _ in itertools.count():
        page = (await ada.get("/tasks", limit=200, **({"cursor": cursor} if cursor else {}))).ok()
        seen |= {task["task_id"] for task in page["tasks"]}
        cursor = page["next"]
        if cursor is None:
            break
    assert len(seen) == TASKS + 1


async def test_no_statement_scans_a_table(client: Client, resources: Resources) -> None:
    ada = Caller(client, new_learner())
    made = await create_task(ada, slot(START, 1), due_day="2026-03-11")
    learner_id, task_id, month = UUID(ada.learner_id), UUID(made["task_id"]), Days(date(2026, 3, 1), date(2026, 3, 30))
    zones = ZoneHistory.always("UTC")
    days = TaskDays(month.first, month.last, windows_of(month.first, month.last, zones))
    async with resources.database.pools.intake.acquire() as connection:
        async with statements(connection) as sent:
            await task(connection, learner_id, task_id)
            await tasks(connection, learner_id, TaskFilter(days=days), 50, TaskPosition(START, task_id))
            await tasks(connection, learner_id, TaskFilter("pending", str(task_id)), 50, None)
            await tasks(connection, learner_id, TaskFilter(), 50, TaskPosition(month.first, task_id), "due_day")
            await tasks(connection, learner_id, TaskFilter(category="uncategorised"), 50, None, "title")
            await calendar_days(connection, learner_id, month, zones)
            await categories(connection, learner_id)
            await focus_slots(connection, learner_id, month.first, month.last, zones)
            await planner_range(connection, learner_id, month, days_before(month))
            await replan(connection, learner_id, zones)
            await stored_and_due(connection, learner_id, zones)
            queries = await sent_statements(sent)
        assert len(queries) > 15
        for statement in queries:
            assert await sequential_scans(connection, statement) == [], statement[0]
