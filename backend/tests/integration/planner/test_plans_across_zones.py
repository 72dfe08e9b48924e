"""Plans of a learner who moves: every focus slot is on exactly one day, and each day can be sent back."""

from datetime import UTC, date, datetime, timedelta
from itertools import chain

import pytest
from quart.typing import TestClientProtocol as Client

from milepost.resources import Resources
from support.builders import new_learner
from support.callers import Caller, Json
from support.clock import START, AdjustableClock
from support.planner import create_task, delete, put, slot, stored_differences, uncategorised_day

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
LATE = datetime(2026, 3, 12, 22, tzinfo=UTC)
"""The 12th in UTC, in Lisbon and in New York; the 13th in Tokyo and Kiritimati."""


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START, 2026-03-10 12:00 UTC."""


@pytest.fixture
def ada(client: Client) -> Caller:
    """A new learner."""
    return Caller(client, new_learner())


async def live_in(learner: Caller, zone: str) -> None:
    """Set the learner's zone."""
    (await learner.ask("PATCH", "/me", json={"zone": zone})).ok()


async def focus_on(learner: Caller, day: str) -> list[Json]:
    """The focus slots of a day."""
    slots: list[Json] = (await learner.get(f"/calendar-days/{day}")).ok()["focus_slots"]
    return slots


@pytest.mark.parametrize(
    ("first", "second", "begins_on", "then_on"),
    [
        ("Europe/Lisbon", "Asia/Tokyo", "2026-03-12", "2026-03-13"),
        ("Pacific/Kiritimati", "America/New_York", "2026-03-13", "2026-03-12"),
    ],
)
async def test_a_focus_slot_follows_its_learner_to_another_day(
    ada: Caller, clock: AdjustableClock, first: str, second: str, begins_on: str, then_on: str
) -> None:
    await live_in(ada, first)
    (await put(ada, f"/calendar-days/{begins_on}", {"focus_slots": [slot(LATE, 1)]})).ok()
    clock.advance(days=1)
    await live_in(ada, second)
    assert await focus_on(ada, begins_on) == []
    shown = await focus_on(ada, then_on)
    assert shown == [{"starts_at": "2026-03-12T22:00:00Z", "ends_at": "2026-03-12T23:00:00Z"}]
    (await put(ada, f"/calendar-days/{then_on}", {"focus_slots": shown})).ok()
    assert await focus_on(ada, then_on) == shown
    (await put(ada, f"/calendar-days/{begins_on}", {"focus_slots": []})).ok()
    assert await focus_on(ada, then_on) == shown
    (await put(ada, f"/calendar-days/{then_on}", {"focus_slots": []})).ok()
    assert [await focus_on(ada, day) for day in (begins_on, then_on)] == [[], []]


@pytest.mark.parametrize(
    ("second", "day"),
    [("Pacific/Kiritimati", "2026-03-12"), ("Asia/Tokyo", "2026-03-11"), ("Pacific/Honolulu", "2026-03-11")],
)
async def test_a_completion_in_the_minute_of_a_move_is_on_the_day_of_the_new_zone(
    ada: Caller, clock: AdjustableClock, resources: Resources, second: str, day: str
) -> None:
    """The move is at 12:00:10 UTC on the 11th: the 12th has begun in Kiritimati, the minute 12:00 is still the 11th."""
    await live_in(ada, "Europe/Lisbon")
    task = (await create_task(ada))["task_id"]
    clock.advance(days=1, seconds=10)
    await live_in(ada, second)
    clock.advance(seconds=30)
    (await ada.post(f"/tasks/{task}/complete", {})).ok()
    assert await uncategorised_day(resources, ada.learner_id, day) == {"completed_n": 1}
    assert await stored_differences(resources, ada.learner_id) == []
    (await delete(ada, f"/tasks/{task}/complete")).ok()
    assert await uncategorised_day(resources, ada.learner_id, day) == {}


