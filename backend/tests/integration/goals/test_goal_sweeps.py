"""Goal periods: closed by a sweep, revised by late input, stored every hour, moved by zones."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from quart.typing import TestClientProtocol as Client

from milepost.jobs.runner import Job, start_and_run
from milepost.jobs.sweeps import close_goal_periods, write_down_goals
from milepost.queries.goals.goals import goals
from milepost.queries.goals.progress import goal_history, goals_progress, goals_with_progress
from milepost.resources import Resources, open_resources
from milepost.services.goals.sweeps import close_periods_batch, record_open_periods_batch
from milepost.settings import Settings
from support.builders import activity, exercise
from support.callers import Caller, service
from support.clock import START, AdjustableClock
from support.goals import fetch, goal_notices, goals_met, insert_planner_day, learner
from support.query_plans import sent_statements, sequential_scans, statements

DAY = timedelta(days=1)
WEEK = {"start": "2026-03-09", "end": "2026-03-15"}


@pytest.fixture(scope="module")
async def resources(settings: Settings, module_clock: AdjustableClock) -> AsyncIterator[Resources]:
    """Resources for jobs, on the app's clock."""
    opened = await open_resources(settings, module_clock)
    yield opened
    await opened.close()


async def run(resources: Resources, job: str) -> None:
    """Run a job as arq does."""
    runs = {"close_goal_periods": close_goal_periods, "write_down_goals": write_down_goals}
    await start_and_run(resources, Job(job, runs[job], every_seconds=60, timeout_seconds=5))


