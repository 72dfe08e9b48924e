"""Starts and stops the processes of a measurement: PostgreSQL, Redis, the service, the comparators.

The servers are those of `milepost run` with the same settings: every commit is on disk before it is answered.
"""

import contextlib
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import httpx

from milepost.commands.sync_achievements import sync_achievements
from milepost.db.migrations import upgrade
from milepost.embedded.postgres import PostgresServer, start_postgres
from milepost.embedded.redis import start_redis
from milepost.embedded.tokens import mint
from milepost.settings import Settings, load_settings

BACKEND = Path(__file__).resolve().parents[2]
_READY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Installation:
    """A running service with an empty, migrated database."""

    settings: Settings
    port: int
    folder: Path
    postgres: PostgresServer
    api_pid: int

    def token(self, subject: str, role: str) -> str:
        """A token that is valid for an hour, longer than any measurement."""
        return mint(self.settings, subject, [role], issued_at=datetime.now(UTC), hours=1.0)


def free_port() -> int:
    """A TCP port of 127.0.0.1 that is free at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextlib.contextmanager
def _process(command: Sequence[str], environment: Mapping[str, str], log: Path, ready_url: str) -> Iterator[int]:
    """Run a process until it answers `ready_url` with a status below 500; yield its id; terminate it afterwards."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("MILEPOST_")}
    with log.open("ab") as output:
        process = subprocess.Popen(
            [sys.executable, *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=BACKEND,
            env={**inherited, **environment},
        )
    try:
        _wait_ready(process, ready_url, log)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(40)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


def _wait_ready(process: "subprocess.Popen[bytes]", url: str, log: Path) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    while time.monotonic() < deadline:
        if process.poll() is not None:
            break
        with contextlib.suppress(httpx.TransportError):
            if httpx.get(url, timeout=5.0).status_code < 500:
                return
        time.sleep(0.05)
    raise RuntimeError(f"{url} does not answer. Its log ends:\n{log.read_text('utf-8', 'replace')[-3_000:]}")


def _discard(_sentence: str) -> None:
    """Drop the report of the catalogue sync: it is not a figure."""


@contextlib.contextmanager
def installation(parent: Path, processes: int = 1) -> Iterator[Installation]:
    """PostgreSQL, Redis, the catalogue and the API in a new folder under `parent`, removed at the end.

    With several processes, `api_pid` is that of their supervisor.
    """
    parent.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="bench-", dir=parent))
    with contextlib.ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        postgres = start_postgres(folder / "postgres", folder / "postgres.log")
        stack.callback(postgres.stop)
        redis = start_redis(folder / "redis", folder / "redis.log")
        stack.callback(redis.stop)
        upgrade(postgres.url())
        port = free_port()
        settings = load_settings(
            database_url=postgres.url(), redis_url=redis.url(), jwt_secret=secrets.token_urlsafe(48), port=port
        )
        environment = {
            "MILEPOST_DATABASE_URL": settings.database_url,
            "MILEPOST_REDIS_URL": settings.redis_url,
            "MILEPOST_JWT_SECRET": settings.jwt_secret,
            "MILEPOST_PORT": str(port),
            # Rows made by SQL have hashes as ids, some of which have the form of version 5.
            "MILEPOST_UUID5_NAMES": "everyone",
            # One learner asks as fast as it is answered.
            "MILEPOST_LIMIT_READS_LEARNER_PER_MINUTE": "100000000",
        }
        sync_achievements(settings, None, _discard)
        command = ["-m", "milepost.cli", "serve", *(["--processes", str(processes)] if processes > 1 else [])]
        ready_url = f"http://127.0.0.1:{port}/readyz"
        pid = stack.enter_context(_process(command, environment, folder / "api.log", ready_url))
        yield Installation(settings, port, folder, postgres, pid)


@contextlib.contextmanager
def bare(installed: Installation, overview: bytes) -> Iterator[int]:
    """The bare Quart application on a port; GET /progress answers `overview`."""
    file = installed.folder / "overview.json"
    file.write_bytes(overview)
    port = free_port()
    command = ["-m", "bench.comparators.serve", "bare", "--port", str(port), "--overview", str(file)]
    with _process(command, {}, installed.folder / "bare.log", f"http://127.0.0.1:{port}/progress"):
        yield port


@contextlib.contextmanager
def naive(installed: Installation) -> Iterator[int]:
    """The naive service on a port, with the database `naive` of the same server."""
    installed.postgres.execute("CREATE DATABASE naive")
    port = free_port()
    command = [
        "-m",
        "bench.comparators.serve",
        "naive",
        "--port",
        str(port),
        "--database-url",
        installed.postgres.url("naive"),
    ]
    with _process(command, {}, installed.folder / "naive.log", f"http://127.0.0.1:{port}/"):
        yield port


@contextlib.contextmanager
def rows(installed: Installation) -> Iterator[int]:
    """The application that reads one row and thirty on a port, with the database of the service."""
    port = free_port()
    command = [
        "-m",
        "bench.comparators.serve",
        "rows",
        "--port",
        str(port),
        "--database-url",
        installed.settings.database_url,
    ]
    with _process(command, {}, installed.folder / "rows.log", f"http://127.0.0.1:{port}/"):
        yield port
