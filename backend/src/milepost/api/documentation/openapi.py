"""The OpenAPI 3.1 document, generated from the routes' contracts, so that it describes what the service enforces.

quart-schema's provider builds it once at startup; quart-schema does nothing while requests are served.
"""

from collections.abc import Iterable, Mapping
from http import HTTPStatus
from inspect import getdoc
from typing import Literal

import orjson
from pydantic import TypeAdapter
from quart import Quart
from quart_schema import Info, OpenAPIProvider, QuartSchema
from quart_schema.openapi import HttpSecurityScheme, Tag
from werkzeug.routing import BaseConverter, Rule, UUIDConverter

from milepost import __version__
from milepost.api.documentation.examples import example
from milepost.api.documentation.headers import View, is_conditional, request_headers, response_headers
from milepost.api.documentation.kinds import for_senders
from milepost.api.documentation.vocabulary import description, field_entry, parameter_entry
from milepost.api.edge.problem_codes import CATALOGUE, MEDIA_TYPE
from milepost.api.edge.problems import Problem
from milepost.api.edge.quiet import LOUD_KEYWORD
from milepost.api.http.contract import Contract, contract_of
from milepost.api.http.converters import DayConverter
from milepost.api.http.parsing import MERGE_PATCH
from milepost.rules.policy import ActivitiesPolicy

Schema = dict[str, object]

_TITLE = "Milepost"
_ABOUT = (
    "Tracks learners' progress: takes in activities and answers with streaks, levels and the reason for every number. "
    "Errors are problem details (RFC 9457) with a stable `code`. `/api/v1/…` is the same API. "
    "Some calls use up a quota: `RateLimit` says what is left, `GET /api/features` lists all quotas, and beyond one "
    "the answer is 429 until `Retry-After` seconds have passed."
)
_TAGS = {
    "activities": "What learners did",
    "progress": "Streaks, levels, statistics and predictions",
    "planner": "Learners' categories, tasks and focus slots",
    "analytics": "Statistics of the planner",
    "goals": "Targets for every day, week or month",
    "spaces": "Spaces, composite goals and milestones",
    "leaderboards": "Boards of those who take part, and bands of peers",
    "me": "A learner's own settings",
    "notifications": "What learners are told",
    "sharing": "Public links to a badge or to progress",
    "sign_in": "Handing a learner over from the platform to the dashboard",
    "health": "Health checks and metrics",
    "achievements": "The catalogue of achievements, for administrators",
    "admin": "Learners, outages, jobs and the audit, for administrators",
    "documentation": "The OpenAPI document",
}
_FORMATS = ((UUIDConverter, "uuid"), (DayConverter, "date"))


def build(app: Quart, policy: ActivitiesPolicy) -> bytes:
    """The document for all routes registered so far, and the kinds of activities in force.

    Raises:
        ValueError: a route has no contract.
    """
    app.config.setdefault("QUART_SCHEMA_CONVERSION_PREFERENCE", "pydantic")
    app.config.setdefault("QUART_SCHEMA_CONVERT_CASING", False)
    extension = QuartSchema(
        info=Info(title=_TITLE, version=__version__, description=f"{_ABOUT}\n\n{for_senders(policy)}"),
        tags=[Tag(name=name, description=about) for name, about in _TAGS.items()],
        security_schemes={"bearer": HttpSecurityScheme(scheme="bearer", bearer_format="JWT")},
    )
    document = _Provider(app, extension).schema()
    return orjson.dumps(document, option=orjson.OPT_INDENT_2 | orjson.OPT_NON_STR_KEYS | orjson.OPT_APPEND_NEWLINE)


def promises(app: Quart) -> Iterable[tuple[Rule, Contract]]:
    """All routes with their contracts, by path.

    Raises:
        ValueError: a route has no contract. The application does not start with such a route.
    """
    for rule in sorted(app.url_map.iter_rules(), key=lambda rule: (rule.rule, sorted(rule.methods or ()))):
        promise = contract_of(app.view_functions[rule.endpoint])
        if promise is None:
            raise ValueError(f"{rule.rule}: the route has no contract; declare one")
        yield rule, promise


