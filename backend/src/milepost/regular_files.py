"""Reads files that an operator names. A pipe, a socket or a device in their place is refused instead of waited for."""

import errno
import os
import stat
from pathlib import Path


def read_regular_file(path: Path, max_bytes: int = -1) -> bytes:
    """The content of a file; the first `max_bytes` of it, if given. Links are followed.

    Raises:
        OSError: it cannot be read, or is not a regular file.
    """
    # Without O_NONBLOCK, a pipe would block here until something opens its other end.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC)
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "not a regular file", str(path))
        return file.read(max_bytes)
