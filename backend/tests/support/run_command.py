"""`milepost run` as at a terminal: a real process, its output, and every process it started."""

import contextlib
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
    """One `milepost run` on a data folder, without demo learners unless `with_demo`."""

    def __init__(self, folder: Path, *arguments: str, with_demo: bool = False, **environment: str) -> None:
        self.port = free_port()
        self.output = folder.parent / f"{folder.name}-{self.port}.out"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "milepost.cli", "run", *([] if with_demo else ["--no-demo"])),
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
        """Everything the process has printed so far."""
        return self.output.read_text()

    def wait_ready(self) -> str:
        """Wait until it is ready, and return its address."""
        deadline = time.monotonic() + _PATIENCE_SECONDS
        while time.monotonic() < deadline:
            ready = _READY.search(self.said)
            if ready and "\ncurl " in self.said and self.said.endswith("\n"):
                return ready[1]
            assert self.process.poll() is None, f"ended with {self.process.returncode}:\n{self.said}"
            time.sleep(0.05)
        raise AssertionError(f"not ready within {_PATIENCE_SECONDS:.0f} s:\n{self.said}")

    def wait_exit(self) -> int:
        """Wait until it exits, and return the exit code."""
        return self.process.wait(_PATIENCE_SECONDS)

    @property
    def calls(self) -> list[str]:
        """The printed lines to paste."""
        return re.findall(r"^curl .*$", self.said, re.MULTILINE)

    def family(self) -> list[psutil.Process]:
        """The process and all its descendants."""
        process = psutil.Process(self.process.pid)
        return [process, *process.children(recursive=True)]

    def child(self, word: str) -> psutil.Process:
        """The one direct child process with this name, or that is a `milepost` command of this name."""
        children = psutil.Process(self.process.pid).children()
        matching = [process for process in children if word in (process.name(), *process.cmdline())]
        assert len(matching) == 1, f"{word}: {matching}"
        return matching[0]

    def kill_everything(self) -> None:
        """`kill -9` the process and its descendants, as a power cut would: none of them can shut down in order."""
        family = self.family()
        for process in family:
            with contextlib.suppress(psutil.NoSuchProcess):  # a step of a first start has just ended
                process.suspend()
        for process in family:
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
        self.process.wait(_PATIENCE_SECONDS)
        assert_gone(family)

    def end(self) -> None:
        """Stop the process and check that none of its descendants is left."""
        if self.process.poll() is None:
            family = self.family()
            self.process.terminate()
            self.process.wait(_PATIENCE_SECONDS)
            assert_gone(family)


def assert_gone(processes: list[psutil.Process]) -> None:
    """Wait until all processes have exited, and fail if one does not."""
    _, left = psutil.wait_procs(processes, timeout=_PATIENCE_SECONDS)
    assert left == [], f"still running: {left}"


def paste(line: str) -> str:
    """Run a line in a shell and return its output."""
    done = subprocess.run(["/bin/sh", "-c", line], capture_output=True, text=True, check=False, timeout=30)
    assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
    return done.stdout
