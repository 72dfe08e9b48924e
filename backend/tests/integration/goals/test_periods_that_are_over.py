"""Periods that are over stay what they are: no write and no late job rewrites them, and dates decide which exist."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from quart.typing import TestClientProtocol as Client

from milepost.jobs.sweeps import close_goal_periods
from milepost.resources import Resources, open_resources
from milepost.services.rebuild.check import differences
from milepost.services.rebuild.rebuild import rebuild
from milepost.settings import Settings
from support.builders import activity
from support.callers import Caller
from support.clock import START, AdjustableClock
from support.goals import Learner, fetch, goal_notices, goals_met, insert_planner_day, learner

DAY = timedelta(days=1)
TOKYO_MIDNIGHT = datetime(2026, 3, 10, 15, tzinfo=UTC)


@pytest.fixture(scope="module")
async def resources(settings: Settings, module_clock: AdjustableClock) -> AsyncIterator[Resources]:
    """Resources for jobs, on the app's clock."""
    opened = await open_resources(settings, module_clock)
    yield opened
    await opened.close()


async def change(one: Caller, goal_id: str, **fields: object) -> None:
    """PUT the goal as it is, with these fields."""
    stored = (await one.get(f"/goals/{goal_id}")).ok()
    names = ("name", "target_type", "time_period", "target_value", "category_id", "topic")
    body = {**{name: stored[name] for name in names}, **fields}
    (await one.ask("PUT", f"/goals/{goal_id}", json={k: v for k, v in body.items() if v is not None})).ok()


async def archive(one: Caller, goal_id: str) -> None:
    """DELETE the goal."""
    (await one.ask("DELETE", f"/goals/{goal_id}")).ok()


async def move(one: Caller, zone: str) -> None:
    """Change the learner's zone."""
    (await one.ask("PATCH", "/me", json={"zone": zone})).ok()


async def results(one: Learner, goal_id: str) -> dict[str, tuple[int, str]]:
    """The target and status of each period of a goal, by its first day."""
    return {
        period["period"]["start"]: (period["target_value"], period["status"]) for period in await one.history(goal_id)
    }