class _Provider(OpenAPIProvider):
    """quart-schema's provider, but reading contracts instead of its own decorators."""

    def __init__(self, app: Quart, extension: QuartSchema) -> None:
        super().__init__(app, extension)
        documented = [(rule, promise) for rule, promise in promises(app) if not promise.hidden]
        self._rules = [rule for rule, _ in documented]
        self._promises = {_place(rule): promise for rule, promise in documented}
        self._schemas, self._components = _schemas(self._promises.values())
        self._responses: dict[str, Schema] = {}

    def schema(self) -> Schema:
        """The whole document, with components in alphabetical order."""
        document: Schema = super().schema()
        components = dict(sorted(self._components.items()))
        document["servers"] = [{"url": "/", "description": "The service that serves this document."}]
        document["components"] = {
            **_dictionary(document["components"]),
            "schemas": components,
            "responses": self._responses,
        }
        return document

    def generate_rules(self) -> Iterable[Rule]:
        """The rules that are not hidden."""
        return self._rules

    def build_paths(self, rule: Rule) -> tuple[Schema, Schema]:
        """The operations of one rule."""
        promise = self._promises[_place(rule)]
        view = self._app.view_functions[rule.endpoint]
        path = rule.rule.replace("<", "{").replace(">", "}")
        path = "{".join(part.rpartition(":")[2] if "}" in part else part for part in path.split("{"))
        operation: Schema = {
            "operationId": promise.operation,
            "summary": promise.summary,
            "description": getdoc(view) or "",
            "tags": [promise.tag or rule.endpoint.partition(".")[0]],
            "security": [] if promise.public else [{"bearer": []}],
            "parameters": [
                *(_path_parameter(name, converter, promise) for name, converter in rule._converters.items()),
                *self._query(promise),
                *request_headers(promise, rule, view),
            ],
            "responses": {**self._answers(promise, view), **self._problems(promise)},
        }
        if not promise.public:
            operation["description"] = f"{operation['description']}\n\nRoles: {', '.join(sorted(promise.roles))}."
        if promise.request is not None:
            operation["requestBody"] = self._body(promise, rule)
        return {path: {method.lower(): operation for method in self.generate_methods(rule)}}, {}

    def _query(self, promise: Contract) -> list[Schema]:
        if promise.query is None:
            return []
        schema = _resolved(self._schemas[_key(promise.query), "validation"], self._components)
        required = schema.get("required", [])
        shown = example(promise.operation).query
        return [
            {
                "name": name,
                "in": "query",
                "required": isinstance(required, list) and name in required,
                **_parameter(_dictionary(field)),
                **({"example": shown[name]} if name in shown else {}),
            }
            for name, field in _dictionary(schema["properties"]).items()
        ]

    def _body(self, promise: Contract, rule: Rule) -> Schema:
        content: Schema = {"schema": self._schemas[_key(promise.request), "validation"]}
        if promise.patches:
            content = {"schema": self._patch(promise)}
        requests = example(promise.operation).requests
        if requests:
            content["examples"] = {name: {"value": value} for name, value in requests.items()}
        media_types = ("application/json", MERGE_PATCH) if "PATCH" in (rule.methods or ()) else ("application/json",)
        return {"required": True, "content": dict.fromkeys(media_types, content)}

    def _patch(self, promise: Contract) -> Schema:
        """A reference to the schema of a merge patch: the body of the PUT, but nothing is required."""
        name = str(self._schemas[_key(promise.request), "validation"]["$ref"]).rpartition("/")[2]
        body = _dictionary(self._components[name])
        required = body.get("required", [])
        fields = {
            field: _nullable(_dictionary(content), is_required=isinstance(required, list) and field in required)
            for field, content in _dictionary(body["properties"]).items()
        }
        patch = f"{name.removesuffix('In').removesuffix('Change')}PatchIn"
        self._components[patch] = {
            "title": patch,
            "type": "object",
            "description": "The fields to change (RFC 7396). Null resets a field to its default; lists are replaced.",
            "properties": fields,
            "additionalProperties": False,
        }
        return {"$ref": f"#/components/schemas/{patch}"}

    def _answers(self, promise: Contract, view: View) -> Schema:
        answers: Schema = {}
        recorded = example(promise.operation)
        for status, model in promise.answers.items():
            headers = response_headers(
                status, model, view if status == 200 else None, is_charged=promise.charges is not None
            )
            described: Schema = {"description": HTTPStatus(status).phrase, "headers": headers}
            content: dict[str, Schema] = {}
            if model is not None:
                media_type = promise.media_type if status < 400 else MEDIA_TYPE
                content[media_type] = {"schema": self._schemas[_key(model), "serialization"]}
                if status == 200 and recorded.answer is not None:
                    content[media_type]["example"] = recorded.answer
            if status < 400:
                text = {} if recorded.text is None else {"example": recorded.text}
                content |= {kind: {"schema": {"type": "string"}, **text} for kind in promise.text_media}
            if content:
                described["content"] = content
            answers[str(status)] = described
        if is_conditional(view):
            answers["304"] = {"description": HTTPStatus(304).phrase, "headers": response_headers(304, view=view)}
        return answers

    def _problems(self, promise: Contract) -> Schema:
        """One response per status. Its description and examples list the codes that can come with it."""
        by_status: dict[int, list[str]] = {}
        for code in promise.problems:
            by_status.setdefault(CATALOGUE[code][0], []).append(code)
        return {
            str(status): self._shared(
                status,
                {
                    "description": " · ".join(f"`{code}`: {CATALOGUE[code][1]}" for code in codes),
                    "headers": response_headers(status),
                    "content": {
                        MEDIA_TYPE: {
                            "schema": self._schemas[_key(promise.answers.get(status) or Problem), "serialization"],
                            "examples": {code: {"value": _example(status, code)} for code in codes},
                        }
                    },
                },
            )
            for status, codes in sorted(by_status.items())
        }

    def _shared(self, status: int, response: Schema) -> Schema:
        """A reference to a shared response, because most operations have the same problems."""
        name, number = f"Problem{status}", 1
        while self._responses.setdefault(name, response) != response:
            number += 1
            name = f"Problem{status}_{number}"
        return {"$ref": f"#/components/responses/{name}"}


