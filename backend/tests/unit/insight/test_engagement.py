"""Shares, balance, engagement, time spent and areas, worked out by hand."""

import math
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.rules.days.periods import Days, last_days
from milepost.rules.insight.engagement import (
    Balance,
    Effort,
    Engagement,
    balance,
    engagement,
    four_weeks_before,
    time_spent,
    time_spent_window,
)
from milepost.rules.insight.topic_strengths import Area, Areas, areas

TODAY = date(2026, 3, 10)  # a Tuesday


@pytest.mark.parametrize(
    ("activities", "percent", "least"),
    [
        ({}, None, None),
        ({"a": 9}, None, None),
        ({"a": 0}, None, None),
        ({"a": 1, "b": 1}, 100.0, "a"),
        ({"b": 7, "a": 7, "c": 7}, 100.0, "a"),
        ({"a": 1, "b": 0}, 0.0, "b"),
        ({"a": 0, "b": 0}, 0.0, "a"),
        # −(¾ ln ¾ + ¼ ln ¼) / ln 2
        ({"a": 3, "b": 1}, 81.1, "b"),
        ({"a": 2, "b": 1, "c": 1}, 94.6, "b"),
        ({"a": 1, "b": 1, "c": 0, "d": 0}, 50.0, "c"),
        ({"a": 500, "b": 499}, 99.9, "b"),
        ({"a": 10**9, "b": 10**9 - 1}, 99.9, "b"),
        ({"a": 100_000, "b": 1}, 0.1, "b"),
    ],
)
def test_balance(activities: dict[str, int], percent: float | None, least: str | None) -> None:
    assert balance(activities) == Balance(percent, least)


def test_balance_is_the_entropy_and_never_leaves_0_to_100() -> None:
    counts = {str(place): place * place + 1 for place in range(30)}
    whole = sum(counts.values())
    entropy = -sum(count / whole * math.log2(count / whole) for count in counts.values())
    assert balance(counts).percent == pytest.approx(100 * entropy / math.log2(30), abs=0.05)
    for names in range(2, 200):
        assert balance({str(place): 10**6 for place in range(names)}).percent == 100.0


def test_four_weeks_before() -> None:
    assert four_weeks_before(last_days(7, TODAY)) == Days(date(2026, 2, 4), date(2026, 3, 3))
    assert len(four_weeks_before(last_days(400, TODAY))) == 28


def test_engagement() -> None:
    assert engagement(7, 2, 5, 2, Effort(5, 90), Effort(4, 60)) == Engagement(2, 28.6, 2.5, 0.8, 25.0, 50.0)
    assert engagement(90, 0, 0, 0, Effort(), Effort()) == Engagement(0, 0.0, 0.0, None, None, None)
    assert engagement(90, 0, 0, 0, Effort(), Effort(1, 1)) == Engagement(0, 0.0, 0.0, None, -100.0, -100.0)
    assert engagement(1, 1, 1, 1, Effort(1, 1), Effort(3_000, 3_000)) == Engagement(1, 100.0, 1.0, 0.1, -99.9, -99.9)
    assert engagement(3_000, 2_999, 2_999, 0, Effort(2_999, 0), Effort(3_000, 0)).active_days_percent == 99.9


def test_activities_of_other_days_are_not_of_active_days() -> None:
    assert engagement(7, 0, 0, 0, Effort(5, 0), Effort()).activities_per_active_day == 0.0
    assert engagement(7, 1, 2, 0, Effort(5, 0), Effort()).activities_per_active_day == 2.0


def test_minutes_rest_on_the_days_that_report_them() -> None:
    assert engagement(7, 4, 8, 2, Effort(8, 3_600), Effort(8, 7_200)) == Engagement(4, 57.1, 2.0, 30.0, 0.0, -50.0)
    unknown = engagement(7, 4, 8, 0, Effort(8, 0), Effort(8, 7_200))
    assert unknown.minutes_per_active_day is unknown.minutes_change_percent is None


