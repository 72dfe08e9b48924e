"""What happens to every request outside its route: problems, limits, headers, roles, ids and the log line."""

import asyncio
import io
import json
import logging
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
import structlog
from quart import Quart, Response
from quart.typing import TestClientProtocol as Client

from milepost.api.http.contract import contract
from milepost.app import begin_draining, create_app
from milepost.log import configure
from milepost.settings import Settings, load_settings
from support.builders import SECRET, bearer

TokenFor = Callable[..., str]
NO_REDIRECT = ["/api//progress", "/api/progress/", "/api/v1", "/api/v1/", "/api/v2/progress"]


async def problem(response: Response, status: int, code: str) -> dict[str, object]:
    """The body of a problem, after checking what all problems share."""
    body: dict[str, object] = await response.get_json()
    assert (response.status_code, body["code"]) == (status, code), body
    assert response.headers["Content-Type"] == "application/problem+json"
    assert body["status"] == status
    assert body["type"] == "about:blank"
    assert body["title"]
    assert body["detail"]
    assert body["request_id"] == response.headers["X-Request-ID"]
    return body


async def test_health(client: Client) -> None:
    alive = await client.get("/livez")
    assert (alive.status_code, await alive.get_json()) == (200, {"status": "alive"})
    ready = await client.get("/readyz")
    body = await ready.get_json()
    assert ready.status_code == 200
    assert body["database"] == "reachable"
    assert body["redis"] == "reachable"
    assert body["db_schema"]["revision"] == body["db_schema"]["needed"]
    # No worker is running; all routes still answer.
    assert (body["status"], body["worker_seen_at"]) == ("degraded", None)


@pytest.mark.parametrize("path", ["/nowhere", "/api/nowhere", *NO_REDIRECT])
async def test_an_address_that_does_not_exist(client: Client, path: str) -> None:
    await problem(await client.get(path), 404, "not_found")


async def test_a_method_that_does_not_exist(client: Client) -> None:
    response = await client.delete("/api/progress")
    await problem(response, 405, "method_not_allowed")
    assert set(response.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


async def test_no_token(client: Client) -> None:
    response = await client.get("/api/progress")
    await problem(response, 401, "token_missing")
    assert response.headers["WWW-Authenticate"] == 'Bearer realm="milepost"'


@pytest.mark.parametrize("value", ["", "Bearer", "Bearer ", "Basic YWRhOmFkYQ==", "bearer"])
async def test_what_is_no_bearer_token(client: Client, value: str) -> None:
    await problem(await client.get("/api/progress", headers={"Authorization": value}), 401, "token_missing")


async def test_a_token_in_the_query_string_is_no_token(client: Client, token_for: TokenFor) -> None:
    await problem(await client.get(f"/api/progress?access_token={token_for('ada')}"), 401, "token_missing")


async def test_two_tokens_are_none(client: Client, token_for: TokenFor) -> None:
    token = token_for("ada")
    twice = [("Authorization", f"Bearer {token}"), ("Authorization", f"Bearer {token}")]
    from werkzeug.datastructures import Headers

    await problem(await client.get("/api/progress", headers=Headers(twice)), 401, "token_missing")


async def test_a_bad_token(client: Client) -> None:
    response = await client.get("/api/progress", headers=bearer("a.b.c"))
    await problem(response, 401, "token_malformed")
    assert 'error="invalid_token"' in response.headers["WWW-Authenticate"]


async def test_S02_the_wrong_role(client: Client, token_for: TokenFor) -> None:
    await problem(await client.get("/api/me", headers=bearer(token_for("shop", ["service"]))), 403, "role_not_allowed")


async def test_v1_is_the_same_api(client: Client, token_for: TokenFor) -> None:
    headers = bearer(token_for("vera"))
    now, later = (
        await client.get("/api/progress", headers=headers),
        await client.get("/api/v1/progress", headers=headers),
    )
    assert (later.status_code, await later.get_data()) == (200, await now.get_data())


async def test_R17_a_body_that_is_too_large(client: Client, token_for: TokenFor) -> None:
    response = await client.post("/api/activities", data=b" " * 6_000_000, headers=bearer(token_for("ada")))
    await problem(response, 413, "body_too_large")


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"", "body_required"),
        (b"{", "malformed_json"),
        (b"[" * 9_000 + b"]" * 9_000, "too_deep"),
        (b"[" * 20_000 + b"]" * 20_000, "too_many_values"),
        (b'{"zone": "\xff"}', "malformed_json"),
        (b'{"zone": "\\ud800"}', "malformed_json"),
        (b'{"zone": "Europe/Berlin", "points": 5}', "invalid_body"),
        (b'{"zone": "Europe/Ber\\u0000lin"}', "invalid_body"),
        (b'{"zone": 5}', "invalid_body"),
    ],
)
async def test_R17_bodies_that_cannot_be_read(client: Client, token_for: TokenFor, raw: bytes, code: str) -> None:
    response = await client.patch("/api/me", data=raw, headers=bearer(token_for("ada")))
    body = await problem(response, 422, code)
    assert body["errors"]


