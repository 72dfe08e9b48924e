"""A learner's plans as sent: categories, tasks with their slots, focus slots of a calendar day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, NamedTuple
from uuid import UUID

import orjson

from milepost.db.connection import Reading, Record
from milepost.rules.days.calendar import ZoneHistory, local_day
from milepost.rules.planner.calendar_days import STORED_DAY_MARGIN, TimeWindow, in_whole_minutes
from milepost.rules.planner.categories import default_color
from milepost.rules.planner.planner_days import UNCATEGORISED

TaskStatus = Literal["pending", "in_progress", "completed"]

TaskSort = Literal["created_at", "due_day", "title"]
"""created_at: newest first · due_day: the earliest first, tasks without one last · title: from A to Z."""

NO_DUE_DAY = date(2200, 1, 1)
"""The place of tasks without a due day among the others: later than any."""

MAX_CATEGORIES_SHOWN = 1_000

_COLUMNS = (
    "task_id",
    "title",
    "category_id",
    "status",
    "due_day",
    "completed_at",
    "completions",
    "created_at",
    "updated_at",
)
_TASK = f"""
{", ".join(f"t.{name}" for name in _COLUMNS)},
(SELECT json_agg(json_build_array(s.starts_at, s.ends_at) ORDER BY s.n)::text
    FROM task_slots s WHERE s.learner_id = t.learner_id AND s.task_id = t.task_id) AS slots
"""
_ONE_TASK = f"SELECT {_TASK} FROM tasks t WHERE t.learner_id = $1 AND t.task_id = $2"
# Added only if the filter has days, so that every statement can use its index.
_TOUCHES = """
(t.due_day BETWEEN $3 AND $4 OR EXISTS (
    SELECT FROM unnest($5::timestamptz[], $6::timestamptz[]) AS w(low, high)
    WHERE t.completed_at >= w.low AND t.completed_at < w.high
) OR t.task_id IN (
    SELECT s.task_id FROM unnest($7::timestamptz[], $8::timestamptz[]) AS w(low, high) JOIN task_slots s
    ON s.learner_id = $1 AND s.starts_at < w.high AND s.starts_at > w.low - interval '24 hours' AND s.ends_at > w.low
))
"""
_CATEGORIES = f"""
SELECT category_id, name, color, created_at FROM categories WHERE learner_id = $1
ORDER BY position NULLS LAST, name, category_id LIMIT {MAX_CATEGORIES_SHOWN}
"""
_HAS_CATEGORY = "SELECT 1 FROM categories WHERE learner_id = $1 AND category_id = $2"
_FOCUS_SLOTS = """
SELECT day, focus_slots::text FROM calendar_days WHERE learner_id = $1 AND day BETWEEN $2 AND $3 ORDER BY day
"""


# The key of each order, its direction, which keys follow, and the key of a position.
_ORDERS: dict[TaskSort, tuple[str, str, str, str]] = {
    "created_at": ("t.created_at", "DESC", "<", "${}"),
    "due_day": (f"coalesce(t.due_day, '{NO_DUE_DAY}'::date)", "ASC", ">", "${}"),
    "title": ("lower(t.title)", "ASC", ">", "lower(${}::text)"),
}


class Slot(NamedTuple):
    """From `starts_at` to before `ends_at`, in UTC."""

    starts_at: datetime
    ends_at: datetime


class Category(NamedTuple):
    """A category of tasks; names are unique per learner. `position`: its place among the categories, from 0."""

    category_id: UUID
    name: str
    color: str
    position: int
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Task:
    """A task as stored. `slots` in the order sent; `completions` includes those undone by reopening."""

    task_id: UUID
    title: str
    category_id: UUID | None
    status: TaskStatus
    due_day: date | None
    completed_at: datetime | None
    completions: int
    created_at: datetime
    updated_at: datetime
    slots: Sequence[Slot]


@dataclass(frozen=True, slots=True)
class TaskPosition:
    """The place of a task in a sorted list: what it is sorted by, and its id."""

    key: datetime | date | str
    task_id: UUID


@dataclass(frozen=True, slots=True)
class TaskDays:
    """A range of a learner's days, and the time that it covers."""

    first: date
    last: date
    windows: Sequence[TimeWindow]

    def arguments(self) -> list[object]:
        """The days, the beginnings and ends of the windows, and those of the windows in whole minutes."""
        whole = in_whole_minutes(self.windows)
        return [
            *(self.first, self.last),
            *([window.low for window in self.windows], [window.high for window in self.windows]),
            *([window.low for window in whole], [window.high for window in whole]),
        ]


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Conditions on tasks; None is no condition. `category`: a category's id, or `UNCATEGORISED`. `days`: tasks match
    that are scheduled, completed or due in them.
    """

    status: TaskStatus | None = None
    category: str | None = None
    days: TaskDays | None = None


async def task(connection: Reading, learner_id: UUID, task_id: UUID) -> Task | None:
    """The task, or None if the learner has no such task."""
    row = await connection.fetchrow(_ONE_TASK, learner_id, task_id)
    return None if row is None else _task(row)


async def tasks(
    connection: Reading,
    learner_id: UUID,
    task_filter: TaskFilter,
    limit: int,
    after: TaskPosition | None,
    sort: TaskSort = "created_at",
) -> list[Task]:
    """At most `limit` tasks in this order. `after`: only those that follow this position. One statement."""
    key, direction, follows, place = _ORDERS[sort]
    arguments: list[object] = [learner_id, limit]
    conditions = ["t.learner_id = $1"]
    if task_filter.days is not None:
        arguments += task_filter.days.arguments()
        conditions.append(_TOUCHES)
    if task_filter.status is not None:
        arguments.append(task_filter.status)
        conditions.append(f"t.status = ${len(arguments)}")
    if task_filter.category == UNCATEGORISED:
        conditions.append("t.category_id IS NULL")
    elif task_filter.category is not None:
        arguments.append(UUID(task_filter.category))
        conditions.append(f"t.category_id = ${len(arguments)}")
    if after is not None:
        arguments += (after.key, after.task_id)
        conditions.append(f"({key}, t.task_id) {follows} ({place.format(len(arguments) - 1)}, ${len(arguments)})")
    statement = f"""
    SELECT {_TASK} FROM tasks t WHERE {" AND ".join(conditions)}
    ORDER BY {key} {direction}, t.task_id {direction} LIMIT $2
    """
    return [_task(row) for row in await connection.fetch(statement, *arguments)]


async def categories(connection: Reading, learner_id: UUID) -> list[Category]:
    """A learner's categories, in their order."""
    rows = await connection.fetch(_CATEGORIES, learner_id)
    return [
        Category(category_id, name, color or default_color(position), position, created_at)
        for position, (category_id, name, color, created_at) in enumerate(rows)
    ]