def _nullable(field: Schema, *, is_required: bool) -> Schema:
    """A field of a merge patch. A required field has no default to reset it to."""
    kept = {key: value for key, value in field.items() if key != "default"}
    options = kept.get("anyOf")
    if is_required or (isinstance(options, list) and {"type": "null"} in options):
        return kept
    about = kept.pop("description", "")
    return {"anyOf": [kept, {"type": "null"}], "description": about}


def _schemas(contracts: Iterable[Contract]) -> tuple[dict[tuple[str, str], Schema], Schema]:
    """The schemas of all requests and responses, by model and direction, and the definitions they share.

    Made in one call, so that two models with the same name get different names.
    """
    models: dict[tuple[str, str], object] = {(_key(Problem), "serialization"): Problem}
    for promise in contracts:
        for model in (promise.query, promise.request):
            if model is not None:
                models[_key(model), "validation"] = model
        for model in promise.answers.values():
            if model is not None:
                models[_key(model), "serialization"] = model
    inputs: list[tuple[str, Literal["validation", "serialization"], TypeAdapter[object]]] = [
        (key, "validation" if mode == "validation" else "serialization", TypeAdapter(model))  # type: ignore[arg-type] # a type
        for (key, mode), model in models.items()
    ]
    generated, shared = TypeAdapter.json_schemas(inputs, ref_template="#/components/schemas/{model}")
    schemas = {(str(key), str(mode)): dict(schema) for (key, mode), schema in generated.items()}
    return schemas, {name: _described(name, schema) for name, schema in shared.get("$defs", {}).items()}


def _described(name: str, schema: Schema) -> Schema:
    """A component with a description of every field, without the titles that pydantic derives from field names.

    A default of null is left out: leaving a field out is what it says. Fields that quiet mode leaves out are not
    required.
    """
    if "properties" not in schema:
        return schema
    fields, optional = {}, set()
    for field, content in _dictionary(schema["properties"]).items():
        kept = {
            key: value
            for key, value in _dictionary(content).items()
            if key != "title" and (key, value) != ("default", None)
        }
        kept.setdefault("description", description(field_entry(name, field)))
        if kept.pop(LOUD_KEYWORD, False):
            kept["description"] = f"{kept['description']} Absent in quiet mode."
            optional.add(field)
        fields[field] = kept
    listed = schema.get("required", [])
    required = [field for field in listed if field not in optional] if isinstance(listed, list) else []
    rest = {key: value for key, value in schema.items() if key != "required"}
    return {**rest, "properties": fields, **({"required": required} if required else {})}


def _path_parameter(name: str, converter: BaseConverter, promise: Contract) -> Schema:
    kind = next((format_ for type_, format_ in _FORMATS if isinstance(converter, type_)), None)
    schema = {"type": "string"} if kind is None else {"type": "string", "format": kind}
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": description(parameter_entry(name)),
        "schema": schema,
        **({"example": value} if (value := example(promise.operation).path.get(name)) else {}),
    }


def _place(rule: Rule) -> tuple[str, str]:
    return rule.rule, rule.endpoint


def _key(model: object) -> str:
    return repr(model)


def _resolved(schema: Schema, components: Schema) -> Schema:
    """The schema itself, if `schema` is a reference to it."""
    reference = schema.get("$ref")
    return _dictionary(components[str(reference).rpartition("/")[2]]) if reference else schema


def _parameter(field: Schema) -> Schema:
    """A field of a query model as a parameter. It may be absent but not null."""
    options = field.get("anyOf")
    if isinstance(options, list) and {"type": "null"} in options:
        (kind,) = (_dictionary(option) for option in options if option != {"type": "null"})
        field = {**kind, **{key: value for key, value in field.items() if key not in ("anyOf", "default")}}
    description = field.get("description", "")
    return {"description": description, "schema": {k: v for k, v in field.items() if k not in ("description", "title")}}


def _dictionary(value: object) -> Schema:
    if not isinstance(value, Mapping):
        raise TypeError(f"expected an object in the document, not {value!r}")
    return dict(value)


def _example(status: int, code: str) -> Schema:
    return {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": CATALOGUE[code][1],
        "code": code,
        "request_id": "5f0c1e7a9b3d24c680-1f",
    }
