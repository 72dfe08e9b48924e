"""The day an achievement was earned on."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Literal

import pytest

from milepost.rules.achievements.definitions import Condition, Counter, Where
from milepost.rules.achievements.earned_on import columns_read, counts_achievements, is_dated_by_days
from oracles.achievement_days import DaySums, earned_on
from support.catalogues import achievement

QUIZ = Where("quiz", topic="loops")
FIRST = date(2026, 3, 27)


def day(offset: int) -> DaySums:
    """A day with one activity and no other sums."""
    return DaySums(local_day=FIRST + timedelta(days=offset), activities=1)


DATED: list[tuple[Condition, Callable[[int], DaySums]]] = [
    (Condition("exercises_completed", 7), lambda n: replace(day(n), exercises=2)),
    (Condition("activities", 4), lambda n: day(n)),
    (Condition("points", 31), lambda n: replace(day(n), points=10)),
    (Condition("minutes", 3), lambda n: replace(day(n), seconds=50)),
    (Condition("active_days", 4), lambda n: day(n)),
    (Condition("streak", 4), lambda n: replace(day(n), longest=n // 2 + 1)),
    (Condition("perfect_grades", 4), lambda n: replace(day(n), perfect=1)),
    (Condition("no_hint_exercises", 4), lambda n: replace(day(n), no_hint=1)),
    (Condition("topics_practised", 4), lambda n: replace(day(n), new_topics=1)),
]


@pytest.mark.parametrize(("condition", "sums_of"), DATED, ids=[condition.metric for condition, _ in DATED])
def test_earned_on_the_first_day_by_which_it_was_true(condition: Condition, sums_of: Callable[[int], DaySums]) -> None:
    days = [sums_of(offset) for offset in (0, 2, 4, 6, 8)]  # met on the fourth, six days after the first
    definition = achievement("it", condition)
    assert earned_on(definition, days) == FIRST + timedelta(days=6)
    assert earned_on(definition, days[:4]) == FIRST + timedelta(days=6)
    assert earned_on(definition, days[:3]) is None
    assert earned_on(definition, iter(days)) == FIRST + timedelta(days=6)


def test_a_late_day_moves_the_date_back() -> None:
    days = [replace(day(0), exercises=2), replace(day(5), exercises=2), replace(day(9), exercises=3)]
    definition = achievement("seven", Condition("exercises_completed", 7))
    assert earned_on(definition, days) == FIRST + timedelta(days=9)
    assert earned_on(definition, [*days[:1], replace(day(3), exercises=3), *days[1:]]) == FIRST + timedelta(days=5)


@pytest.mark.parametrize(("metric", "needed"), [("minutes", 3), ("points", 150), ("active_days", 3)])
def test_filtered_conditions_are_dated_too(metric: str, needed: int) -> None:
    amount = 1 if metric == "active_days" else 50
    key, other = Counter(metric, QUIZ).key, Counter(metric, Where("quiz")).key
    days = [
        replace(day(offset), seconds=9_999, points=9_999, counters={key: amount, other: 9_999} if offset % 2 else {})
        for offset in range(12)
    ]
    expected = {"minutes": 7, "points": 5, "active_days": 5}[metric]
    assert earned_on(achievement("it", Condition(metric, needed, QUIZ)), days) == FIRST + timedelta(days=expected)


@pytest.mark.parametrize(("needs", "offset"), [("all", 4), ("any", 2)])
def test_several_conditions_are_dated_together(needs: Literal["all", "any"], offset: int) -> None:
    days = [replace(day(offset), exercises=1, perfect=offset > 1) for offset in range(9)]
    parts = (Condition("exercises_completed", 3), Condition("perfect_grades", 3))
    assert earned_on(achievement("it", *parts, needs=needs), days) == FIRST + timedelta(days=offset)


def test_counting_achievements_are_dated_by_those_they_count() -> None:
    three = achievement("three-held", Condition("achievements_unlocked", 3))
    unlocks = [FIRST + timedelta(days=offset) for offset in (8, 2, 3, 5)]
    days = [day(0), day(2), day(8)]
    assert earned_on(three, days, unlocks) == FIRST + timedelta(days=5)
    assert earned_on(three, days, unlocks[:3]) == FIRST + timedelta(days=8)
    assert earned_on(three, days, unlocks[1:3]) is None
    # Earned on a day without activity, through an unlock that its moment dated.
    two = achievement("two-held", Condition("achievements_unlocked", 2), Condition("active_days", 2))
    assert earned_on(two, days, unlocks) == FIRST + timedelta(days=3)


def test_milestones_are_dated_by_the_days_they_were_reached_on() -> None:
    days = [replace(day(n), new_milestones=new) for n, new in enumerate((1, 0, 2, 1))]
    dates = [earned_on(achievement("it", Condition("milestones_reached", n)), days) for n in range(1, 6)]
    assert dates == [*(FIRST + timedelta(days=n) for n in (0, 2, 2, 3)), None]


@pytest.mark.parametrize("metric", ["skill_level", "goals_met", "manual"])
def test_metrics_without_day_sums_are_dated_by_the_unlock(metric: str) -> None:
    plain, mixed = (
        achievement("it", Condition(metric, 1)),
        achievement("it", Condition("points", 1), Condition(metric, 1)),
    )
    for definition in (plain, mixed):
        assert not is_dated_by_days(definition)
        assert earned_on(definition, [replace(day(0), points=5)]) is None


def test_only_columns_that_are_read_are_needed() -> None:
    quizzes = achievement("quizzes", Condition("points", 5, QUIZ), Condition("minutes", 3), needs="any")
    three = achievement("three-held", Condition("achievements_unlocked", 3), Condition("streak", 2))
    granted = achievement("granted", Condition("manual", 1))
    level = achievement("level", Condition("skill_level", 1), Condition("points", 1))
    assert columns_read([quizzes, three, granted, level]) == {Counter("points", QUIZ).key, "seconds", "longest"}
    assert [counts_achievements(each) for each in (quizzes, three, granted)] == [False, True, False]
