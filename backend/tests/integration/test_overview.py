"""GET /progress; every number is worked out by hand."""

from datetime import UTC, datetime, timedelta

import asyncpg
import pytest
from quart.typing import TestClientProtocol as Client

from milepost.settings import Settings
from support.builders import activity, exercise, new_learner
from support.callers import Caller, Json, service, uuid_of
from support.clock import START, AdjustableClock

DAY = timedelta(days=1)


async def streak_of(caller: Caller) -> Json:
    """The streak in the overview."""
    found: Json = (await caller.progress())["streak"]
    return found


async def test_a_new_learner_has_zeros_everywhere(client: Client, clock: AdjustableClock) -> None:
    learner = new_learner()
    expected = {
        "learner_id": uuid_of(learner),
        "timezone": "UTC",
        "zone_source": "assumed",
        "local_day": "2026-03-10",
        "revision": 0,
        "exercises_completed": 0,
        "exercises_today": 0,
        "minutes": 0,
        "seconds": 0,
        "points": 0,
        "achievement_points": 0,
        "hints_used": 0,
        "streak": {
            "current_streak": 0,
            "longest_streak": 0,
            "state": "none",
            "met_today": False,
            "paused": False,
            "last_exercise_date": None,
            "freezes": 0,
            "freezes_pending": 0,
            "next_freeze_in_days": 7,
            "expires_at": None,
        },
        "grades": {"average": None, "recent_average": None, "graded": 0},
        "achievements": {"unlocked": 0, "total": 0, "latest": None, "next": None},
        "skills": [],
        "goals": {"active": 0, "met_this_period": 0, "next": None},
    }
    assert await Caller(client, learner).progress() == expected
    assert await service(client).progress(learner_id=learner) == expected
    # An administrator may have misspelled the id.
    root = Caller(client, "root", ["admin"])
    (await root.get("/progress", learner_id=learner)).problem(404, "learner_not_found")


async def test_every_number_by_hand(client: Client, clock: AdjustableClock) -> None:
    ada, teacher = Caller(client, new_learner(), zone="Europe/Berlin"), service(client)
    await teacher.record_all(
        exercise(START, topic="loops", value=80, duration_seconds=90, hints_used=2),
        exercise(START - DAY, topic="trees", value=71.5, duration_seconds=59, hints_used=1),
        exercise(START, topic="loops", object_type="quiz", value=None, duration_seconds=None, points=3),
        exercise(START - 3 * DAY, verb="attempted", topic=None, value=5, duration_seconds=30),
        learner_id=ada.subject,
    )
    await ada.record_all(activity(START, duration_seconds=1))
    overview = await ada.progress()
    assert overview.pop("revision") >= 2
    assert overview == {
        "learner_id": ada.learner_id,
        "timezone": "Europe/Berlin",
        "zone_source": "claim",
        "local_day": "2026-03-10",
        "exercises_completed": 3,
        "exercises_today": 2,
        "minutes": 3,
        "seconds": 180,  # 90 + 59 + 30 + 1
        "points": 23,  # 10 + 10 + 3 + 0, and nothing for the learner's own
        "achievement_points": 0,
        "hints_used": 3,
        "streak": {
            "current_streak": 2,
            "longest_streak": 2,
            "state": "active",
            "met_today": True,
            "paused": False,
            "last_exercise_date": "2026-03-10",
            "freezes": 0,
            "freezes_pending": 0,
            "next_freeze_in_days": 5,
            "expires_at": "2026-03-11T23:00:00Z",
        },
        "grades": {"average": 75.75, "recent_average": 75.75, "graded": 2},
        "achievements": {"unlocked": 0, "total": 0, "latest": None, "next": None},
        "skills": [
            {"topic": "loops", "level": "beginner", "exercises": 2, "average_grade": 80.0, "mastery": None},
            {"topic": "trees", "level": "beginner", "exercises": 1, "average_grade": 71.5, "mastery": None},
        ],
        "goals": {"active": 0, "met_this_period": 0, "next": None},
    }


