"""A lightweight closed-loop HTTP/1.1 load generator: each connection sends its next request once it has its answer.

Handles bytes, statuses and milliseconds and does not interpret the requests. Connects to 127.0.0.1 only. A load is
bounded by a number of requests and by time, and runs in its own process, so that it shares no loop with the code it
measures.
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
    """The outcome of one load. `rate` is in answers per second; `faults` describe lost connections."""

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
        """The latency that `percent` of the answers did not exceed; 0 if there are no answers."""
        ordered = sorted(self.latencies_ms)
        return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))] if ordered else 0.0

    def check(self) -> "Load":
        """Return this load.

        Raises:
            RuntimeError: a connection was lost, an answer was not 200, or there is no answer: the rate means nothing.
        """
        refused = {status: count for status, count in self.statuses.items() if status != 200}
        if refused or self.faults or not self.answers:
            raise RuntimeError(
                f"not every answer was a 200: {dict(self.statuses)} {self.faults[:3]} {self.last_body[:300]!r}"
            )
        return self


def request(method: str, path: str, token: str = "", body: bytes = b"") -> bytes:
    """One complete HTTP/1.1 request; `token` without the word Bearer."""
    head = f"{method} {path} HTTP/1.1\r\nHost: {HOST}\r\nAccept: application/json\r\n"
    if token:
        head += f"Authorization: Bearer {token}\r\n"
    if method != "GET":
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
    return head.encode("ascii") + b"\r\n" + body


class _Caller(asyncio.Protocol):
    """One keep-alive connection: a request, its complete answer, the next request."""

    def __init__(self, requests: Iterator[bytes], deadline: float, done: "asyncio.Future[None]") -> None:
        self.requests, self.deadline, self.done = requests, deadline, done
        self.statuses: Counter[int] = Counter()
        self.latencies_ms = array("d")
        self.received = b""
        self.answer_bytes = -1
        self.last_body = b""
        self.fault = ""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        self.transport = transport
        self.send()

    def send(self) -> None:
        started = perf_counter()
        content = next(self.requests, None) if started < self.deadline else None
        if content is None:
            self.finish()
            return
        self.started = started
        self.transport.write(content)

    def finish(self) -> None:
        if not self.done.done():
            self.done.set_result(None)
        self.transport.close()

    def data_received(self, data: bytes) -> None:
        self.received = self.received + data if self.received else data
        if self.answer_bytes < 0 and not self.read_head():
            return
        if len(self.received) >= self.answer_bytes:
            self.latencies_ms.append((perf_counter() - self.started) * 1000)
            self.statuses[int(self.received[9:12])] += 1
            self.last_body = self.received
            self.received, self.answer_bytes = b"", -1
            self.send()

    def read_head(self) -> bool:
        """Find the length of the complete answer; False while the head is incomplete."""
        end = self.received.find(b"\r\n\r\n")
        if end < 0:
            return False
        head = self.received[:end].lower()
        start = head.find(b"\r\ncontent-length:")
        if start < 0:
            self.fault = "an answer without Content-Length"
            self.finish()
            return False
        self.answer_bytes = end + 4 + int(head[start + 17 :].split(b"\r\n", 1)[0])
        return True

    def connection_lost(self, exc: Exception | None) -> None:
        if not self.done.done():
            self.fault = f"connection lost: {exc or 'closed by the server'}"
            self.done.set_result(None)


async def drive(port: int, requests: Iterable[bytes], connections: int, seconds: float) -> Load:
    """Send `requests` over `connections` until requests or time run out, then wait for the requests in flight."""
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
    """`drive` in a forked process, which shares the prepared requests without copying. Must not be called in a loop.

    Raises:
        RuntimeError: the process did not finish in time, or ended without a result.
    """
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    process = context.Process(target=_child, args=(sender, port, requests, connections, seconds))
    process.start()
    sender.close()
    try:
        if not receiver.poll(seconds + 45):
            raise RuntimeError("the load generator did not finish in time")
        load = receiver.recv()
    except EOFError:
        raise RuntimeError("the load generator ended without a result") from None
    finally:
        process.join(5)
        if process.is_alive():
            process.kill()
    assert isinstance(load, Load)
    return load
