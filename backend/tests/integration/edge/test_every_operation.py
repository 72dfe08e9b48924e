"""What holds for every operation, tried on each of them: unknown fields of bodies are refused, and headers are safe."""

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import TypeAdapter
from quart import Quart
from quart.typing import TestClientProtocol as Client

from integration.edge.requests_of_routes import (
    ASKED,
    KNOWN_ACHIEVEMENT,
    KNOWN_LEARNER,
    OPERATING,
    VALID,
    Key,
    address,
)
from integration.edge.visits import visit
from milepost.api.http.contract import Contract
from support.builders import new_learner
from support.callers import Answer, Caller
from support.catalogues import put_in_force
from support.clock import AdjustableClock

_SMUGGLED = ("role", "roles", "unlocked_at", "is_admin", "sender", "__proto__")


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START."""


@pytest.fixture(scope="module", autouse=True)
async def _something_is_known(app: Quart, database_url: str) -> None:
    """Create a learner and an achievement to name in addresses."""
    await put_in_force(database_url, KNOWN_ACHIEVEMENT)
    learner = Caller(app.test_client(), KNOWN_LEARNER)
    (await learner.ask("PATCH", "/me", json={"zone": "Europe/Berlin"})).ok()


def caller_of(client: Client, key: Key, promise: Contract) -> Caller:
    """Somebody who may call the route: a learner where one may."""
    role = next(role for role in ("learner", "service", "admin") if role in promise.roles)
    return Caller(client, new_learner(), [role])


def smuggling(body: object, name: str) -> object:
    """The body with one more field; of a list, in its first item."""
    if isinstance(body, list):
        return [smuggling(body[0], name), *body[1:]]
    assert body is None or isinstance(body, dict)
    return {**(body or {}), name: "admin"}


def faults_of(answer: Answer) -> Iterator[tuple[str, str]]:
    """Every fault that an answer lists, also of an activity that was rejected."""
    for part in (answer.body, *answer.body.get("results", ())):
        for fault in part.get("errors", ()):
            yield fault["pointer"].rpartition("/")[2], fault["code"]


@pytest.mark.parametrize("name", _SMUGGLED)
async def test_S03_no_operation_takes_an_unknown_field(client: Client, routes: dict[Key, Contract], name: str) -> None:
    walked = set()
    for key, promise in routes.items():
        if promise.request is not None:
            answer = await visit(caller_of(client, key, promise), key, lambda body: smuggling(body, name))
            assert (answer.status, list(faults_of(answer))) == (422, [(name, "unknown_field")]), (key, answer.body)
            walked.add(key)
    assert {key for key, body in (VALID | OPERATING).items() if body is not None} - walked == set()


def models_in(schema: object) -> Iterator[dict[str, Any]]:
    """Every object schema within a schema."""
    if isinstance(schema, dict):
        if schema.get("type") == "object" and "properties" in schema:
            yield schema
        for part in schema.values():
            yield from models_in(part)
    if isinstance(schema, list):
        for part in schema:
            yield from models_in(part)


def test_S03_no_object_within_a_body_takes_an_unknown_field(routes: dict[Key, Contract]) -> None:
    walked = 0
    for key, promise in routes.items():
        if promise.request is not None:
            form: TypeAdapter[object] = TypeAdapter(promise.request)  # type: ignore[arg-type] # a model or a union of models
            for schema in models_in(form.json_schema()):
                assert schema.get("additionalProperties") is False, (key, schema.get("title"))
                walked += 1
    assert walked >= 40


def assert_safe(answer: Answer, place: object) -> None:
    """The headers of every answer, and of one that may hold personal data."""
    headers = answer.headers
    assert headers["X-Content-Type-Options"] == "nosniff", place
    assert headers["Referrer-Policy"] == "no-referrer", place
    assert headers["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'", place
    caching = {part.strip() for part in headers["Cache-Control"].split(",")}
    assert {"no-store", "private"} <= caching, place
    assert not any("max-age" in part or part == "public" for part in caching), place
    assert headers.getlist("Cache-Control") == [headers["Cache-Control"]], place
    assert "Server" not in headers, place
    assert "Set-Cookie" not in headers, place


async def test_S14_every_answer_about_learners_is_for_its_reader_alone(
    client: Client, routes: dict[Key, Contract]
) -> None:
    """Successes, conditional answers, HEAD and each kind of refusal, of every operation below /api."""
    nobody, seen = client, set()
    for key, promise in routes.items():
        method, path = key
        place = address(path).removeprefix("/api")
        caller = caller_of(client, key, promise)
        answers = [await visit(caller, key), await visit(caller, key, lambda _: "no object")]
        answers.append(await caller.ask("TRACE", place))
        answers.append(await caller.ask(method, place, query={"surprise": "1"}))
        if method == "GET":
            answers.append(await caller.ask("HEAD", place, query=ASKED.get(key)))
            answers.append(await caller.ask("GET", place, query=ASKED.get(key), headers={"If-None-Match": "*"}))
        if promise.request is not None:
            answers.append(await caller.ask(method, place, raw=b"{"))
            answers.append(await caller.ask(method, place, raw=b"{}", headers={"Content-Type": "text/plain"}))
        wrong_role = "admin" if "admin" not in promise.roles else "learner"
        answers.append(await caller.other("nobody", [wrong_role]).ask(method, place))
        answers.append(await Caller(nobody, "milepost").ask(method, place))
        for answer in answers:
            assert_safe(answer, (key, answer.status))
            seen.add(answer.status)
    assert {200, 304, 401, 403, 404, 405, 415, 422} <= seen
    assert not any(status >= 500 for status in seen)