async def test_the_recent_average_covers_the_last_seven_graded_days(client: Client, clock: AdjustableClock) -> None:
    learner, teacher = new_learner(), service(client)
    # Eight graded days, every second day; one has two grades; the days between have none.
    for place, value in enumerate((80, 70, 60, 50, 40, 30, 20, 10)):
        graded = exercise(START - 2 * place * DAY, value=value)
        ungraded = exercise(START - (2 * place + 1) * DAY, value=None)
        await teacher.record_all(graded, ungraded, learner_id=learner)
    grades = (await teacher.progress(learner_id=learner))["grades"]
    assert grades == {"average": 45.0, "recent_average": 50.0, "graded": 8}
    await teacher.record_all(exercise(START - 6 * DAY, value=100), learner_id=learner)
    grades = (await teacher.progress(learner_id=learner))["grades"]
    # (80+70+60+50+40+30+20 + 100) / 8 and with the eighth day's 10: 460 / 9
    assert grades == {"average": 51.11, "recent_average": 56.25, "graded": 9}
    clock.advance(days=2)
    await teacher.record_all(exercise(clock.now(), value=90), learner_id=learner)
    grades = (await teacher.progress(learner_id=learner))["grades"]
    # The day of 20 has dropped out: (90+80+70+60+50+100+40+30) / 8
    assert grades == {"average": 55.0, "recent_average": 65.0, "graded": 10}


@pytest.mark.parametrize(
    ("values", "average"),
    [((1, 2, 2), 1.66), ((0, 0.001), 0.0), ((0.005, 0.005), 0.0), ((99.999, 100), 99.99), ((33.333, 33.334), 33.33)],
)
async def test_averages_are_exact_and_rounded_down_once(
    client: Client, clock: AdjustableClock, values: tuple[float, ...], average: float
) -> None:
    learner, teacher = new_learner(), service(client)
    await teacher.record_all(*(exercise(START, value=value) for value in values), learner_id=learner)
    assert (await teacher.progress(learner_id=learner))["grades"]["average"] == average


