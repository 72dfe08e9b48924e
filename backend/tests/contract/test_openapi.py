"""The OpenAPI document is valid, equals the committed one, and describes the routes."""

import json
import re
from collections.abc import Iterator

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from architecture.sources import ROOT, complain
from milepost.api.documentation.vocabulary import field_entry, parameter_entry, vocabulary
from milepost.app import openapi_document
from milepost.settings import load_settings
from support.callers import Json

COMMITTED = ROOT / "contract/openapi.json"


@pytest.fixture(scope="module")
def document() -> Json:
    """The document generated from this version."""
    generated: Json = json.loads(openapi_document(load_settings()))
    return generated


def test_it_is_the_committed_one() -> None:
    assert openapi_document(load_settings()) == COMMITTED.read_bytes(), (
        "the API has changed: check the difference, then run\n  milepost openapi > contract/openapi.json"
    )


def test_it_is_valid_openapi_3_1(document: Json) -> None:
    assert str(document["openapi"]) == "3.1.0"
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_operation_ids_are_unique(document: Json) -> None:
    ids = [operation["operationId"] for methods in document["paths"].values() for operation in methods.values()]
    assert len(ids) == len(set(map(str, ids)))


def test_every_operation_documents_its_successes_and_problems(document: Json) -> None:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            responses = operation["responses"]
            assert any(status.startswith("2") for status in responses), (path, method)
            if operation["security"]:
                assert {"401", "503"} <= set(responses), (path, method)
            if "requestBody" in operation:
                assert {"408", "413", "415", "422"} <= set(responses), (path, method)


def test_every_problem_is_problem_json(document: Json) -> None:
    shared = document["components"]["responses"]
    assert shared
    for name, response in shared.items():
        assert list(response["content"]) == ["application/problem+json"], name


def test_every_field_and_parameter_is_described(document: Json) -> None:
    schemas, silent = document["components"]["schemas"], []
    for name, schema in schemas.items():
        fields = schema.get("properties", {})
        silent += [f"{name}.{field}" for field, content in fields.items() if not content.get("description")]
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            silent += [
                f"{method} {path}: {parameter['name']}"
                for parameter in operation["parameters"]
                if not parameter.get("description")
            ]
    complain(
        "every field and parameter has a description: in its schema, or in api/documentation/vocabulary.toml",
        "an integrator reads it in /docs and in the editor, where the name alone does not say unit, range or null",
        sorted(silent),
    )


def test_the_vocabulary_has_no_unused_entries(document: Json) -> None:
    used = {
        field_entry(name, field)
        for name, schema in document["components"]["schemas"].items()
        for field in schema.get("properties", {})
    }
    used |= {
        parameter_entry(parameter["name"])
        for methods in document["paths"].values()
        for operation in methods.values()
        for parameter in operation["parameters"]
        if parameter["in"] in ("path", "header")
    }
    unused = [
        f"[{section}] {name}"
        for section, names in vocabulary().items()
        for name in names
        if (section, name) not in used
    ]
    complain("every entry of vocabulary.toml describes something", "what nothing uses misleads", unused)


def _operations_with(document: Json, header: str) -> set[str]:
    return {
        operation["operationId"]
        for methods in document["paths"].values()
        for operation in methods.values()
        if ("header", header) in {(parameter["in"], parameter["name"]) for parameter in operation["parameters"]}
    }


