"""A clock set back two hours, or three days ahead and back: nothing becomes negative, is counted twice, or is lost."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from quart.typing import TestClientProtocol as Client

from milepost.resources import Resources
from milepost.services.rebuild.check import check
from support.builders import activity, exercise, new_learner
from support.callers import Caller, Json, results_of, service
from support.clock import AdjustableClock
from support.snapshots import dirty_days, stored_snapshots, sweep

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# Past midnight both in Berlin and in UTC; two hours earlier it is still yesterday.
NOW = datetime(2026, 3, 20, 1, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _at_half_past_one(clock: AdjustableClock) -> None:
    """Start every test at NOW."""
    clock.set(NOW)


def numbers(shape: object) -> Iterator[float]:
    """Every number anywhere in an answer."""
    if isinstance(shape, dict):
        for part in shape.values():
            yield from numbers(part)
    elif isinstance(shape, list):
        for part in shape:
            yield from numbers(part)
    elif isinstance(shape, int | float):
        yield shape


async def all_answers(caller: Caller) -> list[Json]:
    """All answers a learner can read, after checking that none contains a negative number."""
    paths = (
        *("/progress", "/progress/streak", "/progress/history?days=10", "/progress/skill-levels", "/me", "/me/pauses"),
        *(f"/progress/statistics?period={period}" for period in ("daily", "weekly", "monthly", "all")),
    )
    answers = []
    for path in paths:
        name, _, query = path.partition("?")
        parameters = dict([query.split("=")]) if query else {}
        answers.append((await caller.get(name, **parameters)).ok())
    changes = [answer.pop("change") for answer in answers if "change" in answer]  # these may be negative
    assert changes
    assert min(numbers(answers)) >= 0
    return answers


async def differences(resources: Resources, learner: Caller) -> list[str]:
    """The differences between the learner's projections and the log."""
    run = check(resources.database, resources.policy, UUID(learner.learner_id))
    return [str(one) async for progress in run for one in progress.differences]


async def test_two_hours_back_over_midnight(client: Client, clock: AdjustableClock, resources: Resources) -> None:
    ada, teacher = Caller(client, new_learner()), service(client)
    for days in (3, 2):
        await teacher.record_all(exercise(NOW - days * DAY, id=f"d{days}"), learner_id=ada.subject)
    sent = [activity(NOW, id="just now"), activity(NOW - HOUR, id="an hour ago")]
    await ada.record_all(*sent)
    before = await ada.progress()
    assert (before["local_day"], before["streak"]["last_exercise_date"], before["points"]) == (
        "2026-03-20",
        "2026-03-20",
        20,
    )

    clock.advance(hours=-2)
    back = await ada.progress()
    assert (back["local_day"], back["streak"]["met_today"], back["exercises_completed"]) == ("2026-03-19", False, 2)
    assert (back["streak"]["current_streak"], back["streak"]["state"]) == (1, "active")
    await all_answers(ada)
    # Activities in the future are rejected for now, whether new or repeated; none is lost or counted twice later.
    ahead = activity(NOW - HOUR, id="ahead of the clock")
    assert results_of(await ada.record(*sent, ahead), "status", "reason") == [("rejected", "future")] * 3
    assert await ada.progress() == back
    await ada.record_all(activity(clock.now(), id="yesterday again"))
    continued = await ada.progress()
    assert (continued["streak"]["current_streak"], continued["streak"]["longest_streak"]) == (4, 4)
    assert continued["streak"]["last_exercise_date"] == "2026-03-20"

    clock.advance(hours=2)
    await ada.record_all(ahead)
    assert results_of(await ada.record(*sent, ahead), "status") == ["duplicate"] * 3
    after = await ada.progress()
    assert (after["streak"]["current_streak"], after["points"], len(await ada.feed())) == (4, 20, 6)
    assert after["revision"] > before["revision"]
    assert await differences(resources, ada) == []


