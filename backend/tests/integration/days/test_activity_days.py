"""The day of an activity: by an assumed zone, the first known zone or its own zone; and late arrivals."""

from datetime import UTC, datetime, timedelta

import pytest
from quart.typing import TestClientProtocol as Client

from support.builders import activity, exercise, new_learner
from support.callers import Caller, Json, results_of, service
from support.clock import START, AdjustableClock

DAY = timedelta(days=1)
LATE_EVENING = datetime(
    2026, 3, 9, 23, 30, tzinfo=UTC
)  # 05:00 of the tenth in Kolkata, 16:30 of the ninth in California


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START."""


async def days_of(caller: Caller) -> dict[str, str]:
    """The day of each activity, by id."""
    return {activity["id"]: activity["local_day"] for activity in await caller.feed()}


def zone_of(overview: Json) -> tuple[str, str]:
    """The zone and its source."""
    return overview["timezone"], overview["zone_source"]


async def test_the_first_claim_of_a_learners_own_token_moves_earlier_days(client: Client) -> None:
    ada = Caller(client, new_learner(), zone="Asia/Kolkata")
    teacher = Caller(client, "exercises", ["service"], zone="America/Los_Angeles")
    await teacher.record_all(exercise(LATE_EVENING, id="evening"), learner_id=ada.subject)
    before = await ada.progress()
    assert zone_of(before) == ("UTC", "assumed")
    assert before["zone_hint"] == "Asia/Kolkata"
    assert before["streak"]["last_exercise_date"] == "2026-03-09"
    assert await days_of(ada) == {"evening": "2026-03-09"}

    answer = await ada.record_all(activity(START, id="noon"))
    assert answer["learners"][0]["streak"]["current_streak"] == 1
    after = await ada.progress()
    assert zone_of(after) == ("Asia/Kolkata", "claim")
    assert "zone_hint" not in after
    assert await days_of(ada) == {"evening": "2026-03-10", "noon": "2026-03-10"}
    assert (after["streak"]["current_streak"], after["exercises_today"], after["points"]) == (1, 1, 10)


async def test_the_second_claim_changes_nothing(client: Client) -> None:
    learner = new_learner()
    await Caller(client, learner, zone="Asia/Kolkata").record_all(activity(LATE_EVENING, id="a"))
    elsewhere = Caller(client, learner, zone="America/Los_Angeles")
    await elsewhere.record_all(activity(LATE_EVENING, id="b"))
    assert zone_of(await elsewhere.progress()) == ("Asia/Kolkata", "claim")
    assert await days_of(elsewhere) == {"a": "2026-03-10", "b": "2026-03-10"}


async def test_zone_claims_of_services_are_ignored(client: Client) -> None:
    learner = new_learner()
    teacher = Caller(client, "exercises", ["service"], zone="Asia/Kolkata")
    await teacher.record_all(exercise(LATE_EVENING, id="a"), learner_id=learner)
    overview = await teacher.progress(learner_id=learner)
    assert zone_of(overview) == ("UTC", "assumed")
    assert "zone_hint" not in overview
    assert await days_of(Caller(client, learner)) == {"a": "2026-03-09"}


async def test_an_unknown_zone_claim_is_ignored(client: Client) -> None:
    ada = Caller(client, new_learner(), zone="Mars/Olympus")
    await ada.record_all(activity(LATE_EVENING))
    assert zone_of(await ada.progress()) == ("UTC", "assumed")


async def test_a_rejected_activity_does_not_set_the_zone(client: Client) -> None:
    ada = Caller(client, new_learner(), zone="Asia/Kolkata")
    (await ada.record(exercise(START))).problem(422, "nothing_taken")
    assert zone_of(await ada.progress()) == ("UTC", "assumed")


async def test_an_activitys_own_zone_decides_its_own_day_alone(client: Client) -> None:
    ada, teacher = Caller(client, new_learner(), zone="Asia/Tokyo"), service(client)
    await ada.record_all(activity(START, id="claims"))
    morning = datetime(2026, 3, 8, 16, tzinfo=UTC)  # 01:00 of the ninth in Tokyo, 06:00 of the eighth in Honolulu
    await teacher.record_all(
        exercise(morning, id="honolulu", zone="Pacific/Honolulu"),
        exercise(morning, id="unsaid"),
        learner_id=ada.subject,
    )
    assert await days_of(ada) == {"claims": "2026-03-10", "unsaid": "2026-03-09", "honolulu": "2026-03-08"}
    assert [activity["zone"] for activity in await ada.feed() if "zone" in activity] == ["Pacific/Honolulu"]
    assert (await ada.progress())["streak"]["current_streak"] == 3


@pytest.mark.parametrize(
    ("occurred_at", "day"),
    [
        ("2025-03-29T22:59:59Z", "2025-03-29"),
        ("2025-03-29T23:00:00Z", "2025-03-30"),
        ("2025-03-30T21:59:59Z", "2025-03-30"),
        ("2025-03-30T22:00:00Z", "2025-03-31"),
        ("2025-10-25T21:59:59Z", "2025-10-25"),
        ("2025-10-25T22:00:00Z", "2025-10-26"),
        ("2025-10-26T22:59:59Z", "2025-10-26"),
        ("2025-10-26T23:00:00Z", "2025-10-27"),
    ],
)
async def test_days_of_23_and_25_hours(client: Client, occurred_at: str, day: str) -> None:
    """Berlin in 2025: clocks go forward on 30 March and back on 26 October."""
    ada, teacher = Caller(client, new_learner()), service(client)
    (await ada.ask("PATCH", "/me", json={"zone": "Europe/Berlin"})).ok()
    await teacher.record_all({**exercise(START, id="a"), "occurred_at": occurred_at}, learner_id=ada.subject)
    assert await days_of(ada) == {"a": day}


async def test_a_late_activity_restores_the_streak(client: Client) -> None:
    ada = Caller(client, new_learner())
    body = await ada.record_all(*(activity(START - days * DAY, id=f"d{days}") for days in (0, 2, 3)))
    assert body["learners"][0]["streak"]["current_streak"] == 1
    late = await ada.record_all(activity(START - DAY, id="late"))
    streak = late["learners"][0]["streak"]
    assert (streak["current_streak"], streak["longest_streak"]) == (4, 4)
    again = await ada.record(activity(START - DAY, id="late"))
    assert results_of(again, "status") == ["duplicate"]
    assert again.ok()["learners"][0]["streak"] == streak
    first = await ada.record(activity(START, id="d0"))
    assert first.ok()["learners"][0]["streak"] == streak


async def test_late_days_before_the_first_one_lengthen_the_run(client: Client) -> None:
    ada = Caller(client, new_learner())
    await ada.record_all(activity(START))
    for days in (1, 2, 3, 4, 5, 6):
        body = await ada.record_all(activity(START - days * DAY))
        assert body["learners"][0]["streak"]["current_streak"] == days + 1
    # Seven met days earn a freeze, whenever they are reported.
    assert body["learners"][0]["streak"]["freezes"] == 1


async def test_old_activities_leave_the_current_streak_alone(client: Client) -> None:
    ada, teacher = Caller(client, new_learner()), service(client)
    await ada.record_all(activity(START))
    days = [exercise(datetime(2019, 5, day, tzinfo=UTC)) for day in (1, 2, 3)]
    body = await teacher.record_all(*days, learner_id=ada.subject)
    streak = body["learners"][0]["streak"]
    assert (streak["current_streak"], streak["longest_streak"]) == (1, 3)
    assert streak["last_exercise_date"] == "2026-03-10"


async def test_one_learners_late_days_do_not_touch_another(client: Client) -> None:
    ada, bob, teacher = Caller(client, new_learner()), Caller(client, new_learner()), service(client)
    await teacher.record_all(*(exercise(START - days * DAY, learner_id=ada.subject) for days in (0, 2)))
    body = await teacher.record_all(
        exercise(START - DAY, learner_id=ada.subject), exercise(START - DAY, learner_id=bob.subject)
    )
    found = {learner["learner_id"]: learner["streak"]["current_streak"] for learner in body["learners"]}
    assert found == {ada.learner_id: 3, bob.learner_id: 1}
