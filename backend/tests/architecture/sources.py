"""The project's files, parsed for the architecture tests."""

import ast
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
PACKAGE = ROOT / "backend/src/milepost"


@dataclass(frozen=True, slots=True)
class Source:
    """One Python file. `layer` is the first folder below the package, or the module itself: `rules`, `cli`."""

    path: Path
    text: str
    tree: ast.Module

    @property
    def name(self) -> str:
        """Its path from the root of the repository."""
        return str(self.path.relative_to(ROOT))

    @property
    def layer(self) -> str:
        first, *rest = self.path.relative_to(PACKAGE).parts
        return first if rest else first.removesuffix(".py")

    def imports(self) -> Iterator[tuple[int, str]]:
        """(line, dotted module) of every import, at any depth. `from a import b` gives `a.b`."""
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Import):
                yield from ((node.lineno, alias.name) for alias in node.names)
            elif isinstance(node, ast.ImportFrom):
                assert node.level == 0, (
                    f"{self.name}:{node.lineno}: use absolute imports, so that the layer is visible at once"
                )
                yield from ((node.lineno, f"{node.module}.{alias.name}") for alias in node.names)

    def strings(self) -> Iterator[tuple[int, str]]:
        """(line, text) of every string that is not a docstring."""
        docstrings = {id(node.value) for node in ast.walk(self.tree) if isinstance(node, ast.Expr)}
        for node in ast.walk(self.tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docstrings:
                yield node.lineno, node.value


def parse(path: Path) -> Source:
    """Read and parse one file."""
    text = path.read_text("utf-8")
    return Source(path, text, ast.parse(text, str(path)))


@cache
def package_sources() -> tuple[Source, ...]:
    """Every module of the service."""
    return tuple(parse(path) for path in sorted(PACKAGE.rglob("*.py")))


@cache
def python_sources() -> tuple[Source, ...]:
    """Every Python file of the repository."""
    return tuple(parse(path) for path in repository_files() if path.suffix == ".py")


@cache
def repository_files() -> tuple[Path, ...]:
    """Every file that is committed or could be: tracked, or new and not ignored."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    )
    paths = (ROOT / name for name in sorted(set(listing.stdout.split("\0"))) if name)
    return tuple(path for path in paths if path.is_file())


@cache
def text_files() -> tuple[tuple[Path, str], ...]:
    """(path, content) of every text file."""
    files = []
    for path in repository_files():
        content = path.read_bytes()
        if b"\0" not in content[:8_192]:
            files.append((path, content.decode("utf-8", "replace")))
    return tuple(files)


def lines_matching(pattern: "re.Pattern[str]", text: str) -> list[tuple[int, str]]:
    """(line number, line) of every line that matches the pattern."""
    return [(number, line) for number, line in enumerate(text.splitlines(), 1) if pattern.search(line)]


def complain(rule: str, reason: str, places: list[str]) -> None:
    """Fail with the rule, its reason, and every place that breaks it."""
    assert not places, f"\nRule: {rule}\nReason: {reason}\nBroken in:\n  " + "\n  ".join(places)
