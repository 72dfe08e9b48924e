"""Goals over HTTP: how they stand, and the commit that meets them."""

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
from support.goals import Learner, fetch, goals_met, learner, notices, plan

DAY = timedelta(days=1)
WEEK = {"start": "2026-03-09", "end": "2026-03-15"}


@pytest.fixture(scope="module")
async def held(settings: Settings, module_clock: AdjustableClock) -> AsyncIterator[Resources]:
    """What jobs work with, by the clock of the app."""
    opened = await open_resources(settings, module_clock)
    yield opened
    await opened.close()


async def test_the_platforms_example_value_for_value(client: Client, clock: AdjustableClock, held: Resources) -> None:
    """480 minutes of 600 on a Friday: 420 of tasks completed, an hour outside tasks."""
    clock.set(datetime(2025, 5, 26, 8, tzinfo=UTC))
    ada = learner(client)
    goal_id = await ada.wish("minutes", 600, name="Deep Work")
    clock.set(datetime(2025, 5, 30, 20, tzinfo=UTC))
    await plan(held, ada, date(2025, 5, 27), "", 300, 240, 2)
    await plan(held, ada, date(2025, 5, 30), "", 180, 180, 1)
    await plan(held, ada, date(2025, 6, 2), "", 500, 500, 1)  # the week after
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
    assert await ada.all_stand(period="weekly", start_date="2025-05-28") == expected
    found = await ada.all_stand()
    assert found == expected
    assert list(found[0]) == list(expected[0]), "in that order"
    alias = await ada.get("/v1/goals/progress")
    assert json.loads(alias.raw) == expected


async def one_of_each(held: Resources, ada: Learner, category: UUID) -> dict[str, str]:
    """A goal of every kind, alone and by category or topic; by name."""
    await fetch(
        held,
        "INSERT INTO categories (learner_id, category_id, name, created_at) VALUES ($1, $2, 'Work', $3)",
        *(UUID(ada.learner_id), category, START),
    )
    work, loops = str(category), "loops"
    return {
        "minutes": await ada.wish("minutes", 1_000),
        "minutes of work": await ada.wish("minutes", 1_000, category_id=work),
        "minutes of loops": await ada.wish("minutes", 1_000, topic=loops),
        "percentage": await ada.wish("percentage", 80),
        "percentage of work": await ada.wish("percentage", 80, category_id=work),
        "tasks": await ada.wish("task_count", 10),
        "tasks of work": await ada.wish("task_count", 10, category_id=work),
        "exercises": await ada.wish("exercises", 10),
        "exercises of loops": await ada.wish("exercises", 10, topic=loops),
        "points": await ada.wish("points", 100),
        "points of loops": await ada.wish("points", 100, topic=loops),
        "days": await ada.wish("active_days", 7),
        "days of loops": await ada.wish("active_days", 7, topic=loops),
        "today": await ada.wish("exercises", 4, "daily"),
        "the month": await ada.wish("exercises", 40, "monthly"),
    }


async def test_every_kind_of_target_counts_its_own(client: Client, clock: AdjustableClock, held: Resources) -> None:
    ada, teacher = learner(client), service(client)
    category = uuid4()
    goals = await one_of_each(held, ada, category)
    await teacher.record_all(
        exercise(START, duration_seconds=150),  # loops, 10 points
        exercise(START - DAY, duration_seconds=100, topic="strings", points=7),
        exercise(START - DAY, object_type="task", duration_seconds=6_000),  # loops, 10 points; minutes are its slots'
        exercise(START - 2 * DAY, duration_seconds=9_000),  # the Sunday before
        learner_id=ada.subject,
    )
    for day in (date(2026, 3, 9), date(2026, 3, 15)):
        await plan(held, ada, day, "", 90, 60, 2)
        await plan(held, ada, day, str(category), 60, 40, 1)
    await plan(held, ada, date(2026, 3, 8), "", 9_000, 9_000, 50)
    await ada.record_all(activity(START, duration_seconds=0))  # one point, no topic
    assert {name: await ada.stands(goal_id) for name, goal_id in goals.items()} == {
        "minutes": (124, 12.4, "behind"),  # 120 of tasks, 250 seconds
        "minutes of work": (80, 8.0, "behind"),
        "minutes of loops": (2, 0.2, "behind"),
        "percentage": (66, 83.33, "on_track"),
        "percentage of work": (66, 83.33, "on_track"),
        "tasks": (4, 40.0, "on_track"),
        "tasks of work": (2, 20.0, "behind"),
        "exercises": (3, 30.0, "on_track"),
        "exercises of loops": (2, 20.0, "behind"),
        "points": (28, 28.0, "behind"),
        "points of loops": (20, 20.0, "behind"),
        "days": (2, 28.57, "on_track"),
        "days of loops": (2, 28.57, "on_track"),
        "today": (1, 25.0, "behind"),
        "the month": (4, 10.0, "behind"),
    }
    together = {one["goal_id"]: one for one in await ada.all_stand()}
    for goal_id in goals.values():
        found = together[goal_id]
        alone = await ada.stands(goal_id)
        assert (found["achieved_value"], found["percent_complete"], found["status"]) == alone
    assert len(await ada.all_stand(period="weekly")) == 13
    empty = learner(client)
    for target_type in ("minutes", "percentage", "task_count", "exercises", "points", "active_days"):
        goal_id = await empty.wish(target_type, 1)
        stands = "not_applicable" if target_type == "percentage" else "not_started"
        assert await empty.stands(goal_id) == (0, 0.0, stands)


