"""A goal with its versions as one JSON value, so that any statement can carry goals, and back."""

from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from typing import overload
from uuid import UUID

import orjson

from milepost.rules.goals import Goal, GoalVersion
from milepost.rules.planner.planner_days import UNCATEGORISED

GOAL_AS_JSON = f"""json_build_array(g.goal_id, g.name, g.target_type, g.time_period,
    coalesce(g.category_id::text, CASE WHEN g.uncategorised THEN '{UNCATEGORISED}' END), g.topic, coalesce(
    (SELECT string_agg(to_char(v.from_day, 'YYYY-MM-DD') || ' ' || v.target || ' ' || v.archived::int, ','
        ORDER BY v.from_day)
     FROM goal_versions v WHERE v.learner_id = g.learner_id AND v.goal_id = g.goal_id),
    to_char(g.created_on, 'YYYY-MM-DD') || ' ' || g.target_value || ' 0'
))::text"""
"""Of a row `g` of goals. A goal without versions was written by the previous release during an upgrade."""


class StoredVersions(Sequence[GoalVersion]):
    """The versions of a goal as they came from the database; the text is split and each made when it is asked for.

    A goal may get a version every day, and most reads look at one or two of them. The rows are texts, because the
    garbage collector walks through lists: those of 200 goals with 400 versions each take it a third of a second.
    """

    __slots__ = ("_split", "_text")

    def __init__(self, text: str) -> None:
        self._text = text
        self._split: list[str] | None = None

    @property
    def _rows(self) -> list[str]:
        if self._split is None:
            self._split = self._text.split(",")
        return self._split

    @overload
    def __getitem__(self, place: int) -> GoalVersion: ...

    @overload
    def __getitem__(self, place: slice) -> tuple[GoalVersion, ...]: ...

    def __getitem__(self, place: int | slice) -> GoalVersion | tuple[GoalVersion, ...]:
        if isinstance(place, slice):
            return tuple(map(_version, self._rows[place]))
        return _version(self._rows[place])

    def __len__(self) -> int:
        return len(self._rows)

    def __eq__(self, other: object) -> bool:
        return self._text == other._text if isinstance(other, StoredVersions) else NotImplemented

    def __hash__(self) -> int:
        return hash(self._text)


@lru_cache(maxsize=16_384)
def _version(row: str) -> GoalVersion:
    """Cached, because the versions of a learner's goals are searched with every activity."""
    day, target, is_archived = row.split(" ")
    return GoalVersion(date.fromisoformat(day), int(target), is_archived == "1")


def goal_from_json(text: str) -> Goal:
    """The goal in a value of `GOAL_AS_JSON`."""
    goal_id, name, target_type, time_period, category_id, topic, versions = orjson.loads(text)
    return Goal(
        UUID(goal_id),
        name,
        target_type,
        time_period,
        category_id,
        topic,
        StoredVersions(versions),
    )
