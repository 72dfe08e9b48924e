"""Periods: their first and last day, the time before, and the change between two."""

from datetime import date

import pytest

from milepost.rules.days.periods import Days, Period, days_before, days_of, last_days
from milepost.rules.insight.trends import Change, change

TODAY = date(2026, 3, 10)


@pytest.mark.parametrize(
    ("period", "first", "length", "first_before", "last_before"),
    [
        ("daily", date(2026, 3, 10), 1, date(2026, 3, 9), date(2026, 3, 9)),
        ("weekly", date(2026, 3, 4), 7, date(2026, 2, 25), date(2026, 3, 3)),
        ("monthly", date(2026, 2, 9), 30, date(2026, 1, 10), date(2026, 2, 8)),
    ],
)
def test_a_period_ends_today_and_the_time_before_is_as_long(
    period: Period, first: date, length: int, first_before: date, last_before: date
) -> None:
    days = days_of(period, TODAY)
    assert days == Days(first, TODAY)
    assert days is not None
    assert len(days) == length
    assert days_before(days) == Days(first_before, last_before)


def test_all_is_unbounded() -> None:
    assert days_of("all", TODAY) is None


def test_days_are_counted_in_dates_across_leap_days_and_years() -> None:
    assert last_days(2, date(2028, 3, 1)) == Days(date(2028, 2, 29), date(2028, 3, 1))
    assert last_days(7, date(2026, 1, 3)) == Days(date(2025, 12, 28), date(2026, 1, 3))


@pytest.mark.parametrize(
    ("exercises", "graded", "grade_milli", "expected"),
    [
        ((8, 9), (1, 2), (80_000, 163_800), Change(12.5, 1.9)),
        ((0, 5), (0, 5), (0, 400_000), Change(None, None)),
        ((4, 0), (4, 0), (320_000, 0), Change(-100.0, None)),
        ((3, 2), (3, 3), (250_000, 200_000), Change(-33.3, -16.67)),  # 83.333… to 66.666…: the exact difference
        ((3, 3), (1, 1), (70_000, 70_000), Change(0.0, 0.0)),
        ((1, 200), (0, 0), (0, 0), Change(19_900.0, None)),
    ],
)
def test_a_change_is_exact_and_never_divides_by_zero(
    exercises: tuple[int, int], graded: tuple[int, int], grade_milli: tuple[int, int], expected: Change
) -> None:
    assert change(exercises, graded, grade_milli) == expected
