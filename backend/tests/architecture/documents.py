"""The Markdown files of the repository, and the paths, modules, tests and links they name.

A path is only recognised inside backticks, so that ordinary prose never looks like one. Does not know which documents
exist: the tests pass their text.
"""

import re
from collections.abc import Iterator
from functools import cache
from itertools import accumulate
from pathlib import Path, PurePosixPath

from architecture.sources import ROOT, repository_files

MADE_AT_RUN_TIME = (".venv", ".venv-test", ".env", "data", "path/to")
"""What documents may name although no commit has it; everything below it too. `path/to` stands for a reader's file."""

SHORTHANDS = ("", "backend/", "backend/src/milepost/", "backend/tests/")
"""Folders a path may start from: `rules/skills.py` is `backend/src/milepost/rules/skills.py`."""

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
    """(path, text) of every Markdown file that is or could be committed."""
    return tuple((path, path.read_text("utf-8")) for path in repository_files() if path.suffix == ".md")


@cache
def repository_paths() -> frozenset[str]:
    """Every file of the repository and every folder that holds one, from its root, without a slash at the end."""
    files = [path.relative_to(ROOT).as_posix() for path in repository_files()]
    return frozenset(part for file in files for part in accumulate(file.split("/"), "{}/{}".format))


def wrong_paths(text: str) -> Iterator[tuple[int, str]]:
    """(line, path) of everything in backticks that looks like a path of this repository and is none.

    It looks like one when it ends like a file, ends with a slash, is a hidden name, or begins with a folder of the
    repository. `…` and `<name>` stand for anything, and so does `*`.
    """
    for line, span in _spans(text):
        for word in span.split():
            path = word.partition("::")[0].strip("\"'(),;:")
            if _PATH.fullmatch(path) and _is_meant(path) and not _exists(path):
                yield line, path


def wrong_modules(text: str) -> Iterator[tuple[int, str]]:
    """(line, name) of every dotted name, also in blocks of code, that is no module of ours and nothing in one."""
    for match in _MODULE.finditer(text):
        if not _is_importable(match[0]):
            yield _line_of(text, match.start()), match[0]


def wrong_links(path: Path, text: str) -> Iterator[tuple[int, str]]:
    """(line, target) of every relative link that leads to no file, or to a heading the file does not have."""
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
    """(line, file from the root, function) of every `file.py::test_name`. A file nobody has stays as it is written."""
    for line, span in _spans(text):
        for file, function in _TEST.findall(span):
            found = [full for start in SHORTHANDS if (full := start + file) in repository_paths()]
            yield line, found[0] if found else file, function


def _spans(text: str) -> Iterator[tuple[int, str]]:
    """(line, content) of every code span outside of blocks of code."""
    for match in _SPAN.finditer(_blanked(_FENCE, text)):
        yield _line_of(text, match.start()), match[2]


def _is_meant(path: str) -> bool:
    first = path.partition("/")[0]
    if "/" in path and any(f"{start}{first}" in repository_paths() for start in SHORTHANDS):
        return True
    return path.endswith("/") or PurePosixPath(path).suffix in _FILE_ENDINGS or _HIDDEN.fullmatch(first) is not None


def _exists(path: str) -> bool:
    wanted = path.rstrip("/")
    if any(wanted == made or wanted.startswith(f"{made}/") for made in MADE_AT_RUN_TIME):
        return True
    if "/" not in path:
        # A name alone is that of a file, wherever it lies.
        return any(_matches(wanted, known.rpartition("/")[2]) for known in repository_paths())
    return any(_matches(start + wanted, known) for start in SHORTHANDS for known in repository_paths())


@cache
def _as_pattern(path: str) -> re.Pattern[str] | None:
    """None when there is nothing in the path that stands for something else."""
    pieces = re.split(r"(…|<[^>]*>|\*+)", path)
    if len(pieces) == 1:
        return None
    return re.compile("".join("[^/]+" if place % 2 else re.escape(piece) for place, piece in enumerate(pieces)))


def _matches(path: str, known: str) -> bool:
    pattern = _as_pattern(path)
    return path == known if pattern is None else pattern.fullmatch(known) is not None


def _content(file: Path) -> str | None:
    """The text of a file of the repository, '' of one of its folders; None of anything else."""
    if not file.is_relative_to(ROOT) or file.relative_to(ROOT).as_posix() not in repository_paths():
        return None
    return file.read_text("utf-8", "replace") if file.is_file() else ""


def _is_importable(name: str) -> bool:
    """The longest part of the name that is a module; what follows must be a word in its text."""
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
    """What a heading is called in a link: lower case, words joined by hyphens."""
    return {
        re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")
        for heading in _HEADING.findall(_blanked(_FENCE, text))
    }


def _blanked(pattern: re.Pattern[str], text: str) -> str:
    """The text with every match replaced by as many blanks, so that lines and places stay."""
    return pattern.sub(lambda match: re.sub(r"[^\n]", " ", match[0]), text)


def _line_of(text: str, place: int) -> int:
    return text.count("\n", 0, place) + 1
