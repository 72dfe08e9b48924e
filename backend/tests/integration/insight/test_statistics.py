"""GET /progress/statistics; every number is worked out by hand."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import pytest
from quart.typing import TestClientProtocol as Client

from milepost.resources import Resources
from milepost.services.rebuild import rebuild
from support.builders import activity, exercise, new_learner
from support.callers import Caller, Json, service, uuid_of
from support.clock import START, AdjustableClock

DAY = timedelta(days=1)
PERIODS = ("daily", "weekly", "monthly", "all")


async def statistics(caller: Caller, **query: object) -> Json:
    """The statistics."""
    return (await caller.get("/progress/statistics", **query)).ok()


def quiet_days(first: datetime, count: int) -> list[Json]:
    """A trend of days without activity."""
    return [
        {
            "day": f"{first + place * DAY:%Y-%m-%d}",
            "exercises": 0,
            "graded": 0,
            "average_grade": None,
            "minutes": 0,
            "seconds": 0,
        }
        for place in range(count)
    ]


@pytest.mark.parametrize(
    ("period", "first"), [("daily", "2026-03-10"), ("weekly", "2026-03-04"), ("monthly", "2026-02-09")]
)
async def test_a_new_learner_has_zeros(client: Client, clock: AdjustableClock, period: str, first: str) -> None:
    assert await statistics(Caller(client, new_learner()), period=period) == {
        "period": period,
        "from": first,
        "to": "2026-03-10",
        "today": "2026-03-10",
        "exercises_completed": 0,
        "graded": 0,
        "average_grade": None,
        "average_seconds": None,
        "hints_used": 0,
        "hints_per_exercise": None,
        "by_topic": [],
        "outside_topics": {"exercises": 0, "graded": 0, "average_grade": None},
        "by_difficulty": [],
        "trend": quiet_days(START - 6 * DAY, 7),
        "change": {"exercises_percent": None, "average_grade": None},
    }


async def test_the_whole_time_of_a_new_learner_is_today(client: Client, clock: AdjustableClock) -> None:
    answer = await statistics(Caller(client, new_learner()), period="all")
    assert (answer["from"], answer["to"], answer["change"]) == ("2026-03-10", "2026-03-10", None)
    assert (answer["exercises_completed"], answer["average_grade"], answer["by_topic"]) == (0, None, [])


async def test_a_week_by_hand(client: Client, clock: AdjustableClock) -> None:
    learner, teacher = new_learner(), service(client)
    await teacher.record_all(
        exercise(START, topic="loops", difficulty="hard", value=80, duration_seconds=90, hints_used=2),
        exercise(START, topic="trees", difficulty="easy", value=71.5, duration_seconds=100, hints_used=1),
        exercise(START - 6 * DAY, topic="loops", difficulty="hard", value=60, duration_seconds=30),
        exercise(START - 2 * DAY, topic=None, value=None, duration_seconds=None, hints_used=2),
        exercise(START - 2 * DAY, topic="arrays", value=None, duration_seconds=59),
        activity(START - 2 * DAY, topic="loops", duration_seconds=121),
        # The week before: from the 14th to the 8th day back.
        exercise(START - 7 * DAY, topic="old", difficulty="old", value=50),
        exercise(START - 13 * DAY, topic="old", value=70),
        # And before that.
        exercise(START - 14 * DAY, topic="older", value=0),
        learner_id=learner,
    )
    assert await statistics(teacher, learner_id=learner) == {
        "period": "weekly",
        "from": "2026-03-04",
        "to": "2026-03-10",
        "today": "2026-03-10",
        "exercises_completed": 5,
        "graded": 3,
        "average_grade": 70.5,  # (80 + 71.5 + 60) / 3
        "average_seconds": 70,  # 90 + 100 + 30 + 59 = 279 in the 4 exercises that carry a duration: 69.75
        "hints_used": 5,
        "hints_per_exercise": 1.67,  # 2 + 1 + 2 in the 3 exercises that carry hints
        "by_topic": [
            # 90 + 30 + 121 seconds
            {"topic": "loops", "exercises": 2, "graded": 2, "average_grade": 70.0, "minutes": 4, "seconds": 241},
            {"topic": "arrays", "exercises": 1, "graded": 0, "average_grade": None, "minutes": 0, "seconds": 59},
            {"topic": "trees", "exercises": 1, "graded": 1, "average_grade": 71.5, "minutes": 1, "seconds": 100},
        ],
        "outside_topics": {"exercises": 1, "graded": 0, "average_grade": None},
        "by_difficulty": [
            {"difficulty": "hard", "exercises": 2, "graded": 2, "average_grade": 70.0},
            {"difficulty": "easy", "exercises": 1, "graded": 1, "average_grade": 71.5},
        ],
        "trend": [
            {"day": "2026-03-04", "exercises": 1, "graded": 1, "average_grade": 60.0, "minutes": 0, "seconds": 30},
            *quiet_days(START - 5 * DAY, 3),
            # 59 + 121
            {"day": "2026-03-08", "exercises": 2, "graded": 0, "average_grade": None, "minutes": 3, "seconds": 180},
            *quiet_days(START - DAY, 1),
            {"day": "2026-03-10", "exercises": 2, "graded": 2, "average_grade": 75.75, "minutes": 3, "seconds": 190},
        ],
        "change": {"exercises_percent": 150.0, "average_grade": 10.5},  # 2 → 5, 60 → 70.5
    }


async def test_each_period_takes_its_days_and_compares_with_the_days_before(
    client: Client, clock: AdjustableClock
) -> None:
    learner, teacher = new_learner(), service(client)
    # One exercise on the last and first day of each period and of the time before it, each with its own grade.
    grades = {0: 90, 1: 80, 6: 70, 7: 60, 13: 50, 14: 40, 29: 30, 30: 20, 59: 10, 60: 0}
    await teacher.record_all(
        *(exercise(START - back * DAY, value=value) for back, value in grades.items()), learner_id=learner
    )
    seen = {}
    for period in PERIODS:
        answer = await statistics(teacher, period=period, learner_id=learner)
        seen[period] = (answer["from"], answer["exercises_completed"], answer["average_grade"], answer["change"])
    assert seen == {
        "daily": ("2026-03-10", 1, 90.0, {"exercises_percent": 0.0, "average_grade": 10.0}),
        # 90, 80, 70 against 60, 50
        "weekly": ("2026-03-04", 3, 80.0, {"exercises_percent": 50.0, "average_grade": 25.0}),
        # 90, 80, 70, 60, 50, 40, 30 against 20, 10
        "monthly": ("2026-02-09", 7, 60.0, {"exercises_percent": 250.0, "average_grade": 45.0}),
        "all": ("2026-01-09", 10, 45.0, None),
    }


async def test_all_days_add_up_to_the_totals(client: Client, clock: AdjustableClock) -> None:
    learner, teacher = new_learner(), service(client)
    await teacher.record_all(
        exercise(START - 500 * DAY, topic="loops", difficulty="hard", value=40, duration_seconds=100, hints_used=3),
        exercise(START - 40 * DAY, topic="trees", difficulty="easy", value=90, duration_seconds=101, hints_used=0),
        exercise(START, topic="trees", difficulty="hard", value=100, duration_seconds=102),
        activity(START - DAY, topic="reading", difficulty="easy", duration_seconds=60),
        learner_id=learner,
    )
    answer = await statistics(teacher, period="all", learner_id=learner)
    assert (answer["from"], answer["to"]) == ("2024-10-26", "2026-03-10")
    assert (answer["exercises_completed"], answer["average_grade"], answer["average_seconds"]) == (3, 76.66, 101)
    assert (answer["hints_used"], answer["hints_per_exercise"]) == (3, 1.5)  # 3 + 0 in 2
    assert answer["by_topic"] == [
        {"topic": "trees", "exercises": 2, "graded": 2, "average_grade": 95.0, "minutes": 3, "seconds": 203},
        {"topic": "loops", "exercises": 1, "graded": 1, "average_grade": 40.0, "minutes": 1, "seconds": 100},
        {"topic": "reading", "exercises": 0, "graded": 0, "average_grade": None, "minutes": 1, "seconds": 60},
    ]
    assert answer["outside_topics"] == {"exercises": 0, "graded": 0, "average_grade": None}
    assert answer["by_difficulty"] == [
        {"difficulty": "hard", "exercises": 2, "graded": 2, "average_grade": 70.0},
        {"difficulty": "easy", "exercises": 1, "graded": 1, "average_grade": 90.0},
    ]
    assert [day["day"] for day in answer["trend"]] == [f"2026-03-{day:02}" for day in range(4, 11)]
    assert [day["exercises"] for day in answer["trend"]] == [0, 0, 0, 0, 0, 0, 1]


@pytest.mark.parametrize(
    ("zone", "now", "inside", "outside"),
    [
        # Berlin springs forward on 2026-03-29: a day of 23 hours; the week begins in winter time.
        ("Europe/Berlin", "2026-03-31T12:00:00Z", "2026-03-24T23:00:00Z", "2026-03-24T22:59:59Z"),
        ("Europe/Berlin", "2026-04-05T12:00:00Z", "2026-03-29T22:00:00Z", "2026-03-29T21:59:59Z"),
        # New York falls back on 2026-11-01.
        ("America/New_York", "2026-11-04T12:00:00Z", "2026-10-29T04:00:00Z", "2026-10-29T03:59:59Z"),
        ("America/New_York", "2026-11-08T12:00:00Z", "2026-11-02T05:00:00Z", "2026-11-02T04:59:59Z"),
        # Cairo has no midnight on 2026-04-24.
        ("Africa/Cairo", "2026-04-30T12:00:00Z", "2026-04-23T22:00:00Z", "2026-04-23T21:59:59Z"),
    ],
)
async def test_a_week_begins_with_the_local_day(
    client: Client, clock: AdjustableClock, zone: str, now: str, inside: str, outside: str
) -> None:
    clock.set(datetime.fromisoformat(now))
    ada, teacher = Caller(client, new_learner(), zone=zone), service(client)
    await ada.record_all(activity(clock.now()))
    await teacher.record_all(
        exercise(datetime.fromisoformat(inside), value=90),
        exercise(datetime.fromisoformat(outside), value=10),
        learner_id=ada.subject,
    )
    answer = await statistics(ada, period="weekly")
    assert (answer["exercises_completed"], answer["average_grade"]) == (1, 90.0)
    assert answer["trend"][0]["day"] == answer["from"]
    assert (answer["trend"][0]["exercises"], answer["trend"][0]["average_grade"]) == (1, 90.0)
    assert len(answer["trend"]) == 7
    assert answer["change"] == {"exercises_percent": 0.0, "average_grade": 80.0}


async def test_today_moves_on_at_the_learners_midnight(client: Client, clock: AdjustableClock) -> None:
    clock.set(datetime(2026, 3, 10, 14, 59, 59, tzinfo=UTC))
    ada, teacher = Caller(client, new_learner(), zone="Asia/Tokyo"), service(client)
    await ada.record_all(activity(clock.now()))
    await teacher.record_all(exercise(clock.now()), learner_id=ada.subject)
    first = await ada.get("/progress/statistics", period="daily")
    assert (first.ok()["to"], first.body["exercises_completed"]) == ("2026-03-10", 1)
    clock.advance(seconds=1)
    headers = {"If-None-Match": first.headers["ETag"]}
    later = await ada.ask("GET", "/progress/statistics", query={"period": "daily"}, headers=headers)
    assert (later.ok()["to"], later.body["exercises_completed"]) == ("2026-03-11", 0)
    assert later.body["change"] == {"exercises_percent": -100.0, "average_grade": None}


async def test_activities_of_others_are_not_counted(client: Client, clock: AdjustableClock) -> None:
    ada, bob, teacher = Caller(client, new_learner()), Caller(client, new_learner()), service(client)
    await teacher.record_all(exercise(START, difficulty="hard"), learner_id=bob.subject)
    for period in PERIODS:
        answer = await statistics(ada, period=period)
        assert (answer["exercises_completed"], answer["by_topic"], answer["by_difficulty"]) == (0, [], [])
        assert (await statistics(bob, period=period))["exercises_completed"] == 1


async def test_topics_are_sorted_by_exercises_and_then_by_name(client: Client, clock: AdjustableClock) -> None:
    learner, teacher = new_learner(), service(client)
    await teacher.record_all(
        *(exercise(START, topic=topic) for topic in ("b", "B", "ä", "a", "z", "z")), learner_id=learner
    )
    for period in PERIODS:
        answer = await statistics(teacher, period=period, learner_id=learner)
        assert [part["topic"] for part in answer["by_topic"]] == ["z", "B", "a", "b", "ä"]


@pytest.mark.parametrize(
    "query",
    [{"period": "yearly"}, {"period": ""}, {"period": "Daily"}, {"days": "7"}, {"period": "daily", "from": "x"}],
)
async def test_invalid_periods_are_refused(client: Client, clock: AdjustableClock, query: Json) -> None:
    answer = await Caller(client, new_learner()).ask("GET", "/progress/statistics", query=query)
    answer.problem(422, "invalid_query")


@pytest.mark.parametrize("period", PERIODS)
async def test_an_average_rests_on_the_exercises_that_report_it(
    client: Client, clock: AdjustableClock, period: str
) -> None:
    learner, teacher = new_learner(), service(client)
    await teacher.record_all(
        exercise(START, duration_seconds=600, hints_used=3, once_key="first"),
        exercise(START, duration_seconds=None),
        exercise(START, duration_seconds=0, hints_used=0),
        # Not counted, and no exercises: their time and hints are in no average per exercise.
        exercise(START + timedelta(seconds=1), duration_seconds=7, hints_used=9, once_key="first"),
        exercise(START, verb="attempted", value=None, duration_seconds=50, hints_used=4),
        learner_id=learner,
    )
    answer = await statistics(teacher, period=period, learner_id=learner)
    assert (answer["exercises_completed"], answer["hints_used"]) == (3, 7)
    assert (answer["average_seconds"], answer["hints_per_exercise"]) == (300, 1.5)  # 600 / 2, 3 / 2


@pytest.mark.parametrize("period", PERIODS)
async def test_an_average_of_what_nobody_reported_is_unknown(
    client: Client, clock: AdjustableClock, period: str
) -> None:
    learner, teacher = new_learner(), service(client)
    await teacher.record_all(exercise(START, value=None, duration_seconds=None), learner_id=learner)
    answer = await statistics(teacher, period=period, learner_id=learner)
    assert answer["exercises_completed"] == 1
    assert (answer["average_grade"], answer["average_seconds"], answer["hints_per_exercise"]) == (None, None, None)


async def test_days_counted_before_averages_had_their_sums_are_left_out_until_they_are_rebuilt(
    client: Client, clock: AdjustableClock, resources: Resources
) -> None:
    learner, teacher = new_learner(), service(client)
    await teacher.record_all(
        exercise(START - 2 * DAY, duration_seconds=900, hints_used=5),
        exercise(START - DAY, duration_seconds=100, hints_used=1),
        learner_id=learner,
    )
    unknown = "timed_exercises = NULL, hinted_exercises = NULL, exercise_hints = NULL"
    async with resources.database.write() as connection:
        await connection.execute(f"UPDATE learners SET {unknown} WHERE learner_id = $1", UUID(uuid_of(learner)))
        await connection.execute(
            f"UPDATE activity_days SET {unknown} WHERE learner_id = $1 AND local_day = $2",
            UUID(uuid_of(learner)),
            date(2026, 3, 8),
        )
    # More exercises, on the day that is not known and on another one.
    await teacher.record_all(
        exercise(START - 2 * DAY, duration_seconds=1, hints_used=0),
        exercise(START, duration_seconds=200, hints_used=2),
        learner_id=learner,
    )
    for period in ("weekly", "all"):
        answer = await statistics(teacher, period=period, learner_id=learner)
        assert (answer["exercises_completed"], answer["hints_used"]) == (4, 8)
        assert (answer["average_seconds"], answer["hints_per_exercise"]) == (150, 1.5)  # 100 and 200, 1 and 2
    for name in ("days", "totals"):
        async for _progress in rebuild.rebuild(resources.database, resources.policy, clock.now(), name):
            pass
    clock.advance(days=1)
    for period in ("weekly", "all"):
        answer = await statistics(teacher, period=period, learner_id=learner)
        assert (answer["average_seconds"], answer["hints_per_exercise"]) == (300, 2.0)  # 1201 / 4, 8 / 4


@pytest.mark.parametrize("period", ["weekly", "all"])
async def test_topics_and_what_is_outside_of_them_make_the_whole(
    client: Client, clock: AdjustableClock, period: str
) -> None:
    learner, teacher = new_learner(), service(client)
    await teacher.record_all(
        *(exercise(START, topic=topic, value=value) for topic, value in (("loops", 90), ("trees", 61.5))),
        exercise(START, topic=None, value=40),
        exercise(START, topic=None, value=None),
        learner_id=learner,
    )
    answer = await statistics(teacher, period=period, learner_id=learner)
    assert answer["outside_topics"] == {"exercises": 2, "graded": 1, "average_grade": 40.0}
    parts = [*answer["by_topic"], answer["outside_topics"]]
    assert sum(part["exercises"] for part in parts) == answer["exercises_completed"] == 4
    assert sum(part["graded"] for part in parts) == answer["graded"] == 3
    grades = sum(part["graded"] * part["average_grade"] for part in parts)
    assert answer["average_grade"] == round(grades / 3, 2)
