"""Planner analytics: the range of days of a query, and the figures of a range of planner days.

This module does not know the clock or where planner days are stored.
"""

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Literal

from milepost.rules.days.calendar import month_bounds
from milepost.rules.days.periods import Days, days_before, last_days
from milepost.rules.planner.planner_days import PlannerSums
from milepost.rules.rounding import proportion

MAX_RANGE_DAYS = 400
DashboardPeriod = Literal["weekly", "monthly", "month", "rolling_30d"]

RANGE_FORMS = "must be today, 7d, 30d or two dates A..B, like 2026-03-01..2026-03-31"

_DAY = timedelta(days=1)
_NAMED = {"today": 1, "7d": 7, "30d": 30}
_LENGTHS: dict[DashboardPeriod, int] = {"weekly": 7, "monthly": 30, "rolling_30d": 30}


def parse_range(text: str, end: date) -> Days:
    """`today`, `7d`, `30d`: that many days up to and including `end`; `A..B`: from one date to another, both inclusive.

    Raises:
        ValueError: The text is none of these, or the range ends before it begins or exceeds `MAX_RANGE_DAYS`.
    """
    if text in _NAMED:
        return last_days(_NAMED[text], end)
    first, _, last = text.partition("..")
    try:
        days = Days(date.fromisoformat(first), date.fromisoformat(last))
    except ValueError:
        raise ValueError(RANGE_FORMS) from None
    return validate_range(days)


def validate_range(days: Days) -> Days:
    """Return the range if a query may have it.

    Raises:
        ValueError: The range ends before it begins or exceeds `MAX_RANGE_DAYS`.
    """
    if days.last < days.first:
        raise ValueError("the end is before the start")
    if len(days) > MAX_RANGE_DAYS:
        raise ValueError(f"a range has at most {MAX_RANGE_DAYS} days")
    return days


def days_of_dashboard(period: DashboardPeriod, end: date) -> Days:
    """weekly: the 7 days up to and including `end` · monthly, rolling_30d: the 30 days · month: the calendar month."""
    if period == "month":
        return Days(*month_bounds(end))
    return last_days(_LENGTHS[period], end)


def days_before_dashboard(period: DashboardPeriod, days: Days) -> Days:
    """The period before: the calendar month for a month, otherwise the equally long time."""
    return Days(*month_bounds(days.first - _DAY)) if period == "month" else days_before(days)


def total(sums: Iterable[PlannerSums]) -> PlannerSums:
    """The sum of the sums of several days."""
    return PlannerSums(*map(sum, zip(PlannerSums(), *sums, strict=True)))


def share(part: int, whole: int) -> float | None:
    """part / whole, 0–1 with two decimals, 1 only if whole and 0 only if nothing; None if `whole` is 0."""
    return proportion(part, whole, 2, unit=1) if whole else None


def top(minutes: Mapping[str, int], names: Mapping[str, str]) -> str | None:
    """The category with the most minutes, of equals the first by name; None if nothing is scheduled."""
    scheduled = [category for category, count in minutes.items() if count]
    return min(scheduled, key=lambda category: (-minutes[category], names[category], category), default=None)


def days_in_a_row(completed_on: Iterable[date], last: date, today: date) -> int:
    """The number of consecutive days up to `last` with a completed task. If today has none yet, it ends yesterday.

    `completed_on` are the days with a completed task, in any order; the result is limited to them.
    """
    completed = set(completed_on)
    day = min(last, today)
    if day == today and day not in completed:
        day -= _DAY
    count = 0
    while day in completed:
        count, day = count + 1, day - _DAY
    return count
