"""`milepost run` as somebody at a terminal has it: a real process, its output, and everything it started."""

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil

from support.servers import clean_environment, free_port

_PATIENCE_SECONDS = 90.0
_READY = re.compile(r"^Milepost is ready at (http://127\.0\.0\.1:\d+)$", re.MULTILINE)


class Run:
    """One `milepost run --no-demo` on a data folder. `url` is known once it is ready."""

    def __init__(self, folder: Path, *arguments: str, **environment: str) -> None:
        self.port = free_port()
        self.output = folder.parent / f"{folder.name}-{self.port}.out"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "milepost.cli", "run", "--no-demo"),
                    *("--data", str(folder), "--port", str(self.port), *arguments),
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env={**clean_environment(), **environment},
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        """Everything it has printed so far."""
        return self.output.read_text()

    def wait_ready(self) -> str:
        """Its address, once it says that it is ready."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            ready = _READY.search(self.said)
            if ready and "\ncurl " in self.said and self.said.endswith("\n"):
                return ready[1]
            assert self.process.poll() is None, f"ended with {self.process.returncode}:\n{self.said}"
            time.sleep(0.05)
        raise AssertionError(f"not ready within {_PATIENCE_SECONDS:.0f} s:\n{self.said}")

    def wait_exit(self) -> int:
        """The exit code, once it has ended."""
        return self.process.wait(_PATIENCE_SECONDS)

    @property
    def calls(self) -> list[str]:
        """The lines to paste."""
        return re.findall(r"^curl .*$", self.said, re.MULTILINE)

    def family(self) -> list[psutil.Process]:
        """Itself and every process below it."""
        itself = psutil.Process(self.process.pid)
        return [itself, *itself.children(recursive=True)]

    def child(self, word: str) -> psutil.Process:
        """The one process directly below it that is called so, or is a `milepost` command of that name."""
        below = psutil.Process(self.process.pid).children()
        found = [process for process in below if word in (process.name(), *process.cmdline())]
        assert len(found) == 1, f"{word}: {found}"
        return found[0]

    def kill_everything(self) -> None:
        """`kill -9` of it and of all it started, as by a power cut: nobody can say goodbye to anybody."""
        family = self.family()
        for process in family:
            process.suspend()
        for process in family:
            os.kill(process.pid, signal.SIGKILL)
        self.process.wait(_PATIENCE_SECONDS)
        assert_gone(family)

    def end(self) -> None:
        """Make sure that nothing of it is left."""
        if self.process.poll() is None:
            family = self.family()
            self.process.terminate()
            self.process.wait(_PATIENCE_SECONDS)
            assert_gone(family)


def assert_gone(processes: list[psutil.Process]) -> None:
    """Wait until all of them have ended."""
    _, left = psutil.wait_procs(processes, timeout=_PATIENCE_SECONDS)
    assert left == [], f"still running: {left}"


def paste(line: str) -> str:
    """What a shell prints for a line."""
    done = subprocess.run(["/bin/sh", "-c", line], capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    return done.stdout
