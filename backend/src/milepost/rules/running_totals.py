"""Running totals: what a learner's activities come to from the first day through some day, by type, by topic and by
path. Where they are taken, and how two of them and the days around them give the sums of any days between.

A total is taken at the end of a day once enough cells lie behind the one before: as many as there are names, so that
all totals together stay as large as the cells, and never fewer than `LEAST_CELLS`. Does not know where any of it is
kept.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import NamedTuple, Self

LEAST_CELLS = 64
MOST_NAMES = 1_000
"""Of one label. Who has more names than that has new ones with nearly every activity: totals would only copy cells."""


class Amounts(NamedTuple):
    """Activities, the seconds they took, and their points."""

    activities: int
    seconds: int
    points: int

    def __add__(self, other: "Amounts") -> "Amounts":  # type: ignore[override] # no concatenation
        """The sum of both."""
        return Amounts(self[0] + other[0], self[1] + other[1], self[2] + other[2])

    def __sub__(self, other: "Amounts") -> "Amounts":
        """What this is more than the other."""
        return Amounts(self[0] - other[0], self[1] - other[1], self[2] - other[2])


NO_AMOUNTS = Amounts(0, 0, 0)
ByName = Mapping[str, Amounts]


class Cell(NamedTuple):
    """A learner's day by what was done, as far as totals know it; '' where an activity named none."""

    day: date
    object_type: str
    topic: str
    path: str
    amounts: Amounts


@dataclass(slots=True)
class Totals:
    """Amounts by name, from the first day on; '' among the names."""

    by_type: dict[str, Amounts] = field(default_factory=dict)
    by_topic: dict[str, Amounts] = field(default_factory=dict)
    by_path: dict[str, Amounts] = field(default_factory=dict)

    def add(self, cell: Cell) -> None:
        """Count one cell more."""
        for by_name, name in ((self.by_type, cell.object_type), (self.by_topic, cell.topic), (self.by_path, cell.path)):
            by_name[name] = by_name.get(name, NO_AMOUNTS) + cell.amounts

    def copy(self) -> Self:
        """The same, to go on from."""
        return type(self)(dict(self.by_type), dict(self.by_topic), dict(self.by_path))

    @property
    def cells_between(self) -> int:
        """How many cells lie between this and the next at least."""
        return max(LEAST_CELLS, len(self.by_type) + len(self.by_topic) + len(self.by_path))

    @property
    def is_worth_keeping(self) -> bool:
        """Whether names are few enough."""
        return max(len(self.by_type), len(self.by_topic), len(self.by_path)) <= MOST_NAMES


def taken(totals: Totals, cells: Iterable[Cell]) -> Iterator[tuple[date, Totals]]:
    """The totals to be taken after `totals`, each with its day, from the cells behind it in the order of days.

    `totals` itself moves on and is what each pair holds at its moment. Never at the end of the last day: it may still
    grow. Ends where there are too many names.
    """
    day, count = None, 0
    for cell in cells:
        if day is not None and cell.day != day and count >= totals.cells_between:
            if not totals.is_worth_keeping:
                return
            yield day, totals
            count = 0
        totals.add(cell)
        day, count = cell.day, count + 1


def between(first: ByName, last: ByName, around: ByName) -> dict[str, Amounts]:
    """What lies between two totals, and the amounts of days `around` it; names without activities are left out."""
    found = {name: amounts - first.get(name, NO_AMOUNTS) for name, amounts in last.items()}
    for name, amounts in around.items():
        found[name] = found.get(name, NO_AMOUNTS) + amounts
    return {name: amounts for name, amounts in found.items() if amounts.activities}
