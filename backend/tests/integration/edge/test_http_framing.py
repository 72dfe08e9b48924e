"""Raw bytes against a real server: a request that two readers could read differently reaches no route."""

import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from support.builders import SECRET, activity, mint
from support.callers import RawConnection, RawResponse, request
from support.servers import MilepostProcess, Processes

JSON = "Content-Type: application/json"
CHUNKED = "Transfer-Encoding: chunked"
TOKEN = f"Authorization: Bearer {mint('ada')}"
SLOW = b"POST /api/activities HTTP/1.1\r\nHost: x\r\n"
GET = b"GET /livez HTTP/1.1\r\n"


@pytest.fixture(scope="module")
def api(database_url: str, redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[MilepostProcess]:
    """One API process for all tests here: none of them may break it."""
    folder: Path = tmp_path_factory.mktemp("api")
    environment = {"MILEPOST_DATABASE_URL": database_url, "MILEPOST_REDIS_URL": redis_url}
    processes = Processes({**environment, "MILEPOST_JWT_SECRET": SECRET, "MILEPOST_LOG_FORMAT": "json"}, folder)
    yield processes.api()
    processes.end()


def ask(api: MilepostProcess, *sent: bytes) -> list[RawResponse]:
    """The responses to these bytes, followed by a client that waits for the server to close."""
    with RawConnection(api.url) as connection:
        for part in sent:
            connection.send(part)
        return [*connection.responses()]


def chunked(*chunks: bytes, trailers: bytes = b"") -> bytes:
    """A chunked body."""
    return b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n" + trailers + b"\r\n"


def activity_body() -> bytes:
    """An activity of a moment ago, with an id of its own."""
    return json.dumps(activity(datetime.now(UTC) - timedelta(minutes=1))).encode()


def log_line(api: MilepostProcess, request_id: str) -> dict[str, object]:
    """The log line of a request; it may be written after the answer."""
    deadline = time.monotonic() + 20.0
    while time.monotonic() < deadline:
        for text in api.log_lines():
            if request_id in text and (line := json.loads(text)).get("request_id") == request_id:
                assert isinstance(line, dict)
                return line
        time.sleep(0.02)
    raise AssertionError(f"no line of {request_id}")


NOT_CLEAR = {
    "no Host": GET + b"\r\n",
    "two Hosts": GET + b"Host: x\r\nHost: x\r\n\r\n",
    "two different Hosts": GET + b"Host: x\r\nHost: y\r\n\r\n",
    "two Hosts in 1.0": b"GET /livez HTTP/1.0\r\nHost: x\r\nHost: y\r\n\r\n",
    "empty Host": GET + b"Host:\r\n\r\n",
    "a Host with a path": GET + b"Host: x/y\r\n\r\n",
    "a Host with a user": GET + b"Host: u@x\r\n\r\n",
    "a list of Hosts": GET + b"Host: x, y\r\n\r\n",
    "a Host that is not ASCII": GET + b"Host: \xc3\xa4\r\n\r\n",
    "another Host than the target": b"GET http://y/livez HTTP/1.1\r\nHost: x\r\n\r\n",
    "a user in the target": b"GET http://u:p@x/livez HTTP/1.1\r\nHost: x\r\n\r\n",
    "a fragment": b"GET /livez#x HTTP/1.1\r\nHost: x\r\n\r\n",
    "no slash": b"GET livez HTTP/1.1\r\nHost: x\r\n\r\n",
    "an authority": b"GET x:80 HTTP/1.1\r\nHost: x\r\n\r\n",
    "a star that is not OPTIONS": b"GET * HTTP/1.1\r\nHost: x\r\n\r\n",
    "CONNECT": b"CONNECT x:443 HTTP/1.1\r\nHost: x\r\n\r\n",
    "CONNECT of a path": b"CONNECT /livez HTTP/1.1\r\nHost: x\r\n\r\n",
    "HTTP/0.9": b"GET /livez\r\n\r\n",
    "HTTP/2.0": b"GET /livez HTTP/2.0\r\nHost: x\r\n\r\n",
    "the preface of HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "gzip, chunked": request("GET", "/livez", "Transfer-Encoding: gzip, chunked", body=chunked(b"a")),
    "chunked, gzip": request("GET", "/livez", "Transfer-Encoding: chunked, gzip", body=chunked(b"a")),
    "gzip": request("GET", "/livez", "Transfer-Encoding: gzip"),
    "identity": request("GET", "/livez", "Transfer-Encoding: identity"),
    "gzip and chunked on two lines": request("GET", "/livez", "Transfer-Encoding: gzip", CHUNKED, body=chunked(b"a")),
    "chunked twice": request("GET", "/livez", CHUNKED, CHUNKED, body=chunked(b"a")),
    "chunked with a parameter": request("GET", "/livez", f"{CHUNKED};q=1", body=chunked(b"a")),
    "chunked in 1.0": b"POST /livez HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n" + chunked(b"a"),
    "a space before the colon": request("GET", "/livez", "Transfer-Encoding : chunked", body=chunked(b"a")),
    "length and chunked": request("GET", "/livez", "Content-Length: 6", CHUNKED, body=chunked(b"a")),
    "chunked and length": request("GET", "/livez", CHUNKED, "Content-Length: 6", body=chunked(b"a")),
    "two equal lengths": request("GET", "/livez", "Content-Length: 1", "Content-Length: 1", body=b"a"),
    "two lengths": request("GET", "/livez", "Content-Length: 1", "Content-Length: 2", body=b"ab"),
    "a list of lengths": request("GET", "/livez", "Content-Length: 1, 1", body=b"a"),
    "a length with a sign": request("GET", "/livez", "Content-Length: +1", body=b"a"),
    "a negative length": request("GET", "/livez", "Content-Length: -1"),
    "a length in hexadecimal": request("GET", "/livez", "Content-Length: 0x1", body=b"a"),
    "an empty length": request("GET", "/livez", "Content-Length:"),
    "a length beyond all numbers": request("GET", "/livez", "Content-Length: 99999999999999999999"),
    "a folded header": GET + b"Host: x\r\nX-A: a\r\n b\r\n\r\n",
    "a folded first header": GET + b" Host: x\r\n\r\n",
    "line feeds alone": b"GET /livez HTTP/1.1\nHost: x\n\n",
    "a line feed in a header": GET + b"Host: x\r\nX-A: a\nX-B: b\r\n\r\n",
    "a carriage return in a header": GET + b"Host: x\r\nX-A: a\rX-B: b\r\n\r\n",
    "a null byte in a header": GET + b"Host: x\r\nX-A: a\x00b\r\n\r\n",
    "a null byte in the name of a header": GET + b"Host: x\r\nX\x00A: a\r\n\r\n",
    "a null byte in the target": b"GET /livez\x00 HTTP/1.1\r\nHost: x\r\n\r\n",
    "a control character in the target": b"GET /li\x01vez HTTP/1.1\r\nHost: x\r\n\r\n",
    "a target that is not ASCII": b"GET /\xc3\xa4 HTTP/1.1\r\nHost: x\r\n\r\n",
    "the name of a header that is not ASCII": GET + b"Host: x\r\n\xc3\xa4: a\r\n\r\n",
    "a header without a name": GET + b"Host: x\r\n: a\r\n\r\n",
    "a header without a colon": GET + b"Host: x\r\nnothing\r\n\r\n",
    "a method in lower case": b"get /livez HTTP/1.1\r\nHost: x\r\n\r\n",
    "an upgrade with a body": request(
        "POST", "/api/activities", "Connection: Upgrade", "Upgrade: h2c", "Content-Length: 2", body=b"{}"
    ),
    "an upgrade with a chunked body": request(
        "POST", "/api/activities", "Connection: Upgrade", "Upgrade: h2c", CHUNKED, body=chunked(b"{}")
    ),
}


@pytest.mark.parametrize("sent", NOT_CLEAR.values(), ids=NOT_CLEAR.keys())
def test_R17_a_head_that_could_be_read_in_two_ways_is_refused(api: MilepostProcess, sent: bytes) -> None:
    (answer,) = ask(api, sent)
    assert (answer.status, answer.code) == (400, "bad_request")
    assert answer.headers["connection"] == "close"
    line = log_line(api, json.loads(answer.body)["request_id"])
    assert (line["status"], line["code"], line["route"]) == (400, "bad_request", None)
    assert line["request_id"] == answer.headers["x-request-id"]


@pytest.mark.parametrize(
    "body",
    [
        b"-1\r\na\r\n0\r\n\r\n",
        b"0x1\r\na\r\n0\r\n\r\n",
        b"1\na\n0\n\n",
        b"1\r\naXX0\r\n\r\n",
        b"fffffffffffffffff\r\na\r\n0\r\n\r\n",
        chunked(b"a", trailers=b"Content-Length: 5\r\n"),
        chunked(b"a", trailers=b"Transfer-Encoding: chunked\r\n"),
        chunked(b"a", trailers=b"folded: a\r\n b\r\n"),
    ],
)
def test_R17_a_body_that_could_be_read_in_two_ways_is_refused(api: MilepostProcess, body: bytes) -> None:
    (answer,) = ask(api, request("POST", "/api/activities", JSON, CHUNKED, body=body))
    assert (answer.status, answer.code) == (400, "bad_request")
    assert answer.headers["connection"] == "close"


def test_R17_a_fault_is_answered_after_everything_before_it(api: MilepostProcess) -> None:
    """An answer in the place of an earlier one would be taken for it."""
    first = request("POST", "/api/activities", JSON, CHUNKED, body=chunked(activity_body()))
    for fault in (b"GARBAGE\r\n\r\n", GET + b"\r\n", request("POST", "/api/me", CHUNKED, body=b"x\r\n")):
        answers = ask(api, first + request("GET", "/api/me") + fault + request("GET", "/livez"))
        assert [(answer.status, answer.code) for answer in answers] == [
            (200, None),
            (200, None),
            (400, "bad_request"),
        ]


@pytest.mark.parametrize(
    ("sent", "status"),
    [
        (b"GET /livez HTTP/1.0\r\n\r\n", 200),
        (b"GET http://x/livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 200),
        (b"GET http://X:80/livez HTTP/1.1\r\nHost: x:80\r\nConnection: close\r\n\r\n", 200),
        (GET + b"Host:\t[::1]:8000\t\r\nConnection: close\r\n\r\n", 200),
        (b"\r\n\r\n" + GET + b"Host: x\r\nConnection: close\r\n\r\n", 200),
        (GET + b"Host: x\r\nTE: gzip, chunked\r\nConnection: close\r\n\r\n", 200),
        (GET + b"Host: x\r\nX-Name: \xc3\xa4\xff\r\nConnection: close\r\n\r\n", 200),
        (b"OPTIONS * HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 404),
        (b"TRACE /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", 405),
        (request("GET", "/api/me", "Expect: the-unexpected", "Connection: close"), 200),
    ],
)
def test_what_has_one_meaning_is_served(api: MilepostProcess, sent: bytes, status: int) -> None:
    (answer,) = ask(api, sent)
    assert answer.status == status


@pytest.mark.parametrize(
    "asked",
    [
        ["Connection: Upgrade, HTTP2-Settings", "Upgrade: h2c", "HTTP2-Settings: AAMAAABkAAQAAP__"],
        [
            "Connection: Upgrade",
            "Upgrade: websocket",
            "Sec-WebSocket-Version: 13",
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAA",
        ],
    ],
)
def test_an_upgrade_is_ignored_and_nothing_follows_it(api: MilepostProcess, asked: list[str]) -> None:
    """A proxy that believes in an upgrade passes on whatever comes: it must not be read as requests."""
    (answer,) = ask(api, request("GET", "/livez", *asked) + request("DELETE", "/api/me", body=b"{}"))
    assert (answer.status, answer.headers["connection"]) == (200, "close")


def test_R17_trailers_do_not_count(api: MilepostProcess) -> None:
    path = "/api/activities"
    body = chunked(activity_body(), trailers=f"{TOKEN}\r\n".encode())
    sent = request("POST", path, JSON, CHUNKED, "Connection: close", subject=None, body=body)
    (answer,) = ask(api, sent)
    assert (answer.status, answer.code) == (401, "token_missing")
    for trailer in (b"Content-Encoding: gzip", b"Content-Type: text/plain", TOKEN.encode(), b"Host: y", b"X-A: b"):
        body = chunked(activity_body(), trailers=trailer + b"\r\n")
        (answer,) = ask(api, request("POST", path, JSON, CHUNKED, "Connection: close", body=body))
        assert answer.status == 200, trailer


def test_R17_a_hundred_trailers_and_no_more(api: MilepostProcess) -> None:
    for count, status in ((100, 200), (101, 400)):
        body = chunked(activity_body(), trailers=b"a: b\r\n" * count)
        (answer,) = ask(api, request("POST", "/api/activities", JSON, CHUNKED, "Connection: close", body=body))
        assert answer.status == status, count


def test_R17_a_hundred_headers_and_no_more(api: MilepostProcess) -> None:
    for count, status, code in ((99, 200, None), (100, 431, "head_too_large")):
        (answer,) = ask(api, GET + b"Host: x\r\n" + b"Connection: close\r\n" * count + b"\r\n")
        assert (answer.status, answer.code) == (status, code), count


def test_R17_an_address_of_eight_kilobytes_and_no_more(api: MilepostProcess) -> None:
    for size, status, code in ((8_192, 404, "not_found"), (8_193, 414, "address_too_long")):
        (answer,) = ask(api, request("GET", "/" + "a" * (size - 1), "Connection: close"))
        assert (answer.status, answer.code) == (status, code), size


def test_R17_a_head_has_an_end(api: MilepostProcess) -> None:
    (answer,) = ask(api, GET + b"Host: x\r\nX-A: " + b"a" * 70_000)
    assert (answer.status, answer.code) == (431, "head_too_large")
    with RawConnection(api.url) as connection:
        connection.send(request("GET", "/livez") + GET + b"Host: x\r\nX-A: " + b"a" * 400_000)
        answers = [*connection.responses()]
    assert [answer.status for answer in answers] == [200, 431], "also behind a request that is being answered"


@pytest.mark.parametrize("endless", [b"1;" + b"a" * 400_000, b"0\r\nX-A: " + b"a" * 400_000])
def test_R17_chunk_extensions_and_trailers_have_an_end(api: MilepostProcess, endless: bytes) -> None:
    (answer,) = ask(api, request("POST", "/api/activities", JSON, CHUNKED, body=endless))
    assert (answer.status, answer.code) == (400, "bad_request")


def test_R17_a_body_in_twenty_thousand_pieces_and_no_more(api: MilepostProcess) -> None:
    text = activity_body()
    for size, status in ((20_000, 200), (20_001, 400)):
        pieces = [bytes([byte]) for byte in text.ljust(size)]
        (answer,) = ask(
            api, request("POST", "/api/activities", JSON, CHUNKED, "Connection: close", body=chunked(*pieces))
        )
        assert answer.status == status, size


def test_R17_a_body_after_its_answer_has_an_end(api: MilepostProcess) -> None:
    with RawConnection(api.url) as connection:
        connection.send(request("POST", "/api/activities", CHUNKED, subject=None))
        assert connection.response().code == "token_missing"
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            connection.send((b"10000\r\n" + b" " * 65_536 + b"\r\n") * 400)


def test_a_client_that_waits_for_100_continue_gets_it_or_an_answer(api: MilepostProcess) -> None:
    text = activity_body()
    lines = [JSON, f"Content-Length: {len(text)}", "Expect: 100-continue", "Connection: close"]
    with RawConnection(api.url) as connection:
        connection.send(request("POST", "/api/activities", *lines))
        assert connection.socket.recv(25) == b"HTTP/1.1 100 Continue\r\n\r\n"
        assert connection.send(text).response().status == 200
    (answer,) = ask(api, request("POST", "/api/activities", *lines, subject=None))
    assert answer.code == "token_missing"


@pytest.mark.parametrize(
    "path",
    [
        *("//api/me", "/api//me", "/api/me//", "//", "///api/me", "/api/./me", "/api/../api/me", "/api/%2e/me"),
        *("/api/x/%2E%2E/me", "/api%2Fme", "/api%2fme", "/%2fapi/me", "/api/me%00", "/api/me%", "/api/me%zz"),
        *("/api/spaces/%ff", "/api/spaces/%C0%AF", "/api/spaces/..", "/api/spaces/%2e%2e", "/s//x", "/./s/x"),
    ],
)
def test_an_address_with_another_reading_is_nowhere(api: MilepostProcess, path: str) -> None:
    """Also for browsers, which otherwise get the page of the dashboard for what has no route."""
    sent = request("GET", path, "Accept: text/html", "Connection: close")
    (answer,) = ask(api, sent)
    assert (answer.status, answer.code) == (404, "not_found")


def test_letters_may_be_encoded(api: MilepostProcess) -> None:
    (answer,) = ask(api, request("GET", "/%61pi/%6d%65", "Connection: close"))
    assert answer.status == 200


def test_two_values_are_not_one(api: MilepostProcess) -> None:
    """A proxy may have read the other one."""
    text = activity_body()
    lines = [JSON, f"Content-Length: {len(text)}", "Connection: close"]
    for doubled, code in ((JSON, "media_type"), ("Content-Encoding: identity", "media_type"), (TOKEN, "token_missing")):
        twice = [doubled] if doubled in (JSON, TOKEN) else [doubled, doubled]
        (answer,) = ask(api, request("POST", "/api/activities", *lines, *twice, body=text))
        assert answer.code == code, doubled
