"""The activities of a window of days by type, topic, path or difficulty: two running totals, and the cells of the few
days around them that no total covers. How much is read does not depend on how much lies in the window.

A statement puts `WINDOW` in front and selects `named(…)` for each label it wants, which `amounts_by_name` reads. Its
parameters: $1 the learner, $2 and $3 the first and the last day.
"""

from collections.abc import Mapping, Sequence
from typing import Literal

import orjson

from milepost.rules.insight.running_totals import MAX_NAMES, Amounts, amounts_between

Label = Literal["object_type", "topic", "path", "difficulty"]

KEPT_AS: Mapping[Label, str] = {
    "object_type": "by_type",
    "topic": "by_topic",
    "path": "by_path",
    "difficulty": "by_difficulty",
}
"""The column of `running_totals` of each label."""
CELL_COLUMNS = (*KEPT_AS, *Amounts._fields)
"""What totals know of a cell, in the order of `Cell`, after its day."""

_CELLS = f"SELECT {', '.join(CELL_COLUMNS)} FROM activity_cells WHERE learner_id = $1"
_SUMS = ", ".join(f"sum({name})::bigint AS {name}" for name in Amounts._fields)

_HOLDING = """
SELECT through FROM running_totals WHERE learner_id = $1 AND through >= $2::date - 1 AND through <= $3::date
    AND through <= (SELECT totals_through FROM learners WHERE learner_id = $1)
"""
# The first total may lie on the day before the window. Without totals both are null: every cell is read.
WINDOW = f"""
WITH held AS MATERIALIZED (
    SELECT ({_HOLDING} ORDER BY through LIMIT 1) AS first, ({_HOLDING} ORDER BY through DESC LIMIT 1) AS last
), around AS (
    {_CELLS} AND local_day BETWEEN $2 AND coalesce((SELECT first FROM held), $3)
    UNION ALL
    {_CELLS} AND local_day > (SELECT last FROM held) AND local_day <= $3
)
"""


def named(label: Label, most_first: str = "activities") -> str:
    """A column, called as totals keep it: both totals by name, and at most `MAX_NAMES` names of the cells around."""
    kept_as = KEPT_AS[label]
    kept = f"SELECT {kept_as} FROM running_totals WHERE learner_id = $1 AND through"
    return f"""
    json_build_array(({kept} = (SELECT first FROM held)), ({kept} = (SELECT last FROM held)), (
        SELECT json_object_agg(name, json_build_array({", ".join(Amounts._fields)})) FROM (
            SELECT {label} AS name, {_SUMS} FROM around
            GROUP BY {label} ORDER BY {most_first} DESC, 1 LIMIT {MAX_NAMES}
        ) summed
    ))::text AS {kept_as}
    """


def amounts_by_name(column: str) -> dict[str, Amounts]:
    """What a column of `named` comes to; '' for what named none."""
    return amounts_between(*map(_amounts, orjson.loads(column)))


def from_json(kept: str | None) -> dict[str, Amounts]:
    """Amounts by name as `running_totals` keeps them; of no row none."""
    return _amounts(orjson.loads(kept) if kept else None)


def _amounts(by_name: Mapping[str, Sequence[int]] | None) -> dict[str, Amounts]:
    return {name: Amounts(*amounts) for name, amounts in (by_name or {}).items()}


def as_json(by_name: Mapping[str, Amounts]) -> str:
    """What `from_json` reads."""
    return orjson.dumps({name: [*amounts] for name, amounts in by_name.items()}).decode()