async def test_met_in_the_commit_that_reaches_it(client: Client, clock: AdjustableClock, held: Resources) -> None:
    ada, teacher = learner(client), service(client)
    three = await ada.wish("exercises", 3)
    await ada.wish("points", 1_000)
    await teacher.record_all(exercise(START), exercise(START), learner_id=ada.subject)
    assert await notices(held, ada) == []
    body = await teacher.record_all(exercise(START), exercise(START), learner_id=ada.subject)
    (told,) = await notices(held, ada)
    assert (told["revision"], told["name"]) == (body["learners"][0]["revision"], "exercises")
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
    assert len(await notices(held, ada)) == await goals_met(held, ada) == 1
    # A new target is for the period of today too; what was met stays so.
    await ada.ask(
        "PUT",
        f"/goals/{three}",
        json={"name": "more", "target_type": "exercises", "time_period": "weekly", "target_value": 50},
    )
    assert await ada.stands(three) == (5, 10.0, "achieved")
    # The next week begins at nothing.
    clock.set(START + 7 * DAY)
    assert await ada.stands(three) == (0, 0.0, "not_started")
    assert [one["status"] for one in await ada.history(three)] == ["not_started", "achieved"]


async def test_of_many_learners_in_one_batch_each_is_told_its_own(
    client: Client, clock: AdjustableClock, held: Resources
) -> None:
    teacher = service(client)
    ada, bob, eve = learner(client), learner(client), learner(client)
    for one in (ada, bob):
        await one.wish("exercises", 2)
        await one.wish("active_days", 1, "monthly")
    batch = [exercise(START, learner_id=one.subject) for one in (ada, bob, eve, ada)]
    await teacher.record_all(*batch)
    assert [one["name"] for one in await notices(held, ada)] == ["active_days", "exercises"]
    assert [one["name"] for one in await notices(held, bob)] == ["active_days"]
    assert await notices(held, eve) == []
    assert [await goals_met(held, one) for one in (ada, bob, eve)] == [2, 1, 0]


async def test_a_goal_made_when_it_is_reached_already_is_met(
    client: Client, clock: AdjustableClock, held: Resources
) -> None:
    ada = learner(client)
    await ada.record_all(activity(START), activity(START - DAY), activity(START - 2 * DAY))
    goal_id = await ada.wish("active_days", 2)
    assert await ada.stands(goal_id) == (2, 100.0, "achieved")
    assert await goals_met(held, ada) == 1
    lower = await ada.wish("active_days", 3)
    await ada.ask(
        "PUT",
        f"/goals/{lower}",
        json={"name": "days", "target_type": "active_days", "time_period": "weekly", "target_value": 1},
    )
    assert await goals_met(held, ada) == 2
    assert len(await notices(held, ada)) == 2


async def test_who_wants_quiet_is_told_nothing(client: Client, clock: AdjustableClock, held: Resources) -> None:
    ada = learner(client)
    await fetch(held, "INSERT INTO profiles (learner_id, quiet) VALUES ($1, true)", UUID(ada.learner_id))
    await ada.wish("active_days", 1)
    await ada.record_all(activity(START))
    assert await goals_met(held, ada) == 1
    assert await notices(held, ada) == []