def test_conditions_are_documented_where_they_are_read(document: Json) -> None:
    items = ("Category", "Task", "Goal", "Space", "CompositeGoal", "Milestone")
    written = {f"{verb}{item}" for verb in ("replace", "change", "delete") for item in items} - {"deleteGoal"}
    written |= {"archiveGoal", "completeTask", "reopenTask", "reachMilestone", "replaceCalendarDay"}
    assert _operations_with(document, "If-Match") == written
    conditional = {"getTask", "getSpace", "replaceSpace", "getCalendarDay", "getProgress", "getQuickStats", "listGoals"}
    assert conditional <= _operations_with(document, "If-None-Match")
    assert "replaceTask" not in _operations_with(document, "If-None-Match"), "PUT does not create tasks"
    paths = document["paths"]
    for path, method in (("/api/tasks", "post"), ("/api/tasks/{task_id}", "get"), ("/api/goals/{goal_id}", "patch")):
        assert "ETag" in paths[path][method]["responses"]["200"]["headers"], (method, path)
    assert "412" in paths["/api/tasks/{task_id}"]["patch"]["responses"]
    assert "304" in paths["/api/tasks/{task_id}"]["get"]["responses"]


def test_keys_are_documented_where_they_are_read(document: Json) -> None:
    posts = {methods["post"]["operationId"] for methods in document["paths"].values() if "post" in methods}
    assert _operations_with(document, "Idempotency-Key") == posts - {
        *("calculateSkillLevel", "previewAchievement"),
        # Its answer must be kept nowhere.
        "createSignInCode",
    }


def test_quotas_are_documented_where_they_are_charged(document: Json) -> None:
    operations = [operation for methods in document["paths"].values() for operation in methods.values()]
    refusing = {operation["operationId"] for operation in operations if "429" in operation["responses"]}
    public = {operation["operationId"] for operation in operations if not operation["security"]}
    charged = {
        operation["operationId"]
        for operation in operations
        for status, response in operation["responses"].items()
        if status == "200" and {"RateLimit", "RateLimit-Policy"} <= {*response["headers"]}
    }
    intake = {"recordActivities", "recordProgressEvent", "recordEvent", "updateStreak", "voidActivity"}
    exports = {"exportLearner", "getMyData", "exportExercises", "exportPlannerDays", "exportPlannerDaysAsCsv"}
    assert charged == intake | exports | {"createShare"}
    assert refusing | public == {operation["operationId"] for operation in operations}, "any token may fail too often"
    assert refusing & public == set()
    headers = document["components"]["responses"]["Problem429"]["headers"]
    assert {"Retry-After", "RateLimit", "RateLimit-Policy"} <= {*headers}


def test_a_patch_requires_nothing_and_may_reset(document: Json) -> None:
    content = document["paths"]["/api/tasks/{task_id}"]["patch"]["requestBody"]["content"]
    assert [*content] == ["application/json", "application/merge-patch+json"]
    schema = document["components"]["schemas"]["TaskPatchIn"]
    assert "required" not in schema
    nullable = {field for field, shape in schema["properties"].items() if {"type": "null"} in shape.get("anyOf", [])}
    assert nullable == {*schema["properties"]} - {"title"}


def test_nothing_is_required_that_has_a_default(document: Json) -> None:
    for name, schema in document["components"]["schemas"].items():
        for field, content in schema.get("properties", {}).items():
            assert "default" not in content or field not in schema.get("required", ()), (name, field)
            assert content.get("default", "") is not None, (name, field)


def test_titles_and_tags_are_unique_and_declared(document: Json) -> None:
    titles = [schema["title"] for schema in document["components"]["schemas"].values() if "title" in schema]
    assert len(titles) == len(set(titles))
    declared = [tag["name"] for tag in document["tags"]]
    used = {
        tag for methods in document["paths"].values() for operation in methods.values() for tag in operation["tags"]
    }
    assert used == set(declared)
    assert document["servers"]


def test_ids_and_days_of_paths_have_a_format(document: Json) -> None:
    formats = {
        (parameter["name"], parameter["schema"].get("format"))
        for methods in document["paths"].values()
        for operation in methods.values()
        for parameter in operation["parameters"]
        if parameter["in"] == "path"
    }
    assert {("task_id", "uuid"), ("category_id", "uuid"), ("day", "date"), ("outage_id", "uuid")} <= formats


