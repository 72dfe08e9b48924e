"""Voiding: who may void, until when, and that afterwards everything is as if the activity was never sent."""

import asyncio
from datetime import timedelta
from urllib.parse import quote

import asyncpg
import pytest
from quart.typing import TestClientProtocol as Client

from support.builders import activity, exercise, new_learner
from support.callers import Answer, Caller, Json, results_of, service
from support.clock import START, AdjustableClock

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START."""


async def void(caller: Caller, activity_id: object, **query: object) -> Answer:
    """DELETE one activity."""
    return await caller.ask("DELETE", f"/activities/{quote(str(activity_id), safe='')}", query=query)


def admin(client: Client) -> Caller:
    """An administrator."""
    return Caller(client, "operator", ["admin"])


async def counted(teacher: Caller, learner: str) -> tuple[int, int, int, int]:
    """The exercises, points, minutes and current streak."""
    overview = await teacher.progress(learner_id=learner)
    return (
        overview["exercises_completed"],
        overview["points"],
        overview["minutes"],
        overview["streak"]["current_streak"],
    )


async def test_a_void_leaves_everything_as_if_never_sent(client: Client) -> None:
    learner, teacher = new_learner(), service(client)
    days = [exercise(START - n * DAY, value=90 if n else 30, points=n + 1) for n in (3, 2, 1, 0)]
    await teacher.record_all(*days, learner_id=learner)
    assert await counted(teacher, learner) == (4, 10, 40, 4)
    answer = (await void(teacher, days[1]["id"], learner_id=learner)).ok()
    assert (answer["id"], answer["sender"], answer["status"]) == (days[1]["id"], "exercises", "voided")
    after = answer["learner"]
    assert (after["streak"]["current_streak"], after["streak"]["longest_streak"]) == (2, 2)
    assert (after["points"], after["level_changes"]) == (-3, [])
    assert await counted(teacher, learner) == (3, 7, 30, 2)
    assert (await teacher.progress(learner_id=learner))["revision"] == after["revision"] == 2
    skills = (await teacher.get("/progress/skill-levels", learner_id=learner)).ok()["skills"]
    assert [(skill["topic"], skill["exercises"], skill["average_grade"]) for skill in skills] == [("loops", 3, 70.0)]
    assert {activity["id"] for activity in await teacher.feed(learner_id=learner)} == {
        one["id"] for one in days if one is not days[1]
    }


async def test_the_only_activity_leaves_zeros_and_no_day(client: Client, database_url: str) -> None:
    learner, teacher = new_learner(), service(client)
    only = exercise(START)
    await teacher.record_all(only, learner_id=learner)
    answer = (await void(teacher, only["id"], learner_id=learner)).ok()
    assert answer["learner"]["streak"]["state"] == "none"
    assert answer["learner"]["streak"]["last_exercise_date"] is None
    assert await counted(teacher, learner) == (0, 0, 0, 0)
    overview = await teacher.progress(learner_id=learner)
    assert overview["skills"] == []
    connection = await asyncpg.connect(database_url)
    try:
        for table in ("activity_days", "activity_cells", "skill_levels"):
            count = await connection.fetchval(
                f"SELECT count(*) FROM {table} WHERE learner_id = $1", Caller(client, learner).learner_id
            )
            assert count == 0, table
    finally:
        await connection.close()


async def test_a_level_falls_and_the_answer_reports_it(client: Client) -> None:
    learner, teacher = new_learner(), service(client)
    ten = [exercise(START - timedelta(minutes=n), value=60) for n in range(10)]
    await teacher.record_all(*ten, learner_id=learner)
    answer = (await void(teacher, ten[4]["id"], learner_id=learner)).ok()
    fallen = {"topic": "loops", "from": "intermediate", "to": "beginner"}
    assert answer["learner"]["level_changes"] == [fallen]
    (skill,) = (await teacher.get("/progress/skill-levels", learner_id=learner)).ok()["skills"]
    assert (skill["level"], skill["previous_level"], skill["exercises"]) == ("beginner", "intermediate", 9)


async def test_voiding_a_late_activity_reopens_the_gap_it_closed(client: Client) -> None:
    learner, teacher = new_learner(), service(client)
    await teacher.record_all(exercise(START - 2 * DAY), exercise(START), learner_id=learner)
    late = exercise(START - DAY)
    await teacher.record_all(late, learner_id=learner)
    assert (await counted(teacher, learner))[3] == 3
    assert (await void(teacher, late["id"], learner_id=learner)).ok()["learner"]["streak"]["current_streak"] == 1


async def test_one_of_two_activities_keeps_a_day_met(client: Client) -> None:
    learner, teacher = new_learner(), service(client)
    two = [exercise(START), exercise(START - timedelta(hours=1))]
    await teacher.record_all(exercise(START - DAY), *two, learner_id=learner)
    for one, streak, met in ((two[0], 2, True), (two[1], 1, False)):
        after = (await void(teacher, one["id"], learner_id=learner)).ok()["learner"]["streak"]
        assert (after["current_streak"], after["met_today"]) == (streak, met)


async def test_a_once_key_passes_to_the_earliest_remaining_and_is_free_at_the_end(client: Client) -> None:
    learner, teacher = new_learner(), service(client)
    tries = {
        name: exercise(START - timedelta(hours=hours), id=name, once_key="loops-7", value=value, points=points)
        for name, hours, value, points in (("first", 5, 50, 1), ("third", 1, 100, 4), ("second", 3, 70, 2))
    }
    answer = await teacher.record(*tries.values(), learner_id=learner)
    assert results_of(answer, "not_counted") == [None, "once_key", "once_key"]
    steps: list[tuple[str, tuple[int, int, int], Json]] = [
        ("first", (1, 2, 20), {"second": None, "third": "once_key"}),
        ("second", (1, 4, 10), {"third": None}),
        ("third", (0, 0, 0), {}),
    ]
    for name, sums, left in steps:
        (await void(teacher, name, learner_id=learner)).ok()
        assert (await counted(teacher, learner))[:3] == sums
        activities = await teacher.feed(learner_id=learner)
        assert {activity["id"]: activity.get("not_counted") for activity in activities} == left
    again = await teacher.record(exercise(START, once_key="loops-7"), learner_id=learner)
    assert results_of(again, "status", "not_counted") == [("accepted", None)]


async def test_voiding_an_activity_without_the_once_key_leaves_it_in_place(client: Client) -> None:
    learner, teacher = new_learner(), service(client)
    first, second = (exercise(START - timedelta(hours=n), once_key="k", points=n) for n in (2, 1))
    await teacher.record_all(first, second, learner_id=learner)
    (await void(teacher, second["id"], learner_id=learner)).ok()
    assert await counted(teacher, learner) == (1, 2, 10, 1)
    later = await teacher.record(exercise(START, once_key="k"), learner_id=learner)
    assert results_of(later, "not_counted") == ["once_key"]


async def test_voiding_twice_changes_nothing_and_the_id_stays_used(client: Client) -> None:
    learner, teacher = new_learner(), service(client)
    sent = exercise(START)
    await teacher.record_all(sent, exercise(START - DAY), learner_id=learner)
    first = (await void(teacher, sent["id"], learner_id=learner)).ok()
    second = (await void(teacher, sent["id"], learner_id=learner)).ok()
    assert second == {**first, "learner": {**first["learner"], "points": 0}}
    duplicate = await teacher.record(sent, learner_id=learner)
    assert results_of(duplicate, "status") == ["duplicate"]
    assert duplicate.body["learners"][0]["points"] == 0
    conflict = await teacher.record({**sent, "value": 99}, learner_id=learner)
    conflict.problem(409, "all_conflict")
    assert await counted(teacher, learner) == (1, 10, 10, 1)


@pytest.mark.parametrize(
    ("later", "allowed"),
    [(DAY - timedelta(microseconds=1), True), (DAY, True), (DAY + timedelta(microseconds=1), False)],
)
async def test_a_learner_may_void_for_24_hours_after_receipt(
    client: Client, clock: AdjustableClock, later: timedelta, allowed: bool
) -> None:
    ada = Caller(client, new_learner())
    old = activity(START - 7 * DAY)
    await ada.record_all(old)
    clock.set(START + later)
    answer = await void(ada, old["id"])
    if allowed:
        assert answer.ok()["learner"]["streak"]["longest_streak"] == 0
        clock.advance(days=2)
        assert (await void(ada, old["id"])).ok()["status"] == "voided"
    else:
        answer.problem(409, "void_too_late")
        assert [activity["id"] for activity in await ada.feed()] == [old["id"]]
        operator = admin(client)
        (await void(operator, old["id"], learner_id=ada.subject, sender="learner")).ok()
        assert await ada.feed() == []


async def test_a_service_may_void_at_any_time(client: Client, clock: AdjustableClock) -> None:
    learner, teacher = new_learner(), service(client)
    sent = exercise(START)
    await teacher.record_all(sent, learner_id=learner)
    clock.advance(days=400)
    (await void(teacher, sent["id"], learner_id=learner)).ok()


async def test_S06_nobody_takes_back_what_another_sent(client: Client) -> None:
    ada, bob = Caller(client, new_learner()), Caller(client, new_learner())
    teacher, other = service(client), service(client, "quizzes")
    by_teacher, by_ada = exercise(START, id="of-teacher"), activity(START, id="of-ada")
    await teacher.record_all(by_teacher, learner_id=ada.subject)
    await ada.record_all(by_ada)
    refused: list[tuple[Caller, str, Json]] = [
        (ada, "of-teacher", {}),
        (ada, "of-teacher", {"sender": "exercises"}),
        (ada, "unknown", {}),
        (bob, "of-ada", {}),
        (other, "of-teacher", {"learner_id": ada.subject}),
        (other, "of-teacher", {"learner_id": ada.subject, "sender": "exercises"}),
        (teacher, "of-ada", {"learner_id": ada.subject, "sender": "learner"}),
        (teacher, "of-teacher", {"learner_id": bob.subject}),
        (admin(client), "of-teacher", {"learner_id": ada.subject, "sender": "learner"}),
    ]
    for caller, activity_id, query in refused:
        (await void(caller, activity_id, **query)).problem(404, "activity_not_found")
    (await void(bob, "of-ada", learner_id=ada.subject)).problem(404, "learner_not_found")
    unknown = {"learner_id": new_learner(), "sender": "exercises"}
    (await void(admin(client), "of-teacher", **unknown)).problem(404, "learner_not_found")
    (await void(admin(client), "of-ada", learner_id=ada.subject)).problem(422, "sender_required")
    assert {activity["id"] for activity in await ada.feed()} == {"of-teacher", "of-ada"}
    assert (await bob.progress())["revision"] == 0
    for caller, activity_id, query in (
        (ada, "of-ada", {"sender": "learner"}),
        (admin(client), "of-teacher", {"learner_id": ada.learner_id, "sender": "exercises"}),
    ):
        (await void(caller, activity_id, **query)).ok()
    assert await ada.feed() == []


async def test_a_void_for_an_unknown_learner_leaves_no_trace(client: Client, database_url: str) -> None:
    unknown = new_learner()
    (await void(service(client), "x", learner_id=unknown)).problem(404, "activity_not_found")
    connection = await asyncpg.connect(database_url)
    try:
        count = await connection.fetchval(
            "SELECT count(*) FROM learners WHERE learner_id = $1", Caller(client, unknown).learner_id
        )
        assert count == 0
    finally:
        await connection.close()


@pytest.mark.parametrize(
    "activity_id",
    [
        "a/b",
        "a/",
        "...",
        "%2F",
        "a?b=c#d",
        "ä ö\n\t",
        "summary",
        "🐍" * 200,
        "<x:y>",
    ],
)
async def test_any_id_can_be_voided(client: Client, activity_id: str) -> None:
    ada = Caller(client, new_learner())
    await ada.record_all(activity(START, id=activity_id), activity(START, id="another"))
    assert (await void(ada, activity_id)).ok()["id"] == activity_id
    assert [activity["id"] for activity in await ada.feed()] == ["another"]


@pytest.mark.parametrize("activity_id", ["a" * 201, "a\x00b"])
async def test_an_invalid_id_is_not_found(client: Client, activity_id: str) -> None:
    assert (await void(Caller(client, new_learner()), activity_id)).status == 404


@pytest.mark.parametrize("path", ["/progress", "/progress/streak", "/progress/skill-levels"])
async def test_a_void_makes_earlier_reads_stale(client: Client, path: str) -> None:
    learner, teacher = new_learner(), service(client)
    sent = exercise(START)
    await teacher.record_all(sent, learner_id=learner)
    etag = (await teacher.get(path, learner_id=learner)).headers["ETag"]
    (await void(teacher, sent["id"], learner_id=learner)).ok()
    again = await teacher.ask("GET", path, query={"learner_id": learner}, headers={"If-None-Match": etag})
    assert again.status == 200
    assert again.headers["ETag"] != etag


async def test_recording_and_voiding_at_once_counts_what_remains(client: Client) -> None:
    """Twelve times the holder of a once-key is voided while another activity names it."""
    learner, teacher, other = new_learner(), service(client), service(client, "quizzes")
    for n in range(12):
        holder = exercise(START, once_key=f"key-{n}", points=1)
        heir = exercise(START - DAY, once_key=f"key-{n}", points=100)
        await teacher.record_all(holder, learner_id=learner)
        voided, recorded = await asyncio.gather(
            void(teacher, holder["id"], learner_id=learner), other.record(heir, learner_id=learner)
        )
        voided.ok()
        recorded.ok()
    assert (await counted(teacher, learner))[:2] == (12, 1200)