async def test_what_was_before_the_goal_is_shown_and_never_kept(
    client: Client, clock: AdjustableClock, held: Resources
) -> None:
    ada, teacher = learner(client), service(client)
    await teacher.record_all(*(exercise(START - 7 * DAY) for _ in range(3)), learner_id=ada.subject)
    goal_id = await ada.wish("exercises", 3)
    assert await ada.stands(goal_id, start_date="2026-03-03") == (3, 100.0, "achieved")
    assert await ada.stands(goal_id, start_date="2026-02-28") == (0, 0.0, "missed")
    await teacher.record_all(exercise(START - 7 * DAY), learner_id=ada.subject)
    assert await goals_met(held, ada) == 0
    assert len(await ada.history(goal_id)) == 1


async def test_history_goes_back_to_the_first_period_in_pages(client: Client, clock: AdjustableClock) -> None:
    ada = learner(client)
    goal_id = await ada.wish("active_days", 1, "daily")
    clock.advance(days=250)
    found = await ada.history(goal_id)
    assert (len(found), found[0]["period"]["start"]) == (30, "2026-11-15")
    found = await ada.history(goal_id, limit=200)
    assert (len(found), found[-1]["period"]["start"]) == (200, "2026-04-30")
    found = await ada.history(goal_id, limit=200, before="2026-04-30")
    assert (len(found), found[0]["period"]["start"], found[-1]["period"]["start"]) == (51, "2026-04-29", "2026-03-10")
    assert await ada.history(goal_id, before="2026-03-10") == []
    weekly = await ada.wish("active_days", 1)
    clock.advance(days=14)
    assert [one["period"]["start"] for one in await ada.history(weekly, before="2026-11-25")] == [
        "2026-11-23",
        "2026-11-16",
        "2026-11-09",
    ]
    assert len(await ada.history(weekly, before="2026-11-23")) == 2
    (await ada.ask("DELETE", f"/goals/{weekly}")).ok()
    clock.advance(days=14)
    found = await ada.history(weekly)
    assert [one["period"]["start"] for one in found] == ["2026-11-23", "2026-11-16", "2026-11-09"], "it was archived"
    assert (found[0]["status"], len(await ada.history(weekly, before="2026-11-16"))) == ("missed", 1)


async def test_goals_at_a_glance(client: Client, clock: AdjustableClock) -> None:
    ada, teacher = learner(client), service(client)
    assert (await ada.progress())["goals"] == {"active": 0, "met_this_period": 0, "next": None}
    await ada.wish("exercises", 2)
    ten = await ada.wish("exercises", 10, name="Ten")
    await ada.wish("points", 1_000)
    await ada.wish("percentage", 80)
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


async def test_a_counter_that_was_lost_is_found_again(client: Client, clock: AdjustableClock, held: Resources) -> None:
    ada = learner(client)
    await ada.wish("active_days", 1)
    await ada.record_all(activity(START))
    learner_id = UUID(ada.learner_id)
    await fetch(held, "UPDATE learners SET goals_met = 7 WHERE learner_id = $1", learner_id)
    async with held.database.pools.intake.acquire() as connection:
        (found,) = await differences(connection, [learner_id], held.policy, "goals")
    assert (found.table, found.field, found.stored, found.by_log) == ("learners", "goals_met", 7, 1)
    (await ada.ask("DELETE", f"/activities/{(await ada.feed())[0]['id']}")).ok()
    assert await goals_met(held, ada) == 1, "taking back makes everything anew, and met stays met"


async def test_nobody_without_goals_pays_for_them(client: Client, clock: AdjustableClock, held: Resources) -> None:
    """The tables of goals could as well not be there."""
    ada = learner(client)
    await ada.record_all(activity(START))
    async with held.database.pools.intake.acquire() as connection:
        await connection.execute("ALTER TABLE goal_periods RENAME TO out_of_order")
        try:
            await ada.record_all(activity(START), activity(START - DAY))
            assert (await ada.progress())["goals"]["active"] == 0
        finally:
            await connection.execute("ALTER TABLE out_of_order RENAME TO goal_periods")
