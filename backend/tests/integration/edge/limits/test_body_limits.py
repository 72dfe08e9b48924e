"""The sizes of bodies. Batches may be large, others hold one resource, and values are counted before any is built."""

import pytest
from quart.typing import TestClientProtocol as Client

from milepost.settings import Settings
from support.builders import new_learner
from support.callers import Answer, Caller

LARGE_BYTES, LARGE_VALUES = 5_242_880, 50_000
SMALL_BYTES, SMALL_VALUES = 262_144, 10_000


def numbers(values: int) -> bytes:
    """A body with so many values: the object, a list, and numbers in it."""
    return b'{"activities": [' + b",".join([b"1"] * (values - 2)) + b"]}"


async def sent(ada: Caller, path: str, raw: bytes) -> Answer:
    return await ada.ask("POST", path, raw=raw, headers={"Content-Type": "application/json"})


@pytest.mark.parametrize(
    ("path", "limit"),
    [("/activities", LARGE_BYTES), ("/tasks", SMALL_BYTES), ("/goals", SMALL_BYTES), ("/progress/events", SMALL_BYTES)],
)
async def test_S11_a_body_of_the_largest_size_is_read_and_one_byte_more_is_not(
    client: Client, path: str, limit: int
) -> None:
    ada = Caller(client, new_learner())
    for size in (limit - 1, limit):
        answer = await sent(ada, path, b"{}" + b" " * (size - 2))
        assert (answer.status, answer.body["code"]) == (422, "invalid_body")
    refused = (await sent(ada, path, b"{}" + b" " * (limit - 1))).problem(413, "body_too_large")
    assert path == "/activities" or refused["max_bytes"] == limit


@pytest.mark.parametrize(
    ("path", "limit"),
    [("/activities", LARGE_VALUES), ("/tasks", SMALL_VALUES), ("/goals", SMALL_VALUES), ("/me/pauses", SMALL_VALUES)],
)
async def test_S11_a_body_with_the_most_values_is_read_and_one_more_is_not(
    client: Client, path: str, limit: int
) -> None:
    ada = Caller(client, new_learner())
    # The outermost value follows nothing, so one more than the limit is still read.
    for values in (limit, limit + 1):
        answer = await sent(ada, path, numbers(values))
        assert answer.status == 422
        assert answer.body["code"] in ("invalid_body", "too_many_activities")
    refused = (await sent(ada, path, numbers(limit + 2))).problem(422, "too_many_values")
    assert [(fault["code"], fault["values"]) for fault in refused["errors"]] == [("too_many", {"max": limit})]


async def test_commas_in_texts_are_no_values(client: Client) -> None:
    ada = Caller(client, new_learner())
    text = {"text": 'a,[{\\"' * 2_000}
    practice = {"verb": "practised", "object_type": "session", "occurred_at": "2026-03-10T09:00:00Z", "metadata": text}
    batch = [{**practice, "id": f"a-{number}"} for number in range(20)]
    results = (await ada.record(*batch)).body["results"]
    assert {result.get("reason") for result in results} <= {None, "too_old", "future"}


async def test_features_show_the_limits_of_bodies(client: Client, settings: Settings) -> None:
    limits = (await Caller(client, new_learner()).get("/features")).ok()["limits"]
    names = ("body_bytes", "body_values", "small_body_bytes", "small_body_values")
    assert [limits[name] for name in names] == [LARGE_BYTES, LARGE_VALUES, SMALL_BYTES, SMALL_VALUES]
