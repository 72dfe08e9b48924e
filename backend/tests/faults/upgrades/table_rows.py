"""Generated rows for any table, from the columns the database reports.

Tests that need data in every table thus cover new tables without a change. A value depends only on its type and the
row number, so keys of tables that refer to each other agree.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

import asyncpg

_COLUMNS = """
SELECT c.relname, a.attname, format_type(a.atttypid, NULL), a.attnum
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
    AND c.relname NOT LIKE 'alembic%' AND a.attnum > 0 AND NOT a.attisdropped
    AND a.attidentity = '' AND a.attgenerated = ''
ORDER BY c.relname, a.attnum
"""
_CHECKS = """
SELECT conrelid::regclass::text, pg_get_constraintdef(oid) FROM pg_constraint
WHERE contype = 'c' AND connamespace = 'public'::regnamespace
"""
_REFERENCES = """
SELECT conrelid::regclass::text, confrelid::regclass::text FROM pg_constraint
WHERE contype = 'f' AND connamespace = 'public'::regnamespace
"""
_NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
_MAKE: Mapping[str, Callable[[int, int], object]] = {
    "uuid": lambda n, _place: UUID(int=n),
    "text": lambda n, _place: f"text {n}",
    "character varying": lambda n, _place: f"text {n}",
    "boolean": lambda _n, _place: True,
    "smallint": lambda n, _place: 1 + n % 100,
    "integer": lambda n, _place: n,
    "bigint": lambda n, _place: n,
    "numeric": lambda n, _place: 1 + n % 100,
    "double precision": lambda n, _place: float(n),
    "date": lambda n, _place: date(2026, 1, 1) + timedelta(days=n % 10_000),
    # A later column holds a later instant: a start column comes before its end column.
    "timestamp with time zone": lambda n, place: _NOON + timedelta(minutes=n + place),
    "bytea": lambda n, _place: n.to_bytes(8, "big"),
    "json": lambda n, _place: f'{{"n": {n}}}',
    "jsonb": lambda n, _place: f'{{"n": {n}}}',
    "text[]": lambda n, _place: [f"text {n}"],
    "integer[]": lambda n, _place: [n],
    "bigint[]": lambda n, _place: [n],
    "uuid[]": lambda n, _place: [UUID(int=n)],
    "date[]": lambda _n, _place: [date(2026, 1, 1)],
}


@dataclass(frozen=True)
class Table:
    """A table as read from the database: its columns, and an allowed word for each column with a fixed set of words."""

    name: str
    columns: Mapping[str, tuple[str, int]]
    words: Mapping[str, str]

    @property
    def insert(self) -> str:
        """The statement that inserts one row unless its key exists."""
        places = ", ".join(f"${place}" for place in range(1, len(self.columns) + 1))
        return f"INSERT INTO {self.name} ({', '.join(self.columns)}) VALUES ({places}) ON CONFLICT DO NOTHING"

    def row(self, number: int) -> list[object]:
        """The values of row `number` (from 1)."""
        values: list[object] = []
        for column, (kind, place) in self.columns.items():
            assert kind in _MAKE, f"{self.name}.{column}: faults/upgrades/table_rows.py does not know the type {kind}"
            values.append(self.words.get(column) or _MAKE[kind](number, place))
        return values


async def tables(connection: asyncpg.Connection) -> list[Table]:
    """Every table except Alembic's, each after the tables it refers to."""
    columns: dict[str, dict[str, tuple[str, int]]] = {}
    for table, column, kind, place in await connection.fetch(_COLUMNS):
        columns.setdefault(table, {})[column] = (kind, place)
    words: dict[str, dict[str, str]] = {table: {} for table in columns}
    for table, check in await connection.fetch(_CHECKS):
        for column, word in re.findall(r"\((\w+) = (?:ANY \(\(?ARRAY\[)?'(\w+)'::text", check):
            words[table].setdefault(column, word)
    needs: dict[str, set[str]] = {table: set() for table in columns}
    for table, needed in await connection.fetch(_REFERENCES):
        if needed != table:
            needs[table].add(needed)
    ordered: list[Table] = []
    while needs:
        free = sorted(table for table, needed in needs.items() if not needed & needs.keys())
        assert free, f"these tables refer to each other in a cycle: {sorted(needs)}"
        ordered += [Table(table, columns[table], words[table]) for table in free]
        needs = {table: needed for table, needed in needs.items() if table not in free}
    return ordered


async def fill(connection: asyncpg.Connection, into: list[Table], first: int, last: int) -> None:
    """Insert rows `first` to `last` into each table."""
    for table in into:
        await connection.executemany(table.insert, [table.row(number) for number in range(first, last + 1)])
