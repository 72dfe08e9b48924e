"""The built dashboard: where its files are, and their content, read once when the process starts.

A request names a file by its address in a table. No part of an address reaches the file system.
"""

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

_PACKAGE = Path(__file__).resolve().parents[2]
_PLACES = (_PACKAGE / "dashboard_files", _PACKAGE.parents[2] / "frontend/dist")
"""In an installed wheel; in a checkout."""

_PAGE = "index.html"
_ENCODINGS = {"br": ".br", "gzip": ".gz"}
"""Content codings, the smallest first, and the endings of files that the build has compressed."""
_MIN_GAIN = 0.95
"""A compressed form that is hardly smaller (fonts, pictures) is not worth its decoding."""

# Not the machine's table: what it says differs between machines, and a script of another type is refused by browsers.
_TYPES = mimetypes.MimeTypes(filenames=())
for _ending, _type in (
    (".js", "text/javascript"),
    (".mjs", "text/javascript"),
    (".css", "text/css"),
    (".html", "text/html"),
    (".json", "application/json"),
    (".map", "application/json"),
    (".svg", "image/svg+xml"),
    (".ico", "image/x-icon"),
    (".woff2", "font/woff2"),
    (".webmanifest", "application/manifest+json"),
):
    _TYPES.add_type(_type, _ending)


@dataclass(frozen=True, slots=True)
class DashboardFile:
    """One file. `encoded`: its content by content coding; `validator`: a hash of its content."""

    content: bytes = field(repr=False)
    content_type: str
    validator: str
    encoded: Mapping[str, bytes] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Dashboard:
    """The page, with its placeholders, and the other files by their address without the first slash.

    `page` is None if the dashboard is not built.
    """

    page: str | None = None
    files: Mapping[str, DashboardFile] = field(default_factory=dict)


def read_dashboard(folder: str = "") -> Dashboard:
    """The dashboard in `folder`; without one, in the installed package or the checkout. Empty if it is nowhere."""
    places = (Path(folder),) if folder else _PLACES
    place = next((place for place in places if (place / _PAGE).is_file()), None)
    if place is None:
        return Dashboard()
    names = {name for path in place.rglob("*") if path.is_file() and not _is_hidden(name := path.relative_to(place))}
    return Dashboard(
        (place / _PAGE).read_text("utf-8"),
        {name.as_posix(): _read(place / name) for name in names if not _is_compressed_form(name, names)},
    )


def _is_hidden(name: Path) -> bool:
    """The page itself, which is never served as it is, and what the build keeps in folders with a dot."""
    return name == Path(_PAGE) or any(part.startswith(".") for part in name.parts)


def _is_compressed_form(name: Path, names: set[Path]) -> bool:
    return name.suffix in _ENCODINGS.values() and (name.with_suffix("") in names or name.stem == _PAGE)


def _read(path: Path) -> DashboardFile:
    content = path.read_bytes()
    kind = _TYPES.guess_type(path.name)[0] or "application/octet-stream"
    is_text = kind.startswith("text/")
    return DashboardFile(
        content,
        f"{kind}; charset=utf-8" if is_text else kind,
        hashlib.sha256(content).hexdigest()[:32],
        {} if kind.startswith(("font/", "image/png", "image/jpeg")) else _compressed(path, content),
    )


def _compressed(path: Path, content: bytes) -> dict[str, bytes]:
    """What the build has compressed, and gzip in any case."""
    forms = {}
    for encoding, ending in _ENCODINGS.items():
        built = path.with_name(path.name + ending)
        if built.is_file():
            forms[encoding] = built.read_bytes()
        elif encoding == "gzip":
            forms[encoding] = gzip.compress(content, 9, mtime=0)
    return {encoding: form for encoding, form in forms.items() if len(form) < len(content) * _MIN_GAIN}
