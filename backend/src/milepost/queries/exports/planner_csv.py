"""Planner days as CSV: one row a date of the range, none missing. `stream.py` sends it."""

from collections.abc import Iterator
from uuid import UUID

from milepost.queries.exports.contents import CarriageReturns, Copy, Rewriting
from milepost.rules.days.periods import Days
from milepost.rules.planner.planner_days import ALL, UNCATEGORISED

PLANNER_CSV_HEADER = (
    "date",
    "total_scheduled_minutes",
    "focus_minutes",
    "completed_tasks_count",
    "category_minutes",
)


class PlannerDaysAsCsv:
    """RFC 4180. `category_minutes` is a JSON object of minutes by category id; tasks without one: `uncategorised`.

    `category`: only this one (an id or `uncategorised`), or `ALL`. `has_names` adds the column `category_names`, a
    JSON object of names by id.
    """

    end = b""

    def __init__(
        self, learner_id: UUID, days: Days, begin: bytes = b"", category: str = ALL, *, has_names: bool = False
    ) -> None:
        # COPY takes no parameters; the statement contains only UUIDs, two dates and a word of our own.
        self._category = category if category in (ALL, UNCATEGORISED) else str(UUID(category))
        self._has_names = has_names
        self._begin = begin
        self._learner_id = learner_id
        self._days = days

    def copies(self) -> Iterator[tuple[bytes, Copy, Rewriting]]:
        """One copy."""
        own = f"learner_id = '{self._learner_id}'"
        chosen = f"c.category <> '{ALL}'" if self._category == ALL else f"c.category = '{self._category}'"
        names = f"""
            coalesce((
                SELECT jsonb_object_agg(k.category_id, k.name ORDER BY k.name)::text FROM categories k
                JOIN planner_days c ON c.learner_id = k.learner_id AND c.category = k.category_id::text
                WHERE k.{own} AND c.day = d.day AND c.scheduled_minutes > 0 AND {chosen}
            ), '{{}}') AS category_names"""
        query = f"""
        SELECT d.day AS date, coalesce(a.scheduled_minutes, 0) AS total_scheduled_minutes,
            coalesce(a.focus_minutes, 0) AS focus_minutes, coalesce(a.completed_n, 0) AS completed_tasks_count,
            coalesce((
                SELECT jsonb_object_agg(c.category, c.scheduled_minutes)::text FROM planner_days c
                WHERE c.{own} AND c.day = d.day AND c.scheduled_minutes > 0 AND {chosen}
            ), '{{}}') AS category_minutes{"," + names if self._has_names else ""}
        FROM (
            SELECT '{self._days.first}'::date + n AS day FROM generate_series(0, {len(self._days) - 1}) n
        ) d LEFT JOIN planner_days a ON a.{own} AND a.day = d.day AND a.category = '{self._category}'
        ORDER BY d.day
        """
        yield self._begin, Copy(query, {"format": "csv", "header": True}), CarriageReturns()
