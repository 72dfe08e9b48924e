"""Late and corrected input: it re-dates unlocks, marks days, changes history, and never lowers a streak."""

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
from support.callers import Caller, Shape, service
from support.catalogues import counted, entry, put_in_force
from support.clock import AdjustableClock
from support.snapshots import dirty_days, sweep

DAY = timedelta(days=1)
NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)


@pytest.fixture(scope="module", autouse=True)
async def _catalogue(database_url: str, app: Quart) -> None:
    await put_in_force(
        database_url,
        entry("streak-of-five", counted("streak", 5)),
        entry("streak-of-nine", counted("streak", 9)),
        entry("four-exercises", counted("exercises_completed", 4)),
    )


@pytest.fixture(autouse=True)
def _on_the_twentieth(clock: AdjustableClock) -> None:
    """Every test begins on 20 March at noon."""
    clock.set(NOW)


@pytest.fixture
def held(app: Quart) -> Resources:
    """What the application works with."""
    assert isinstance(app, Application)
    assert app.state.resources is not None
    return app.state.resources


def at(day: int, hour: int = 12) -> datetime:
    """An instant in March 2026; days before the first are in February."""
    return datetime(2026, 3, 1, hour, tzinfo=UTC) + (day - 1) * DAY


async def met(client: Client, ada: Caller, *days: int) -> Shape:
    """An exercise on each of these days of March; the learner as the answer tells it."""
    body = await service(client).record_all(*(exercise(at(day)) for day in days), learner_id=ada.subject)
    told: Shape = body["learners"][0]
    return told


async def held_since(caller: Caller) -> dict[str, str]:
    """The day each achievement that is held was earned on."""
    found = (await caller.get("/progress/achievements")).ok()["achievements"]
    return {one["code"]: one["earned_on"] for one in found if one["unlocked"]}


async def runs(caller: Caller, first: int, last: int) -> list[int]:
    """The streak at the end of each of these days, by the history."""
    asked = {"start_date": at(first).date().isoformat(), "end_date": at(last).date().isoformat()}
    return [one["current_streak"] for one in (await caller.get("/progress/history", **asked)).ok()["days"]]


async def differences(held: Resources) -> list[str]:
    """What the log says otherwise, of everybody."""
    return [str(one) async for progress in check(held.database, held.policy) for one in progress.differences]


@pytest.mark.parametrize("seed", range(4))
async def test_one_more_day_never_lowers_a_streak(client: Client, held: Resources, seed: int) -> None:
    """Days of five weeks with holes, told in any order, a sweep now and then."""
    chance = random.Random(seed)
    days = chance.sample(range(-14, 21), 26)
    ada, current, longest = Caller(client, new_learner()), 0, 0
    for place, day in enumerate(days):
        streak = (await met(client, ada, day))["streak"]
        assert streak["current_streak"] >= current, (seed, days[: place + 1])
        assert streak["longest_streak"] >= longest, (seed, days[: place + 1])
        current, longest = streak["current_streak"], streak["longest_streak"]
        if chance.random() < 0.2:
            await sweep(held, NOW)
    ordered = Caller(client, new_learner())
    await met(client, ordered, *sorted(days))
    assert (await ordered.progress())["streak"] == (await ada.progress())["streak"]
    assert await runs(ordered, -14, 20) == await runs(ada, -14, 20)
    assert await differences(held) == []


