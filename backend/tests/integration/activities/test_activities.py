"""Recording activities, single and in batches: what is accepted, what is rejected and why."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from quart.typing import TestClientProtocol as Client

from support.builders import activity, exercise, new_learner
from support.callers import Caller, results_of, service, uuid_of
from support.clock import START, AdjustableClock

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START."""


async def test_one_activity_answers_with_the_updated_learner(client: Client) -> None:
    learner = new_learner()
    sent = exercise(START, id="a-1", learner_id=learner)
    body = (await service(client).post("/activities", sent)).ok()
    assert body["results"] == [{"id": "a-1", "status": "accepted"}]
    assert body["learners"] == [
        {
            "learner_id": uuid_of(learner),
            "revision": 1,
            "streak": {
                "current_streak": 1,
                "longest_streak": 1,
                "state": "active",
                "met_today": True,
                "paused": False,
                "last_exercise_date": "2026-03-10",
                "freezes": 0,
                "freezes_pending": 0,
                "next_freeze_in_days": 6,
                "expires_at": "2026-03-12T00:00:00Z",
            },
            "level_changes": [],
            "unlocked": [],
            "points": 10,
        }
    ]


async def test_a_batch_answers_item_by_item_in_the_order_sent(client: Client) -> None:
    ada, bob = new_learner(), new_learner()
    teacher = service(client)
    await teacher.record_all(exercise(START, id="there", learner_id=ada))
    answer = await teacher.record(
        exercise(START + DAY, id="ahead", learner_id=ada),
        exercise(START, id="bobs", learner_id=bob),
        exercise(START, id="there", learner_id=ada),
        exercise(START, id="nobodys"),
        exercise(START, id="there", learner_id=ada, value=79),
        exercise(START, id="odd", learner_id=ada, value=101),
        exercise(START, id="fresh", learner_id=ada),
    )
    answer.ok()
    assert results_of(answer, "id", "status", "reason", "fields") == [
        ("ahead", "rejected", "future", None),
        ("bobs", "accepted", None, None),
        ("there", "duplicate", None, None),
        ("nobodys", "rejected", "learner_required", None),
        ("there", "conflict", "other_content", ["value"]),
        ("odd", "rejected", "invalid", None),
        ("fresh", "accepted", None, None),
    ]
    assert {learner["learner_id"]: learner["points"] for learner in answer.body["learners"]} == {
        uuid_of(ada): 20,
        uuid_of(bob): 10,
    }
    assert [activity["id"] for activity in await teacher.feed(learner_id=ada)] == ["there", "fresh"]


@pytest.mark.parametrize(
    ("ahead", "status", "reason"),
    [
        (timedelta(minutes=5) - SECOND, 200, None),
        (timedelta(minutes=5), 200, None),
        (timedelta(minutes=5) + SECOND, 422, "future"),
        (timedelta(days=30), 422, "future"),
    ],
)
@pytest.mark.parametrize("role", ["learner", "service"])
async def test_up_to_five_minutes_ahead_are_accepted(
    client: Client, role: str, ahead: timedelta, status: int, reason: str | None
) -> None:
    learner = new_learner()
    sender = Caller(client, learner if role == "learner" else "exercises", [role])
    answer = await sender.post("/activities", activity(START + ahead, learner_id=learner))
    assert (answer.status, answer.body["results"][0].get("reason")) == (status, reason)


@pytest.mark.parametrize(("back", "reason"), [(7 * DAY - SECOND, None), (7 * DAY, None), (7 * DAY + SECOND, "too_old")])
async def test_S06_a_learners_own_client_may_go_back_seven_days(
    client: Client, back: timedelta, reason: str | None
) -> None:
    answer = await Caller(client, new_learner()).post("/activities", activity(START - back))
    assert answer.status == (422 if reason else 200)
    assert answer.body["results"][0].get("reason") == reason


