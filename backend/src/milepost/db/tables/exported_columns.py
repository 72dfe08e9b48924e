"""The columns of learners' tables as exports name and write them: in the words of the API.

The schema says which tables belong to a learner, so that none is forgotten.
"""

from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import JSON, Boolean, Column, Date, DateTime, Integer, LargeBinary, Numeric, Text, Uuid
from sqlalchemy.types import TypeEngine

from milepost.db.log.contributions import COUNTED_POINTS
from milepost.db.tables import metadata


def learner_tables() -> list[str]:
    """Every table that holds rows of learners, by name."""
    return sorted(table.name for table in metadata.tables.values() if "learner_id" in table.columns)


ExportedKind = Literal["integer", "number", "text", "boolean", "uuid", "day", "instant", "json"]


@dataclass(frozen=True, slots=True)
class ExportedColumn:
    """A column as the API names and writes it: its name, its expression over the table `a`, and its kind."""

    name: str
    expression: str
    kind: ExportedKind
    about: str | None


_IN_API_WORDS = {
    ("activities", "value_milli"): "value",
    ("activities", "typical_milli"): "typical",
    ("space_metrics", "value_milli"): "value_sum",
    ("space_tasks", "best_milli"): "best_value",
    ("goal_periods", "target"): "target_value",
    ("goal_periods", "achieved"): "achieved_value",
    ("goal_periods", "percent"): "percent_complete",
}
_THOUSANDTHS = "_milli"
_KINDS: tuple[tuple[type[TypeEngine[Any]], ExportedKind], ...] = (
    (Boolean, "boolean"),
    (Integer, "integer"),
    (Numeric, "number"),
    (Uuid, "uuid"),
    (Date, "day"),
    (DateTime, "instant"),
    (JSON, "json"),
    (Text, "text"),
    (LargeBinary, "text"),
)


def columns_of(table: str) -> list[ExportedColumn]:
    """Every column of a table of learners, in the API's words.

    Thousandths become the values they are of, instants are RFC 3339 in UTC, and points that do not count are 0, as in
    every other answer. An instant before all time is null. Bytes are base64.
    """
    return [_exported(table, column) for column in metadata.tables[table].columns]


def _exported(table: str, column: Column[Any]) -> ExportedColumn:
    name = _IN_API_WORDS.get((table, column.name), column.name)
    kind = next(kind for type_, kind in _KINDS if isinstance(column.type, type_))
    expression = f'a."{column.name}"'
    if (table, name) == ("activities", "points"):
        expression = COUNTED_POINTS
    elif (table, name) == ("streak_excuses", "created_by"):
        # Who of the administrators it was is for the audit.
        expression = f"CASE {expression} WHEN 'learner' THEN 'learner' ELSE 'administrator' END"
    elif column.name.endswith(_THOUSANDTHS):
        name = name.replace(_THOUSANDTHS, "_sum")
        kind, expression = "number", f"trim_scale({expression}::numeric / 1000)"
    elif isinstance(column.type, LargeBinary):
        # PostgreSQL breaks base64 into lines.
        expression = f"translate(encode({expression}, 'base64'), E'\\n', '')"
    elif kind == "instant":
        expression = f"CASE WHEN isfinite({expression}) THEN {rfc3339(expression)} END"
    return ExportedColumn(name, expression, kind, column.comment)


def rfc3339(instant: str) -> str:
    """An instant as text, in UTC: the connection's zone."""
    return f"overlay({instant}::timestamp::text PLACING 'T' FROM 11 FOR 1) || 'Z'"