_VERBS = (
    *("activate", "add", "archive", "calculate", "change", "complete", "create", "delete", "end", "erase", "export"),
    *("get", "grant", "import", "list", "mark", "merge", "preview", "reach", "rebuild", "record", "remove", "reopen"),
    *("repair", "replace", "restore", "retire", "run", "stream", "update", "void", "withdraw"),
)


def test_operation_ids_are_a_verb_and_a_noun(document: Json) -> None:
    form = re.compile(rf"({'|'.join(_VERBS)})([A-Z][a-z]+)+")
    ids = [operation["operationId"] for methods in document["paths"].values() for operation in methods.values()]
    odd = [name for name in ids if not form.fullmatch(name)]
    complain("an operation is a verb and a noun in camel case", "generators name the functions of a client by it", odd)


_TWO_LISTS = {"listBadges": ["available", "earned"], "listKinds": ["kinds", "unknown"]}
"""What is not one list: badges earned and still to be earned, and kinds declared and seen, are different things."""


def test_lists_have_one_shape(document: Json) -> None:
    schemas = document["components"]["schemas"]
    lists = {}
    for methods in document["paths"].values():
        for operation in methods.values():
            if operation["operationId"].startswith("list"):
                content = operation["responses"]["200"]["content"]["application/json"]
                shown = content["schema"].get("anyOf", [content["schema"]])[0]  # the second is that of quiet mode
                answer = schemas[shown["$ref"].rpartition("/")[2]]
                fields = answer["properties"].items()
                lists[operation["operationId"]] = sorted(name for name, field in fields if field.get("type") == "array")
    odd = {name: arrays for name, arrays in lists.items() if len(arrays) != 1}
    assert odd == _TWO_LISTS, "a list answers an object with one array, named after its items"
    assert len(lists) > 10


_UUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_PLATFORM_IDS = {"ActivityOut.id", "ResultOut.id", "PreviewOut.sample", "MilestoneNoticeOut.milestone_id"}
_PLATFORM_IDS |= {f"CompositeGoal{part}Out.goal_id" for part in ("", "Deleted", "History", "Progress")}
_PLATFORM_IDS |= {f"{what}{part}Out.{what.lower()}_id" for what in ("Space", "Milestone") for part in ("", "Deleted")}
"""Ids that senders choose. Ours look like UUIDs in the examples because none was chosen."""


def _shown(schemas: Json, schema: Json, value: object, place: str) -> Iterator[tuple[str, Json, str]]:
    """Place, schema and text of every text in an example."""
    if "$ref" in schema:
        place = schema["$ref"].rpartition("/")[2]
        schema = schemas[place]
    (schema, *others) = [option for option in schema.get("anyOf", [schema]) if option.get("type") != "null"]
    if others:
        return
    if "$ref" in schema:
        yield from _shown(schemas, schema, value, place)
    elif isinstance(value, dict):
        fields = schema.get("properties", {})
        for name in value.keys() & fields.keys():
            yield from _shown(schemas, fields[name], value[name], f"{place.partition('.')[0]}.{name}")
    elif isinstance(value, list):
        for item in value:
            yield from _shown(schemas, schema.get("items", {}), item, place)
    elif isinstance(value, str):
        yield place, schema, value


def test_ids_and_times_in_examples_have_a_format(document: Json) -> None:
    form = re.compile(rf"{_UUID.pattern}|\d{{4}}-\d\d-\d\d(T.*Z)?")
    contents = [
        content
        for methods in document["paths"].values()
        for operation in methods.values()
        for content in operation["responses"]["200"].get("content", {}).values()
        if "example" in content
    ]
    silent = {
        place
        for content in contents
        for place, schema, text in _shown(document["components"]["schemas"], content["schema"], content["example"], "")
        if form.fullmatch(text) and "format" not in schema and not place.startswith("Exported")
    }
    complain(
        "a field that holds a UUID, a date or an instant says so by its format",
        "generators make types of it; an id that senders choose is in _PLATFORM_IDS",
        sorted(silent - _PLATFORM_IDS),
    )
