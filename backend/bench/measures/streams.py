"""P12c: single posts while 500 live streams are open, against the same posts without them.

The note says what the streams cost: processor and memory while idle, statements that run for them, and how long a hint
takes from before the post that causes it.
"""

import socket
import statistics
import time
from collections.abc import Sequence
from contextlib import ExitStack

import httpx
import psutil

from bench.fixtures.workload import learner_ids, singles, yesterday
from bench.harness import load
from bench.harness.servers import Installation
from bench.measures.figures import Figure, Plan, figure

STREAMS = 500
STREAMS_PER_LEARNER = 5
CONNECTIONS = 64
HINTS = 20
_MAX_POSTS_A_SECOND = 12_000
_PATIENCE_SECONDS = 30.0
_RUNNING = """
SELECT count(*) FROM pg_stat_activity
WHERE state <> 'idle' AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


def live_streams(installed: Installation, plan: Plan) -> list[Figure]:
    """P12c. The first round is not counted."""
    api = psutil.Process(installed.api_pid)
    rounds: list[tuple[float, float]] = []
    note = ""
    for number in range(plan.rounds + 1):
        without = _post_rate(installed, plan, f"streams-{number}-without")
        resident = api.memory_info().rss
        with ExitStack() as opened:
            streams = [opened.enter_context(stream) for stream in _streams(installed)]
            kibibytes = (api.memory_info().rss - resident) / 1_024 / STREAMS
            percent = api.cpu_percent(plan.seconds)
            running = int(installed.postgres.execute(_RUNNING))
            hint_ms = _hint_ms(installed, streams[0], f"hints-{number}")
            rounds.append((without, _post_rate(installed, plan, f"streams-{number}-with")))
        note = f"{percent:.1f} % CPU, {kibibytes:.0f} KiB a stream, {running} statements, hint {hint_ms:.0f} ms"
        plan.say("P12c: without {:,.0f}/s, with streams {:,.0f}/s; ".format(*rounds[-1]) + note)
    without_rates, rates = zip(*rounds[1:], strict=True)
    what = f"single POST beside {STREAMS} open streams"
    return [figure("P12c", what, "without streams", without_rates, rates, 0.85, 0.97, note=note)]


def _post_rate(installed: Installation, plan: Plan, label: str) -> float:
    token = installed.token("bench", "service")
    bodies = list(singles(label, learner_ids("posting", 100), yesterday(), int(plan.seconds * _MAX_POSTS_A_SECOND)))
    requests = [load.request("POST", "/api/activities", token, content) for content in bodies]
    return load.run(installed.port, requests, CONNECTIONS, plan.seconds).check().rate


def _listeners() -> Sequence[str]:
    """Other learners than those who post: what is measured is that streams are open."""
    return learner_ids("listening", STREAMS // STREAMS_PER_LEARNER)


def _streams(installed: Installation) -> list[socket.socket]:
    """Open streams, each past its first bytes."""
    streams = []
    for learner in _listeners():
        request = load.request("GET", "/api/notifications/stream", installed.token(learner, "learner"))
        for _ in range(STREAMS_PER_LEARNER):
            stream = socket.create_connection(("127.0.0.1", installed.port), _PATIENCE_SECONDS)
            stream.sendall(request)
            _read_until(stream, b"retry: ")
            streams.append(stream)
    return streams


def _hint_ms(installed: Installation, stream: socket.socket, label: str) -> float:
    """The median time from sending a post to its hint, which includes the post itself."""
    times = []
    token = installed.token("bench", "service")
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    with httpx.Client(base_url=f"http://127.0.0.1:{installed.port}", headers=headers) as client:
        for body in singles(label, _listeners()[:1], yesterday(), HINTS):
            sent_at = time.perf_counter()
            client.post("/api/activities", content=body).raise_for_status()
            _read_until(stream, b"event: activity")
            times.append((time.perf_counter() - sent_at) * 1_000)
    return statistics.median(times)


def _read_until(stream: socket.socket, mark: bytes) -> None:
    """Read until the bytes have come.

    Raises:
        ConnectionError: the stream has ended before.
    """
    received = b""
    while mark not in received:
        more = stream.recv(65_536)
        if not more:
            raise ConnectionError(f"the stream ended: {received[-300:]!r}")
        received += more
