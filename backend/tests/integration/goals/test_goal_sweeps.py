"""Goals whose periods are over: closed by a sweep, revised by late input, written down every hour, moved by zones."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from quart.typing import TestClientProtocol as Client

from milepost.jobs.runner import RESOURCES, as_job
from milepost.jobs.sweeps import close_goal_periods, write_down_goals
from milepost.queries.goals.progress import goal_history, goals_progress
from milepost.queries.learners.facts import learner_facts
from milepost.resources import Resources, open_resources
from milepost.services.goals.sweeps import close_periods_batch, record_open_periods_batch
from milepost.settings import Settings
from support.builders import activity, exercise
from support.callers import Caller, service
from support.clock import START, AdjustableClock
from support.goals import fetch, goals_met, learner, notices, plan
from support.query_plans import all_of, sequential_scans, statements

DAY = timedelta(days=1)
WEEK = {"start": "2026-03-09", "end": "2026-03-15"}


@pytest.fixture(scope="module")
async def held(settings: Settings, module_clock: AdjustableClock) -> AsyncIterator[Resources]:
    """What jobs work with, by the clock of the app."""
    opened = await open_resources(settings, module_clock)
    yield opened
    await opened.close()


async def run(held: Resources, job: str) -> None:
    """A job as arq runs it."""
    runs = {"close_goal_periods": close_goal_periods, "write_down_goals": write_down_goals}
    await as_job(job, runs[job])({RESOURCES: held})


async def test_closing_late_input_and_taking_back(client: Client, clock: AdjustableClock, held: Resources) -> None:
    ada, teacher = learner(client), service(client)
    goal_id = await ada.wish("exercises", 3)
    share = await ada.wish("percentage", 80)
    await teacher.record_all(exercise(START), exercise(START, id="second"), learner_id=ada.subject)
    await plan(held, ada, date(2026, 3, 12), "", 100, 80, 1)
    assert await ada.stands(share) == (80, 100.0, "on_track")
    clock.set(datetime(2026, 3, 16, 0, 0, tzinfo=UTC))
    # Exact before anybody has closed it, and the same afterwards.
    before = [await ada.history(goal_id), await ada.history(share)]
    assert [one["status"] for one in before[0]] == ["not_started", "missed"]
    assert [one["status"] for one in before[1]] == ["not_applicable", "achieved"]
    assert await goals_met(held, ada) == 0
    clock.advance(seconds=1)
    await run(held, "close_goal_periods")
    after = [await ada.history(goal_id), await ada.history(share)]
    assert after[0] == before[0]
    assert after[1] == [before[1][0], {**before[1][1], "met_at": "2026-03-16T00:00:01Z"}]
    assert await goals_met(held, ada) == 1
    assert [one["name"] for one in await notices(held, ada)] == ["percentage"]

    # The target of that week stays, whatever is aimed at now.
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
    assert await goals_met(held, ada) == 2
    clock.advance(hours=1)
    (await teacher.ask("DELETE", "/activities/second", query={"learner_id": ada.subject})).ok()
    (_, taken) = await ada.history(goal_id)
    assert (taken["achieved_value"], taken["percent_complete"], taken["status"]) == (2, 66.67, "achieved")
    assert (taken["met_at"], taken["revised_at"]) == ("2026-03-18T12:00:00Z", "2026-03-18T13:00:00Z")
    assert await goals_met(held, ada) == 2
    assert len(await notices(held, ada)) == 2


async def test_the_sweep_catches_up_in_batches_and_twice_is_once(
    client: Client, clock: AdjustableClock, held: Resources
) -> None:
    ada, bob = learner(client), learner(client)
    goals = {one: await one.wish("active_days", 1, "daily") for one in (ada, bob)}
    weekly = await ada.wish("active_days", 2)
    for one in (ada, bob):
        await one.record_all(activity(START))
    await ada.ask("DELETE", f"/goals/{await ada.wish('points', 5, 'daily')}")
    clock.advance(days=250)
    overseen = Caller(client, "root", ["admin"])
    due = (await overseen.get("/admin/jobs")).ok()["goals"]
    assert due["due_goals"] >= 3
    assert due["lag_seconds"] >= 249 * 86_400
    batches, more = 0, True
    while more:
        async with held.database.write() as connection:
            swept = await close_periods_batch(connection, held.policy, clock.now(), 1)
        batches, more = batches + 1, swept.more
    assert batches > 6, "a hundred days of one goal at a time"
    kept = await fetch(
        held,
        "SELECT learner_id, goal_id, count(*), count(met_at) AS met, min(period_start), max(period_end) "
        "FROM goal_periods WHERE closed_at IS NOT NULL AND learner_id = ANY($1) GROUP BY 1, 2",
        [UUID(one.learner_id) for one in (ada, bob)],
    )
    counts = {str(row["goal_id"]): (row["count"], row["met"], row["min"], row["max"]) for row in kept}
    days = (250, 1, date(2026, 3, 10), date(2026, 11, 14))
    assert counts == {goals[ada]: days, goals[bob]: days, weekly: (35, 0, date(2026, 3, 9), date(2026, 11, 8))}
    revisions = [(await one.progress())["revision"] for one in (ada, bob)]
    await run(held, "close_goal_periods")
    assert [(await one.progress())["revision"] for one in (ada, bob)] == revisions
    assert [await goals_met(held, one) for one in (ada, bob)] == [1, 1]
    found = (await overseen.get("/admin/jobs")).ok()
    assert {job["job"]: job["failures"] for job in found["jobs"]}["close_goal_periods"] == 0
    assert found["goals"] == {"due_goals": 0, "oldest_due_at": None, "lag_seconds": 0}


async def test_only_one_worker_has_the_turn(client: Client, clock: AdjustableClock, held: Resources) -> None:
    await learner(client).wish("active_days", 1, "daily")
    clock.advance(days=2)
    async with held.database.write() as first, held.database.write() as second:
        assert (await close_periods_batch(first, held.policy, clock.now())).periods > 0
        assert await close_periods_batch(second, held.policy, clock.now()) == (0, False)
        assert await record_open_periods_batch(second, held.policy, clock.now()) == (0, False)


async def test_once_an_hour_what_is_open_is_written_down(
    client: Client, clock: AdjustableClock, held: Resources
) -> None:
    ada = learner(client)
    goal_id = UUID(await ada.wish("active_days", 2))
    kept = "SELECT achieved, percent::text, taken_at, met_at, closed_at FROM goal_periods WHERE goal_id = $1"
    await ada.record_all(activity(START))
    assert await fetch(held, kept, goal_id) == []
    await run(held, "write_down_goals")
    expected = {"achieved": 1, "percent": "50.00", "taken_at": START, "met_at": None, "closed_at": None}
    assert await fetch(held, kept, goal_id) == [expected]
    await ada.record_all(activity(START - DAY))
    met = {**expected, "achieved": 2, "percent": "100.00", "met_at": START}
    assert await fetch(held, kept, goal_id) == [met]
    await ada.record_all(activity(START + timedelta(minutes=5)))
    clock.advance(minutes=59)
    await run(held, "write_down_goals")
    assert await fetch(held, kept, goal_id) == [met], "this hour's round is done"
    clock.advance(minutes=1)
    await ada.ask("DELETE", f"/goals/{await ada.wish('points', 5, 'daily')}")
    revision = (await ada.progress())["revision"]
    await run(held, "write_down_goals")
    assert await fetch(held, kept, goal_id) == [{**met, "taken_at": START + timedelta(hours=1)}]
    clock.advance(hours=1)
    await run(held, "write_down_goals")
    assert await fetch(held, kept, goal_id) == [{**met, "taken_at": START + timedelta(hours=1)}], "nothing happened"
    assert (await ada.progress())["revision"] == revision, "what anybody sees is the same"


async def test_a_learner_who_moves_has_other_days(client: Client, clock: AdjustableClock, held: Resources) -> None:
    """The first known zone moves the past along; a later one decides when the period of today is over."""
    clock.set(datetime(2026, 3, 15, 22, tzinfo=UTC))
    ada, teacher = learner(client), service(client)
    goal_id = await ada.wish("exercises", 1)
    await teacher.record_all(exercise(datetime(2026, 3, 15, 21, tzinfo=UTC)), learner_id=ada.subject)
    assert await goals_met(held, ada) == 1
    clock.set(datetime(2026, 3, 16, 1, tzinfo=UTC))
    await run(held, "close_goal_periods")
    (await ada.ask("PATCH", "/me", json={"zone": "Asia/Tokyo"})).ok()
    now, before = await ada.history(goal_id)
    assert (now["achieved_value"], now["status"], before["achieved_value"], before["status"]) == (
        1,
        "achieved",
        0,
        "achieved",
    )
    assert before["revised_at"] == "2026-03-16T01:00:00Z"
    assert await goals_met(held, ada) == 2
    (await ada.ask("PATCH", "/me", json={"zone": "Pacific/Kiritimati"})).ok()
    clock.set(datetime(2026, 3, 22, 10, 0, tzinfo=UTC))  # midnight on Kiritimati
    await run(held, "close_goal_periods")
    kept = await fetch(held, "SELECT closed_at FROM goal_periods WHERE goal_id = $1 ORDER BY 1", UUID(goal_id))
    assert [row["closed_at"].isoformat() for row in kept] == ["2026-03-16T01:00:00+00:00", "2026-03-22T10:00:00+00:00"]


async def test_no_read_and_no_sweep_scans_a_table(client: Client, clock: AdjustableClock, held: Resources) -> None:
    ada = learner(client)
    for target_type in ("minutes", "percentage", "exercises"):
        await ada.wish(target_type, 1)
        await ada.wish(target_type, 1, "daily")
    await ada.wish("points", 1, "monthly", topic="loops")
    learner_id, today = UUID(ada.learner_id), date(2026, 3, 10)
    clock.advance(days=1)
    async with held.database.pools.intake.acquire() as connection, statements(connection) as sent:
        await goals_progress(connection, learner_id, today, today)
        goals = (await learner_facts(connection, [learner_id], held.policy))[learner_id].goals
        await goal_history(connection, learner_id, goals[0], today, 200, today)
        async with connection.transaction():
            await close_periods_batch(connection, held.policy, clock.now())
        async with connection.transaction():
            await record_open_periods_batch(connection, held.policy, clock.now())
        looked_at = [one for one in await all_of(sent) if one[0].lstrip().startswith(("SELECT", "WITH", "UPDATE"))]
        scanned = {one[0]: await sequential_scans(connection, one) for one in looked_at if "advisory" not in one[0]}
    assert len(scanned) > 8
    assert {query: tables for query, tables in scanned.items() if tables} == {}


async def test_of_many_writers_at_once_one_meets_the_goal(
    client: Client, clock: AdjustableClock, held: Resources
) -> None:
    ada, teacher = learner(client), service(client)
    goal_id = await ada.wish("exercises", 7)
    sends = [teacher.record(exercise(START), learner_id=ada.subject) for _ in range(20)]
    made = [ada.wish("exercises", target, "daily") for target in range(1, 6)]
    await asyncio.gather(*sends, *made)
    assert await ada.stands(goal_id) == (20, 285.71, "achieved")
    assert len(await notices(held, ada)) == await goals_met(held, ada) == 6