async def test_S03_an_unknown_field_is_named(client: Client, token_for: TokenFor) -> None:
    body_in = {"zone": "Europe/Berlin", "role": "admin"}
    response = await client.patch("/api/me", json=body_in, headers=bearer(token_for("ada")))
    body = await problem(response, 422, "invalid_body")
    assert body["errors"] == [
        {"pointer": "/role", "message": "is not a known field", "code": "unknown_field", "values": {}}
    ]


@pytest.mark.parametrize(
    ("query", "pointer"),
    [
        ("points=5", "/points"),
        ("limit=1&limit=2", "/limit"),
        ("limit=0", "/limit"),
        ("cursor=%FF", ""),
        ("limit=%", "/limit"),
    ],
)
async def test_query_strings_that_cannot_be_read(client: Client, token_for: TokenFor, query: str, pointer: str) -> None:
    response = await client.get(f"/api/activities?{query}", headers=bearer(token_for("ada")))
    body = await problem(response, 422, "invalid_query")
    assert [fault["pointer"] for fault in body["errors"]] == [pointer]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json; charset=latin-1"},
        {"Content-Encoding": "gzip"},
    ],
)
async def test_bodies_that_are_not_plain_json(client: Client, token_for: TokenFor, headers: dict[str, str]) -> None:
    all_headers = {**bearer(token_for("ada")), **headers}
    await problem(await client.patch("/api/me", data=b"{}", headers=all_headers), 415, "media_type")


async def test_head_and_options(client: Client, token_for: TokenFor) -> None:
    head = await client.head("/api/progress", headers=bearer(token_for("ada")))
    assert head.status_code == 200
    options = await client.options("/api/progress")
    assert (options.status_code, set(options.headers["Allow"].split(", "))) == (200, {"GET", "HEAD", "OPTIONS"})
    assert "Access-Control-Allow-Origin" not in options.headers


async def test_S14_headers_of_every_answer(client: Client, token_for: TokenFor) -> None:
    for path in ("/api/progress", "/api/nowhere", "/livez"):
        headers = (await client.get(path, headers=bearer(token_for("ada")))).headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert headers["Cache-Control"] == "no-store, private"


async def test_S14_the_documentation_asks_no_other_host(client: Client) -> None:
    page = await client.get("/docs")
    html = await page.get_data(as_text=True)
    assert "//" not in html
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    assert "http" not in page.headers["Content-Security-Policy"]
    for name in ("swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png", "start.js"):
        assert (await client.get(f"/docs/{name}")).status_code == 200
    await problem(await client.get("/docs/..%2f..%2fetc%2fpasswd"), 404, "not_found")
    document = await (await client.get("/openapi.json")).get_json()
    assert document["openapi"] == "3.1.0"


