"""GET /progress/history: every date with numbers worked out by hand, the same before and after the sweep has run."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from quart.typing import TestClientProtocol as Client

from milepost.resources import Resources, open_resources
from milepost.settings import Settings
from support.builders import activity, exercise, new_learner
from support.callers import Caller, Json, service
from support.clock import AdjustableClock
from support.snapshots import dirty_days, stored_snapshots, sweep

PATH = "/progress/history"
DAY = timedelta(days=1)


@pytest.fixture(scope="module")
async def resources(settings: Settings) -> AsyncIterator[Resources]:
    """Resources for the sweep, on this module's database."""
    opened = await open_resources(settings, AdjustableClock())
    yield opened
    await opened.close()


@pytest.fixture(autouse=True)
def _noon_of_the_twentieth(clock: AdjustableClock) -> None:
    """Every test reads at noon of 20 March 2026."""
    clock.set(march(20))


def march(day: int, hour: int = 12) -> datetime:
    """An instant in March 2026; 0 is the last of February."""
    return datetime(2026, 3, 1, hour, tzinfo=UTC) + (day - 1) * DAY


async def history(caller: Caller, **query: object) -> Json:
    """The history."""
    return (await caller.get(PATH, **query)).ok()


def column(found: Json, name: str) -> list[object]:
    """One value per date."""
    return [day[name] for day in found["days"]]


async def both(caller: Caller, resources: Resources, now: datetime, **query: object) -> Json:
    """The history; asserts that it is the same before and after the sweep."""
    before = await history(caller, **query)
    assert await sweep(resources, now) > 0
    async with resources.database.pools.intake.acquire() as connection:
        # A new address avoids the cached answer: nothing a reader sees has changed, so the validator is the same.
        await connection.execute("UPDATE learners SET revision = revision + 1 WHERE learner_id = $1", who(caller))
    assert await history(caller, **query) == before
    return before


def who(caller: Caller) -> UUID:
    """The learner's id."""
    return UUID(caller.learner_id)


async def test_every_date_has_its_numbers(client: Client, resources: Resources) -> None:
    ada, teacher = Caller(client, new_learner()), service(client)
    await teacher.record_all(
        exercise(march(16), value=70, duration_seconds=650, hints_used=2, points=10),
        exercise(march(16, 15), value=81, duration_seconds=100, points=20),
        exercise(march(17), value=90, duration_seconds=59, points=5),
        exercise(march(20, 8), value=100, duration_seconds=None, hints_used=1, points=7),
        learner_id=ada.subject,
    )
    answer = await both(ada, resources, march(20), days=6)
    assert (answer["from"], answer["to"]) == ("2026-03-15", "2026-03-20")
    assert column(answer, "snapshot_date") == [f"2026-03-{day}" for day in range(15, 21)]
    assert column(answer, "exercises_completed") == [0, 2, 3, 3, 3, 4]
    assert column(answer, "exercises_today") == [0, 2, 1, 0, 0, 1]
    assert column(answer, "minutes") == [0, 12, 13, 13, 13, 13]  # 750 seconds, then 809
    assert column(answer, "minutes_today") == [0, 12, 0, 0, 0, 0]
    assert column(answer, "average_grade") == [None, 75.5, 80.33, 80.33, 80.33, 85.25]
    assert column(answer, "average_grade_today") == [None, 75.5, 90.0, None, None, 100.0]
    assert column(answer, "hints_used") == [0, 2, 2, 2, 2, 3]
    assert column(answer, "points") == [0, 30, 35, 35, 35, 42]
    assert column(answer, "current_streak") == [0, 1, 2, 2, 0, 1]
    assert column(answer, "longest_streak") == [0, 1, 2, 2, 2, 2]
    assert await dirty_days(resources, who(ada)) == ["2026-03-20"], "today is not over"
    overview = await ada.progress()
    last = answer["days"][-1]
    assert last["current_streak"] == overview["streak"]["current_streak"]
    assert last["exercises_completed"] == overview["exercises_completed"]


async def test_a_freeze_carries_the_run_over_a_day(client: Client, resources: Resources) -> None:
    ada = Caller(client, new_learner())
    sent = [activity(march(day)) for day in (8, 9, 10, 11, 12, 13, 14, 16)]
    await service(client).record_all(*sent, learner_id=ada.subject)
    answer = await both(ada, resources, march(20), start_date="2026-03-13", end_date="2026-03-19")
    assert column(answer, "current_streak") == [6, 7, 7, 8, 8, 0, 0]


async def test_a_range_over_the_end_of_a_month(client: Client, resources: Resources) -> None:
    ada = Caller(client, new_learner())
    sent = [activity(march(day)) for day in (0, 1, 2)]
    await service(client).record_all(*sent, learner_id=ada.subject)
    answer = await both(ada, resources, march(20), start_date="2026-02-27", end_date="2026-03-03")
    assert column(answer, "snapshot_date") == ["2026-02-27", "2026-02-28", "2026-03-01", "2026-03-02", "2026-03-03"]
    assert column(answer, "current_streak") == [0, 1, 2, 3, 3]
    assert column(answer, "points") == [0, 1, 2, 3, 3]


