"""Sums of the activities in a window of days by type, topic, path or difficulty.

They come from two running totals and the cells of the few days around them that no total covers, so the cost does not
depend on the length of the window.

A statement starts with `WINDOW` and selects `totals_column(…)` for each label; `amounts_by_name` reads the result. Its
parameters: $1 is the learner, $2 and $3 are the first and the last day.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Literal

import orjson

from milepost.db.tables.sums import MASTERY_SUMS
from milepost.rules.insight.running_totals import MAX_NAMES, Amounts, Cell, Totals, amounts_between
from milepost.rules.mastery.totals import GradeTotals, WeightedSums

Label = Literal["object_type", "topic", "path", "difficulty"]

TOTALS_COLUMNS: Mapping[Label, str] = {
    "object_type": "by_type",
    "topic": "by_topic",
    "path": "by_path",
    "difficulty": "by_difficulty",
}
"""The column of `running_totals` of each label."""
STORED_COLUMNS = (*TOTALS_COLUMNS.values(), "grades_by_topic")
"""All columns of `running_totals` with sums, in the order of `totals_from_json`."""
CELL_COLUMNS = ("local_day", *TOTALS_COLUMNS, *Amounts._fields, *MASTERY_SUMS)
"""The columns of a cell that totals sum, in the order of `cell_of`."""

_CELLS = f"SELECT {', '.join((*TOTALS_COLUMNS, *Amounts._fields))} FROM activity_cells WHERE learner_id = $1"
_SUMS = ", ".join(f"sum({name})::bigint AS {name}" for name in Amounts._fields)


def bounds_cte(condition: str = "TRUE") -> str:
    """The CTE `bounds` with the days of the `first` and the `last` total for days from $2 to $3; without any, both are
    null. The first may be of the day before the first day.
    """
    totals = f"""
    SELECT through FROM running_totals WHERE learner_id = $1 AND through >= $2::date - 1 AND through <= $3::date
        AND through <= (SELECT totals_through FROM learners WHERE learner_id = $1) AND {condition}
    """
    return f"""bounds AS MATERIALIZED (
    SELECT ({totals} ORDER BY through LIMIT 1) AS first, ({totals} ORDER BY through DESC LIMIT 1) AS last
)"""


# Without totals, every cell is read.
WINDOW = f"""
WITH {bounds_cte()}, around AS (
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


def cell_of(day: date, object_type: str, topic: str, path: str, difficulty: str, *amounts: int) -> Cell:
    """A cell from its `CELL_COLUMNS`."""
    *counted, weight, grade_milli, weighted_typical_milli, typical_milli = amounts
    weighted = WeightedSums(weight, grade_milli, weighted_typical_milli)
    return Cell(day, object_type, topic, path, difficulty, Amounts(*counted), weighted, typical_milli)


def totals_from_json(*columns: str | None) -> Totals:
    """Totals from `STORED_COLUMNS`; empty if these are None."""
    *by_label, grades = columns
    by_type, by_topic, by_path, by_difficulty = (_amounts(_loaded(column)) for column in by_label)
    return Totals(by_type, by_topic, by_path, by_difficulty, grades_from_json(grades))


def totals_to_json(totals: Totals) -> tuple[str, ...]:
    """Totals in the format of `totals_from_json`."""
    amounts = ({name: [*sums] for name, sums in by_name.items()} for by_name in totals.by_label)
    grades = {
        topic: [
            of.last_day,
            of.grades,
            of.grade_milli,
            of.typical_milli,
            *of.weighted,
            *of.topic_faded,
            *of.learner_faded,
        ]
        for topic, of in totals.grades.items()
    }
    return tuple(orjson.dumps(column).decode() for column in (*amounts, grades))


def grades_from_json(column: str | None, as_of: date | None = None) -> dict[str, GradeTotals]:
    """Grades by topic from the column `grades_by_topic`; none for None.

    `as_of`: the day to which their sums have faded. Without it, each topic's last day.
    """
    by_topic = {}
    for topic, (day, grades, grade_milli, typical_milli, *sums) in _loaded(column).items():
        last_day = date.fromisoformat(day)
        by_topic[topic] = GradeTotals(
            last_day,
            as_of or last_day,
            grades,
            grade_milli,
            typical_milli,
            weighted=WeightedSums(*sums[:3]),
            topic_faded=WeightedSums(*sums[3:6]),
            learner_faded=WeightedSums(*sums[6:]),
        )
    return by_topic


def _amounts(by_name: Mapping[str, Sequence[int]] | None) -> dict[str, Amounts]:
    return {name: Amounts(*amounts) for name, amounts in (by_name or {}).items()}


def _loaded(column: str | None) -> Mapping[str, Sequence[Any]]:
    loaded: Mapping[str, Sequence[Any]] = orjson.loads(column) if column else {}
    return loaded
