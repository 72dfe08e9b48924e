"""R20: one clock."""

import ast
import re

import pytest

from architecture.sources import ROOT, Source, complain, package_sources, parse

_CLOCK = "backend/src/milepost/resources.py"
_READS = {
    *(("datetime", name) for name in ("now", "utcnow", "today")),
    ("date", "today"),
    *(("time", name) for name in ("time", "time_ns", "localtime", "gmtime", "ctime", "strftime", "clock_gettime")),
    *(("func", name) for name in ("now", "current_date", "current_time", "current_timestamp", "localtimestamp")),
}
_CLOCKS = {("", "time"), ("", "datetime"), ("datetime", "datetime"), ("datetime", "date"), ("sqlalchemy", "func")}
_SQL = re.compile(
    r"\bnow\s*\(\s*\)|\bcurrent_(date|timestamp|time)\b|\blocaltime(stamp)?\b"
    r"|\b(clock|statement|transaction)_timestamp\b|\btimeofday\b"
    # Words PostgreSQL turns into an instant, and age() of one argument, which counts up to now.
    r"|'(now|today|tomorrow|yesterday)'|\bage\s*\(\s*[\w.\"]+\s*\)",
    re.I,
)


def _clock_reads(source: Source) -> list[str]:
    reads = []
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Attribute):
            owner = node.value
            name = owner.id if isinstance(owner, ast.Name) else owner.attr if isinstance(owner, ast.Attribute) else ""
            if (name, node.attr) in _READS:
                reads.append(f"{source.name}:{node.lineno} reads {name}.{node.attr}")
    reads += [
        f"{source.name}:{line} imports {module}"
        for line, module in source.imports()
        if tuple(module.rsplit(".", 1)) in _READS
    ]
    reads += [
        f"{source.name}:{node.lineno} renames {alias.name}; this test does not recognise the new name"
        for node in ast.walk(source.tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
        for alias in node.names
        if (getattr(node, "module", ""), alias.name) in _CLOCKS and alias.asname not in (None, alias.name)
    ]
    reads += [f"{source.name}:{line} reads the clock in SQL" for line, text in source.strings() if _SQL.search(text)]
    return reads


def test_R20_the_clock_is_read_in_one_module() -> None:
    migrations = tuple(parse(path) for path in sorted((ROOT / "backend/alembic").rglob("*.py")))
    wrong = [
        place for source in (*package_sources(), *migrations) if source.name != _CLOCK for place in _clock_reads(source)
    ]
    complain(
        f"only {_CLOCK} reads the wall clock; other code asks its Clock (durations use time.monotonic)",
        "tests, imports and replays must be able to set the time, and one request must have a single now",
        wrong,
    )


def test_the_named_module_reads_the_clock() -> None:
    assert _clock_reads(parse(ROOT / _CLOCK)), f"{_CLOCK} no longer reads the clock; name the module that does"


@pytest.mark.parametrize(
    "text",
    [
        "datetime.now(UTC)",
        "datetime.datetime.utcnow()",
        "read = datetime.now",
        "date.today()",
        "time.time()",
        "from time import time_ns",
        "time.strftime('%Y')",
        "from datetime import datetime as dt",
        "import time as clock",
        "sa.func.now()",
        "Column(server_default=func.current_date())",
        "x = 'SELECT now ( )'",
        "f'WHERE created_at < {column} AND Current_Timestamp'",
        "x = 'SELECT LOCALTIMESTAMP'",
        "x = 'SELECT transaction_timestamp()'",
        "x = \"SELECT 'today'::date\"",
        "x = 'SELECT age(created_at)'",
    ],
)
def test_each_way_to_read_a_clock_is_found(text: str) -> None:
    assert _clock_reads(Source(ROOT / "example.py", text, ast.parse(text))) != []


@pytest.mark.parametrize(
    "text",
    [
        "resources.clock.now()",
        "time.monotonic()",
        "loop.time()",
        "x = 'it is now or never, today'",
        "x = 'SELECT age(a, b), message(x)'",
        "from datetime import datetime, time as wall_time",
    ],
)
def test_code_that_reads_no_clock_passes(text: str) -> None:
    assert _clock_reads(Source(ROOT / "example.py", text, ast.parse(text))) == []
