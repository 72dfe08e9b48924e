"""Closing the gap that broke a run: POST /me/streak-repair, and restoration by an administrator."""

import asyncio
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


async def met(client: Client, *days: int) -> Caller:
    """A learner with these days of March met."""
    ada = Caller(client, new_learner())
    await service(client).record_all(*(exercise(at(number)) for number in days), learner_id=ada.subject)
    return ada


async def repair(caller: Caller) -> Answer:
    """POST the repair."""
    return await caller.post("/me/streak-repair")


async def restore(root: Caller, learner: str, *days: str | None, reason: str = "a mistake of ours") -> Answer:
    """POST a restoration from the first of these days to the last."""
    named = dict(zip(("first_day", "last_day"), days, strict=False))
    body = {"reason": reason, **{name: day for name, day in named.items() if day is not None}}
    return await root.post(f"/admin/learners/{learner}/restore-streak", body)


async def days_of_march(caller: Caller) -> dict[int, Json]:
    """The calendar, by day."""
    calendar = (await caller.get("/progress/streak", month="2026-03")).ok()["calendar"]
    return {int(day["day"][8:]): day for day in calendar}


async def runs(caller: Caller, first: int, last: int) -> list[int]:
    """The streak at the end of each of these days, from the history."""
    query = {"start_date": at(first).date().isoformat(), "end_date": at(last).date().isoformat()}
    return [day["current_streak"] for day in (await caller.get("/progress/history", **query)).ok()["days"]]


async def test_a_repair_joins_the_run_with_later_days(client: Client) -> None:
    ada = await met(client, 4, 5, 6, 9, 10)
    before = await ada.progress()
    assert (before["streak"]["current_streak"], await runs(ada, 6, 10)) == (2, [3, 3, 0, 1, 2])
    repaired = (await repair(ada)).ok()
    assert repaired["repaired"] == [{"first_day": "2026-03-07", "last_day": "2026-03-08"}]
    assert (repaired["streak"]["current_streak"], repaired["streak"]["longest_streak"]) == (5, 5)
    assert repaired["revision"] == before["revision"] + 1
    assert (await ada.progress())["streak"] == repaired["streak"]
    calendar = await days_of_march(ada)
    assert calendar[7] == {
        "day": "2026-03-07",
        "state": "excused",
        "kind": "repair",
        "reason": "Excused: you repaired this day, and your run continues.",
        "code": "excused_repair",
        "values": {},
    }
    assert await runs(ada, 6, 10) == [3, 3, 3, 4, 5]
    assert (await ada.get("/progress/streak")).ok()["repairable_until"] is None


async def test_freezes_cover_the_first_days_and_the_last_are_repaired(client: Client, clock: AdjustableClock) -> None:
    ada = await met(client, *range(1, 8))
    clock.set(at(11))
    repaired = (await repair(ada)).ok()
    assert repaired["repaired"] == [{"first_day": "2026-03-09", "last_day": "2026-03-10"}]
    streak = repaired["streak"]
    assert (streak["current_streak"], streak["state"], streak["freezes"], streak["freezes_pending"]) == (
        7,
        "at_risk",
        0,
        1,
    )
    calendar = await days_of_march(ada)
    assert [calendar[number]["state"] for number in range(7, 13)] == [
        "met",
        "frozen",
        *["excused"] * 2,
        "open",
        "future",
    ]


async def test_nothing_to_repair(client: Client) -> None:
    for ada in (Caller(client, new_learner()), await met(client, 9), await met(client, 8, 9, 10)):
        revision = (await ada.progress())["revision"]
        (await repair(ada)).problem(409, "nothing_to_repair")
        assert (await ada.progress())["revision"] == revision


async def test_a_refusal_names_each_condition_and_until_when(client: Client, clock: AdjustableClock) -> None:
    ada = await met(client, 2, 4)
    clock.set(at(5))
    (await repair(ada)).ok()
    clock.set(at(11))
    refused = (await repair(ada)).problem(409, "repair_not_possible")
    assert refused["detail"] == (
        "The gap has 6 missed days; at most 2 can be repaired. The repair was possible until 2026-03-09T00:00:00Z. "
        "A repair is possible once in 30 days; the next from 2026-04-04T12:00:00Z."
    )
    assert refused["conditions"] == [
        {"condition": "days", "failed": True, "days": 6, "most": 2},
        {"condition": "time", "failed": True, "until": "2026-03-09T00:00:00Z"},
        {"condition": "interval", "failed": True, "allowed_again_at": "2026-04-04T12:00:00Z"},
    ]


@pytest.mark.parametrize(
    ("days", "now", "failed"),
    [
        ((4, 5, 9), at(9), ["days"]),
        ((4, 5, 7, 8, 9), datetime(2026, 3, 9, 23, 59, 59, tzinfo=UTC), []),
        ((4, 5, 7, 8, 9), at(10, 0), ["time"]),
        ((4, 5, 9), at(10, 0), ["days", "time"]),
    ],
)
async def test_a_refusal_marks_only_the_failed_conditions(
    client: Client, clock: AdjustableClock, days: tuple[int, ...], now: datetime, failed: list[str]
) -> None:
    ada = await met(client, *days)
    clock.set(now)
    answered = await repair(ada)
    if not failed:
        answered.ok()
        return
    refused = answered.problem(409, "repair_not_possible")
    assert [condition["condition"] for condition in refused["conditions"] if condition["failed"]] == failed
    assert refused["conditions"][1]["until"] == "2026-03-10T00:00:00Z"
    assert "allowed_again_at" in refused["conditions"][2]


