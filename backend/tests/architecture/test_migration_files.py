"""Migration files: one chain, named by date, each independent of later changes to the code."""

import ast
import hashlib
import re

from architecture.sources import ROOT, Source, complain, parse

VERSIONS = ROOT / "backend/alembic/versions"
FROZEN = ROOT / "backend/alembic/frozen.sha256"
_FILE = re.compile(r"(\d{4})_(\d\d)_(\d\d)_[a-z0-9]+(_[a-z0-9]+)*")


def _migrations() -> list[Source]:
    migrations = [parse(path) for path in sorted(VERSIONS.glob("*.py"))]
    assert migrations, f"no migrations in {VERSIONS}"
    return migrations


def _constant(source: Source, name: str) -> str | None:
    for node in source.tree.body:
        if isinstance(node, ast.Assign) and [getattr(target, "id", "") for target in node.targets] == [name]:
            assert isinstance(node.value, ast.Constant), f"{source.name}: {name} must be a constant"
            assert node.value.value is None or isinstance(node.value.value, str)
            return node.value.value
    raise AssertionError(f"{source.name} has no {name}")


def test_migrations_are_one_chain() -> None:
    files_after: dict[str | None, list[str]] = {}
    revisions = set()
    for source in _migrations():
        revisions.add(_constant(source, "revision"))
        files_after.setdefault(_constant(source, "down_revision"), []).append(source.name)
    wrong = [f"{', '.join(names)} follow the same revision" for names in files_after.values() if len(names) > 1]
    wrong += [
        f"{names[0]} follows {before}, which does not exist"
        for before, names in files_after.items()
        if before is not None and before not in revisions
    ]
    complain(
        "each migration follows the one before it, and exactly one is the first",
        "with two heads it is unclear which schema the code needs",
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
        "a migration file is called 2026_11_26_what_it_does.py and its revision 20261126_word",
        "a list of files then shows the order of migrations",
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
        "a migration imports only milepost.db.migrations from the service",
        "it must create the same schema on every database, however the models change later",
        wrong,
    )


def _changes(frozen: dict[str, str], files: dict[str, str]) -> list[str]:
    """What differs between the hashes in the list and those of the files."""
    changed = [
        f"{name} has changed. Databases that ran it will not get the change: take it back, and add a migration"
        for name in frozen.keys() & files.keys()
        if frozen[name] != files[name]
    ]
    missing = [
        f"{name} is gone. Databases that ran it can no longer be upgraded: put it back"
        for name in frozen.keys() - files
    ]
    new = [
        f"{name} is new: add the line `{files[name]}  {name}` to {FROZEN.relative_to(ROOT)}"
        for name in files.keys() - frozen
    ]
    return sorted([*changed, *missing, *new])


def test_R23_a_committed_migration_is_never_changed() -> None:
    lines = [line.split("  ") for line in FROZEN.read_text("utf-8").splitlines()]
    files = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in VERSIONS.glob("*.py")}
    assert len(files) >= 30
    complain(
        "a migration that was committed stays byte for byte as it is; its hash is in the list from its first commit on",
        "a database that has run it never runs it again, so a change would leave such databases different for ever",
        _changes({name: digest for digest, name in lines}, files),
    )


def test_each_kind_of_change_to_a_migration_is_found() -> None:
    assert _changes({"a.py": "1"}, {"a.py": "1"}) == []
    assert [change.split()[:3] for change in _changes({"a.py": "1", "b.py": "2"}, {"a.py": "9", "c.py": "3"})] == [
        ["a.py", "has", "changed."],
        ["b.py", "is", "gone."],
        ["c.py", "is", "new:"],
    ]
