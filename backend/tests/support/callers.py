"""Somebody who calls the API with a token, and an answer as a test reads it: status, body, headers."""

import json as jsons
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from quart.typing import TestClientProtocol
from werkzeug.datastructures import Headers

from milepost.rules.learners import learner_uuid
from support.builders import ISSUER, bearer, mint

Shape = dict[str, Any]
PROBLEM = "application/problem+json"


@dataclass(frozen=True)
class Answered:
    """An answer; `body` is its JSON, empty where there is none."""

    status: int
    body: Shape
    headers: Headers
    raw: bytes

    def ok(self) -> Shape:
        """The body of an answer that must be 200."""
        assert self.status == 200, self.body
        return self.body

    def problem(self, status: int, code: str) -> Shape:
        """The body of a problem that must have this status and code, and what every problem has."""
        assert (self.status, self.body.get("code")) == (status, code), self.body
        assert self.headers["Content-Type"] == PROBLEM
        assert self.body["status"] == status
        assert self.body["request_id"] == self.headers["X-Request-ID"]
        assert self.body["detail"]
        return self.body

    def pointers(self) -> list[str]:
        """Where the impossible values stand."""
        return [fault["pointer"] for fault in self.body["errors"]]


class Caller:
    """One holder of one token. `learner_id` is who it is when it is a learner."""

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
        self.learner_id = uuid_of(subject)

    def beside(self, subject: str, roles: Sequence[str]) -> "Caller":
        """Somebody else who calls the same application."""
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
    ) -> Answered:
        """One request; `json` is sent as JSON, `raw` as it is, neither as nothing at all."""
        sent = {**self._headers, **(headers or {})}
        if json is not None:
            raw = jsons.dumps(json).encode()
            sent.setdefault("Content-Type", "application/json")
        send = getattr(self._client, method.lower())
        response = await send(
            f"/api{path}", headers=sent, data=raw, query_string=None if query is None else dict(query)
        )
        content: bytes = await response.get_data()
        is_json = bool(content) and "json" in response.headers.get("Content-Type", "")
        return Answered(response.status_code, jsons.loads(content) if is_json else {}, response.headers, content)

    async def get(self, path: str, **query: object) -> Answered:
        """GET; query parameters by name (`from_` for `from`)."""
        return await self.ask("GET", path, query={name.rstrip("_"): value for name, value in query.items()})

    async def post(self, path: str, json: object = None, **query: object) -> Answered:
        """POST of JSON, or of nothing."""
        return await self.ask("POST", path, json=json, query=query)

    async def record(self, *activities: object, **beside: object) -> Answered:
        """A batch of activities; `beside` stands next to the list."""
        return await self.post("/activities", {"activities": list(activities), **beside})

    async def record_all(self, *activities: object, **beside: object) -> Shape:
        """A batch in which each must be taken for the first time."""
        body = (await self.record(*activities, **beside)).ok()
        assert {result["status"] for result in body["results"]} == {"accepted"}, body
        return body

    async def feed(self, **query: object) -> list[Shape]:
        """The newest activities, up to 200."""
        found: list[Shape] = (await self.get("/activities", limit=200, **query)).ok()["activities"]
        return found

    async def progress(self, **query: object) -> Shape:
        """The overview."""
        return (await self.get("/progress", **query)).ok()


def uuid_of(subject: str) -> str:
    """The learner of that subject."""
    return str(learner_uuid(ISSUER, subject))


def service(client: TestClientProtocol, name: str = "exercises") -> Caller:
    """A service."""
    return Caller(client, name, ["service"])


def results_of(answered: Answered, *names: str) -> list[Any]:
    """Of each result these members, or the one."""
    found = [tuple(result.get(name) for name in names) for result in answered.body["results"]]
    return [one[0] for one in found] if len(names) == 1 else found
