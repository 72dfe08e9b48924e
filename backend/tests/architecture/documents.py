"""The Markdown files of the repository, and the paths, modules, tests and links they name.

Paths are recognised only inside backticks, so prose never looks like one. The tests pass the text of each document.
"""

import re
from collections.abc import Iterator
from functools import cache
from itertools import accumulate
from pathlib import Path, PurePosixPath

from architecture.sources import ROOT, repository_files

CREATED_AT_RUN_TIME = (".venv", ".venv-test", ".venv-node", ".env", "data", "dist", "frontend/dist", "path/to")
"""Uncommitted paths that documents may name, with everything below. `path/to` stands for a reader's file."""

SHORTHANDS = (
    "",
    "backend/",
    "backend/src/milepost/",
    "backend/tests/",
    "frontend/",
    "frontend/src/",
    "frontend/src/words/",
)
"""Folders a path may be relative to: `rules/skills.py` is `backend/src/milepost/rules/skills.py`."""

_FILE_ENDINGS = {".py", ".md", ".toml", ".yml", ".yaml", ".json", ".lock", ".sql", ".csv", ".mako", ".sh"}
_FENCE = re.compile(r"^(```|~~~).*?^\1\s*$", re.MULTILINE | re.DOTALL)
_SPAN = re.compile(r"(?<!`)(`+)(?!`)(.+?)(?<!`)\1(?!`)", re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(<?([^)>\s]+)>?(?:\s+\"[^\"]*\")?\)")
_PATH = re.compile(r"[\w.*<>…-]+(?:/[\w.*<>…-]+)*/?")
_HIDDEN = re.compile(r"\.[a-z][\w-]{3,}")
_MODULE = re.compile(r"(?<![\w./-])(?:milepost|bench)(?:\.[A-Za-z_]\w*)+(?![\w/:-])")
_TEST = re.compile(r"([\w./-]+\.py)::(test_\w+)")
_HEADING = re.compile(r"^#+ +(.+?)\s*$", re.MULTILINE)


@cache
def documents() -> tuple[tuple[Path, str], ...]:
    """(path, text) of every Markdown file that is committed or could be."""
    return tuple((path, path.read_text("utf-8")) for path in repository_files() if path.suffix == ".md")


@cache
def repository_paths() -> frozenset[str]:
    """Every file of the repository and every folder that holds one, relative to the root, without a trailing slash."""
    files = [path.relative_to(ROOT).as_posix() for path in repository_files()]
    return frozenset(part for file in files for part in accumulate(file.split("/"), "{}/{}".format))


def wrong_paths(text: str) -> Iterator[tuple[int, str]]:
    """(line, path) of every span in backticks that looks like a path of this repository but does not exist.

    A span looks like a path if it has a file ending, ends with a slash, is a hidden name, or begins with a folder of
    the repository. `…`, `<name>` and `*` match anything.
    """
    for line, span in _spans(text):
        for word in span.split():
            path = word.partition("::")[0].strip("\"'(),;:")
            if _PATH.fullmatch(path) and _looks_like_path(path) and not _exists(path):
                yield line, path


def wrong_modules(text: str) -> Iterator[tuple[int, str]]:
    """(line, name) of every dotted name, also in code blocks, that is neither a Milepost module nor a name in one."""
    for match in _MODULE.finditer(text):
        if not _is_importable(match[0]):
            yield _line_of(text, match.start()), match[0]


def wrong_links(path: Path, text: str) -> Iterator[tuple[int, str]]:
    """(line, target) of every relative link whose file, or heading in that file, does not exist."""
    prose = _blanked(_SPAN, _blanked(_FENCE, text))
    for match in _LINK.finditer(prose):
        target, _, anchor = match[1].partition("#")
        if "://" in target or target.startswith("mailto:"):
            continue
        file = (path.parent / target).resolve() if target else path
        content = text if file == path else _content(file)
        if content is None or (anchor and anchor not in _anchors(content)):
            yield _line_of(text, match.start()), match[1]


def named_tests(text: str) -> Iterator[tuple[int, str, str]]:
    """(line, file from the root, function) of every `file.py::test_name`. A missing file keeps the path as written."""
    for line, span in _spans(text):
        for file, function in _TEST.findall(span):
            existing = [full for start in SHORTHANDS if (full := start + file) in repository_paths()]
            yield line, existing[0] if existing else file, function


def _spans(text: str) -> Iterator[tuple[int, str]]:
    """(line, content) of every code span outside code blocks."""
    for match in _SPAN.finditer(_blanked(_FENCE, text)):
        yield _line_of(text, match.start()), match[2]


def _looks_like_path(path: str) -> bool:
    first = path.partition("/")[0]
    if "/" in path and any(f"{start}{first}" in repository_paths() for start in SHORTHANDS):
        return True
    return path.endswith("/") or PurePosixPath(path).suffix in _FILE_ENDINGS or _HIDDEN.fullmatch(first) is not None


def _exists(path: str) -> bool:
    name = path.rstrip("/")
    if any(name == created or name.startswith(f"{created}/") for created in CREATED_AT_RUN_TIME):
        return True
    if "/" not in path:
        # A bare name matches a file in any folder.
        return any(_matches(name, existing.rpartition("/")[2]) for existing in repository_paths())
    return any(_matches(start + name, existing) for start in SHORTHANDS for existing in repository_paths())


@cache
def _as_pattern(path: str) -> re.Pattern[str] | None:
    """The path as a pattern, or None if it has no placeholder."""
    pieces = re.split(r"(…|<[^>]*>|\*+)", path)
    if len(pieces) == 1:
        return None
    return re.compile("".join("[^/]+" if place % 2 else re.escape(piece) for place, piece in enumerate(pieces)))


def _matches(path: str, existing: str) -> bool:
    pattern = _as_pattern(path)
    return path == existing if pattern is None else pattern.fullmatch(existing) is not None


def _content(file: Path) -> str | None:
    """The text of a file of the repository, '' for a folder, None for anything else."""
    if not file.is_relative_to(ROOT) or file.relative_to(ROOT).as_posix() not in repository_paths():
        return None
    return file.read_text("utf-8", "replace") if file.is_file() else ""


def _is_importable(name: str) -> bool:
    """Whether the longest prefix that is a module contains the next part of the name as a word."""
    parts = name.split(".")
    for length in range(len(parts), 0, -1):
        place = ROOT / "backend" / ("src" if parts[0] == "milepost" else "") / "/".join(parts[:length])
        module = place.with_suffix(".py") if not place.is_dir() else place / "__init__.py"
        if module.is_file() or place.is_dir():
            rest = parts[length : length + 1]
            content = module.read_text("utf-8") if module.is_file() else ""
            return all(re.search(rf"\b{word}\b", content) for word in rest)
    return False


def _anchors(text: str) -> set[str]:
    """The link anchors of all headings: lower case, words joined by hyphens."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in _HEADING.findall(_blanked(_FENCE, text))
    }


def _blanked(pattern: re.Pattern[str], text: str) -> str:
    """The text with every match replaced by blanks of the same length, so that lines and positions stay."""
    return pattern.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def _line_of(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1