async def test_setting_a_day_keeps_slots_that_moved_to_the_next(
    ada: Caller, clock: AdjustableClock, resources: Resources
) -> None:
    await live_in(ada, "Europe/Lisbon")
    morning = LATE - 12 * HOUR
    (await put(ada, "/calendar-days/2026-03-12", {"focus_slots": [slot(LATE, 1), slot(morning, 1)]})).ok()
    clock.advance(days=1)
    await live_in(ada, "Asia/Tokyo")
    (await put(ada, "/calendar-days/2026-03-12", {"focus_slots": [slot(morning, 2)]})).ok()
    assert await focus_on(ada, "2026-03-12") == [
        {"starts_at": "2026-03-12T10:00:00Z", "ends_at": "2026-03-12T12:00:00Z"}
    ]
    assert [slot["starts_at"] for slot in await focus_on(ada, "2026-03-13")] == ["2026-03-12T22:00:00Z"]
    assert await uncategorised_day(resources, ada.learner_id, "2026-03-12") == {"focus_slot_minutes": 120}
    assert await uncategorised_day(resources, ada.learner_id, "2026-03-13") == {"focus_slot_minutes": 60}
    assert await stored_differences(resources, ada.learner_id) == []


async def test_the_first_known_zone_moves_the_focus_slots_of_the_assumed_one(ada: Caller) -> None:
    (await put(ada, "/calendar-days/2026-03-12", {"focus_slots": [slot(LATE, 1)]})).ok()
    await live_in(ada, "Asia/Tokyo")
    assert await focus_on(ada, "2026-03-12") == []
    (await put(ada, "/calendar-days/2026-03-13", {"focus_slots": await focus_on(ada, "2026-03-13")})).ok()
    assert len(await focus_on(ada, "2026-03-13")) == 1


async def test_a_day_that_gained_slots_by_a_move_can_be_sent_back(ada: Caller, clock: AdjustableClock) -> None:
    await live_in(ada, "Asia/Tokyo")
    morning = [slot(datetime(2026, 3, 12, 3, tzinfo=UTC), 0.25)] * 100
    evening = [slot(datetime(2026, 3, 12, 20, tzinfo=UTC), 0.25)] * 100
    (await put(ada, "/calendar-days/2026-03-12", {"focus_slots": morning})).ok()
    (await put(ada, "/calendar-days/2026-03-13", {"focus_slots": evening})).ok()
    clock.advance(days=1)
    await live_in(ada, "Europe/Lisbon")
    shown = await focus_on(ada, "2026-03-12")
    assert len(shown) == 200
    (await put(ada, "/calendar-days/2026-03-12", {"focus_slots": shown})).ok()
    assert await focus_on(ada, "2026-03-12") == shown
    refused = await put(ada, "/calendar-days/2026-03-12", {"focus_slots": [*shown, shown[0]]})
    (fault,) = refused.problem(422, "invalid_body")["errors"]
    assert (fault["pointer"], fault["code"], fault["values"]) == ("/focus_slots", "too_many", {"max": 200})
    (await put(ada, "/calendar-days/2026-03-12", {"focus_slots": shown[:100]})).ok()
    (await put(ada, "/calendar-days/2026-03-12", {"focus_slots": shown[:101]})).problem(422, "invalid_body")


async def test_every_focus_slot_is_on_exactly_one_day(ada: Caller, clock: AdjustableClock) -> None:
    await live_in(ada, "Pacific/Auckland")
    first = date(2026, 3, 8)
    for number in range(6):
        day = first + number * DAY
        begin = datetime(day.year, day.month, day.day, tzinfo=UTC) - 13 * HOUR
        slots = [slot(begin + hour * HOUR, 0.5) for hour in range(1, 24, 5)]
        (await put(ada, f"/calendar-days/{day}", {"focus_slots": slots})).ok()
    for zone in ("America/Los_Angeles", "Asia/Kolkata", "Pacific/Kiritimati"):
        clock.advance(days=1)
        await live_in(ada, zone)
        days = [f"{first + number * DAY}" for number in range(-3, 10)]
        shown = [await focus_on(ada, name) for name in days]
        starts = [item["starts_at"] for item in chain(*shown)]
        assert len(starts) == len(set(starts)) == 30
        for name, focus_slots in zip(days, shown, strict=True):
            (await put(ada, f"/calendar-days/{name}", {"focus_slots": focus_slots})).ok()
        assert [await focus_on(ada, name) for name in days] == shown


