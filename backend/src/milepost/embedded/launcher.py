"""Runs one command as a user that PostgreSQL accepts, and makes it die with the process that started it.

A separate script (`python -I -S launcher.py …`), because only a process with one thread can enter a user namespace, and
because a process with more threads must not run code between fork and exec. Standard library only.
"""

import ctypes
import os
import sys
from pathlib import Path

_CLONE_NEWUSER = 0x10000000
_PR_SET_PDEATHSIG = 1
_INSIDE = 1000


def main(arguments: list[str]) -> None:
    """`launcher.py PARENT SIGNAL IDENTITY COMMAND…` replaces itself with the command. With the command
    `--probe FOLDER PROGRAM` it exits with 0 if the identity can write to the folder and run the program.

    PARENT and SIGNAL: the id of the starting process, and the signal number to receive when it dies (Linux only).
    IDENTITY: `same`, `namespace` (root outside, an ordinary user inside), or `UID:GID`.
    """
    parent, number, identity, *command = arguments
    if identity == "namespace":
        _enter_namespace()
    elif identity != "same":
        uid, gid = map(int, identity.split(":"))
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if command[0] == "--probe":
        _probe(folder=command[1], program=command[2])
    # After the change of identity: the kernel drops the request whenever credentials change.
    _die_with(int(parent), int(number))
    os.execv(command[0], command)  # noqa: S606  the command is our own, and no shell is wanted


def _enter_namespace() -> None:
    """Become an ordinary user that, seen from outside, owns exactly what root owns."""
    outer_uid, outer_gid = os.geteuid(), os.getegid()
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_CLONE_NEWUSER) != 0:
        raise OSError(ctypes.get_errno(), "user namespaces are not allowed here")
    Path("/proc/self/setgroups").write_text("deny")
    Path("/proc/self/uid_map").write_text(f"{_INSIDE} {outer_uid} 1")
    Path("/proc/self/gid_map").write_text(f"{_INSIDE} {outer_gid} 1")


def _probe(folder: str, program: str) -> None:
    """Exit with the result of the probe. Imports nothing: this identity need not be able to read Python itself."""
    name = f"{folder}/probe"
    os.close(os.open(name, os.O_WRONLY | os.O_CREAT, 0o600))
    os.unlink(name)  # noqa: PTH108  see above
    sys.exit(0 if os.access(program, os.X_OK) else 1)


def _die_with(parent: int, number: int) -> None:
    if not sys.platform.startswith("linux"):
        return
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, number)
    if os.getppid() != parent:
        sys.exit("the process that started this one is gone")


if __name__ == "__main__":
    main(sys.argv[1:])
