"""Which addresses are routed, and how: each has one spelling that a proxy in front reads as the service does.

`%2F` stays inside its segment: `/spaces/a%2Fprogress` names the space `a/progress`. Servers decode the whole path
before routing, after which it looks like any slash; until a converter reads it, another character stands for it.
"""

from urllib.parse import unquote_to_bytes

ENCODED_SLASH = "\ufdd0"
"""Stands for `%2F` in a path. Unicode reserves this noncharacter for internal use, so no id in an address has it."""

NO_ADDRESS = "/\x00"
"""A path that no route has."""

_HEXADECIMAL = frozenset("0123456789abcdefABCDEF")
_DOTS = (".", "..")


def path_for_routing(path: str, raw_path: bytes) -> str:
    """The decoded `path` with `ENCODED_SLASH` for every encoded slash of `raw_path`.

    `NO_ADDRESS` if others may read the address differently: empty segments (`//api`), segments of dots, encoded or not,
    and escapes that are not UTF-8.
    """
    if ENCODED_SLASH in path:
        return NO_ADDRESS
    if b"%" not in raw_path and b"//" not in raw_path and b"/." not in raw_path:
        return path
    segments = [_decoded(segment) for segment in raw_path.decode("ascii", "replace").split("/")]
    readable = [segment for segment in segments if segment is not None]
    if len(readable) < len(segments) or "" in segments[1:-1] or any(segment in _DOTS for segment in readable):
        return NO_ADDRESS
    # Only if the server gave both: some test clients encode the path again, differently.
    if "/".join(readable) != path:
        return path
    return "/".join(segment.replace("/", ENCODED_SLASH) for segment in readable)


def with_slashes(segment: str) -> str:
    """A segment of a path as the client meant it."""
    return segment.replace(ENCODED_SLASH, "/")


def _decoded(segment: str) -> str | None:
    """None: an escape is cut off, or the bytes are not UTF-8."""
    if any(not _HEXADECIMAL.issuperset(rest[:2]) or len(rest) < 2 for rest in segment.split("%")[1:]):
        return None
    try:
        return unquote_to_bytes(segment).decode()
    except UnicodeDecodeError:
        return None
