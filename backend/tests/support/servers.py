"""Real servers for the tests: a PostgreSQL, a Redis, and Milepost's own processes on free ports."""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx

from milepost.db.migrations import upgrade
from milepost.embedded.postgres import PostgresServer, start_postgres
from milepost.embedded.process import last_lines, remove_socket_folder
from milepost.embedded.redis import RedisServer, start_redis

TEMPLATE = "milepost_template"
_READY_SECONDS = 60.0
_AMPLE_QUOTAS = {f"MILEPOST_LIMIT_{name}_LEARNER_PER_MINUTE": "1000000" for name in ("READS", "CHANGES")}
"""One learner stands for many, and asks as fast as it is answered."""
_EXIT_SECONDS = 60.0


@contextlib.contextmanager
def postgres_for_tests(folder: Path) -> Iterator[PostgresServer]:
    """A server with a template database, built by the real migrations, from which other databases are copied."""
    server = start_postgres(folder / "postgres", folder / "postgres.log", durable=False)
    try:
        server.execute(f"CREATE DATABASE {TEMPLATE}")
        migrate(server.url(TEMPLATE))
        yield server
    finally:
        server.stop()
        remove_socket_folder(server.folder)


@contextlib.contextmanager
def redis_for_tests(folder: Path) -> Iterator[RedisServer]:
    """An empty server."""
    server = start_redis(folder / "redis", folder / "redis.log")
    try:
        yield server
    finally:
        server.stop()
        remove_socket_folder(server.folder)


def migrate(database_url: str) -> None:
    """Bring a database to the newest schema. Uses its own thread: migrations run an event loop, and so do tests."""
    with ThreadPoolExecutor(1) as thread:
        thread.submit(upgrade, database_url).result()


@contextlib.contextmanager
def fresh_database(server: PostgresServer, name: str) -> Iterator[str]:
    """The address of a new database with the newest schema and nothing in it; dropped at the end."""
    server.execute(f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    try:
        yield server.url(name)
    finally:
        server.execute(f"DROP DATABASE {name} WITH (FORCE)")


def free_port() -> int:
    """A TCP port of 127.0.0.1 that is free at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class MilepostProcess:
    """One real `milepost …` process with its output in a file. `url` is its address if it is an API."""

    def __init__(self, arguments: list[str], environment: Mapping[str, str], folder: Path, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self.log = folder / f"{arguments[0]}-{port}.log"
        with self.log.open("ab") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "milepost.cli", *arguments],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**clean_environment(), **_AMPLE_QUOTAS, **environment},
                start_new_session=True,
            )

    def log_lines(self) -> list[str]:
        """What it has logged, without a line that is half written."""
        return self.log.read_text("utf-8").rpartition("\n")[0].splitlines()

    def wait_ready(self) -> None:
        """Wait until `/readyz` answers 200.

        Raises:
            AssertionError: the process ended or is not ready within a minute; the message holds the end of its log.
        """
        deadline = time.monotonic() + _READY_SECONDS
        while time.monotonic() < deadline:
            assert self.process.poll() is None, f"ended with {self.process.returncode}:\n{last_lines(self.log)}"
            with contextlib.suppress(httpx.TransportError):
                if httpx.get(f"{self.url}/readyz", timeout=5.0).status_code == 200:
                    return
            time.sleep(0.05)
        raise AssertionError(f"not ready within {_READY_SECONDS:.0f} s:\n{last_lines(self.log)}")

    def send(self, number: signal.Signals) -> None:
        """Send a signal."""
        self.process.send_signal(number)

    def wait_exit(self) -> int:
        """Wait for the process to end; its exit code, negative for a signal."""
        return self.process.wait(_EXIT_SECONDS)

    def end(self) -> None:
        """Kill the process if it is still running."""
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait(_EXIT_SECONDS)


def clean_environment() -> dict[str, str]:
    """This process's environment without Milepost settings."""
    return {name: value for name, value in os.environ.items() if not name.startswith("MILEPOST_")}


def run_milepost(database_url: str, *arguments: str) -> str:
    """Run `milepost …` to its end; its output. Asserts that it succeeds."""
    environment = {**clean_environment(), "MILEPOST_DATABASE_URL": database_url}
    command = [sys.executable, "-m", "milepost.cli", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class Processes:
    """Starts Milepost's processes against one database and one Redis, and ends them with the test."""

    def __init__(self, environment: Mapping[str, str], folder: Path) -> None:
        self._environment = dict(environment)
        self._folder = folder
        self._started: list[MilepostProcess] = []

    def api(self, *options: str, **environment: str) -> MilepostProcess:
        """Start an API on a free port and wait until it is ready. `environment` adds settings: `MILEPOST_…="…"`."""
        port = free_port()
        process = self._start(["serve", *options], port, {"MILEPOST_PORT": str(port), **environment})
        process.wait_ready()
        return process

    def worker(self, **environment: str) -> MilepostProcess:
        """Start a worker."""
        return self._start(["worker"], free_port(), environment)

    def start(self, *arguments: str, **environment: str) -> MilepostProcess:
        """Start `milepost` with these arguments and do not wait."""
        return self._start([*arguments], free_port(), environment)

    def end(self) -> None:
        """End every process that was started."""
        for process in self._started:
            process.end()

    def _start(self, arguments: list[str], port: int, environment: Mapping[str, str]) -> MilepostProcess:
        process = MilepostProcess(arguments, {**self._environment, **environment}, self._folder, port)
        self._started.append(process)
        return process
