"""The nightly check of planner days: differing learners are corrected, others unchanged; once a night, in batches."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import orjson
import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client

from milepost.jobs.runner import Job, start_and_run
from milepost.jobs.sweeps import sweep_planner
from milepost.queries.planner.plans import Slot
from milepost.resources import Resources, open_resources
from milepost.services.planner.sweep import correct_planner_days_batch
from milepost.services.planner.tasks import TaskPlan
from milepost.settings import Settings
from support.builders import new_learner
from support.callers import Caller
from support.clock import START, AdjustableClock
from support.planner import stored_days

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
async def resources(settings: Settings, module_clock: AdjustableClock) -> AsyncIterator[Resources]:
    """Resources for jobs, on the app's clock."""
    opened = await open_resources(settings, module_clock)
    yield opened
    await opened.close()


async def planned(resources: Resources, day: datetime) -> UUID:
    """Create a learner with one hour planned on that day."""
    learner_id = uuid4()
    plan = TaskPlan("read", None, None, None, [Slot(day, day + HOUR)])
    await resources.planner.create_task(learner_id, uuid4(), plan, START)
    return learner_id


async def spoil(resources: Resources) -> None:
    """Make every planner day wrong."""
    async with resources.database.write() as connection:
        await connection.execute("UPDATE planner_days SET scheduled_minutes = 7")


async def minutes(resources: Resources, learner_id: UUID) -> list[int]:
    """The scheduled minutes of each of a learner's days."""
    days = await stored_days(resources, str(learner_id))
    return [row["scheduled_minutes"] for (_, category), row in sorted(days.items()) if category == ""]


async def revision(resources: Resources, learner_id: UUID) -> int:
    """The learner's revision."""
    return (await resources.versions.read(learner_id)).revision


async def run(resources: Resources) -> None:
    """Run the sweep as arq does."""
    await start_and_run(resources, Job("sweep_planner", sweep_planner, every_seconds=60, timeout_seconds=5))


async def statuses(caller: Caller, **query: str) -> list[str]:
    """The statuses of the learner's daily goals."""
    answer = await caller.get("/goals/progress", period="daily", **query)
    assert answer.status == 200
    return [goal["status"] for goal in orjson.loads(answer.raw)]


async def test_days_from_yesterday_on_are_corrected_once_a_night(resources: Resources, clock: AdjustableClock) -> None:
    long_ago, yesterday, ahead = [await planned(resources, START + days * DAY) for days in (-40, 0, 40)]
    await run(resources)
    assert [await revision(resources, learner) for learner in (long_ago, yesterday, ahead)] == [1, 1, 1]
    await spoil(resources)
    await run(resources)
    assert await minutes(resources, yesterday) == [7], "already done tonight"
    clock.set(datetime(2026, 3, 11, tzinfo=UTC))
    await run(resources)
    assert [await minutes(resources, learner) for learner in (long_ago, yesterday, ahead)] == [[7], [60], [60]]
    assert [await revision(resources, learner) for learner in (long_ago, yesterday, ahead)] == [1, 2, 2]


async def test_corrected_days_count_for_goals(client: Client, resources: Resources, clock: AdjustableClock) -> None:
    clock.set(START + DAY)
    ada = Caller(client, new_learner())
    goal = {"name": "more", "target_type": "task_count", "time_period": "daily", "target_value": 1}
    (await ada.post("/goals", goal)).ok()
    task = (await ada.post("/tasks", {"title": "read"})).ok()
    await run(resources)
    async with resources.database.write() as connection:
        # As if a write had missed its day.
        await connection.execute(
            "UPDATE tasks SET completed_at = $2, status = 'completed' WHERE task_id = $1", task["task_id"], clock.now()
        )
    assert await statuses(ada) == ["not_started"]
    clock.advance(hours=12, minutes=1)
    await run(resources)
    assert await statuses(ada, start_date="2026-03-11") == ["achieved"]
    async with resources.database.pools.intake.acquire() as connection:
        met = await connection.fetchval("SELECT goals_met FROM learners WHERE learner_id = $1", UUID(ada.learner_id))
    assert met == 1


async def test_an_interrupted_night_continues_where_it_stopped(resources: Resources, clock: AdjustableClock) -> None:
    clock.set(START + 5 * DAY)
    learners = sorted([await planned(resources, START + 5 * DAY) for _ in range(5)], key=lambda one: one.int)
    await spoil(resources)
    batches = 0
    more = True
    while more:
        async with resources.database.write() as connection:
            more = await correct_planner_days_batch(connection, resources.policy, clock.now(), learners=2)
        batches += 1
        if batches == 1:
            assert [await minutes(resources, learner) for learner in learners].count([60]) <= 2
    assert batches >= 3
    assert [await minutes(resources, learner) for learner in learners] == [[60]] * 5


async def test_a_failed_night_shows_in_the_metrics(client: Client, resources: Resources, app: Quart) -> None:
    async def fail(_context: Resources) -> None:
        raise ValueError("no luck")

    async def said() -> list[str]:
        answered = await app.test_client().get("/metrics")
        return [line for line in (await answered.get_data(as_text=True)).splitlines() if '"sweep_planner"' in line]

    await run(resources)
    with pytest.raises(ValueError, match="luck"):
        await start_and_run(resources, Job("sweep_planner", fail, every_seconds=60, timeout_seconds=5))
    failed, last_failed, ended = await said()
    assert (failed, last_failed) == (
        'milepost_job_failures_total{job="sweep_planner"} 1.0',
        'milepost_job_last_run_failed{job="sweep_planner"} 1.0',
    )
    assert ended.startswith('milepost_job_last_end_seconds{job="sweep_planner"} ')
    assert float(ended.split()[1]) == resources.clock.now().timestamp()
    await run(resources)
    assert (await said())[1] == 'milepost_job_last_run_failed{job="sweep_planner"} 0.0'
    (await Caller(client, new_learner()).get("/tasks")).ok()
