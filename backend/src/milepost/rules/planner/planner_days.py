"""What plans come to on each local day: minutes scheduled, done and kept for focus, tasks completed and due.

A pure function of tasks, focus slots and zones. Slots of one task are merged; those of different tasks may overlap and
count each. Knows neither where plans are stored nor which days somebody asks for.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from milepost.rules.planner.minute_spans import LocalDays, Span, intersection, union

ALL = ""
"""The category under which everything together stands, and the minutes of focus slots."""

UNCATEGORISED = "uncategorised"
"""The category of tasks that have none. No id looks like it."""

LONGEST_SLOT_HOURS = 24
MAX_SLOTS = 100


class PlannerSums(NamedTuple):
    """A day of a category, or of all. `focus`: minutes scheduled, by however many tasks, that lie in focus slots.

    `due_completed_n`: of the tasks due that day, those that are completed by now, on whatever day.
    """

    scheduled_minutes: int = 0
    completed_scheduled_minutes: int = 0
    focus_minutes: int = 0
    focus_slot_minutes: int = 0
    completed_n: int = 0
    due_n: int = 0
    due_completed_n: int = 0


NOTHING = PlannerSums()


@dataclass(frozen=True, slots=True)
class Planned:
    """A task as its days see it. `completed_on` is the local day of its completion, None while it is open."""

    category: str
    slots: Sequence[Span]
    completed_on: date | None
    due_on: date | None


_SCHEDULED, _DONE, _FOCUS, _FOCUS_SLOTS, _COMPLETED, _DUE, _DUE_COMPLETED = range(len(PlannerSums._fields))
_Sums = defaultdict[tuple[date, str], list[int]]


def planner_days(
    tasks: Iterable[Planned], focus: Iterable[Span], local_days: LocalDays, days: Collection[date]
) -> dict[tuple[date, str], PlannerSums]:
    """The sums of each of `days` by (day, category), rows of nothing left out.

    `local_days` must cover every minute of `days`, and `tasks` hold every task that is scheduled, completed or due on
    one of them.
    """
    sums: _Sums = defaultdict(lambda: [0] * len(PlannerSums._fields))
    covered: dict[str, list[Span]] = defaultdict(list)
    for task in tasks:
        slots = union(task.slots)
        covered[task.category] += slots
        _add_task(sums, task, local_days.minutes(slots))
    kept = union(focus)
    _add(sums, ALL, _FOCUS_SLOTS, local_days.minutes(kept))
    for category, slots in covered.items():
        _add(sums, category, _FOCUS, local_days.minutes(intersection(union(slots), kept)))
    everything = union(slot for slots in covered.values() for slot in slots)
    _add(sums, ALL, _FOCUS, local_days.minutes(intersection(everything, kept)))
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
            row[_DONE] += count * is_completed
        if task.completed_on is not None:
            sums[task.completed_on, category][_COMPLETED] += 1
        if task.due_on is not None:
            row = sums[task.due_on, category]
            row[_DUE] += 1
            row[_DUE_COMPLETED] += is_completed
