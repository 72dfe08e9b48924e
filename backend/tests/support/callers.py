"""Callers of the API with a token, answers as tests read them, and raw connections that correct neither."""

import json as jsons
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from quart.typing import TestClientProtocol
from werkzeug.datastructures import Headers

from milepost.rules.learners import learner_uuid
from support.builders import ISSUER, bearer, mint

Json = dict[str, Any]
PROBLEM = "application/problem+json"
_PATIENCE_SECONDS = 30.0


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


@dataclass(frozen=True, slots=True)
class RawResponse:
    """One response; header names are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def code(self) -> str | None:
        """The code of a problem; asserts that every member of a problem is there. None for any other response."""
        if self.headers.get("content-type") != PROBLEM:
            return None
        members = jsons.loads(self.body)
        assert members["status"] == self.status
        assert {"type", "title", "detail", "request_id"} <= members.keys()
        code: str = members["code"]
        return code


class RawConnection:
    """A socket to the server of `url`; use it as a context manager."""

    def __init__(self, url: str, *, receive_buffer_bytes: int | None = None) -> None:
        address = urlsplit(url)
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        if receive_buffer_bytes is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer_bytes)
        self.socket.settimeout(_PATIENCE_SECONDS)
        self.socket.connect((address.hostname, address.port))
        self._received = b""

    def __enter__(self) -> "RawConnection":
        """Itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close it."""
        self.socket.close()

    def send(self, content: bytes) -> "RawConnection":
        """Send all of it."""
        self.socket.sendall(content)
        return self

    def response(self) -> RawResponse:
        """The next response.

        Raises:
            EOFError: the server has closed the connection.
        """
        while b"\r\n\r\n" not in self._received:
            self._receive()
        head, _, self._received = self._received.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = dict(line.lower().split(": ", 1) for line in lines)
        length = int(headers["content-length"])
        while len(self._received) < length:
            self._receive()
        body, self._received = self._received[:length], self._received[length:]
        return RawResponse(int(first.split(" ")[1]), headers, body)

    def responses(self) -> Iterator[RawResponse]:
        """All responses until the server closes the connection."""
        while True:
            try:
                yield self.response()
            except EOFError:
                return

    def is_closed(self) -> bool:
        """Whether the server closes the connection without another byte."""
        try:
            self._receive()
        except EOFError:
            return True
        return False

    def _receive(self) -> None:
        try:
            received = self.socket.recv(65_536)
        except ConnectionResetError:
            received = b""
        if not received:
            raise EOFError
        self._received += received


def request(method: str, target: str, *lines: str, subject: str | None = "ada", body: bytes = b"") -> bytes:
    """A request with a Host header and, unless `subject` is None, the token of a learner. `lines` are more headers."""
    token = [] if subject is None else [f"Authorization: Bearer {mint(subject)}"]
    return "\r\n".join([f"{method} {target} HTTP/1.1", "Host: x", *token, *lines, "", ""]).encode("latin-1") + body
