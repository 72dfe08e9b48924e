"""Invalid input: always a 4xx problem that points to the fault, and nothing is written."""

import json

import pytest
from quart.typing import TestClientProtocol as Client

from support.builders import activity, exercise, nested, new_learner
from support.callers import Caller, results_of, service
from support.clock import START, AdjustableClock


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START."""


NOT_A_NUMBER, INFINITY = float("nan"), float("inf")
IMPOSSIBLE: list[tuple[str, object, str]] = [
    ("occurred_at", "2026-03-10T12:00:00", "/occurred_at"),
    ("occurred_at", "2026-03-10", "/occurred_at"),
    ("occurred_at", "", "/occurred_at"),
    ("occurred_at", "noon", "/occurred_at"),
    ("occurred_at", 1_700_000_000, "/occurred_at"),
    ("occurred_at", "1700000000", "/occurred_at"),
    ("occurred_at", "2026-03-10T12:00:60Z", "/occurred_at"),
    ("occurred_at", "2026-02-29T12:00:00Z", "/occurred_at"),
    ("occurred_at", "2026-03-10T24:00:00Z", "/occurred_at"),
    ("occurred_at", "2026-03-10T12:00:00+24:00", "/occurred_at"),
    ("occurred_at", "0001-01-01T00:00:00+14:00", "/occurred_at"),
    ("occurred_at", "9999-12-31T23:59:59-14:00", "/occurred_at"),
    ("occurred_at", "2026-03-10T12:00:00Z\n", "/occurred_at"),
    ("occurred_at", None, "/occurred_at"),
    ("value", 100.0001, "/value"),
    ("value", 88.1234, "/value"),
    ("value", -1, "/value"),
    ("value", -0.001, "/value"),
    ("value", "1", "/value"),
    ("value", True, "/value"),
    ("value", 2**63, "/value"),
    ("value", NOT_A_NUMBER, "/value"),
    ("value", INFINITY, "/value"),
    ("value", [50], "/value"),
    ("duration_seconds", 86_401, "/duration_seconds"),
    ("duration_seconds", -1, "/duration_seconds"),
    ("duration_seconds", 1.5, "/duration_seconds"),
    ("duration_seconds", True, "/duration_seconds"),
    ("duration_seconds", "60", "/duration_seconds"),
    ("duration_seconds", 2**63, "/duration_seconds"),
    ("hints_used", -1, "/hints_used"),
    ("hints_used", 2**31, "/hints_used"),
    ("hints_used", 2**63, "/hints_used"),
    ("hints_used", False, "/hints_used"),
    ("points", -1, "/points"),
    ("points", 100_001, "/points"),
    ("points", 2**63, "/points"),
    ("points", 10**400, "/points"),
    ("points", 1.0001, "/points"),
    ("id", "", "/id"),
    ("id", "i" * 201, "/id"),
    ("id", 7, "/id"),
    ("id", "a\x00b", "/id"),
    ("verb", "", "/verb"),
    ("verb", "v" * 41, "/verb"),
    ("verb", None, "/verb"),
    ("object_type", "o" * 41, "/object_type"),
    ("object_type", None, "/object_type"),
    ("difficulty", "d" * 41, "/difficulty"),
    ("topic", "", "/topic"),
    ("topic", "t" * 101, "/topic"),
    ("topic", "\U0001d160" * 50, "/topic"),  # each becomes three characters in normal form C
    ("path", "p" * 101, "/path"),
    ("object_id", "o" * 201, "/object_id"),
    ("space_id", "s" * 201, "/space_id"),
    ("goal_id", "\x00", "/goal_id"),
    ("session_id", ["s"], "/session_id"),
    ("once_key", "k" * 201, "/once_key"),
    ("zone", "Mars/Olympus", "/zone"),
    ("zone", "europe/berlin", "/zone"),
    ("zone", "Europe", "/zone"),
    ("zone", "../../etc/passwd", "/zone"),
    ("zone", "UTC\x00", "/zone"),
    ("metadata", [], "/metadata"),
    ("metadata", "{}", "/metadata"),
    ("metadata", {f"k{n}": n for n in range(65)}, "/metadata"),
    ("metadata", nested(9), "/metadata"),
    ("metadata", {"a": "x" * 16_384}, "/metadata"),
    ("metadata", {"a": 2**63}, "/metadata"),
    ("metadata", {"a": [-(2**63) - 1]}, "/metadata"),
    ("metadata", {"a": 10**400}, "/metadata"),
    ("metadata", {"a": "b\x00"}, "/metadata"),
    ("metadata", {"a\x00": "b"}, "/metadata"),
    ("metadata", {"a": NOT_A_NUMBER}, "/metadata"),
    ("metadata", {"a": {"b": [-INFINITY]}}, "/metadata"),
    ("unlocked_at", "2026-03-10T12:00:00Z", "/unlocked_at"),
    ("role", "admin", "/role"),
    ("sender", "learner", "/sender"),
    ("local_day", "2026-03-10", "/local_day"),
    ("learner_id", "", "/learner_id"),
    ("learner_id", "l" * 201, "/learner_id"),
    ("learner_id", 5, "/learner_id"),
]
UNREADABLE = [("topic", "\ud800"), ("metadata", {"a": "\udfff"}), ("metadata", {"\ud83d": 1})]
_NAMES = [f"{name}-{place}" for place, (name, *_) in enumerate(IMPOSSIBLE)]


def with_field(name: str, value: object) -> dict[str, object]:
    """An exercise with this field, or without it where the value is None."""
    sent = {**exercise(START), name: value}
    return {key: field for key, field in sent.items() if field is not None}


async def nothing_of(client: Client, learner: str) -> bool:
    """Whether the learner has no data."""
    overview = await service(client).progress(learner_id=learner)
    return overview["revision"] == 0 and await service(client).feed(learner_id=learner) == []


@pytest.mark.parametrize(("name", "value", "pointer"), IMPOSSIBLE, ids=_NAMES)
async def test_an_invalid_value_is_named(client: Client, name: str, value: object, pointer: str) -> None:
    learner = new_learner()
    answer = await service(client).post("/activities", with_field(name, value), learner_id=learner)
    answer.problem(422, "invalid_body")
    assert answer.pointers() == [pointer]
    assert await nothing_of(client, learner)


@pytest.mark.parametrize(("name", "value", "pointer"), IMPOSSIBLE, ids=_NAMES)
async def test_only_the_invalid_item_of_a_batch_is_rejected(
    client: Client, name: str, value: object, pointer: str
) -> None:
    learner = new_learner()
    answer = await service(client).record(
        exercise(START, id="before"), with_field(name, value), exercise(START, id="after"), learner_id=learner
    )
    answer.ok()
    assert results_of(answer, "status", "reason") == [("accepted", None), ("rejected", "invalid"), ("accepted", None)]
    assert [fault["pointer"] for fault in answer.body["results"][1]["errors"]] == [f"/activities/1{pointer}"]
    assert [activity["id"] for activity in await service(client).feed(learner_id=learner)] == ["before", "after"]


@pytest.mark.parametrize(("name", "value"), UNREADABLE)
async def test_half_a_surrogate_pair_is_refused(client: Client, name: str, value: object) -> None:
    learner, teacher = new_learner(), service(client)
    answer = await teacher.post("/activities", with_field(name, value), learner_id=learner)
    answer.problem(422, "malformed_json")
    assert await nothing_of(client, learner)
    answer = await teacher.record(with_field(name, value), exercise(START, id="b"), learner_id=learner)
    answer.ok()
    assert results_of(answer, "status", "reason") == [("rejected", "invalid"), ("accepted", None)]
    assert [fault["pointer"] for fault in answer.body["results"][0]["errors"]] == ["/activities/0"]


async def test_every_fault_of_an_activity_is_named_at_once(client: Client) -> None:
    sent = {"id": "", "verb": 1, "value": 101, "zone": "x", "extra": 1}
    answer = await service(client).post("/activities", sent)
    answer.problem(422, "invalid_body")
    assert set(answer.pointers()) == {"/id", "/verb", "/object_type", "/occurred_at", "/value", "/zone", "/extra"}


DEEP = b"[" * 20_000 + b"]" * 20_000
ONE = json.dumps(activity(START, id="x")).encode()


@pytest.mark.parametrize(
    ("raw", "status", "code"),
    [
        (b"", 422, "body_required"),
        (b" ", 422, "malformed_json"),
        (b"{", 422, "malformed_json"),
        (b"{} {}", 422, "malformed_json"),
        (b"null", 422, "invalid_body"),
        (b'"activities"', 422, "invalid_body"),
        (b"5", 422, "invalid_body"),
        (b"{}", 422, "invalid_body"),
        (b"[]", 422, "invalid_body"),
        (b"[" + ONE + b"]", 422, "invalid_body"),
        (b'["activities"]', 422, "invalid_body"),
        (b'{"activities": {}}', 422, "invalid_body"),
        (b'{"activities": []}', 422, "invalid_body"),
        (b'{"activities": null}', 422, "invalid_body"),
        (b'{"activities": "all"}', 422, "invalid_body"),
        (b'{"activities": [' + ONE + b'], "role": "admin"}', 422, "invalid_body"),
        (b'{"activities": [' + ONE + b'], "learner_id": 5}', 422, "invalid_body"),
        (b'{"activities": [' + ONE + b', {"verb": 1}], "learner_id": ""}', 422, "invalid_body"),
        (b'{"activities": [' + ONE + b', {"verb": 1}], "extra": NaN}', 422, "invalid_body"),
        (b'{"activities": [' + ONE + b"]", 422, "malformed_json"),
        (b'{"activities": [' + ONE + b', {"topic": "\xff"}]}', 422, "malformed_json"),
        (DEEP, 422, "too_deep"),
        (b'{"activities": ' + DEEP + b"}", 422, "too_deep"),
        (b'{"activities": [' + ONE + b', {"metadata": {"a": ' + DEEP + b"}}]}", 422, "too_deep"),
        (ONE[:-1] + b', "metadata": {"a": ' + DEEP + b"}}", 422, "too_deep"),
        (ONE.replace(b"session", b"\xc3\x28"), 422, "malformed_json"),
        (b'{"activities": [' + ONE + b"]}" + b" " * 6_000_000, 413, "body_too_large"),
    ],
)
async def test_bodies_that_hold_no_activities_are_refused(client: Client, raw: bytes, status: int, code: str) -> None:
    ada = Caller(client, new_learner())
    answer = await ada.ask("POST", "/activities", raw=raw)
    answer.problem(status, code)
    if status == 422:
        assert answer.body["errors"]
    assert await nothing_of(client, ada.subject)


@pytest.mark.parametrize("item", [None, 5, "a", [], {}, [ONE.decode()]])
async def test_an_item_that_is_no_activity_is_rejected(client: Client, item: object) -> None:
    ada = Caller(client, new_learner())
    answer = await ada.record(item, activity(START, id="b"))
    answer.ok()
    assert results_of(answer, "id", "status") == [(None, "rejected"), ("b", "accepted")]
    assert all(fault["pointer"].startswith("/activities/0") for fault in answer.body["results"][0]["errors"])


WIDE = b",".join(b'"%x": 1' % number for number in range(450_000))


@pytest.mark.parametrize(
    ("raw", "code", "faults"),
    [
        (b"{" + WIDE + b"}", "too_many_values", 1),
        (b'{"activities": [' + ONE + b"], " + WIDE + b"}", "too_many_values", 1),
        (b'{"activities": [' + b",".join([b"{}"] * 1_700_000) + b"]}", "too_many_values", 1),
        (b"{" + b",".join(WIDE.split(b",")[:40_000]) + b"}", "invalid_body", 1),
        (b'{"activities": [' + ONE + b"], " + b",".join(WIDE.split(b",")[:40_000]) + b"}", "invalid_body", 1),
        (b'{"activities": [' + b",".join([b"{}"] * 20_000) + b"]}", "too_many_activities", 1),
    ],
    ids=["a million fields", "beside the list", "millions of items", "fields", "fields beside the list", "items"],
)
async def test_R17_faults_without_number_are_not_listed(client: Client, raw: bytes, code: str, faults: int) -> None:
    ada = Caller(client, new_learner())
    answer = await ada.ask("POST", "/activities", raw=raw)
    answer.problem(422, code)
    assert len(answer.body["errors"]) == faults
    wide = json.loads(b"{" + b",".join(WIDE.split(b",")[:65]) + b"}")
    answer = await ada.record(wide, activity(START, id="b"))
    answer.ok()
    (fault,) = answer.body["results"][0]["errors"]
    assert (fault["pointer"], fault["message"]) == ("/activities/0", "has more than 64 fields")
    assert (fault["code"], fault["values"]) == ("too_many", {"max": 64})


async def test_a_batch_without_a_readable_item_is_refused(client: Client) -> None:
    ada = Caller(client, new_learner())
    answer = await ada.record({"id": "a"}, {"id": "b\ud800"}, {"id": "c", "verb": "x" * 41})
    answer.problem(422, "nothing_taken")
    assert results_of(answer, "id", "reason") == [("a", "invalid"), (None, "invalid"), ("c", "invalid")]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Content-Type": "text/plain"}, 415),
        ({"Content-Type": "multipart/form-data; boundary=x"}, 415),
        ({"Content-Type": "application/json; charset=utf-16"}, 415),
        ({"Content-Type": "application/json", "Content-Encoding": "gzip"}, 415),
        ({"Content-Type": "application/json; charset=UTF-8"}, 200),
    ],
)
async def test_the_body_must_be_plain_json(client: Client, headers: dict[str, str], status: int) -> None:
    ada = Caller(client, new_learner())
    answer = await ada.ask("POST", "/activities", raw=ONE, headers=headers)
    assert answer.status == status
    assert len(await ada.feed()) == (status == 200)


@pytest.mark.parametrize("batched", [True, False])
async def test_S01_a_learner_that_names_another_is_told_there_is_none(client: Client, batched: bool) -> None:
    ada, bob = Caller(client, new_learner()), Caller(client, new_learner())
    foreign = activity(START, learner_id=bob.subject)
    sent = {"activities": [foreign, {**foreign, "id": "two"}]} if batched else foreign
    (await ada.post("/activities", sent)).problem(404, "learner_not_found")
    assert await nothing_of(client, ada.subject)
    assert await nothing_of(client, bob.subject)


async def test_S01_an_item_that_names_another_learner_does_not_block_the_others(client: Client) -> None:
    ada, bob = Caller(client, new_learner()), Caller(client, new_learner())
    own = [activity(START, id="own"), activity(START, id="named", learner_id=ada.learner_id.upper())]
    foreign = [activity(START, id="foreign", learner_id=bob.subject), activity(START, id="n", learner_id="nobody")]
    invalid = {"id": "invalid", "learner_id": bob.subject}
    answer = await ada.record(foreign[0], own[0], invalid, foreign[1], own[1], learner_id=ada.subject)
    assert answer.status == 200
    assert results_of(answer, "id", "status", "reason") == [
        ("foreign", "rejected", "learner_not_found"),
        ("own", "accepted", None),
        ("invalid", "rejected", "invalid"),
        ("n", "rejected", "learner_not_found"),
        ("named", "accepted", None),
    ]
    assert [learner["learner_id"] for learner in answer.body["learners"]] == [ada.learner_id]
    assert sorted(activity["id"] for activity in await ada.feed()) == ["named", "own"]
    assert await nothing_of(client, bob.subject)
    mixed = await ada.record(foreign[0], invalid)
    mixed.problem(422, "nothing_taken")
    assert results_of(mixed, "reason") == ["learner_not_found", "invalid"]
    (await ada.record(*own, learner_id=bob.subject)).problem(404, "learner_not_found")
