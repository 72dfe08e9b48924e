"""One process that must run: started, watched, started again when it dies, ended in order.

A child of ours reads its standard input and ends when that does, so that it cannot outlive us, however we end.
"""

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from milepost.embedded.process import StartFault, last_lines

_FIRST_PAUSE_SECONDS = 0.5
_MAX_PAUSE_SECONDS = 30.0
# A child that lived this long was well: its next death is answered at once again.
_WELL_SECONDS = 60.0


def start_command(arguments: list[str], environment: Mapping[str, str], log: Path) -> "subprocess.Popen[bytes]":
    """Start a `milepost …` command in a session of its own, its output appended to `log`."""
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
    """A process and how to start it. `say` gets one sentence for each death and each new start."""

    def __init__(
        self,
        name: str,
        start: "Callable[[], subprocess.Popen[bytes]]",
        *,
        log: Path,
        patience_seconds: float,
        stop_signal: int = signal.SIGTERM,
        say: Callable[[str], None],
    ) -> None:
        self.name = name
        self.log = log
        self._start = start
        self._patience_seconds = patience_seconds
        self._stop_signal = stop_signal
        self._say = say
        self._pause_seconds = _FIRST_PAUSE_SECONDS
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._next_start: float | None = None
        self._asked = False

    def start(self) -> None:
        """Start it now."""
        self._process = self._start()
        self._started = time.monotonic()
        self._next_start = None

    def adopt(self, process: "subprocess.Popen[bytes]") -> None:
        """Look after a process that was started already, the way this child starts."""
        self._process = process
        self._started = time.monotonic()

    @property
    def exit_code(self) -> int | None:
        """None while it runs."""
        return None if self._process is None else self._process.poll()

    def watch(self) -> None:
        """Look after it: notice its death, and start it again after a pause that doubles with every death."""
        if self._process is None or self._process.poll() is None:
            return
        now = time.monotonic()
        if self._next_start is None:
            if now - self._started > _WELL_SECONDS:
                self._pause_seconds = _FIRST_PAUSE_SECONDS
            self._say(
                f"{self.name} ended unexpectedly (exit code {self._process.returncode}); it starts again in "
                f"{self._pause_seconds:g} s. The end of {self.log}:\n{last_lines(self.log, 5)}"
            )
            self._next_start = now + self._pause_seconds
            self._pause_seconds = min(self._pause_seconds * 2, _MAX_PAUSE_SECONDS)
        elif now >= self._next_start:
            self._start_again(now)

    def _start_again(self, now: float) -> None:
        try:
            self.start()
        except StartFault as fault:
            self._say(f"{self.name} cannot be started: {fault}")
            self._next_start = now + self._pause_seconds
            self._pause_seconds = min(self._pause_seconds * 2, _MAX_PAUSE_SECONDS)
        else:
            self._say(f"{self.name} was started again.")

    def ask_to_end(self) -> None:
        """Ask it to end, and do not wait: what has nothing to do with it may end at the same time."""
        if self._process is not None and self._process.poll() is None and not self._asked:
            self._process.send_signal(self._stop_signal)
            self._asked = True

    def stop(self) -> None:
        """Ask it to end, unless that was done, wait, and kill it if it does not obey."""
        self.ask_to_end()
        process = self._process
        if process is None:
            return
        try:
            process.wait(self._patience_seconds)
        except subprocess.TimeoutExpired:
            self._say(f"{self.name} did not end within {self._patience_seconds:.0f} s and was killed.")
            process.kill()
            process.wait()
