"""POST /progress/update-streak: an exercise or a check-in, and its effect on the streak."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from quart.typing import TestClientProtocol as Client

from support.builders import activity, exercise, new_learner
from support.callers import Answer, Caller, Json, service
from support.clock import START, AdjustableClock

PATH = "/progress/update-streak"
DAY = timedelta(days=1)


async def check_in(caller: Caller, **query: object) -> tuple[object, ...]:
    """The outcome, the current streak, whether it is a record, the freezes."""
    return told(await caller.post(PATH, **query))


def told(answer: Answer) -> tuple[object, ...]:
    """The outcome, the current streak, whether it is a record, the freezes."""
    body = answer.ok()
    return body["outcome"], body["current_streak"], body["is_new_record"], body["freezes"]


async def test_the_whole_answer_of_a_first_check_in(client: Client, clock: AdjustableClock) -> None:
    ada = Caller(client, new_learner())
    assert (await ada.post(PATH)).ok() == {
        "current_streak": 1,
        "longest_streak": 1,
        "outcome": "started",
        "is_new_record": True,
        "last_exercise_date": "2026-03-10",
        "freezes": 0,
        "level_changes": [],
        "unlocked": [],
    }
    (activity,) = await ada.feed()
    assert (activity["id"], activity["verb"], activity["object_type"]) == (
        "check-in:2026-03-10",
        "practised",
        "check_in",
    )
    overview = await ada.progress()
    assert (overview["points"], overview["exercises_completed"], overview["minutes"]) == (0, 0, 0)


async def test_each_outcome_in_the_life_of_a_streak(client: Client, clock: AdjustableClock) -> None:
    ada = Caller(client, new_learner())
    assert await check_in(ada) == ("started", 1, True, 0)
    assert told(await ada.post(PATH, {"exercise": activity(START)})) == ("already_counted", 1, False, 0)
    for run in range(2, 7):
        clock.advance(days=1)
        assert await check_in(ada) == ("continued", run, True, 0)
    clock.advance(days=1)
    assert await check_in(ada) == ("continued", 7, True, 1)
    clock.advance(days=2)
    assert await check_in(ada) == ("continued_with_freeze", 8, True, 0)
    clock.advance(days=2)
    assert await check_in(ada) == ("broken_and_restarted", 1, False, 0)
    late = activity(clock.now() - DAY, id=None)
    assert told(await ada.post(PATH, {"exercise": late})) == ("late", 10, True, 0)
    assert await check_in(ada) == ("broken_and_restarted", 10, False, 0), "as the first time, with the streak of now"


async def test_with_freezes_at_the_cap_a_gap_of_two_days_is_carried(client: Client, clock: AdjustableClock) -> None:
    ada = Caller(client, new_learner())
    sent = [activity(START - days * DAY) for days in range(14)]
    await service(client).record_all(*sent, learner_id=ada.subject)
    assert (await ada.progress())["streak"]["freezes"] == 2
    clock.advance(days=3)
    assert await check_in(ada) == ("continued_with_freeze", 15, True, 0)
    clock.advance(days=2)
    assert await check_in(ada) == ("broken_and_restarted", 1, False, 0)


async def test_a_late_day_that_joins_no_run_is_late_too(client: Client, clock: AdjustableClock) -> None:
    ada = Caller(client, new_learner())
    await check_in(ada)
    sent = {"exercise": activity(START - 5 * DAY)}
    assert told(await ada.post(PATH, sent)) == ("late", 1, False, 0)
    assert told(await ada.post(PATH, sent)) == ("late", 1, False, 0)


@pytest.mark.parametrize(
    ("raw", "headers"),
    [
        (b"", {}),
        (b"", {"Content-Type": "application/json"}),
        (b"", {"Content-Type": "text/plain"}),
        (None, {}),
        (b"{}", {"Content-Type": "application/json"}),
        (b"{}", {}),
        (b'{"exercise": null}', {}),
    ],
)
async def test_a_check_in_needs_no_body(
    client: Client, clock: AdjustableClock, raw: bytes | None, headers: dict[str, str]
) -> None:
    ada = Caller(client, new_learner())
    assert told(await ada.ask("POST", PATH, raw=raw, headers=headers)) == ("started", 1, True, 0)


@pytest.mark.parametrize(
    ("raw", "headers", "status", "code"),
    [
        (b"[]", {}, 422, "invalid_body"),
        (b"{", {}, 422, "malformed_json"),
        (b'{"exercise": {"value": 101}}', {}, 422, "invalid_body"),
        (b'{"exercise": {"occurred_at": "2026-03-10T12:00:00"}}', {}, 422, "invalid_body"),
        (b'{"streak": 100}', {}, 422, "invalid_body"),
        (b"{}", {"Content-Type": "text/plain"}, 415, "media_type"),
        (b"{}", {"Idempotency-Key": "k" * 191}, 422, "invalid_idempotency_key"),
        (b'{"exercise": {}}', {}, 422, "activity_rejected"),
    ],
)
async def test_bodies_that_are_no_exercise_are_refused(
    client: Client, clock: AdjustableClock, raw: bytes, headers: dict[str, str], status: int, code: str
) -> None:
    ada = Caller(client, new_learner())
    (await ada.ask("POST", PATH, raw=raw, headers=headers)).problem(status, code)
    assert (await ada.progress())["revision"] == 0


async def test_an_exercise_is_recorded_like_any_activity(client: Client, clock: AdjustableClock) -> None:
    ada, teacher = Caller(client, new_learner()), service(client)
    await teacher.record_all(*(exercise(START) for _ in range(9)), learner_id=ada.subject)
    body = {
        "exercise": {"id": "ten", "topic": "loops", "value": 100, "duration_seconds": 120},
        "learner_id": ada.subject,
    }
    answer = (await teacher.post(PATH, body)).ok()
    assert (answer["outcome"], answer["current_streak"]) == ("already_counted", 1)
    assert answer["level_changes"] == [{"topic": "loops", "from": "beginner", "to": "intermediate"}]
    assert (await teacher.post(PATH, body)).ok() == answer
    activities = next(activity for activity in await ada.feed() if activity["id"] == "ten")
    assert (activities["verb"], activities["object_type"], activities["occurred_at"]) == (
        "completed",
        "exercise",
        "2026-03-10T12:00:00Z",
    )
    overview = await ada.progress()
    assert (overview["exercises_completed"], overview["minutes"], overview["points"]) == (10, 92, 100)
    # (9 × 80 + 100) / 10
    assert overview["grades"]["average"] == 82.0


async def test_an_exercise_may_be_refused(client: Client, clock: AdjustableClock) -> None:
    ada = Caller(client, new_learner())
    for sent, reason in (
        (exercise(START), "not_allowed_for_role"),
        (activity(START + DAY), "future"),
        (activity(START - 31 * DAY), "too_old"),
    ):
        body = (await ada.post(PATH, {"exercise": sent})).problem(422, "activity_rejected")
        assert body["reason"] == reason
    assert await ada.feed() == []


async def test_an_id_with_other_content_is_a_conflict(client: Client, clock: AdjustableClock) -> None:
    ada = Caller(client, new_learner())
    await ada.post(PATH, {"exercise": activity(START, id="a")})
    body = (await ada.post(PATH, {"exercise": activity(START, id="a", path="p")})).problem(409, "activity_conflict")
    assert body["fields"] == ["path"]


async def test_an_idempotency_key_makes_an_exercise_safe_to_repeat(client: Client, clock: AdjustableClock) -> None:
    learner, teacher = new_learner(), service(client)
    body = {"exercise": {"value": 50}, "learner_id": learner}
    for _ in range(2):
        (await teacher.ask("POST", PATH, json=body, headers={"Idempotency-Key": "k-1"})).ok()
        clock.advance(minutes=1)
    assert [activity["id"] for activity in await teacher.feed(learner_id=learner)] == ["k-1"]


@pytest.mark.parametrize("place", ["body", "exercise", "query"])
async def test_a_service_names_the_learner(client: Client, clock: AdjustableClock, place: str) -> None:
    learner, teacher = new_learner(), service(client)
    named = {"learner_id": learner}
    body = {"exercise": {**exercise(START), **(named if place == "exercise" else {})}}
    query = named if place == "query" else {}
    answer = await teacher.post(PATH, {**body, **(named if place == "body" else {})}, **query)
    assert told(answer) == ("started", 1, True, 0)
    assert (await Caller(client, learner).progress())["exercises_completed"] == 1


async def test_a_service_may_check_a_learner_in(client: Client, clock: AdjustableClock) -> None:
    ada, teacher = Caller(client, new_learner()), service(client)
    (await teacher.post(PATH)).problem(422, "learner_required")
    assert await check_in(teacher, learner_id=ada.subject) == ("started", 1, True, 0)
    assert await check_in(ada) == ("already_counted", 1, False, 0)


# ---- Repeated and taken back


@pytest.mark.parametrize("body", [None, {"exercise": {**activity(START), "id": "again"}}])
async def test_a_repeat_answers_what_the_first_answered(client: Client, clock: AdjustableClock, body: Json) -> None:
    ada = Caller(client, new_learner())
    await ada.record_all(activity(START - DAY))
    first = (await ada.post(PATH, body)).ok()
    assert (first["outcome"], first["is_new_record"]) == ("continued", True)
    assert (await ada.post(PATH, body)).ok() == first
    together = await asyncio.gather(*(ada.post(PATH, body) for _ in range(6)))
    assert [answer.ok() for answer in together] == [first] * 6


async def test_repeats_sent_at_once_all_answer_the_same(client: Client, clock: AdjustableClock) -> None:
    ada = Caller(client, new_learner())
    body = {"exercise": activity(START, id="once")}
    answers = await asyncio.gather(*(ada.post(PATH, body) for _ in range(6)))
    assert [told(answer) for answer in answers] == [("started", 1, True, 0)] * 6


async def test_a_repeat_of_an_activity_that_opened_no_day_was_already_counted(
    client: Client, clock: AdjustableClock
) -> None:
    ada = Caller(client, new_learner())
    await check_in(ada)
    second = {"exercise": activity(START, id="second")}
    for _ in range(2):
        assert told(await ada.post(PATH, second)) == ("already_counted", 1, False, 0)


async def test_a_check_in_that_was_voided_can_be_made_again(client: Client, clock: AdjustableClock) -> None:
    ada = Caller(client, new_learner())
    ids = ["check-in:2026-03-10", "check-in:2026-03-10:2", "check-in:2026-03-10:3"]
    for activity_id in ids:
        for _ in range(2):
            assert await check_in(ada) == ("started", 1, True, 0)
        assert [row["id"] for row in await ada.feed()] == [activity_id]
        (await ada.ask("DELETE", f"/activities/{activity_id}")).ok()
        assert (await ada.progress())["streak"]["current_streak"] == 0
    await ada.record_all(activity(START))
    assert await check_in(ada) == ("already_counted", 1, False, 0)


async def test_a_check_in_whose_id_is_taken_gets_the_next(client: Client, clock: AdjustableClock) -> None:
    ada = Caller(client, new_learner())
    await ada.record_all(activity(START - DAY, id="check-in:2026-03-10"))
    for _ in range(2):
        assert await check_in(ada) == ("continued", 2, True, 0)
    assert next(row["id"] for row in await ada.feed()) == "check-in:2026-03-10:2"


async def test_a_voided_exercise_sent_again_says_so(client: Client, clock: AdjustableClock) -> None:
    ada = Caller(client, new_learner())
    body = {"exercise": activity(START, id="gone")}
    assert "voided" not in (await ada.post(PATH, body)).ok()
    (await ada.ask("DELETE", "/activities/gone")).ok()
    again = (await ada.post(PATH, body)).ok()
    assert (again["voided"], again["current_streak"], again["last_exercise_date"]) == (True, 0, None)


# ---- When the learner's zone is not yet known


async def test_one_check_in_counts_per_local_day(client: Client, clock: AdjustableClock) -> None:
    ada = Caller(client, new_learner())
    (await ada.ask("PATCH", "/me", json={"zone": "Asia/Kolkata"})).ok()
    clock.set(datetime(2026, 3, 10, 18, 29, 59, tzinfo=UTC))  # 23:59:59
    assert await check_in(ada) == ("started", 1, True, 0)
    clock.advance(seconds=1)
    assert await check_in(ada) == ("continued", 2, True, 0)
    clock.set(datetime(2026, 3, 11, 18, 29, 59, tzinfo=UTC))
    assert await check_in(ada) == ("continued", 2, True, 0)
    assert len(await ada.feed()) == 2
    clock.advance(seconds=1)
    assert await check_in(ada) == ("continued", 3, True, 0)


@pytest.mark.parametrize("how", ["claim", "profile"])
async def test_a_check_in_before_the_zone_is_known_does_not_count_for_the_next_day(
    client: Client, clock: AdjustableClock, how: str
) -> None:
    """Two in the morning of the eleventh in UTC is the evening of the tenth in California."""
    ada = Caller(client, new_learner(), zone="America/Los_Angeles" if how == "claim" else None)
    clock.set(datetime(2026, 3, 11, 2, tzinfo=UTC))
    assert await check_in(ada) == ("started", 1, True, 0)
    (await ada.ask("PATCH", "/me", json={"zone": "America/Los_Angeles"})).ok()
    assert (await ada.progress())["streak"]["last_exercise_date"] == "2026-03-10"
    assert await check_in(ada) == ("already_counted", 1, False, 0)
    clock.set(datetime(2026, 3, 11, 18, tzinfo=UTC))
    for _ in range(2):
        assert await check_in(ada) == ("continued", 2, True, 0)
    assert sorted(activity["id"] for activity in await ada.feed())[-1] == "check-in:2026-03-11:2"
    clock.advance(days=1)
    assert await check_in(ada) == ("continued", 3, True, 0)
    assert [activity["local_day"] for activity in await ada.feed()][-1] == "2026-03-10"


async def test_one_of_six_concurrent_check_ins_starts_the_streak(client: Client, clock: AdjustableClock) -> None:
    ada = Caller(client, new_learner())
    answers = await asyncio.gather(*(ada.post(PATH, {"exercise": activity(START)}) for _ in range(6)))
    assert sorted(str(told(answer)[0]) for answer in answers) == ["already_counted"] * 5 + ["started"]