@pytest.mark.parametrize("request_id", ["abc-123_X.9", "x" * 64])
async def test_a_harmless_request_id_is_kept(client: Client, request_id: str) -> None:
    response = await client.get("/livez", headers={"X-Request-ID": request_id})
    assert response.headers["X-Request-ID"] == request_id


@pytest.mark.parametrize("request_id", ["", "x" * 65, "a b", 'a"b', "a\tb", "ä", "<script>"])
async def test_any_other_request_id_is_replaced(client: Client, request_id: str) -> None:
    first = await client.get("/livez", headers={"X-Request-ID": request_id})
    second = await client.get("/livez", headers={"X-Request-ID": request_id})
    assert first.headers["X-Request-ID"] != request_id
    assert first.headers["X-Request-ID"] != second.headers["X-Request-ID"]


# ---- separate applications without servers, for tests that need other settings or a failing route


def plain(**settings: object) -> Quart:
    """An application that has not been started, with a failing route."""
    app = create_app(load_settings(jwt_secret=SECRET, **settings))

    @app.get("/api/failing")
    @contract(operation="fails", summary="fails", answers=None, public=True)
    async def failing() -> Response:
        raise RuntimeError("the password is swordfish")

    return app


async def test_an_unexpected_failure_reveals_nothing() -> None:
    response = await plain().test_client().get("/api/failing")
    await problem(response, 500, "internal_error")
    assert b"swordfish" not in await response.get_data()


async def test_before_the_start_and_while_stopping() -> None:
    app = plain()
    client = app.test_client()
    response = await client.get("/readyz")
    await problem(response, 503, "starting")
    assert int(response.headers["Retry-After"]) > 0
    await problem(await client.get("/api/progress", headers=bearer("x")), 503, "starting")
    begin_draining(app)
    await problem(await client.get("/readyz"), 503, "shutting_down")
    assert (await client.get("/livez")).status_code == 200


async def test_a_host_header_decides_nothing() -> None:
    client = plain().test_client()
    for ignored in ("a b", "exa mple:80", "a/b", "a@b"):
        assert (await client.get("/livez", headers={"Host": ignored})).status_code == 200


async def test_a_slow_sender_gets_a_timeout() -> None:
    app = create_app(load_settings(jwt_secret=SECRET, body_timeout_seconds=1))

    @app.post("/api/echo")
    @contract(operation="reads", summary="reads", answers=None, public=True)
    async def echo() -> Response:
        from milepost.api.http.parsing import read_raw

        return Response(await read_raw())

    async with app.test_client().request("/api/echo", method="POST", headers={"Content-Length": "5"}) as connection:
        await connection.send(b"{")
        body = json.loads(await connection.receive())
    assert (body["status"], body["code"]) == (408, "body_timeout")


ORIGIN = "https://tutor.example"


@pytest.fixture
def with_frontend() -> Client:
    """A client of an application that allows one frontend."""
    return plain(cors_origins=(ORIGIN,)).test_client()


