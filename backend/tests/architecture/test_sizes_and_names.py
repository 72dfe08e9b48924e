"""Limits on sizes, rules for names, and forbidden shortcuts."""

import ast
import re
from collections import defaultdict

import pytest

from architecture.sources import Source, complain, lines_matching, package_sources, python_sources

_FILE_LINES = 400
_FUNCTION_LINES = 50
# A migration lists what it creates, in order; there is nothing to extract.
_MIGRATIONS = "backend/alembic/versions/"
_VAGUE_NAMES = {
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
    complain(f"a file has at most {_FILE_LINES} lines", "a longer file decides more than one thing", long)


def test_functions_are_short() -> None:
    long = [
        f"{source.name}:{node.lineno} {node.name}: {count} lines"
        for source in python_sources()
        if not source.name.startswith(_MIGRATIONS)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and (count := (node.end_lineno or node.lineno) - node.lineno + 1) > _FUNCTION_LINES
    ]
    complain(f"a function has at most {_FUNCTION_LINES} lines", "it must fit on a screen to be understood", long)


def test_file_names_are_specific() -> None:
    vague = [source.name for source in python_sources() if {*source.path.parts, source.path.stem} & _VAGUE_NAMES]
    complain(
        "no file or folder is called utils, helpers, common, manager …",
        "such a name says nothing, so anything ends up in it",
        vague,
    )


def test_a_class_name_means_one_thing() -> None:
    places: dict[str, list[str]] = defaultdict(list)
    for source in package_sources():
        for node in source.tree.body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                places[node.name].append(f"{source.name}:{node.lineno}")
    complain(
        "no two classes of the package have the same name",
        "a reader who has met Progress once should not have to ask which one it is",
        [f"{name}: {', '.join(found)}" for name, found in places.items() if len(found) > 1],
    )


def test_modules_have_a_docstring() -> None:
    missing = [source.name for source in python_sources() if source.text.strip() and not ast.get_docstring(source.tree)]
    complain(
        "a module docstring says what the module decides",
        "a reader can then find a decision without reading every module",
        missing,
    )


def test_no_exception_is_swallowed() -> None:
    swallowed = [
        f"{source.name}:{node.lineno}"
        for source in package_sources()
        for node in ast.walk(source.tree)
        if isinstance(node, ast.ExceptHandler) and all(isinstance(line, ast.Pass) for line in node.body)
    ]
    complain(
        "an except block handles the exception and is never just pass", "an invisible fault is never fixed", swallowed
    )


def test_no_cast_and_no_bare_ignore() -> None:
    wrong = [
        f"{source.name}:{line} {module}"
        for source in package_sources()
        for line, module in source.imports()
        if module in {"typing.cast", "typing_extensions.cast"}
    ]
    wrong += [
        f"{source.name}:{line}" for source in python_sources() for line, _ in lines_matching(_BARE_IGNORE, source.text)
    ]
    complain("no cast, and every ignore names its error code", "otherwise it hides the next fault as well", wrong)


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
        "no test is skipped, expected to fail, or uses a mock of our code",
        "a green run has then run every test, against the real code",
        wrong,
    )
