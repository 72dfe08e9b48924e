"""Planner days: minutes scheduled, completed and in focus, and tasks completed and due, on each local day.

A pure function of tasks, focus slots and zones. Slots of one task are merged; overlapping slots of different tasks each
count. This module does not know where plans are stored.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from milepost.rules.planner.minute_spans import LocalDays, Span, intersection, union

ALL = ""
"""The category of the totals over all categories, and of the minutes of focus slots."""

UNCATEGORISED = "uncategorised"
"""The category of tasks without one. No id can be equal to it."""

MAX_SLOT_HOURS = 24
MAX_SLOTS = 100


class PlannerSums(NamedTuple):
    """The sums of a day for one category or for all.

    `focus_minutes` are scheduled minutes inside focus slots; a minute counts once, however many tasks have it.
    `due_completed_n` counts the tasks due on that day that have been completed so far, on any day.
    """

    scheduled_minutes: int = 0
    completed_scheduled_minutes: int = 0
    focus_minutes: int = 0
    focus_slot_minutes: int = 0
    completed_n: int = 0
    due_n: int = 0
    due_completed_n: int = 0

    @property
    def counts_for_goals(self) -> bool:
        """Has the day something that a goal may count?"""
        return self.scheduled_minutes > 0 or self.completed_n > 0


NOTHING = PlannerSums()


@dataclass(frozen=True, slots=True)
class Planned:
    """The parts of a task that its planner days depend on. `completed_on` is a local day, None while it is open."""

    category: str
    slots: Sequence[Span]
    completed_on: date | None
    due_on: date | None


_SCHEDULED, _DONE, _FOCUS, _FOCUS_SLOTS, _COMPLETED, _DUE, _DUE_COMPLETED = range(len(PlannerSums._fields))
_Sums = defaultdict[tuple[date, str], list[int]]


def planner_days(
    tasks: Iterable[Planned], focus: Iterable[Span], local_days: LocalDays, days: Collection[date]
) -> dict[tuple[date, str], PlannerSums]:
    """The sums of each of `days` by (day, category), without rows of zeros.

    `local_days` must cover every minute of `days`, and `tasks` must contain every task that is scheduled, completed or
    due on one of them.
    """
    sums: _Sums = defaultdict(lambda: [0] * len(PlannerSums._fields))
    covered: dict[str, list[Span]] = defaultdict(list)
    for task in tasks:
        slots = union(task.slots)
        covered[task.category] += slots
        _add_task(sums, task, local_days.minutes(slots))
    focus_slots = union(focus)
    _add(sums, ALL, _FOCUS_SLOTS, local_days.minutes(focus_slots))
    for category, slots in covered.items():
        _add(sums, category, _FOCUS, local_days.minutes(intersection(union(slots), focus_slots)))
    all_slots = union(slot for slots in covered.values() for slot in slots)
    _add(sums, ALL, _FOCUS, local_days.minutes(intersection(all_slots, focus_slots)))
    return {key: PlannerSums(*row) for key, row in sums.items() if key[0] in days and any(row)}


def _add(sums: _Sums, category: str, column: int, minutes: Mapping[date, int]) -> None:
    for day, count in minutes.items():
        sums[day, category][column] += count


def _add_task(sums: _Sums, task: Planned, scheduled: Mapping[date, int]) -> None:
    is_completed = task.completed_on is not None
    for category in (ALL, task.category):
        for day, count in scheduled.items():
            row = sums[day, category]
            row[_SCHEDULED] += count
            if is_completed:
                row[_DONE] += count
        if task.completed_on is not None:
            sums[task.completed_on, category][_COMPLETED] += 1
        if task.due_on is not None:
            row = sums[task.due_on, category]
            row[_DUE] += 1
            row[_DUE_COMPLETED] += is_completed