async def test_the_twenty_most_recent_topics_come_first(client: Client, clock: AdjustableClock) -> None:
    learner, teacher = new_learner(), service(client)
    await teacher.record_all(
        *(exercise(START - (place // 2) * DAY, topic=f"topic {place:02}") for place in range(22)), learner_id=learner
    )
    topics = [skill["topic"] for skill in (await teacher.progress(learner_id=learner))["skills"]]
    assert topics == [f"topic {place:02}" for place in range(20)]
    await teacher.record_all(exercise(START, topic="topic 21", verb="attempted"), learner_id=learner)
    topics = [skill["topic"] for skill in (await teacher.progress(learner_id=learner))["skills"]]
    assert topics == ["topic 00", "topic 01", "topic 21", *(f"topic {place:02}" for place in range(2, 19))]
    assert len((await teacher.get("/progress/skill-levels", learner_id=learner)).ok()["skills"]) == 22


async def test_minutes_are_whole_and_rounded_down(client: Client, clock: AdjustableClock) -> None:
    ada = Caller(client, new_learner())
    for seconds, minutes in ((59, 0), (1, 1), (59, 1), (61, 3), (36_000, 603)):
        await ada.record_all(activity(START, duration_seconds=seconds))
        assert (await ada.progress())["minutes"] == minutes


# ---- The streak as days pass


async def test_states_of_a_streak_as_days_pass(client: Client, clock: AdjustableClock) -> None:
    ada = Caller(client, new_learner())
    await ada.record_all(*(activity(START - days * DAY) for days in range(7)))

    def seen(streak: Json) -> tuple[object, ...]:
        names = ("state", "current_streak", "met_today", "freezes", "freezes_pending", "next_freeze_in_days")
        return tuple(streak[name] for name in names)

    assert seen(await streak_of(ada)) == ("active", 7, True, 1, 0, 7)
    clock.advance(days=1)
    assert seen(await streak_of(ada)) == ("active", 7, False, 1, 0, 7)
    clock.advance(days=1)
    assert seen(await streak_of(ada)) == ("at_risk", 7, False, 0, 1, 7)
    assert (await streak_of(ada))["expires_at"] == "2026-03-13T00:00:00Z"
    clock.set(datetime(2026, 3, 12, 23, 59, 59, tzinfo=UTC))
    assert (await streak_of(ada))["state"] == "at_risk"
    clock.advance(seconds=1)
    assert seen(await streak_of(ada)) == ("broken", 0, False, 0, 0, 7)
    streak = await streak_of(ada)
    assert (streak["longest_streak"], streak["last_exercise_date"]) == (7, "2026-03-10")
    assert streak["expires_at"] == "2026-03-13T00:00:00Z"


async def test_two_freezes_are_the_maximum(client: Client, clock: AdjustableClock) -> None:
    ada = Caller(client, new_learner())
    told = []
    for _ in range(24):
        clock.advance(days=1)
        streak = (await ada.record_all(activity(clock.now())))["learners"][0]["streak"]
        told.append((streak["freezes"], streak["next_freeze_in_days"]))
    expected = [(0, 6), (0, 5), (0, 4), (0, 3), (0, 2), (0, 1), (1, 7), (1, 6), (1, 5), (1, 4), (1, 3), (1, 2), (1, 1)]
    assert told == [*expected, *[(2, None)] * 11]
    clock.advance(days=2)
    streak = await streak_of(ada)
    # One is used by the open gap; the next would be earned by seven further days.
    assert (streak["freezes"], streak["freezes_pending"], streak["next_freeze_in_days"]) == (1, 1, 7)


@pytest.mark.parametrize(
    ("zone", "practised", "expires_at"),
    [
        ("Europe/Berlin", "2026-03-27T12:00:00Z", "2026-03-28T23:00:00Z"),
        ("Europe/Berlin", "2026-03-28T12:00:00Z", "2026-03-29T22:00:00Z"),
        ("Europe/Berlin", "2026-10-24T12:00:00Z", "2026-10-25T23:00:00Z"),
        ("America/New_York", "2026-03-07T12:00:00Z", "2026-03-09T04:00:00Z"),
        ("Africa/Cairo", "2026-04-22T12:00:00Z", "2026-04-23T22:00:00Z"),  # no midnight: the clock springs to 01:00
        ("Africa/Cairo", "2026-04-23T12:00:00Z", "2026-04-24T21:00:00Z"),
        ("Australia/Lord_Howe", "2026-04-04T03:00:00Z", "2026-04-05T13:30:00Z"),  # half an hour backward
        ("Asia/Kathmandu", "2026-03-10T12:00:00Z", "2026-03-11T18:15:00Z"),
        ("Pacific/Kiritimati", "2026-03-10T09:59:59Z", "2026-03-11T10:00:00Z"),
        ("Pacific/Kiritimati", "2026-03-10T10:00:00Z", "2026-03-12T10:00:00Z"),
    ],
)
async def test_a_streak_expires_to_the_second(
    client: Client, clock: AdjustableClock, zone: str, practised: str, expires_at: str
) -> None:
    clock.set(datetime.fromisoformat(practised))
    ada = Caller(client, new_learner(), zone=zone)
    await ada.record_all(activity(clock.now()))
    assert (await streak_of(ada))["expires_at"] == expires_at
    clock.set(datetime.fromisoformat(expires_at) - timedelta(seconds=1))
    assert (await streak_of(ada))["state"] == "at_risk"
    clock.advance(seconds=1)
    assert (await streak_of(ada))["state"] == "broken"


async def test_the_hint_of_a_different_zone(client: Client, clock: AdjustableClock) -> None:
    learner = new_learner()
    with_claim, without = Caller(client, learner, zone="Asia/Tokyo"), Caller(client, learner)
    assert (await with_claim.progress())["zone_hint"] == "Asia/Tokyo"
    assert "zone_hint" not in await without.progress()
    assert (await with_claim.progress())["local_day"] == "2026-03-10"
    clock.set(datetime(2026, 3, 10, 15, tzinfo=UTC))
    assert (await with_claim.progress())["local_day"] == "2026-03-10"
    (await without.ask("PATCH", "/me", json={"zone": "Asia/Tokyo"})).ok()
    overview = await with_claim.progress()
    assert (overview["zone_source"], overview["local_day"]) == ("profile", "2026-03-11")
    assert "zone_hint" not in overview


async def test_a_service_sees_no_hint(client: Client, clock: AdjustableClock) -> None:
    teacher = Caller(client, "exercises", ["service"], zone="Asia/Tokyo")
    assert "zone_hint" not in await teacher.progress(learner_id=new_learner())


# ---- Reads write nothing


async def digests(settings: Settings) -> dict[str, str]:
    """A digest of all rows, by table."""
    connection = await asyncpg.connect(settings.database_url)
    try:
        tables = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return {
            table: await connection.fetchval(
                f"SELECT count(*) || md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t"
            )
            for (table,) in tables
        }
    finally:
        await connection.close()


async def test_a_get_never_writes(client: Client, clock: AdjustableClock, settings: Settings) -> None:
    known, unknown = new_learner(), new_learner()
    await service(client).record_all(exercise(START), learner_id=known)
    before = await digests(settings)
    assert before["learners"] is not None
    clock.advance(days=40)
    for learner in (known, unknown):
        ada = Caller(client, learner, zone="Asia/Tokyo")
        for path in ("/progress", "/progress/streak", "/progress/skill-levels", "/activities", "/me"):
            (await ada.get(path)).ok()
        (await service(client).get("/progress/streak", learner_id=learner, at="2026-03-10T00:00:00Z")).ok()
        (await ada.post("/progress/calculate-skill-level", {"topic": "loops"})).ok()
    assert await digests(settings) == before
