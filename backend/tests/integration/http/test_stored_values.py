"""Values that look dangerous but are valid: they are read back unchanged."""

import pytest
from quart.typing import TestClientProtocol as Client

from support.builders import exercise, nested, new_learner
from support.callers import results_of, service
from support.clock import START

TEXTS = [
    "🧑‍🚀🏳️‍🌈 emoji",
    "שלום עולם – مرحبا",
    "\u202eright to left\u202c",
    "e\u0301 stays two characters outside topics",
    "\\u0000 spelt out",
    "a\\\"b'c`; DROP TABLE activities; --",
    "tab\tnewline\ncarriage\r\x01\x1f\x7f",
    "\ufeff\u2028\u2029\ufffe\uffff",
    "𝔘𝔫𝔦𝔠𝔬𝔡𝔢 \U0010fffd",
    "=1+1",
    "%s %(x)s {x} $1 :x",
    "漢" * 200,
    " spaces around ",
]


@pytest.mark.parametrize("text", TEXTS)
async def test_R25_strange_texts_come_back_as_they_were_sent(client: Client, text: str) -> None:
    learner, teacher = new_learner(), service(client)
    fields = dict.fromkeys(("object_id", "space_id", "goal_id", "session_id", "once_key"), text)
    sent = exercise(START, id=text, metadata={text: text, "list": [text, {"a": text}]}, **fields)
    await teacher.record_all(sent, learner_id=learner)
    (activity,) = await teacher.feed(learner_id=learner)
    assert {name: activity[name] for name in (*fields, "id", "metadata")} == {
        **fields,
        "id": text,
        "metadata": sent["metadata"],
    }
    assert results_of(await teacher.record(sent, learner_id=learner), "status") == ["duplicate"]


NUMBERS = [0, -1, 2**53 + 1, 2**63 - 1, -(2**63), 0.1, -2.5e-3, 1e-7, 5e-324, 1e15, 1e22, 1.7976931348623157e308]


@pytest.mark.parametrize("number", NUMBERS)
async def test_R25_numbers_in_metadata_come_back_as_they_were_sent(client: Client, number: float) -> None:
    learner, teacher = new_learner(), service(client)
    sent = exercise(START, metadata={"a": number, "list": [number, [number]]})
    await teacher.record_all(sent, learner_id=learner)
    (activity,) = await teacher.feed(learner_id=learner)
    assert activity["metadata"] == sent["metadata"]
    assert results_of(await teacher.record(sent, learner_id=learner), "status") == ["duplicate"]


@pytest.mark.parametrize(
    "metadata",
    [
        {},
        {"a": None, "b": True, "c": False, "": ""},
        {"z": 1, "a": 2},
        nested(8),
        {f"k{n}": n for n in range(64)},
        {"a": "x" * (16_384 - len('{"a":""}'))},
    ],
)
async def test_R25_metadata_comes_back_whole(client: Client, metadata: object) -> None:
    learner, teacher = new_learner(), service(client)
    await teacher.record_all(exercise(START, metadata=metadata), learner_id=learner)
    (activity,) = await teacher.feed(learner_id=learner)
    assert activity["metadata"] == metadata


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("e\u0301tude", "\u00e9tude"),
        ("  loops\u3000", "loops"),
        ("é" * 100, "é" * 100),
        ("漢字かな交じり" * 14, "漢字かな交じり" * 14),
        ("ﬁne", "ﬁne"),
    ],
)
async def test_topics_are_stored_in_one_spelling(client: Client, sent: str, kept: str) -> None:
    learner, teacher = new_learner(), service(client)
    await teacher.record_all(exercise(START, topic=sent), exercise(START, topic=kept), learner_id=learner)
    overview = await teacher.progress(learner_id=learner)
    assert [(skill["topic"], skill["exercises"]) for skill in overview["skills"]] == [(kept, 2)]
    for spelling in (sent, kept):
        assert len(await teacher.feed(learner_id=learner, topic=spelling)) == 2


@pytest.mark.parametrize("field", ["topic", "path", "difficulty", "verb", "object_type"])
@pytest.mark.parametrize("blank", ["", " \u3000 ", "\u200b", "\u2060\u200d", "\u3164"])
async def test_a_label_of_blanks_is_refused(client: Client, field: str, blank: str) -> None:
    answer = await service(client).record(exercise(START, **{field: blank}), learner_id=new_learner())
    (result,) = answer.problem(422, "nothing_taken")["results"]
    assert [(fault["pointer"], fault["code"]) for fault in result["errors"]] == [(f"/activities/0/{field}", "blank")]


@pytest.mark.parametrize("value", [0, 0.001, 33.333, 88.1, 99.999, 100, 1e1, 57.29])
async def test_grades_keep_three_decimals(client: Client, value: float) -> None:
    learner, teacher = new_learner(), service(client)
    await teacher.record_all(exercise(START, value=value), learner_id=learner)
    assert (await teacher.feed(learner_id=learner))[0]["value"] == value
