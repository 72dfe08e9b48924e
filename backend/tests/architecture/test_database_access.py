"""One way to read and one to write: who may name which."""

import ast

from architecture.sources import Source, complain, package_sources

_TABLES = ("backend/src/milepost/db/tables/", "backend/src/milepost/db/migrations.py")
_CONNECTS = {
    "backend/src/milepost/db/pools.py",
    "backend/src/milepost/db/database.py",
    "backend/src/milepost/db/reachability.py",
    # Copies out over connections of their own.
    "backend/src/milepost/queries/exports/stream.py",
}


def _attributes(source: Source, owner: str) -> list[tuple[int, str]]:
    """Every `owner.name` in a module, by line."""
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
        "SQLAlchemy keeps the tables and runs the migrations; statements go through db/database.py",
        "two ways to a database have two kinds of failures, transactions and types",
        wrong,
    )


def test_connections_are_opened_in_db() -> None:
    names = {"Connection", "Pool", "connect", "create_pool"}
    wrong = [
        f"{source.name}:{line} uses asyncpg.{name}"
        for source in package_sources()
        if source.name not in _CONNECTS
        for line, name in _attributes(source, "asyncpg")
        if name in names
    ]
    complain(
        "everybody else takes a Reading or a Writing",
        "the type of a connection says whether code may write; asyncpg's own says nothing",
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
    complain("queries take a Reading", "whoever reads through a query can rely on it to change nothing", wrong)


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
    complain("a GET reads", "it is repeated, cached and sent ahead; it must be safe to", wrong)


def test_this_module_finds_the_views() -> None:
    found = [view.name for source in package_sources() for view in _views(source, "get")]
    assert {"show_overview", "show_streak", "show_jobs", "readyz"} <= set(found)


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
