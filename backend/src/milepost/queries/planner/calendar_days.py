"""A range of calendar days: on each the focus slots, the tasks' slots, the due tasks, and the day's sums.

The number of slots and tasks read of a day is bounded, whatever a learner has planned.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from milepost.db.connection import Reading
from milepost.queries.planner.analytics import planner_range
from milepost.queries.planner.plans import Slot, TaskStatus, focus_slots
from milepost.queries.turns import in_turns
from milepost.rules.days.calendar import ZoneHistory
from milepost.rules.days.periods import Days
from milepost.rules.planner.calendar_days import TimeWindow, in_whole_minutes, windows_of
from milepost.rules.planner.planner_days import PlannerSums

MAX_ENTRIES_OF_A_DAY = 100
"""Max slots of tasks, and max due tasks, that are shown of one day."""

_ROWS_AT_A_TIME = 1_000
_MINUTE = timedelta(minutes=1)
_SLOTS = """
SELECT w.n, s.task_id, t.title, t.category_id, t.status, s.starts_at, s.ends_at
FROM unnest($2::int[], $3::timestamptz[], $4::timestamptz[]) AS w(n, low, high) CROSS JOIN LATERAL (
    SELECT s.task_id, s.n, s.starts_at, s.ends_at FROM task_slots s
    WHERE s.learner_id = $1 AND s.starts_at < w.high AND s.starts_at > w.low - interval '24 hours' AND s.ends_at > w.low
    ORDER BY s.starts_at, s.task_id, s.n LIMIT $5
) s JOIN tasks t ON t.learner_id = $1 AND t.task_id = s.task_id
ORDER BY w.n, s.starts_at, s.task_id, s.n
"""
_DUE = """
SELECT d.n, t.task_id, t.title, t.category_id, t.status, t.completed_at
FROM unnest($2::int[], $3::date[]) AS d(n, day) CROSS JOIN LATERAL (
    SELECT * FROM tasks t WHERE t.learner_id = $1 AND t.due_day = d.day ORDER BY t.created_at, t.task_id LIMIT $4
) t ORDER BY d.n, t.created_at, t.task_id
"""


@dataclass(frozen=True, slots=True)
class ScheduledSlot:
    """A slot of a task. `minutes`: how much of it is on the day."""

    task_id: UUID
    title: str
    category_id: UUID | None
    status: TaskStatus
    slot: Slot
    minutes: int


@dataclass(frozen=True, slots=True)
class DueTask:
    """A task that is due on the day."""

    task_id: UUID
    title: str
    category_id: UUID | None
    status: TaskStatus
    completed_at: datetime | None


@dataclass(slots=True)
class PlannedDay:
    """A calendar day. `has_more`: it has more scheduled slots or due tasks than these."""

    day: date
    sums: PlannerSums
    focus_slots: Sequence[Slot]
    windows: Sequence[TimeWindow]
    scheduled: list[ScheduledSlot] = field(default_factory=list)
    due: list[DueTask] = field(default_factory=list)
    has_more: bool = False


async def calendar_days(connection: Reading, learner_id: UUID, days: Days, zones: ZoneHistory) -> list[PlannedDay]:
    """Each day of the range in order, for a learner with these zones. Four statements."""
    sums = (await planner_range(connection, learner_id, days)).each_day(days)
    focus = await focus_slots(connection, learner_id, days.first, days.last, zones)
    shown = [
        PlannedDay(day, of_day, focus.get(day, ()), in_whole_minutes(windows_of(day, day, zones)))
        for day, of_day in sums
    ]
    await _add_slots(connection, learner_id, shown)
    await _add_due_tasks(connection, learner_id, shown)
    return shown


async def _add_slots(connection: Reading, learner_id: UUID, days: Sequence[PlannedDay]) -> None:
    windows = [(n, *window) for n, day in enumerate(days) for window in day.windows]
    if not windows:
        return
    arguments = map(list, zip(*windows, strict=True))
    rows = await connection.fetch(_SLOTS, learner_id, *arguments, MAX_ENTRIES_OF_A_DAY + 1)
    # A slot that reaches into the time a date comes back is found once in each of its windows.
    seen = set()
    async for part in in_turns(rows, _ROWS_AT_A_TIME):
        for n, task_id, title, category_id, status, starts_at, ends_at in part:
            day, slot = days[n], Slot(starts_at, ends_at)
            if (n, task_id, slot) in seen:
                continue
            if len(day.scheduled) == MAX_ENTRIES_OF_A_DAY:
                day.has_more = True
                continue
            seen.add((n, task_id, slot))
            entry = ScheduledSlot(task_id, title, category_id, status, slot, _minutes(slot, day.windows))
            day.scheduled.append(entry)


async def _add_due_tasks(connection: Reading, learner_id: UUID, days: Sequence[PlannedDay]) -> None:
    dates = [day.day for day in days]
    rows = await connection.fetch(_DUE, learner_id, list(range(len(days))), dates, MAX_ENTRIES_OF_A_DAY + 1)
    async for part in in_turns(rows, _ROWS_AT_A_TIME):
        for n, *columns in part:
            day = days[n]
            if len(day.due) == MAX_ENTRIES_OF_A_DAY:
                day.has_more = True
                continue
            day.due.append(DueTask(*columns))


def _minutes(slot: Slot, windows: Sequence[TimeWindow]) -> int:
    overlaps = (min(slot.ends_at, window.high) - max(slot.starts_at, window.low) for window in windows)
    return sum(max(overlap // _MINUTE, 0) for overlap in overlaps)
