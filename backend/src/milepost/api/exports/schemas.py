"""Exports on the wire."""

from typing import Literal

from milepost.api.http.fields import Answer, NamedLearner


class ExportQuery(NamedLearner):
    """`json`: all data of the learner. `csv`: the exercises."""

    format: Literal["json", "csv"] = "json"


class ExportOut(Answer):
    """All data of a learner: the rows of each table by table name, with columns as stored."""

    learner_id: str
    tables: dict[str, list[dict[str, object]]]
