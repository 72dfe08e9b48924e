"""Callers of the API with a token, and answers as tests read them: status, body, headers."""

import json as jsons
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from quart.typing import TestClientProtocol
from werkzeug.datastructures import Headers

from milepost.rules.learners import learner_uuid
from support.builders import ISSUER, bearer, mint

Json = dict[str, Any]
PROBLEM = "application/problem+json"


@dataclass(frozen=True)
class Answer:
    """An answer; `body` is its JSON, empty where there is none."""

    status: int
    body: Json
    headers: Headers
    raw: bytes

    def ok(self) -> Json:
        """The body; asserts status 200."""
        assert self.status == 200, self.body
        return self.body

    def problem(self, status: int, code: str) -> Json:
        """The body; asserts this status and code, and the members every problem has."""
        assert (self.status, self.body.get("code")) == (status, code), self.body
        assert self.headers["Content-Type"] == PROBLEM
        assert self.body["status"] == status
        assert self.body["request_id"] == self.headers["X-Request-ID"]
        assert self.body["detail"]
        return self.body

    def pointers(self) -> list[str]:
        """Pointers to the invalid values."""
        return [fault["pointer"] for fault in self.body["errors"]]


class Caller:
    """One caller with one token. `learner_id` is its id as a learner."""

    def __init__(
        self,
        client: TestClientProtocol,
        subject: str,
        roles: Sequence[str] = ("learner",),
        *,
        zone: str | None = None,
    ) -> None:
        self._client = client
        self._headers = bearer(mint(subject, roles, zone=zone))
        self.subject = subject
        self.roles = frozenset(roles)
        self.learner_id = uuid_of(subject)

    def other(self, subject: str, roles: Sequence[str]) -> "Caller":
        """Another caller of the same application."""
        return Caller(self._client, subject, roles)

    async def ask(
        self,
        method: str,
        path: str,
        *,
        json: object = None,
        raw: bytes | None = None,
        query: Mapping[str, object] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send one request: `json` as JSON, `raw` unchanged, an empty body without either."""
        all_headers = {**self._headers, **(headers or {})}
        if json is not None:
            raw = jsons.dumps(json).encode()
            all_headers.setdefault("Content-Type", "application/json")
        send = getattr(self._client, method.lower())
        response = await send(
            f"/api{path}", headers=all_headers, data=raw, query_string=None if query is None else dict(query)
        )
        content: bytes = await response.get_data()
        is_json = bool(content) and "json" in response.headers.get("Content-Type", "")
        return Answer(response.status_code, jsons.loads(content) if is_json else {}, response.headers, content)

    async def get(self, path: str, **query: object) -> Answer:
        """GET; query parameters by name (`from_` for `from`)."""
        return await self.ask("GET", path, query={name.rstrip("_"): value for name, value in query.items()})

    async def post(self, path: str, json: object = None, **query: object) -> Answer:
        """POST of JSON, or of nothing."""
        return await self.ask("POST", path, json=json, query=query)

    async def record(self, *activities: object, **members: object) -> Answer:
        """Post a batch of activities; `members` go beside the list."""
        return await self.post("/activities", {"activities": list(activities), **members})

    async def record_all(self, *activities: object, **members: object) -> Json:
        """Post a batch; asserts that every activity is accepted, none a duplicate."""
        body = (await self.record(*activities, **members)).ok()
        assert {result["status"] for result in body["results"]} == {"accepted"}, body
        return body

    async def feed(self, **query: object) -> list[Json]:
        """The newest activities, up to 200."""
        activities: list[Json] = (await self.get("/activities", limit=200, **query)).ok()["activities"]
        return activities

    async def progress(self, **query: object) -> Json:
        """The overview."""
        return (await self.get("/progress", **query)).ok()


def uuid_of(subject: str) -> str:
    """The learner id of a subject."""
    return str(learner_uuid(ISSUER, subject))


def service(client: TestClientProtocol, name: str = "exercises") -> Caller:
    """A caller with the role `service`."""
    return Caller(client, name, ["service"])


def untagged(item: Json) -> Json:
    """The representation of a resource without its validator."""
    return {name: value for name, value in item.items() if name != "etag"}


def results_of(answer: Answer, *names: str) -> list[Any]:
    """These members of each result, as tuples; the bare values for one name."""
    values = [tuple(result.get(name) for name in names) for result in answer.body["results"]]
    return [value[0] for value in values] if len(names) == 1 else values
