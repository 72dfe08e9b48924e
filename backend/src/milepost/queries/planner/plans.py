"""What a learner has planned, as it was said: categories, tasks with their slots, focus slots of a calendar day."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal, NamedTuple
from uuid import UUID

import orjson

from milepost.db.connection import Reading, Record

TaskStatus = Literal["pending", "in_progress", "completed"]

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
# With a condition that is not asked for left out, each of them can use its index.
_TOUCHES = """
(t.due_day BETWEEN $3 AND $4 OR t.completed_at >= $5 AND t.completed_at < $6 OR t.task_id IN (
    SELECT s.task_id FROM task_slots s WHERE s.learner_id = $1
    AND s.starts_at < $6 AND s.starts_at > $5 - interval '24 hours' AND s.ends_at > $5
))
"""
_CATEGORIES = f"""
SELECT category_id, name, created_at FROM categories WHERE learner_id = $1 ORDER BY name, category_id
LIMIT {MAX_CATEGORIES_SHOWN}
"""
_CATEGORY = "SELECT category_id, name, created_at FROM categories WHERE learner_id = $1 AND category_id = $2"
_FOCUS_SLOTS = "SELECT focus_slots::text FROM calendar_days WHERE learner_id = $1 AND day = $2"


class Slot(NamedTuple):
    """From `starts_at` to before `ends_at`, in UTC."""

    starts_at: datetime
    ends_at: datetime


class Category(NamedTuple):
    """A kind of thing a learner plans; names are unique for a learner."""

    category_id: UUID
    name: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Task:
    """A task as it stands. `slots` in the order in which they were sent; `completions` counts undone ones too."""

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


class TaskPlace(NamedTuple):
    """Where a task stands in the list: newest first."""

    created_at: datetime
    task_id: UUID


@dataclass(frozen=True, slots=True)
class TaskFilter:
    """Which tasks: all given must hold. `days` with the instants they begin and end at: scheduled, completed or due."""

    status: TaskStatus | None = None
    category_id: UUID | None = None
    days: tuple[date, date, datetime, datetime] | None = None


async def task(connection: Reading, learner_id: UUID, task_id: UUID) -> Task | None:
    """One task, or None where this learner has no such task."""
    row = await connection.fetchrow(_ONE_TASK, learner_id, task_id)
    return None if row is None else _task(row)


async def tasks(
    connection: Reading, learner_id: UUID, wanted: TaskFilter, limit: int, behind: TaskPlace | None
) -> list[Task]:
    """At most `limit` tasks, newest first; `behind`: only those after that place. One statement."""
    given: list[object] = [learner_id, limit]
    conditions = ["t.learner_id = $1"]
    if wanted.days is not None:
        given += wanted.days
        conditions.append(_TOUCHES)
    for column, value in (("status", wanted.status), ("category_id", wanted.category_id)):
        if value is not None:
            given.append(value)
            conditions.append(f"t.{column} = ${len(given)}")
    if behind is not None:
        given += behind
        conditions.append(f"(t.created_at, t.task_id) < (${len(given) - 1}, ${len(given)})")
    statement = f"""
    SELECT {_TASK} FROM tasks t WHERE {" AND ".join(conditions)} ORDER BY t.created_at DESC, t.task_id DESC LIMIT $2
    """
    return [_task(row) for row in await connection.fetch(statement, *given)]


async def categories(connection: Reading, learner_id: UUID) -> list[Category]:
    """A learner's categories by name."""
    return [Category(*row) for row in await connection.fetch(_CATEGORIES, learner_id)]


async def category(connection: Reading, learner_id: UUID, category_id: UUID) -> Category | None:
    """One category, or None where this learner has no such category."""
    row = await connection.fetchrow(_CATEGORY, learner_id, category_id)
    return None if row is None else Category(*row)


async def focus_slots(connection: Reading, learner_id: UUID, day: date) -> list[Slot]:
    """The focus slots of a calendar day, as they were sent."""
    kept: str | None = await connection.fetchval(_FOCUS_SLOTS, learner_id, day)
    return _slots(kept)


def _task(row: Record) -> Task:
    slots = _slots(row["slots"])
    return Task(slots=slots, **{name: row[name] for name in _COLUMNS})


def _slots(kept: str | None) -> list[Slot]:
    return [Slot(*map(datetime.fromisoformat, slot)) for slot in orjson.loads(kept or b"[]")]
