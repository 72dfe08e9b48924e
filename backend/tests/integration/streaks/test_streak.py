"""GET /progress/streak: the streak with its calendar, a month at a time, now or as of an instant."""

from datetime import UTC, datetime, timedelta

import pytest
from quart.typing import TestClientProtocol as Client

from support.builders import activity, exercise, new_learner
from support.callers import Caller, Json, service
from support.clock import START, AdjustableClock

DAY = timedelta(days=1)
PATH = "/progress/streak"


def march(day: int, hour: int = 12) -> datetime:
    """An instant in March 2026."""
    return datetime(2026, 3, day, hour, tzinfo=UTC)


async def streak(caller: Caller, **query: object) -> Json:
    """The streak."""
    return (await caller.get(PATH, **query)).ok()


async def met(client: Client, *days: int) -> Caller:
    """A learner with these days of March met."""
    ada = Caller(client, new_learner())
    await service(client).record_all(*(exercise(march(day)) for day in days), learner_id=ada.subject)
    return ada


def states(found: Json) -> list[str]:
    """The state of each day of the month, in order."""
    days = found["calendar"]
    assert [day["day"][8:] for day in days] == [f"{number:02}" for number in range(1, len(days) + 1)]
    assert {day["day"][:7] for day in days} == {found["month"]}
    assert all(day["reason"] for day in days)
    return [day["state"] for day in days]


async def test_a_month_with_every_state(client: Client, clock: AdjustableClock) -> None:
    clock.set(march(20))
    ada = await met(client, 2, 3, 6, 7, 8, 9, 10, 11, 12, 14, 15, 18)
    answer = await streak(ada)
    expected = ["none", "met", "met", "missed", "missed"]  # no freeze yet: the run of 2 ends
    expected += ["met"] * 7 + ["frozen"] + ["met"] * 2  # seven days earn a freeze, the thirteenth uses it
    expected += ["missed"] * 2 + ["met", "missed", "open"] + ["future"] * 11
    assert states(answer) == expected
    days = {day["day"][8:]: day["reason"] for day in answer["calendar"]}
    assert days["02"] == "You practised. Day 1 of this run."
    assert days["15"] == "You practised. Day 9 of this run."
    assert days["05"] == "A day off. The run before it ended at day 2."
    assert days["13"] == "A freeze covered this day off, and your run continued."
    assert days["20"] == "Today is open. It can be day 1."
    names = ("current_streak", "longest_streak", "state", "met_today", "last_exercise_date", "local_day", "timezone")
    assert [answer[name] for name in names] == [0, 9, "broken", False, "2026-03-18", "2026-03-20", "UTC"]
    assert answer["expires_at"] == "2026-03-20T00:00:00Z"


async def test_a_met_today_and_an_unbroken_run(client: Client, clock: AdjustableClock) -> None:
    ada = await met(client, 8, 9)
    answer = await streak(ada)
    assert states(answer) == ["none"] * 7 + ["met"] * 2 + ["open"] + ["future"] * 21
    assert answer["calendar"][9]["reason"] == "Today is open. One exercise makes it day 3."
    assert answer["state"] == "at_risk"
    await ada.record_all(activity(START))
    answer = await streak(ada)
    assert states(answer) == ["none"] * 7 + ["met"] * 3 + ["future"] * 21
    assert (answer["state"], answer["current_streak"]) == ("active", 3)


async def test_other_months(client: Client, clock: AdjustableClock) -> None:
    ada = await met(client, 1, 2)
    assert states(await streak(ada, month="2026-03"))[:3] == ["met", "met", "missed"]
    assert states(await streak(ada, month="2026-02")) == ["none"] * 28
    assert states(await streak(ada, month="2024-02")) == ["none"] * 29
    assert states(await streak(ada, month="2026-04")) == ["future"] * 30
    assert states(await streak(ada, month="1900-01")) == ["none"] * 31
    assert states(await streak(ada, month="2199-12")) == ["future"] * 31


async def test_a_new_learner(client: Client, clock: AdjustableClock) -> None:
    for caller, query in ((Caller(client, new_learner()), {}), (service(client), {"learner_id": new_learner()})):
        answer = await streak(caller, **query)
        assert states(answer) == ["none"] * 9 + ["open"] + ["future"] * 21
        assert (answer["current_streak"], answer["state"], answer["repairable_until"]) == (0, "none", None)


