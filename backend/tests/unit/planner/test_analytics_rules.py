"""Figures over planner days: ranges, ratios, the top category, days in a row."""

from datetime import date, timedelta

import pytest

from milepost.rules.days.periods import Days
from milepost.rules.planner.analytics import (
    days_before_dashboard,
    days_in_a_row,
    days_of_dashboard,
    parse_range,
    share,
    top,
    total,
)
from milepost.rules.planner.planner_days import PlannerSums

END = date(2026, 3, 10)


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("today", Days(END, END)),
        ("7d", Days(date(2026, 3, 4), END)),
        ("30d", Days(date(2026, 2, 9), END)),
        ("2026-01-01..2026-01-01", Days(date(2026, 1, 1), date(2026, 1, 1))),
        ("2025-01-01..2026-02-04", Days(date(2025, 1, 1), date(2026, 2, 4))),
    ],
)
def test_ranges(text: str, days: Days) -> None:
    assert parse_range(text, END) == days


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("2026-01-02..2026-01-01", "before the start"),
        ("2025-01-01..2026-02-05", "400 days"),
        ("8d", "must be today"),
        ("2026-01-01", "must be today"),
        ("2026-01-01..2026-02-30", "day"),
    ],
)
def test_invalid_ranges_are_refused(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        parse_range(text, END)


def test_days_of_a_dashboard() -> None:
    assert days_of_dashboard("weekly", END) == parse_range("7d", END)
    assert days_of_dashboard("monthly", END) == parse_range("30d", END)
    assert days_of_dashboard("rolling_30d", END) == parse_range("30d", END)
    february = days_of_dashboard("month", date(2028, 2, 3))
    assert february == Days(date(2028, 2, 1), date(2028, 2, 29))
    assert days_before_dashboard("month", february) == Days(date(2028, 1, 1), date(2028, 1, 31))
    assert days_before_dashboard("weekly", Days(date(2028, 2, 8), date(2028, 2, 14))) == Days(
        date(2028, 2, 1), date(2028, 2, 7)
    )


def test_the_total_of_several_days() -> None:
    assert total([]) == PlannerSums()
    assert total([PlannerSums(1, 2, 3, 4, 5, 6, 7), PlannerSums(10, 20, 30, 40, 50, 60, 70)]) == PlannerSums(
        11, 22, 33, 44, 55, 66, 77
    )


@pytest.mark.parametrize(
    ("part", "whole", "ratio"),
    [
        *[(0, 0, None), (0, 5, 0.0), (5, 5, 1.0), (1, 3, 0.33), (2, 3, 0.67), (1, 200, 0.01)],
        *[(499, 500, 0.99), (999, 1_000, 0.99), (1, 500, 0.01), (1, 10**6, 0.01)],
    ],
)
def test_shares(part: int, whole: int, ratio: float | None) -> None:
    assert share(part, whole) == ratio


def test_the_top_category() -> None:
    names = {"a": "Work", "b": "Study", "c": "Art"}
    assert top({}, names) is None
    assert top({"a": 0}, names) is None
    assert top({"a": 5, "b": 7, "c": 0}, names) == "b"
    assert top({"a": 7, "b": 7}, names) == "b"
    assert top({"b": 3, "c": 3}, {"b": "Same", "c": "Same"}) == "b"


def before(*days: int) -> list[date]:
    """The dates that many days before the end."""
    return [END - timedelta(days=count) for count in days]


@pytest.mark.parametrize(
    ("completed", "last", "count"),
    [
        ([], END, 0),
        (before(0), END, 1),
        (before(1), END, 1),
        (before(2), END, 0),
        (before(3, 1, 2, 0, 5), END, 4),
        (before(1, 2), END + timedelta(days=30), 2),
        (before(2, 3), END - timedelta(days=1), 0),
        (before(1, 2, 3), END - timedelta(days=1), 3),
        (before(0, 1, 2), END - timedelta(days=1), 2),
    ],
)
def test_days_in_a_row(completed: list[date], last: date, count: int) -> None:
    assert days_in_a_row(completed, last, today=END) == count
