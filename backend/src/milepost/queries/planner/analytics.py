"""The planner days of a range and of the equally long time before it, by category, with the categories' names.

Reads sums by day, never tasks, so the cost does not depend on the number of tasks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

import orjson

from milepost.db.connection import Reading
from milepost.db.tables import PLANNER_SUMS
from milepost.rules.days.periods import Days
from milepost.rules.planner.analytics import MAX_RANGE_DAYS
from milepost.rules.planner.categories import UNCATEGORISED_COLOR, CategoryColor, default_color
from milepost.rules.planner.planner_days import ALL, UNCATEGORISED, PlannerSums

UNCATEGORISED_NAME = "Uncategorised"

_SUMS = ", ".join(PLANNER_SUMS)
_RANGE = f"""
SELECT
(SELECT json_agg(json_build_array(day, {_SUMS}) ORDER BY day)::text FROM planner_days
    WHERE learner_id = $1 AND day BETWEEN $2 AND $4 AND category = $5) AS days,
(SELECT json_agg(json_build_array(day, focus_slot_minutes))::text FROM planner_days
    WHERE learner_id = $1 AND day BETWEEN $2 AND $4 AND category = '' AND focus_slot_minutes > 0) AS focus_slots,
(SELECT json_agg(json_build_array(category, minutes))::text FROM (
    SELECT category, sum(scheduled_minutes) AS minutes FROM planner_days
    WHERE learner_id = $1 AND day BETWEEN $3 AND $4 AND category <> '' AND ($5 = '' OR category = $5)
    GROUP BY category HAVING sum(scheduled_minutes) > 0
) summed) AS categories,
(SELECT json_agg(json_build_array(category_id, name, color) ORDER BY position NULLS LAST, name, category_id)::text
    FROM categories WHERE learner_id = $1) AS names,
(SELECT array_agg(day) FROM planner_days
    WHERE learner_id = $1 AND day BETWEEN $6 AND $4 AND category = $5 AND completed_n > 0) AS completed_on
"""


@dataclass(frozen=True, slots=True)
class PlannerRange:
    """The planner data of a range. `days`: sums of each day that has any, from the first day of the time before on.

    With a category, sums are only of that category, but focus-slot minutes are always of all. `minutes`: scheduled
    minutes by category, of the range only. `completed_on`: days with completed tasks, up to `MAX_RANGE_DAYS` before the
    last day.
    """

    days: Mapping[date, PlannerSums]
    minutes: Mapping[str, int]
    names: Mapping[str, str]
    colors: Mapping[str, CategoryColor]
    completed_on: Sequence[date]

    def each_day(self, days: Days) -> list[tuple[date, PlannerSums]]:
        """Every date of `days` in order, including those without sums."""
        dates = (days.first + timedelta(days=offset) for offset in range(len(days)))
        return [(day, self.days.get(day, PlannerSums())) for day in dates]

    def has_category(self, category: str) -> bool:
        """Whether the learner has this category; true for the total of all."""
        return category in self.names or category == ALL


async def planner_range(
    connection: Reading, learner_id: UUID, days: Days, before: Days | None = None, category: str = ALL
) -> PlannerRange:
    """The planner days of a range and of the time `before`, which ends where the range begins. One statement."""
    first = days.first if before is None else before.first
    back_to = days.last - timedelta(days=MAX_RANGE_DAYS)
    row = await connection.fetchrow(_RANGE, learner_id, first, days.first, days.last, category, back_to)
    by_day = {day: PlannerSums(*sums) for day, *sums in orjson.loads(row["days"] or b"[]")}
    for day, minutes in orjson.loads(row["focus_slots"] or b"[]"):
        by_day[day] = by_day.get(day, PlannerSums())._replace(focus_slot_minutes=minutes)
    categories = orjson.loads(row["names"] or b"[]")
    names = {category: name for category, name, _ in categories}
    colors = {category: color or default_color(n) for n, (category, _, color) in enumerate(categories)}
    return PlannerRange(
        days={date.fromisoformat(day): sums for day, sums in by_day.items()},
        minutes=dict(orjson.loads(row["categories"] or b"[]")),
        names={**names, UNCATEGORISED: UNCATEGORISED_NAME},
        colors={**colors, UNCATEGORISED: UNCATEGORISED_COLOR},
        completed_on=row["completed_on"] or (),
    )
