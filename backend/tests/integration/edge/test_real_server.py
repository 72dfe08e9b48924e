"""What needs a real server: bytes that are not HTTP, bodies without length, disconnecting clients, and shutdown."""

import json
import signal
import socket
import time
from collections.abc import Iterator
from http.client import HTTPResponse
from urllib.parse import urlsplit

import pytest

from support.builders import bearer, mint
from support.servers import MilepostProcess, Processes

_PATIENCE_SECONDS = 20.0


@pytest.fixture
def api(processes: Processes) -> MilepostProcess:
    """An API process for this test only."""
    return processes.api(MILEPOST_BODY_TIMEOUT_SECONDS="5", MILEPOST_LOG_FORMAT="json")


@pytest.fixture
def connection(api: MilepostProcess) -> Iterator[socket.socket]:
    """A raw connection to the API."""
    with connect(api) as opened:
        yield opened


def connect(api: MilepostProcess) -> socket.socket:
    """A raw connection with a timeout."""
    address = urlsplit(api.url)
    return socket.create_connection((address.hostname, address.port), timeout=_PATIENCE_SECONDS)


def head(path: str, *lines: str) -> bytes:
    """The head of a POST request by a learner."""
    token = bearer(mint("ada"))["Authorization"]
    return "\r\n".join([f"POST {path} HTTP/1.1", "Host: x", f"Authorization: {token}", *lines, "", ""]).encode()


def answer(connection: socket.socket) -> tuple[int, dict[str, object]]:
    """The status and body of the next response."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65_536)
    first, _, body = received.partition(b"\r\n\r\n")
    lines = first.lower().split(b"\r\n")
    length = next(int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:"))
    assert b"content-type: application/problem+json" in lines
    while len(body) < length:
        body += connection.recv(65_536)
    return int(first.split(b" ")[1]), json.loads(body)


def answered_get(connection: socket.socket, path: str, etag: str) -> HTTPResponse:
    """The response to a conditional GET; the connection stays open for the next."""
    token = bearer(mint("ada"))["Authorization"]
    lines = [f"GET {path} HTTP/1.1", "Host: x", f"Authorization: {token}", f"If-None-Match: {etag}", "", ""]
    connection.sendall("\r\n".join(lines).encode())
    response = HTTPResponse(connection)
    response.begin()
    return response


def lines_of(api: MilepostProcess, **fields: object) -> list[dict[str, object]]:
    """The log lines with these fields. Waits until there is one."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        lines = [json.loads(line) for line in api.log_lines()]
        matching = [line for line in lines if fields.items() <= line.items()]
        if matching:
            return matching
        time.sleep(0.05)
    raise AssertionError(f"no line with {fields}")


@pytest.mark.parametrize(
    "sent", [b"GARBAGE\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET / HTTP/9.9\r\n\r\n"]
)
def test_what_is_not_http(connection: socket.socket, sent: bytes) -> None:
    connection.sendall(sent)
    status, body = answer(connection)
    assert (status, body["code"]) == (400, "bad_request")


def test_a_304_has_neither_body_nor_headers_about_one(connection: socket.socket) -> None:
    etag = '"x"'
    for path in ("/api/progress", "/api/analytics/quick-stats"):
        for status in (200, 304):
            received = answered_get(connection, path, etag)
            assert received.status == status
            assert received.read() == b"" if status == 304 else received.read()
            described = {name for name in ("Content-Type", "Content-Length") if received.getheader(name) is not None}
            assert described == (set() if status == 304 else {"Content-Type", "Content-Length"})
            assert received.getheader("Cache-Control") == "no-store, private"
            assert received.getheader("X-Content-Type-Options") == "nosniff"
            etag = str(received.getheader("ETag"))


def test_head_has_no_body(connection: socket.socket) -> None:
    token = bearer(mint("ada"))["Authorization"]
    for path in ("/api/features", "/api/progress", "/api/progress/export?format=csv"):
        for method in ("HEAD", "GET"):
            connection.sendall(f"{method} {path} HTTP/1.1\r\nHost: x\r\nAuthorization: {token}\r\n\r\n".encode())
            response = HTTPResponse(connection, method=method)
            response.begin()
            body = response.read()
            assert (response.status, bool(body)) == (200, method == "GET"), path


def test_R17_a_body_without_length_that_grows_too_large(connection: socket.socket) -> None:
    connection.sendall(head("/api/activities", "Transfer-Encoding: chunked", "Content-Type: application/json"))
    for _ in range(6):
        connection.sendall(b"%x\r\n" % 2**20 + b" " * 2**20 + b"\r\n")
    status, body = answer(connection)
    assert (status, body["code"]) == (413, "body_too_large")


def test_a_client_that_disconnects_is_noticed_and_harmless(api: MilepostProcess, connection: socket.socket) -> None:
    connection.sendall(head("/api/activities", "Content-Length: 100", "X-Request-ID: leaver"))
    connection.close()
    (line,) = lines_of(api, request_id="leaver")
    assert (line["status"], line["level"]) == (499, "info")
    with connect(api) as other:
        other.sendall(b"GET /api/progress HTTP/1.1\r\nHost: x\r\n\r\n")
        assert answer(other)[1]["code"] == "token_missing"
    api.send(signal.SIGTERM)
    assert api.wait_exit() == 0
    assert "Traceback" not in api.log.read_text()


def test_R14_a_request_that_runs_at_SIGTERM_is_finished(api: MilepostProcess, connection: socket.socket) -> None:
    body = b'{"verb": "unfinished'
    connection.sendall(head("/api/activities", f"Content-Length: {len(body) + 2}") + body)
    # Once a later request on another connection has been answered, the server has read this one.
    with connect(api) as other:
        other.sendall(b"GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n")
        answer(other)
    api.send(signal.SIGTERM)
    lines_of(api, event="Shutting down")
    connection.sendall(b'"}')
    status, refused = answer(connection)
    assert (status, refused["code"]) == (422, "invalid_body")
    assert api.wait_exit() == 0