async def test_a_day_without_a_minute_has_no_focus_slots(ada: Caller) -> None:
    await live_in(ada, "Pacific/Apia")
    around = [slot(datetime(2011, 12, 30, 9, 30, tzinfo=UTC), 0.25), slot(datetime(2011, 12, 30, 10, tzinfo=UTC), 1)]
    for item in around:
        (await put(ada, "/calendar-days/2011-12-30", {"focus_slots": [item]})).problem(422, "slot_outside_day")
    (await put(ada, "/calendar-days/2011-12-30", {"focus_slots": []})).ok()
    (await put(ada, "/calendar-days/2011-12-29", {"focus_slots": around[:1]})).ok()
    (await put(ada, "/calendar-days/2011-12-31", {"focus_slots": around[1:]})).ok()
    assert [len(await focus_on(ada, f"2011-12-{day}")) for day in (29, 30, 31)] == [1, 0, 1]


async def test_a_day_with_two_midnights_has_the_slots_of_both(ada: Caller) -> None:
    # On 2026-04-05 at 00:00 clocks in Santiago go back to 23:00 of the 4th: the 4th goes on for another hour.
    await live_in(ada, "America/Santiago")
    again = [slot(datetime(2026, 4, 5, 2, 30, tzinfo=UTC), 0.25), slot(datetime(2026, 4, 5, 3, 30, tzinfo=UTC), 0.25)]
    (await put(ada, "/calendar-days/2026-04-04", {"focus_slots": again})).ok()
    assert len(await focus_on(ada, "2026-04-04")) == 2
    (await put(ada, "/calendar-days/2026-04-05", {"focus_slots": again[1:]})).problem(422, "slot_outside_day")


# ---- Tasks


async def test_tasks_of_a_day_are_those_of_the_day_the_learner_had(ada: Caller, clock: AdjustableClock) -> None:
    await live_in(ada, "Asia/Tokyo")
    night = datetime(2026, 3, 9, 16, tzinfo=UTC)  # the 10th in Tokyo, the 9th in New York
    task = await create_task(ada, slot(night, 1))
    done = await create_task(ada)
    (await ada.post(f"/tasks/{done['task_id']}/complete", {"completed_at": night.isoformat()})).ok()
    clock.advance(days=1)
    await live_in(ada, "America/New_York")

    async def tasks_on(day: str) -> set[str]:
        return {item["task_id"] for item in (await ada.get("/tasks", from_=day, to=day)).ok()["tasks"]}

    assert await tasks_on("2026-03-10") == {task["task_id"], done["task_id"]}
    assert await tasks_on("2026-03-09") == set()
    stats = (await ada.get("/analytics/quick-stats", date_range="2026-03-10..2026-03-10")).ok()
    assert (stats["total_scheduled_minutes"], stats["completed_tasks_count"]) == (60, 1)


async def test_a_date_that_comes_back_has_the_tasks_of_both_times(ada: Caller, clock: AdjustableClock) -> None:
    await live_in(ada, "Pacific/Kiritimati")
    # It is 2026-03-11 02:00 on Kiritimati. A day later the learner flies to Honolulu, where the 11th begins again.
    before = await create_task(ada, slot(START + HOUR, 1), title="before")
    clock.advance(hours=20)
    await live_in(ada, "Pacific/Honolulu")
    after = await create_task(ada, slot(START + 24 * HOUR, 1), title="after")
    between = await create_task(ada, slot(START + 21 * HOUR, 1), title="between")
    shown = (await ada.get("/tasks", from_="2026-03-11", to="2026-03-11")).ok()["tasks"]
    assert {task["task_id"] for task in shown} == {before["task_id"], after["task_id"]}
    shown = (await ada.get("/tasks", from_="2026-03-10", to="2026-03-10")).ok()["tasks"]
    assert {task["task_id"] for task in shown} == {between["task_id"]}