async def test_a_target_lowered_after_midnight_leaves_yesterday_missed(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    clock.set(TOKYO_MIDNIGHT - timedelta(hours=3))
    ada = learner(client, zone="Asia/Tokyo")
    goal_id = await ada.create_goal("minutes", 90, "daily")
    await ada.record_all(activity(clock.now(), duration_seconds=3_000))
    assert await ada.goal_progress(goal_id) == (50, 55.56, "on_track")
    clock.set(TOKYO_MIDNIGHT + timedelta(seconds=5))
    await change(ada, goal_id, target_value=45)
    expected = {"2026-03-11": (45, "not_started"), "2026-03-10": (90, "missed")}
    assert await results(ada, goal_id) == expected
    assert await goals_met(resources, ada) == 0
    await close_goal_periods(resources)
    assert await results(ada, goal_id) == expected
    # Late input is judged by the target of that day too.
    await ada.record_all(activity(TOKYO_MIDNIGHT - timedelta(hours=1), duration_seconds=2_399))
    assert await results(ada, goal_id) == expected
    await ada.record_all(activity(TOKYO_MIDNIGHT - timedelta(hours=1), duration_seconds=1))
    assert await results(ada, goal_id) == {**expected, "2026-03-10": (90, "achieved")}
    assert await goals_met(resources, ada) == 1


async def test_a_percentage_lowered_after_midnight_leaves_yesterday_missed(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    ada = learner(client)
    goal_id = await ada.create_goal("percentage", 80, "daily")
    await insert_planner_day(resources, ada, date(2026, 3, 10), "", 100, 50, 1)
    clock.set(datetime(2026, 3, 11, 0, 0, 1, tzinfo=UTC))
    await change(ada, goal_id, target_value=40)
    await close_goal_periods(resources)
    assert await results(ada, goal_id) == {"2026-03-11": (40, "not_applicable"), "2026-03-10": (80, "missed")}
    assert await goals_met(resources, ada) == 0


async def test_a_percentage_archived_after_midnight_is_still_met_yesterday(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    ada = learner(client)
    goal_id = await ada.create_goal("percentage", 80, "daily")
    await insert_planner_day(resources, ada, date(2026, 3, 10), "", 100, 90, 1)
    clock.set(datetime(2026, 3, 11, 0, 0, 1, tzinfo=UTC))
    await archive(ada, goal_id)
    expected = {"2026-03-11": (80, "not_applicable"), "2026-03-10": (80, "achieved")}
    assert await results(ada, goal_id) == expected
    assert await goals_met(resources, ada) == 0
    await close_goal_periods(resources)
    assert await results(ada, goal_id) == expected
    assert await goals_met(resources, ada) == len(await goal_notices(resources, ada)) == 1
    clock.advance(days=3)
    await close_goal_periods(resources)
    assert await goals_met(resources, ada) == 1
    due = await fetch(resources, "SELECT closes_at FROM goals WHERE goal_id = $1", UUID(goal_id))
    assert due == [{"closes_at": None}], "the sweep has nothing left to do"


async def test_a_worker_that_was_dead_for_days_closes_each_day_by_its_own_target(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    ada = learner(client)
    goal_id = await ada.create_goal("minutes", 90, "daily")
    for _ in range(6):
        await ada.record_all(activity(clock.now(), duration_seconds=3_000))
        clock.advance(days=1)
    # Changed on the 12th (twice), archived on the 14th, revived on the 15th: noted by moving the clock back.
    for day, action in ((12, 60), (12, 45), (14, None), (15, 50), (16, 90)):
        clock.set(datetime(2026, 3, day, 18, tzinfo=UTC))
        if action is None:
            await archive(ada, goal_id)
        else:
            await change(ada, goal_id, target_value=action)
    expected = {
        "2026-03-16": (90, "not_started"),
        "2026-03-15": (50, "achieved"),
        "2026-03-14": (45, "not_applicable"),
        "2026-03-13": (45, "achieved"),
        "2026-03-12": (45, "achieved"),
        "2026-03-11": (90, "missed"),
        "2026-03-10": (90, "missed"),
    }
    assert await results(ada, goal_id) == expected
    await close_goal_periods(resources)
    assert await results(ada, goal_id) == expected
    stored = await fetch(
        resources,
        "SELECT period_start, target FROM goal_periods WHERE goal_id = $1 AND closed_at IS NOT NULL ORDER BY 1",
        UUID(goal_id),
    )
    assert [(row["period_start"].day, row["target"]) for row in stored] == [
        (10, 90),
        (11, 90),
        (12, 45),
        (13, 45),
        (15, 50),
    ]
    assert await goals_met(resources, ada) == 3


async def test_an_open_week_is_judged_by_the_target_of_today_and_then_by_that_of_its_last_day(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    ada = learner(client)
    goal_id = await ada.create_goal("active_days", 3)
    await ada.record_all(activity(START), activity(START - DAY))
    await change(ada, goal_id, target_value=4)
    assert await results(ada, goal_id) == {"2026-03-09": (4, "on_track")}
    clock.set(datetime(2026, 3, 15, 23, 59, 59, tzinfo=UTC))
    await change(ada, goal_id, target_value=5)
    assert await results(ada, goal_id) == {"2026-03-09": (5, "behind")}
    clock.advance(seconds=1)
    await change(ada, goal_id, target_value=1)
    assert await results(ada, goal_id) == {"2026-03-16": (1, "not_started"), "2026-03-09": (5, "missed")}
    assert await goals_met(resources, ada) == 0


async def test_a_goal_does_not_apply_to_periods_before_it(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    ada = learner(client)
    await ada.record_all(activity(START - DAY, duration_seconds=6_000))
    goals = {period: await ada.create_goal("minutes", 90, period) for period in ("daily", "weekly", "monthly")}
    for goal_id in goals.values():
        assert await ada.goal_progress(goal_id, start_date="1990-06-15") == (0, 0.0, "not_applicable")
        (shown,) = [each for each in await ada.all_goal_progress(start_date="1990-06-15") if each["goal_id"] == goal_id]
        assert shown["status"] == "not_applicable"
    assert await ada.goal_progress(goals["daily"], start_date="2026-03-09") == (100, 111.11, "not_applicable")
    assert await ada.goal_progress(goals["weekly"], start_date="2026-03-09") == (100, 111.11, "achieved")
    assert await goals_met(resources, ada) == 2


async def test_archived_goals_stop_counting_and_the_days_between_are_not_missed(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    ada = learner(client)
    goal_id = await ada.create_goal("active_days", 1, "daily")
    clock.advance(days=1)
    await archive(ada, goal_id)
    await ada.record_all(activity(clock.now()))
    clock.advance(days=2)
    await close_goal_periods(resources)
    await change(ada, goal_id)
    await ada.record_all(activity(clock.now() - DAY))
    assert await results(ada, goal_id) == {
        "2026-03-13": (1, "not_started"),
        "2026-03-12": (1, "not_applicable"),
        "2026-03-11": (1, "not_applicable"),
        "2026-03-10": (1, "missed"),
    }
    assert await goals_met(resources, ada) == len(await goal_notices(resources, ada)) == 0
    clock.advance(days=1)
    await close_goal_periods(resources)
    assert [status for _, status in (await results(ada, goal_id)).values()] == [
        "not_started",
        "missed",
        "not_applicable",
        "not_applicable",
        "missed",
    ]
    await ada.record_all(activity(clock.now()))
    assert await goals_met(resources, ada) == 1


async def test_archiving_can_be_undone_at_once(client: Client, clock: AdjustableClock, resources: Resources) -> None:
    ada = learner(client)
    goal_id = await ada.create_goal("active_days", 2)
    await ada.record_all(activity(START))
    before = (await ada.get(f"/goals/{goal_id}", **{"with": "progress"})).ok()
    await archive(ada, goal_id)
    assert (await ada.goal_progress(goal_id))[2] == "not_applicable"
    await ada.record_all(activity(START - DAY))
    assert await goals_met(resources, ada) == 0
    await change(ada, goal_id)
    after = (await ada.get(f"/goals/{goal_id}", **{"with": "progress"})).ok()
    assert after["progress"]["status"] == "achieved", "practice in between counts"
    assert await goals_met(resources, ada) == 1
    varying = {"progress": 0, "sparkline": 0, "etag": 0}
    assert {**after, **varying} == {**before, **varying}
    versions = await fetch(resources, "SELECT from_day, archived FROM goal_versions WHERE goal_id = $1", UUID(goal_id))
    assert versions == [{"from_day": date(2026, 3, 10), "archived": False}]


async def test_a_date_that_samoa_skipped_is_not_missed(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    clock.set(datetime(2011, 12, 29, 20, tzinfo=UTC))  # the 29th in Apia
    ada = learner(client, zone="Pacific/Apia")
    daily = await ada.create_goal("active_days", 1, "daily")
    weekly = await ada.create_goal("active_days", 7)
    await ada.record_all(activity(clock.now()))
    clock.set(datetime(2011, 12, 30, 20, tzinfo=UTC))  # the 31st
    expected = {
        "2011-12-31": (1, "not_started"),
        "2011-12-30": (1, "not_applicable"),
        "2011-12-29": (1, "achieved"),
    }
    assert await results(ada, daily) == expected
    await close_goal_periods(resources)
    assert await results(ada, daily) == expected
    assert await results(ada, weekly) == {"2011-12-26": (6, "behind")}, "the week has six dates"
    stored = await fetch(resources, "SELECT period_start FROM goal_periods WHERE goal_id = $1 ORDER BY 1", UUID(daily))
    assert [row["period_start"].day for row in stored] == [29]


async def test_a_flight_east_over_a_date_misses_nothing(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    clock.set(datetime(2026, 3, 10, 10, 30, tzinfo=UTC))  # 23:30 of the 9th on Samoa, 00:30 of the 11th on Kiritimati
    ada = learner(client, zone="Pacific/Pago_Pago")
    daily = await ada.create_goal("active_days", 1, "daily")
    weekly = await ada.create_goal("active_days", 7)
    await ada.record_all(activity(clock.now()))
    assert await results(ada, weekly) == {"2026-03-09": (7, "on_track")}
    await move(ada, "Pacific/Kiritimati")
    expected = {
        "2026-03-11": (1, "not_started"),
        "2026-03-10": (1, "not_applicable"),
        "2026-03-09": (1, "achieved"),
    }
    assert await results(ada, daily) == expected
    await close_goal_periods(resources)
    assert await results(ada, daily) == expected
    assert await results(ada, weekly) == {"2026-03-09": (6, "on_track")}, "one of six dates is over"


async def test_an_imported_flight_over_a_date_misses_nothing(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    clock.set(datetime(2026, 3, 10, 9, 0, tzinfo=UTC))  # the 9th on Hawaii
    ada = learner(client, zone="Pacific/Honolulu")
    daily = await ada.create_goal("active_days", 1, "daily")
    weekly = await ada.create_goal("active_days", 7)
    root = Caller(client, "root", ["admin"])
    await ada.record_all(activity(clock.now()))
    clock.set(datetime(2026, 3, 11, 12, tzinfo=UTC))
    # The 10th began on Hawaii at 10:00 UTC, when the 11th began on Kiritimati.
    zones = [
        {"valid_from": None, "zone": "Pacific/Honolulu"},
        {"valid_from": "2026-03-10T10:00:00Z", "zone": "Pacific/Kiritimati"},
    ]
    (await root.ask("PUT", f"/admin/learners/{ada.learner_id}/zones", json=zones)).ok()
    expected = {
        "2026-03-12": (1, "not_started"),
        "2026-03-11": (1, "missed"),
        "2026-03-10": (1, "not_applicable"),
        "2026-03-09": (1, "achieved"),
    }
    assert await results(ada, daily) == expected
    await close_goal_periods(resources)
    assert await results(ada, daily) == expected
    assert await results(ada, weekly) == {"2026-03-09": (6, "behind")}


async def test_after_a_flight_west_the_date_that_came_back_is_open_again(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    clock.set(datetime(2026, 3, 10, 3, tzinfo=UTC))
    ada = learner(client, zone="Asia/Tokyo")
    goal_id = await ada.create_goal("minutes", 90, "daily")
    share = await ada.create_goal("percentage", 80, "daily")
    await ada.record_all(activity(clock.now(), duration_seconds=3_000))
    clock.set(datetime(2026, 3, 10, 15, 0, 1, tzinfo=UTC))  # the 11th in Tokyo
    await close_goal_periods(resources)
    assert (await results(ada, goal_id))["2026-03-10"] == (90, "missed")
    await change(ada, goal_id, target_value=60)
    await archive(ada, share)
    late = await ada.create_goal("minutes", 50, "daily", name="Late")
    await move(ada, "America/Los_Angeles")  # the 10th, 8 o'clock
    assert await results(ada, goal_id) == {"2026-03-10": (60, "on_track")}
    assert await results(ada, share) == {"2026-03-10": (80, "not_applicable")}
    assert await results(ada, late) == {"2026-03-10": (50, "achieved")}
    assert await goals_met(resources, ada) == 1
    await ada.record_all(activity(clock.now(), duration_seconds=600))
    assert await results(ada, goal_id) == {"2026-03-10": (60, "achieved")}
    clock.set(datetime(2026, 3, 11, 7, 0, 1, tzinfo=UTC))  # the 11th there
    await close_goal_periods(resources)
    expected = {"2026-03-11": (60, "not_started"), "2026-03-10": (60, "achieved")}
    assert await results(ada, goal_id) == expected
    stored = await fetch(
        resources,
        "SELECT period_start, target, achieved, closed_at FROM goal_periods WHERE goal_id = $1",
        UUID(goal_id),
    )
    assert stored == [{"period_start": date(2026, 3, 10), "target": 60, "achieved": 60, "closed_at": clock.now()}]
    assert await goals_met(resources, ada) == 2


async def test_goals_that_disagree_with_their_versions_are_found_and_rebuilt(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    ada = learner(client)
    kept, archived = await ada.create_goal("points", 5), await ada.create_goal("points", 6)
    await archive(ada, archived)
    learner_id = UUID(ada.learner_id)
    damage = "UPDATE goals SET target_value = 9, archived_at = now() WHERE goal_id = $1"
    await fetch(resources, damage, UUID(kept))
    await fetch(resources, "UPDATE goals SET archived_at = NULL WHERE goal_id = $1", UUID(archived))
    async with resources.database.pools.intake.acquire() as connection:
        found = await differences(connection, [learner_id], resources.policy, "goal_targets")
        assert {(one.table, one.key["goal_id"], one.field, one.stored, one.by_log) for one in found} == {
            ("goals", kept, "target_value", 9, 5),
            ("goals", kept, "archived", True, False),
            ("goals", archived, "archived", False, True),
        }
    async for _progress in rebuild(resources.database, resources.policy, clock.now(), "goal_targets"):
        pass
    async with resources.database.pools.intake.acquire() as connection:
        assert await differences(connection, [learner_id], resources.policy) == []
    assert [goal["target_value"] for goal in (await ada.get("/goals")).ok()["goals"]] == [5]


async def test_a_goal_made_before_the_first_zone_was_known_begins_no_later_than_today(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    clock.set(datetime(2026, 3, 11, 2, tzinfo=UTC))  # the 10th in Los Angeles
    ada = learner(client)
    goal_id = await ada.create_goal("active_days", 1, "daily")
    await move(ada, "America/Los_Angeles")
    assert await results(ada, goal_id) == {"2026-03-10": (1, "not_started")}
    await ada.record_all(activity(clock.now()))
    assert await goals_met(resources, ada) == 1
