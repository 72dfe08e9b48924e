"""Late and corrected input: it re-dates unlocks, marks days dirty, changes history and never lowers a streak."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client

from milepost.api.edge.application import Application
from milepost.resources import Resources
from milepost.services.rebuild.check import check
from milepost.services.streaks.outage_backfill import apply_outages_batch
from support.builders import exercise, new_learner
from support.callers import Caller, Json, service
from support.catalogues import condition, entry, put_in_force
from support.clock import AdjustableClock
from support.snapshots import dirty_days, sweep

DAY = timedelta(days=1)
NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
async def _catalogue(database_url: str, app: Quart) -> None:
    await put_in_force(
        database_url,
        entry("streak-of-five", condition("streak", 5)),
        entry("streak-of-nine", condition("streak", 9)),
        entry("four-exercises", condition("exercises_completed", 4)),
    )


@pytest.fixture(autouse=True)
def _on_the_twentieth(clock: AdjustableClock) -> None:
    """Every test begins on 20 March at noon."""
    clock.set(NOW)


@pytest.fixture
def resources(app: Quart) -> Resources:
    """The application's resources."""
    assert isinstance(app, Application)
    assert app.state.resources is not None
    return app.state.resources


def at(day: int, hour: int = 12) -> datetime:
    """An instant in March 2026; days before the first are in February."""
    return datetime(2026, 3, 1, hour, tzinfo=UTC) + (day - 1) * DAY


async def met(client: Client, ada: Caller, *days: int) -> Json:
    """Record an exercise on each of these days of March; return the learner from the answer."""
    body = await service(client).record_all(*(exercise(at(day)) for day in days), learner_id=ada.subject)
    learner_after: Json = body["learners"][0]
    return learner_after


async def earned_days(caller: Caller) -> dict[str, str]:
    """The day each unlocked achievement was earned on."""
    achievements = (await caller.get("/progress/achievements")).ok()["achievements"]
    return {achievement["code"]: achievement["earned_on"] for achievement in achievements if achievement["unlocked"]}


async def runs(caller: Caller, first: int, last: int) -> list[int]:
    """The streak at the end of each of these days, from the history."""
    query = {"start_date": at(first).date().isoformat(), "end_date": at(last).date().isoformat()}
    return [day["current_streak"] for day in (await caller.get("/progress/history", **query)).ok()["days"]]


async def differences(resources: Resources) -> list[str]:
    """All differences between stored rows and the log."""
    return [
        str(difference)
        async for progress in check(resources.database, resources.policy)
        for difference in progress.differences
    ]


@pytest.mark.parametrize("seed", range(4))
async def test_one_more_day_never_lowers_a_streak(client: Client, resources: Resources, seed: int) -> None:
    """Days of five weeks with gaps, reported in any order, with an occasional sweep."""
    chance = random.Random(seed)
    days = chance.sample(range(-14, 21), 26)
    ada, current, longest = Caller(client, new_learner()), 0, 0
    for place, day in enumerate(days):
        streak = (await met(client, ada, day))["streak"]
        assert streak["current_streak"] >= current, (seed, days[: place + 1])
        assert streak["longest_streak"] >= longest, (seed, days[: place + 1])
        current, longest = streak["current_streak"], streak["longest_streak"]
        if chance.random() < 0.2:
            await sweep(resources, NOW)
    ordered = Caller(client, new_learner())
    await met(client, ordered, *sorted(days))
    assert (await ordered.progress())["streak"] == (await ada.progress())["streak"]
    assert await runs(ordered, -14, 20) == await runs(ada, -14, 20)
    assert await differences(resources) == []


