"""What exports take and answer."""

from typing import Literal

from milepost.api.http.fields import Answer, NamedLearner


class ExportQuery(NamedLearner):
    """`json`: everything kept of the learner. `csv`: the exercises."""

    format: Literal["json", "csv"] = "json"


class ExportOut(Answer):
    """Everything kept of a learner: each table by its name with its rows, columns as they are stored."""

    learner_id: str
    tables: dict[str, list[dict[str, object]]]
