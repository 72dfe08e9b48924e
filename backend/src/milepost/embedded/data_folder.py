"""The data folder of `milepost run`, its lock and its secret.

postgres/  redis/  logs/    the servers' files and the output of all processes
jwt-secret                  signs tokens if MILEPOST_JWT_SECRET is not set; readable only by its owner
lock                        locked while a process runs on this folder; contains its process id
"""

import contextlib
import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from milepost.embedded.process import StartFault

_SECRET = "jwt-secret"  # noqa: S105  the name of the file
_LOCK = "lock"
_LOG_BYTES = 20_000_000


@contextlib.contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Create the folder if needed and lock it. The kernel releases the lock when the process exits, however it exits.

    Raises:
        StartFault: the folder cannot be created, or another process has locked it; the message says which.
    """
    try:
        folder.mkdir(mode=0o711, parents=True, exist_ok=True)
        log_folder(folder).mkdir(mode=0o700, exist_ok=True)
        descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as fault:
        raise StartFault(
            f"{folder} cannot be used as the data folder: {fault.strerror}. Choose another with --data."
        ) from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 32).decode("ascii", "replace").strip() or "unknown"
            raise StartFault(
                f"{folder} is in use by process {holder}. Stop that process, or choose another folder with --data."
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def log_folder(folder: Path) -> Path:
    """The folder for the output of all processes."""
    return folder / "logs"


def log_file(folder: Path, name: str) -> Path:
    """The log of one process. A large log is rotated first; one older generation is kept."""
    log = log_folder(folder) / f"{name}.log"
    if log.is_file() and log.stat().st_size > _LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
    return log


def rotate_while_running(log: Path) -> None:
    """Rotate a large log that a process appends to. The process keeps the file open, so only the content moves."""
    if not log.is_file() or log.stat().st_size <= _LOG_BYTES:
        return
    # On a full disk there is no space for the older generation; the space of the log is then worth more than its lines.
    with contextlib.suppress(OSError):
        shutil.copyfile(log, log.with_suffix(".log.1"))
    os.truncate(log, 0)


def read_secret(folder: Path) -> str:
    """The secret that an earlier start created.

    Raises:
        StartFault: there is none, or it cannot be read.
    """
    file = folder / _SECRET
    try:
        return file.read_text("utf-8").strip()
    except OSError as fault:
        raise StartFault(
            f"{file}: {fault.strerror}. Set MILEPOST_JWT_SECRET, or give the data folder of `milepost run` with --data."
        ) from None


def ensure_secret(folder: Path) -> str:
    """The secret of this folder, created by the first call. It is complete and on disk before it gets its name."""
    file = folder / _SECRET
    if not file.exists():
        unfinished = folder / f"{_SECRET}.unfinished"
        unfinished.unlink(missing_ok=True)
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as output:
            output.write(secrets.token_urlsafe(48) + "\n")
            output.flush()
            os.fsync(descriptor)
        unfinished.rename(file)
    return read_secret(folder)