async def test_a_run_continues_over_the_end_of_a_month(client: Client, clock: AdjustableClock) -> None:
    ada = Caller(client, new_learner())
    last = [exercise(datetime(2026, 2, day, 12, tzinfo=UTC)) for day in (26, 27, 28)]
    await service(client).record_all(*last, exercise(march(1)), learner_id=ada.subject)
    assert (await streak(ada))["calendar"][0]["reason"] == "You practised. Day 4 of this run."
    assert states(await streak(ada, month="2026-02")) == ["none"] * 25 + ["met"] * 3


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (march(6), None),  # the run still holds
        (march(7, 0), "2026-03-10T00:00:00Z"),
        (march(8), "2026-03-10T00:00:00Z"),
        (march(8, 23), "2026-03-10T00:00:00Z"),
        (march(9), None),  # three days are too many
        (march(10), None),
    ],
)
async def test_the_deadline_to_repair_a_gap(
    client: Client, clock: AdjustableClock, now: datetime, until: str | None
) -> None:
    clock.set(march(5))
    ada = await met(client, 1, 2, 3, 4, 5)
    clock.set(now)
    assert (await streak(ada))["repairable_until"] == until


async def test_a_past_gap_is_repairable_for_72_hours(client: Client, clock: AdjustableClock) -> None:
    clock.set(march(9))
    ada = await met(client, 4, 5, 7, 8, 9)
    clock.set(datetime(2026, 3, 9, 23, 59, 59, tzinfo=UTC))
    assert (await streak(ada))["repairable_until"] == "2026-03-10T00:00:00Z"
    clock.advance(seconds=1)
    assert (await streak(ada))["repairable_until"] is None


async def test_a_cached_answer_holds_all_day(client: Client, clock: AdjustableClock) -> None:
    """72 hours over the change to summer time end an hour after Berlin's midnight."""
    clock.set(march(31))
    ada = await met(client, 26, 27, 29, 30, 31)
    (await ada.ask("PATCH", "/me", json={"zone": "Europe/Berlin"})).ok()
    clock.set(datetime(2026, 3, 31, 22, 30, tzinfo=UTC))
    before = await streak(ada)
    assert before["repairable_until"] == "2026-03-31T23:00:00Z"
    clock.set(datetime(2026, 4, 1, 12, tzinfo=UTC))
    assert await streak(ada) == before
    assert await streak(ada, month="2026-04") == before


# ---- as of an instant


@pytest.mark.parametrize(
    ("at", "current", "state", "met_today"),
    [
        ("2026-02-28T23:59:59Z", 0, "none", False),
        ("2026-03-01T11:59:59Z", 0, "none", False),
        ("2026-03-01T12:00:00Z", 1, "active", True),
        ("2026-03-02T11:59:59Z", 1, "at_risk", False),
        ("2026-03-02T12:00:00+00:00", 2, "active", True),
        ("2026-03-02T14:00:00+02:00", 2, "active", True),
        ("2026-03-02T13:59:59+02:00", 1, "at_risk", False),
        ("2026-03-04T00:00:00Z", 0, "broken", False),
        ("2026-03-06T12:00:00Z", 1, "active", True),
        ("2026-03-10T12:00:00Z", 0, "broken", False),
        ("1900-01-01T00:00:00Z", 0, "none", False),
    ],
)
@pytest.mark.parametrize("role", ["service", "admin"])
async def test_a_streak_as_of_an_instant(
    client: Client, clock: AdjustableClock, role: str, at: str, current: int, state: str, met_today: bool
) -> None:
    ada = await met(client, 1, 2, 6)
    answer = await streak(Caller(client, "asker", [role]), learner_id=ada.subject, at=at)
    assert (answer["current_streak"], answer["state"], answer["met_today"]) == (current, state, met_today)


async def test_the_month_defaults_to_that_of_the_instant(client: Client, clock: AdjustableClock) -> None:
    ada = await met(client, 1, 2, 6)
    teacher = service(client)
    answer = await streak(teacher, learner_id=ada.subject, at="2026-03-02T12:00:00Z")
    assert (answer["month"], answer["local_day"]) == ("2026-03", "2026-03-02")
    assert states(answer) == ["met", "met"] + ["future"] * 29
    answer = await streak(teacher, learner_id=ada.subject, at="2026-02-14T12:00:00Z")
    assert states(answer) == ["none"] * 13 + ["open"] + ["future"] * 14
    answer = await streak(teacher, learner_id=ada.subject, at="2026-03-06T12:00:00Z", month="2026-02")
    assert answer["month"] == "2026-02"


