"""GET and PATCH /me: the learner's zone, and how often it may change."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from quart.typing import TestClientProtocol as Client

from support.builders import activity, exercise, new_learner
from support.callers import Answer, Caller, Json, service
from support.clock import START, AdjustableClock

HOUR = timedelta(hours=1)
DEFAULTS: Json = {"quiet": False, "display_name": None, "boards": False, "digest_weekday": None}
"""The choices of a learner who has made none; see `test_profile.py`."""


async def move(caller: Caller, zone: object) -> Answer:
    """PATCH /me."""
    return await caller.ask("PATCH", "/me", json={"zone": zone})


async def me(caller: Caller) -> Json:
    """GET /me."""
    return (await caller.get("/me")).ok()


async def test_a_new_learner(client: Client, clock: AdjustableClock) -> None:
    ada = Caller(client, new_learner())
    expected = {
        "learner_id": ada.learner_id,
        "timezone": "UTC",
        "zone_source": "assumed",
        "zone_change_allowed_at": None,
        "local_day": "2026-03-10",
        **DEFAULTS,
    }
    assert await me(ada) == expected
    assert await me(Caller(client, ada.subject, zone="Asia/Tokyo")) == {**expected, "zone_hint": "Asia/Tokyo"}
    assert (await ada.progress())["revision"] == 0


async def test_the_first_zone_applies_to_the_whole_past(client: Client, clock: AdjustableClock) -> None:
    ada, teacher = Caller(client, new_learner()), service(client)
    await teacher.record_all(
        exercise(datetime(2026, 3, 1, 23, 30, tzinfo=UTC), id="old", value=60),
        exercise(datetime(2026, 3, 2, 12, tzinfo=UTC), id="new", value=80),
        learner_id=ada.subject,
    )
    assert (await ada.progress())["streak"]["longest_streak"] == 2
    assert (await move(ada, "Asia/Kolkata")).ok() == {
        "learner_id": ada.learner_id,
        "timezone": "Asia/Kolkata",
        "zone_source": "profile",
        "zone_change_allowed_at": None,
        "local_day": "2026-03-10",
        **DEFAULTS,
    }
    assert {activity["id"]: activity["local_day"] for activity in await ada.feed()} == {
        "old": "2026-03-02",
        "new": "2026-03-02",
    }
    overview = await ada.progress()
    assert overview["streak"]["longest_streak"] == 1
    assert (overview["exercises_completed"], overview["grades"]["average"], overview["points"]) == (2, 70.0, 20)
    assert overview["skills"][0]["exercises"] == 2


async def test_a_later_zone_applies_from_then_on(client: Client, clock: AdjustableClock) -> None:
    ada = Caller(client, new_learner())
    await move(ada, "Asia/Tokyo")
    await ada.record_all(activity(datetime(2026, 3, 9, 16, tzinfo=UTC), id="before"))
    (await move(ada, "America/New_York")).ok()
    await ada.record_all(
        activity(datetime(2026, 3, 9, 16, tzinfo=UTC), id="told later"),
        activity(START, id="at the moment"),
        activity(START - timedelta(microseconds=1), id="a moment before"),
    )
    clock.set(datetime(2026, 3, 11, 3, 59, tzinfo=UTC))
    await ada.record_all(activity(clock.now(), id="after"))
    assert {activity["id"]: activity["local_day"] for activity in await ada.feed()} == {
        "before": "2026-03-10",
        "told later": "2026-03-10",
        "at the moment": "2026-03-10",
        "a moment before": "2026-03-10",
        "after": "2026-03-10",
    }
    clock.advance(minutes=1)
    assert (await me(ada))["local_day"] == "2026-03-11"


async def test_a_zone_may_change_once_in_24_hours(client: Client, clock: AdjustableClock) -> None:
    ada = Caller(client, new_learner())
    (await move(ada, "Asia/Tokyo")).ok()
    clock.advance(seconds=90)
    # The first known zone is not a change.
    found = (await move(ada, "Europe/Berlin")).ok()
    assert (found["timezone"], found["zone_change_allowed_at"]) == ("Europe/Berlin", "2026-03-11T12:01:30Z")
    clock.advance(hours=24, seconds=-1)
    refused = (await move(ada, "Asia/Tokyo")).problem(409, "zone_changed_recently")
    assert "2026-03-11T12:01:30Z" in refused["detail"]
    found = await me(ada)
    assert (found["timezone"], found["zone_change_allowed_at"]) == ("Europe/Berlin", "2026-03-11T12:01:30Z")
    clock.advance(seconds=1)
    assert (await me(ada))["zone_change_allowed_at"] is None
    found = (await move(ada, "Asia/Tokyo")).ok()
    assert (found["timezone"], found["zone_change_allowed_at"]) == ("Asia/Tokyo", "2026-03-12T12:01:30Z")


async def test_of_many_concurrent_changes_only_two_are_made(client: Client, clock: AdjustableClock) -> None:
    """The first makes the zone known, the second changes it; the others come too soon."""
    ada = Caller(client, new_learner())
    zones = ("Asia/Tokyo", "Asia/Kolkata", "Europe/Berlin", "Europe/Paris", "Africa/Cairo", "America/Lima")
    answers = await asyncio.gather(*(move(ada, zone) for zone in zones))
    assert sorted(answer.status for answer in answers) == [200, 200, 409, 409, 409, 409]
    made = [zone for zone, answer in zip(zones, answers, strict=True) if answer.status == 200]
    assert (await me(ada))["timezone"] in made


async def test_the_same_zone_again_is_no_change(client: Client, clock: AdjustableClock) -> None:
    ada = Caller(client, new_learner())
    for _ in range(3):
        answer = (await move(ada, "Asia/Tokyo")).ok()
        assert (answer["timezone"], answer["zone_change_allowed_at"]) == ("Asia/Tokyo", None)
    revision = (await ada.progress())["revision"]
    await move(ada, "Europe/Berlin")
    clock.advance(hours=23)
    answer = (await move(ada, "Europe/Berlin")).ok()
    assert answer["zone_change_allowed_at"] == "2026-03-11T12:00:00Z"
    assert (await ada.progress())["revision"] == revision + 1


async def test_a_claimed_zone_may_be_changed_at_once(client: Client, clock: AdjustableClock) -> None:
    ada = Caller(client, new_learner(), zone="Asia/Tokyo")
    await ada.record_all(activity(START))
    assert (await me(ada))["zone_source"] == "claim"
    answer = (await move(ada, "Europe/Berlin")).ok()
    assert (answer["timezone"], answer["zone_source"]) == ("Europe/Berlin", "profile")
    assert "zone_hint" not in answer


async def test_S15_names_that_are_no_zone(client: Client, clock: AdjustableClock) -> None:
    ada = Caller(client, new_learner())
    names: list[object] = [
        "Mars/Olympus",
        "Europe",
        "europe/berlin",
        "EUROPE/BERLIN",
        "Europe/Berlin ",
        "Europe//Berlin",
        "Europe/../Europe/Berlin",
        "../../etc/passwd",
        "/etc/localtime",
        "localtime",
        "posixrules",
        "Factory",
        "posix/Europe/Berlin",
        "right/UTC",
        "tzdata.zi",
        "zone.tab",
        "UTC+1",
        "CET-1CEST",
        "+01:00",
        "UTC\x00",
        "\x00",
        "UTC\n",
        "",
        "x" * 300,
        "Ｕ\uff34\uff23",
        None,
        0,
        True,
        ["UTC"],
        {"zone": "UTC"},
    ]
    for name in names:
        answer = await move(ada, name)
        answer.problem(422, "invalid_body")
        assert answer.pointers() == ["/zone"], name
    answer = await ada.ask("PATCH", "/me", json={"zone": "\ud800"})
    answer.problem(422, "malformed_json")
    assert (await me(ada))["zone_source"] == "assumed"


@pytest.mark.parametrize("zone", ["UTC", "America/Argentina/ComodRivadavia", "Etc/GMT+12", "Asia/Calcutta", "EST5EDT"])
async def test_names_that_are_zones(client: Client, clock: AdjustableClock, zone: str) -> None:
    ada = Caller(client, new_learner())
    answer = (await move(ada, zone)).ok()
    assert (answer["timezone"], answer["zone_source"]) == (zone, "profile")


@pytest.mark.parametrize(
    ("body", "pointer"),
    [({"zone": "UTC", "role": "admin"}, "/role"), ({"timezone": "UTC"}, "/timezone"), ([], "")],
)
async def test_bodies_with_other_fields_are_refused(
    client: Client, clock: AdjustableClock, body: object, pointer: str
) -> None:
    answer = await Caller(client, new_learner()).ask("PATCH", "/me", json=body)
    answer.problem(422, "invalid_body")
    assert pointer in answer.pointers()


async def test_the_zone_decides_today_at_once(client: Client, clock: AdjustableClock) -> None:
    clock.set(datetime(2026, 3, 10, 10, 30, tzinfo=UTC))
    ada = Caller(client, new_learner())
    days = []
    for zone in ("UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago"):
        days.append((await move(ada, zone)).ok()["local_day"])
        clock.advance(hours=24)
    assert days == ["2026-03-10", "2026-03-12", "2026-03-11"]


async def test_flying_west_across_the_date_line_keeps_the_run(client: Client, clock: AdjustableClock) -> None:
    """Auckland to Honolulu: the tenth comes twice and is already met."""
    clock.set(datetime(2026, 3, 9, 20, tzinfo=UTC))  # 09:00 of the tenth in Auckland
    ada = Caller(client, new_learner())
    await move(ada, "Pacific/Auckland")
    await ada.record_all(activity(clock.now()))
    await move(ada, "Pacific/Honolulu")
    clock.advance(hours=9)  # 19:00 of the ninth in Honolulu
    overview = await ada.progress()
    assert (overview["local_day"], overview["streak"]["current_streak"], overview["streak"]["state"]) == (
        "2026-03-09",
        1,
        "active",
    )
    assert overview["streak"]["last_exercise_date"] == "2026-03-10"
    assert overview["streak"]["expires_at"] == "2026-03-12T10:00:00Z"
    body = await ada.record_all(activity(clock.now()))
    assert body["learners"][0]["streak"]["current_streak"] == 2
    body = await ada.record_all(activity(clock.now()))
    assert body["learners"][0]["streak"]["met_today"] is True


async def test_flying_east_across_the_date_line_shortens_days_and_keeps_the_run(
    client: Client, clock: AdjustableClock
) -> None:
    """Honolulu to Kiritimati, exactly a day ahead: only ten hours of the tenth are left."""
    clock.set(datetime(2026, 3, 10, 3, tzinfo=UTC))  # 17:00 of the ninth in Honolulu
    ada = Caller(client, new_learner())
    await move(ada, "Pacific/Honolulu")
    await ada.record_all(activity(clock.now()))
    clock.set(datetime(2026, 3, 10, 20, tzinfo=UTC))  # 10:00 of the tenth
    (await move(ada, "Pacific/Kiritimati")).ok()
    answer = (await ada.get("/progress/streak")).ok()
    assert (answer["local_day"], answer["current_streak"], answer["state"]) == ("2026-03-11", 1, "at_risk")
    assert answer["calendar"][9] == {
        "day": "2026-03-10",
        "state": "excused",
        "kind": "travel",
        "reason": "Excused: travel made this day short.",
        "code": "excused_travel",
        "values": {},
    }
    assert answer["expires_at"] == "2026-03-11T10:00:00Z"
    body = await ada.record_all(activity(clock.now()))
    assert body["learners"][0]["streak"]["current_streak"] == 2