@pytest.mark.parametrize(
    ("occurred_at", "reason"),
    [
        ("2000-01-01T00:00:01Z", None),
        ("2000-01-01T00:00:00Z", None),
        ("1999-12-31T23:59:59Z", "too_old"),
        ("2000-01-01T00:59:59+01:00", "too_old"),
        ("1900-01-01T00:00:00Z", "too_old"),
    ],
)
async def test_services_may_go_back_to_the_year_2000(client: Client, occurred_at: str, reason: str | None) -> None:
    sent = {**exercise(START), "occurred_at": occurred_at}
    answer = await service(client).post("/activities", sent, learner_id=new_learner())
    assert answer.status == (422 if reason else 200)
    assert answer.body["results"][0].get("reason") == reason


@pytest.mark.parametrize(
    "fields",
    [
        {"verb": "completed", "object_type": "exercise"},
        {"verb": "attempted", "object_type": "exercise"},
        {"verb": "completed", "object_type": "task", "value": 100},
        {"verb": "answered", "object_type": "quiz", "value": 50},
        {"verb": "completed", "object_type": "lesson"},
        {"verb": "reached", "object_type": "milestone"},
        {"verb": "earned", "object_type": "badge"},
        {"verb": "invented", "object_type": "thing"},
        {"verb": "reviewed", "object_type": "essay", "value": 90},
        {"verb": "reviewed", "object_type": "meditation"},
        {"points": 1},
        {"points": 0},
        {"hints_used": 0},
        {"once_key": "k"},
        {"zone": "Asia/Tokyo"},
    ],
)
async def test_S06_a_learner_may_not_claim_what_others_rely_on(client: Client, fields: dict[str, object]) -> None:
    ada = Caller(client, new_learner())
    answer = await ada.post("/activities", activity(START, id="a", **fields))
    answer.problem(422, "nothing_taken")
    reason = "unknown_kind" if fields.get("verb") == "invented" else "not_allowed_for_role"
    assert answer.body["results"] == [{"id": "a", "status": "rejected", "reason": reason}]
    assert (await ada.progress())["revision"] == 0
    (await service(client).post("/activities", activity(START, **fields), learner_id=ada.subject)).ok()


@pytest.mark.parametrize(
    ("verb", "object_type", "points"),
    [
        ("practised", "anything", 1),
        ("viewed", "lesson", 0),
        ("interacted", "tutor", 0),
        ("completed", "meditation", 2),
        ("started", "journal", 2),
        ("finished", "reading", 2),
        ("practised", "check_in", 0),
    ],
)
async def test_a_learner_may_record_its_own_practice_and_a_service_its_points(
    client: Client, verb: str, object_type: str, points: int
) -> None:
    ada = Caller(client, new_learner())
    sent = activity(START, verb=verb, object_type=object_type, value=70, duration_seconds=90)
    (after,) = (await ada.post("/activities", sent)).ok()["learners"]
    assert (after["points"], after["streak"]["current_streak"]) == (0, 1)
    (reported,) = (await service(client).post("/activities", sent, learner_id=new_learner())).ok()["learners"]
    assert reported["points"] == points
    overview = await ada.progress()
    assert (overview["exercises_completed"], overview["grades"]["graded"], overview["minutes"]) == (0, 0, 1)


@pytest.mark.parametrize(
    ("verb", "object_type", "exercises", "graded", "points", "streak"),
    [
        ("completed", "exercise", 1, 1, 10, 1),
        ("attempted", "exercise", 0, 0, 0, 1),
        ("completed", "task", 1, 1, 10, 1),
        ("completed", "quiz", 1, 1, 15, 1),
        ("answered", "quiz", 0, 1, 1, 1),
        ("completed", "lesson", 0, 0, 5, 1),
        ("reached", "milestone", 0, 0, 50, 1),
        ("earned", "badge", 0, 0, 0, 0),
        ("reviewed", "exercise", 0, 0, 0, 0),
        ("sang", "song", 0, 0, 0, 1),
    ],
)
async def test_each_kind_counts_for_what_the_policy_says(
    client: Client, verb: str, object_type: str, exercises: int, graded: int, points: int, streak: int
) -> None:
    learner = new_learner()
    await service(client).record_all(
        activity(START, verb=verb, object_type=object_type, value=50, topic="loops"), learner_id=learner
    )
    overview = await Caller(client, learner).progress()
    found = (overview["exercises_completed"], overview["grades"]["graded"], overview["points"])
    assert found == (exercises, graded, points)
    assert overview["streak"]["current_streak"] == streak


