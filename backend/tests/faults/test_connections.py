"""Connections that ask much, read nothing or say nothing: memory stays bounded, and others are served."""

import contextlib
import socket
import time
from collections.abc import Iterator

import httpx
import psutil
import pytest

from support.builders import bearer, mint
from support.callers import RawConnection, request
from support.servers import MilepostProcess, Processes

MIB = 2**20
MOST_MIB = 100
"""What any of these attacks may add to the memory of the process. Each was hundreds before."""
_PATIENCE_SECONDS = 30.0
LIVEZ = request("GET", "/livez", subject=None)
CHUNKED = ("Content-Type: application/json", "Transfer-Encoding: chunked")


def memory_mib(api: MilepostProcess) -> float:
    """Resident memory of the process."""
    resident: int = psutil.Process(api.process.pid).memory_info().rss
    return resident / MIB


def open_connections(api: MilepostProcess) -> int:
    """Connections that clients hold to the process."""
    port = int(api.url.rpartition(":")[2])
    connections = psutil.Process(api.process.pid).net_connections("tcp")
    return sum(1 for one in connections if one.laddr.port == port and one.status == "ESTABLISHED")


def assert_served(api: MilepostProcess) -> None:
    """Others are served, on connections of their own."""
    assert httpx.get(f"{api.url}/livez", timeout=10.0).status_code == 200
    assert httpx.get(f"{api.url}/api/me", headers=bearer(mint("bob")), timeout=10.0).status_code == 200


def wait_for_connections(api: MilepostProcess, most: int) -> None:
    """Wait until clients hold at most this many connections."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while open_connections(api) > most:
        assert time.monotonic() < deadline, f"{open_connections(api)} connections are still open"
        time.sleep(0.1)


@contextlib.contextmanager
def many(api: MilepostProcess, count: int, sent: bytes = b"") -> Iterator[list[RawConnection]]:
    """`count` connections that have sent the same and read nothing."""
    with contextlib.ExitStack() as stack:
        connections = []
        for _ in range(count):
            connections.append(stack.enter_context(RawConnection(api.url, receive_buffer_bytes=4_096)))
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                connections[-1].send(sent)
        yield connections


def test_R17_sixteen_requests_of_a_connection_may_wait(processes: Processes, database_url: str) -> None:
    api = processes.api()
    for count, refused in ((16, []), (17, [429]), (400, [429])):
        with RawConnection(api.url) as connection:
            connection.send(LIVEZ * count)
            answers = [connection.response() for _ in range(min(count, 17))]
            assert [answer.status for answer in answers] == [200] * 16 + refused, count
            if refused:
                assert (answers[-1].code, answers[-1].headers["retry-after"]) == ("pipeline_too_long", "1")
                assert connection.is_closed()
            else:
                assert connection.send(LIVEZ).response().status == 200, "answered requests do not count"


def test_R17_thousands_of_requests_in_one_packet_and_no_answer_read(processes: Processes, database_url: str) -> None:
    api = processes.api(MILEPOST_ANSWER_STALL_SECONDS="2")
    assert_served(api)
    before = memory_mib(api)
    with many(api, 40, LIVEZ * 7_000):
        assert_served(api)
        assert memory_mib(api) - before < MOST_MIB
        wait_for_connections(api, 0)
    assert memory_mib(api) - before < MOST_MIB


@pytest.mark.parametrize("endless", [b"a: b\r\n" * 200_000, b"a: " + b"b" * 5_000_000])
def test_R17_endless_trailers_cost_no_memory(processes: Processes, database_url: str, endless: bytes) -> None:
    api = processes.api()
    assert_served(api)
    before = memory_mib(api)
    for subject in ("ada", None):
        sent = request("POST", "/api/activities", *CHUNKED, subject=subject, body=b"2\r\n{}\r\n0\r\n" + endless)
        with many(api, 20, sent):
            assert_served(api)
            assert memory_mib(api) - before < MOST_MIB
            wait_for_connections(api, 0)


def test_R18_a_client_that_reads_nothing_is_cut_off(processes: Processes, database_url: str) -> None:
    """The document is larger than what the system buffers for a connection. All readers share one copy."""
    api = processes.api(MILEPOST_ANSWER_STALL_SECONDS="1")
    assert len(httpx.get(f"{api.url}/openapi.json").content) > 300_000
    before = memory_mib(api)
    with many(api, 100, request("GET", "/openapi.json", subject=None) * 16):
        assert memory_mib(api) - before < MOST_MIB
        assert_served(api)
        assert memory_mib(api) - before < MOST_MIB
        wait_for_connections(api, 0)
    assert_served(api)


def test_R18_a_full_process_closes_who_has_waited_longest(processes: Processes, database_url: str) -> None:
    api = processes.api(MILEPOST_CONNECTIONS_PER_PROCESS="50")
    slow = request("POST", "/api/activities", *CHUNKED)
    for sent in (b"", b"GET /livez HTTP/1.1\r\nHost: x", slow):
        with many(api, 60, sent) as connections:
            wait_for_connections(api, 50)
            assert_served(api)
            with RawConnection(api.url) as newest:
                assert newest.send(LIVEZ).response().status == 200
            if sent == slow:
                answer = connections[0].response()
                assert (answer.status, answer.code, answer.headers["retry-after"]) == (503, "overloaded", "1")
            assert connections[0].is_closed()
        wait_for_connections(api, 0)


def test_R18_a_full_process_of_busy_connections_says_so(processes: Processes, database_url: str) -> None:
    api = processes.api(MILEPOST_CONNECTIONS_PER_PROCESS="3")
    with contextlib.ExitStack() as stack:
        for number in range(3):
            stream = stack.enter_context(RawConnection(api.url))
            stream.send(request("GET", "/api/notifications/stream", subject=f"reader-{number}"))
            assert stream.socket.recv(12) == b"HTTP/1.1 200"
        answer = stack.enter_context(RawConnection(api.url)).response()
        assert (answer.status, answer.code, answer.headers["retry-after"]) == (503, "overloaded", "1")
    wait_for_connections(api, 0)
    assert_served(api)


def test_R18_thousands_of_idle_connections_harm_nobody(processes: Processes, database_url: str, long: bool) -> None:
    api = processes.api(MILEPOST_BODY_TIMEOUT_SECONDS="5")
    before = memory_mib(api)
    with many(api, 3_000 if long else 1_000) as connections:
        assert_served(api)
        assert memory_mib(api) - before < MOST_MIB
        assert connections[0].is_closed()
    wait_for_connections(api, 0)


def test_R19_a_half_closed_connection_is_one_whose_client_left(processes: Processes, database_url: str) -> None:
    api = processes.api()
    with RawConnection(api.url) as connection:
        connection.send(request("GET", "/api/notifications/stream"))
        assert connection.socket.recv(12) == b"HTTP/1.1 200"
        connection.socket.shutdown(socket.SHUT_WR)
        wait_for_connections(api, 0)
