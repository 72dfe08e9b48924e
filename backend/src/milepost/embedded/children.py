"""A process that must keep running: it is started, watched, restarted when it dies, and stopped in order.

A `milepost …` child reads its standard input and exits when that closes, so it cannot outlive us, however we exit.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import psutil

from milepost.embedded.process import StartFault, last_lines

_FIRST_PAUSE_SECONDS = 0.5
_MAX_PAUSE_SECONDS = 30.0
# A child that ran this long was healthy: the pause before its next restart is short again.
_HEALTHY_SECONDS = 60.0


def start_command(arguments: list[str], environment: Mapping[str, str], log: Path) -> "subprocess.Popen[bytes]":
    """Start a `milepost …` command in its own session, with its output appended to `log`."""
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603  our own command, no shell
            [sys.executable, "-m", "milepost.cli", *arguments, "--supervised"],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=dict(environment),
            start_new_session=True,
        )


class Child:
    """A process and how to start it. `say` gets one sentence for each death and each restart."""

    def __init__(
        self,
        name: str,
        start: "Callable[[], subprocess.Popen[bytes]]",
        *,
        log: Path,
        stop_timeout_seconds: float,
        stop_signal: int = signal.SIGTERM,
        say: Callable[[str], None],
    ) -> None:
        self.name = name
        self.log = log
        self._start = start
        self._stop_timeout_seconds = stop_timeout_seconds
        self._stop_signal = stop_signal
        self._say = say
        self._pause_seconds = _FIRST_PAUSE_SECONDS
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._next_start: float | None = None
        self._is_stopping = False

    def start(self) -> None:
        """Start it now."""
        self._process = self._start()
        self._started = time.monotonic()
        self._next_start = None

    def adopt(self, process: "subprocess.Popen[bytes]") -> None:
        """Take over a process that was already started in the same way."""
        self._process = process
        self._started = time.monotonic()

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return None if self._process is None else self._process.poll()

    def listens_on(self, port: int) -> bool:
        """Whether this process, and not another one, accepts connections on the port."""
        if self._process is None:
            return False
        try:
            connections = psutil.Process(self._process.pid).net_connections("tcp")
        except psutil.Error:
            return False
        return any(one.status == psutil.CONN_LISTEN and one.laddr.port == port for one in connections)

    def watch(self) -> None:
        """Check the process, and restart it if it has died, after a pause that doubles with every death."""
        if self._process is None or self._process.poll() is None:
            return
        now = time.monotonic()
        if self._next_start is None:
            if now - self._started > _HEALTHY_SECONDS:
                self._pause_seconds = _FIRST_PAUSE_SECONDS
            self._say(
                f"{self.name} exited unexpectedly (exit code {self._process.returncode}) and restarts in "
                f"{self._pause_seconds:g} s. {self.log} ends:\n{last_lines(self.log, 5)}"
            )
            self._next_start = now + self._pause_seconds
            self._pause_seconds = min(self._pause_seconds * 2, _MAX_PAUSE_SECONDS)
        elif now >= self._next_start:
            self._restart(now)

    def _restart(self, now: float) -> None:
        try:
            self.start()
        except StartFault as fault:
            self._say(f"{self.name} cannot be started: {fault}")
            self._next_start = now + self._pause_seconds
            self._pause_seconds = min(self._pause_seconds * 2, _MAX_PAUSE_SECONDS)
        else:
            self._say(f"{self.name} was restarted.")

    def request_stop(self) -> None:
        """Send the stop signal without waiting, so that independent processes can stop at the same time."""
        if self._process is not None and self._process.poll() is None and not self._is_stopping:
            self._process.send_signal(self._stop_signal)
            self._is_stopping = True

    def stop(self) -> None:
        """Send the stop signal unless that was done, wait, and kill the process if it does not exit in time."""
        self.request_stop()
        process = self._process
        if process is None:
            return
        try:
            process.wait(self._stop_timeout_seconds)
        except subprocess.TimeoutExpired:
            self._say(f"{self.name} did not stop within {self._stop_timeout_seconds:.0f} s and was killed.")
            process.kill()
            process.wait()
