"""What looks the same is one thing, wherever a person or a service names something."""

import pytest
from quart.typing import TestClientProtocol as Client

from support.builders import exercise, new_learner
from support.callers import Caller, Json, service
from support.clock import START, AdjustableClock

NFC, NFD = "\u00e9tude", " e\u0301tude\u200b"
WORDS = (
    "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",
    "\U0001f9d1\u200d\U0001f680",
    "\u05e9\u05dc\u05d5\u05dd!\u200f x",
)
GOAL = {"name": "g", "target_type": "minutes", "time_period": "daily", "target_value": 1}
NAMED = [
    ("/categories", {}, "name", 100),
    ("/tasks", {}, "title", 200),
    ("/goals", GOAL, "name", 100),
    ("/spaces", {}, "title", 200),
    ("/composite-goals", {}, "title", 200),
    ("/milestones", {"space_id": "s"}, "title", 200),
]


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START, Tuesday 2026-03-10 12:00 UTC."""


@pytest.mark.parametrize(("path", "body", "field", "limit"), NAMED)
async def test_a_name_is_kept_in_one_spelling(client: Client, path: str, body: Json, field: str, limit: int) -> None:
    ada = Caller(client, new_learner())
    await ada.post("/spaces", {"space_id": "s", "title": "Space"})
    assert (await ada.post(path, {**body, field: NFD})).ok()[field] == NFC
    longest = "\u00e9" * limit
    decomposed = "e\u0301" * limit
    assert (await ada.post(path, {**body, field: f"  {decomposed}  "})).ok()[field] == longest
    refused = await ada.post(path, {**body, field: decomposed + "x"})
    (fault,) = refused.problem(422, "invalid_body")["errors"]
    assert (fault["pointer"], fault["code"], fault["values"]) == (f"/{field}", "too_long", {"max": limit})


@pytest.mark.parametrize(("path", "body", "field", "limit"), NAMED)
async def test_a_name_can_be_seen(client: Client, path: str, body: Json, field: str, limit: int) -> None:
    ada = Caller(client, new_learner())
    await ada.post("/spaces", {"space_id": "s", "title": "Space"})
    for unseen in ("", "  ", "\u200b", "\u200d\u2060", "\u3000\ufeff"):
        (fault,) = (await ada.post(path, {**body, field: unseen})).problem(422, "invalid_body")["errors"]
        assert (fault["pointer"], fault["code"]) == (f"/{field}", "blank")
    for mangling in ("a\nb", "a\x07b", "a\u202eb", "a\u2066b", "a\x00b"):
        (fault,) = (await ada.post(path, {**body, field: mangling})).problem(422, "invalid_body")["errors"]
        assert (fault["pointer"], fault["code"]) == (f"/{field}", "forbidden_character")
    # Joiners and marks of direction belong to words and emoji.
    for word in WORDS:
        assert (await ada.post(path, {**body, field: word})).ok()[field] == word


async def test_two_spellings_of_a_category_are_one(client: Client) -> None:
    ada = Caller(client, new_learner())
    (await ada.post("/categories", {"name": NFC})).ok()
    (await ada.post("/categories", {"name": NFD})).problem(409, "category_exists")


async def test_a_blank_topic_is_not_all_topics(client: Client) -> None:
    ada = Caller(client, new_learner())
    (fault,) = (await ada.post("/goals", {**GOAL, "topic": " \u200b"})).problem(422, "invalid_body")["errors"]
    assert (fault["pointer"], fault["code"]) == ("/topic", "blank")
    assert (await ada.post("/goals", {**GOAL, "topic": None})).ok()["topic"] is None
    (fault,) = (await ada.get("/activities", topic=" ")).problem(422, "invalid_query")["errors"]
    assert (fault["pointer"], fault["code"]) == ("/topic", "blank")


async def test_labels_of_activities_are_counted_together(client: Client) -> None:
    teacher, ada = service(client), new_learner()
    for spelling in (NFC, NFD):
        labels = dict.fromkeys(("topic", "path", "difficulty", "object_type"), spelling)
        await teacher.record_all(exercise(START, **labels), learner_id=ada)
    for by in ("topic", "path", "object_type"):
        (part,) = (await teacher.get("/activities/balance", by=by, learner_id=ada)).ok()["parts"]
        assert (part["name"], part["activities"]) == (NFC, 2)
    for spelling in (NFC, NFD):
        for name in ("topic", "object_type"):
            assert len(await teacher.feed(learner_id=ada, **{name: spelling})) == 2


async def test_ids_are_kept_as_sent(client: Client) -> None:
    """Platforms make ids and compare them character by character; so does this service."""
    teacher, ada = service(client), new_learner()
    for spelling in (NFC, NFD):
        sent = exercise(START, id=spelling, object_id=spelling, session_id=spelling, space_id=spelling)
        await teacher.record_all(sent, learner_id=ada)
    feed = await teacher.feed(learner_id=ada)
    assert {(item["id"], item["object_id"], item["space_id"]) for item in feed} == {(NFC,) * 3, (NFD,) * 3}


@pytest.mark.parametrize(
    "twin",
    [
        {"taskType": NFD, "tries": 1, "tags": [NFC]},
        {"taskType": NFC, "tries": 1.0, "tags": [NFC]},
        {"tags": [NFD], "tries": 1, "taskType": NFC},
    ],
)
async def test_an_event_without_an_id_is_known_by_its_value(client: Client, twin: Json) -> None:
    teacher, ada = service(client), new_learner()
    event = {"type": "task", "value": 100, "timestamp": START.isoformat(), "learnerId": ada}
    first = await teacher.post("/progress/events", {**event, "metadata": {"taskType": NFC, "tries": 1, "tags": [NFC]}})
    assert [result["status"] for result in first.ok()["results"]] == ["accepted"]
    again = await teacher.post("/progress/events", {**event, "metadata": twin})
    assert [result["status"] for result in again.ok()["results"]] == ["duplicate"]
    other = await teacher.post("/progress/events", {**event, "metadata": {**twin, "tries": True}})
    assert [result["status"] for result in other.ok()["results"]] == ["accepted"]


async def test_texts_of_administrators(client: Client) -> None:
    admin = Caller(client, "root", ["admin"])
    outage = {"starts_at": "2026-03-09T00:00:00Z", "ends_at": "2026-03-09T01:00:00Z"}
    assert (await admin.post("/admin/outages", {**outage, "reason": NFD})).ok()["reason"] == NFC
    (await admin.post("/admin/outages", {**outage, "reason": "\u200b"})).problem(422, "invalid_body")
    ada = Caller(client, new_learner())
    days = {"first_day": "2026-03-12", "last_day": "2026-03-12"}
    (await ada.post("/me/pauses", {**days, "reason": " \u200b"})).ok()
    (pause,) = (await ada.get("/me/pauses")).ok()["pauses"]
    assert pause["reason"] == ""