def test_time_spent_by_day_week_and_month() -> None:
    monday = TODAY - timedelta(days=1)
    seconds = {TODAY: 60, monday: 30, monday - timedelta(days=1): 7, date(2026, 2, 28): 5, date(2025, 4, 1): 3}
    window = time_spent_window(TODAY)
    days = [window.first + timedelta(days=place) for place in range(len(window))]
    spent = time_spent([seconds.get(day, 0) for day in days], TODAY)
    assert [len(series) for series in (spent.daily, spent.weekly, spent.monthly)] == [30, 12, 12]
    assert spent.daily[0] == (date(2026, 2, 9), 0)
    assert spent.daily[-3:] == [(date(2026, 3, 8), 7), (monday, 30), (TODAY, 60)]
    assert spent.weekly[0] == (date(2025, 12, 22), 0)
    assert spent.weekly[-3:] == [(date(2026, 2, 23), 5), (date(2026, 3, 2), 7), (monday, 90)]
    assert spent.monthly[0] == (date(2025, 4, 1), 3)
    assert spent.monthly[-2:] == [(date(2026, 2, 1), 5), (date(2026, 3, 1), 97)]


@pytest.mark.parametrize(
    ("today", "first"),
    [
        (TODAY, "2025-04-01"),
        (date(2026, 12, 31), "2026-01-01"),
        (date(2026, 1, 1), "2025-02-01"),
        (date(2024, 2, 29), "2023-03-01"),
    ],
)
def test_the_window_of_time_spent_covers_everything_shown(today: date, first: str) -> None:
    days = time_spent_window(today)
    assert (days.first.isoformat(), days.last) == (first, today)
    assert days.first <= time_spent([0] * len(days), today).weekly[0][0]


def area(topic: str, average: int, graded: int = 5) -> Area:
    return Area(topic, graded, average * graded * 1_000)


@pytest.mark.parametrize(
    ("topics", "strongest", "improvement"),
    [
        ([], "", ""),
        ([area("a", 90)], "", ""),
        ([area("a", 90), area("b", 80, graded=4)], "", ""),
        ([area("a", 80), area("b", 90)], "b", "a"),
        ([area("a", 80), area("b", 80)], "", ""),
        ([area("a", 90), area("b", 80), area("c", 70)], "a", "c"),
        ([area(name, 60 + place) for place, name in enumerate("abcdefgh")], "hgf", "abc"),
        ([area(name, 60 + place) for place, name in enumerate("abcd")], "dc", "ab"),
        # Where the lists meet, areas with equal averages belong to neither.
        ([area("a", 90), area("b", 80), area("c", 80), area("d", 80)], "a", ""),
        ([area("a", 90), area("b", 80), area("c", 80), area("d", 70)], "a", "d"),
        ([area("a", 80), area("b", 80), area("c", 80), area("d", 70)], "", "d"),
        ([area("b", 90), area("a", 90), area("d", 60), area("c", 60)], "ab", "cd"),
    ],
)
def test_areas(topics: list[Area], strongest: str, improvement: str) -> None:
    ranked = areas(topics)
    assert "".join(each.topic for each in ranked.strongest) == strongest
    assert "".join(each.topic for each in ranked.improvement) == improvement


def test_averages_are_compared_exactly() -> None:
    thirds, equal = Area("thirds", 6, 200_000), Area("other", 9, 300_000)
    assert areas([thirds, equal]) == Areas()
    assert areas([thirds, Area("other", 9, 300_001)]).strongest[0].topic == "other"


@given(st.lists(st.tuples(st.integers(5, 10**6), st.integers(0, 10**5)), min_size=2, max_size=2))
def test_averages_have_the_order_of_exact_fractions(pair: list[tuple[int, int]]) -> None:
    """Even where floats cannot tell them apart."""
    left, right = (
        Area(name, graded, grade * graded - place)
        for place, (name, (graded, grade)) in enumerate(zip("ab", pair, strict=True))
    )
    exact = Fraction(left.grade_milli, left.graded), Fraction(right.grade_milli, right.graded)
    assert (left.average < right.average, left.average == right.average) == (exact[0] < exact[1], exact[0] == exact[1])
