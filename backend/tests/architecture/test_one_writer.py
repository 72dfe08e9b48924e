"""Tables that only one module writes."""

import re
from collections.abc import Iterator
from pathlib import Path

from architecture.sources import Source, complain, package_sources, parse

_WRITERS = {"notices": "backend/src/milepost/services/notices.py"}


def _writes(source: Source, table: str) -> Iterator[int]:
    """The lines of the string constants whose SQL writes this table."""
    write = re.compile(rf'\b(INSERT\s+INTO|UPDATE|DELETE\s+FROM|MERGE\s+INTO|COPY)\s+(ONLY\s+)?"?{table}\b', re.I)
    yield from (line for line, text in source.strings() if write.search(text))


def test_notices_have_one_writer() -> None:
    wrong = [
        f"{source.name}:{line} writes {table}"
        for table, writer in _WRITERS.items()
        for source in package_sources()
        if source.name != writer
        for line in _writes(source, table)
    ]
    complain(
        "only services/notices.py writes notices; other modules hand it what to tell",
        "quiet mode and the numbers of notices must be decided in one place",
        wrong,
    )


def test_the_writer_is_found() -> None:
    writers = {source.name for source in package_sources() if any(_writes(source, "notices"))}
    assert writers == set(_WRITERS.values())


def test_a_write_is_found_in_any_statement(tmp_path: Path) -> None:
    module = tmp_path / "module.py"
    module.write_text(
        '"""INSERT INTO notices: a docstring is no statement."""\n'
        'A = "insert into notices (learner_id) VALUES ($1)"\n'
        'B = f"WITH n AS (SELECT 1) INSERT\\n  INTO notices SELECT {A} FROM n"\n'
        'C = "UPDATE notices SET seen_at = $1"\n'
        'D = "SELECT n FROM notices"\n'
        'E = "INSERT INTO notices_archive SELECT 1"\n',
        "utf-8",
    )
    assert sorted(_writes(parse(module), "notices")) == [2, 3, 4]
