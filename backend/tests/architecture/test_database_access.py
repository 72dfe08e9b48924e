"""One way to read the database and one to write: which modules may use which."""

import ast

from architecture.sources import Source, complain, package_sources

_TABLES = ("backend/src/milepost/db/tables/", "backend/src/milepost/db/migrations.py")
_MAY_CONNECT = {
    "backend/src/milepost/db/pools.py",
    "backend/src/milepost/db/database.py",
    "backend/src/milepost/db/reachability.py",
    "backend/src/milepost/db/service_role.py",
    # COPY uses its own connections.
    "backend/src/milepost/queries/exports/stream.py",
}


def _attributes(source: Source, owner: str) -> list[tuple[int, str]]:
    """(line, name) of every `owner.name` in a module."""
    return [
        (node.lineno, node.attr)
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == owner
    ]


def test_sqlalchemy_is_for_tables_and_migrations() -> None:
    wrong = [
        f"{source.name}:{line} imports {module}"
        for source in package_sources()
        if not source.name.startswith(_TABLES)
        for line, module in source.imports()
        if module.partition(".")[0] == "sqlalchemy"
    ]
    complain(
        "SQLAlchemy defines the tables and runs the migrations; statements go through db/database.py",
        "two ways to reach a database mean two kinds of failures, transactions and types",
        wrong,
    )


def test_connections_are_opened_in_db() -> None:
    names = {"Connection", "Pool", "connect", "create_pool"}
    wrong = [
        f"{source.name}:{line} uses asyncpg.{name}"
        for source in package_sources()
        if source.name not in _MAY_CONNECT
        for line, name in _attributes(source, "asyncpg")
        if name in names
    ]
    complain(
        "other modules take a Reading or a Writing",
        "the type of a connection says whether code may write; asyncpg's own type does not",
        wrong,
    )


def test_queries_read() -> None:
    wrong = [
        f"{source.name}:{line} imports {module}"
        for source in package_sources()
        if source.layer == "queries"
        for line, module in source.imports()
        if module == "milepost.db.connection.Writing"
    ]
    complain("queries take a Reading", "callers of a query can rely on it to change nothing", wrong)


def test_a_get_opens_no_transaction_that_writes() -> None:
    wrong = []
    for source in package_sources():
        for view in _views(source, "get"):
            wrong += [
                f"{source.name}:{node.lineno} {view.name} opens database.{node.attr}"
                for node in ast.walk(view)
                if isinstance(node, ast.Attribute)
                and node.attr in {"write", "intake"}
                and isinstance(node.value, ast.Attribute)
                and node.value.attr == "database"
            ]
    complain("a GET only reads", "clients repeat, cache and prefetch it, so it must be safe", wrong)


def test_get_views_are_found() -> None:
    names = [view.name for source in package_sources() for view in _views(source, "get")]
    assert {"show_overview", "show_streak", "show_jobs", "readyz"} <= set(names)


def _views(source: Source, method: str) -> list[ast.AsyncFunctionDef]:
    return [
        node
        for node in ast.walk(source.tree)
        if isinstance(node, ast.AsyncFunctionDef)
        for decorator in node.decorator_list
        if isinstance(decorator, ast.Call)
        and isinstance(decorator.func, ast.Attribute)
        and decorator.func.attr == method
    ]
