"""Sends the steps of the scenario: one operation after the other, by learners, a service and an administrator."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from quart.typing import TestClientProtocol as Client

from contract.scenario import Step, Who, practice
from milepost.api.documentation.examples import DATED_AT, with_dates
from support.builders import bearer, mint
from support.callers import Caller, Json, service
from support.catalogues import condition, entry, put_in_force
from support.snapshots import publish_all

SERVICE_NAME = "exercises"
LADDER = ("exercises-10", "exercises-50")
"""The achievements of the scenario; its learners have unlocked the first."""


@dataclass(frozen=True)
class Call:
    """A step as it was sent: the values of its path, and the response to each of its bodies."""

    path: Mapping[str, str]
    responses: list["Response"]


@dataclass(frozen=True)
class Response:
    """Status, JSON (None: it is text), text (None: it is JSON), and the validators in the headers."""

    status: int
    answer: Json | None
    text: str | None
    headers: set[str]


async def begin(client: Client, database_url: str) -> None:
    """Put the catalogue in force, let the learners practise before the scenario, and publish eases from that."""
    ladder = [entry(code, condition("exercises_completed", int(code[10:])), icon="check") for code in LADDER]
    await put_in_force(database_url, *ladder, now=DATED_AT)
    for name, days in (("ada", range(21, 0, -1)), ("ben", range(13, 3, -1)), ("ada-at-school", range(23, 21, -1))):
        await Caller(client, name, zone="Europe/Berlin").get("/me")
        await service(client, SERVICE_NAME).record_all(*practice(DATED_AT, days), learner_id=name)
    await publish_all(database_url, DATED_AT + timedelta(minutes=2))


async def send_step(client: Client, document: Json, step: Step, kept: dict[str, str], **query: str) -> Call:
    """Send every body of a step, with `query` beside its own, and keep what later steps need of the first answer."""
    method, path = place(document, step.operation)
    values = {name: value.format_map(kept) for name, value in step.path.items()}
    responses = []
    for name, body in (step.bodies or {"": None}).items():
        who: Who = "service" if name.endswith("from a service") else step.who
        token = mint(step.subject if who == "learner" else SERVICE_NAME, [who], zone="Europe/Berlin")
        sent = None if body is None else with_dates(json.dumps(body).encode(), DATED_AT)
        response = await getattr(client, method)(
            path.format_map(values),
            query_string={**step.query, **query},
            data=sent,
            headers={**bearer(token), **({} if sent is None else {"Content-Type": "application/json"})},
        )
        content: bytes = await response.get_data()
        is_json = "json" in (response.content_type or "")
        headers = {name for name in ("ETag", "Last-Updated") if name in response.headers}
        answer, text = (json.loads(content), None) if is_json else (None, content.decode())
        responses.append(Response(response.status_code, answer, text, headers))
    for name, keys in step.keep.items():
        kept[name] = _at(responses[0].answer, keys)
    return Call(values, responses)


def place(document: Json, operation: str) -> tuple[str, str]:
    """Method and path of an operation."""
    return next(
        (method, path)
        for path, methods in document["paths"].items()
        for method, content in methods.items()
        if content["operationId"] == operation
    )


def _at(content: object, keys: str) -> str:
    for key in keys.split("."):
        if isinstance(content, list):
            content = content[int(key)]
        else:
            assert isinstance(content, dict), keys
            content = content[key]
    return str(content)