async def test_the_first_activity_of_a_day_met_it(client: Client, clock: AdjustableClock) -> None:
    ada, teacher = Caller(client, new_learner()), service(client)
    for hour in (18, 9, 13):
        await teacher.record_all(exercise(march(9, hour)), learner_id=ada.subject)
    await teacher.record_all(activity(march(9, 6), verb="earned", object_type="badge"), learner_id=ada.subject)
    for hour, current in ((6, 0), (8, 0), (9, 1), (18, 1)):
        answer = await streak(teacher, learner_id=ada.subject, at=march(9, hour).isoformat())
        assert answer["current_streak"] == current


async def test_as_of_an_instant_the_learner_is_where_it_was_then(client: Client, clock: AdjustableClock) -> None:
    ada = await met(client, 1, 2)
    history = [
        {"valid_from": None, "zone": "Pacific/Honolulu"},
        {"valid_from": march(5).isoformat(), "zone": "Europe/Berlin"},
    ]
    root = Caller(client, "root", ["admin"])
    (await root.ask("PUT", f"/admin/learners/{ada.subject}/zones", json=history)).ok()
    for at, zone, day in (
        (march(2, 6), "Pacific/Honolulu", "2026-03-01"),
        (march(5, 0), "Pacific/Honolulu", "2026-03-04"),
        (march(5), "Europe/Berlin", "2026-03-05"),
        (march(6, 23), "Europe/Berlin", "2026-03-07"),
    ):
        answer = await streak(service(client), learner_id=ada.subject, at=at.isoformat())
        assert (answer["timezone"], answer["local_day"]) == (zone, day)


async def test_as_of_is_refused_to_learners_and_for_the_future(client: Client, clock: AdjustableClock) -> None:
    ada = await met(client, 9)
    (await ada.get(PATH, at="2026-03-09T12:00:00Z")).problem(403, "role_not_allowed")
    teacher = service(client)
    await streak(teacher, learner_id=ada.subject, at="2026-03-10T12:00:00Z")
    ahead = await teacher.get(PATH, learner_id=ada.subject, at="2026-03-10T12:00:00.000001Z")
    assert ahead.problem(422, "at_in_the_future")["errors"][0]["code"] == "in_the_future"
    assert ahead.pointers() == ["/at"]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ({"month": "2026-13"}, "/month"),
        ({"month": "2026-00"}, "/month"),
        ({"month": "2026-3"}, "/month"),
        ({"month": "26-03"}, "/month"),
        ({"month": "2026-03-01"}, "/month"),
        ({"month": "1899-12"}, "/month"),
        ({"month": "2200-01"}, "/month"),
        ({"month": "2026-03\n"}, "/month"),
        ({"month": "٢٠٢٦-03"}, "/month"),
        ({"month": ""}, "/month"),
        ({"at": "2026-03-10T12:00:00"}, "/at"),
        ({"at": "2026-03-10"}, "/at"),
        ({"at": "1700000000"}, "/at"),
        ({"at": "0001-01-01T00:00:00+14:00"}, "/at"),
        ({"at": "9999-12-31T23:59:59-14:00"}, "/at"),
        ({"year": "2026"}, "/year"),
    ],
)
async def test_invalid_months_and_instants_are_refused(
    client: Client, clock: AdjustableClock, query: dict[str, object], pointer: str
) -> None:
    answer = await service(client).get(PATH, learner_id=new_learner(), **query)
    answer.problem(422, "invalid_query")
    assert answer.pointers() == [pointer]


async def test_the_calendar_has_the_learners_local_days(client: Client, clock: AdjustableClock) -> None:
    clock.set(datetime(2026, 3, 31, 23, 30, tzinfo=UTC))
    ada = Caller(client, new_learner(), zone="Asia/Tokyo")
    await ada.record_all(activity(clock.now()))
    answer = await streak(ada)
    assert (answer["month"], answer["local_day"], answer["timezone"]) == ("2026-04", "2026-04-01", "Asia/Tokyo")
    assert states(answer) == ["met"] + ["future"] * 29
    assert answer["expires_at"] == "2026-04-02T15:00:00Z"


async def test_a_date_that_did_not_exist_cannot_be_missed(client: Client, clock: AdjustableClock) -> None:
    """Samoa had no 30 December 2011."""
    ada, teacher = Caller(client, new_learner()), service(client)
    (await ada.ask("PATCH", "/me", json={"zone": "Pacific/Apia"})).ok()
    days = ("2011-12-29T20:00:00Z", "2011-12-30T20:00:00Z")  # 29 December at UTC-10, 31 December at UTC+14
    await teacher.record_all(*({**exercise(START), "occurred_at": day} for day in days), learner_id=ada.subject)
    answer = await streak(ada, month="2011-12")
    assert states(answer)[27:] == ["none", "met", "excused", "met"]
    assert answer["calendar"][29]["kind"] == "impossible"
    assert answer["longest_streak"] == 2
