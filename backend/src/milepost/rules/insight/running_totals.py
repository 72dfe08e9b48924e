"""Running totals: the sums of a learner's activities from the first day through a given day, by type, topic, path and
difficulty, and of its grades by topic. Two totals, and the cells of the days around them, give the sums of any range of
days.

A total is taken at the end of a day once enough cells follow the previous total: at least as many as it has names, so
that all totals together have no more names than there are cells, and never fewer than `MIN_CELLS`. This module does not
know where totals or cells are stored.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from operator import add, sub
from typing import NamedTuple

from milepost.rules.mastery.totals import NO_WEIGHT, GradeTotals, WeightedSums, of_day

MIN_CELLS = 64
MAX_NAMES = 1_000
"""The maximum number of names per label. Larger totals would cost more to read than the cells of a window."""


class Amounts(NamedTuple):
    """Sums of activities: their number, seconds and points; exercises, grades, and the sum of grades in thousandths."""

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
        """The difference of both."""
        return Amounts._make(map(sub, self, other))


NO_AMOUNTS = Amounts(0, 0, 0, 0, 0, 0)
ByName = Mapping[str, Amounts]


class Cell(NamedTuple):
    """The amounts of one day and one combination of labels; '' is a label that the activities do not have.

    `weighted`: of the grades for which something typical is decided, as of all or of none.
    """

    day: date
    object_type: str
    topic: str
    path: str
    difficulty: str
    amounts: Amounts
    weighted: WeightedSums = NO_WEIGHT
    typical_milli: int = 0


@dataclass(slots=True)
class Totals:
    """Amounts by name since the first day, and grades by topic; '' is one of the names."""

    by_type: dict[str, Amounts] = field(default_factory=dict)
    by_topic: dict[str, Amounts] = field(default_factory=dict)
    by_path: dict[str, Amounts] = field(default_factory=dict)
    by_difficulty: dict[str, Amounts] = field(default_factory=dict)
    grades: dict[str, GradeTotals] = field(default_factory=dict)

    def add(self, cell: Cell) -> None:
        """Add the amounts of a cell, of the last day so far or a later one."""
        day, object_type, topic, path, difficulty, amounts, weighted, typical_milli = cell
        for by_name, name in zip(self.by_label, (object_type, topic, path, difficulty), strict=True):
            total = by_name.get(name)
            by_name[name] = amounts if total is None else total + amounts
        if weighted.weight:
            grades = of_day(day, amounts.graded, amounts.grade_milli, typical_milli, weighted)
            before = self.grades.get(topic)
            self.grades[topic] = grades if before is None else before.faded_until(day).plus(grades)

    @property
    def by_label(self) -> tuple[dict[str, Amounts], ...]:
        """The amounts by each label, in the order of a cell's labels."""
        return (self.by_type, self.by_topic, self.by_path, self.by_difficulty)

    @property
    def cells_between(self) -> int:
        """The minimum number of cells between these totals and the next."""
        return max(MIN_CELLS, sum(map(len, self.by_label)))

    @property
    def is_worth_keeping(self) -> bool:
        """Are there at most `MAX_NAMES` names per label?"""
        return max(map(len, self.by_label)) <= MAX_NAMES


def days_to_take(totals: Totals, cells: Iterable[Cell]) -> Iterator[date]:
    """Yield each day at whose end totals are to be taken; `cells` are those after `totals`, in day order.

    `totals` advances with the cells: at each yielded day it has the totals to take. The last day is never yielded, as
    it may still grow. Stops once there are too many names.
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


def amounts_between(first: ByName, last: ByName, around: ByName) -> dict[str, Amounts]:
    """The difference of two totals plus the amounts of the days `around` them, without names without activities."""
    by_name = {name: amounts - first.get(name, NO_AMOUNTS) for name, amounts in last.items()}
    for name, amounts in around.items():
        by_name[name] = by_name.get(name, NO_AMOUNTS) + amounts
    return {name: amounts for name, amounts in by_name.items() if amounts.activities}
