"""The contents of exports: the exercises as CSV, or everything stored of a learner as one JSON object; both by COPY.

The schema says which tables belong to a learner, so that none is forgotten. `stream.py` sends the rows.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Protocol
from uuid import UUID

import orjson

from milepost.db.log.contributions import COUNTED_POINTS
from milepost.db.tables import metadata
from milepost.db.tables.exported_columns import columns_of, learner_tables, rfc3339
from milepost.rules.activities import EXERCISE

CSV_HEADER = (
    "local_day",
    "occurred_at",
    "verb",
    "object_type",
    "object_id",
    "topic",
    "path",
    "difficulty",
    "value",
    "duration_seconds",
    "hints_used",
    "points",
    "session_id",
    "not_counted",
    "sender",
    "id",
    "space_id",
    "space_title",
    "goal_id",
    "goal_title",
)
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
"""Tells spreadsheets that a file is UTF-8."""
_TEXTS = frozenset(
    (
        *("verb", "object_type", "object_id", "topic", "path", "difficulty", "session_id", "not_counted"),
        *("sender", "id", "space_id", "space_title", "goal_id", "goal_title"),
    )
)
_TITLES = {"space_title": "s.title", "goal_title": "g.title"}
_FORMULA_BEGINS = "=+-@\t\r\n＝＋－＠"
"""Spreadsheets take a cell that begins with one of these for a formula, or skip it and look further (OWASP, CSV
injection)."""
# JSON text contains neither byte: nothing is quoted, and a line end is the end of a row.
_BARE_LINES = {"format": "csv", "delimiter": "\x01", "quote": "\x02"}


@dataclass(frozen=True, slots=True)
class Copy:
    """One COPY: the query, and asyncpg's options of its format."""

    query: str
    options: dict[str, str | bool]


class Rewriting(Protocol):
    """Rewrites the output of COPY for the export, chunk by chunk; chunks end anywhere."""

    def chunk(self, copied: bytes) -> bytes:
        """The next chunk, rewritten."""
        ...


class ExportFormat(Protocol):
    """One export: its copies, and the bytes before, between and after them."""

    def copies(self) -> Iterator[tuple[bytes, Copy, Rewriting]]:
        """The copies in order, each with the bytes before it."""
        ...

    @property
    def end(self) -> bytes:
        """The bytes after the last copy."""
        ...


class ExercisesAsCsv:
    """Every exercise that is not voided, oldest first. RFC 4180: CRLF, quotes doubled, one header.

    `begin`: bytes before the header, such as `BYTE_ORDER_MARK`. `first`, `last`: only exercises of these local days.
    """

    end = b""

    def __init__(
        self, learner_id: UUID, begin: bytes = b"", first: date | None = None, last: date | None = None
    ) -> None:
        self._learner_id = learner_id
        self._begin = begin
        self._first = first
        self._last = last

    def copies(self) -> Iterator[tuple[bytes, Copy, Rewriting]]:
        """One copy."""
        shown = ", ".join(f"{_cell(name)} AS {name}" for name in CSV_HEADER)
        query = f"""
        SELECT {shown} FROM activities a
        LEFT JOIN spaces s ON (s.learner_id, s.space_id) = (a.learner_id, a.space_id)
        LEFT JOIN composite_goals g ON (g.learner_id, g.goal_id) = (a.learner_id, a.goal_id)
        WHERE a.learner_id = '{self._learner_id}' AND a.voided_at IS NULL AND a.counts & {EXERCISE} <> 0
            AND a.local_day BETWEEN '{self._first or "-infinity"}' AND '{self._last or "infinity"}'
        ORDER BY a.local_day, a.occurred_at, a.sender, a.id
        """
        yield self._begin, Copy(query, {"format": "csv", "header": True}), CarriageReturns()


class CarriageReturns:
    """Rows end with CRLF; line ends inside a quoted cell are the sender's and stay."""

    def __init__(self) -> None:
        self._is_quoted = False

    def chunk(self, copied: bytes) -> bytes:
        """The next chunk, rewritten. A doubled quote leaves the cell and enters it again, which changes nothing."""
        if b'"' not in copied:
            return copied if self._is_quoted else copied.replace(b"\n", b"\r\n")
        pieces = copied.split(b'"')
        first = int(self._is_quoted)
        pieces[first::2] = [piece.replace(b"\n", b"\r\n") for piece in pieces[first::2]]
        self._is_quoted = (len(pieces) % 2 == 0) != self._is_quoted
        return b'"'.join(pieces)


class EverythingAsJson:
    """`{"learner_id": …, "tables": {name: [row, …], …}}` with every table that has a `learner_id`, by name.

    Rows have the columns of `columns_of`.
    """

    end = b"]}}\n"

    def __init__(self, learner_id: UUID) -> None:
        self._learner_id = learner_id

    def copies(self) -> Iterator[tuple[bytes, Copy, Rewriting]]:
        """One copy for each table; each row is written with a comma before it."""
        opening = b'{"learner_id":"%s","tables":{' % str(self._learner_id).encode()
        for table in learner_tables():
            key = ", ".join(column.name for column in metadata.tables[table].primary_key)
            rows = f"SELECT {_columns(table)} FROM {table} a WHERE a.learner_id = '{self._learner_id}' ORDER BY {key}"
            copy = Copy(f"SELECT ',' || row_to_json(r)::text FROM ({rows}) r", {**_BARE_LINES})
            yield opening + orjson.dumps(table) + b":[\n", copy, WithoutFirstByte()
            opening = b"],"


class WithoutFirstByte:
    """The first row needs no comma."""

    def __init__(self) -> None:
        self._is_first = True

    def chunk(self, copied: bytes) -> bytes:
        """The next chunk, rewritten."""
        if self._is_first and copied:
            self._is_first = False
            return copied[1:]
        return copied


def _columns(table: str) -> str:
    return ", ".join(f'{column.expression} AS "{column.name}"' for column in columns_of(table))


def _cell(name: str) -> str:
    """A column as CSV shows it: '' as nothing, instants as RFC 3339 in UTC, values as 0–100, no text a formula."""
    column = _TITLES.get(name, f"a.{name}")
    if name == "occurred_at":
        return rfc3339(column)
    if name == "value":
        return "a.value_milli::float8 / 1000"
    if name == "points":
        return COUNTED_POINTS
    if name not in _TEXTS:
        return column
    begins = ", ".join(str(ord(character)) for character in _FORMULA_BEGINS)
    return f"CASE WHEN ascii({column}) IN ({begins}) THEN '''' || {column} ELSE nullif({column}, '') END"
