"""Forecasts: the counts they are based on, which level comes first, and the sentence of every state."""

from collections.abc import Mapping
from datetime import date, timedelta

import pytest

from milepost.rules.achievements.definitions import Condition, Where
from milepost.rules.achievements.metrics import metric_named
from milepost.rules.days.periods import Days
from milepost.rules.insight.forecasts import (
    GradedTopic,
    LevelForecast,
    counted_words,
    earliest_first,
    is_likely,
    lacks_grade,
    level_forecast,
    levels_by_date,
    sentence,
    series_of,
)
from milepost.rules.insight.predictions import Estimate, estimate
from support.policies import SKILLS_POLICY as POLICY

TODAY = date(2026, 3, 10)
YESTERDAY = TODAY - timedelta(days=1)
FIRST = TODAY - timedelta(days=182)
WINDOW = Days(FIRST, YESTERDAY)


@pytest.mark.parametrize(
    ("metric", "amounts"),
    [("exercises_completed", [0, 2, 125]), ("minutes", [0, 0, 2]), ("active_days", [0, 1, 1])],
)
def test_a_day_in_the_unit_of_its_metric(metric: str, amounts: list[int]) -> None:
    assert [metric_named(metric).of_day(amount) for amount in (0, 2, 125)] == amounts


def test_a_series_begins_with_the_learner_or_the_first_count() -> None:
    counts = {YESTERDAY - timedelta(days=1): 2, TODAY: 5}
    assert series_of(counts, None, WINDOW) == [2, 0]
    assert series_of(counts, YESTERDAY - timedelta(days=3), WINDOW) == [0, 0, 2, 0]
    assert len(series_of(counts, date(2000, 1, 1), WINDOW)) == 182
    assert series_of({}, None, WINDOW) == [0]
    assert series_of({TODAY: 1}, TODAY, WINDOW) == []


def graded(topic: str, level: str, count: int, average: int, lately: int) -> GradedTopic:
    return GradedTopic(topic, level, count, count * average * 1_000, lately)


def test_the_next_level_of_a_topic() -> None:
    days = {TODAY - timedelta(days=back): 1 for back in range(6)}
    young = level_forecast(graded("loops", "beginner", 6, 70, 6), days, POLICY, WINDOW, TODAY)
    assert young == LevelForecast("loops", "intermediate", 4, 0.0, estimate([1] * 5, 4, TODAY, 1))
    older = level_forecast(graded("loops", "beginner", 9, 70, 6), days, POLICY, WINDOW, TODAY)
    assert older is not None
    assert older.estimate == estimate([0] * 177 + [1] * 5, 1, TODAY, 1)
    lacking = level_forecast(graded("loops", "beginner", 9, 50, 6), {}, POLICY, WINDOW, TODAY)
    assert lacking == LevelForecast("loops", "intermediate", 1, 10.0, Estimate("grade_missing"))
    assert level_forecast(graded("loops", "expert", 60, 90, 6), days, POLICY, WINDOW, TODAY) is None


@pytest.mark.parametrize(
    ("level", "average", "lacks"), [("beginner", 59, True), ("beginner", 60, False), ("expert", 90, False)]
)
def test_no_pace_reaches_a_better_average(level: str, average: int, lacks: bool) -> None:
    assert lacks_grade(graded("loops", level, 60 if level == "expert" else 9, average, 0), POLICY) is lacks


def forecasts_of(*topics: GradedTopic, **counts: Mapping[date, int]) -> list[tuple[str, str]]:
    """Topic and state of each forecast, in their order. `counts`: graded exercises by day, by topic."""
    found = {
        topic.topic: forecast
        for topic in topics
        if (forecast := level_forecast(topic, counts.get(topic.topic, {}), POLICY, WINDOW, TODAY)) is not None
    }
    return [(forecast.topic, forecast.estimate.state) for forecast in levels_by_date(topics, found)]


def test_the_level_with_the_earliest_likely_date_comes_first() -> None:
    # Five missing at three a day come before one missing on every third day.
    often = {TODAY - timedelta(days=ago): 3 for ago in range(1, 20)}
    seldom = {TODAY - timedelta(days=ago): 1 for ago in range(3, 120, 9)}
    many, few = graded("many", "intermediate", 20, 75, 57), graded("few", "beginner", 9, 70, 3)
    lacking = graded("lacking", "beginner", 9, 50, 9)
    found = forecasts_of(lacking, few, many, many=often, few=seldom)
    assert found == [("many", "expected"), ("few", "expected"), ("lacking", "grade_missing")]


