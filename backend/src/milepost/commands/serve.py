"""Runs the API: uvicorn, its processes and signals, and the parent they must not outlive. Knows nothing of routes.

With several processes, uvicorn's own supervisor starts them on one socket, replaces those that die, and at SIGHUP all
of them one by one: a new one serves before an old one stops.
"""

import asyncio
import functools
import gc
import multiprocessing
import os
import resource
import signal
import socket
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from types import FrameType
from typing import NoReturn

import uvicorn
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors import multiprocess

from milepost import log
from milepost.app import begin_draining, create_app
from milepost.commands.http_protocol import Limits, protocol
from milepost.embedded.process import StartFault
from milepost.metrics import FOLDER_VARIABLE as METRICS_FOLDER_VARIABLE
from milepost.rules.sign_in import DemoSignIn
from milepost.settings import Settings, SettingsFault

_BACKLOG = 2_048
_OBJECTS_UNTIL_COLLECTION = 10_000
_TICK_SECONDS = 0.05
_OTHER_DESCRIPTORS = 256
"""For the database, Redis, files and what libraries open."""
_MIN_CONNECTIONS = 64
_MIN_NOTICE_SECONDS = 1.0
"""Of a process that others replace: clients on open connections learn by then that these end."""
_HEALTH_CHECK_SECONDS = 60
"""A process that does not say for so long that it is alive, or after its start that it is ready, is killed."""


class _Server(uvicorn.Server):
    """`shares_socket`: other processes accept from the same socket."""

    def __init__(
        self, config: uvicorn.Config, drain: Callable[[], None], notice_seconds: float, *, shares_socket: bool
    ) -> None:
        super().__init__(config)
        self._drain = drain
        self._notice_seconds = notice_seconds
        self._shares_socket = shares_socket

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """At a signal, fail the readiness probe first, for clients that still use an open connection."""
        self._drain()
        super().handle_exit(sig, frame)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then exclude everything loaded so far from garbage collection: 9 % faster, and 40 % off the p99.

        Young objects are also collected less often; by default every third request would trigger a collection.
        """
        await super().startup(sockets)
        gc.collect()
        gc.freeze()
        gc.set_threshold(_OBJECTS_UNTIL_COLLECTION)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve for the notice period, then refuse new requests and finish running ones.

        A second Ctrl-C skips the notice period. New connections are left to the processes that share the socket: one
        accepted at the end of the period could be closed before its request has arrived.
        """
        if self._shares_socket:
            for listener in self.servers:
                listener.close()
        for _ in range(round(self._notice_seconds / _TICK_SECONDS)):
            if self.force_exit:
                break
            await asyncio.sleep(_TICK_SECONDS)
        await super().shutdown(sockets)


def _limits(settings: Settings) -> Limits:
    """What a connection may hold and wait. Opens as many descriptors as the system allows."""
    _, allowed = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, allowed))
    possible = settings.connections_per_process
    if allowed != resource.RLIM_INFINITY:
        possible = min(possible, max(allowed - _OTHER_DESCRIPTORS, _MIN_CONNECTIONS))
    return Limits(
        head_seconds=float(settings.body_timeout_seconds),
        stall_seconds=settings.answer_stall_seconds,
        skipped_bytes=settings.body_limit_bytes,
        connections=possible,
    )


def serve(settings: Settings, *, supervised: bool, demo: DemoSignIn | None = None, processes: int = 1) -> None:
    """Serve until SIGTERM or Ctrl-C, then finish running requests for at most the configured grace period.

    `supervised`: also stop when standard input ends. `demo`: see `create_app`; it has one process. Exits with code 1 if
    the start fails.

    Raises:
        StartFault: several processes were to share an address that is not free or not permitted.
    """
    # uvicorn replaces these handlers while it runs and re-raises the signal afterwards: an orderly stop is a success.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    if supervised:
        end_with_standard_input(_patience_seconds(settings))
    log.configure(settings)
    if processes > 1:
        if not _serve_with_processes(settings, processes):
            sys.exit(1)
        return
    server = _server(settings, demo, shares_socket=False)
    server.run()
    if not server.started:
        sys.exit(1)


def _server(settings: Settings, demo: DemoSignIn | None, *, shares_socket: bool) -> _Server:
    app = create_app(settings, demo=demo)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http=protocol(_limits(settings)),
        ws="none",
        lifespan="on",
        backlog=_BACKLOG,
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=bool(settings.trusted_proxies),
        forwarded_allow_ips=[*settings.trusted_proxies],
        timeout_graceful_shutdown=settings.shutdown_grace_seconds,
    )
    notice_seconds = settings.shutdown_notice_seconds
    if shares_socket:
        notice_seconds = max(notice_seconds, _MIN_NOTICE_SECONDS)
    return _Server(config, functools.partial(begin_draining, app), notice_seconds, shares_socket=shares_socket)


class _Plan(uvicorn.Config):
    """What the supervisor and the processes that it starts must know. It is sent to them."""

    def __init__(self, settings: Settings, processes: int) -> None:
        super().__init__(__name__, workers=processes, log_config=None, timeout_worker_healthcheck=_HEALTH_CHECK_SECONDS)
        self.settings = settings


class _Process(multiprocess.Process):
    """One of several processes. `config` is a `_Plan`."""

    def target(self, sockets: list[socket.socket] | None = None) -> None:
        """Serve, in the new process."""
        assert isinstance(self.config, _Plan)
        settings = self.config.settings
        _end_after(_wait_for_parent, _patience_seconds(settings))
        log.configure(settings)
        try:
            self._server = _server(settings, None, shares_socket=True)
        except SettingsFault as fault:
            sys.stderr.write(f"milepost: {fault}\n")
            sys.exit(STARTUP_FAILURE)
        super().target(sockets)


def _serve_with_processes(settings: Settings, processes: int) -> bool:
    """Whether all processes could start."""
    listener = _listen(settings.host, settings.port)
    multiprocess.Process = _Process  # type: ignore[misc] # the supervisor makes its processes of this name
    supervisor = multiprocess.Multiprocess(_Plan(settings, processes), [listener])
    with tempfile.TemporaryDirectory(prefix="milepost-metrics-") as counters:
        os.environ.setdefault(METRICS_FOLDER_VARIABLE, counters)
        supervisor.run()
    return all(process.exitcode != STARTUP_FAILURE for process in supervisor.processes)


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=_BACKLOG)
    except OSError as fault:
        raise StartFault(f"The API cannot listen on {host}, port {port}: {os.strerror(fault.errno or 0)}.") from None


def _patience_seconds(settings: Settings) -> float:
    return settings.shutdown_notice_seconds + settings.shutdown_grace_seconds + 10.0


def end_with_standard_input(patience_seconds: float) -> None:
    """Stop this process when its standard input ends, which happens when its parent exits, even if it was killed.

    Sends SIGTERM first; after `patience_seconds` the process exits at once.
    """
    _end_after(_wait_for_standard_input, patience_seconds)


def _wait_for_standard_input() -> None:
    while os.read(sys.stdin.fileno(), 64):
        continue


def _wait_for_parent() -> None:
    parent = multiprocessing.parent_process()
    assert parent is not None
    parent.join()


def _end_after(wait: Callable[[], None], patience_seconds: float) -> None:
    def watch() -> None:
        wait()
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(patience_seconds)
        os._exit(1)

    threading.Thread(target=watch, name="lifeline", daemon=True).start()


def _end(_number: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(0)