@pytest.mark.parametrize(("points", "counted"), [(0, 0), (7, 7), (100_000, 100_000)])
async def test_points_of_a_service_replace_those_of_the_kind(client: Client, points: int, counted: int) -> None:
    learner = new_learner()
    body = await service(client).record_all(exercise(START, points=points), learner_id=learner)
    assert body["learners"][0]["points"] == counted
    assert (await Caller(client, learner).progress())["points"] == counted


async def test_a_thousand_activities_fit_and_one_more_does_not(client: Client) -> None:
    ada = Caller(client, new_learner())
    many = [activity(START - timedelta(minutes=place)) for place in range(1_001)]
    answer = await ada.record(*many)
    body = answer.problem(422, "too_many_activities")
    assert answer.pointers() == ["/activities"]
    assert "results" not in body
    assert await ada.feed() == []
    await ada.record_all(*many[:1_000])
    assert (await ada.record(*many[1:], {"verb": 5})).status == 422
    assert (await ada.get("/activities/summary")).ok()["activities"] == 1_000


@pytest.mark.parametrize(("size", "status"), [(5_242_879, 200), (5_242_880, 200), (5_242_881, 413)])
async def test_a_body_holds_five_mebibytes(client: Client, size: int, status: int) -> None:
    ada = Caller(client, new_learner())
    raw = b'{"id": "a", "verb": "practised", "object_type": "session", "occurred_at": "2026-03-10T12:00:00Z"}'
    assert (await ada.ask("POST", "/activities", raw=raw.ljust(size))).status == status
    assert len(await ada.feed()) == (status == 200)


async def test_S11_the_501st_topic_is_refused_and_known_ones_go_on(client: Client) -> None:
    learner, teacher = new_learner(), service(client)
    await teacher.record_all(*(exercise(START, topic=f"topic {n}") for n in range(499)), learner_id=learner)
    answer = await teacher.record(
        exercise(START, topic="topic 499"),
        exercise(START, topic="topic 500"),
        exercise(START, topic="topic 0"),
        exercise(START, topic="topic 499"),
        exercise(START, topic=None),
        learner_id=learner,
    )
    answer.ok()
    assert results_of(answer, "status", "reason") == [
        ("accepted", None),
        ("rejected", "too_many_topics"),
        ("accepted", None),
        ("accepted", None),
        ("accepted", None),
    ]
    assert len((await teacher.get("/progress/skill-levels", learner_id=learner)).ok()["skills"]) == 500


async def test_only_the_first_five_hundred_of_a_thousand_topics_are_accepted(client: Client) -> None:
    learner, other = new_learner(), new_learner()
    many = [exercise(START, topic=f"topic {n}", learner_id=learner) for n in range(999)]
    answer = await service(client).record(*many, exercise(START, topic="one", learner_id=other))
    answer.ok()
    wanted = ["accepted"] * 500 + ["rejected"] * 499 + ["accepted"]
    assert results_of(answer, "status") == wanted
    assert set(results_of(answer, "reason")[500:999]) == {"too_many_topics"}
    assert (await Caller(client, learner).progress())["exercises_completed"] == 500


