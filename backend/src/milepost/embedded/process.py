"""Starting and ending server processes, and finding what an earlier, killed start left behind.

Knows processes, folders and identities; does not know PostgreSQL or Redis.
"""

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
# sun_path holds 104 bytes on macOS and 108 on Linux, and the longest name we put into the folder is 19 long.
_LONGEST_FOLDER = 80


class StartFault(Exception):
    """Something cannot be started or reached. The message says what, why, and how to fix it."""


class Interrupted(Exception):
    """Somebody asked us to stop while something was being started."""


def go_on() -> None:
    """Asked between two steps of a start: nobody has interrupted it."""


def wheel_folder(package: str) -> Path:
    """Where an installed package lies, found without importing it.

    Raises:
        StartFault: the package is not installed.
    """
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise StartFault(
            f"The Python package {package} is not installed, and it brings a server. "
            "Install Milepost with its extra 'embedded', or set MILEPOST_DATABASE_URL and MILEPOST_REDIS_URL."
        )
    return Path(found.origin).parent


def socket_folder(folder: Path) -> Path:
    """The private folder for the sockets of one data folder, made if missing; short, because socket paths are limited.

    Raises:
        StartFault: somebody else made a folder of that name.
    """
    digest = hashlib.sha256(os.fsencode(folder.resolve())).hexdigest()[:12]
    base = Path(tempfile.gettempdir())
    place = (base if len(os.fsencode(base)) <= _LONGEST_FOLDER - 24 else Path("/tmp")) / f"milepost-{digest}"  # noqa: S108  private, see below
    place.mkdir(mode=0o700, exist_ok=True)
    found = place.lstat()
    if not stat.S_ISDIR(found.st_mode) or (os.geteuid() != 0 and found.st_uid != os.geteuid()):
        raise StartFault(f"{place} belongs to somebody else. Remove it, or set TMPDIR to a folder of your own.")
    place.chmod(0o700)
    return place


def forget_sockets(folder: Path) -> None:
    """Remove the private folder for the sockets of a data folder whose server has ended."""
    shutil.rmtree(socket_folder(folder))


def launch(
    command: list[str], *, identity: str = "same", death_signal: int, log: Path, cwd: Path
) -> "subprocess.Popen[bytes]":
    """Start a server in a session of its own (Ctrl-C reaches only us); its output is appended to `log`.

    On Linux it gets `death_signal` when we die, however we die. Must be called from the main thread: for the kernel a
    parent is a thread, and the signal comes when that thread ends.
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
    """Run a command to its end, as `identity`; Ctrl-C does not reach it."""
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
    """As whom a server that refuses root can run on `folder`: `same` unless we are root.

    Otherwise the first that works of the owners of the folders above, a user namespace, and the user nobody. The folder
    is given to that user; nothing above it is touched.

    Raises:
        StartFault: none of them can use the folder and the program.
    """
    if os.geteuid() != 0:
        return "same"
    for identity, uid, gid in _candidates(folder):
        _give(folder, uid, gid)
        if run_as(["--probe", str(folder), str(program)], identity, cwd=Path("/")).returncode == 0:
            return identity
    raise StartFault(
        f"PostgreSQL refuses to run as root, and no other user can reach both {folder} and {program}. "
        "Start Milepost as an ordinary user, or put checkout and --data into folders that everybody may enter, "
        "or set MILEPOST_DATABASE_URL to a server of yours."
    )


def _candidates(folder: Path) -> list[tuple[str, int, int]]:
    """(identity, uid, gid): the ids are those the folder must have, seen from outside."""
    owners = {place.stat().st_uid: place.stat().st_gid for place in reversed(folder.parents)}
    people = [(f"{uid}:{gid}", uid, gid) for uid, gid in reversed(owners.items()) if uid != 0]
    try:
        nobody = pwd.getpwnam("nobody")
    except KeyError:
        return [*people, ("namespace", 0, 0)]
    return [*people, ("namespace", 0, 0), (f"{nobody.pw_uid}:{nobody.pw_gid}", nobody.pw_uid, nobody.pw_gid)]


def _give(folder: Path, uid: int, gid: int) -> None:
    if folder.stat().st_uid == uid:
        return
    for place, folders, files in os.walk(folder):
        os.chown(place, uid, gid)
        for name in (*folders, *files):
            os.chown(Path(place) / name, uid, gid, follow_symlinks=False)


def processes_in(folder: Path, names: tuple[str, ...]) -> list[psutil.Process]:
    """Every process of one of these names that works in `folder`.

    Servers change into their data folder when they start, so this finds exactly theirs, whatever a process-id file says
    and whoever has that id now.
    """
    wanted = folder.resolve()
    found = []
    for process in psutil.process_iter():
        try:
            if process.name() in names and Path(process.cwd()) == wanted:
                found.append(process)
        except (psutil.Error, OSError):
            continue  # gone meanwhile, or somebody else's: not ours in either case
    return found


def end(processes: list[psutil.Process], signals: tuple[int, ...], patience_seconds: float) -> None:
    """End processes: each signal in turn, with `patience_seconds` to obey before the next.

    Raises:
        StartFault: some outlived all signals.
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
    raise StartFault(f"Processes of an earlier start do not end: {pids}. End them by hand (kill -9) and try again.")


def wait_until(  # each argument is one thing the sentence of the fault needs
    ready: Callable[[], bool],
    server: "subprocess.Popen[bytes]",
    *,
    name: str,
    log: Path,
    patience_seconds: float,
    proceed: Callable[[], None],
) -> None:
    """Wait for a server to answer; `proceed` is called between looks and may raise to give up.

    Raises:
        StartFault: it ended, or did not answer in time; with the last lines of its log.
    """
    deadline = time.monotonic() + patience_seconds
    while not ready():
        proceed()
        if server.poll() is not None:
            raise StartFault(f"{name} did not start (exit code {server.returncode}). {_last_words(log)}")
        if time.monotonic() > deadline:
            raise StartFault(f"{name} did not answer within {patience_seconds:.0f} s. {_last_words(log)}")
        time.sleep(0.02)


def _last_words(log: Path) -> str:
    return f"Its last words, from {log}:\n{last_lines(log)}"


def last_lines(log: Path, count: int = 20) -> str:
    """The end of a log, for people; empty when there is none."""
    if not log.is_file():
        return ""
    return "\n".join(log.read_text("utf-8", "replace").splitlines()[-count:])
