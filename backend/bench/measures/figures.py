"""The lines of the result: ratios of two sides measured in turns in one run."""

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One line of the result: rates are medians of the rounds, `ratio` is the median of the rounds' ratios.

    Without a floor and a goal it is for comparing releases.
    """

    name: str
    what: str
    comparator: str
    comparator_rate: float
    our_rate: float
    ratio: float
    floor: float | None
    goal: float | None
    min_comparator_rate: float = 0.0
    note: str = ""
    lower_is_better: bool = False

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
    ratio = statistics.median(our / their for our, their in zip(our_rates, their_rates, strict=True))
    rates = statistics.median(their_rates), statistics.median(our_rates)
    return Figure(name, what, comparator, *rates, ratio, floor, goal, min_comparator_rate, note)