async def test_checking_in_on_both_sides_of_a_step_counts_each_day_once(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    ada = Caller(client, new_learner())
    outcomes = []
    for hours in (0, -2, 0, 2, -2, 2, 26):
        clock.advance(hours=hours)
        outcomes.append((await ada.post("/progress/update-streak")).ok()["outcome"])
    # A check-in of a day that has one is a repeat, and answers like the first.
    assert outcomes == ["started", "late", "late", "started", "late", "started", "continued"]
    assert (await ada.progress())["streak"]["current_streak"] == 3
    assert [one["local_day"] for one in await ada.feed()] == ["2026-03-21", "2026-03-20", "2026-03-19"]
    await all_answers(ada)
    assert await differences(resources, ada) == []


async def test_three_days_ahead_and_back(client: Client, clock: AdjustableClock, resources: Resources) -> None:
    """The sweep takes snapshots of days that are not over after the step back; new activities retake them."""
    ada, teacher = Caller(client, new_learner()), service(client)
    await teacher.record_all(*(exercise(NOW - days * DAY) for days in (0, 1, 2)), learner_id=ada.subject)
    before = await all_answers(ada)
    await sweep(resources, NOW)
    assert await dirty_days(resources, UUID(ada.learner_id)) == ["2026-03-20"]

    clock.advance(days=3)
    assert (await ada.progress())["streak"]["state"] == "broken"
    await all_answers(ada)
    await sweep(resources, clock.now())
    assert await dirty_days(resources, UUID(ada.learner_id)) == []

    clock.advance(days=-3)
    assert await all_answers(ada) == before
    await teacher.record_all(exercise(NOW + HOUR / 20, id="after the jump"), learner_id=ada.subject)
    assert await dirty_days(resources, UUID(ada.learner_id)) == ["2026-03-20"]
    assert (await ada.progress())["exercises_today"] == 2
    clock.advance(days=1)
    await ada.record_all(activity(clock.now()))
    assert (await ada.progress())["streak"]["current_streak"] == 4
    await sweep(resources, clock.now())
    found = {
        row["day"].isoformat(): (row["day_exercises"], row["run"])
        for row in await stored_snapshots(resources, UUID(ada.learner_id))
    }
    assert found == {"2026-03-18": (1, 1), "2026-03-19": (1, 2), "2026-03-20": (2, 3)}
    assert await differences(resources, ada) == []


async def test_activities_recorded_ahead_of_the_clock_stay(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    ada, teacher = Caller(client, new_learner()), service(client)
    await teacher.record_all(*(exercise(NOW - days * DAY) for days in (0, 1)), learner_id=ada.subject)
    clock.advance(days=3)
    body = await ada.record_all(activity(clock.now(), id="three days ahead"))
    assert body["learners"][0]["streak"]["current_streak"] == 1
    clock.advance(days=-3)
    found = await ada.progress()
    assert (found["streak"]["current_streak"], found["streak"]["last_exercise_date"]) == (1, "2026-03-23")
    await all_answers(ada)
    # The days between are practised as well and join both ends.
    for _ in range(3):
        clock.advance(days=1)
        await ada.record_all(activity(clock.now()))
    found = await ada.progress()
    assert (found["streak"]["current_streak"], found["streak"]["longest_streak"]) == (5, 5)
    await sweep(resources, clock.now() + DAY)
    assert [row["run"] for row in await stored_snapshots(resources, UUID(ada.learner_id))] == [1, 2, 3, 4, 5]
    assert await differences(resources, ada) == []


async def test_zones_pauses_and_repairs_over_steps(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    ada, teacher = Caller(client, new_learner()), service(client)
    await teacher.record_all(*(exercise(NOW - days * DAY) for days in (1, 3)), learner_id=ada.subject)
    for zone in ("Europe/Berlin", "Asia/Tokyo"):
        (await ada.ask("PATCH", "/me", json={"zone": zone})).ok()
    (await ada.post("/me/streak-repair")).ok()
    pause = (await ada.post("/me/pauses", {"first_day": "2026-03-21", "last_day": "2026-03-25"})).ok()
    clock.advance(hours=-2)
    await all_answers(ada)
    refused = (await ada.ask("PATCH", "/me", json={"zone": "Europe/Berlin"})).problem(409, "zone_changed_recently")
    assert refused["allowed_at"] == "2026-03-21T01:30:00Z"
    assert (await ada.post("/me/streak-repair")).status == 409
    (await ada.post("/me/pauses", {"first_day": "2026-03-25", "last_day": "2026-03-26"})).problem(409, "pause_overlaps")
    clock.advance(hours=2, days=3)
    ended = (await ada.ask("DELETE", f"/me/pauses/{pause['pause']['id']}")).ok()
    assert ended["pause"]["last_day"] == "2026-03-22"
    clock.advance(days=-3)
    await all_answers(ada)
    assert (await ada.get("/me/pauses")).ok()["days_used"] == 2
    assert await differences(resources, ada) == []


async def test_by_a_clock_behind_a_move_the_learner_has_moved_whether_answers_are_cached_or_not(
    client: Client, resources: Resources, clock: AdjustableClock
) -> None:
    """Another process may be seconds behind the one that moved the learner, and caches until the next write."""
    learner = Caller(client, new_learner())
    await service(client).record_all(exercise(NOW - 2 * HOUR), learner_id=learner.subject)
    history = [
        {"valid_from": (NOW - DAY).isoformat(), "zone": "Europe/Berlin"},
        {"valid_from": NOW.isoformat(), "zone": "Pacific/Honolulu"},
    ]
    root = Caller(client, "root", ["admin"])
    (await root.ask("PUT", f"/admin/learners/{learner.subject}/zones", json=history)).ok()

    async def shown() -> list[Json]:
        answers = await all_answers(learner)
        for answer in answers:
            answer.pop("zone_change_allowed_at", None)  # is about the clock
        return answers

    before = await shown()
    clock.advance(minutes=-20)
    assert await shown() == before
    async with resources.database.write() as connection:
        await connection.execute("UPDATE system_state SET global_revision = global_revision + 1")
    assert await shown() == before
    assert (await learner.get("/progress/streak")).ok()["local_day"] == "2026-03-19"