def test_levels_without_a_date_come_by_what_is_missing() -> None:
    slow, fast = graded("slow", "beginner", 9, 70, 0), graded("fast", "beginner", 5, 70, 5)
    lacking, top = graded("lacking", "beginner", 9, 50, 9), graded("top", "expert", 60, 90, 20)
    again = graded("again", "beginner", 9, 70, 0)
    assert forecasts_of() == forecasts_of(top) == []
    # 1 missing at ½ in 28 days, 5 missing at 5½.
    names = [topic for topic, _ in forecasts_of(lacking, slow, fast, top, again)]
    assert names == ["fast", "again", "slow", "lacking"]


def test_without_a_grade_none_is_too_low() -> None:
    """The estimate needs exercises first: no average is there to be raised."""
    ungraded = GradedTopic("loops", "beginner", 0, 0, 0)
    assert not lacks_grade(ungraded, POLICY)
    assert forecasts_of(ungraded) == [("loops", "too_few_days")]


SENTENCES = [
    (Estimate("reached"), "You already have everything it takes."),
    (Estimate("unlikely", within_60_percent=1), "Fewer than 2 of 100 get there within 60 days at your current pace."),
    (Estimate("unlikely", within_60_percent=3), "About 3 of 100 get there within 60 days at your current pace."),
    (
        Estimate("too_few_days"),
        "An estimate needs graded exercises in loops on 3 of the 28 days before today.",
    ),
    (Estimate("not_predictable"), "This does not follow a daily pace, so there is no date."),
    (Estimate("grade_missing"), "This needs a better average: 1.6 points more."),
    (Estimate("if_unbroken", p50=date(2026, 3, 29)), "Sunday 29 March, if you practise every day."),
    (
        Estimate("expected", None, date(2026, 3, 20), None, 78, date(2026, 3, 12), date(2026, 4, 1)),
        "At your pace about Friday 20 March: 78 of 100 get there within 60 days, "
        "mostly between Thursday 12 March and Wednesday 1 April.",
    ),
    (
        Estimate("expected", None, date(2026, 3, 12), None, 99, date(2026, 3, 12), date(2026, 3, 12)),
        "At your pace about Thursday 12 March: 99 of 100 get there within 60 days, mostly on that day.",
    ),
]


@pytest.mark.parametrize(("estimate", "text"), SENTENCES)
def test_every_state_has_its_sentence(estimate: Estimate, text: str) -> None:
    assert sentence(estimate, "graded exercises in loops", 1.6) == text


def test_one_point_is_not_plural() -> None:
    assert sentence(Estimate("grade_missing"), "", 1.0) == "This needs a better average: 1 point more."


def order(*estimates: Estimate, missing: int = 1, run: int = 0) -> list[int]:
    return earliest_first([(estimate, is_likely(estimate, missing, run)) for estimate in estimates])


def test_the_earliest_likely_date_comes_first() -> None:
    undated = Estimate("not_predictable")
    late = Estimate("expected", p50=date(2026, 4, 1), likely_until=date(2026, 5, 1))
    soon = Estimate("if_unbroken", p50=date(2026, 3, 14))
    surer = Estimate("expected", p50=date(2026, 4, 1), likely_until=date(2026, 4, 20))
    assert order() == []
    assert order(undated, Estimate("unlikely", within_60_percent=49)) == [0, 1]
    assert order(undated, late) == [1, 0]
    assert order(undated, late, soon, soon, surer) == [2, 3, 4, 1, 0]


@pytest.mark.parametrize(
    ("missing", "run", "comes_first"), [(1, 0, True), (2, 0, False), (2, 1, True), (7, 5, False), (7, 6, True)]
)
def test_a_run_is_expected_to_last_as_long_again(missing: int, run: int, comes_first: bool) -> None:
    """(run + 1) / (run + missing + 1) is at least ½."""
    unbroken = Estimate("if_unbroken", p50=date(2026, 3, 14))
    late = Estimate("expected", p50=date(2026, 4, 1), likely_until=date(2026, 5, 1))
    undated = Estimate("unlikely", within_60_percent=49)
    places = order(undated, late, unbroken, missing=missing, run=run)
    assert places == ([2, 1, 0] if comes_first else [1, 2, 0])


@pytest.mark.parametrize(
    ("condition", "words"),
    [
        (Condition("exercises_completed", 1), "exercises"),
        (Condition("active_days", 1), "activities"),
        (Condition("minutes", 1, Where(topic="sets")), "minutes in sets"),
        (Condition("points", 1, Where(object_type="quiz", topic="sets")), "points of type quiz in sets"),
    ],
)
def test_what_a_condition_counts(condition: Condition, words: str) -> None:
    assert counted_words(condition) == words
