"""What plans come to on each local day: minutes scheduled, done and kept for focus, tasks completed and due.

A pure function of tasks, focus slots and zones. Slots of one task are merged; those of different tasks may overlap and
count each. Knows neither where plans are stored nor which days somebody asks for.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from milepost.rules.intervals import LocalDays, Span, intersection, union

ALL = ""
"""The category under which everything together stands, and the minutes of focus slots."""

UNCATEGORISED = "uncategorised"
"""The category of tasks that have none. No id looks like it."""

LONGEST_SLOT_HOURS = 24
MOST_SLOTS = 100


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


class _Sums(defaultdict[tuple[date, str], list[int]]):
    """Sums under construction, by day and category."""

    def __init__(self) -> None:
        super().__init__(lambda: [0] * len(PlannerSums._fields))

    def add(self, category: str, column: str, minutes: Mapping[date, int]) -> None:
        place = PlannerSums._fields.index(column)
        for day, count in minutes.items():
            self[day, category][place] += count


def planner_days(
    tasks: Iterable[Planned], focus: Iterable[Span], local_days: LocalDays, days: Collection[date]
) -> dict[tuple[date, str], PlannerSums]:
    """The sums of each of `days` by (day, category), rows of nothing left out.

    `local_days` must cover every minute of `days`, and `tasks` hold every task that is scheduled, completed or due on
    one of them.
    """
    sums = _Sums()
    covered: dict[str, list[Span]] = defaultdict(list)
    for task in tasks:
        slots = union(task.slots)
        covered[task.category] += slots
        _add_task(sums, task, local_days.minutes(slots))
    kept = union(focus)
    sums.add(ALL, "focus_slot_minutes", local_days.minutes(kept))
    for category, slots in covered.items():
        sums.add(category, "focus_minutes", local_days.minutes(intersection(union(slots), kept)))
    everything = union(slot for slots in covered.values() for slot in slots)
    sums.add(ALL, "focus_minutes", local_days.minutes(intersection(everything, kept)))
    return {key: PlannerSums(*row) for key, row in sums.items() if key[0] in days and any(row)}


def _add_task(sums: _Sums, task: Planned, scheduled: Mapping[date, int]) -> None:
    for category in (ALL, task.category):
        sums.add(category, "scheduled_minutes", scheduled)
        if task.completed_on is not None:
            sums.add(category, "completed_scheduled_minutes", scheduled)
            sums.add(category, "completed_n", {task.completed_on: 1})
        if task.due_on is not None:
            sums.add(category, "due_n", {task.due_on: 1})
            sums.add(category, "due_completed_n", {task.due_on: int(task.completed_on is not None)})
