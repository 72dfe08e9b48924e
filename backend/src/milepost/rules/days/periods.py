"""Statistics periods: the local days that each covers, and the equally long time before it.

This module does not know the clock or where days are stored.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from milepost.rules.days.calendar import month_bounds

Period = Literal["daily", "weekly", "monthly", "month", "rolling_30d", "all"]

_LENGTHS: dict[Period, int] = {"daily": 1, "weekly": 7, "monthly": 30, "rolling_30d": 30}


@dataclass(frozen=True, slots=True)
class Days:
    """Local days from `first` to `last`, both inclusive."""

    first: date
    last: date

    def __len__(self) -> int:
        """The number of days; never 0."""
        return (self.last - self.first).days + 1


def last_days(count: int, today: date) -> Days:
    """The last `count` days, including today."""
    return Days(today - timedelta(days=count - 1), today)


def days_of(period: Period, last: date) -> Days | None:
    """daily: `last` alone · weekly: the 7 days up to it · monthly, rolling_30d: the 30 · month: its month up to it.

    None for `all`: unbounded.
    """
    if period == "month":
        return Days(month_bounds(last)[0], last)
    length = _LENGTHS.get(period)
    return None if length is None else last_days(length, last)


def days_before(days: Days) -> Days:
    """The equally long time directly before `days`."""
    return Days(days.first - timedelta(days=len(days)), days.first - timedelta(days=1))
