"""Goals over HTTP: their progress, and the commit that meets them."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest
from quart.typing import TestClientProtocol as Client

from milepost.resources import Resources, open_resources
from milepost.services.rebuild.check import differences
from milepost.settings import Settings
from support.builders import activity, exercise
from support.callers import service
from support.clock import START, AdjustableClock
from support.goals import Learner, fetch, goal_notices, goals_met, insert_planner_day, learner

DAY = timedelta(days=1)
WEEK = {"start": "2026-03-09", "end": "2026-03-15"}


@pytest.fixture(scope="module")
async def resources(settings: Settings, module_clock: AdjustableClock) -> AsyncIterator[Resources]:
    """Resources for jobs, on the app's clock."""
    opened = await open_resources(settings, module_clock)
    yield opened
    await opened.close()


async def test_the_platforms_example_matches_value_for_value(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    """480 of 600 minutes on a Friday: 420 from completed tasks, 60 outside tasks."""
    clock.set(datetime(2025, 5, 26, 8, tzinfo=UTC))
    ada = learner(client)
    goal_id = await ada.create_goal("minutes", 600, name="Deep Work")
    clock.set(datetime(2025, 5, 30, 20, tzinfo=UTC))
    await insert_planner_day(resources, ada, date(2025, 5, 27), "", 300, 240, 2)
    await insert_planner_day(resources, ada, date(2025, 5, 30), "", 180, 180, 1)
    await insert_planner_day(resources, ada, date(2025, 6, 2), "", 500, 500, 1)  # the week after
    await ada.record_all(activity(datetime(2025, 5, 28, 9, tzinfo=UTC), duration_seconds=3_600))
    expected = [
        {
            "goal_id": goal_id,
            "name": "Deep Work",
            "target_type": "minutes",
            "target_value": 600,
            "period": {"start": "2025-05-26", "end": "2025-06-01"},
            "achieved_value": 480,
            "percent_complete": 80.0,
            "status": "on_track",
        }
    ]
    assert await ada.all_goal_progress(period="weekly", start_date="2025-05-28") == expected
    progress = await ada.all_goal_progress()
    assert progress == expected
    assert list(progress[0]) == list(expected[0]), "in that order"
    alias = await ada.get("/v1/goals/progress")
    assert json.loads(alias.raw) == expected


async def one_of_each(resources: Resources, ada: Learner, category: UUID) -> dict[str, str]:
    """Create a goal of every kind, alone and by category or topic; return the ids by name."""
    await fetch(
        resources,
        "INSERT INTO categories (learner_id, category_id, name, created_at) VALUES ($1, $2, 'Work', $3)",
        *(UUID(ada.learner_id), category, START),
    )
    work, loops = str(category), "loops"
    return {
        "minutes": await ada.create_goal("minutes", 1_000),
        "minutes of work": await ada.create_goal("minutes", 1_000, category_id=work),
        "minutes of loops": await ada.create_goal("minutes", 1_000, topic=loops),
        "percentage": await ada.create_goal("percentage", 80),
        "percentage of work": await ada.create_goal("percentage", 80, category_id=work),
        "tasks": await ada.create_goal("task_count", 10),
        "tasks of work": await ada.create_goal("task_count", 10, category_id=work),
        "exercises": await ada.create_goal("exercises", 10),
        "exercises of loops": await ada.create_goal("exercises", 10, topic=loops),
        "points": await ada.create_goal("points", 100),
        "points of loops": await ada.create_goal("points", 100, topic=loops),
        "days": await ada.create_goal("active_days", 7),
        "days of loops": await ada.create_goal("active_days", 7, topic=loops),
        "today": await ada.create_goal("exercises", 4, "daily"),
        "the month": await ada.create_goal("exercises", 40, "monthly"),
    }


async def test_every_target_type_counts_its_own_value(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    ada, teacher = learner(client), service(client)
    category = uuid4()
    goals = await one_of_each(resources, ada, category)
    await teacher.record_all(
        exercise(START, duration_seconds=150),  # loops, 10 points
        exercise(START - DAY, duration_seconds=100, topic="strings", points=7),
        exercise(
            START - DAY, object_type="task", duration_seconds=6_000
        ),  # loops, 10 points; its minutes come from the slots
        exercise(START - 2 * DAY, duration_seconds=9_000),  # the Sunday before
        learner_id=ada.subject,
    )
    for day in (date(2026, 3, 9), date(2026, 3, 15)):
        await insert_planner_day(resources, ada, day, "", 90, 60, 2)
        await insert_planner_day(resources, ada, day, str(category), 60, 40, 1)
    await insert_planner_day(resources, ada, date(2026, 3, 8), "", 9_000, 9_000, 50)
    await teacher.record_all(activity(START, duration_seconds=0), learner_id=ada.subject)  # one point, no topic
    assert {name: await ada.goal_progress(goal_id) for name, goal_id in goals.items()} == {
        "minutes": (124, 12.4, "behind"),  # 120 minutes from tasks, 250 seconds
        "minutes of work": (80, 8.0, "behind"),
        "minutes of loops": (2, 0.2, "behind"),
        "percentage": (66, 83.33, "on_track"),
        "percentage of work": (66, 83.33, "on_track"),
        "tasks": (4, 40.0, "on_track"),
        "tasks of work": (2, 20.0, "on_track"),
        "exercises": (3, 30.0, "on_track"),
        "exercises of loops": (2, 20.0, "on_track"),
        "points": (28, 28.0, "on_track"),
        "points of loops": (20, 20.0, "on_track"),
        "days": (2, 28.57, "on_track"),
        "days of loops": (2, 28.57, "on_track"),
        "today": (1, 25.0, "on_track"),
        "the month": (4, 10.0, "behind"),
    }
    together = {goal["goal_id"]: goal for goal in await ada.all_goal_progress()}
    for goal_id in goals.values():
        found = together[goal_id]
        alone = await ada.goal_progress(goal_id)
        assert (found["achieved_value"], found["percent_complete"], found["status"]) == alone
    assert len(await ada.all_goal_progress(period="weekly")) == 13
    empty = learner(client)
    for target_type in ("minutes", "percentage", "task_count", "exercises", "points", "active_days"):
        goal_id = await empty.create_goal(target_type, 1)
        stands = "not_applicable" if target_type == "percentage" else "not_started"
        assert await empty.goal_progress(goal_id) == (0, 0.0, stands)


async def test_a_goal_is_met_in_the_commit_that_reaches_it(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    ada, teacher = learner(client), service(client)
    three = await ada.create_goal("exercises", 3)
    await ada.create_goal("points", 1_000)
    await teacher.record_all(exercise(START), exercise(START), learner_id=ada.subject)
    assert await goal_notices(resources, ada) == []
    body = await teacher.record_all(exercise(START), exercise(START), learner_id=ada.subject)
    (notice,) = await goal_notices(resources, ada)
    assert (notice["revision"], notice["name"]) == (body["learners"][0]["revision"], "exercises")
    assert (await ada.get(f"/goals/{three}/progress")).ok() == {
        "goal_id": three,
        "name": "exercises",
        "target_type": "exercises",
        "target_value": 3,
        "period": WEEK,
        "achieved_value": 4,
        "percent_complete": 133.33,
        "status": "achieved",
        "met_at": "2026-03-10T12:00:00Z",
        "revised_at": None,
    }
    clock.advance(hours=1)
    await teacher.record_all(exercise(START), learner_id=ada.subject)
    assert (await ada.get(f"/goals/{three}/progress")).ok()["met_at"] == "2026-03-10T12:00:00Z"
    assert len(await goal_notices(resources, ada)) == await goals_met(resources, ada) == 1
    # A new target also applies to the current period; a met goal stays met.
    await ada.ask(
        "PUT",
        f"/goals/{three}",
        json={"name": "more", "target_type": "exercises", "time_period": "weekly", "target_value": 50},
    )
    assert await ada.goal_progress(three) == (5, 10.0, "achieved")
    # The next week starts at zero.
    clock.set(START + 7 * DAY)
    assert await ada.goal_progress(three) == (0, 0.0, "not_started")
    assert [period["status"] for period in await ada.history(three)] == ["not_started", "achieved"]


async def test_each_learner_of_a_batch_gets_its_own_notices(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    teacher = service(client)
    ada, bob, eve = learner(client), learner(client), learner(client)
    for one in (ada, bob):
        await one.create_goal("exercises", 2)
        await one.create_goal("active_days", 1, "monthly")
    batch = [exercise(START, learner_id=learner.subject) for learner in (ada, bob, eve, ada)]
    await teacher.record_all(*batch)
    assert [notice["name"] for notice in await goal_notices(resources, ada)] == ["active_days", "exercises"]
    assert [notice["name"] for notice in await goal_notices(resources, bob)] == ["active_days"]
    assert await goal_notices(resources, eve) == []
    assert [await goals_met(resources, learner) for learner in (ada, bob, eve)] == [2, 1, 0]


async def test_a_goal_already_reached_on_creation_is_met(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    ada = learner(client)
    await ada.record_all(activity(START), activity(START - DAY), activity(START - 2 * DAY))
    goal_id = await ada.create_goal("active_days", 2)
    assert await ada.goal_progress(goal_id) == (2, 100.0, "achieved")
    assert await goals_met(resources, ada) == 1
    lower = await ada.create_goal("active_days", 3)
    await ada.ask(
        "PUT",
        f"/goals/{lower}",
        json={"name": "days", "target_type": "active_days", "time_period": "weekly", "target_value": 1},
    )
    assert await goals_met(resources, ada) == 2
    assert len(await goal_notices(resources, ada)) == 2


async def test_a_learner_without_notifications_gets_no_notices(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    ada = learner(client)
    await fetch(resources, "INSERT INTO profiles (learner_id, quiet) VALUES ($1, true)", UUID(ada.learner_id))
    await ada.create_goal("active_days", 1)
    await ada.record_all(activity(START))
    assert await goals_met(resources, ada) == 1
    assert await goal_notices(resources, ada) == []


async def test_periods_before_the_goal_are_shown_and_not_stored(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    ada, teacher = learner(client), service(client)
    await teacher.record_all(*(exercise(START - 7 * DAY) for _ in range(3)), learner_id=ada.subject)
    goal_id = await ada.create_goal("exercises", 3)
    assert await ada.goal_progress(goal_id, start_date="2026-03-03") == (3, 100.0, "not_applicable")
    assert await ada.goal_progress(goal_id, start_date="2026-02-28") == (0, 0.0, "not_applicable")
    await teacher.record_all(exercise(START - 7 * DAY), learner_id=ada.subject)
    assert await goals_met(resources, ada) == 0
    assert len(await ada.history(goal_id)) == 1


async def test_history_goes_back_to_the_first_period_in_pages(client: Client, clock: AdjustableClock) -> None:
    ada = learner(client)
    goal_id = await ada.create_goal("active_days", 1, "daily")
    clock.advance(days=250)
    found = await ada.history(goal_id)
    assert (len(found), found[0]["period"]["start"]) == (30, "2026-11-15")
    found = await ada.history(goal_id, limit=200)
    assert (len(found), found[-1]["period"]["start"]) == (200, "2026-04-30")
    found = await ada.history(goal_id, limit=200, before="2026-04-30")
    assert (len(found), found[0]["period"]["start"], found[-1]["period"]["start"]) == (51, "2026-04-29", "2026-03-10")
    assert await ada.history(goal_id, before="2026-03-10") == []
    weekly = await ada.create_goal("active_days", 1)
    clock.advance(days=14)
    assert [period["period"]["start"] for period in await ada.history(weekly, before="2026-11-25")] == [
        "2026-11-23",
        "2026-11-16",
        "2026-11-09",
    ]
    assert len(await ada.history(weekly, before="2026-11-23")) == 2
    (await ada.ask("DELETE", f"/goals/{weekly}")).ok()
    clock.advance(days=14)
    found = await ada.history(weekly)
    assert [period["period"]["start"] for period in found] == ["2026-11-23", "2026-11-16", "2026-11-09"], (
        "the goal was archived"
    )
    assert [period["status"] for period in found] == ["not_applicable", "missed", "missed"]
    assert len(await ada.history(weekly, before="2026-11-16")) == 1


async def test_history_of_a_window_has_the_periods_with_one_of_its_days(client: Client, clock: AdjustableClock) -> None:
    """A goal of 10 March; on Thursday, 26 November 2026."""
    ada = learner(client)
    daily, weekly = await ada.create_goal("active_days", 1, "daily"), await ada.create_goal("active_days", 1)
    clock.advance(days=261)

    async def shown(goal_id: str, **query: object) -> tuple[str, str, str, list[str]]:
        body = (await ada.get(f"/goals/{goal_id}/history", **query)).ok()
        periods = [period["period"]["start"] for period in body["periods"]]
        return body["from"], body["to"], body["today"], periods

    today = "2026-11-26"
    starts = ["2026-11-23", "2026-11-16"]
    assert await shown(weekly, from_="2026-11-22") == ("2026-11-22", today, today, starts)
    assert await shown(weekly, from_="2026-11-22", to="2026-11-22") == ("2026-11-22", "2026-11-22", today, starts[1:])
    assert await shown(weekly, from_="2026-11-22", to="2199-12-31") == ("2026-11-22", today, today, starts)
    assert await shown(weekly, limit=2) == ("2026-11-16", today, today, starts)
    assert await shown(weekly, limit=1, to="2026-11-22") == ("2026-11-16", "2026-11-22", today, starts[1:])
    assert (await shown(weekly, from_="2026-01-01", to="2026-03-15"))[3] == ["2026-03-09"]
    assert (await shown(weekly, from_="2026-01-01", to="2026-03-08"))[3] == []
    every_day = (await shown(daily, from_="2026-01-01"))[3]
    assert (len(every_day), every_day[0], every_day[-1]) == (262, today, "2026-03-10")
    assert len((await shown(daily, from_="2026-01-01", limit=40))[3]) == 40
    for query, code in (
        ({"from": "2020-01-01"}, "too_long"),
        ({"to": "2026-03-20", "before": "2026-03-20"}, "conflicting"),
        ({"from": "2026-03-20", "to": "2026-03-19"}, "reversed"),
    ):
        refused = await ada.ask("GET", f"/goals/{daily}/history", query=query)
        assert {fault["code"] for fault in refused.problem(422, "invalid_query")["errors"]} == {code}


async def test_all_goals_at_once(client: Client, clock: AdjustableClock) -> None:
    ada, teacher = learner(client), service(client)
    assert (await ada.progress())["goals"] == {"active": 0, "met_this_period": 0, "next": None}
    await ada.create_goal("exercises", 2)
    ten = await ada.create_goal("exercises", 10, name="Ten")
    await ada.create_goal("points", 1_000)
    await ada.create_goal("percentage", 80)
    await teacher.record_all(*(exercise(START) for _ in range(3)), learner_id=ada.subject)
    assert (await ada.progress())["goals"] == {
        "active": 4,
        "met_this_period": 1,
        "next": {
            "goal_id": ten,
            "name": "Ten",
            "target_type": "exercises",
            "target_value": 10,
            "period": WEEK,
            "achieved_value": 3,
            "percent_complete": 30.0,
            "status": "on_track",
        },
    }


async def test_a_lost_counter_is_restored(client: Client, clock: AdjustableClock, resources: Resources) -> None:
    ada = learner(client)
    await ada.create_goal("active_days", 1)
    await ada.record_all(activity(START))
    learner_id = UUID(ada.learner_id)
    await fetch(resources, "UPDATE learners SET goals_met = 7 WHERE learner_id = $1", learner_id)
    async with resources.database.pools.intake.acquire() as connection:
        (found,) = await differences(connection, [learner_id], resources.policy, "goals")
    assert (found.table, found.field, found.stored, found.by_log) == ("learners", "goals_met", 7, 1)
    (await ada.ask("DELETE", f"/activities/{(await ada.feed())[0]['id']}")).ok()
    assert await goals_met(resources, ada) == 1, "a void rebuilds everything, and met goals stay met"


async def test_learners_without_goals_cost_no_goal_queries(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    """Recording works even without the goal tables."""
    ada = learner(client)
    await ada.record_all(activity(START))
    async with resources.database.pools.intake.acquire() as connection:
        await connection.execute("ALTER TABLE goal_periods RENAME TO out_of_order")
        try:
            await ada.record_all(activity(START), activity(START - DAY))
            assert (await ada.progress())["goals"]["active"] == 0
        finally:
            await connection.execute("ALTER TABLE out_of_order RENAME TO goal_periods")
