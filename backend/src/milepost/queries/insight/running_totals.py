"""Sums of the activities in a window of days by type, topic, path or difficulty.

They come from two running totals and the cells of the few days around them that no total covers, so the cost does not
depend on the length of the window.

A statement starts with `WINDOW` and selects `totals_column(…)` for each label; `amounts_by_name` reads the result. Its
parameters: $1 is the learner, $2 and $3 are the first and the last day.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import orjson

from milepost.rules.insight.running_totals import MAX_NAMES, Amounts, amounts_between

Label = Literal["object_type", "topic", "path", "difficulty"]

TOTALS_COLUMNS: Mapping[Label, str] = {
    "object_type": "by_type",
    "topic": "by_topic",
    "path": "by_path",
    "difficulty": "by_difficulty",
}
"""The column of `running_totals` of each label."""
CELL_COLUMNS = (*TOTALS_COLUMNS, *Amounts._fields)
"""The columns of a cell that totals sum, in the order of `Cell`, without its day."""

_CELLS = f"SELECT {', '.join(CELL_COLUMNS)} FROM activity_cells WHERE learner_id = $1"
_SUMS = ", ".join(f"sum({name})::bigint AS {name}" for name in Amounts._fields)

_VALID_TOTALS = """
SELECT through FROM running_totals WHERE learner_id = $1 AND through >= $2::date - 1 AND through <= $3::date
    AND through <= (SELECT totals_through FROM learners WHERE learner_id = $1)
"""
# The first total may be of the day before the window. Without totals both are null, and every cell is read.
WINDOW = f"""
WITH bounds AS MATERIALIZED (
    SELECT ({_VALID_TOTALS} ORDER BY through LIMIT 1) AS first, ({_VALID_TOTALS} ORDER BY through DESC LIMIT 1) AS last
), around AS (
    {_CELLS} AND local_day BETWEEN $2 AND coalesce((SELECT first FROM bounds), $3)
    UNION ALL
    {_CELLS} AND local_day > (SELECT last FROM bounds) AND local_day <= $3
)
"""


def totals_column(label: Label, most_first: str = "activities") -> str:
    """SQL of a column named like the one of `running_totals`: both totals by name, and at most `MAX_NAMES` names of the
    cells around them, those with most `most_first` first.
    """
    column = TOTALS_COLUMNS[label]
    total = f"SELECT {column} FROM running_totals WHERE learner_id = $1 AND through"
    return f"""
    json_build_array(({total} = (SELECT first FROM bounds)), ({total} = (SELECT last FROM bounds)), (
        SELECT json_object_agg(name, json_build_array({", ".join(Amounts._fields)})) FROM (
            SELECT {label} AS name, {_SUMS} FROM around
            GROUP BY {label} ORDER BY {most_first} DESC, 1 LIMIT {MAX_NAMES}
        ) summed
    ))::text AS {column}
    """


def amounts_by_name(column: str) -> dict[str, Amounts]:
    """The sums in a column made by `totals_column`, by name; '' for activities without one."""
    return amounts_between(*map(_amounts, orjson.loads(column)))


def amounts_from_json(column: str | None) -> dict[str, Amounts]:
    """Amounts by name from a column of `running_totals`; empty for None."""
    return _amounts(orjson.loads(column) if column else None)


def _amounts(by_name: Mapping[str, Sequence[int]] | None) -> dict[str, Amounts]:
    return {name: Amounts(*amounts) for name, amounts in (by_name or {}).items()}


def amounts_to_json(by_name: Mapping[str, Amounts]) -> str:
    """Amounts by name in the format of `amounts_from_json`."""
    return orjson.dumps({name: [*amounts] for name, amounts in by_name.items()}).decode()
