"""R30: whatever starts first, all is ready in the end. A process that ends is started again, as a supervisor does."""

import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from support.builders import SECRET
from support.fault_servers import BreakablePostgres, BreakableRedis
from support.servers import MilepostProcess, free_port

_PATIENCE_SECONDS = 90.0
_PAUSE_SECONDS = 1.0
ORDERS = (
    ("api", "worker", "migration", "redis", "database"),
    ("migration", "database", "worker", "api", "redis"),
    ("worker", "redis", "database", "api", "migration"),
    ("database", "api", "migration", "redis", "worker"),
)
"""In each, something starts before what it needs."""


class Kept:
    """A process that is started again whenever it ends, unless `once` it has succeeded."""

    def __init__(self, start: Callable[[], MilepostProcess], *, once: bool = False) -> None:
        self._start = start
        self._once = once
        self.process = start()
        self.starts = 1

    def tend(self) -> bool:
        """Start it again if it has ended; whether it runs, or has done what it is for."""
        code = self.process.process.poll()
        if code is None:
            return not self._once
        if self._once and code == 0:
            return True
        assert code > 0, "it ended by itself and says so"
        self.process = self._start()
        self.starts += 1
        return False


@pytest.fixture
def kept() -> Iterator[dict[str, Kept]]:
    """Processes by name, ended after the test."""
    processes: dict[str, Kept] = {}
    yield processes
    for one in processes.values():
        one.process.end()


@pytest.mark.parametrize("order", ORDERS, ids="-".join)
def test_R30_in_any_order_of_start_all_is_ready_in_the_end(
    own_postgres: BreakablePostgres,
    own_redis: BreakableRedis,
    kept: dict[str, Kept],
    tmp_path: Path,
    order: tuple[str, ...],
) -> None:
    own_postgres.ask("CREATE DATABASE without_schema")
    port = free_port()
    environment = {
        "MILEPOST_DATABASE_URL": own_postgres.url.replace("/milepost?", "/without_schema?"),
        "MILEPOST_REDIS_URL": own_redis.url,
        "MILEPOST_JWT_SECRET": SECRET,
        "MILEPOST_PORT": str(port),
    }
    own_postgres.kill()
    own_redis.kill()

    def keep(command: str, *, once: bool = False) -> Callable[[], None]:
        def start() -> None:
            kept[command] = Kept(lambda: MilepostProcess([command], environment, tmp_path, port), once=once)

        return start

    starts: dict[str, Callable[[], None]] = {
        "database": own_postgres.restart,
        "redis": own_redis.start,
        "migration": keep("migrate", once=True),
        "api": keep("serve"),
        "worker": keep("worker"),
    }
    for name in order:
        starts[name]()
        _tend(kept, _PAUSE_SECONDS)
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not (_tend(kept) and _is_ready(port)):
        assert time.monotonic() < deadline, [one.process.log.read_text()[-600:] for one in kept.values()]
        time.sleep(0.1)


def _tend(kept: dict[str, Kept], seconds: float = 0.0) -> bool:
    """Start again what has ended, for so long; whether all run that should."""
    until = time.monotonic() + seconds
    while True:
        are_well = [one.tend() for one in kept.values()]
        if time.monotonic() >= until:
            return all(are_well)
        time.sleep(0.1)


def _is_ready(port: int) -> bool:
    """Whether the API is ready, with Redis, and has seen a worker."""
    with contextlib.suppress(httpx.TransportError):
        answer = httpx.get(f"http://127.0.0.1:{port}/readyz", timeout=10.0)
        return answer.status_code == 200 and answer.json()["status"] == "ready"
    return False
