"""Every operation has an example that works: its requests are sent, and its answer is of the same shape.

`pytest --record-examples` on this file writes the answers into the document.
"""

import json
from collections.abc import Mapping

import pytest
from openapi_schema_validator import OAS31Validator
from quart import Quart

from architecture.sources import PACKAGE, complain
from contract.calls import Call, begin, send_step
from contract.scenario import STEPS
from milepost.api.documentation.examples import DATED_AT
from milepost.app import openapi_document
from milepost.settings import load_settings
from support.callers import Json
from support.clock import AdjustableClock

_FILE = PACKAGE / "api/documentation/examples.json"
_MAX_ITEMS = 2
_MAX_TEXT_LINES = 4


@pytest.fixture(scope="module")
def document() -> Json:
    """The document as committed, which has the recorded examples."""
    read: Json = json.loads(openapi_document(load_settings()))
    return read


@pytest.fixture(scope="module")
async def calls(app: Quart, module_clock: AdjustableClock, database_url: str, document: Json) -> Mapping[str, Json]:
    """The scenario as it runs on this version: what was sent, and what came back, by operation."""
    module_clock.set(DATED_AT)
    client = app.test_client()
    await begin(client, database_url)
    kept: dict[str, str] = {}
    return {step.operation: _summary(await send_step(client, document, step, kept)) for step in STEPS}


def _summary(called: Call) -> Json:
    """The statuses of all responses; the first answer, and the headers of the last one."""
    first = called.responses[0]
    return {
        "statuses": [response.status for response in called.responses],
        "path": called.path,
        "answer": first.answer,
        "text": first.text,
        "headers": called.responses[-1].headers,
    }


def _shortened(content: object) -> object:
    """The answer with at most `_MAX_ITEMS` of each list: enough to see the shape."""
    if isinstance(content, list):
        return [_shortened(item) for item in content[:_MAX_ITEMS]]
    if isinstance(content, dict):
        return {key: _shortened(value) for key, value in content.items()}
    return content


def test_the_scenario_calls_every_operation_once(document: Json) -> None:
    operations = [content["operationId"] for methods in document["paths"].values() for content in methods.values()]
    assert sorted(step.operation for step in STEPS) == sorted(operations)


def test_every_documented_request_succeeds(calls: Mapping[str, Json]) -> None:
    failed = [
        f"{operation}: {call['statuses']} {call['answer'] or call['text']}"
        for operation, call in calls.items()
        if any(status >= 300 for status in call["statuses"])
    ]
    complain("a request of the document works when it is pasted", "an example that fails teaches nothing", failed)


def test_validators_are_documented_where_they_are_given(calls: Mapping[str, Json], document: Json) -> None:
    documented = {
        content["operationId"]: {"ETag", "Last-Updated"} & {*content["responses"]["200"]["headers"]}
        for methods in document["paths"].values()
        for content in methods.values()
    }
    given = {operation: call["headers"] for operation, call in calls.items()}
    assert given == documented
    assert given["getQuickStats"] == {"ETag", "Last-Updated"}


def test_record(calls: Mapping[str, Json], request: pytest.FixtureRequest) -> None:
    steps = {step.operation: step for step in STEPS}
    recorded = {}
    for operation, call in sorted(calls.items()):
        step = steps[operation]
        text = None if call["text"] is None else "\n".join(call["text"].splitlines()[:_MAX_TEXT_LINES])
        answer = None if operation == "getOpenapi" else _shortened(call["answer"])
        sent = {"requests": step.bodies, "path": call["path"], "query": step.query}
        content = {**sent, "answer": answer, "text": text}
        recorded[operation] = {name: value for name, value in content.items() if value}
    if request.config.getoption("--record-examples"):
        _FILE.write_text(json.dumps(recorded, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    committed = json.loads(_FILE.read_text("utf-8"))
    stale = [name for name in recorded if _shape(recorded[name]) != _shape(committed.get(name))]
    complain(
        "the recorded examples have the shape of today's answers",
        "run pytest --record-examples on this file, read the difference, then renew contract/openapi.json",
        stale,
    )
    assert sorted(committed) == sorted(recorded)


def _shape(content: object) -> object:
    """The names of all fields at their places, and for lists those of the first item."""
    if isinstance(content, dict):
        return {key: _shape(value) for key, value in content.items()}
    if isinstance(content, list):
        return [_shape(item) for item in content[:1]]
    return None


def test_every_example_is_of_its_schema(document: Json) -> None:
    faults = []
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            place = f"{method} {path}"
            request = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
            answers = operation["responses"]["200"].get("content", {})
            shown = [(request["schema"], body["value"]) for body in request.get("examples", {}).values()]
            shown += [(content["schema"], content["example"]) for content in answers.values() if "example" in content]
            faults += [
                f"{place}: {fault.message}"
                for schema, value in shown
                for fault in OAS31Validator({**schema, "components": document["components"]}).iter_errors(value)
            ]
            has_answer = any("example" in content for content in answers.values())
            if not has_answer and operation["operationId"] != "getOpenapi":
                faults.append(f"{place}: its answer has no example")
            if request and not request.get("examples"):
                faults.append(f"{place}: its request has no example")
    complain("every operation has examples that its schemas accept", "generators and readers trust them", faults)