async def test_a_range_long_after_the_last_day(client: Client, resources: Resources) -> None:
    ada, teacher = Caller(client, new_learner()), service(client)
    await teacher.record_all(exercise(datetime(2024, 5, 1, tzinfo=UTC), points=3), learner_id=ada.subject)
    answer = await both(ada, resources, march(20), days=2)
    assert column(answer, "exercises_completed") == [1, 1]
    assert column(answer, "exercises_today") == [0, 0]
    assert column(answer, "current_streak") == [0, 0]
    assert column(answer, "longest_streak") == [1, 1]


async def test_a_new_learner_has_zeros_for_thirty_days(client: Client) -> None:
    answer = await history(Caller(client, new_learner()))
    assert (answer["from"], answer["to"], len(answer["days"])) == ("2026-02-19", "2026-03-20", 30)
    for name in ("exercises_completed", "exercises_today", "current_streak", "longest_streak", "minutes", "points"):
        assert set(column(answer, name)) == {0}
    assert set(column(answer, "average_grade")) == {None}


async def test_a_late_activity_changes_past_days(client: Client, resources: Resources) -> None:
    ada = Caller(client, new_learner())
    teacher = service(client)
    sent = [activity(march(day)) for day in (16, 18, 19)]
    await teacher.record_all(*sent, learner_id=ada.subject)
    before = await both(ada, resources, march(20), days=5)
    assert column(before, "current_streak") == [1, 1, 1, 2, 2]
    await teacher.record_all(activity(march(17)), learner_id=ada.subject)
    assert await dirty_days(resources, who(ada)) == ["2026-03-17"]
    after = await both(ada, resources, march(20), days=5)
    assert column(after, "current_streak") == [1, 2, 3, 4, 4]
    assert column(after, "points") == [1, 2, 3, 4, 4]
    assert await dirty_days(resources, who(ada)) == []


async def test_the_first_zone_moves_days_and_leaves_no_stale_snapshot(client: Client, resources: Resources) -> None:
    ada, teacher = Caller(client, new_learner()), service(client)
    # 23:30 UTC is the next day in Kolkata.
    evening = datetime(2026, 3, 16, 23, 30, tzinfo=UTC)
    await teacher.record_all(exercise(evening), exercise(evening - 2 * DAY), learner_id=ada.subject)
    assert column(await both(ada, resources, march(20), days=7), "exercises_today") == [1, 0, 1, 0, 0, 0, 0]
    (await ada.ask("PATCH", "/me", json={"zone": "Asia/Kolkata"})).ok()
    assert column(await both(ada, resources, march(20), days=7), "exercises_today") == [0, 1, 0, 1, 0, 0, 0]
    assert [row["day"].isoformat() for row in await stored_snapshots(resources, who(ada))] == [
        "2026-03-15",
        "2026-03-17",
    ]


async def test_a_flight_shortens_a_day_that_snapshots_relied_on(
    client: Client, resources: Resources, clock: AdjustableClock
) -> None:
    ada = Caller(client, new_learner(), zone="Pacific/Honolulu")
    clock.set(march(18, 20))  # 10:00 of the eighteenth in Honolulu
    await ada.record_all(activity(march(18, 19)))
    clock.set(march(19, 11))
    assert await sweep(resources, march(19, 11)) >= 1
    # 01:00 of the nineteenth in Honolulu is 01:00 of the twentieth in Kiribati.
    (await ada.ask("PATCH", "/me", json={"zone": "Pacific/Kiritimati"})).ok()
    assert await dirty_days(resources, who(ada)) == ["2026-03-18"]
    clock.set(march(20, 9))
    answer = await both(ada, resources, march(20, 9), days=3)
    assert answer["to"] == "2026-03-20"
    assert column(answer, "current_streak") == [1, 1, 1]
    assert (await ada.progress())["streak"]["current_streak"] == 1


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"days": 401}, "invalid_query"),
        ({"days": 0}, "invalid_query"),
        ({"days": "x"}, "invalid_query"),
        ({"start_date": "2026-03-10", "end_date": "2026-03-09"}, "invalid_query"),
        ({"start_date": "2025-02-13", "end_date": "2026-03-20"}, "invalid_query"),
        ({"start_date": "2025-02-13"}, "invalid_query"),
        ({"days": 3, "start_date": "2026-03-10"}, "invalid_query"),
        ({"start_date": "2026-02-30", "end_date": "2026-03-09"}, "invalid_query"),
    ],
)
async def test_invalid_ranges_are_refused(client: Client, query: Json, code: str) -> None:
    (await Caller(client, new_learner()).get(PATH, **query)).problem(422, code)


async def test_the_longest_range(client: Client) -> None:
    ada = Caller(client, new_learner())
    assert len((await history(ada, days=400))["days"]) == 400
    answer = await history(ada, start_date="2025-02-14", end_date="2026-03-20")
    assert (answer["from"], len(answer["days"])) == ("2025-02-14", 400)


async def test_future_days_are_left_out(client: Client) -> None:
    ada = Caller(client, new_learner())
    answer = await history(ada, start_date="2026-03-19", end_date="2026-03-25")
    assert column(answer, "snapshot_date") == ["2026-03-19", "2026-03-20"]
    assert (await history(ada, start_date="2026-03-20"))["to"] == "2026-03-20"


async def test_services_and_administrators_read_the_history_of_the_learner_they_name(client: Client) -> None:
    ada = Caller(client, new_learner())
    await service(client).record_all(activity(march(20)), learner_id=ada.subject)
    for role in ("service", "admin"):
        answer = await history(Caller(client, "reader", [role]), learner_id=ada.subject, days=1)
        assert column(answer, "points") == [1]
