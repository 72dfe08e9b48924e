"""Pauses: /me/pauses, their effect on streak, calendar and history, and which are refused until when."""

import asyncio
import itertools
from datetime import UTC, datetime, timedelta

import pytest
from quart.typing import TestClientProtocol as Client

from support.builders import activity, exercise, new_learner
from support.callers import Answer, Caller, Json, service
from support.clock import START, AdjustableClock

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START, 10 March at noon."""


def at(day: int, hour: int = 12) -> datetime:
    """An instant in March 2026."""
    return datetime(2026, 3, 1, hour, tzinfo=UTC) + (day - 1) * DAY


def day(number: int) -> str:
    """A date, counted from the first of March 2026."""
    return (at(number)).date().isoformat()


async def pause(caller: Caller, first: int, last: int, **body: object) -> Answer:
    """POST a pause over these days of March."""
    return await caller.post("/me/pauses", {"first_day": day(first), "last_day": day(last), **body})


async def spans(caller: Caller) -> list[tuple[str, str]]:
    """All pauses."""
    pauses = (await caller.get("/me/pauses")).ok()["pauses"]
    return [(pause["first_day"], pause["last_day"]) for pause in pauses]


async def calendar(caller: Caller) -> dict[int, str]:
    """The letter of each day of March: m met, e excused, f frozen, - missed, o open, > future."""
    letters = {"met": "m", "excused": "e", "frozen": "f", "missed": "-", "open": "o", "future": ">", "none": " "}
    answer = (await caller.get("/progress/streak", month="2026-03")).ok()
    return {int(day["day"][8:]): letters[day["state"]] for day in answer["calendar"]}


def picture(found: dict[int, str], first: int, last: int) -> str:
    """The letters of these days in a row."""
    return "".join(found[number] for number in range(first, last + 1))


async def runs(caller: Caller, first: int, last: int) -> list[int]:
    """The streak at the end of each of these days, from the history."""
    query = {"start_date": day(first), "end_date": day(last)}
    return [day["current_streak"] for day in (await caller.get("/progress/history", **query)).ok()["days"]]


async def met(client: Client, *days: int, zone: str | None = None) -> Caller:
    """A learner with these days of March met."""
    ada = Caller(client, new_learner())
    if zone is not None:
        (await ada.ask("PATCH", "/me", json={"zone": zone})).ok()
    await service(client).record_all(*(exercise(at(number)) for number in days), learner_id=ada.subject)
    return ada


async def test_a_pause_keeps_the_run_and_the_calendar_shows_the_reason(client: Client, clock: AdjustableClock) -> None:
    ada = await met(client, 8, 9)
    before = await ada.progress()
    created = (await pause(ada, 10, 19, reason="to the sea")).ok()
    assert created["pause"].pop("id")
    assert created["pause"] == {
        "first_day": "2026-03-10",
        "last_day": "2026-03-19",
        "reason": "to the sea",
        "created_at": "2026-03-10T12:00:00Z",
    }
    # The first day after the pause is the last that saves the run.
    assert created["streak"] == {
        **before["streak"],
        "state": "active",
        "paused": True,
        "expires_at": "2026-03-21T00:00:00Z",
    }
    assert created["revision"] == before["revision"] + 1
    assert (await ada.progress())["streak"] == created["streak"]
    found = (await ada.get("/progress/streak", month="2026-03")).ok()["calendar"]
    assert found[9] == {
        "day": "2026-03-10",
        "state": "excused",
        "kind": "pause",
        "reason": "Excused: you took a pause. Your run is on hold.",
        "code": "excused_pause",
        "values": {},
    }
    assert found[18]["reason"] == "Excused: a pause is planned. Your run will be on hold."
    assert (await ada.get("/me/pauses")).ok()["days_used"] == 10

    clock.set(at(20))
    assert (await ada.progress())["streak"]["state"] == "at_risk"
    body = await ada.record_all(activity(at(20)))
    assert (body["learners"][0]["streak"]["current_streak"], body["learners"][0]["streak"]["freezes"]) == (3, 0)
    assert picture(await calendar(ada), 7, 21) == " mm" + "e" * 10 + "m>"
    assert await runs(ada, 8, 20) == [1] + [2] * 11 + [3]


async def test_practice_during_a_pause_counts(client: Client, clock: AdjustableClock) -> None:
    ada = await met(client, 9)
    (await pause(ada, 10, 12)).ok()
    body = await ada.record_all(activity(START))
    assert (body["learners"][0]["streak"]["current_streak"], body["learners"][0]["streak"]["paused"]) == (2, False)
    assert picture(await calendar(ada), 9, 13) == "mmee>"


async def test_a_pause_can_be_cancelled(client: Client, clock: AdjustableClock) -> None:
    ada = await met(client, 9)
    running, planned = (await pause(ada, 10, 14)).ok(), (await pause(ada, 20, 22)).ok()
    gone = (await ada.ask("DELETE", f"/me/pauses/{planned['pause']['id']}")).ok()
    assert (gone["pause"], await spans(ada)) == (None, [("2026-03-10", "2026-03-14")])

    clock.set(at(12))
    address = f"/me/pauses/{running['pause']['id']}"
    ended = (await ada.ask("DELETE", address)).ok()
    assert ended["pause"]["last_day"] == "2026-03-11"
    assert (ended["streak"]["state"], ended["streak"]["paused"]) == ("at_risk", False)
    assert ended["streak"]["expires_at"] == "2026-03-13T00:00:00Z"
    assert picture(await calendar(ada), 9, 13) == "meeo>"
    refused = (await ada.ask("DELETE", address)).problem(409, "pause_is_over")
    assert refused["last_day"] == "2026-03-11"
    clock.set(at(13))
    assert (await ada.progress())["streak"]["state"] == "broken"


async def test_a_pause_cancelled_on_its_first_day_is_gone(client: Client, clock: AdjustableClock) -> None:
    ada = await met(client, 9)
    created = (await pause(ada, 10, 14)).ok()
    ended = (await ada.ask("DELETE", f"/me/pauses/{created['pause']['id']}")).ok()
    assert (ended["pause"], await spans(ada)) == (None, [])
    assert (await pause(ada, 10, 14)).status == 200, "and may be requested again"


async def test_pauses_of_others_cannot_be_cancelled(client: Client, clock: AdjustableClock) -> None:
    ada, bob = await met(client, 9), await met(client, 9)
    pause_id = (await pause(ada, 11, 12)).ok()["pause"]["id"]
    (await bob.ask("DELETE", f"/me/pauses/{pause_id}")).problem(404, "pause_not_found")
    (await Caller(client, new_learner()).ask("DELETE", f"/me/pauses/{pause_id}")).problem(404, "pause_not_found")
    for strange in ("x", pause_id + "0", "..", "%00"):
        assert (await ada.ask("DELETE", f"/me/pauses/{strange}")).status == 404
    for role in ("service", "admin"):
        root = Caller(client, ada.subject, [role])
        (await root.get("/me/pauses")).problem(403, "role_not_allowed")
        (await pause(root, 20, 21)).problem(403, "role_not_allowed")
        (await root.ask("DELETE", f"/me/pauses/{pause_id}")).problem(403, "role_not_allowed")
    assert await spans(ada) == [("2026-03-11", "2026-03-12")]


async def test_a_refusal_says_why_and_until_when(client: Client, clock: AdjustableClock) -> None:
    ada = await met(client, 9)
    (await pause(ada, 20, 29)).ok()
    revision = (await ada.progress())["revision"]
    refused = (await pause(ada, 15, 20)).problem(409, "pause_overlaps")
    assert refused["detail"] == (
        "There is already a pause from 2026-03-20 to 2026-03-29. A pause of 6 days is possible from 2026-03-30."
    )
    assert (refused["conditions"], refused["possible_from"]) == (["overlaps"], "2026-03-30")

    answered = await pause(ada, 5, 21)
    refused = answered.problem(422, "impossible_pause")
    assert (refused["conditions"], refused["possible_from"]) == (["in_the_past", "overlaps"], "2026-03-30")
    assert answered.pointers() == ["/first_day"]
    answered = await pause(ada, 40, 70)
    assert answered.problem(422, "impossible_pause")["conditions"] == ["too_long"]
    assert answered.pointers() == ["/last_day"]
    answered = await pause(ada, 12, 11)
    assert answered.problem(422, "impossible_pause")["conditions"] == ["ends_before_it_begins"]
    answered = await pause(ada, 10 + 366, 10 + 366)
    assert answered.problem(422, "impossible_pause")["conditions"] == ["too_far_ahead"]
    assert await spans(ada) == [("2026-03-20", "2026-03-29")]

    (await pause(ada, 40, 69)).ok()
    (await pause(ada, 80, 99)).ok()
    refused = (await pause(ada, 120, 121)).problem(409, "pause_allowance_used")
    assert refused["conditions"] == ["too_many_days"]
    # The last date that can be planned is 10 March of next year; until then every window of 365 days is full.
    assert "possible_from" not in refused
    clock.set(at(60))
    refused = (await pause(ada, 120, 121)).problem(409, "pause_allowance_used")
    assert refused["possible_from"] == "2027-03-20"
    (await pause(ada, 20 + 365, 21 + 365)).ok()
    assert (await ada.progress())["revision"] == revision + 3


async def test_today_may_be_paused_only_while_it_is_not_met(client: Client, clock: AdjustableClock) -> None:
    ada = await met(client, 9, 10)
    refused = (await pause(ada, 10, 10)).problem(422, "impossible_pause")
    assert (refused["conditions"], refused["possible_from"]) == (["in_the_past"], "2026-03-11")
    (await pause(ada, 11, 11)).ok()
    # Noon UTC is 02:00 of the eleventh in Kiritimati.
    bob = await met(client, 8, zone="Pacific/Kiritimati")
    refused = (await pause(bob, 10, 10)).problem(422, "impossible_pause")
    assert refused["possible_from"] == "2026-03-11"
    (await pause(bob, 11, 11)).ok()


BODIES: list[tuple[object, str]] = [
    ({}, "/first_day"),
    ({"first_day": "2026-03-11"}, "/last_day"),
    ({"first_day": "2026-03-11", "last_day": "2026-02-30"}, "/last_day"),
    ({"first_day": "0001-01-01", "last_day": "2026-03-12"}, "/first_day"),
    ({"first_day": "2026-03-11", "last_day": "9999-12-31"}, "/last_day"),
    ({"first_day": 20_260_311, "last_day": "2026-03-12"}, "/first_day"),
    ({"first_day": "2026-03-11T00:00:00Z", "last_day": "2026-03-12"}, "/first_day"),
    ({"first_day": "2026-03-11", "last_day": "2026-03-12", "kind": "restore"}, "/kind"),
    ({"first_day": "2026-03-11", "last_day": "2026-03-12", "reason": "\x00"}, "/reason"),
    ({"first_day": "2026-03-11", "last_day": "2026-03-12", "reason": "x" * 201}, "/reason"),
]


@pytest.mark.parametrize(("body", "pointer"), BODIES)
async def test_bodies_that_are_no_pause_are_refused(client: Client, body: object, pointer: str) -> None:
    ada = Caller(client, new_learner())
    answered = await ada.post("/me/pauses", body)
    answered.problem(422, "invalid_body")
    assert pointer in answered.pointers()
    assert await spans(ada) == []


async def test_concurrent_pauses_never_cover_a_date_twice(client: Client) -> None:
    ada = await met(client, 9)
    answers = await asyncio.gather(*(pause(ada, first, first + 4) for first in range(12, 20)))
    pauses = sorted(await spans(ada))
    assert len(pauses) == sum(answer.status == 200 for answer in answers) <= 2
    assert {answer.status for answer in answers} == {200, 409}
    assert all(first[1] < second[0] for first, second in itertools.pairwise(pauses))


async def test_intake_sees_a_pause_at_once(client: Client, clock: AdjustableClock) -> None:
    """Intake caches the facts that decide days; the revision of days proves that they still hold."""
    ada = await met(client, 8)
    await ada.record_all(activity(at(9)))
    (await pause(ada, 10, 11)).ok()
    clock.set(at(12))
    body = await ada.record_all(activity(at(12)))
    assert body["learners"][0]["streak"]["current_streak"] == 3


async def test_expiry_over_a_pause_and_summer_time(client: Client, clock: AdjustableClock) -> None:
    """Berlin's clocks go forward on 29 March 2026: the last day that saves the run ends at 22:00 UTC, not 23:00."""
    clock.set(at(27))
    ada = await met(client, 26, 27, zone="Europe/Berlin")
    assert (await ada.progress())["streak"]["expires_at"] == "2026-03-28T23:00:00Z"
    (await pause(ada, 28, 30)).ok()
    assert (await ada.progress())["streak"]["expires_at"] == "2026-03-31T22:00:00Z"
    clock.set(datetime(2026, 3, 31, 21, 59, 59, tzinfo=UTC))
    assert (await ada.progress())["streak"]["state"] == "at_risk"
    clock.advance(seconds=1)
    assert (await ada.progress())["streak"]["state"] == "broken"
    assert (await ada.get("/progress/streak")).ok()["expires_at"] == "2026-03-31T22:00:00Z"


async def test_a_streak_as_of_an_instant_uses_the_pauses_known_now(client: Client, clock: AdjustableClock) -> None:
    ada = await met(client, 8, 9)
    (await pause(ada, 10, 12)).ok()
    clock.set(at(15))
    query: Json = {"learner_id": ada.subject, "at": at(12).isoformat()}
    answer = (await service(client).get("/progress/streak", **query)).ok()
    assert (answer["current_streak"], answer["state"], answer["paused"]) == (2, "active", True)
    assert answer["expires_at"] == "2026-03-14T00:00:00Z"
