"""Paths, modules, tests and links in documents exist, and every promise names its tests."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from architecture.documents import (
    CREATED_AT_RUN_TIME,
    documents,
    named_tests,
    repository_paths,
    wrong_links,
    wrong_modules,
    wrong_paths,
)
from architecture.sources import ROOT, complain, python_sources

_PROMISES = ROOT / "docs/promises.md"
_CODES = [*(f"R{number:02}" for number in range(1, 31)), *(f"S{number:02}" for number in range(1, 18))]
_PROMISE_TEST = re.compile(r"test_([RS]\d\d)_")
_ROW = re.compile(r"^\| ([RS]\d\d) \|(.*)\|$", re.MULTILINE)
_NO_TEST = "no test yet"


def _tests() -> set[tuple[str, str]]:
    """(file, function) of every test of the suite."""
    return {
        (source.name, node.name)
        for source in python_sources()
        if source.name.startswith("backend/tests/")
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    }


def _found_in_documents(find: Callable[[str], Iterator[tuple[int, str]]]) -> list[str]:
    return [f"{path.relative_to(ROOT)}:{line} {name}" for path, text in documents() for line, name in find(text)]


def test_paths_in_documents_exist() -> None:
    complain(
        "a path in backticks exists in this repository, relative to the root, backend/, the package or "
        f"backend/tests. Created at run time: {', '.join(CREATED_AT_RUN_TIME)}",
        "a reader who follows a missing path stops trusting the rest",
        _found_in_documents(wrong_paths),
    )


def test_modules_in_documents_exist() -> None:
    complain(
        "a Milepost module or name in a document can be imported",
        "code copied from a document must run",
        _found_in_documents(wrong_modules),
    )


def test_relative_links_in_documents_resolve() -> None:
    complain(
        "a relative link leads to a file of this repository, and to a heading that file has",
        "otherwise a reader is the first to find a dead link",
        [f"{path.relative_to(ROOT)}:{line} {to}" for path, text in documents() for line, to in wrong_links(path, text)],
    )


def test_every_promise_has_a_row() -> None:
    rows = dict(_ROW.findall(_PROMISES.read_text("utf-8")))
    assert list(rows) == _CODES
    complain(
        f"a promise either names a test or says '{_NO_TEST}'",
        "an untested promise must be visible as such",
        [code for code, row in rows.items() if bool(list(named_tests(row))) == (_NO_TEST in row)],
    )


def test_tests_named_by_promises_exist() -> None:
    tests = _tests()
    complain(
        "a test named in docs/promises.md is in the suite",
        "a promise whose test was renamed or removed looks tested but is not",
        [
            f"docs/promises.md:{line} {file}::{function}"
            for line, file, function in named_tests(_PROMISES.read_text("utf-8"))
            if (file, function) not in tests
        ],
    )


def test_every_test_of_a_promise_is_in_its_row() -> None:
    listed = {
        (code, file, function)
        for code, row in _ROW.findall(_PROMISES.read_text("utf-8"))
        for _, file, function in named_tests(row)
    }
    complain(
        "a test called test_R… or test_S… is listed in the row of its promise in docs/promises.md",
        "the page then lists every test of a promise",
        [
            f"{file}::{function}"
            for file, function in sorted(_tests())
            if (match := _PROMISE_TEST.match(function)) and (match[1], file, function) not in listed
        ],
    )


# --- The finders themselves -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "rules/nowhere.py",
        "backend/src/milepost/rules/nowhere.py",
        "backend/src/milepost/nowhere/",
        "rules/nowhere",
        "faults/test_nowhere.py::test_R01_nothing",
        "scripts/nowhere",
        "nowhere.toml",
        "nowhere/",
        ".nowhere",
        "intake/unlocking.py",
        "docs/decisions/9999-<title>.md",
        "rules/nowhere/…",
        "backend/tests/nowhere/test_*.py",
    ],
)
def test_a_wrong_path_is_found(path: str) -> None:
    text = f"# A document\n\nIt is in\n`{path}`, or not."
    assert list(wrong_paths(text)) == [(4, path.partition("::")[0])]


def test_a_wrong_path_is_found_among_words() -> None:
    assert list(wrong_paths("Run `scripts/nowhere --long config/policy.toml`.")) == [(1, "scripts/nowhere")]


@pytest.mark.parametrize(
    "span",
    [
        "README.md",
        "policy.toml",
        "config/policy.toml",
        "rules/skills.py",
        "rules/streaks/",
        "tests/unit",
        "unit/streaks/test_streaks.py",
        "bench/harness/load.py",
        "scripts/test --long",
        "docs/decisions/<number>-<title>.md",
        "rules/…",
        "backend/tests/integration/<subject>/test_*.py",
        ".venv/bin/pytest",
        "data/",
        ".ci/run",
        # None of these is a repository path.
        "/api/progress",
        "GET /api/activities",
        "application/json",
        "completed/task",
        "http://127.0.0.1:8000/docs/index.md",
        "activities.rebuild_at_once_activities",
        "A..B",
        "0.1.0",
        "{id}/{n}",
    ],
)
def test_existing_paths_and_other_spans_pass(span: str) -> None:
    assert list(wrong_paths(f"It is `{span}`.")) == []


def test_paths_are_read_only_from_backticks_outside_code_blocks() -> None:
    assert list(wrong_paths("rules/nowhere.py\n\n```sh\ncat `rules/nowhere.py`\n```\n")) == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("from milepost.rules.nowhere import level_for", ["milepost.rules.nowhere"]),
        ("`milepost.rules.skills.level_for_nobody`", ["milepost.rules.skills.level_for_nobody"]),
        ("`milepost.nowhere`", ["milepost.nowhere"]),
        ("from milepost.rules.skills import level_for", []),
        ("`milepost.rules.skills.level_for` and `python -m bench.rebuild_check`", []),
        ("`milepost.rules`", []),
    ],
)
def test_a_wrong_module_is_found(text: str, wrong: list[str]) -> None:
    assert [name for _, name in wrong_modules(text)] == wrong


@pytest.mark.parametrize(
    ("link", "is_wrong"),
    [
        ("nowhere.md", True),
        ("../nowhere", True),
        ("../README.md", False),
        ("../README.md#test-it", False),
        ("../README.md#nowhere", True),
        ("#here", False),
        ("#nowhere", True),
        ("../..", True),
        ("https://example.org/nowhere.md", False),
    ],
)
def test_a_wrong_link_is_found(link: str, is_wrong: bool) -> None:
    text = f"## Here\n\nSee [this]({link}), never `[that](nowhere.md)`.\n"
    assert list(wrong_links(ROOT / "docs/page.md", text)) == ([(3, link)] if is_wrong else [])


def test_test_names_are_read_from_a_row() -> None:
    row = "`faults/test_crashes.py::test_R01_one`, `faults/test_nowhere.py::test_R01_two`; tests/test_x.py::test_no"
    assert [(file, function) for _, file, function in named_tests(row)] == [
        ("backend/tests/faults/test_crashes.py", "test_R01_one"),
        ("faults/test_nowhere.py", "test_R01_two"),
    ]


def test_folders_count_as_paths() -> None:
    assert {"backend", "backend/src/milepost/rules", "backend/src/milepost/rules/skills.py"} <= repository_paths()
    assert Path("backend/src").as_posix() in repository_paths()
    assert "" not in repository_paths()


def test_decisions_are_numbered_once_and_say_their_number() -> None:
    titles = {path.name: path.read_text().splitlines()[0] for path in sorted(ROOT.glob("docs/decisions/0*.md"))}
    numbers = [name[:4] for name in titles]
    assert numbers == [f"{number:04}" for number in range(1, len(numbers) + 1)]
    assert [name for name, title in titles.items() if not title.startswith(f"# {int(name[:4])}. ")] == []
