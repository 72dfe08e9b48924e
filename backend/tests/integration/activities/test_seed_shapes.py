"""The two event shapes the platform's features already send, and the activities they become."""

import pytest
from quart.typing import TestClientProtocol as Client

from support.builders import exercise, new_learner
from support.callers import Caller, Json, results_of, service
from support.clock import START, AdjustableClock

EVENTS, RECORD = "/progress/events", "/events"
NOW = "2026-03-10T12:00:00Z"


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START."""


async def recorded_activity(client: Client, path: str, sent: Json) -> Json:
    """The feed entry of an event of a new learner, without its id; asserts that the id is the one answered."""
    learner, teacher = new_learner(), service(client)
    answer = await teacher.post(path, sent, learner_id=learner)
    answer.ok()
    (result,) = answer.body["results"]
    assert result["status"] == "accepted"
    (activity,) = await teacher.feed(learner_id=learner)
    assert activity.pop("id") == result["id"]
    assert activity.pop("sender") == "exercises"
    return activity


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (
            {
                "type": "task",
                "spaceId": "space123",
                "goalId": "goal456",
                "value": 100,
                "metadata": {"taskType": "coding", "difficulty": "medium"},
                "timestamp": "2026-03-09T23:30:00+01:00",
            },
            {
                "verb": "completed",
                "object_type": "task",
                "space_id": "space123",
                "goal_id": "goal456",
                "value": 100.0,
                "topic": "coding",
                "difficulty": "medium",
                "metadata": {"taskType": "coding", "difficulty": "medium"},
                "occurred_at": "2026-03-09T22:30:00Z",
                "local_day": "2026-03-09",
                "points": 10,
            },
        ),
        (
            {"type": "task", "spaceId": "s", "goalId": "g", "value": 0, "metadata": {"taskType": 5, "difficulty": " "}},
            {
                "verb": "completed",
                "object_type": "task",
                "space_id": "s",
                "goal_id": "g",
                "value": 0.0,
                "metadata": {"taskType": 5, "difficulty": " "},
                "occurred_at": NOW,
                "local_day": "2026-03-10",
                "points": 10,
            },
        ),
        (
            {"type": "time", "spaceId": "s", "goalId": "g", "value": 12.5, "timestamp": NOW},
            {
                "verb": "practised",
                "object_type": "session",
                "space_id": "s",
                "goal_id": "g",
                "duration_seconds": 750,
                "occurred_at": NOW,
                "local_day": "2026-03-10",
                "points": 1,
            },
        ),
        (
            {"type": "time", "value": 1_440, "timestamp": NOW},
            {
                "verb": "practised",
                "object_type": "session",
                "duration_seconds": 86_400,
                "occurred_at": NOW,
                "local_day": "2026-03-10",
                "points": 1,
            },
        ),
        (
            {"type": "milestone", "goalId": "g", "value": 1, "metadata": {"milestoneId": "m-1"}, "timestamp": NOW},
            {
                "verb": "reached",
                "object_type": "milestone",
                "goal_id": "g",
                "object_id": "m-1",
                "metadata": {"milestoneId": "m-1"},
                "occurred_at": NOW,
                "local_day": "2026-03-10",
                "points": 50,
            },
        ),
        (
            {"type": "interaction", "spaceId": "s", "value": 72.5, "timestamp": NOW},
            {
                "verb": "interacted",
                "object_type": "interaction",
                "space_id": "s",
                "value": 72.5,
                "occurred_at": NOW,
                "local_day": "2026-03-10",
                "points": 0,
            },
        ),
    ],
    ids=["task", "task-without-words", "time", "a-whole-day", "milestone", "interaction"],
)
async def test_a_progress_event_becomes_an_activity(client: Client, sent: Json, expected: Json) -> None:
    assert await recorded_activity(client, EVENTS, sent) == expected


@pytest.mark.parametrize(
    ("sent", "expected"),
    [
        (
            {
                "action": "completed",
                "objectType": "meditation",
                "metadata": {"duration": 600, "yogaPath": "MINDFULNESS"},
            },
            {
                "verb": "completed",
                "object_type": "meditation",
                "duration_seconds": 600,
                "path": "MINDFULNESS",
                "metadata": {"duration": 600, "yogaPath": "MINDFULNESS"},
                "occurred_at": NOW,
                "local_day": "2026-03-10",
                "points": 2,
            },
        ),
        (
            {
                "action": "answered",
                "objectType": "quiz",
                "objectId": "q-1",
                "sessionId": "s-1",
                "metadata": {"duration": 30.0, "path": "basics", "category": "ignored"},
                "timestamp": "2026-03-08T12:00:00+05:30",
            },
            {
                "verb": "answered",
                "object_type": "quiz",
                "object_id": "q-1",
                "session_id": "s-1",
                "duration_seconds": 30,
                "path": "basics",
                "metadata": {"duration": 30.0, "path": "basics", "category": "ignored"},
                "occurred_at": "2026-03-08T06:30:00Z",
                "local_day": "2026-03-08",
                "points": 1,
            },
        ),
        (
            {"action": "viewed", "objectType": "lesson", "metadata": {"category": "algebra"}, "timestamp": NOW},
            {
                "verb": "viewed",
                "object_type": "lesson",
                "path": "algebra",
                "metadata": {"category": "algebra"},
                "occurred_at": NOW,
                "local_day": "2026-03-10",
                "points": 0,
            },
        ),
        (
            {"action": "viewed", "objectType": "lesson"},
            {"verb": "viewed", "object_type": "lesson", "occurred_at": NOW, "local_day": "2026-03-10", "points": 0},
        ),
    ],
    ids=["meditation", "quiz", "category", "bare"],
)
async def test_a_recorded_event_becomes_an_activity(client: Client, sent: Json, expected: Json) -> None:
    assert await recorded_activity(client, RECORD, sent) == expected


async def test_a_progress_event_with_a_timestamp_is_recognised_again(client: Client) -> None:
    learner, teacher = new_learner(), service(client)
    event = {"type": "task", "spaceId": "s", "goalId": "g", "value": 100, "timestamp": "2026-03-10T11:00:00Z"}
    first = await teacher.post(EVENTS, event, learner_id=learner)
    assert results_of(first, "status") == ["accepted"]
    for repeat in (event, {**event, "timestamp": "2026-03-10T12:00:00+01:00"}, {**event, "value": 100.0}):
        again = await teacher.post(EVENTS, repeat, learner_id=learner)
        assert results_of(again, "id", "status") == [(first.body["results"][0]["id"], "duplicate")]
    for other in ({**event, "value": 99}, {**event, "timestamp": "2026-03-10T11:00:01Z"}, {**event, "spaceId": "t"}):
        assert results_of(await teacher.post(EVENTS, other, learner_id=learner), "status") == ["accepted"]
    assert (await teacher.progress(learner_id=learner))["exercises_completed"] == 4


async def test_without_a_timestamp_only_an_id_or_a_key_makes_a_repeat_safe(
    client: Client, clock: AdjustableClock
) -> None:
    learner, teacher = new_learner(), service(client)
    event = {"type": "time", "value": 5, "userId": learner}
    for sent, headers in ((event, {"Idempotency-Key": "k"}), ({**event, "id": "own"}, {})):
        first = await teacher.ask("POST", EVENTS, json=sent, headers=headers)
        clock.advance(minutes=1)
        again = await teacher.ask("POST", EVENTS, json=sent, headers=headers)
        assert (results_of(first, "status"), results_of(again, "status")) == (["accepted"], ["duplicate"])
    for _ in range(2):
        assert results_of(await teacher.post(EVENTS, event), "status") == ["accepted"]
    assert (await teacher.progress(learner_id=learner))["minutes"] == 20


async def test_a_recorded_event_is_recognised_again_by_id_or_key(client: Client) -> None:
    ada = Caller(client, new_learner())
    event = {"action": "completed", "objectType": "meditation", "timestamp": NOW}
    for sent, headers in ((event, {"Idempotency-Key": "k"}), ({**event, "id": "own"}, {})):
        statuses = [results_of(await ada.ask("POST", RECORD, json=sent, headers=headers), "status") for _ in range(2)]
        assert statuses == [["accepted"], ["duplicate"]]


async def test_a_learner_may_send_only_its_own_practice(client: Client) -> None:
    ada = Caller(client, new_learner())
    allowed = [
        (EVENTS, {"type": "time", "value": 30}),
        (EVENTS, {"type": "interaction", "value": 80}),
        (RECORD, {"action": "completed", "objectType": "meditation", "userId": ada.subject}),
    ]
    refused = [
        (EVENTS, {"type": "task", "value": 100}),
        (EVENTS, {"type": "milestone", "value": 1}),
        (RECORD, {"action": "completed", "objectType": "quiz"}),
    ]
    for path, event in allowed:
        (await ada.post(path, event)).ok()
    for path, event in refused:
        answer = await ada.post(path, event)
        answer.problem(422, "nothing_taken")
        assert results_of(answer, "reason") == ["not_allowed_for_role"]
    assert (await ada.get("/activities/summary")).ok()["activities"] == 3
    assert (await ada.progress())["points"] == 0


@pytest.mark.parametrize("name", ["userId", "learnerId"])
@pytest.mark.parametrize(
    ("path", "event"),
    [(EVENTS, {"type": "time", "value": 1}), (RECORD, {"action": "viewed", "objectType": "lesson"})],
)
async def test_S01_events_name_their_learner(client: Client, path: str, event: Json, name: str) -> None:
    ada, bob = Caller(client, new_learner()), new_learner()
    (await ada.post(path, {**event, name: bob})).problem(404, "learner_not_found")
    (await service(client).post(path, event)).problem(422, "learner_required")
    assert (await service(client).feed(learner_id=bob)) == []
    (await service(client).post(path, {**event, name: bob})).ok()
    assert len(await service(client).feed(learner_id=bob)) == 1


@pytest.mark.parametrize(
    ("path", "event", "pointer"),
    [
        (EVENTS, {"type": "dance", "value": 1}, "/type"),
        (EVENTS, {"type": "task"}, "/value"),
        (EVENTS, {"type": "task", "value": 100.5}, "/value"),
        (EVENTS, {"type": "interaction", "value": 101}, "/value"),
        (EVENTS, {"type": "time", "value": 1_440.001}, "/value"),
        (EVENTS, {"type": "time", "value": -1}, "/value"),
        (EVENTS, {"type": "task", "value": 1, "space_id": "s"}, "/space_id"),
        (EVENTS, {"type": "task", "value": 1, "timestamp": "2026-03-10T12:00:00"}, "/timestamp"),
        (EVENTS, {"type": "task", "value": 1, "metadata": {"taskType": "t" * 101}}, "/metadata/taskType"),
        (EVENTS, {"type": "task", "value": 1, "metadata": {"taskType": "\U0001d160" * 50}}, "/metadata/taskType"),
        (EVENTS, {"type": "task", "value": 1, "metadata": {"difficulty": "d" * 41}}, "/metadata/difficulty"),
        (EVENTS, {"type": "milestone", "value": 1, "metadata": {"milestoneId": "m" * 201}}, "/metadata/milestoneId"),
        (RECORD, {"objectType": "lesson"}, "/action"),
        (RECORD, {"action": "viewed", "object_type": "lesson"}, "/object_type"),
        (RECORD, {"action": "viewed", "objectType": "lesson", "metadata": {"duration": -1}}, "/metadata/duration"),
        (RECORD, {"action": "viewed", "objectType": "lesson", "metadata": {"duration": 1.5}}, "/metadata/duration"),
        (RECORD, {"action": "viewed", "objectType": "lesson", "metadata": {"duration": 86_401}}, "/metadata/duration"),
        (RECORD, {"action": "viewed", "objectType": "lesson", "metadata": {"duration": True}}, "/metadata/duration"),
        (RECORD, {"action": "viewed", "objectType": "lesson", "metadata": {"duration": "60"}}, "/metadata/duration"),
        (
            RECORD,
            {"action": "viewed", "objectType": "lesson", "metadata": {"yogaPath": "p" * 101}},
            "/metadata/yogaPath",
        ),
        (RECORD, {"action": "viewed", "objectType": "lesson", "points": 100}, "/points"),
    ],
)
async def test_events_with_invalid_values_are_refused(client: Client, path: str, event: Json, pointer: str) -> None:
    learner, teacher = new_learner(), service(client)
    answer = await teacher.post(path, event, learner_id=learner)
    answer.problem(422, "invalid_body")
    assert pointer in answer.pointers()
    assert await teacher.feed(learner_id=learner) == []


async def test_a_task_type_and_a_topic_are_normalised_alike(client: Client) -> None:
    learner, teacher = new_learner(), service(client)
    await teacher.record_all(exercise(START, topic="\u00e9tude"), learner_id=learner)
    event = {"type": "task", "value": 100, "metadata": {"taskType": " e\u0301tude "}}
    (await teacher.post(EVENTS, event, learner_id=learner)).ok()
    overview = await teacher.progress(learner_id=learner)
    assert [(skill["topic"], skill["exercises"]) for skill in overview["skills"]] == [("\u00e9tude", 2)]
