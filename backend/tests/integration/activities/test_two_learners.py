"""A request that names two different learners is refused as a whole, wherever it names them."""

from uuid import uuid4

import pytest
from quart.typing import TestClientProtocol as Client

from support.builders import activity, new_learner
from support.callers import Caller, Json, service, uuid_of
from support.clock import START, AdjustableClock

BATCH, UPDATE, CALCULATE = "/activities", "/progress/update-streak", "/progress/calculate-skill-level"
PROGRESS_EVENTS, EVENTS = "/progress/events", "/events"
FIRST, SECOND = "<first>", "<second>"
EVENT: Json = {"action": "completed", "objectType": "meditation"}
SESSION: Json = {"type": "time", "value": 5}

# The path, the body and the learner in the query string.
NAMED_TWICE: list[tuple[str, Json, str | None]] = [
    (BATCH, activity(START, learner_id=SECOND), FIRST),
    (BATCH, {"activities": [activity(START, learner_id=SECOND)]}, FIRST),
    (BATCH, {"activities": [activity(START, learner_id=SECOND)], "learner_id": FIRST}, None),
    (BATCH, {"activities": [activity(START)], "learner_id": SECOND}, FIRST),
    (BATCH, {"activities": [activity(START), activity(START, learner_id=SECOND)], "learner_id": FIRST}, FIRST),
    (BATCH, {"activities": [activity(START), {"verb": 5}], "learner_id": SECOND}, FIRST),
    (UPDATE, {"learner_id": SECOND}, FIRST),
    (UPDATE, {"exercise": activity(START, learner_id=SECOND)}, FIRST),
    (UPDATE, {"exercise": activity(START, learner_id=SECOND), "learner_id": FIRST}, None),
    (PROGRESS_EVENTS, {**SESSION, "userId": SECOND}, FIRST),
    (PROGRESS_EVENTS, {**SESSION, "learnerId": SECOND}, FIRST),
    (EVENTS, {**EVENT, "userId": SECOND}, FIRST),
    (EVENTS, {**EVENT, "learnerId": SECOND}, FIRST),
    (CALCULATE, {"topic": "loops", "learner_id": SECOND}, FIRST),
]


def named(value: object, first: str, second: str) -> object:
    """The value with these learners in place of FIRST and SECOND."""
    match value:
        case dict():
            return {key: named(member, first, second) for key, member in value.items()}
        case list():
            return [named(member, first, second) for member in value]
        case _:
            return {FIRST: first, SECOND: second}.get(value, value) if isinstance(value, str) else value


@pytest.mark.parametrize(("path", "body", "query"), NAMED_TWICE)
async def test_two_learners_in_one_request_are_refused(
    client: Client, clock: AdjustableClock, path: str, body: Json, query: str | None
) -> None:
    first, second, teacher = new_learner(), new_learner(), service(client)
    names = {} if query is None else {"learner_id": first}
    (await teacher.post(path, named(body, first, second), **names)).problem(422, "learner_conflict")
    # For a learner another learner does not exist, whichever place names it.
    for mine, other in ((first, second), (second, first)):
        names = {} if query is None else {"learner_id": mine}
        answer = await Caller(client, first).post(path, named(body, mine, other), **names)
        if answer.status == 200:
            assert [result.get("reason") for result in answer.body["results"]] == [None, "learner_not_found"]
            await Caller(client, first).ask("DELETE", f"/activities/{answer.body['results'][0]['id']}")
        else:
            answer.problem(404, "learner_not_found")
    for learner in (first, second):
        assert await teacher.feed(learner_id=learner) == []


@pytest.mark.parametrize(("path", "body", "query"), NAMED_TWICE)
async def test_one_learner_may_be_named_in_two_forms(
    client: Client, clock: AdjustableClock, path: str, body: Json, query: str | None
) -> None:
    learner = str(uuid4())
    forms = (learner, learner.upper())
    for first, second in (forms, forms[::-1]):
        for caller in (service(client), Caller(client, learner)):
            names = {} if query is None else {"learner_id": first}
            (await caller.post(path, named(body, first, second), **names)).ok()


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        (BATCH, activity(START, learner_id=SECOND), "/learner_id"),
        (BATCH, {"activities": [activity(START, learner_id=SECOND)]}, "/activities/0/learner_id"),
        (BATCH, {"activities": [activity(START)], "learner_id": SECOND}, "/learner_id"),
        (UPDATE, {"learner_id": SECOND}, "/learner_id"),
        (UPDATE, {"exercise": activity(START, learner_id=SECOND)}, "/exercise/learner_id"),
        (CALCULATE, {"topic": "loops", "learner_id": SECOND}, "/learner_id"),
    ],
)
async def test_the_place_that_names_another_learner_is_shown(
    client: Client, clock: AdjustableClock, path: str, body: Json, pointer: str
) -> None:
    first, second = new_learner(), new_learner()
    refused = await service(client).post(path, named(body, first, second), learner_id=first)
    refused.problem(422, "learner_conflict")
    assert refused.pointers() == [pointer]


async def test_a_batch_names_the_activities_that_conflict(client: Client) -> None:
    first, second, third = (new_learner() for _ in range(3))
    items = [activity(START), activity(START, learner_id=first), activity(START, learner_id=second)]
    refused = await service(client).record(*items, activity(START, learner_id=third), learner_id=first)
    refused.problem(422, "learner_conflict")
    assert refused.pointers() == ["/activities/2/learner_id", "/activities/3/learner_id"]
    assert [fault["code"] for fault in refused.body["errors"]] == ["conflicting"] * 2
    assert await service(client).feed(learner_id=first) == []


async def test_without_a_learner_around_them_activities_may_be_of_many(client: Client) -> None:
    names = [new_learner() for _ in range(3)]
    body = await service(client).record_all(*(activity(START, learner_id=name) for name in names))
    assert {learner["learner_id"] for learner in body["learners"]} == {uuid_of(name) for name in names}


async def test_a_batch_of_a_service_repeats_the_names_it_sent(client: Client, clock: AdjustableClock) -> None:
    ada, bob, teacher = str(uuid4()), new_learner(), service(client)
    forms = (ada, ada.upper(), bob)
    items = [activity(START, id=str(n), learner_id=name) for n, name in enumerate(forms)]
    body = (await teacher.record(*items, {"id": "bad", "learner_id": bob})).ok()
    assert [(result["id"], result["learner_id"]) for result in body["results"]] == [
        ("0", ada),
        ("1", ada.upper()),
        ("2", bob),
        ("bad", bob),
    ]
    assert {learner["learner_id"]: learner["sent_as"] for learner in body["learners"]} == {
        ada: [ada, ada.upper()],
        uuid_of(bob): [bob],
    }
    around = (await teacher.record(activity(START), learner_id=ada)).ok()
    assert (around["results"][0]["learner_id"], around["learners"][0]["sent_as"]) == (ada, [ada])
    in_query = (await teacher.post("/activities", {"activities": [activity(START)]}, learner_id=ada)).ok()
    assert (in_query["results"][0]["learner_id"], in_query["learners"][0]["sent_as"]) == (ada, [ada])
    own = (await Caller(client, ada).record(activity(START, learner_id=ada))).ok()
    assert ("learner_id" in own["results"][0], "sent_as" in own["learners"][0]) == (False, False)
    missing = await teacher.record(activity(START))
    assert "learner_id" not in missing.problem(422, "learner_required")["results"][0]