async def test_a_closed_period_is_revised_by_late_input_and_voids(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    ada, teacher = learner(client), service(client)
    goal_id = await ada.create_goal("exercises", 3)
    share = await ada.create_goal("percentage", 80)
    await teacher.record_all(exercise(START), exercise(START, id="second"), learner_id=ada.subject)
    await insert_planner_day(resources, ada, date(2026, 3, 12), "", 100, 80, 1)
    assert await ada.goal_progress(share) == (80, 100.0, "on_track")
    clock.set(datetime(2026, 3, 16, 0, 0, tzinfo=UTC))
    # Exact before the period is closed, and the same afterwards.
    before = [await ada.history(goal_id), await ada.history(share)]
    assert [period["status"] for period in before[0]] == ["not_started", "missed"]
    assert [period["status"] for period in before[1]] == ["not_applicable", "achieved"]
    assert await goals_met(resources, ada) == 0
    clock.advance(seconds=1)
    await run(resources, "close_goal_periods")
    after = [await ada.history(goal_id), await ada.history(share)]
    assert after[0] == before[0]
    assert after[1] == [before[1][0], {**before[1][1], "met_at": "2026-03-16T00:00:01Z"}]
    assert await goals_met(resources, ada) == 1
    assert [notice["name"] for notice in await goal_notices(resources, ada)] == ["percentage"]

    # That week keeps its target when the goal's target changes.
    await ada.ask(
        "PUT",
        f"/goals/{goal_id}",
        json={"name": "x", "target_type": "exercises", "time_period": "weekly", "target_value": 4},
    )
    clock.set(datetime(2026, 3, 18, 12, tzinfo=UTC))
    await teacher.record_all(exercise(START + DAY, id="late"), learner_id=ada.subject)
    (_, late) = await ada.history(goal_id)
    assert late == {
        **before[0][1],
        "name": "x",
        "target_value": 3,
        "achieved_value": 3,
        "percent_complete": 100.0,
        "status": "achieved",
        "met_at": "2026-03-18T12:00:00Z",
        "revised_at": "2026-03-18T12:00:00Z",
    }
    assert await goals_met(resources, ada) == 2
    clock.advance(hours=1)
    (await teacher.ask("DELETE", "/activities/second", query={"learner_id": ada.subject})).ok()
    (_, voided) = await ada.history(goal_id)
    assert (voided["achieved_value"], voided["percent_complete"], voided["status"]) == (2, 66.67, "achieved")
    assert (voided["met_at"], voided["revised_at"]) == ("2026-03-18T12:00:00Z", "2026-03-18T13:00:00Z")
    assert await goals_met(resources, ada) == 2
    assert len(await goal_notices(resources, ada)) == 1, "the late one is told in the digest"


async def test_the_sweep_catches_up_in_batches_and_a_second_run_changes_nothing(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    ada, bob = learner(client), learner(client)
    goals = {learner: await learner.create_goal("active_days", 1, "daily") for learner in (ada, bob)}
    weekly = await ada.create_goal("active_days", 2)
    for caller in (ada, bob):
        await caller.record_all(activity(START))
    await ada.ask("DELETE", f"/goals/{await ada.create_goal('points', 5, 'daily')}")
    clock.advance(days=250)
    admin = Caller(client, "root", ["admin"])
    due = (await admin.get("/admin/jobs")).ok()["goals"]
    assert due["due_goals"] >= 3
    assert due["lag_seconds"] >= 249 * 86_400
    batches, more = 0, True
    while more:
        async with resources.database.write() as connection:
            swept = await close_periods_batch(connection, resources.policy, clock.now(), 1)
        batches, more = batches + 1, swept.more
    assert batches > 6, "at most a hundred days of one goal per batch"
    periods = await fetch(
        resources,
        "SELECT learner_id, goal_id, count(*), count(met_at) AS met, min(period_start), max(period_end) "
        "FROM goal_periods WHERE closed_at IS NOT NULL AND learner_id = ANY($1) GROUP BY 1, 2",
        [UUID(learner.learner_id) for learner in (ada, bob)],
    )
    counts = {str(row["goal_id"]): (row["count"], row["met"], row["min"], row["max"]) for row in periods}
    days = (250, 1, date(2026, 3, 10), date(2026, 11, 14))
    assert counts == {goals[ada]: days, goals[bob]: days, weekly: (35, 0, date(2026, 3, 9), date(2026, 11, 8))}
    revisions = [(await learner.progress())["revision"] for learner in (ada, bob)]
    await run(resources, "close_goal_periods")
    assert [(await learner.progress())["revision"] for learner in (ada, bob)] == revisions
    assert [await goals_met(resources, learner) for learner in (ada, bob)] == [1, 1]
    answer = (await admin.get("/admin/jobs")).ok()
    assert {job["job"]: job["failures"] for job in answer["jobs"]}["close_goal_periods"] == 0
    assert answer["goals"] == {"due_goals": 0, "oldest_due_at": None, "lag_seconds": 0}


async def test_only_one_worker_sweeps_at_a_time(client: Client, clock: AdjustableClock, resources: Resources) -> None:
    await learner(client).create_goal("active_days", 1, "daily")
    clock.advance(days=2)
    async with resources.database.write() as first, resources.database.write() as second:
        assert (await close_periods_batch(first, resources.policy, clock.now())).periods > 0
        assert await close_periods_batch(second, resources.policy, clock.now()) == (0, False)
        assert await record_open_periods_batch(second, resources.policy, clock.now()) == (0, False)


async def test_open_periods_are_stored_once_an_hour(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    ada = learner(client)
    goal_id = UUID(await ada.create_goal("active_days", 2))
    stored_period = "SELECT achieved, percent::text, taken_at, met_at, closed_at FROM goal_periods WHERE goal_id = $1"
    await ada.record_all(activity(START))
    assert await fetch(resources, stored_period, goal_id) == []
    await run(resources, "write_down_goals")
    expected = {"achieved": 1, "percent": "50.00", "taken_at": START, "met_at": None, "closed_at": None}
    assert await fetch(resources, stored_period, goal_id) == [expected]
    await ada.record_all(activity(START - DAY))
    met = {**expected, "achieved": 2, "percent": "100.00", "met_at": START}
    assert await fetch(resources, stored_period, goal_id) == [met]
    await ada.record_all(activity(START + timedelta(minutes=5)))
    clock.advance(minutes=59)
    await run(resources, "write_down_goals")
    assert await fetch(resources, stored_period, goal_id) == [met], "already stored in this hour"
    clock.advance(minutes=1)
    await ada.ask("DELETE", f"/goals/{await ada.create_goal('points', 5, 'daily')}")
    revision = (await ada.progress())["revision"]
    await run(resources, "write_down_goals")
    assert await fetch(resources, stored_period, goal_id) == [{**met, "taken_at": START + timedelta(hours=1)}]
    clock.advance(hours=1)
    await run(resources, "write_down_goals")
    assert await fetch(resources, stored_period, goal_id) == [{**met, "taken_at": START + timedelta(hours=1)}], (
        "nothing changed"
    )
    assert (await ada.progress())["revision"] == revision, "visible state is unchanged"


async def test_a_zone_change_moves_periods(client: Client, clock: AdjustableClock, resources: Resources) -> None:
    """The first known zone moves past periods; a later one decides when the current period ends."""
    clock.set(datetime(2026, 3, 15, 22, tzinfo=UTC))
    ada, teacher = learner(client), service(client)
    goal_id = await ada.create_goal("exercises", 1)
    await teacher.record_all(exercise(datetime(2026, 3, 15, 21, tzinfo=UTC)), learner_id=ada.subject)
    assert await goals_met(resources, ada) == 1
    clock.set(datetime(2026, 3, 16, 1, tzinfo=UTC))
    await run(resources, "close_goal_periods")
    (await ada.ask("PATCH", "/me", json={"zone": "Asia/Tokyo"})).ok()
    now, before = await ada.history(goal_id)
    assert (now["achieved_value"], now["status"], before["achieved_value"], before["status"]) == (
        1,
        "achieved",
        0,
        "achieved",
    )
    assert before["revised_at"] == "2026-03-16T01:00:00Z"
    assert await goals_met(resources, ada) == 2
    (await ada.ask("PATCH", "/me", json={"zone": "Pacific/Kiritimati"})).ok()
    clock.set(datetime(2026, 3, 22, 10, 0, tzinfo=UTC))  # midnight on Kiritimati
    await run(resources, "close_goal_periods")
    periods = await fetch(resources, "SELECT closed_at FROM goal_periods WHERE goal_id = $1 ORDER BY 1", UUID(goal_id))
    assert [row["closed_at"].isoformat() for row in periods] == [
        "2026-03-16T01:00:00+00:00",
        "2026-03-22T10:00:00+00:00",
    ]


async def test_no_read_and_no_sweep_scans_a_table(client: Client, clock: AdjustableClock, resources: Resources) -> None:
    ada = learner(client)
    for target_type in ("minutes", "percentage", "exercises"):
        await ada.create_goal(target_type, 1)
        await ada.create_goal(target_type, 1, "daily")
    await ada.create_goal("points", 1, "monthly", topic="loops")
    learner_id, today = UUID(ada.learner_id), date(2026, 3, 10)
    clock.advance(days=1)
    async with resources.database.pools.intake.acquire() as connection, statements(connection) as sent:
        await goals_progress(connection, learner_id, today, today)
        listed = await goals(connection, learner_id)
        await goals_with_progress(connection, learner_id, today, listed)
        await goal_history(connection, learner_id, listed[0], today, 200, today)
        async with connection.transaction():
            await close_periods_batch(connection, resources.policy, clock.now())
        async with connection.transaction():
            await record_open_periods_batch(connection, resources.policy, clock.now())
        queries = [
            statement
            for statement in await sent_statements(sent)
            if statement[0].lstrip().startswith(("SELECT", "WITH", "UPDATE"))
        ]
        scanned = {
            statement[0]: await sequential_scans(connection, statement)
            for statement in queries
            if "advisory" not in statement[0]
        }
    assert len(scanned) > 8
    assert {query: tables for query, tables in scanned.items() if tables} == {}


async def test_one_of_many_concurrent_writers_meets_the_goal(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    ada, teacher = learner(client), service(client)
    goal_id = await ada.create_goal("exercises", 7)
    sends = [teacher.record(exercise(START), learner_id=ada.subject) for _ in range(20)]
    creations = [ada.create_goal("exercises", target, "daily") for target in range(1, 6)]
    await asyncio.gather(*sends, *creations)
    assert await ada.goal_progress(goal_id) == (20, 285.71, "achieved")
    assert len(await goal_notices(resources, ada)) == await goals_met(resources, ada) == 6
