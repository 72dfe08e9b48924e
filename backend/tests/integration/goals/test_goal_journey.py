"""A goal from its creation to its history, with plans and practice, over HTTP; every number is worked out by hand."""

import csv
import io
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client

from milepost.api.edge.application import Application
from milepost.app import create_app, openapi_document
from milepost.jobs.sweeps import close_goal_periods
from milepost.resources import Resources
from milepost.settings import Settings
from support.builders import activity, exercise, new_learner
from support.callers import Caller, Json, service
from support.catalogues import condition, entry, put_in_force
from support.clock import START, AdjustableClock
from support.database_schema import migrate_again
from support.goals import Learner, fetch, goal_notices, goals_met, learner
from support.planner import create_category, create_task, slot

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MONDAY = datetime(2026, 3, 9, tzinfo=UTC)
WEEK = {"start": "2026-03-09", "end": "2026-03-15"}
ENTRIES = (
    entry("one-goal", condition("goals_met", 1)),
    entry("three-goals", condition("goals_met", 3)),
    entry("a-collection", condition("achievements_unlocked", 2)),
)


@pytest.fixture(scope="module", autouse=True)
async def _catalogue(database_url: str, app: Quart) -> None:
    await put_in_force(database_url, *ENTRIES)


@pytest.fixture
def resources(app: Quart, clock: AdjustableClock) -> Resources:
    """The application's resources; every test begins at START, Tuesday 2026-03-10 12:00 UTC."""
    assert isinstance(app, Application)
    assert app.state.resources is not None
    return app.state.resources


async def complete(one: Caller, made: Json) -> None:
    """Complete a task now."""
    (await one.post(f"/tasks/{made['task_id']}/complete", {})).ok()


async def earned_days(one: Caller) -> dict[str, str]:
    """The unlocked achievements and the days they were earned on."""
    achievements = (await one.get("/progress/achievements")).ok()["achievements"]
    return {each["code"]: each["earned_on"] for each in achievements if each["unlocked"]}


def shown(goal_id: str, name: str, target_type: str, numbers: tuple[int, int, float], status: str) -> Json:
    """The expected progress of a goal of this week; `numbers`: target, achieved value, percent."""
    target, achieved, percent = numbers
    return {
        "goal_id": goal_id,
        "name": name,
        "target_type": target_type,
        "target_value": target,
        "period": WEEK,
        "achieved_value": achieved,
        "percent_complete": percent,
        "status": status,
    }


