"""Migrations, read: one chain, named by date, and what one does never changes with the code around it."""

import ast
import re

from architecture.sources import ROOT, Source, complain, parse

VERSIONS = ROOT / "backend/alembic/versions"
_FILE = re.compile(r"(\d{4})_(\d\d)_(\d\d)_[a-z0-9]+(_[a-z0-9]+)*")


def _migrations() -> list[Source]:
    found = [parse(path) for path in sorted(VERSIONS.glob("*.py"))]
    assert found, f"no migrations in {VERSIONS}"
    return found


def _constant(source: Source, name: str) -> str | None:
    for node in source.tree.body:
        if isinstance(node, ast.Assign) and [getattr(target, "id", "") for target in node.targets] == [name]:
            assert isinstance(node.value, ast.Constant), f"{source.name}: {name} is a constant"
            assert node.value.value is None or isinstance(node.value.value, str)
            return node.value.value
    raise AssertionError(f"{source.name} does not say its {name}")


def test_migrations_are_one_chain() -> None:
    follows: dict[str | None, list[str]] = {}
    known = set()
    for source in _migrations():
        known.add(_constant(source, "revision"))
        follows.setdefault(_constant(source, "down_revision"), []).append(source.name)
    wrong = [f"{', '.join(names)} follow the same" for names in follows.values() if len(names) > 1]
    wrong += [f"{names[0]} follows {before}, which is none" for before, names in follows.items() if before not in known]
    if None in follows:
        wrong.remove(f"{follows[None][0]} follows None, which is none")
    complain(
        "each migration follows the newest one there was, and exactly one is the first",
        "with two newest ones nobody can say which schema the code needs",
        wrong,
    )


def test_a_migration_is_named_by_its_date() -> None:
    wrong = []
    for source in _migrations():
        named = _FILE.fullmatch(source.path.stem)
        revision = _constant(source, "revision") or ""
        if named is None or not re.fullmatch(f"{''.join(named.groups()[:3])}_[a-z0-9_]+", revision):
            wrong.append(f"{source.name}: {revision}")
    complain(
        "2026_11_26_what_it_does.py holds the revision 20261126_word",
        "in a list of files the order of migrations is seen at once",
        wrong,
    )


def test_a_migration_does_not_change_with_the_code() -> None:
    wrong = [
        f"{source.name}:{line} imports {module}"
        for source in _migrations()
        for line, module in source.imports()
        if module.startswith("milepost.") and not module.startswith("milepost.db.migrations.")
    ]
    complain(
        "a migration imports nothing of the service but milepost.db.migrations",
        "what it made on one database it must make on the next, whatever the models say by then",
        wrong,
    )
