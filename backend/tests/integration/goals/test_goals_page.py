"""Everything a page of goals needs, in one answer: progress, the last periods, and the order."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from quart.typing import TestClientProtocol as Client

from milepost.jobs.sweeps import close_goal_periods
from milepost.queries.goals.goals import goals
from milepost.queries.goals.progress import goals_with_progress
from milepost.resources import Resources, open_resources
from milepost.settings import Settings
from support.builders import activity, exercise
from support.callers import Json, service, untagged
from support.clock import START, AdjustableClock
from support.goals import Learner, fetch, learner
from support.query_plans import sent_statements, sequential_scans, statements

DAY = timedelta(days=1)


@pytest.fixture(scope="module")
async def resources(settings: Settings, module_clock: AdjustableClock) -> AsyncIterator[Resources]:
    """Resources for jobs, on the app's clock."""
    opened = await open_resources(settings, module_clock)
    yield opened
    await opened.close()


async def page(one: Learner, **query: object) -> list[Json]:
    """The goals with their progress."""
    listed: list[Json] = (await one.get("/goals", **{"with": "progress", **query})).ok()["goals"]
    return listed


async def test_each_goal_has_its_current_period_and_the_last_twelve(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    ada, teacher = learner(client), service(client)
    goal_id = await ada.create_goal("exercises", 2, "daily")
    for day, count in ((0, 2), (1, 1), (3, 1)):
        clock.set(START + day * DAY)
        await teacher.record_all(*(exercise(clock.now()) for _ in range(count)), learner_id=ada.subject)
    body = {"name": "exercises", "target_type": "exercises", "time_period": "daily", "target_value": 4}
    (await ada.ask("PUT", f"/goals/{goal_id}", json=body)).ok()
    for is_closed in (False, True):
        if is_closed:
            await close_goal_periods(resources)
        (goal,) = await page(ada)
        assert goal["progress"] == (await ada.get(f"/goals/{goal_id}/progress")).ok()
        assert (goal["progress"]["achieved_value"], goal["progress"]["target_value"]) == (1, 4)
        points = [
            (point["from"], point["to"], point["value"], point["target"], point["percent"], point["status"])
            for point in goal["sparkline"]
        ]
        assert points[:8] == [
            (f"2026-03-{day:02}", f"2026-03-{day:02}", 0, 2, 0.0, "not_applicable") for day in range(2, 10)
        ]
        assert points[8:] == [
            ("2026-03-10", "2026-03-10", 2, 2, 100.0, "achieved"),
            ("2026-03-11", "2026-03-11", 1, 2, 50.0, "missed"),
            ("2026-03-12", "2026-03-12", 0, 2, 0.0, "missed"),
            ("2026-03-13", "2026-03-13", 1, 4, 25.0, "on_track"),
        ]
    assert (await ada.get(f"/goals/{goal_id}", **{"with": "progress"})).ok() == goal
    plain = {key: value for key, value in goal.items() if key not in ("progress", "sparkline")}
    alone = (await ada.get(f"/goals/{goal_id}")).ok()
    assert untagged(alone) == untagged(plain)
    assert (await ada.get("/goals")).ok() == {"goals": [alone]}


async def test_a_goal_that_was_read_can_be_changed_unless_it_has_changed_since(
    client: Client, clock: AdjustableClock
) -> None:
    ada = learner(client)
    goal_id = await ada.create_goal("active_days", 2)
    body = {"name": "x", "target_type": "active_days", "time_period": "weekly", "target_value": 3}
    for number, query in enumerate(({}, {"with": "progress"})):
        read = await ada.get(f"/goals/{goal_id}", **query)
        assert read.headers["ETag"] == read.ok()["etag"]
        condition = {"If-None-Match": read.headers["ETag"]}
        unchanged = await ada.ask("GET", f"/goals/{goal_id}", query=query, headers=condition)
        assert (unchanged.status, unchanged.raw) == (304, b"")
        await ada.record_all(activity(START - number * DAY))
        again = await ada.ask("GET", f"/goals/{goal_id}", query=query, headers=condition)
        assert again.status == (200 if query else 304), "progress has moved"
        clock.advance(seconds=1)
        headers = {"If-Match": read.headers["ETag"]}
        body["name"] = f"name {number}"
        (await ada.ask("PUT", f"/goals/{goal_id}", json=body, headers=headers)).ok()
        (await ada.ask("PUT", f"/goals/{goal_id}", json={**body, "name": "y"}, headers=headers)).problem(
            412, "precondition_failed"
        )


async def test_sparklines_of_weeks_and_months(client: Client, clock: AdjustableClock) -> None:
    clock.set(datetime(2026, 3, 31, 23, tzinfo=UTC))
    ada = learner(client)
    for period in ("weekly", "monthly"):
        await ada.create_goal("active_days", 2, period, name=period)
    await ada.record_all(activity(clock.now()), activity(clock.now() - DAY))
    spans = {
        goal["name"]: [(point["from"], point["to"], point["status"]) for point in goal["sparkline"]]
        for goal in await page(ada)
    }
    assert [len(points) for points in spans.values()] == [12, 12]
    assert spans["monthly"][0] == ("2025-04-01", "2025-04-30", "not_applicable")
    assert spans["monthly"][-2:] == [
        ("2026-02-01", "2026-02-28", "not_applicable"),
        ("2026-03-01", "2026-03-31", "achieved"),
    ]
    assert spans["weekly"][0] == ("2026-01-12", "2026-01-18", "not_applicable")
    assert spans["weekly"][-1] == ("2026-03-30", "2026-04-05", "achieved")


async def test_goals_are_sorted_as_asked_for(client: Client, clock: AdjustableClock) -> None:
    ada = learner(client)
    for name, target in (("beta", 10), ("Alpha", 2), ("gamma", 4), ("alpha", 100)):
        await ada.create_goal("points", target, name=name)
        clock.advance(seconds=1)
    await service(client).record_all(activity(START), learner_id=ada.subject)  # one point
    for query, expected in (
        ({}, ["alpha", "gamma", "Alpha", "beta"]),
        ({"sort": "newest"}, ["alpha", "gamma", "Alpha", "beta"]),
        ({"sort": "oldest"}, ["beta", "Alpha", "gamma", "alpha"]),
        ({"sort": "name"}, ["alpha", "Alpha", "beta", "gamma"]),
        ({"sort": "percent"}, ["Alpha", "gamma", "beta", "alpha"]),
    ):
        for more in ({}, {"with": "progress"}):
            listed = (await ada.get("/goals", **query, **more)).ok()["goals"]
            assert [goal["name"] for goal in listed] == expected, query
            assert all(("sparkline" in goal) == bool(more) for goal in listed)


async def test_archived_goals_have_a_page_too(client: Client, clock: AdjustableClock) -> None:
    ada = learner(client)
    goal_id = await ada.create_goal("active_days", 1, "daily")
    await ada.record_all(activity(START))
    clock.advance(days=1)
    (await ada.ask("DELETE", f"/goals/{goal_id}")).ok()
    assert await page(ada) == []
    (goal,) = await page(ada, archived="true")
    assert [point["status"] for point in goal["sparkline"]][-2:] == ["achieved", "not_applicable"]
    assert (goal["archived"], goal["progress"]["status"]) == (True, "not_applicable")


async def test_two_statements_show_two_hundred_goals(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    ada = learner(client)
    await service(client).record_all(activity(START, topic="loops"), learner_id=ada.subject)
    for number in range(50):
        await ada.create_goal("minutes", 1, "daily", name=f"{number}")
        await ada.create_goal("percentage", 1, "weekly", name=f"{number}")
        await ada.create_goal("points", 1, "monthly", name=f"{number}", topic="loops")
        await ada.create_goal("active_days", 1, "weekly", name=f"{number}")
    listed = await page(ada)
    assert (len(listed), {len(goal["sparkline"]) for goal in listed}) == (200, {12})
    assert {goal["target_type"]: goal["progress"]["status"] for goal in listed} == {
        "minutes": "not_started",
        "percentage": "not_applicable",
        "points": "achieved",
        "active_days": "achieved",
    }
    learner_id, today = UUID(ada.learner_id), START.date()
    async with resources.database.pools.intake.acquire() as connection:
        # The driver asks for the types of parameters the first time.
        await goals_with_progress(connection, learner_id, today, await goals(connection, learner_id))
        async with statements(connection) as sent:
            await goals_with_progress(connection, learner_id, today, await goals(connection, learner_id))
        queries = await sent_statements(sent)
        assert len(queries) == 2
        assert [await sequential_scans(connection, query) for query in queries] == [[], []]
    counted = await fetch(resources, "SELECT count(*) FROM goal_versions WHERE learner_id = $1", learner_id)
    assert counted == [{"count": 200}]
