"""`milepost run`: PostgreSQL, Redis, schema, API, worker and demo learners on one machine, in one data folder.

Decides the order in which processes start and stop, and what happens when one dies. Holds no data itself: killed at any
moment, it leaves nothing that blocks the next start.
"""

import asyncio
import contextlib
import errno
import functools
import os
import secrets
import shlex
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from types import FrameType

import httpx
import orjson
import redis

from milepost.db.reachability import database_fault
from milepost.embedded import data_folder
from milepost.embedded.children import Child, start_command
from milepost.embedded.demo.people import FIRST_LEARNER, PEOPLE
from milepost.embedded.postgres import PostgresServer, start_postgres
from milepost.embedded.process import Interrupted, StartFault, last_lines, remove_socket_folder
from milepost.embedded.redis import start_redis
from milepost.embedded.tokens import mint
from milepost.errors import MilepostError
from milepost.settings import Settings, SettingsFault, load_settings

_READY_SECONDS = 120.0
_WATCH_SECONDS = 0.2
_REDIS_PATIENCE_SECONDS = 5.0
_HOST = "127.0.0.1"
_TOKEN_HOURS = 12.0
_WRITE_FAULTS = {errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO}
Proceed = Callable[[], None]
"""Raises `Interrupted` when a stop was requested."""
LoadDemo = Callable[[Settings, datetime, Proceed], object]
"""Loads the demo learners until an instant; called when the schema and the catalogue are there."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """The options of the command line. `port` 0 means any free port, None the configured port."""

    port: int | None
    folder: Path
    with_demo: bool


def run(
    options: RunOptions,
    now: Callable[[], datetime],
    say: Callable[[str], None],
    migrate: Callable[[Settings], object],
    seed: Callable[[Settings], object],
    load_demo: LoadDemo,
) -> None:
    """Start everything, print its address, and run until SIGTERM, SIGHUP or Ctrl-C; then stop everything.

    `migrate` completes the schema, `seed` is called after it, and `load_demo` after it, before the API starts.

    Raises:
        SettingsFault, StartFault: something cannot start. No process is left running.
    """
    settings = load_settings()
    if settings.environment == "production":
        raise SettingsFault(
            "`milepost run` is for development. In production use `milepost serve` and `milepost worker`."
        )
    folder = options.folder.resolve()
    with data_folder.locked(folder), _write_faults(folder):
        port = _free_port(settings.port if options.port is None else options.port)
        secret = settings.jwt_secret or data_folder.ensure_secret(folder)
        supervisor = _Supervisor(settings, folder, port, secret, say, migrate, seed)
        with _stop_signals(supervisor.stop):
            try:
                supervisor.start_servers()
                if options.with_demo:
                    supervisor.load_demo(load_demo, now())
                supervisor.start_service(with_demo=options.with_demo)
                supervisor.announce(now())
                supervisor.watch()
            except Interrupted:
                say("Stopping …")
            finally:
                supervisor.end()


@contextlib.contextmanager
def _write_faults(folder: Path) -> Iterator[None]:
    """Explain a disk that cannot be written; the command line explains a full one.

    Raises:
        StartFault: instead of the error of the system.
    """
    try:
        yield
    except OSError as fault:
        if fault.errno not in _WRITE_FAULTS:
            raise
        raise StartFault(
            f"{fault.filename or folder} cannot be written: {fault.strerror or fault}. "
            "Choose another folder with --data."
        ) from None


@contextlib.contextmanager
def _stop_signals(stop: Callable[[], None]) -> Iterator[None]:
    """While the block runs, SIGTERM, SIGINT and SIGHUP only call `stop`, however often they arrive."""

    def handle(_number: int, _frame: FrameType | None) -> None:
        stop()

    numbers = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
    previous = {number: signal.signal(number, handle) for number in numbers}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


def _free_port(requested: int) -> int:
    """The requested port (0: any port) if it is free.

    Raises:
        StartFault: the port is in use or not permitted.
    """
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((_HOST, requested))
        except OSError as fault:
            raise StartFault(
                f"Port {requested} of {_HOST} cannot be used: {fault.strerror}. Choose another with --port."
            ) from None
        port: int = probe.getsockname()[1]
        return port


class _Supervisor:
    """The processes of one run, in the order in which they started."""

    def __init__(
        self,
        settings: Settings,
        folder: Path,
        port: int,
        secret: str,
        say: Callable[[str], None],
        migrate: Callable[[Settings], object],
        seed: Callable[[Settings], object],
    ) -> None:
        self._folder = folder
        self._url = f"http://{_HOST}:{port}"
        self._say = say
        self._migrate = migrate
        self._seed = seed
        self._children: list[Child] = []
        self._stopping = False
        self._settings = settings.model_copy(update={"host": _HOST, "port": port, "jwt_secret": secret})

    def stop(self) -> None:
        """Request a stop; it takes effect between two steps."""
        self._stopping = True

    def start_servers(self) -> None:
        """Start the servers, and bring schema and catalogue up to date."""
        self._say(f"Starting in {self._folder} …")
        configured = self._settings
        _check_configured_servers(configured)
        self._proceed()
        servers = {}
        if not configured.database_url:
            postgres = self._start_postgres()
            servers = {"database_url": postgres.service_url(), "database_owner_url": postgres.url()}
        servers["redis_url"] = configured.redis_url or self._start_redis()
        self._settings = configured.model_copy(update=servers)
        self._proceed()
        self._migrate(self._settings)
        self._settings = self._settings.model_copy(update={"database_owner_url": ""})
        self._seed(self._settings)
        self._proceed()

    def start_service(self, *, with_demo: bool) -> None:
        """Start API and worker, and return when the API is ready. The API signs people in as demo learners."""
        stop_timeout_seconds = self._settings.shutdown_notice_seconds + self._settings.shutdown_grace_seconds + 10.0
        api = self._start_command(
            "api", ["serve", "--demo-sign-in", "learners" if with_demo else "empty"], stop_timeout_seconds
        )
        self._start_command("worker", ["worker"], stop_timeout_seconds)
        self._wait_ready(api)

    def load_demo(self, load_demo: LoadDemo, now: datetime) -> None:
        """Load the demo learners; existing data stays as it is."""
        self._say(f"Loading {len(PEOPLE)} demo learners …")
        try:
            load_demo(self._settings, now, self._proceed)
        except (httpx.HTTPError, MilepostError) as fault:
            self._say(f"The demo learners could not be loaded: {fault}. Everything else runs.")

    def announce(self, now: datetime) -> None:
        """Print the address, a token for each role, and three calls to paste."""
        token, service, admin = (
            mint(self._settings, subject, [role], issued_at=now, hours=_TOKEN_HOURS)
            for subject, role in ((FIRST_LEARNER, "learner"), ("grader", "service"), ("root", "admin"))
        )
        practice = {
            "id": f"try-{secrets.token_hex(4)}",
            "verb": "practised",
            "object_type": "session",
            "duration_seconds": 600,
            "occurred_at": now.isoformat(timespec="seconds"),
        }
        bearer = f"-H {shlex.quote(f'Authorization: Bearer {token}')}"
        body = f"-H 'Content-Type: application/json' -d {shlex.quote(orjson.dumps(practice).decode())}"
        self._say(
            f"Milepost is ready at {self._url}\n"
            "Open this address in a browser: it shows the dashboard, and lets you choose who to be.\n\n"
            f"Token of the learner {FIRST_LEARNER}, valid for {_TOKEN_HOURS:.0f} hours:\n{token}\n"
            f"Token of the service grader:\n{service}\n"
            f"Token of the administrator root:\n{admin}\n\n"
            f"curl -s {bearer} {self._url}/api/progress\n"
            f"curl -s {bearer} {body} {self._url}/api/activities\n"
            f"curl -s {bearer} {self._url}/api/progress/streak\n\n"
            f"All calls: {self._url}/docs   Logs: {data_folder.log_folder(self._folder)}   Stop: Ctrl-C"
        )

    def watch(self) -> None:
        """Watch the processes until a stop is requested."""
        while True:
            self._proceed()
            for child in self._children:
                child.watch()
                data_folder.rotate_while_running(child.log)
            time.sleep(_WATCH_SECONDS)

    def end(self) -> None:
        """Stop everything that was started: first API and worker, then Redis, last PostgreSQL."""
        order = ("api", "worker", "redis", "postgres")
        for child in self._children:
            if child.name in order[:2]:
                child.request_stop()
        for child in sorted(self._children, key=lambda child: order.index(child.name)):
            child.stop()
        for name in ("redis", "postgres"):
            if (self._folder / name).is_dir():
                remove_socket_folder(self._folder / name)

    def _proceed(self) -> None:
        if self._stopping:
            raise Interrupted

    def _start_postgres(self) -> PostgresServer:
        """Start an embedded PostgreSQL."""
        folder, log = self._folder / "postgres", data_folder.log_file(self._folder, "postgres")
        server = start_postgres(folder, log, proceed=self._proceed)
        child = self._add_child(
            "postgres", log, 60.0, lambda: start_postgres(folder, log, proceed=self._proceed).process
        )
        child.adopt(server.process)
        return server

    def _start_redis(self) -> str:
        """Start an embedded Redis and return its address."""
        folder, log = self._folder / "redis", data_folder.log_file(self._folder, "redis")
        start = functools.partial(start_redis, folder, log, proceed=self._proceed)
        server = start()
        child = self._add_child("redis", log, 20.0, lambda: start().process)
        child.adopt(server.process)
        return server.url()

    def _add_child(
        self, name: str, log: Path, stop_timeout_seconds: float, start: "Callable[[], subprocess.Popen[bytes]]"
    ) -> Child:
        number = signal.SIGINT if name == "postgres" else signal.SIGTERM
        child = Child(
            name, start, log=log, stop_timeout_seconds=stop_timeout_seconds, stop_signal=number, say=self._say
        )
        self._children.append(child)
        return child

    def _start_command(self, name: str, arguments: list[str], stop_timeout_seconds: float) -> Child:
        log = data_folder.log_file(self._folder, name)
        child = self._add_child(
            name, log, stop_timeout_seconds, lambda: start_command(arguments, self._environment(), log)
        )
        child.start()
        return child

    def _environment(self) -> dict[str, str]:
        """Our environment with the settings of this run."""
        return {
            **os.environ,
            "MILEPOST_HOST": self._settings.host,
            "MILEPOST_PORT": str(self._settings.port),
            "MILEPOST_DATABASE_URL": self._settings.database_url,
            "MILEPOST_DATABASE_OWNER_URL": "",
            "MILEPOST_REDIS_URL": self._settings.redis_url,
            "MILEPOST_JWT_SECRET": self._settings.jwt_secret,
            "MILEPOST_PUBLIC_URL": self._settings.public_url or self._url,
        }

    def _wait_ready(self, api: Child) -> None:
        deadline = time.monotonic() + _READY_SECONDS
        # Another run may have taken the port meanwhile: its answers are not ours.
        while not (api.listens_on(self._settings.port) and self._is_ready()):
            self._proceed()
            if api.exit_code is not None:
                _free_port(self._settings.port)
                raise StartFault(
                    f"The API did not start (exit code {api.exit_code}). {api.log} ends:\n{last_lines(api.log)}"
                )
            if time.monotonic() > deadline:
                raise StartFault(
                    f"The API is not ready after {_READY_SECONDS:.0f} s. {api.log} ends:\n{last_lines(api.log)}"
                )
            time.sleep(0.05)

    def _is_ready(self) -> bool:
        try:
            return httpx.get(f"{self._url}/readyz", timeout=5.0, trust_env=False).status_code == httpx.codes.OK
        except httpx.TransportError:
            return False


def _check_configured_servers(settings: Settings) -> None:
    """Check that the configured servers answer, before anything is started.

    Raises:
        StartFault: a server does not answer. The message says which, why, and what to do.
    """
    database = asyncio.run(database_fault(settings.database_url)) if settings.database_url else None
    cache = _redis_fault(settings.redis_url) if settings.redis_url else None
    faults = [
        f"The {name} of {variable} cannot be used: {fault}. Start it or correct the address; "
        f"without {variable} Milepost starts its own {name}."
        for name, variable, fault in (
            ("PostgreSQL", "MILEPOST_DATABASE_URL", database),
            ("Redis", "MILEPOST_REDIS_URL", cache),
        )
        if fault is not None
    ]
    if faults:
        raise StartFault("\n".join(faults))


def _redis_fault(url: str) -> str | None:
    """None if Redis answers; otherwise the reason."""
    try:
        with redis.Redis.from_url(
            url, socket_connect_timeout=_REDIS_PATIENCE_SECONDS, socket_timeout=_REDIS_PATIENCE_SECONDS
        ) as connection:
            connection.ping()
    except (redis.RedisError, ValueError) as fault:
        return str(fault)
    return None
