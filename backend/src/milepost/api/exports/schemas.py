"""Exports on the wire."""

from typing import Annotated, Literal

from pydantic import Field

from milepost.api.http.fields import Answer, NamedLearner

Bom = Annotated[
    Literal["0", "1"],
    Field(description="`1`: begin CSV with a byte order mark, by which spreadsheets recognise UTF-8."),
]


class CsvQuery(NamedLearner):
    """How the file begins."""

    bom: Bom = "0"


class ExportQuery(CsvQuery):
    """`json`: all data of the learner. `csv`: the exercises."""

    format: Literal["json", "csv"] = "json"


class ExportOut(Answer):
    """All data of a learner: the rows of each table by table name, with columns as stored."""

    learner_id: str
    tables: dict[str, list[dict[str, object]]]
