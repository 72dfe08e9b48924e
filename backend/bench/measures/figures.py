"""The lines of the result: ratios of two sides measured in turns in one run."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from operator import truediv


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the result: `ratios` are those of the rounds, rates are medians of the rounds.

    Without a floor and a goal it is for comparing releases.
    """

    name: str
    what: str
    comparator: str
    comparator_rate: float
    our_rate: float
    ratios: Sequence[float]
    floor: float | None
    goal: float | None
    min_comparator_rate: float = 0.0
    note: str = ""
    lower_is_better: bool = False

    @property
    def ratio(self) -> float:
        """The median of the rounds."""
        return statistics.median(self.ratios)

    @property
    def spread(self) -> str:
        """The lowest and the highest ratio of a round."""
        return f"{min(self.ratios):.2f}–{max(self.ratios):.2f}"

    @property
    def verdict(self) -> str:
        """VOID when the comparator is implausibly slow; otherwise how the ratio compares with floor and goal."""
        if self.comparator_rate < self.min_comparator_rate:
            return "VOID"
        if self.floor is None or self.goal is None:
            return ""
        sign = -1 if self.lower_is_better else 1
        if sign * self.ratio >= sign * self.goal:
            return "goal"
        return "floor" if sign * self.ratio >= sign * self.floor else "BELOW"


@dataclass(frozen=True, slots=True)
class Plan:
    """Seconds of one side of one round, and the number of counted rounds. `say` gets a line after each round."""

    seconds: float
    rounds: int
    say: Callable[[str], None]


def figure(
    name: str,
    what: str,
    comparator: str,
    their_rates: Sequence[float],
    our_rates: Sequence[float],
    floor: float,
    goal: float,
    min_comparator_rate: float = 0.0,
    note: str = "",
) -> Figure:
    """A figure from the rates of both sides in the same rounds."""
    rates = statistics.median(their_rates), statistics.median(our_rates)
    ratios = tuple(map(truediv, our_rates, their_rates))
    return Figure(name, what, comparator, *rates, ratios, floor, goal, min_comparator_rate, note)


def figure_of_times(
    name: str,
    what: str,
    comparator: str,
    rounds: Sequence[tuple[float, float]],
    items: float,
    floor: float | None = None,
    goal: float | None = None,
) -> Figure:
    """A figure from the seconds that each side took for `items`, theirs first; the ratio is that of the seconds."""
    theirs, ours = (statistics.median(seconds) for seconds in zip(*rounds, strict=True))
    ratios = tuple(our / their for their, our in rounds)
    return Figure(name, what, comparator, items / theirs, items / ours, ratios, floor, goal, lower_is_better=True)
