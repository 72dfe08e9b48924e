"""Third-party packages: declared in pyproject.toml, imported by the code, pinned in the locks."""

import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.metadata import packages_distributions, version

from packaging.requirements import Requirement
from packaging.utils import NormalizedName, canonicalize_name

from architecture.sources import PACKAGE, ROOT, Source, complain, package_sources, python_sources
from contract.private_parts import LIBRARIES

_PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
_ALWAYS = "dependencies"
_GROUPS: dict[str, list[str]] = {_ALWAYS: _PROJECT["dependencies"], **_PROJECT["optional-dependencies"]}
# The extras each lock installs besides the service's own dependencies.
_LOCKS = {"requirements.lock": ("embedded", "build"), "requirements-test.lock": ("embedded", "build", "test")}
_NODE_LOCK = "requirements-node.lock"
"""Alone in an environment of its own, which never runs the service."""
_BROUGHT_BY = packages_distributions()
_LOCKED = re.compile(r"^([A-Za-z0-9._-]+)(?:\[[^]]*\])?==(\S+)", re.M)


def test_imports_of_the_service_are_declared() -> None:
    without_extras = _modules_loaded_without_extras()
    wrong = [
        f"{source.name}:{line} imports {module}"
        for source in package_sources()
        for line, module in _third_party(source.imports())
        if not _declares(module, (_ALWAYS,) if source.name in without_extras else (_ALWAYS, "embedded"))
    ]
    wrong += [
        f"{source.name}:{line} imports {module}"
        for source in python_sources()
        if source.name.startswith("backend/alembic/")
        for line, module in _third_party(source.imports())
        if not _declares(module, (_ALWAYS,))
    ]
    complain(
        "packages the service imports are in `dependencies`; the extra `embedded` holds only what the servers of "
        "`milepost run` need",
        "a package that another one happens to install may be missing with its next version",
        wrong,
    )


def test_imports_of_tests_and_benchmarks_are_declared() -> None:
    own = {"bench", *(path.stem for path in (ROOT / "backend/tests").iterdir())}
    wrong = [
        f"{source.name}:{line} imports {module}"
        for source in python_sources()
        if source.name.startswith(("backend/tests/", "backend/bench/"))
        for line, module in _third_party(source.imports())
        if module not in own and not _declares(module, (_ALWAYS, "embedded", "test"))
    ]
    complain(
        "packages that tests and benchmarks import are declared, too", "locks are made from the declarations", wrong
    )


def test_libraries_used_privately_have_an_upper_bound() -> None:
    wrong = []
    for library in LIBRARIES:
        declared = [requirement for requirement in _requirements(_GROUPS) if _name(requirement) == library.name]
        if [f"<{library.below}" in str(requirement.specifier).split(",") for requirement in declared] != [True]:
            wrong.append(
                f"{library.name}: <{library.below} is missing in pyproject.toml ({', '.join(map(str, declared))})"
            )
        elif version(library.name) not in declared[0].specifier:
            wrong.append(
                f"{library.name}: {version(library.name)} is installed, which does not satisfy {declared[0].specifier}"
            )
    complain(
        "a library in contract.private_parts has the upper bound given there, and its installed version satisfies it",
        "any release may change undocumented parts of a library, and pip installs the newest allowed version",
        wrong,
    )


def test_upper_bounds_have_a_reason() -> None:
    explained = {library.name for library in LIBRARIES}
    wrong = [
        str(requirement)
        for requirement in _requirements(_GROUPS)
        if "<" in str(requirement.specifier) and _name(requirement) not in explained
    ]
    complain(
        "an upper bound has a reason in contract.private_parts", "an unexplained bound only keeps old versions", wrong
    )


def test_locks_satisfy_the_declarations() -> None:
    wrong = []
    for lock, extras in _LOCKS.items():
        entries = _LOCKED.findall((ROOT / lock).read_text("utf-8"))
        locked = {canonicalize_name(name): number for name, number in entries}
        for requirement in _requirements((_ALWAYS, *extras)):
            number = locked.get(_name(requirement))
            if number is None:
                wrong.append(f"{lock}: {requirement.name} is declared but not locked")
            elif number not in requirement.specifier:
                wrong.append(f"{lock}: {requirement.name} {number} does not satisfy {requirement.specifier}")
    node = {canonicalize_name(name): number for name, number in _LOCKED.findall((ROOT / _NODE_LOCK).read_text("utf-8"))}
    wrong += [
        f"{_NODE_LOCK}: {requirement.name}"
        for requirement in _requirements(("frontend-build",))
        if node.get(_name(requirement), "0") not in requirement.specifier
    ]
    complain("a lock pins every declared package within its bounds", "scripts/env installs the lock", wrong)


def _requirements(groups: Iterable[str]) -> Iterator[Requirement]:
    return (Requirement(text) for group in groups for text in _GROUPS[group])


def _name(requirement: Requirement) -> NormalizedName:
    return canonicalize_name(requirement.name)


def _third_party(imports: Iterable[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """(line, top-level module) of every import from neither Milepost nor the standard library."""
    for line, dotted in imports:
        module = dotted.partition(".")[0]
        if module not in sys.stdlib_module_names and module not in ("milepost", "__future__"):
            yield line, module


def _declares(module: str, groups: tuple[str, ...]) -> bool:
    return any(canonicalize_name(name) in _declared(groups) for name in _BROUGHT_BY.get(module, ()))


@cache
def _declared(groups: tuple[str, ...]) -> set[str]:
    return {_name(requirement) for requirement in _requirements(groups)}


def _modules_loaded_without_extras() -> set[str]:
    """All modules, except those of `embedded` that no other module imports at load time."""
    pending = [source for source in package_sources() if source.layer != "embedded"]
    embedded = [source for source in package_sources() if source.layer == "embedded"]
    needed = set()
    while pending:
        source = pending.pop()
        needed.add(source.name)
        loaded = [f"{module}." for module in _load_time_imports(source)]
        pending += [module for module in embedded if any(name.startswith(f"{_dotted(module)}.") for name in loaded)]
        embedded = [module for module in embedded if module not in pending]
    return needed


def _load_time_imports(source: Source) -> Iterator[str]:
    """The imports that run when the module loads, not inside its functions."""
    deferred = {
        node.lineno
        for function in ast.walk(source.tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.Import | ast.ImportFrom)
    }
    return (module for line, module in source.imports() if line not in deferred)


def _dotted(source: Source) -> str:
    return ".".join((PACKAGE.name, *source.path.relative_to(PACKAGE).with_suffix("").parts)).removesuffix(".__init__")
