"""R20: one clock."""

import ast
import re

from sources import ROOT, Source, complain, package_sources, parse

_CLOCK = "backend/src/milepost/resources.py"
_READS = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
    ("time", "time_ns"),
    ("time", "localtime"),
    ("time", "gmtime"),
    ("func", "now"),
    ("func", "current_date"),
    ("func", "current_timestamp"),
}
_SQL = re.compile(
    r"\bnow\s*\(\s*\)|\bcurrent_(date|timestamp|time)\b|\blocaltimestamp\b|\b(clock|statement)_timestamp\b", re.I
)


def _clock_reads(source: Source) -> list[str]:
    found = []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute):
            owner = node.value
            name = owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
            if (name, node.attr) in _READS:
                found.append(f"{source.name}:{node.lineno} reads {name}.{node.attr}")
    found += [
        f"{source.name}:{line} imports {module}"
        for line, module in source.imports()
        if module in {"time.time", "time.time_ns"}
    ]
    found += [f"{source.name}:{line} lets SQL say now" for line, text in source.strings() if _SQL.search(text)]
    return found


def test_R20_the_clock_is_read_in_one_module() -> None:
    migrations = tuple(parse(path) for path in sorted((ROOT / "backend/alembic").rglob("*.py")))
    wrong = [
        place for source in (*package_sources(), *migrations) if source.name != _CLOCK for place in _clock_reads(source)
    ]
    complain(
        f"only {_CLOCK} reads the wall clock; everybody else asks its Clock (durations use time.monotonic)",
        "a test, an import and a replay must be able to say what time it is, and one request must have one now",
        wrong,
    )


def test_the_one_clock_is_where_this_test_thinks_it_is() -> None:
    assert _clock_reads(parse(ROOT / _CLOCK)), f"{_CLOCK} no longer reads the clock; name the module that does"