async def test_goal_plan_completion_progress_quick_stats_dashboard_and_export(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    ada = learner(client)
    work = await create_category(ada, "Work")
    minutes = await ada.create_goal("minutes", 240, name="Deep Work", category_id=work)
    clock.advance(seconds=1)
    share = await ada.create_goal("percentage", 60, name="As planned")
    first = await create_task(ada, slot(MONDAY + 9 * HOUR, 2), category_id=work, due_day="2026-03-10")
    second = await create_task(ada, slot(MONDAY + DAY + 9 * HOUR, 2), category_id=work, due_day="2026-03-12")
    await create_task(ada, slot(MONDAY + 2 * DAY + 9 * HOUR, 1))
    focus = {"focus_slots": [slot(MONDAY + DAY + 10 * HOUR, 2)]}
    (await ada.ask("PUT", "/calendar-days/2026-03-10", json=focus)).ok()
    await ada.record_all(activity(START, duration_seconds=1_800))

    assert await ada.goal_progress(minutes) == (0, 0.0, "not_started")
    await complete(ada, first)
    assert await ada.goal_progress(minutes) == (120, 50.0, "on_track")
    assert await ada.goal_progress(share) == (40, 66.67, "on_track")  # 120 of 300 minutes
    assert await goal_notices(resources, ada) == []
    clock.advance(minutes=1)
    await complete(ada, second)
    (notice,) = await goal_notices(resources, ada)
    assert (notice["name"], await goals_met(resources, ada)) == ("Deep Work", 1)
    done = shown(minutes, "Deep Work", "minutes", (240, 240, 100.0), "achieved")
    planned = shown(share, "As planned", "percentage", (60, 80, 133.33), "on_track")
    assert await ada.all_goal_progress(period="weekly") == [planned, done]
    assert (await ada.progress())["goals"] == {"active": 2, "met_this_period": 1, "next": None}
    await analytics_agree(ada, work, [planned, done], [done])
    exported = (await ada.get("/progress/export")).ok()["tables"]
    assert {row["name"] for row in exported["goals"]} == {"Deep Work", "As planned"}
    assert [row["achieved_value"] for row in exported["goal_periods"]] == [240]

    clock.set(MONDAY + 7 * DAY)
    await close_goal_periods(resources)
    assert [period["status"] for period in await ada.history(share)] == ["not_applicable", "achieved"]
    assert await goals_met(resources, ada) == 2
    # Undoing a task later shows in the history and revokes nothing.
    (await ada.ask("DELETE", f"/tasks/{second['task_id']}/complete")).ok()
    (_, week) = await ada.history(minutes)
    assert (week["achieved_value"], week["status"], week["revised_at"]) == (120, "achieved", "2026-03-16T00:00:00Z")
    assert (await goals_met(resources, ada), await earned_days(ada)) == (2, {"one-goal": "2026-03-10"})


async def analytics_agree(ada: Caller, work: str, goals: list[Json], goals_of_work: list[Json]) -> None:
    """Assert the quick stats, dashboard and export of that week, worked out by hand."""
    quick = (await ada.get("/analytics/quick-stats", date_range="2026-03-09..2026-03-15")).ok()
    assert (quick["total_scheduled_minutes"], quick["completed_tasks_count"]) == (300, 2)
    assert quick["focus_time_utilization"] == 0.5  # of 10:00 to 12:00 only 10:00 to 11:00 is planned
    assert quick["top_category"] == {"category_id": work, "name": "Work", "minutes": 240}
    dashboard = (await ada.get("/analytics/dashboard", period="weekly", end_date="2026-03-15")).ok()
    assert (dashboard["completion_rate"], dashboard["completed_scheduled_minutes"]) == (1.0, 240)
    assert dashboard["goals"] == goals
    of_work = (await ada.get("/analytics/dashboard", period="weekly", category_id=work)).ok()
    assert of_work["goals"] == goals_of_work
    answer = await ada.get("/analytics/export", format="csv", start_date="2026-03-09", end_date="2026-03-11")
    assert [row[:4] for row in csv.reader(io.StringIO(answer.raw.decode()))][1:] == [
        ["2026-03-09", "120", "0", "0"],
        ["2026-03-10", "120", "60", "2"],
        ["2026-03-11", "60", "0", "0"],
    ]


@pytest.fixture
async def two_met(client: Client, resources: Resources) -> Learner:
    """A learner with two met goals and a third that is almost met."""
    ada = learner(client)
    for target in (1, 2, 3):
        await ada.create_goal("exercises", target, "daily")
    await service(client).record_all(exercise(START), exercise(START), learner_id=ada.subject)
    return ada


async def test_goals_met_unlock_achievements_at_their_threshold(
    client: Client, clock: AdjustableClock, resources: Resources, two_met: Learner
) -> None:
    ada, teacher = two_met, service(client)
    assert (await goals_met(resources, ada), await earned_days(ada)) == (2, {"one-goal": "2026-03-10"})
    body = await teacher.record_all(exercise(START), learner_id=ada.subject)
    assert [achievement["code"] for achievement in body["learners"][0]["unlocked"]] == ["three-goals", "a-collection"]
    assert await goals_met(resources, ada) == 3
    kinds = await fetch(
        resources,
        "SELECT n, kind FROM notices JOIN learners USING (learner_id, revision) "
        "WHERE learner_id = (SELECT learner_id FROM notices WHERE body::jsonb->>'goal_id' = $1 LIMIT 1) ORDER BY n",
        (await ada.all_goal_progress())[0]["goal_id"],
    )
    assert [(row["n"], row["kind"]) for row in kinds] == [
        (0, "goal_met"),
        (1, "achievement_unlocked"),
        (2, "achievement_unlocked"),
    ]
    await ada.create_goal("points", 1)
    assert (await goals_met(resources, ada), len(await earned_days(ada))) == (4, 3)


async def test_a_goal_met_on_creation_or_by_a_plan_also_unlocks(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    ada, bob = learner(client), learner(client)
    await ada.record_all(activity(START))
    await ada.create_goal("active_days", 1)
    assert await earned_days(ada) == {"one-goal": "2026-03-10"}
    await bob.create_goal("task_count", 1)
    assert await earned_days(bob) == {}
    await complete(bob, await create_task(bob))
    assert await earned_days(bob) == {"one-goal": "2026-03-10"}


async def test_a_goal_created_after_the_learner_was_cached_is_met(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    """Intake has cached that the learner has no goals, and notices the new one."""
    ada = learner(client)
    await ada.record_all(activity(START))
    goal_id = await ada.create_goal("active_days", 2)
    await ada.record_all(activity(START - DAY))
    assert (await ada.goal_progress(goal_id), await goals_met(resources, ada)) == ((2, 100.0, "achieved"), 1)
    more = await ada.create_goal("points", 3)
    (await ada.ask("DELETE", f"/goals/{more}")).ok()
    await ada.record_all(activity(START))
    assert await goals_met(resources, ada) == 1, "the goal is archived"


async def test_goals_keep_their_category_across_a_migration(
    client: Client, clock: AdjustableClock, database_url: str
) -> None:
    """The previous schema cannot say `uncategorised`: such a goal is archived by it, and keeps what it had."""
    ada = learner(client)
    work = await create_category(ada, "Work")
    goal_id = await ada.create_goal("minutes", 60, category_id=work)
    others = await ada.create_goal("minutes", 60, category_id="uncategorised")
    await complete(ada, await create_task(ada, slot(MONDAY + 9 * HOUR, 1), category_id=work))
    await complete(ada, await create_task(ada, slot(MONDAY + 9 * HOUR, 2)))
    await migrate_again(database_url, "20261128_due_since")
    (goal,) = (await ada.get("/goals")).ok()["goals"]
    assert (goal["goal_id"], goal["category_id"]) == (goal_id, work)
    assert await ada.goal_progress(goal_id) == (60, 100.0, "achieved")
    assert [goal["goal_id"] for goal in (await ada.get("/goals", archived="true")).ok()["goals"]] == [others]


GOAL = {
    "target_type": "minutes",
    "time_period": "weekly",
    "target_value": 200,
    "category_id": "uncategorised",
}
"""The content of a goal without its name: minutes of the tasks without a category."""


async def test_a_goal_is_archived_with_its_category(client: Client, clock: AdjustableClock) -> None:
    ada = learner(client)
    work = await create_category(ada, "Work")
    goal_id = await ada.create_goal("minutes", 60, category_id=work)
    assert (await ada.ask("DELETE", f"/categories/{work}")).ok()["archived_goal_ids"] == [goal_id]
    assert (await ada.get("/goals")).ok()["goals"] == []


async def test_a_goal_may_count_the_tasks_without_a_category(client: Client, clock: AdjustableClock) -> None:
    ada = learner(client)
    work = await create_category(ada, "Work")
    everything = await ada.create_goal("minutes", 200)
    others = await ada.create_goal("minutes", 200, name="Others", category_id="uncategorised")
    tasks = await ada.create_goal("task_count", 4, category_id="uncategorised")
    assert (await ada.get(f"/goals/{others}")).ok()["category_id"] == "uncategorised"
    first = await create_task(ada, slot(MONDAY + 9 * HOUR, 2), category_id=work)
    second = await create_task(ada, slot(MONDAY + 12 * HOUR, 1))
    await complete(ada, first)
    await complete(ada, second)
    assert await ada.goal_progress(everything) == (180, 90.0, "on_track")
    assert await ada.goal_progress(others) == (60, 30.0, "on_track")
    assert await ada.goal_progress(tasks) == (1, 25.0, "on_track")
    cards = (await ada.get("/analytics/dashboard", period="weekly", category_id="uncategorised")).ok()["goals"]
    assert {card["goal_id"] for card in cards} == {others, tasks}

    # The tasks of a deleted category have none: they count for the goals on those, and may meet them.
    (await ada.ask("PUT", f"/goals/{others}", json={**GOAL, "name": "Others", "target_value": 180})).ok()
    assert (await ada.ask("DELETE", f"/categories/{work}")).ok()["archived_goal_ids"] == []
    assert await ada.goal_progress(others) == (180, 100.0, "achieved")
    assert await ada.goal_progress(tasks) == (2, 50.0, "on_track")
    assert (await ada.progress())["goals"]["met_this_period"] == 1


async def test_the_category_of_a_goal_is_an_id_or_the_word(client: Client, clock: AdjustableClock) -> None:
    ada = learner(client)
    for unknown in ("none", "", "uncategorized", "1234"):
        refused = await ada.post("/goals", {**GOAL, "name": "x", "category_id": unknown})
        (fault,) = refused.problem(422, "invalid_body")["errors"]
        assert (fault["pointer"], fault["code"]) == ("/category_id", "wrong_form")
    refused = await ada.post("/goals", {**GOAL, "name": "x", "category_id": str(uuid4())})
    (fault,) = refused.problem(422, "invalid_goal")["errors"]
    assert (fault["pointer"], fault["code"]) == ("/category_id", "unknown")
    both = await ada.post("/goals", {**GOAL, "name": "x", "topic": "loops"})
    assert both.problem(422, "invalid_goal")["errors"][0]["code"] == "conflicting"


async def test_goals_that_are_switched_off_are_not_found(settings: Settings, clock: AdjustableClock) -> None:
    off = settings.model_copy(update={"feature_goals": False})
    async with create_app(off, clock).test_app() as running:
        ada = Caller(running.test_client(), new_learner())
        for path in ("/goals", "/goals/progress"):
            (await ada.get(path)).problem(404, "not_found")
        assert "goals" not in await ada.progress()
        assert "goals" not in (await ada.get("/analytics/dashboard")).ok()
    assert b"/api/goals" not in openapi_document(off)