async def test_R12_one_bad_item_of_five_hundred_is_named_and_the_others_are_stored(client: Client) -> None:
    learner, teacher = new_learner(), service(client)
    many = [exercise(START - timedelta(minutes=place), id=f"n-{place}") for place in range(500)]
    many[250]["value"] = 100.001
    answer = await teacher.record(*many, learner_id=learner)
    answer.ok()
    bad = [place for place, status in enumerate(results_of(answer, "status")) if status != "accepted"]
    assert bad == [250]
    result = answer.body["results"][250]
    assert (result["id"], result["status"], result["reason"]) == ("n-250", "rejected", "invalid")
    assert [fault["pointer"] for fault in result["errors"]] == ["/activities/250/value"]
    overview = await Caller(client, learner).progress()
    # All of it is of one day, and no day counts more than it lasts.
    assert (overview["exercises_completed"], overview["minutes"], overview["points"]) == (499, 1_440, 4_990)


@pytest.mark.parametrize("place", ["item", "beside", "query"])
async def test_a_service_names_the_learner_in_one_of_three_places(client: Client, place: str) -> None:
    learner, teacher = new_learner(), service(client)
    item = exercise(START, learner_id=learner if place == "item" else None)
    body = {"activities": [item], **({"learner_id": learner} if place == "beside" else {})}
    query = {"learner_id": learner} if place == "query" else {}
    assert (await teacher.post("/activities", body, **query)).ok()["learners"][0]["learner_id"] == uuid_of(learner)


async def test_a_learner_may_be_named_by_subject_or_by_uuid_in_any_letter_case(client: Client) -> None:
    learner, uuid, teacher = new_learner(), str(uuid4()), service(client)
    for name, learner_id in ((learner, uuid_of(learner)), (uuid, uuid), (uuid.upper(), uuid)):
        taken = await teacher.record_all(exercise(START, learner_id=name))
        assert taken["learners"][0]["learner_id"] == learner_id
    assert (await Caller(client, learner).progress())["exercises_completed"] == 1
    assert (await Caller(client, uuid).progress())["exercises_completed"] == 2


@pytest.mark.parametrize("batched", [True, False])
async def test_a_service_must_name_a_learner(client: Client, batched: bool) -> None:
    sent = exercise(START, id="a")
    answer = await service(client).post("/activities", {"activities": [sent]} if batched else sent)
    body = answer.problem(422, "learner_required")
    assert body["results"] == [{"id": "a", "status": "rejected", "reason": "learner_required"}]


async def test_a_batch_with_nothing_accepted_names_each_reason(client: Client) -> None:
    answer = await service(client).record(
        exercise(START + DAY, id="a", learner_id=new_learner()), exercise(START, id="b")
    )
    answer.problem(422, "nothing_taken")
    assert results_of(answer, "id", "reason") == [("a", "future"), ("b", "learner_required")]


async def test_an_activity_without_an_id_gets_one(client: Client) -> None:
    ada = Caller(client, new_learner())
    sent = activity(START, id=None)
    ids = [(await ada.post("/activities", sent)).ok()["results"][0]["id"] for _ in range(2)]
    assert ids[0] != ids[1]
    assert {activity["id"] for activity in await ada.feed()} == set(ids)


async def test_a_single_activity_may_mention_activities_in_its_metadata(client: Client) -> None:
    ada = Caller(client, new_learner())
    for metadata in ({"activities": ["a"]}, {"note": '"activities"'}):
        assert len((await ada.post("/activities", activity(START, metadata=metadata))).ok()["results"]) == 1
    assert datetime.fromisoformat((await ada.feed())[0]["occurred_at"]) == START.astimezone(UTC)


async def test_S11_a_conflict_opens_no_topic(client: Client) -> None:
    learner, teacher = new_learner(), service(client)
    await teacher.record_all(*(exercise(START, id=f"n{n}", topic=f"t{n}") for n in range(499)), learner_id=learner)
    answer = await teacher.record(
        exercise(START, id="n0", topic="other"), exercise(START, topic="fresh"), learner_id=learner
    )
    assert results_of(answer, "status", "reason") == [("conflict", "other_content"), ("accepted", None)]