async def test_a_late_day_marks_changes_history_and_redates(client: Client, held: Resources) -> None:
    ada = Caller(client, new_learner())
    told = await met(client, ada, 10, 11, 13, 14, 15, 16, 17)
    assert sorted(one["code"] for one in told["unlocked"]) == ["four-exercises", "streak-of-five"]
    assert await held_since(ada) == {"four-exercises": "2026-03-14", "streak-of-five": "2026-03-17"}
    await sweep(held, NOW)
    assert await dirty_days(held, UUID(ada.learner_id)) == []
    assert await runs(ada, 9, 18) == [0, 1, 2, 2, 1, 2, 3, 4, 5, 5]

    told = await met(client, ada, 12)
    assert (told["streak"]["longest_streak"], told["unlocked"]) == (8, [])
    assert await dirty_days(held, UUID(ada.learner_id)) == ["2026-03-12"]
    assert await held_since(ada) == {"four-exercises": "2026-03-13", "streak-of-five": "2026-03-14"}
    assert await runs(ada, 9, 18) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 8]
    await sweep(held, NOW)
    assert await runs(ada, 9, 18) == [0, 1, 2, 3, 4, 5, 6, 7, 8, 8]

    # Corrected: taken back, and told of the day before. What was unlocked stays.
    (late,) = [one for one in await ada.feed() if one["local_day"] == "2026-03-12"]
    (await service(client).ask("DELETE", f"/activities/{late['id']}", query={"learner_id": ada.subject})).ok()
    assert await runs(ada, 9, 18) == [0, 1, 2, 2, 1, 2, 3, 4, 5, 5]
    told = await met(client, ada, 9)
    assert told["streak"]["longest_streak"] == 5
    assert await runs(ada, 8, 18) == [0, 1, 2, 3, 3, 1, 2, 3, 4, 5, 5]
    assert await held_since(ada) == {"four-exercises": "2026-03-13", "streak-of-five": "2026-03-17"}
    assert await differences(held) == []


async def test_what_a_mended_run_earns_is_given_in_the_same_commit(client: Client, held: Resources) -> None:
    ada, root = Caller(client, new_learner()), Caller(client, "root", ["admin"])
    await met(client, ada, 12, 13, 14, 18, 19)
    assert await held_since(ada) == {"four-exercises": "2026-03-18"}
    restored = {"first_day": "2026-03-15", "last_day": "2026-03-17", "reason": "ill"}
    answered = (await root.post(f"/admin/learners/{ada.subject}/restore-streak", restored)).ok()
    assert answered["streak"]["current_streak"] == 5
    assert await held_since(ada) == {"four-exercises": "2026-03-18", "streak-of-five": "2026-03-19"}

    bob = Caller(client, new_learner())
    await met(client, bob, 15, 16, 18, 19, 20)
    (await bob.post("/me/streak-repair")).ok()
    assert await held_since(bob) == {"four-exercises": "2026-03-19", "streak-of-five": "2026-03-20"}
    assert await differences(held) == []


async def test_what_an_outage_gives_back_is_shown_at_once_and_given_by_the_job(client: Client, held: Resources) -> None:
    ada, root = Caller(client, new_learner()), Caller(client, "root", ["admin"])
    await met(client, ada, 12, 13, 16, 17, 18, 19)
    body = {"starts_at": at(14).isoformat(), "ends_at": at(15).isoformat(), "reason": "a broken disk"}
    outage = (await root.post("/admin/outages", body)).ok()
    (await root.post(f"/admin/outages/{outage['id']}/activate")).ok()

    async def now_of(code: str) -> object:
        listed: Sequence[Shape] = (await ada.get("/progress/achievements")).ok()["achievements"]
        return next(one["progress"]["now"] for one in listed if one["code"] == code)

    assert (await now_of("streak-of-nine"), await held_since(ada)) == (6, {"four-exercises": "2026-03-17"})
    async with held.database.write() as connection:
        await apply_outages_batch(connection, held.policy, NOW)
    assert await now_of("streak-of-nine") == 6
    assert await held_since(ada) == {"four-exercises": "2026-03-17", "streak-of-five": "2026-03-18"}
    (await root.post(f"/admin/outages/{outage['id']}/withdraw")).ok()
    async with held.database.write() as connection:
        await apply_outages_batch(connection, held.policy, NOW)
    assert (await ada.progress())["streak"]["longest_streak"] == 4
    assert "streak-of-five" in await held_since(ada), "nobody loses what was given"


async def test_an_imported_zone_redates_what_is_held(client: Client, held: Resources) -> None:
    ada, root = Caller(client, new_learner()), Caller(client, "root", ["admin"])
    sent = [exercise(at(day, 23)) for day in (12, 13, 14, 15, 16)]
    await service(client).record_all(*sent, learner_id=ada.subject)
    assert await held_since(ada) == {"four-exercises": "2026-03-15", "streak-of-five": "2026-03-16"}
    imported = await root.ask("PUT", f"/admin/learners/{ada.subject}/zones", json=[{"zone": "Asia/Tokyo"}])
    assert imported.ok()["activities_moved"] == 5
    assert await held_since(ada) == {"four-exercises": "2026-03-16", "streak-of-five": "2026-03-17"}
    assert await differences(held) == []
