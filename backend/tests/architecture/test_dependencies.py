"""What pyproject.toml says of other people's packages, and what the code and the locks make of it."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import packages_distributions, version

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from architecture.sources import PACKAGE, ROOT, Source, complain, package_sources, python_sources
from contract.private_parts import LIBRARIES

_PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
_ALWAYS = "dependencies"
_GROUPS: dict[str, list[str]] = {_ALWAYS: _PROJECT["dependencies"], **_PROJECT["optional-dependencies"]}
# What each lock installs besides what the service always needs.
_LOCKS = {"requirements.lock": ("embedded", "build"), "requirements-test.lock": ("embedded", "build", "test")}
_BROUGHT_BY = packages_distributions()
_LOCKED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", re.M)


def test_what_the_service_imports_is_declared() -> None:
    needed = _needed_without_extras()
    wrong = [
        f"{source.name}:{line} imports {module}"
        for source in package_sources()
        for line, module in _foreign(source.imports())
        if not _declares(module, (_ALWAYS,) if source.name in needed else (_ALWAYS, "embedded"))
    ]
    wrong += [
        f"{source.name}:{line} imports {module}"
        for source in python_sources()
        if source.name.startswith("backend/alembic/")
        for line, module in _foreign(source.imports())
        if not _declares(module, (_ALWAYS,))
    ]
    complain(
        "what the service imports is in `dependencies`; in the extra `embedded` only what the servers of "
        "`milepost run` alone need",
        "what another package happens to bring, its next version may not",
        wrong,
    )


def test_what_tests_and_measurements_import_is_declared() -> None:
    own = {"bench", *(path.stem for path in (ROOT / "backend/tests").iterdir())}
    wrong = [
        f"{source.name}:{line} imports {module}"
        for source in python_sources()
        if source.name.startswith(("backend/tests/", "backend/bench/"))
        for line, module in _foreign(source.imports())
        if module not in own and not _declares(module, (_ALWAYS, "embedded", "test"))
    ]
    complain("what tests and measurements import is declared, too", "a lock is made of what is declared", wrong)


def test_libraries_used_privately_have_an_upper_bound() -> None:
    wrong = []
    for library in LIBRARIES:
        declared = [each for each in _requirements(_GROUPS) if canonicalize_name(each.name) == library.name]
        if [f"<{library.below}" in str(each.specifier).split(",") for each in declared] != [True]:
            wrong.append(
                f"{library.name}: <{library.below} is not what pyproject.toml says ({', '.join(map(str, declared))})"
            )
        elif version(library.name) not in declared[0].specifier:
            wrong.append(
                f"{library.name}: {version(library.name)} is installed, and that is not {declared[0].specifier}"
            )
    complain(
        "a library with parts in contract.private_parts has the upper bound given there, and is installed within it",
        "any release may change what a library does not document, and pip takes the newest it may",
        wrong,
    )


def test_upper_bounds_have_a_reason() -> None:
    known = {library.name for library in LIBRARIES}
    wrong = [
        str(each)
        for each in _requirements(_GROUPS)
        if "<" in str(each.specifier) and canonicalize_name(each.name) not in known
    ]
    complain("an upper bound has a reason in contract.private_parts", "without one it only keeps old versions", wrong)


def test_locks_keep_to_what_is_declared() -> None:
    wrong = []
    for lock, extras in _LOCKS.items():
        found = _LOCKED.findall((ROOT / lock).read_text("utf-8"))
        locked = {canonicalize_name(name): number for name, number in found}
        for each in _requirements((_ALWAYS, *extras)):
            number = locked.get(canonicalize_name(each.name))
            if number is None:
                wrong.append(f"{lock}: {each.name} is declared and not locked")
            elif number not in each.specifier:
                wrong.append(f"{lock}: {each.name} {number} is not {each.specifier}")
    complain("a lock has a version of everything declared, within its bounds", "scripts/env installs the lock", wrong)


def _requirements(groups: Iterable[str]) -> Iterator[Requirement]:
    return (Requirement(text) for group in groups for text in _GROUPS[group])


def _foreign(imports: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """(line, top-level module) of what is neither ours nor the standard library's."""
    for line, dotted in imports:
        module = dotted.partition(".")[0]
        if module not in sys.stdlib_module_names and module not in ("milepost", "__future__"):
            yield line, module


def _declares(module: str, groups: tuple[str, ...]) -> bool:
    return any(canonicalize_name(name) in _declared(groups) for name in _BROUGHT_BY.get(module, ()))


@cache
def _declared(groups: tuple[str, ...]) -> set[str]:
    return {canonicalize_name(each.name) for each in _requirements(groups)}


def _needed_without_extras() -> set[str]:
    """The names of all modules but those of `embedded` that nothing else imports as it is loaded itself."""
    following = [source for source in package_sources() if source.layer != "embedded"]
    apart = [source for source in package_sources() if source.layer == "embedded"]
    needed = set()
    while following:
        source = following.pop()
        needed.add(source.name)
        loaded = [f"{module}." for module in _when_loaded(source)]
        following += [each for each in apart if any(name.startswith(f"{_dotted(each)}.") for name in loaded)]
        apart = [each for each in apart if each not in following]
    return needed


def _when_loaded(source: Source) -> Iterator[str]:
    """The imports that run with the module itself and not in a function of it."""
    later = {
        node.lineno
        for function in ast.walk(source.tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    return (module for line, module in source.imports() if line not in later)


def _dotted(source: Source) -> str:
    return ".".join((PACKAGE.name, *source.path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")
