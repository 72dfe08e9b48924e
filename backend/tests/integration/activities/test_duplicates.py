"""Repeated activities: a duplicate changes nothing and gets the first answer; a conflict names what differs."""

from datetime import timedelta

import pytest
from quart.typing import TestClientProtocol as Client

from support.builders import activity, exercise, new_learner
from support.callers import Answer, Caller, results_of, service
from support.clock import START, AdjustableClock

DAY = timedelta(days=1)


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START."""


FULL: dict[str, object] = {
    "id": "a-1",
    "verb": "completed",
    "object_type": "exercise",
    "occurred_at": "2026-03-10T09:00:00.250Z",
    "object_id": "loops-7",
    "topic": "loops",
    "path": "basics",
    "difficulty": "hard",
    "space_id": "space-1",
    "goal_id": "goal-1",
    "value": 88.125,
    "duration_seconds": 600,
    "hints_used": 2,
    "points": 12,
    "session_id": "s-1",
    "once_key": "loops-7",
    "zone": "Europe/Berlin",
    "metadata": {"attempt": 1, "tags": ["a", "b"], "ratio": 0.5},
}


async def again(client: Client, **changes: object) -> Answer:
    """Send FULL for a new learner, then again with these changes; None leaves a field out."""
    learner, teacher = new_learner(), service(client)
    await teacher.record_all(FULL, learner_id=learner)
    sent = {name: value for name, value in {**FULL, **changes}.items() if value is not None}
    return await teacher.post("/activities", sent, learner_id=learner)


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"occurred_at": "2026-03-10T10:00:00.25+01:00"},
        {"occurred_at": "2026-03-10T03:30:00.250000-05:30"},
        {"metadata": {"tags": ["a", "b"], "ratio": 0.5, "attempt": 1.0}},
        {"metadata": {"attempt": 1, "tags": ["a", "b"], "ratio": 5e-1}},
        {"value": 88.1250},
        {"topic": "  loops "},
    ],
)
async def test_the_same_content_written_differently_is_a_duplicate(client: Client, changes: dict[str, object]) -> None:
    answer = await again(client, **changes)
    assert answer.ok()["results"] == [{"id": "a-1", "status": "duplicate"}]
    (after,) = answer.body["learners"]
    assert (after["points"], after["revision"], after["streak"]["current_streak"]) == (12, 2, 1)


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"verb": "attempted"}, ["verb"]),
        ({"object_type": "quiz"}, ["object_type"]),
        ({"occurred_at": "2026-03-10T09:00:00.251Z"}, ["occurred_at"]),
        ({"object_id": "loops-8"}, ["object_id"]),
        ({"topic": "Loops"}, ["topic"]),
        ({"path": "BASICS"}, ["path"]),
        ({"difficulty": "easy"}, ["difficulty"]),
        ({"space_id": "space-2"}, ["space_id"]),
        ({"goal_id": "goal-2"}, ["goal_id"]),
        ({"value": 88.124}, ["value"]),
        ({"duration_seconds": 601}, ["duration_seconds"]),
        ({"hints_used": 0}, ["hints_used"]),
        ({"points": 10}, ["points"]),
        ({"session_id": "s-2"}, ["session_id"]),
        ({"once_key": "other"}, ["once_key"]),
        ({"zone": "Europe/Paris"}, ["zone"]),
        ({"metadata": {"attempt": 1, "tags": ["b", "a"], "ratio": 0.5}}, ["metadata"]),
        ({"metadata": {"attempt": True, "tags": ["a", "b"], "ratio": 0.5}}, ["metadata"]),
        ({"metadata": {"attempt": "1", "tags": ["a", "b"], "ratio": 0.5}}, ["metadata"]),
        ({"metadata": None}, ["metadata"]),
        ({"topic": None, "path": None}, ["topic", "path"]),
        ({"value": None, "hints_used": None, "points": None}, ["value", "hints_used", "points"]),
    ],
)
async def test_different_content_under_the_same_id_is_a_conflict_that_names_the_fields(
    client: Client, changes: dict[str, object], fields: list[str]
) -> None:
    answer = await again(client, **changes)
    answer.problem(409, "all_conflict")
    assert answer.body["results"] == [{"id": "a-1", "status": "conflict", "reason": "other_content", "fields": fields}]


async def test_a_conflict_changes_nothing(client: Client) -> None:
    learner, teacher = new_learner(), service(client)
    await teacher.record_all({**FULL, "zone": None}, learner_id=learner)
    before = (await teacher.feed(learner_id=learner), await teacher.progress(learner_id=learner))
    conflicting = {**FULL, "zone": None, "value": 1, "topic": "trees", "occurred_at": "2026-03-08T09:00:00Z"}
    (await teacher.post("/activities", conflicting, learner_id=learner)).problem(409, "all_conflict")
    assert (await teacher.feed(learner_id=learner), await teacher.progress(learner_id=learner)) == before


@pytest.mark.parametrize(("field", "filled_in"), [("points", 10), ("hints_used", 0), ("metadata", {})])
async def test_a_missing_field_differs_from_its_default_value(client: Client, field: str, filled_in: object) -> None:
    learner, teacher = new_learner(), service(client)
    sent = exercise(START, id="a")
    await teacher.record_all(sent, learner_id=learner)
    answer = await teacher.post("/activities", {**sent, field: filled_in}, learner_id=learner)
    answer.problem(409, "all_conflict")
    assert results_of(answer, "fields") == [[field]]


async def test_a_duplicate_answers_with_the_level_it_changed_the_first_time(client: Client) -> None:
    learner, teacher = new_learner(), service(client)
    await teacher.record_all(*(exercise(START, id=f"n-{n}") for n in range(9)), learner_id=learner)
    tenth = exercise(START, id="tenth")
    first = (await teacher.post("/activities", tenth, learner_id=learner)).ok()
    assert first["learners"][0]["level_changes"] == [{"topic": "loops", "from": "beginner", "to": "intermediate"}]
    again = (await teacher.post("/activities", tenth, learner_id=learner)).ok()
    assert again == {**first, "results": [{"id": "tenth", "status": "duplicate"}]}
    earlier = (await teacher.post("/activities", exercise(START, id="n-3"), learner_id=learner)).ok()
    assert earlier["learners"][0]["level_changes"] == []


async def test_one_id_may_come_twice_in_a_batch(client: Client) -> None:
    ada = Caller(client, new_learner())
    answer = await ada.record(
        activity(START, id="a", duration_seconds=60),
        activity(START, id="a", duration_seconds=60),
        activity(START, id="a", duration_seconds=61),
        activity(START, id="b"),
    )
    answer.ok()
    assert results_of(answer, "id", "status", "fields") == [
        ("a", "accepted", None),
        ("a", "duplicate", None),
        ("a", "conflict", ["duration_seconds"]),
        ("b", "accepted", None),
    ]
    assert (await ada.progress())["minutes"] == 1
    assert [(activity["id"], activity.get("duration_seconds")) for activity in await ada.feed()] == [
        ("b", None),
        ("a", 60),
    ]


async def test_a_batch_with_one_duplicate_among_conflicts_is_accepted(client: Client) -> None:
    ada = Caller(client, new_learner())
    await ada.record_all(activity(START, id="a"), activity(START, id="b"))
    answer = await ada.record(activity(START, id="a", path="x"), activity(START, id="b"))
    answer.ok()
    assert results_of(answer, "status") == ["conflict", "duplicate"]
    answer = await ada.record(activity(START, id="a", path="x"), activity(START, id="b", path="y"))
    answer.problem(409, "all_conflict")
    answer = await ada.record(activity(START, id="a", path="x"), activity(START + DAY, id="c"))
    answer.problem(422, "nothing_taken")
    assert results_of(answer, "status") == ["conflict", "rejected"]


async def test_S06_ids_belong_to_their_sender(client: Client) -> None:
    ada = Caller(client, new_learner())
    senders = [service(client, "exercises"), service(client, "games"), ada]
    for sender in senders:
        await sender.record_all(activity(START, id="same"), learner_id=ada.subject)
    for sender in senders:
        answer = await sender.record(activity(START, id="same"), learner_id=ada.subject)
        assert results_of(answer, "status") == ["duplicate"]
    activities = [(activity["id"], activity["sender"]) for activity in await ada.feed()]
    assert activities == [("same", "learner"), ("same", "games"), ("same", "exercises")]


async def test_ids_belong_to_their_learner(client: Client) -> None:
    teacher = service(client)
    for learner in (new_learner(), new_learner()):
        await teacher.record_all(exercise(START, id="same"), learner_id=learner)


async def test_an_idempotency_key_stands_for_an_id(client: Client) -> None:
    ada = Caller(client, new_learner())
    sent, key = activity(START, id=None), {"Idempotency-Key": "try-1"}
    first = await ada.ask("POST", "/activities", json=sent, headers=key)
    assert first.ok()["results"] == [{"id": "try-1", "status": "accepted"}]
    again = await ada.ask("POST", "/activities", json=sent, headers=key)
    assert again.ok()["results"] == [{"id": "try-1", "status": "duplicate"}]
    other = await ada.ask("POST", "/activities", json={**sent, "path": "p"}, headers=key)
    other.problem(409, "all_conflict")


async def test_an_idempotency_key_covers_a_batch_item_by_item(client: Client) -> None:
    ada = Caller(client, new_learner())
    batch = {"activities": [activity(START, id=None), activity(START, id="own"), activity(START, id=None)]}
    key = {"Idempotency-Key": "k"}
    first = await ada.ask("POST", "/activities", json=batch, headers=key)
    assert results_of(first, "id", "status") == [("k:0", "accepted"), ("own", "accepted"), ("k:2", "accepted")]
    again = await ada.ask("POST", "/activities", json=batch, headers=key)
    assert results_of(again, "id", "status") == [("k:0", "duplicate"), ("own", "duplicate"), ("k:2", "duplicate")]
    batch["activities"].append({"verb": 1})
    again = await ada.ask("POST", "/activities", json=batch, headers=key)
    assert results_of(again, "status") == ["duplicate", "duplicate", "duplicate", "rejected"]


@pytest.mark.parametrize(("length", "status"), [(1, 200), (190, 200), (191, 422), (0, 422)])
@pytest.mark.parametrize("batched", [True, False])
async def test_an_idempotency_key_has_at_most_190_characters(
    client: Client, batched: bool, length: int, status: int
) -> None:
    ada = Caller(client, new_learner())
    one = activity(START, id=None)
    sent = {"activities": [one] * 1_000} if batched else one
    answer = await ada.ask("POST", "/activities", json=sent, headers={"Idempotency-Key": "k" * length})
    assert answer.status == status
    if status == 422:
        answer.problem(422, "invalid_idempotency_key")
        assert await ada.feed() == []


# ---- Once-keys

SUMS = ("exercises_completed", "points", "hints_used", "minutes")


async def sums_of(caller: Caller) -> tuple[object, ...]:
    """Exercises, points, hints, minutes, graded exercises, average."""
    overview = await caller.progress()
    return (*(overview[name] for name in SUMS), overview["grades"]["graded"], overview["grades"]["average"])


async def test_a_once_key_counts_once_in_a_batch_and_the_earliest_wins(client: Client) -> None:
    ada, teacher = Caller(client, new_learner()), service(client)
    later = exercise(START, id="later", value=100, hints_used=5, once_key="k")
    earlier = exercise(START - DAY, id="earlier", value=40, hints_used=1, once_key="k")
    tied = exercise(START - DAY, id="tied", value=70, hints_used=2, once_key="k")
    answer = await teacher.record(later, tied, earlier, learner_id=ada.subject)
    answer.ok()
    assert results_of(answer, "id", "status", "not_counted") == [
        ("later", "accepted", "once_key"),
        ("tied", "accepted", "once_key"),
        ("earlier", "accepted", None),
    ]
    assert answer.body["learners"][0]["points"] == 10
    # Practice time always counts: three times ten minutes, on both days.
    assert await sums_of(ada) == (1, 10, 1, 30, 1, 40.0)
    assert (await ada.progress())["streak"]["current_streak"] == 2
    assert [(activity["id"], activity["points"], activity.get("not_counted")) for activity in await ada.feed()] == [
        ("later", 0, "once_key"),
        ("tied", 0, "once_key"),
        ("earlier", 10, None),
    ]


async def test_a_once_key_counts_once_across_batches_and_senders(client: Client) -> None:
    ada = Caller(client, new_learner())
    first, second = service(client, "exercises"), service(client, "games")
    await first.record_all(exercise(START, id="a", value=60, once_key="k"), learner_id=ada.subject)
    for sender, name in ((first, "b"), (second, "a")):
        answer = await sender.record(exercise(START - DAY, id=name, value=100, once_key="k"), learner_id=ada.subject)
        assert results_of(answer, "status", "not_counted") == [("accepted", "once_key")]
        assert answer.body["learners"][0]["points"] == 0
    assert await sums_of(ada) == (1, 10, 0, 30, 1, 60.0)
    again = await second.record(exercise(START - DAY, id="a", value=100, once_key="k"), learner_id=ada.subject)
    assert results_of(again, "status", "not_counted") == [("duplicate", "once_key")]
    assert again.body["learners"][0]["points"] == 0


async def test_a_once_key_belongs_to_one_learner_and_one_object_type(client: Client) -> None:
    ada, bob, teacher = new_learner(), new_learner(), service(client)
    answer = await teacher.record(
        exercise(START, once_key="k", learner_id=ada),
        exercise(START, once_key="k", learner_id=bob),
        exercise(START, once_key="k", object_type="quiz", learner_id=ada),
        exercise(START, once_key="K", learner_id=ada),
    )
    assert results_of(answer, "not_counted") == [None, None, None, None]


async def test_a_conflict_uses_no_once_key(client: Client) -> None:
    learner, teacher = new_learner(), service(client)
    await teacher.record_all(exercise(START, id="a"), learner_id=learner)
    answer = await teacher.record(exercise(START, id="a", once_key="k"), learner_id=learner)
    assert results_of(answer, "status", "fields") == [("conflict", ["once_key"])]
    answer = await teacher.record(exercise(START, id="b", once_key="k"), learner_id=learner)
    assert results_of(answer, "status", "not_counted") == [("accepted", None)]


async def test_a_duplicate_among_new_activities_answers_with_what_it_changed_the_first_time(client: Client) -> None:
    learner, teacher = new_learner(), service(client)
    ten = [exercise(START, id=f"n-{n}") for n in range(10)]
    await teacher.record_all(*ten, learner_id=learner)
    answer = (await teacher.record(*ten, exercise(START, id="new"), learner_id=learner)).ok()
    assert answer["learners"][0]["level_changes"] == [{"topic": "loops", "from": "beginner", "to": "intermediate"}]


async def test_a_voided_id_sent_again_is_a_duplicate_that_says_so(client: Client) -> None:
    ada = Caller(client, new_learner())
    sent = [activity(START, id="gone"), activity(START, id="kept")]
    await ada.record_all(*sent)
    (await ada.ask("DELETE", "/activities/gone")).ok()
    repeated = await ada.record(*sent, {**sent[0], "path": "other"})
    assert results_of(repeated, "id", "status", "voided") == [
        ("gone", "duplicate", True),
        ("kept", "duplicate", None),
        ("gone", "conflict", None),
    ]
    event = {"action": "viewed", "objectType": "lesson", "id": "event", "timestamp": "2026-03-10T09:00:00Z"}
    (await ada.post("/events", event)).ok()
    (await ada.ask("DELETE", "/activities/event")).ok()
    assert results_of(await ada.post("/events", event), "status", "voided") == [("duplicate", True)]
