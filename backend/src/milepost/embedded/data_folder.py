"""The folder `milepost run` keeps everything in: who may use it, and the secret it holds.

postgres/  redis/  logs/    the servers' files and everybody's output
jwt-secret                  what tokens are signed with, if no MILEPOST_JWT_SECRET is set; readable by its owner only
lock                        held while somebody runs on this folder; names the process
"""

import contextlib
import fcntl
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from milepost.embedded.process import StartFault

_SECRET = "jwt-secret"  # noqa: S105  the name of the file
_LOCK = "lock"
_LOG_BYTES = 20_000_000


@contextlib.contextmanager
def held(folder: Path) -> Iterator[None]:
    """Make the folder if needed, and be the only one on it. The kernel lets go when the process ends, however it ends.

    Raises:
        StartFault: it cannot be made, or another process has it; the message says which.
    """
    try:
        folder.mkdir(mode=0o711, parents=True, exist_ok=True)
        logs_of(folder).mkdir(mode=0o700, exist_ok=True)
        descriptor = os.open(folder / _LOCK, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as fault:
        raise StartFault(
            f"{folder} cannot be used as data folder: {fault.strerror}. Choose another with --data."
        ) from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            holder = os.read(descriptor, 32).decode("ascii", "replace").strip() or "unknown"
            raise StartFault(
                f"{folder} is in use by process {holder}. Stop that one first, or choose another folder with --data."
            ) from None
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        os.close(descriptor)


def logs_of(folder: Path) -> Path:
    """Where output goes."""
    return folder / "logs"


def log_file(folder: Path, name: str) -> Path:
    """The log of one process. One that has grown large is put aside first; one older generation is kept."""
    log = logs_of(folder) / f"{name}.log"
    if log.is_file() and log.stat().st_size > _LOG_BYTES:
        log.replace(log.with_suffix(".log.1"))
    return log


def read_secret(folder: Path) -> str:
    """The secret an earlier start made.

    Raises:
        StartFault: there is none, or it is not ours to read.
    """
    file = folder / _SECRET
    try:
        return file.read_text("utf-8").strip()
    except OSError as fault:
        raise StartFault(
            f"{file}: {fault.strerror}. Set MILEPOST_JWT_SECRET, or name with --data the folder `milepost run` uses."
        ) from None


def keep_secret(folder: Path) -> str:
    """The secret of this folder, made the first time: complete and on disk before it gets its name."""
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
