"""The change between two periods."""

from dataclasses import dataclass
from fractions import Fraction

from milepost.rules.rounding import change_percent, rounded
from milepost.rules.skills import GRADE_SCALE

DAYS_OF_TREND = 7


@dataclass(frozen=True, slots=True)
class Change:
    """Compared with the time before: exercises in percent (one decimal), average grade in grade points (two decimals).

    None if one of the two has nothing to compare.
    """

    exercises_percent: float | None
    average_grade: float | None


def change(exercises: tuple[int, int], graded: tuple[int, int], grade_milli: tuple[int, int]) -> Change:
    """The change; each pair is (before, now). Grades are counts and sums in thousandths."""
    before, now = exercises
    percent = change_percent(before, now)
    if not all(graded):
        return Change(percent, None)
    averages = [Fraction(total, GRADE_SCALE * count) for total, count in zip(grade_milli, graded, strict=True)]
    return Change(percent, rounded(averages[1] - averages[0], 2))
