"""The nightly look at planner days: who differs is mended, who does not is left alone; once a night, in pieces."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import orjson
import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client

from milepost.jobs.runner import RESOURCES, as_job
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
async def held(settings: Settings, module_clock: AdjustableClock) -> AsyncIterator[Resources]:
    """What jobs work with, by the clock of the app."""
    opened = await open_resources(settings, module_clock)
    yield opened
    await opened.close()


async def planned(held: Resources, day: datetime) -> UUID:
    """A learner with an hour planned on that day."""
    learner_id = uuid4()
    plan = TaskPlan("read", None, None, None, [Slot(day, day + HOUR)])
    await held.planner.create_task(learner_id, uuid4(), plan, START)
    return learner_id


async def spoil(held: Resources) -> None:
    """Every planner day says something else."""
    async with held.database.write() as connection:
        await connection.execute("UPDATE planner_days SET scheduled_minutes = 7")


async def minutes(held: Resources, learner_id: UUID) -> list[int]:
    """Scheduled minutes of each of a learner's days."""
    found = await stored_days(held, str(learner_id))
    return [row["scheduled_minutes"] for (_, category), row in sorted(found.items()) if category == ""]


async def revision(held: Resources, learner_id: UUID) -> int:
    """How many commits have changed this learner."""
    return (await held.versions.read(learner_id)).revision


async def run(held: Resources) -> None:
    """As arq runs it."""
    await as_job("sweep_planner", sweep_planner)({RESOURCES: held})


async def statuses(caller: Caller, **query: str) -> list[str]:
    """How the learner's daily goals stand."""
    answer = await caller.get("/goals/progress", period="daily", **query)
    assert answer.status == 200
    return [one["status"] for one in orjson.loads(answer.raw)]


async def test_days_from_yesterday_on_are_mended_once_a_night(held: Resources, clock: AdjustableClock) -> None:
    long_ago, yesterday, ahead = [await planned(held, START + days * DAY) for days in (-40, 0, 40)]
    await run(held)
    assert [await revision(held, one) for one in (long_ago, yesterday, ahead)] == [1, 1, 1]
    await spoil(held)
    await run(held)
    assert await minutes(held, yesterday) == [7], "tonight's has been"
    clock.set(datetime(2026, 3, 11, tzinfo=UTC))
    await run(held)
    assert [await minutes(held, one) for one in (long_ago, yesterday, ahead)] == [[7], [60], [60]]
    assert [await revision(held, one) for one in (long_ago, yesterday, ahead)] == [1, 2, 2]


async def test_what_is_mended_counts_for_goals(client: Client, held: Resources, clock: AdjustableClock) -> None:
    clock.set(START + DAY)
    ada = Caller(client, new_learner())
    goal = {"name": "more", "target_type": "task_count", "time_period": "daily", "target_value": 1}
    (await ada.post("/goals", goal)).ok()
    made = (await ada.post("/tasks", {"title": "read"})).ok()
    await run(held)
    async with held.database.write() as connection:
        # As if a write had forgotten its day.
        await connection.execute(
            "UPDATE tasks SET completed_at = $2, status = 'completed' WHERE task_id = $1", made["task_id"], clock.now()
        )
    assert await statuses(ada) == ["not_started"]
    clock.advance(hours=12, minutes=1)
    await run(held)
    assert await statuses(ada, start_date="2026-03-11") == ["achieved"]
    async with held.database.pools.intake.acquire() as connection:
        met = await connection.fetchval("SELECT goals_met FROM learners WHERE learner_id = $1", UUID(ada.learner_id))
    assert met == 1


async def test_a_night_goes_on_where_it_was_cut_off(held: Resources, clock: AdjustableClock) -> None:
    clock.set(START + 5 * DAY)
    learners = sorted([await planned(held, START + 5 * DAY) for _ in range(5)], key=lambda one: one.int)
    await spoil(held)
    batches = 0
    more = True
    while more:
        async with held.database.write() as connection:
            more = await correct_planner_days_batch(connection, held.policy, clock.now(), learners=2)
        batches += 1
        if batches == 1:
            assert [await minutes(held, one) for one in learners].count([60]) <= 2
    assert batches >= 3
    assert [await minutes(held, one) for one in learners] == [[60]] * 5


async def test_a_failed_night_is_a_figure_to_alert_on(client: Client, held: Resources, app: Quart) -> None:
    async def fail(_held: Resources) -> None:
        raise ValueError("no luck")

    async def said() -> list[str]:
        answered = await app.test_client().get("/metrics")
        return [line for line in (await answered.get_data(as_text=True)).splitlines() if '"sweep_planner"' in line]

    await run(held)
    with pytest.raises(ValueError, match="luck"):
        await as_job("sweep_planner", fail)({RESOURCES: held})
    failed, last_failed, ended = await said()
    assert (failed, last_failed) == (
        'milepost_job_failures_total{job="sweep_planner"} 1',
        'milepost_job_last_run_failed{job="sweep_planner"} 1',
    )
    assert ended == f'milepost_job_last_end_seconds{{job="sweep_planner"}} {held.clock.now().timestamp():.15g}'
    await run(held)
    assert (await said())[1] == 'milepost_job_last_run_failed{job="sweep_planner"} 0'
    (await Caller(client, new_learner()).get("/tasks")).ok()