async def test_a_late_day_marks_days_changes_history_and_re_dates_unlocks(client: Client, resources: Resources) -> None:
    ada = Caller(client, new_learner())
    learner_after = await met(client, ada, 10, 11, 13, 14, 15, 16, 17)
    assert sorted(activity["code"] for activity in learner_after["unlocked"]) == ["four-exercises", "streak-of-five"]
    assert await earned_days(ada) == {"four-exercises": "2026-03-14", "streak-of-five": "2026-03-17"}
    await sweep(resources, NOW)
    assert await dirty_days(resources, UUID(ada.learner_id)) == []
    assert await runs(ada, 9, 18) == [0, 1, 2, 2, 1, 2, 3, 4, 5, 5]

    learner_after = await met(client, ada, 12)
    assert (learner_after["streak"]["longest_streak"], learner_after["unlocked"]) == (8, [])
    assert await dirty_days(resources, UUID(ada.learner_id)) == ["2026-03-12"]
    assert await earned_days(ada) == {"four-exercises": "2026-03-13", "streak-of-five": "2026-03-14"}
    assert await runs(ada, 9, 18) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 8]
    await sweep(resources, NOW)
    assert await runs(ada, 9, 18) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 8]

    # Corrected: voided, and recorded for the day before. Unlocks stay.
    (late,) = [activity for activity in await ada.feed() if activity["local_day"] == "2026-03-12"]
    (await service(client).ask("DELETE", f"/activities/{late['id']}", query={"learner_id": ada.subject})).ok()
    assert await runs(ada, 9, 18) == [0, 1, 2, 2, 1, 2, 3, 4, 5, 5]
    learner_after = await met(client, ada, 9)
    assert learner_after["streak"]["longest_streak"] == 5
    assert await runs(ada, 8, 18) == [0, 1, 2, 3, 3, 1, 2, 3, 4, 5, 5]
    assert await earned_days(ada) == {"four-exercises": "2026-03-13", "streak-of-five": "2026-03-17"}
    assert await differences(resources) == []


async def test_a_repaired_run_unlocks_achievements_in_the_same_commit(client: Client, resources: Resources) -> None:
    ada, root = Caller(client, new_learner()), Caller(client, "root", ["admin"])
    await met(client, ada, 12, 13, 14, 18, 19)
    assert await earned_days(ada) == {"four-exercises": "2026-03-18"}
    restored = {"first_day": "2026-03-15", "last_day": "2026-03-17", "reason": "ill"}
    answered = (await root.post(f"/admin/learners/{ada.subject}/restore-streak", restored)).ok()
    assert answered["streak"]["current_streak"] == 5
    assert await earned_days(ada) == {"four-exercises": "2026-03-18", "streak-of-five": "2026-03-19"}

    bob = Caller(client, new_learner())
    await met(client, bob, 15, 16, 18, 19, 20)
    (await bob.post("/me/streak-repair")).ok()
    assert await earned_days(bob) == {"four-exercises": "2026-03-19", "streak-of-five": "2026-03-20"}
    assert await differences(resources) == []


async def test_a_run_restored_by_an_outage_shows_at_once_and_unlocks_by_the_job(
    client: Client, resources: Resources
) -> None:
    ada, root = Caller(client, new_learner()), Caller(client, "root", ["admin"])
    await met(client, ada, 12, 13, 16, 17, 18, 19)
    body = {"starts_at": at(14).isoformat(), "ends_at": at(15).isoformat(), "reason": "a broken disk"}
    outage = (await root.post("/admin/outages", body)).ok()
    (await root.post(f"/admin/outages/{outage['id']}/activate")).ok()

    async def now_of(code: str) -> object:
        listed: Sequence[Json] = (await ada.get("/progress/achievements")).ok()["achievements"]
        return next(row["progress"]["now"] for row in listed if row["code"] == code)

    assert (await now_of("streak-of-nine"), await earned_days(ada)) == (6, {"four-exercises": "2026-03-17"})
    async with resources.database.write() as connection:
        await apply_outages_batch(connection, resources.policy, NOW)
    assert await now_of("streak-of-nine") == 6
    assert await earned_days(ada) == {"four-exercises": "2026-03-17", "streak-of-five": "2026-03-18"}
    (await root.post(f"/admin/outages/{outage['id']}/withdraw")).ok()
    async with resources.database.write() as connection:
        await apply_outages_batch(connection, resources.policy, NOW)
    assert (await ada.progress())["streak"]["longest_streak"] == 4
    assert "streak-of-five" in await earned_days(ada), "unlocks are kept"


async def test_an_imported_zone_re_dates_unlocks(client: Client, resources: Resources) -> None:
    ada, root = Caller(client, new_learner()), Caller(client, "root", ["admin"])
    sent = [exercise(at(day, 23)) for day in (12, 13, 14, 15, 16)]
    await service(client).record_all(*sent, learner_id=ada.subject)
    assert await earned_days(ada) == {"four-exercises": "2026-03-15", "streak-of-five": "2026-03-16"}
    imported = await root.ask("PUT", f"/admin/learners/{ada.subject}/zones", json=[{"zone": "Asia/Tokyo"}])
    assert imported.ok()["activities_moved"] == 5
    assert await earned_days(ada) == {"four-exercises": "2026-03-16", "streak-of-five": "2026-03-17"}
    assert await differences(resources) == []
