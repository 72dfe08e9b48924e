"""Sizes, names, and shortcuts that are not taken."""

import ast
import re

import pytest

from architecture.sources import Source, complain, lines_matching, package_sources, python_sources

_FILE_LINES = 400
_FUNCTION_LINES = 50
# A migration is a list of what is created, in the order in which it is; there is nothing to take out.
_MIGRATIONS = "backend/alembic/versions/"
_EMPTY_NAMES = {
    "base",
    "common",
    "helper",
    "helpers",
    "manager",
    "managers",
    "misc",
    "shared",
    "tools",
    "util",
    "utils",
}
_BARE_IGNORE = re.compile(r"#\s*type:\s*ignore(?!\[)|#\s*noqa(?!:)")


def test_files_are_short() -> None:
    long = [
        f"{source.name}: {count} lines"
        for source in python_sources()
        if (count := source.text.count("\n")) > _FILE_LINES
    ]
    complain(f"a file has at most {_FILE_LINES} lines", "one that has more decides more than one thing", long)


def test_functions_are_short() -> None:
    long = [
        f"{source.name}:{node.lineno} {node.name}: {count} lines"
        for source in python_sources()
        if not source.name.startswith(_MIGRATIONS)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (count := (node.end_lineno or node.lineno) - node.lineno + 1) > _FUNCTION_LINES
    ]
    complain(f"a function has at most {_FUNCTION_LINES} lines", "it must be seen whole to be understood", long)


def test_names_say_what_is_inside() -> None:
    empty = [source.name for source in python_sources() if {*source.path.parts, source.path.stem} & _EMPTY_NAMES]
    complain(
        "no file or folder is called utils, helpers, common, manager …",
        "such a name says nothing, so everything ends up in it",
        empty,
    )


def test_modules_say_what_they_decide() -> None:
    silent = [source.name for source in python_sources() if source.text.strip() and not ast.get_docstring(source.tree)]
    complain(
        "a module opens with what it decides", "a reader learns where a decision lives without reading it all", silent
    )


def test_no_exception_disappears() -> None:
    swallowed = [
        f"{source.name}:{node.lineno}"
        for source in package_sources()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ExceptHandler) and all(isinstance(line, ast.Pass) for line in node.body)
    ]
    complain("an exception is answered, not passed over", "what nobody sees, nobody mends", swallowed)


def test_types_are_not_talked_away() -> None:
    wrong = [
        f"{source.name}:{line} {module}"
        for source in package_sources()
        for line, module in source.imports()
        if module in {"typing.cast", "typing_extensions.cast"}
    ]
    wrong += [
        f"{source.name}:{line}" for source in python_sources() for line, _ in lines_matching(_BARE_IGNORE, source.text)
    ]
    complain("no cast, and no ignore without the name of the fault", "it would hide the next fault as well", wrong)


def _shortcuts(source: Source) -> list[str]:
    wrong = [
        f"{source.name}:{line} imports {module}"
        for line, module in source.imports()
        if module.startswith("unittest.mock")
    ]
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute) and node.attr in {"skip", "skipif", "xfail", "importorskip"}:
            wrong.append(f"{source.name}:{node.lineno} uses {node.attr}")
    return wrong


@pytest.mark.parametrize("folder", ["backend/tests"])
def test_tests_neither_skip_nor_mock(folder: str) -> None:
    wrong = [place for source in python_sources() if source.name.startswith(folder) for place in _shortcuts(source)]
    complain(
        "no test is skipped, expected to fail, or given a mock of our code",
        "a run that is green has then run everything, against the real thing",
        wrong,
    )