async def test_a_repair_thirty_times_24_hours_later(client: Client, clock: AdjustableClock) -> None:
    ada = await met(client, 7, 9)
    (await repair(ada)).ok()
    clock.set(at(39, 13))
    await service(client).record_all(*(exercise(at(number)) for number in (37, 39)), learner_id=ada.subject)
    clock.set(START + 30 * DAY - timedelta(seconds=1))
    refused = (await repair(ada)).problem(409, "repair_not_possible")
    assert [condition["failed"] for condition in refused["conditions"]] == [False, False, True]
    clock.advance(seconds=1)
    assert (await repair(ada)).ok()["repaired"] == [{"first_day": "2026-04-07", "last_day": "2026-04-07"}]


async def test_one_of_many_concurrent_repairs_succeeds(client: Client) -> None:
    ada = await met(client, 7, 9)
    answers = await asyncio.gather(*(repair(ada) for _ in range(5)))
    assert sorted(answer.status for answer in answers) == [200, 409, 409, 409, 409]
    assert (await ada.progress())["streak"]["current_streak"] == 2


async def test_repairs_and_restorations_need_their_role(client: Client) -> None:
    ada = await met(client, 7, 9)
    for role in ("service", "admin"):
        (await repair(Caller(client, ada.subject, [role]))).problem(403, "role_not_allowed")
    for caller in (ada, service(client)):
        (await restore(caller, ada.subject)).problem(403, "role_not_allowed")
    root, nobody = Caller(client, "root", ["admin"]), new_learner()
    (await restore(root, nobody)).problem(404, "learner_not_found")
    assert (await Caller(client, nobody).progress())["revision"] == 0
    assert (await ada.progress())["streak"]["current_streak"] == 1


async def test_an_administrator_restores_a_gap_however_long(client: Client, clock: AdjustableClock) -> None:
    ada, root = await met(client, 1, 2, 9, 10), Caller(client, "root", ["admin"])
    clock.set(at(60))
    assert (await ada.progress())["streak"]["state"] == "broken"
    restored = (await restore(root, ada.subject)).ok()
    assert restored["restored"] == [{"first_day": "2026-03-11", "last_day": "2026-04-28"}]
    assert (restored["streak"]["current_streak"], restored["streak"]["state"]) == (2, "at_risk")
    restored = (await restore(root, ada.learner_id, "2026-03-03", "2026-03-08", reason="ill")).ok()
    assert (restored["streak"]["current_streak"], restored["learner_id"]) == (4, ada.learner_id)
    calendar = await days_of_march(ada)
    assert (calendar[3]["kind"], calendar[3]["reason"]) == ("restore", "Excused: this day was restored for you.")
    assert await runs(ada, 1, 11) == [1, *[2] * 7, 3, 4, 4]
    (await restore(root, ada.subject)).problem(409, "nothing_to_restore")
    entries = (await root.get("/admin/audit", about=ada.subject)).ok()["entries"]
    assert [(entry["action"], entry["actor"], entry["body"]) for entry in entries] == [
        (
            "streak.restore",
            "root",
            {"days": [{"first_day": "2026-03-03", "last_day": "2026-03-08"}], "reason": "ill"},
        ),
        (
            "streak.restore",
            "root",
            {"days": [{"first_day": "2026-03-11", "last_day": "2026-04-28"}], "reason": "a mistake of ours"},
        ),
    ]
    # A restoration is not a repair: the learner can still use its own.
    clock.set(at(64))
    await ada.record_all(activity(at(60)), activity(at(62)), activity(at(63)))
    assert (await repair(ada)).ok()["repaired"] == [{"first_day": "2026-04-30", "last_day": "2026-04-30"}]


@pytest.mark.parametrize(
    ("days", "code", "pointer"),
    [
        (("2026-03-09", "2026-03-08"), "impossible_restoration", "/last_day"),
        (("2026-03-09", "2026-03-11"), "impossible_restoration", "/last_day"),
        (("2025-03-09", "2026-03-10"), "impossible_restoration", "/last_day"),
        (("2026-03-09", None), "impossible_restoration", "/last_day"),
        ((None, "2026-03-09"), "impossible_restoration", "/first_day"),
        (("0001-01-01", "2026-03-09"), "invalid_body", "/first_day"),
        (("2026-03-09", "9999-12-31"), "invalid_body", "/last_day"),
    ],
)
async def test_invalid_restorations_are_refused(
    client: Client, days: tuple[str | None, ...], code: str, pointer: str
) -> None:
    ada = await met(client, 7, 9)
    answered = await restore(Caller(client, "root", ["admin"]), ada.subject, *days)
    answered.problem(422, code)
    assert answered.pointers() == [pointer]
    assert (await ada.progress())["streak"]["current_streak"] == 1
