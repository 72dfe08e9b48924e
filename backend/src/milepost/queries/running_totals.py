"""The activities of a window of days by type, topic, path or difficulty: two running totals, and the cells of the few
days around them that no total covers. How much is read does not depend on how much lies in the window.

A statement puts `WINDOW` in front and selects `named(…)` for each label it wants. Its parameters: $1 the learner,
$2 and $3 the first and the last day.
"""

from collections.abc import Mapping
from typing import Literal

import orjson

from milepost.rules.running_totals import MOST_NAMES, Amounts, between

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

# The first total may lie on the day before the window. Without totals both are null: every cell is read.
WINDOW = f"""
WITH held AS MATERIALIZED (
    SELECT min(through) AS first, max(through) AS last FROM running_totals
    WHERE learner_id = $1 AND through >= $2::date - 1 AND through <= $3::date
        AND through <= (SELECT totals_through FROM learners WHERE learner_id = $1)
), around AS (
    {_CELLS} AND local_day BETWEEN $2 AND coalesce((SELECT first FROM held), $3)
    UNION ALL
    {_CELLS} AND local_day > (SELECT last FROM held) AND local_day <= $3
)
"""


def named(label: Label, most_first: str = "activities") -> str:
    """Three columns for `amounts_by_name`: the cells around the totals, at most `MOST_NAMES` names, and both totals."""
    kept = f"SELECT {KEPT_AS[label]}::text FROM running_totals WHERE learner_id = $1 AND through"
    return f"""
    (SELECT json_agg(json_build_array(name, {", ".join(Amounts._fields)}))::text FROM (
        SELECT {label} AS name, {_SUMS} FROM around GROUP BY {label} ORDER BY {most_first} DESC, 1 LIMIT {MOST_NAMES}
    ) summed),
    ({kept} = (SELECT first FROM held)), ({kept} = (SELECT last FROM held))
    """


def amounts_by_name(around: str | None, first: str | None, last: str | None) -> dict[str, Amounts]:
    """What the three columns of `named` come to; '' for what named none."""
    found = {name: Amounts(*amounts) for name, *amounts in orjson.loads(around or b"[]")}
    if first == last:
        return found
    return between(from_json(first), from_json(last), found)


def from_json(kept: str | None) -> dict[str, Amounts]:
    """Amounts by name as `running_totals` keeps them."""
    return {name: Amounts(*amounts) for name, amounts in orjson.loads(kept or b"{}").items()}


def as_json(by_name: Mapping[str, Amounts]) -> str:
    """What `from_json` reads."""
    return orjson.dumps({name: [*amounts] for name, amounts in by_name.items()}).decode()
