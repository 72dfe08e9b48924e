"""The express lane and the framework give the same answers to good requests and bad ones: status, headers and bytes."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import AsyncExitStack, ExitStack
from datetime import timedelta
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson
import pytest
from quart import Quart, Response, request_started

from milepost.app import EXPRESS, create_app
from milepost.embedded.postgres import PostgresServer
from milepost.settings import Settings, load_settings
from support.builders import SECRET, activity, bearer, exercise, mint
from support.clock import START, AdjustableClock
from support.servers import fresh_database

Message = dict[str, Any]
"""A message of ASGI, whose `type` says what is in it."""

ADA, BOB, GONE = "ada", "bob", "gone"
_LARGE = 200_000


class Sent(NamedTuple):
    """A request."""

    method: str
    address: str
    headers: Mapping[str, str] = MappingProxyType({})
    body: bytes | None = None


class Doors(NamedTuple):
    """Two applications on databases of their own, with and without the express lane."""

    express: Quart
    framework: Quart

    async def same(self, sent: Sent) -> tuple[int, bytes]:
        """Status and body of both answers, which are equal."""
        first, second = [await _answer(app, sent) for app in self]
        assert first == second, sent
        status, _, body = first
        return status, body


class Received(NamedTuple):
    """An answer as the server gets it from the application."""

    status: int
    headers: list[tuple[bytes, bytes]]
    body: bytes


async def _answer(app: Quart, sent: Sent) -> Received:
    """Ask as the server does: a client of the framework would complete the headers."""
    path, _, query = sent.address.partition("?")
    headers = {"Host": "here", "X-Request-ID": "the-same", **sent.headers}
    if sent.body is not None and "Transfer-Encoding" not in headers:
        headers["Content-Length"] = str(len(sent.body))
    scope: Message = {
        "type": "http",
        "asgi": {"spec_version": "2.3", "version": "3.0"},
        "http_version": "1.1",
        "method": sent.method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in headers.items()],
        "client": ("127.0.0.1", 50_000),
        "server": ("127.0.0.1", 8_000),
        "state": {},
        "extensions": {},
    }
    body = sent.body or b""
    pieces = [body[:7], body[7:]] if "Transfer-Encoding" in headers else [body]
    waiting = deque(
        {"type": "http.request", "body": piece, "more_body": place < len(pieces) - 1}
        for place, piece in enumerate(pieces)
    )
    messages: list[Message] = []

    answered = asyncio.Event()

    async def receive() -> Message:
        if waiting:
            return waiting.popleft()
        await answered.wait()
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        messages.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body"):
            answered.set()

    await app(scope, receive, send)  # type: ignore[arg-type] # typed for the messages of each kind of scope
    start, *rest = messages
    return Received(start["status"], start["headers"], b"".join(message["body"] for message in rest))


@pytest.fixture(scope="module")
def databases(postgres: PostgresServer) -> Iterator[list[str]]:
    """Two equal databases."""
    with ExitStack() as stack:
        yield [stack.enter_context(fresh_database(postgres, f"door_{number}")) for number in range(2)]


@pytest.fixture(scope="module")
async def doors(databases: list[str], module_clock: AdjustableClock) -> AsyncIterator[Doors]:
    """Both applications. They share no Redis, so neither takes an answer from the other."""
    module_clock.set(START)
    async with AsyncExitStack() as stack:
        apps = [
            create_app(_settings(url, express=express), module_clock)
            for url, express in zip(databases, (True, False), strict=True)
        ]
        for app in apps:
            await stack.enter_async_context(app.test_app())  # type: ignore[arg-type] # typed without its result
        yield Doors(*apps)


def _settings(database_url: str, *, express: bool) -> Settings:
    return load_settings(
        database_url=database_url,
        redis_url="redis://127.0.0.1:1/0",
        jwt_secret=SECRET,
        log_level="warning",
        express=express,
        body_limit_bytes=_LARGE,
        cors_origins="https://tutor.example",
        sign_in_cookie="session",
    )


def _json(content: object) -> bytes:
    return orjson.dumps(content)


JSON = {"Content-Type": "application/json"}
LEARNER, SERVICE, ADMIN = bearer(mint(ADA)), bearer(mint("exercises", ["service"])), bearer(mint("root", ["admin"]))
ZONED = bearer(mint(BOB, zone="Asia/Tokyo"))
READS = ("/api/progress", "/api/progress/streak")
POST = "/api/activities"
ONE = exercise(START - timedelta(hours=1), id="one")
OTHER = {**ONE, "points": 77}
GOOD = [
    Sent("POST", POST, {**LEARNER, **JSON, "Transfer-Encoding": "chunked"}, _json(activity(START, id="pieces"))),
    *(Sent("GET", address, LEARNER) for address in READS),
    Sent("POST", POST, {**LEARNER, **JSON}, _json(activity(START - timedelta(minutes=2), id="own"))),
    Sent("POST", POST, {**SERVICE, **JSON}, _json({**ONE, "learner_id": ADA})),
    Sent("POST", POST, {**SERVICE, **JSON}, _json({**ONE, "learner_id": ADA})),
    Sent("POST", f"{POST}?learner_id={ADA}", {**SERVICE, **JSON}, _json(OTHER)),
    Sent("POST", f"{POST}?learner_id={BOB}", {**SERVICE, **JSON}, _json({"activities": [ONE, OTHER, {"id": 5}]})),
    Sent("POST", f"{POST}?learner_id={BOB}", {**SERVICE, **JSON, "Idempotency-Key": "k-1"}, _json({**ONE, "id": None})),
    Sent("POST", POST, {**ZONED, "Content-Type": "application/json; charset=UTF-8"}, _json(activity(START, id="z"))),
    *(
        Sent("GET", f"{address}?learner_id={name}", role)
        for address in READS
        for role in (SERVICE, ADMIN)
        for name in (ADA, BOB)
    ),
    *(
        Sent("GET", address, {**role, "If-None-Match": tag})
        for address in READS
        for role in (LEARNER, ZONED)
        for tag in ('"x"', "*")
    ),
    *(Sent("GET", address.replace("/api/", "/api/v1/"), LEARNER) for address in READS),
    *(
        Sent("GET", address, {**LEARNER, "Origin": origin})
        for address in READS
        for origin in ("https://tutor.example", "https://evil.example")
    ),
    *(Sent("HEAD", address, LEARNER) for address in READS),
    *(Sent("OPTIONS", address, {"Origin": "https://tutor.example"}) for address in (*READS, POST)),
    Sent("GET", "/api/progress/streak?month=2026-03", LEARNER),
    Sent("GET", "/api/progress/streak?from=2026-03-01&to=2026-03-09", LEARNER),
    Sent("GET", "/api/progress", {"Cookie": LEARNER["Authorization"].replace("Bearer ", "session=")}),
]
BAD = [
    *(
        Sent("GET", address, headers)
        for address in READS
        for headers in (
            {},
            {"Authorization": "Bearer x"},
            {"Authorization": "Basic x"},
            bearer(mint(ADA, ["nobody"])),
            {"Cookie": "session=x; session=y"},
            {"Cookie": "session=x", "Sec-Fetch-Site": "cross-site"},
        )
    ),
    *(
        Sent("GET", f"{address}?{query}", LEARNER)
        for address in READS
        for query in (
            "unknown=1",
            "learner_id=bob",
            "learner_id=a&learner_id=b",
            "x=%ff",
            "&".join(f"a{n}=1" for n in range(60)),
            "month=2026-13",
            "from=2026-02-30",
            "from=2026-03-09&to=2026-03-01",
        )
    ),
    *(Sent("GET", address, SERVICE) for address in READS),
    *(Sent("GET", f"{address}?learner_id=nobody-knows", ADMIN) for address in READS),
    *(Sent(method, address, LEARNER) for method in ("PUT", "DELETE", "PATCH") for address in (*READS, POST)),
    Sent("POST", READS[0], {**LEARNER, **JSON}, b"{}"),
    *(
        Sent("POST", POST, {**LEARNER, **headers}, _json(ONE))
        for headers in (
            {},
            {"Content-Type": "text/plain"},
            {**JSON, "Content-Encoding": "gzip"},
            {**JSON, "Idempotency-Key": ""},
            {**JSON, "Idempotency-Key": "k" * 300},
        )
    ),
    *(
        Sent("POST", POST, {**SERVICE, **JSON}, body)
        for body in (
            b"",
            b"{",
            b"null",
            b"[]",
            b"{}",
            b'"x"',
            b"\xff",
            b"[" * 5_000,
            _json({"activities": []}),
            _json(ONE),
            _json({"activities": [{}] * 3}),
            _json({**ONE, "colour": "red"}),
            _json({**ONE, "learner_id": GONE, "at": 1}),
            _json({**ONE, "learner_id": GONE, "occurred_at": "3000-01-01T00:00:00Z"}),
            _json({"activities": [{**ONE, "id": f"n-{n}", "learner_id": BOB} for n in range(1_001)]}),
            b"[" + b"1," * 60_000 + b"1]",
            b" " * (_LARGE + 1),
        )
    ),
    Sent("POST", POST, {**ADMIN, **JSON}, _json(ONE)),
    Sent("POST", POST, {**SERVICE, **JSON, "Transfer-Encoding": "chunked"}, b" " * (_LARGE + 1)),
    Sent("POST", POST, {**SERVICE, **JSON, "Transfer-Encoding": "chunked"}, b"{"),
    Sent("POST", f"{POST}?learner_id=x&y=1", {**SERVICE, **JSON}, _json(ONE)),
]


@pytest.mark.parametrize("sent", [*GOOD, *BAD], ids=lambda sent: f"{sent.method} {sent.address}"[:60])
async def test_both_give_the_same_answer(doors: Doors, sent: Sent) -> None:
    status, body = await doors.same(sent)
    assert status < 500, body
    assert (status >= 400) == (sent in BAD or orjson.loads(body or b"{}").get("status", 200) >= 400)


async def test_both_answer_304_to_what_they_gave(doors: Doors) -> None:
    for address in READS:
        tags = {(await app.test_client().get(address, headers=LEARNER)).headers["ETag"] for app in doors}
        (tag,) = tags
        assert await doors.same(Sent("GET", address, {**LEARNER, "If-None-Match": tag})) == (304, b"")


async def test_a_learner_who_has_left_is_gone_through_both(doors: Doors) -> None:
    headers = {**bearer(mint(GONE)), **JSON}
    assert (await doors.same(Sent("POST", POST, headers, _json(activity(START, id="last")))))[0] == 200
    assert (await doors.same(Sent("DELETE", "/api/me", headers, _json({"confirm": GONE}))))[0] < 300
    for sent in (
        *(Sent("GET", address, headers) for address in READS),
        Sent("POST", POST, headers, _json(activity(START, id="x"))),
    ):
        assert (await doors.same(sent))[0] == 410


async def test_a_quiet_learner_is_shown_quietly_through_both(doors: Doors) -> None:
    headers = {**bearer(mint("quiet")), **JSON}
    assert (await doors.same(Sent("PATCH", "/api/me", headers, _json({"quiet": True}))))[0] == 200
    for sent in (
        Sent("POST", POST, headers, _json(activity(START, id="q"))),
        *(Sent("GET", address, headers) for address in READS),
    ):
        assert (await doors.same(sent))[0] == 200


async def test_quotas_are_said_through_both(doors: Doors) -> None:
    headers = {**bearer(mint("busy")), **JSON}
    batch = [activity(START - timedelta(minutes=n), id=f"b-{n}") for n in range(900)]
    statuses = [(await doors.same(Sent("POST", POST, headers, _json({"activities": batch}))))[0] for _ in range(2)]
    assert statuses[0] == 200
    assert 429 in statuses or len(set(statuses)) == 1


async def test_hooks_and_signals_of_the_framework_work(doors: Doors) -> None:
    """Once for each request but those in the lane, which the framework does not see."""
    seen: dict[str, list[str]] = {"express": [], "framework": []}
    for name, app in doors._asdict().items():

        async def before(name: str = name) -> None:
            seen[name].append("before")

        async def after(response: Response, name: str = name) -> Response:
            seen[name].append("after")
            return response

        async def teardown(_fault: BaseException | None, name: str = name) -> None:
            seen[name].append("teardown")

        async def started(_app: Quart, name: str = name, **_: object) -> None:
            seen[name].append("signal")

        app.before_request_funcs[None].append(before)
        app.after_request_funcs[None].append(after)
        app.teardown_request_funcs[None].append(teardown)
        with request_started.connected_to(started, app):
            assert (await app.test_client().get("/api/progress", headers=LEARNER)).status_code == 200
            assert (await app.test_client().get("/api/me", headers=LEARNER)).status_code == 200
    once = ["signal", "before", "after", "teardown"]
    assert seen == {"express": once, "framework": once * 2}


def test_what_is_in_the_lane_is_a_route_without_parameters(doors: Doors) -> None:
    rules = {(method, rule.rule) for rule in doors.framework.url_map.iter_rules() for method in rule.methods or ()}
    assert {(method, f"/api{address}") for method, address in EXPRESS} <= rules
