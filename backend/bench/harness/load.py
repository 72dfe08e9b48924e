"""A closed-loop HTTP/1.1 load generator that costs little: every connection sends its next request when answered.

Knows bytes, statuses and milliseconds, nothing of what is asked. Only to 127.0.0.1, always bounded by a number of
requests and by time, always in a process of its own so that it does not share a loop with what it measures.
"""

import asyncio
import multiprocessing
from array import array
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from time import perf_counter

import uvloop

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class Load:
    """What came of one load. Latencies in milliseconds; `rate` in answers per second; `faults` are lost connections."""

    seconds: float
    statuses: Counter[int]
    latencies_ms: "array[float]" = field(repr=False)
    last_body: bytes = field(repr=False)
    faults: tuple[str, ...] = ()

    @property
    def answers(self) -> int:
        return sum(self.statuses.values())

    @property
    def rate(self) -> float:
        return self.answers / self.seconds if self.seconds else 0.0

    def percentile_ms(self, percent: float) -> float:
        """The latency that `percent` of the answers did not exceed; 0 without answers."""
        ordered = sorted(self.latencies_ms)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else 0.0

    def check(self) -> "Load":
        """Itself.

        Raises:
            RuntimeError: a connection was lost or an answer was not 200, so that the rate means nothing.
        """
        refused = {status: count for status, count in self.statuses.items() if status != 200}
        if refused or self.faults or not self.answers:
            raise RuntimeError(
                f"load not answered as it should: {dict(self.statuses)} {self.faults[:3]} {self.last_body[:300]!r}"
            )
        return self


def request(method: str, path: str, token: str = "", body: bytes = b"") -> bytes:
    """One whole HTTP/1.1 request; `token` without the word Bearer."""
    head = f"{method} {path} HTTP/1.1\r\nHost: {HOST}\r\nAccept: application/json\r\n"
    if token:
        head += f"Authorization: Bearer {token}\r\n"
    if method != "GET":
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode("ascii") + b"\r\n" + body


class _Caller(asyncio.Protocol):
    """One keep-alive connection: a request, its whole answer, the next request."""

    def __init__(self, requests: Iterator[bytes], deadline: float, done: "asyncio.Future[None]") -> None:
        self.requests, self.deadline, self.done = requests, deadline, done
        self.statuses: Counter[int] = Counter()
        self.latencies_ms = array("d")
        self.received = b""
        self.wanted = -1
        self.last_body = b""
        self.fault = ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.transport = transport
        self.send()

    def send(self) -> None:
        started = perf_counter()
        following = next(self.requests, None) if started < self.deadline else None
        if following is None:
            self.finish()
            return
        self.started = started
        self.transport.write(following)

    def finish(self) -> None:
        if not self.done.done():
            self.done.set_result(None)
        self.transport.close()

    def data_received(self, data: bytes) -> None:
        self.received = self.received + data if self.received else data
        if self.wanted < 0 and not self.read_head():
            return
        if len(self.received) >= self.wanted:
            self.latencies_ms.append((perf_counter() - self.started) * 1000)
            self.statuses[int(self.received[9:12])] += 1
            self.last_body = self.received
            self.received, self.wanted = b"", -1
            self.send()

    def read_head(self) -> bool:
        """Find the length of the whole answer; False while the head is incomplete."""
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = self.received[:end].lower()
        start = head.find(b"\r\ncontent-length:")
        if start < 0:
            self.fault = "an answer without Content-Length"
            self.finish()
            return False
        self.wanted = end + 4 + int(head[start + 17 :].split(b"\r\n", 1)[0])
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.fault = f"connection lost: {exc or 'closed by the server'}"
            self.done.set_result(None)


async def drive(port: int, requests: Iterable[bytes], connections: int, seconds: float) -> Load:
    """Send `requests` over so many connections until they or the time run out; wait for what is in flight."""
    loop = asyncio.get_running_loop()
    shared = iter(requests)
    started = perf_counter()
    callers: list[_Caller] = []
    for _ in range(connections):
        caller = _Caller(shared, started + seconds, loop.create_future())
        await loop.create_connection(lambda caller=caller: caller, HOST, port)  # type: ignore[misc]
        callers.append(caller)
    await asyncio.wait_for(asyncio.gather(*(caller.done for caller in callers)), seconds + 30)
    took = perf_counter() - started
    statuses: Counter[int] = Counter()
    latencies_ms = array("d")
    for caller in callers:
        statuses.update(caller.statuses)
        latencies_ms.extend(caller.latencies_ms)
    bodies = [caller.last_body for caller in callers if caller.last_body]
    return Load(
        seconds=took,
        statuses=statuses,
        latencies_ms=latencies_ms,
        last_body=bodies[-1].partition(b"\r\n\r\n")[2] if bodies else b"",
        faults=tuple(caller.fault for caller in callers if caller.fault),
    )


def _child(pipe: Connection, port: int, requests: Iterable[bytes], connections: int, seconds: float) -> None:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        pipe.send(runner.run(drive(port, requests, connections, seconds)))


def run(port: int, requests: Iterable[bytes], connections: int, seconds: float) -> Load:
    """`drive` in a forked process, which shares the prepared requests without copying them. Must not run in a loop."""
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(there, port, requests, connections, seconds))
    process.start()
    there.close()
    try:
        if not here.poll(seconds + 45):
            raise RuntimeError("the load generator did not come back")
        load = here.recv()
    except EOFError:
        raise RuntimeError("the load generator ended without a result") from None
    finally:
        process.join(5)
        if process.is_alive():
            process.kill()
    assert isinstance(load, Load)
    return load
