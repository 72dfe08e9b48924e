"""The OpenAPI document is valid, equals the committed one, and describes the routes."""

import json

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from architecture.sources import ROOT
from milepost.app import openapi_document
from milepost.settings import load_settings

COMMITTED = ROOT / "contract/openapi.json"
Document = dict[str, dict[str, dict[str, dict[str, dict[str, object]]]]]


@pytest.fixture(scope="module")
def document() -> Document:
    """The document generated from this version."""
    generated: Document = json.loads(openapi_document(load_settings()))
    return generated


def test_it_is_the_committed_one() -> None:
    assert openapi_document(load_settings()) == COMMITTED.read_bytes(), (
        "the API has changed: check the difference, then run\n  milepost openapi > contract/openapi.json"
    )


def test_it_is_valid_openapi_3_1(document: Document) -> None:
    assert str(document["openapi"]) == "3.1.0"
    assert [error.message for error in OpenAPIV31SpecValidator(document).iter_errors()] == []


def test_operation_ids_are_unique(document: Document) -> None:
    ids = [operation["operationId"] for methods in document["paths"].values() for operation in methods.values()]
    assert len(ids) == len(set(map(str, ids)))


def test_every_operation_documents_its_successes_and_problems(document: Document) -> None:
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            responses = operation["responses"]
            assert any(status.startswith("2") for status in responses), (path, method)
            if operation["security"]:
                assert {"401", "503"} <= set(responses), (path, method)
            if "requestBody" in operation:
                assert {"408", "413", "415", "422"} <= set(responses), (path, method)


def test_every_problem_is_problem_json(document: Document) -> None:
    shared = document["components"]["responses"]
    assert shared
    for name, response in shared.items():
        assert list(response["content"]) == ["application/problem+json"], name
