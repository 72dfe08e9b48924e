"""Every fault says what is wrong to programs too: a code from a closed list, and the values of its sentence."""

from typing import get_args

import pytest
from quart.typing import TestClientProtocol as Client

from milepost.errors import FaultCode
from support.builders import activity, exercise, new_learner
from support.callers import Caller, Json, service
from support.clock import START, AdjustableClock

UNKNOWN = "00000000-0000-4000-8000-000000000000"
PERIODS = ["daily", "weekly", "monthly"]
GOAL = {"name": "g", "target_type": "minutes", "time_period": "daily", "target_value": 1}
SLOT = {"starts_at": "2026-03-10T09:00:00Z", "ends_at": "2026-03-10T10:00:00Z"}


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START, Tuesday 2026-03-10 12:00 UTC."""


def goal(**fields: object) -> Json:
    """A goal with these fields."""
    return {**GOAL, **fields}


def pause(first_day: str, last_day: str) -> Json:
    """A pause."""
    return {"first_day": first_day, "last_day": last_day}


def task(**slot: str) -> Json:
    """A task with one slot."""
    return {"title": "t", "scheduled_slots": [{**SLOT, **slot}]}


@pytest.mark.parametrize(
    ("path", "body", "pointer", "code", "values"),
    [
        ("/goals", goal(name=None), "/name", "wrong_type", {"expected": "string"}),
        ("/goals", goal(target_value=1.5), "/target_value", "wrong_type", {"expected": "integer"}),
        ("/goals", goal(target_value="1"), "/target_value", "wrong_type", {"expected": "integer"}),
        ("/goals", goal(target_value=0), "/target_value", "too_small", {"min": 1}),
        ("/goals", goal(target_value=1_000_001), "/target_value", "too_large", {"max": 1_000_000}),
        ("/goals", goal(target_type="percentage", target_value=101), "/target_value", "too_large", {"max": 100}),
        ("/goals", goal(time_period="hourly"), "/time_period", "not_allowed", {"allowed": PERIODS}),
        ("/goals", goal(colour="red"), "/colour", "unknown_field", {}),
        ("/goals", {key: GOAL[key] for key in GOAL if key != "name"}, "/name", "missing", {}),
        ("/goals", goal(name="n" * 101), "/name", "too_long", {"max": 100}),
        ("/goals", goal(category_id="work"), "/category_id", "wrong_form", {"form": "uuid"}),
        ("/goals", goal(category_id=UNKNOWN), "/category_id", "unknown", {}),
        (
            "/goals",
            goal(target_type="points", category_id=UNKNOWN),
            "/category_id",
            "conflicting",
            {"other": "target_type"},
        ),
        ("/goals", goal(topic="a\x00"), "/topic", "forbidden_character", {}),
        ("/tasks", task(ends_at="2026-03-10T09:00:00Z"), "/scheduled_slots/0", "reversed", {}),
        ("/tasks", task(ends_at="2026-03-11T09:01:00Z"), "/scheduled_slots/0", "too_long", {"max_hours": 24}),
        ("/tasks", task(ends_at="2026-03-10T10:00:30Z"), "/scheduled_slots/0", "not_whole_minutes", {}),
        ("/tasks", task(ends_at="10 o'clock"), "/scheduled_slots/0/ends_at", "wrong_form", {"form": "date-time"}),
        ("/tasks", {"title": "t", "due_day": "2026-02-30"}, "/due_day", "wrong_form", {"form": "date"}),
        ("/tasks", {"title": "t", "scheduled_slots": [SLOT] * 101}, "/scheduled_slots", "too_many", {"max": 100}),
        ("/tasks", {"title": "t", "scheduled_slots": {}}, "/scheduled_slots", "wrong_type", {"expected": "array"}),
        ("/tasks", [], "", "wrong_type", {"expected": "object"}),
        ("/milestones", {"title": "m"}, "", "missing", {}),
        ("/me/pauses", pause("2026-03-12", "2026-03-11"), "/last_day", "reversed", {}),
        ("/me/pauses", pause("2026-03-12", "2026-05-01"), "/last_day", "too_long", {"max_days": 30}),
        ("/me/pauses", pause("2026-03-09", "2026-03-11"), "/first_day", "in_the_past", {}),
    ],
)
async def test_a_fault_in_a_body(
    client: Client, path: str, body: object, pointer: str, code: str, values: Json
) -> None:
    refused = await Caller(client, new_learner()).post(path, body)
    assert refused.status == 422
    (fault,) = refused.body["errors"]
    assert (fault["pointer"], fault["code"], fault["values"]) == (pointer, code, values)
    assert fault["code"] in get_args(FaultCode)
    assert fault["message"]


@pytest.mark.parametrize(
    ("path", "query", "pointer", "code", "values"),
    [
        ("/activities", "limit=201", "/limit", "out_of_range", {"min": 1, "max": 200}),
        ("/activities", "limit=ten", "/limit", "out_of_range", {"min": 1, "max": 200}),
        ("/activities", "limit=1&limit=2", "/limit", "repeated", {}),
        ("/activities", "colour=red", "/colour", "unknown_field", {}),
        ("/activities", "from=2026-02-30", "/from", "wrong_form", {"form": "date"}),
        ("/activities", "topic=%ff", "", "wrong_form", {}),
        ("/activities/balance", "by=age", "/by", "not_allowed", {"allowed": ["path", "topic", "object_type"]}),
        ("/goals/progress", "start_date=2026-03-11", "/start_date", "in_the_future", {}),
        ("/progress/streak", "month=2026-13", "/month", "wrong_form", {"form": "month"}),
    ],
)
async def test_a_fault_in_a_query(client: Client, path: str, query: str, pointer: str, code: str, values: Json) -> None:
    refused = await Caller(client, new_learner()).ask("GET", f"{path}?{query}")
    assert refused.status == 422
    (fault,) = refused.body["errors"]
    assert (fault["pointer"], fault["code"], fault["values"]) == (pointer, code, values)
    assert fault["code"] in get_args(FaultCode)


@pytest.mark.parametrize(
    ("fields", "pointer", "code", "values"),
    [
        ({"value": 100.5}, "/value", "too_large", {"max": 100}),
        ({"value": 1.2345}, "/value", "too_many_decimals", {"max": 3}),
        ({"verb": "\u200b"}, "/verb", "blank", {}),
        ({"id": ""}, "/id", "too_short", {"min": 1}),
        ({"zone": "Mars"}, "/zone", "wrong_form", {"form": "time-zone"}),
        ({"metadata": {"k": 2**64}}, "/metadata", "too_large", {}),
        ({"metadata": {str(n): 1 for n in range(65)}}, "/metadata", "too_many", {"max": 64}),
        ({"metadata": {"k": "x" * 17_000}}, "/metadata", "too_long", {"max": 16_384}),
    ],
)
async def test_a_fault_in_an_activity_of_a_batch(
    client: Client, fields: Json, pointer: str, code: str, values: Json
) -> None:
    teacher, ada = service(client), new_learner()
    bad = exercise(START, **{"id": "bad", **fields})
    answer = await teacher.record(activity(START, id="good"), bad, learner_id=ada)
    (fault,) = answer.ok()["results"][1]["errors"]
    assert (fault["pointer"], fault["code"], fault["values"]) == (f"/activities/1{pointer}", code, values)
    assert fault["code"] in get_args(FaultCode)


@pytest.mark.parametrize(("raw", "code"), [(b"", "empty"), (b"{", "wrong_form"), (b"[" * 300 + b"]" * 300, "too_deep")])
async def test_a_body_that_cannot_be_read(client: Client, raw: bytes, code: str) -> None:
    refused = await Caller(client, new_learner()).ask("POST", "/goals", raw=raw)
    assert [(fault["pointer"], fault["code"]) for fault in refused.body["errors"]] == [("", code)]


async def test_the_document_lists_the_codes(client: Client) -> None:
    document = await (await client.get("/openapi.json")).get_json()
    fault = document["components"]["schemas"]["ProblemFault"]
    assert fault["properties"]["code"]["enum"] == [*get_args(FaultCode)]
    assert set(fault["required"]) == {"pointer", "message", "code", "values"}
