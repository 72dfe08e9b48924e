"""What changed between two periods."""

from dataclasses import dataclass
from fractions import Fraction

from milepost.rules.rounding import change_percent, rounded
from milepost.rules.skills import GRADE_SCALE

DAYS_OF_TREND = 7


@dataclass(frozen=True, slots=True)
class Change:
    """Against the time before: exercises in percent (one decimal), the average grade in grade points (two decimals).

    None where the time before, or this one, has nothing to compare with.
    """

    exercises_percent: float | None
    average_grade: float | None


def change(exercises: tuple[int, int], graded: tuple[int, int], grade_milli: tuple[int, int]) -> Change:
    """What changed; each pair is (before, now), grades as counts and sums in thousandths."""
    before, now = exercises
    percent = change_percent(before, now)
    if not all(graded):
        return Change(percent, None)
    averages = [Fraction(total, GRADE_SCALE * count) for total, count in zip(grade_milli, graded, strict=True)]
    return Change(percent, rounded(averages[1] - averages[0], 2))