async def has_category(connection: Reading, learner_id: UUID, category_id: UUID) -> bool:
    """Does the learner have this category?"""
    return await connection.fetchval(_HAS_CATEGORY, learner_id, category_id) is not None


async def focus_slots(
    connection: Reading, learner_id: UUID, first: date, last: date, zones: ZoneHistory
) -> dict[date, list[Slot]]:
    """The focus slots of a learner with these zones by the day they begin on, from `first` to `last`, as sent."""
    by_day: dict[date, list[Slot]] = {}
    for slots in (await stored_focus_slots(connection, learner_id, first, last)).values():
        for slot in slots:
            day = local_day(slot.starts_at, zones.name_at(slot.starts_at))
            if first <= day <= last:
                by_day.setdefault(day, []).append(slot)
    return by_day


async def stored_focus_slots(
    connection: Reading, learner_id: UUID, first: date, last: date
) -> dict[date, Sequence[Slot]]:
    """All slots that can begin from `first` to `last` in any zone, by the day they are stored under, ascending."""
    low, high = first - STORED_DAY_MARGIN, last + STORED_DAY_MARGIN
    return {day: _slots(slots) for day, slots in await connection.fetch(_FOCUS_SLOTS, learner_id, low, high)}


def _task(row: Record) -> Task:
    slots = _slots(row["slots"])
    return Task(slots=slots, **{name: row[name] for name in _COLUMNS})


def _slots(column: str | None) -> list[Slot]:
    return [Slot(*map(datetime.fromisoformat, slot)) for slot in orjson.loads(column or b"[]")]
