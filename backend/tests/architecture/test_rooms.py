"""The rooms of the house: a folder is a layer, inside it a folder or file is a subject, everywhere the same word."""

from collections import defaultdict
from pathlib import Path

import pytest

from architecture.sources import PACKAGE, ROOT, complain, package_sources, repository_files

_MAX_MODULES = 15
_MIGRATIONS = ROOT / "backend/alembic/versions"
"""They only ever become more, and are read by their date."""

_SUBJECTS = {
    "achievements",
    "activities",
    "days",
    "exports",
    "goals",
    "history",
    "insight",
    "learners",
    "operations",
    "overview",
    "planner",
    "skills",
    "spaces",
    "streaks",
}
"""What the service is about. A new word here is a new part of the product."""

_SHARED_ROOMS = {
    "db": {"log", "tables"},
    "services": {"projections", "rebuild"},
    "api": {"edge", "http"},
    "unit": {"edge"},
    "integration": {"edge", "http"},
}
"""Rooms of a layer that no single subject owns."""

_SERVICES_IN_ORDER = (
    "audit",
    "batches",
    "cursors",
    "job_runs",
    "notices",
    "history",
    "achievements",
    "projections",
    "skills",
    "learners",
    "streaks",
    "goals",
    "activities",
    "planner",
    "spaces",
    "rebuild",
    "progress",
)
"""Each may import those before it: facts lead to projections, projections to awards, and never back."""


def _folders() -> dict[Path, list[str]]:
    """The modules of every folder of the backend."""
    folders: dict[Path, list[str]] = defaultdict(list)
    for path in repository_files():
        if path.suffix == ".py" and path.name != "__init__.py" and path.is_relative_to(ROOT / "backend"):
            folders[path.parent].append(path.name)
    return folders


def test_a_folder_can_be_taken_in_at_a_glance() -> None:
    crowded = [
        f"{folder.relative_to(ROOT)}: {len(names)} modules"
        for folder, names in _folders().items()
        if len(names) > _MAX_MODULES and folder != _MIGRATIONS
    ]
    complain(
        f"a folder has at most {_MAX_MODULES} modules",
        "who looks for a place reads the listing; two rooms with two names say more than one long list",
        crowded,
    )


@pytest.mark.parametrize(
    ("layer", "place"),
    [
        *((name, PACKAGE / name) for name in ("rules", "queries", "services", "api", "db", "redis", "jobs")),
        *((name, ROOT / "backend" / "tests" / name) for name in ("unit", "integration")),
    ],
)
def test_every_room_is_named_after_a_subject(layer: str, place: Path) -> None:
    rooms = {folder.relative_to(place).parts[0] for folder in _folders() if folder != place and place in folder.parents}
    strange = sorted(rooms - _SUBJECTS - _SHARED_ROOMS.get(layer, set()))
    complain(
        "a folder inside a layer is a subject, the same word in every layer",
        "who knows where streaks are in one layer knows it in all; give a new subject its line in _SUBJECTS",
        [f"{layer}/{name}" for name in strange],
    )


def test_services_know_only_what_comes_before_them() -> None:
    order = {name: place for place, name in enumerate(_SERVICES_IN_ORDER)}
    wrong = []
    for source in package_sources():
        if source.layer != "services" or (subject := _room(source.path)) is None:
            continue
        assert subject in order, f"{source.name}: where does services/{subject} stand? Give it a place in the order."
        for line, module in source.imports():
            parts = module.split(".")
            if parts[:2] == ["milepost", "services"] and order.get(parts[2], -1) > order[subject]:
                wrong.append(f"{source.name}:{line} services/{subject} imports {module}")
    complain(
        f"services in this order: {' ← '.join(_SERVICES_IN_ORDER)}",
        "a fact leads to projections, and those to awards; code that goes back can be neither read nor tested alone",
        wrong,
    )


def _room(path: Path) -> str | None:
    """The subject of a service's module: its folder, or the module itself; None for the layer's own `__init__`."""
    first = path.relative_to(PACKAGE / "services").parts[0].removesuffix(".py")
    return None if first == "__init__" else first


def _imports() -> dict[str, set[str]]:
    """Which of our modules each of our modules imports, wherever the import is written."""
    names = {_dotted(source.path) for source in package_sources()}
    graph: dict[str, set[str]] = {}
    for source in package_sources():
        known = graph.setdefault(_dotted(source.path), set())
        for _line, module in source.imports():
            found = module if module in names else module.rpartition(".")[0]
            if found in names and found != _dotted(source.path):
                known.add(found)
    return graph


def _dotted(path: Path) -> str:
    parts = path.relative_to(PACKAGE.parent).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _circle(graph: dict[str, set[str]]) -> list[str]:
    """Modules that import each other in a circle, in order; empty where there is none."""
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


def test_no_circle() -> None:
    circle = _circle(_imports())
    complain(
        "modules do not import each other in a circle",
        "neither can be understood, tested or moved without the other",
        [" → ".join(circle)] if circle else [],
    )


def test_a_circle_is_found() -> None:
    assert _circle({"a": {"b"}, "b": {"c"}, "c": {"b"}}) == ["b", "c", "b"]
    assert _circle({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == []


def test_no_circle_hides_behind_type_checking() -> None:
    hidden = [
        f"{source.name}:{line}"
        for source in package_sources()
        for line, module in source.imports()
        if module == "typing.TYPE_CHECKING"
    ]
    complain(
        "no import for type checkers alone",
        "it would hide a circle; move what both need into a module of its own",
        hidden,
    )
