"""Running totals of grades: any two of them, with the days around, say the same as the days themselves."""

from collections.abc import Sequence
from datetime import date, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from milepost.rules.mastery.estimate import (
    WINDOW_DAYS,
    DaySums,
    Faded,
    faded_learner,
    faded_topic,
    whole_exercises,
)
from milepost.rules.mastery.totals import GradeTotals, WeightedSums, grades_between, of_day

TODAY = date(2026, 6, 30)
GRADES = st.tuples(st.integers(-1, 2 * WINDOW_DAYS), st.sampled_from("ab"), st.integers(1, 6), st.integers(0, 100_000))
Grade = tuple[int, str, int, int]
"""Days ago, topic, weight, grade in thousandths."""


def day_of(ago: int, weight: int, milli: int) -> GradeTotals:
    sums = WeightedSums(weight, weight * milli, weight * milli // 2)
    return of_day(TODAY - timedelta(days=ago), 1, milli, milli // 2, sums)


def totals_of(grades: Sequence[Grade]) -> dict[str, GradeTotals]:
    """As the job takes them: one after the other, oldest first."""
    by_topic: dict[str, GradeTotals] = {}
    for ago, topic, weight, milli in sorted(grades, reverse=True):
        one, before = day_of(ago, weight, milli), by_topic.get(topic)
        by_topic[topic] = one if before is None else before.faded_until(one.last_day).plus(one)
    return by_topic


def read_today(grades: Sequence[Grade]) -> dict[str, GradeTotals]:
    """As a reader sums days that no total covers: each as it weighs today, those after today too."""
    by_topic: dict[str, GradeTotals] = {}
    for ago, topic, weight, milli in sorted(grades, reverse=True):
        one, before = day_of(ago, weight, milli).faded_until(TODAY), by_topic.get(topic)
        by_topic[topic] = one if before is None else before.plus(one)
    return by_topic


def days_of(grades: Sequence[Grade]) -> list[DaySums]:
    return [
        DaySums(TODAY - timedelta(days=ago), 1, weight, weight * milli, weight * milli // 2)
        for ago, _, weight, milli in sorted(grades, reverse=True)
    ]


def about(faded: Faded) -> object:
    return pytest.approx(faded, rel=1e-9, abs=1e-9)


@given(st.lists(GRADES, max_size=40), st.integers(0, WINDOW_DAYS), st.integers(0, WINDOW_DAYS))
@example([(0, "a", 1, 0), (-1, "a", 1, 0)], 0, 0)
def test_two_totals_and_the_days_around_them_are_the_days_in_between(grades: list[Grade], one: int, other: int) -> None:
    # A first total may be of the day before the window.
    first, last = max(one, other), min(one, other)
    before, until = (totals_of([grade for grade in grades if grade[0] >= ago]) for ago in (first, last))
    window = [grade for grade in grades if grade[0] < WINDOW_DAYS]
    around = read_today([grade for grade in window if grade[0] >= first or grade[0] < last])
    by_topic = grades_between(before, until, around, TODAY)
    assert by_topic.keys() == {topic for _, topic, _, _ in window}
    for topic, found in by_topic.items():
        of_topic = [grade for grade in window if grade[1] == topic]
        days = days_of(of_topic)
        assert (found.last_day, found.grades) == (days[-1].day, len(days))
        assert (found.grade_milli, found.typical_milli) == (
            sum(grade[3] for grade in of_topic),
            sum(grade[3] // 2 for grade in of_topic),
        )
        assert found.weighted == tuple(map(sum, zip(*(sums[2:] for sums in days), strict=True)))
        assert whole_exercises(*found.topic_faded) == about(faded_topic(days, TODAY))
        assert whole_exercises(*found.learner_faded) == about(faded_learner(days, TODAY))


def test_totals_fade_by_half_in_21_days_of_the_topic_and_42_of_the_learner() -> None:
    (sums,) = totals_of([(42, "a", 2, 50_000)]).values()
    faded = sums.faded_until(TODAY)
    assert (faded.topic_faded, faded.learner_faded) == ((0.5, 25_000, 12_500), (1.0, 50_000, 25_000))
    assert (faded.last_day, faded.as_of, faded.weighted) == (TODAY - timedelta(days=42), TODAY, (2, 100_000, 50_000))


def test_a_day_after_today_weighs_as_today() -> None:
    (sums,) = totals_of([(-1, "a", 2, 50_000)]).values()
    assert sums.faded_until(TODAY) == sums
