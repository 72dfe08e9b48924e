"""Running totals: what a learner's activities come to from the first day through some day, by type, by topic, by path
and by difficulty. Where they are taken, and how two of them and the days around them give the sums of any days between.

A total is taken at the end of a day once enough cells lie behind the one before: as many as there are names, so that
all totals together hold no more names than there are cells, and never fewer than `MIN_CELLS`. Does not know where any
of it is kept.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from operator import add, sub
from typing import NamedTuple

MIN_CELLS = 64
MAX_NAMES = 1_000
"""Of one label. Totals of more would be larger to read than the cells of a window."""


class Amounts(NamedTuple):
    """Activities, the seconds they took, their points; how many were exercises, how many of these have a grade, and the
    sum of the grades in thousandths."""

    activities: int
    seconds: int
    points: int
    exercises: int
    graded: int
    grade_milli: int

    def __add__(self, other: "Amounts") -> "Amounts":  # type: ignore[override] # no concatenation
        """The sum of both."""
        return Amounts._make(map(add, self, other))

    def __sub__(self, other: "Amounts") -> "Amounts":
        """What this is more than the other."""
        return Amounts._make(map(sub, self, other))


NO_AMOUNTS = Amounts(0, 0, 0, 0, 0, 0)
ByName = Mapping[str, Amounts]


class Cell(NamedTuple):
    """A learner's day by what was done, as far as totals know it; '' where an activity named none."""

    day: date
    object_type: str
    topic: str
    path: str
    difficulty: str
    amounts: Amounts


@dataclass(slots=True)
class Totals:
    """Amounts by name, from the first day on; '' among the names."""

    by_type: dict[str, Amounts] = field(default_factory=dict)
    by_topic: dict[str, Amounts] = field(default_factory=dict)
    by_path: dict[str, Amounts] = field(default_factory=dict)
    by_difficulty: dict[str, Amounts] = field(default_factory=dict)

    def add(self, cell: Cell) -> None:
        """Count one cell more."""
        _, object_type, topic, path, difficulty, amounts = cell
        for by_name, name in zip(self.all, (object_type, topic, path, difficulty), strict=True):
            held = by_name.get(name)
            by_name[name] = amounts if held is None else held + amounts

    @property
    def all(self) -> tuple[dict[str, Amounts], ...]:
        """By each label, in the order of a cell's."""
        return (self.by_type, self.by_topic, self.by_path, self.by_difficulty)

    @property
    def cells_between(self) -> int:
        """How many cells lie between this and the next at least."""
        return max(MIN_CELLS, sum(map(len, self.all)))

    @property
    def is_worth_keeping(self) -> bool:
        """Whether names are few enough."""
        return max(map(len, self.all)) <= MAX_NAMES


def days_to_take(totals: Totals, cells: Iterable[Cell]) -> Iterator[date]:
    """Each day at whose end totals are to be taken, from the cells behind `totals` in the order of days.

    `totals` moves on with the cells: at each day it is what is to be taken. Never at the end of the last day: it may
    still grow. Ends where there are too many names.
    """
    day, count = None, 0
    for cell in cells:
        if day is not None and cell.day != day and count >= totals.cells_between:
            if not totals.is_worth_keeping:
                return
            yield day
            count = 0
        totals.add(cell)
        day, count = cell.day, count + 1


def between(first: ByName, last: ByName, around: ByName) -> dict[str, Amounts]:
    """What lies between two totals, and the amounts of days `around` it; names without activities are left out."""
    found = {name: amounts - first.get(name, NO_AMOUNTS) for name, amounts in last.items()}
    for name, amounts in around.items():
        found[name] = found.get(name, NO_AMOUNTS) + amounts
    return {name: amounts for name, amounts in found.items() if amounts.activities}
