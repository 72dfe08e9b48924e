"""Encoded slashes in addresses stay inside their segment: `/spaces/a%2Fprogress` names the space `a/progress`.

Servers decode the whole path before routing, after which `%2F` looks like any slash. Until a converter reads the
segment, another character stands for it.
"""

from urllib.parse import unquote

ENCODED_SLASH = "\ufdd0"
"""Stands for `%2F` in a path. Unicode reserves this noncharacter for internal use, so no id in an address has it."""

_NO_ADDRESS = "/\x00"


def path_for_routing(path: str, raw_path: bytes) -> str:
    """The decoded `path` with `ENCODED_SLASH` for every encoded slash of `raw_path`."""
    if ENCODED_SLASH in path:
        return _NO_ADDRESS
    if b"%2" not in raw_path:
        return path
    raw = raw_path.decode("ascii", "replace")
    # Only if the server gave both: some test clients encode the path again, differently.
    if unquote(raw) != path:
        return path
    return "/".join(unquote(segment).replace("/", ENCODED_SLASH) for segment in raw.split("/"))


def with_slashes(segment: str) -> str:
    """A segment of a path as the client meant it."""
    return segment.replace(ENCODED_SLASH, "/")
