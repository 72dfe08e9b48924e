"""Exports on the wire."""

from types import GenericAlias
from typing import Annotated, Any, Literal

from pydantic import Field, create_model

from milepost.api.documentation.vocabulary import description, field_entry
from milepost.api.http.fields import Answer, Day, Instant, UuidText
from milepost.api.http.windows import WindowQuery
from milepost.db.tables.exported_columns import ExportedKind, columns_of, learner_tables

Bom = Annotated[
    Literal["0", "1"],
    Field(description="`1`: begin CSV with a byte order mark, by which spreadsheets recognise UTF-8."),
]


class CsvQuery(WindowQuery):
    """The exercises of the days from `from` to `to`, both inclusive and without a limit; and how the file begins."""

    bom: Bom = "0"


class ExportQuery(CsvQuery):
    """`json`: all data of the learner. `csv`: the exercises, of all days or of those from `from` to `to`."""

    format: Literal["json", "csv"] = "json"


_TYPES: dict[ExportedKind, Any] = {
    "integer": int,
    "number": float,
    "text": str,
    "boolean": bool,
    "uuid": UuidText,
    "day": Day,
    "instant": Instant,
    "json": object,
}


def _row_of(table: str) -> type[Answer]:
    """The model of a row of a table."""
    fields: dict[str, Any] = {}
    for column in columns_of(table):
        said = description(field_entry("", column.name))
        about = " ".join(part for part in (said, column.about) if part) or "As stored."
        fields[column.name] = (_TYPES[column.kind] | None, Field(description=about))
    title = "".join(word.capitalize() for word in table.split("_"))
    return create_model(f"Exported{title}", __base__=Answer, __doc__=f"A row of `{table}`.", **fields)


_ROWS: dict[str, Any] = {table: _row_of(table) for table in learner_tables()}
_TABLES: dict[str, Any] = {
    table: (GenericAlias(list, (_ROWS[table],)), Field(description=f"Every row of `{table}`."))
    for table in learner_tables()
}
ExportedTables = create_model("ExportedTables", __base__=Answer, __doc__="All rows of a learner, by table.", **_TABLES)


class ExportOut(Answer):
    """All data of a learner, in the words of the API: thousandths are the values they are of, instants are in UTC."""

    learner_id: UuidText
    tables: ExportedTables