async def test_cors_preflight(with_frontend: Client) -> None:
    headers = {
        "Origin": ORIGIN,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    response = await with_frontend.options("/api/activities", headers=headers)
    assert response.status_code == 204
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert "POST" in response.headers["Access-Control-Allow-Methods"]
    allowed = response.headers["Access-Control-Allow-Headers"].split(", ")
    assert {"authorization", "content-type", "idempotency-key", "if-match", "if-none-match"} <= {*allowed}
    assert {"PUT", "PATCH", "DELETE"} <= {*response.headers["Access-Control-Allow-Methods"].split(", ")}
    assert "Access-Control-Allow-Credentials" not in response.headers
    assert response.headers["Vary"] == "Origin"


@pytest.mark.parametrize("path", ["/api/progress", "/api/nowhere", "/api/failing", "/livez"])
async def test_cors_also_on_problems(with_frontend: Client, path: str) -> None:
    response = await with_frontend.get(path, headers={"Origin": ORIGIN})
    assert response.headers["Access-Control-Allow-Origin"] == ORIGIN
    exposed = set(response.headers["Access-Control-Expose-Headers"].split(", "))
    assert exposed >= {"content-disposition", "etag", "last-updated", "milepost-pending", "retry-after", "x-request-id"}


@pytest.mark.parametrize("origin", ["https://evil.example", "null", f"{ORIGIN}.evil.example", f"{ORIGIN}:444", "*"])
async def test_no_cors_for_other_origins(with_frontend: Client, origin: str) -> None:
    for answer in (
        await with_frontend.get("/livez", headers={"Origin": origin}),
        await with_frontend.options("/livez", headers={"Origin": origin, "Access-Control-Request-Method": "GET"}),
    ):
        assert "Access-Control-Allow-Origin" not in answer.headers
        assert answer.headers["Vary"] == "Origin"


async def test_no_cors_by_default() -> None:
    response = await plain().test_client().get("/livez", headers={"Origin": ORIGIN})
    assert not [name for name in dict(response.headers) if name.lower().startswith("access-control")]


@pytest.fixture
def log_output() -> Iterator[io.BytesIO]:
    """The log output of applications created during the test."""
    handlers, level = logging.getLogger().handlers[:], logging.getLogger().level
    stream = io.BytesIO()
    configure(load_settings(log_format="json", log_level="info"), stream)
    yield stream
    structlog.reset_defaults()
    logging.getLogger().handlers[:] = handlers
    logging.getLogger().setLevel(level)


async def test_S09_one_line_a_request_whatever_is_in_its_headers(log_output: io.BytesIO, token_for: TokenFor) -> None:
    client = plain().test_client()
    evil = 'x"}\x1b[0m{"status": 200, "forged": true}\u2028'
    token = token_for("ada")
    headers = {"X-Request-ID": evil, "User-Agent": evil, "Referer": evil, "X-Forwarded-For": evil, **bearer(token)}
    await client.get(f"/api/no{evil}where?secret=swordfish", headers=headers)
    await client.get("/api/failing", headers=headers)
    await asyncio.sleep(0)  # lines are flushed at the end of a turn of the loop
    (lost, failed) = [json.loads(line) for line in log_output.getvalue().splitlines()]
    assert (lost["status"], lost["route"], lost["code"], lost["method"]) == (404, None, "not_found", "GET")
    assert (failed["status"], failed["route"], failed["level"]) == (500, "/api/failing", "error")
    assert "RuntimeError" in failed["exception"]
    assert "forged" not in lost
    assert token.encode() not in log_output.getvalue()
    assert b"secret" not in log_output.getvalue()


async def test_the_line_names_the_learner_and_the_role(
    log_output: io.BytesIO, settings: Settings, token_for: TokenFor
) -> None:
    app = create_app(settings)
    async with app.test_app() as running:
        response = await running.test_client().get("/api/v1/progress", headers=bearer(token_for("ada")))
        learner = (await response.get_json())["learner_id"]
        await asyncio.sleep(0)
    (line,) = [json.loads(line) for line in log_output.getvalue().splitlines() if b'"request"' in line]
    assert (line["learner"], line["role"], line["route"], line["status"]) == (learner, "learner", "/api/progress", 200)
    assert line["request_id"] == response.headers["X-Request-ID"]
    assert line["bytes"] == len(await response.get_data())
    assert line["duration_ms"] > 0


async def test_a_streamed_response_is_sent_in_chunks() -> None:
    app = plain()

    @app.get("/api/stream")
    @contract(operation="streams", summary="streams", answers=None, public=True)
    async def stream() -> Response:
        async def pieces() -> AsyncIterator[bytes]:
            for piece in (b"a", b"b", b"c"):
                yield piece

        response = Response(pieces(), content_type="text/csv")
        response.timeout = None
        return response

    async with app.test_client().request("/api/stream") as connection:
        await connection.send_complete()
        received = [await connection.receive() for _ in range(3)]
    assert received == [b"a", b"b", b"c"]
