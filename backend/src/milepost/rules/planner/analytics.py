"""Analytics of plans: which days a question is about, and the figures a range of planner days comes to.

Knows neither the clock nor where planner days are stored.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Literal

from milepost.rules.days.periods import Days, last_days
from milepost.rules.planner.planner_days import PlannerSums
from milepost.rules.rounding import quotient

MAX_RANGE_DAYS = 400
DashboardPeriod = Literal["weekly", "monthly"]

_DAY = timedelta(days=1)
_NAMED = {"today": 1, "7d": 7, "30d": 30}
_LENGTHS: dict[DashboardPeriod, int] = {"weekly": 7, "monthly": 30}


def range_of(asked: str, end: date) -> Days:
    """`today`, `7d`, `30d`: so many days up to `end`, it included; `A..B`: from one date to another, both included.

    Raises:
        ValueError: none of these, or it ends before it begins, or has more than `MAX_RANGE_DAYS` days.
    """
    if asked in _NAMED:
        return last_days(_NAMED[asked], end)
    first, _, last = asked.partition("..")
    return checked(Days(date.fromisoformat(first), date.fromisoformat(last)))


def checked(days: Days) -> Days:
    """A range that may be asked for.

    Raises:
        ValueError: it ends before it begins, or has more than `MAX_RANGE_DAYS` days.
    """
    if days.last < days.first:
        raise ValueError("the end lies before the start")
    if len(days) > MAX_RANGE_DAYS:
        raise ValueError(f"at most {MAX_RANGE_DAYS} days are possible")
    return days


def days_of_dashboard(period: DashboardPeriod, end: date) -> Days:
    """weekly: the 7 days up to `end` · monthly: the 30 days up to `end`, it included."""
    return last_days(_LENGTHS[period], end)


def total(sums: Iterable[PlannerSums]) -> PlannerSums:
    """Sums of several days together."""
    return PlannerSums(*map(sum, zip(PlannerSums(), *sums, strict=True)))


def share(part: int, whole: int) -> float | None:
    """A ratio 0–1 with two decimals, halves up; None without a whole."""
    return quotient(part, whole, 2) if whole else None


def top(minutes: Mapping[str, int], names: Mapping[str, str]) -> str | None:
    """The category with most minutes, of equal ones the first by name; None when nothing is scheduled."""
    scheduled = [category for category, count in minutes.items() if count]
    return min(scheduled, key=lambda one: (-minutes[one], names[one], one), default=None)


def days_in_a_row(completed_on: Iterable[date], last: date, today: date) -> int:
    """How many days up to `last` follow one another on which a task was completed. Today may still lack one.

    Bounded by what is given: `completed_on` are such days, in any order.
    """
    completed = set(completed_on)
    day = min(last, today)
    if day == today and day not in completed:
        day -= _DAY
    count = 0
    while day in completed:
        count, day = count + 1, day - _DAY
    return count
