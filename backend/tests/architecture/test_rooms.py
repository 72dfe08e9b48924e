"""The folders: each is a layer, and inside it each folder or file is a subject with the same name in every layer."""

from collections import defaultdict
from pathlib import Path

import pytest

from architecture.sources import PACKAGE, ROOT, complain, package_sources, repository_files

_MAX_MODULES = 15
_MIGRATIONS = ROOT / "backend/alembic/versions"
"""Their number only grows, and they are found by date."""

_SUBJECTS = {
    "achievements",
    "activities",
    "days",
    "exports",
    "goals",
    "history",
    "insight",
    "leaderboards",
    "learners",
    "live",
    "mastery",
    "notices",
    "operations",
    "overview",
    "planner",
    "sharing",
    "sign_in",
    "skills",
    "spaces",
    "streaks",
}
"""The subjects of the service. A new one here is a new part of the product."""

_SHARED_FOLDERS = {
    "db": {"log", "tables"},
    "services": {"projections", "rebuild"},
    "api": {"dashboard", "documentation", "edge", "http"},
    "unit": {"edge"},
    "integration": {"dashboard", "edge", "http"},
}
"""Folders of a layer that belong to no single subject."""

_SERVICES_IN_ORDER = (
    "audit",
    "batches",
    "cursors",
    "idempotency",
    "job_runs",
    "unknown_kinds",
    "notices",
    "history",
    "achievements",
    "projections",
    "skills",
    "learners",
    "leaderboards",
    "sharing",
    "sign_in",
    "streaks",
    "goals",
    "activities",
    "mastery",
    "planner",
    "spaces",
    "rebuild",
    "progress",
)
"""Each may import those before it: facts lead to projections, projections to awards, never back."""


def _folders() -> dict[Path, list[str]]:
    """The module names of every folder of the backend."""
    folders: dict[Path, list[str]] = defaultdict(list)
    for path in repository_files():
        if path.suffix == ".py" and path.name != "__init__.py" and path.is_relative_to(ROOT / "backend"):
            folders[path.parent].append(path.name)
    return folders


def test_folders_are_small() -> None:
    crowded = [
        f"{folder.relative_to(ROOT)}: {len(names)} modules"
        for folder, names in _folders().items()
        if len(names) > _MAX_MODULES and folder != _MIGRATIONS
    ]
    complain(
        f"a folder has at most {_MAX_MODULES} modules",
        "readers search the listing; two folders with two names say more than one long list",
        crowded,
    )


@pytest.mark.parametrize(
    ("layer", "place"),
    [
        *((name, PACKAGE / name) for name in ("rules", "queries", "services", "api", "db", "redis", "jobs")),
        *((name, ROOT / "backend" / "tests" / name) for name in ("unit", "integration")),
    ],
)
def test_every_folder_is_named_after_a_subject(layer: str, place: Path) -> None:
    names = {folder.relative_to(place).parts[0] for folder in _folders() if folder != place and place in folder.parents}
    unknown = sorted(names - _SUBJECTS - _SHARED_FOLDERS.get(layer, set()))
    complain(
        "a folder inside a layer is a subject, the same word in every layer",
        "a reader who finds streaks in one layer finds them in all; add a new subject to _SUBJECTS",
        [f"{layer}/{name}" for name in unknown],
    )


def test_services_import_only_those_before_them() -> None:
    order = {name: place for place, name in enumerate(_SERVICES_IN_ORDER)}
    wrong = []
    for source in package_sources():
        if source.layer != "services" or (subject := _service_subject(source.path)) is None:
            continue
        assert subject in order, (
            f"{source.name}: services/{subject} has no place in the order; add it to _SERVICES_IN_ORDER."
        )
        for line, module in source.imports():
            parts = module.split(".")
            if parts[:2] == ["milepost", "services"] and order.get(parts[2], -1) > order[subject]:
                wrong.append(f"{source.name}:{line} services/{subject} imports {module}")
    complain(
        f"services in this order: {' ← '.join(_SERVICES_IN_ORDER)}",
        "facts lead to projections, and those to awards; code that goes back cannot be read or tested alone",
        wrong,
    )


def _service_subject(path: Path) -> str | None:
    """The subject of a service's module: its folder, or the module itself; None for the layer's own `__init__`."""
    first = path.relative_to(PACKAGE / "services").parts[0].removesuffix(".py")
    return None if first == "__init__" else first


def _imports() -> dict[str, set[str]]:
    """The Milepost modules each Milepost module imports, at any depth of its code."""
    names = {_dotted(source.path) for source in package_sources()}
    graph: dict[str, set[str]] = {}
    for source in package_sources():
        imported = graph.setdefault(_dotted(source.path), set())
        for _line, module in source.imports():
            target = module if module in names else module.rpartition(".")[0]
            if target in names and target != _dotted(source.path):
                imported.add(target)
    return graph


def _dotted(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _cycle(graph: dict[str, set[str]]) -> list[str]:
    """Modules that import each other in a cycle, in order; empty if there is none."""
    finished: set[str] = set()
    for start in graph:
        path, pending = [start], [iter(sorted(graph[start]))]
        while path:
            following = next(pending[-1], None)
            if following is None:
                finished.add(path.pop())
                pending.pop()
            elif following in path:
                return [*path[path.index(following) :], following]
            elif following not in finished:
                path.append(following)
                pending.append(iter(sorted(graph.get(following, ()))))
    return []


def test_no_import_cycle() -> None:
    cycle = _cycle(_imports())
    complain(
        "modules do not import each other in a cycle",
        "none of them can be understood, tested or moved without the others",
        [" → ".join(cycle)] if cycle else [],
    )


def test_a_cycle_is_found() -> None:
    assert _cycle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert _cycle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_no_cycle_hides_behind_type_checking() -> None:
    hidden = [
        f"{source.name}:{line}"
        for source in package_sources()
        for line, module in source.imports()
        if module == "typing.TYPE_CHECKING"
    ]
    complain(
        "no import is only for type checkers",
        "it would hide a cycle; move what both modules need into a third one",
        hidden,
    )
