"""Forecasts: the counts they are based on, which level comes first, and the sentence of every state."""

from datetime import date, timedelta

import pytest

from milepost.rules.achievements.metrics import metric_named
from milepost.rules.days.periods import Days
from milepost.rules.insight.forecasts import (
    GradedTopic,
    LevelForecast,
    lacks_grade,
    level_forecast,
    next_topic,
    sentence,
    series_of,
    soonest,
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


def test_the_topic_whose_next_level_comes_first() -> None:
    slow, fast = graded("slow", "beginner", 9, 70, 0), graded("fast", "beginner", 5, 70, 5)
    lacking, top = graded("lacking", "beginner", 9, 50, 9), graded("top", "expert", 60, 90, 20)
    higher = graded("higher", "intermediate", 29, 75, 28)
    assert next_topic([], POLICY) is None
    assert next_topic([top], POLICY) is None
    # 1 missing at ½ in 28 days, 5 missing at 5½.
    assert next_topic([lacking, slow, fast, top], POLICY) == fast
    assert next_topic([top, lacking, slow], POLICY) == slow
    assert next_topic([top, lacking], POLICY) == lacking
    assert next_topic([slow, higher, fast], POLICY) == higher
    assert next_topic([slow, higher, fast], POLICY, "intermediate") == fast
    assert next_topic([slow, higher, fast], POLICY, "expert") is None
    again = graded("again", "beginner", 9, 70, 0)
    assert next_topic([slow, again], POLICY) == again


SENTENCES = [
    (Estimate("reached"), "You already have everything it takes."),
    (Estimate("unlikely", within_60_percent=3), "About 3 of 100 get there within 60 days at your current pace."),
    (
        Estimate("too_few_days"),
        "An estimate needs graded exercises in loops on 3 of the 28 days before today.",
    ),
    (Estimate("not_predictable"), "This does not follow a daily pace, so there is no date."),
    (Estimate("grade_missing"), "This needs a better average: 1.6 points more."),
    (Estimate("if_unbroken", p50=date(2026, 3, 29)), "Sunday 29 March, if you practise every day."),
    (
        Estimate("expected", None, None, None, 78, date(2026, 3, 12), date(2026, 4, 1)),
        "About 78 of 100 get there within 60 days at your pace, "
        "mostly between Thursday 12 March and Wednesday 1 April.",
    ),
    (
        Estimate("expected", None, None, None, 99, date(2026, 3, 12), date(2026, 3, 12)),
        "About 99 of 100 get there within 60 days at your pace, mostly on Thursday 12 March.",
    ),
]


@pytest.mark.parametrize(("estimate", "text"), SENTENCES)
def test_every_state_has_its_sentence(estimate: Estimate, text: str) -> None:
    assert sentence(estimate, "graded exercises in loops", 1.6) == text


def test_one_point_is_not_plural() -> None:
    assert sentence(Estimate("grade_missing"), "", 1.0) == "This needs a better average: 1 point more."


def test_the_soonest_likely_date_is_offered() -> None:
    near, late = Estimate("not_predictable"), Estimate("expected", p50=date(2026, 4, 1), likely_until=date(2026, 5, 1))
    soon = Estimate("if_unbroken", p50=date(2026, 3, 14))
    beyond = Estimate("expected", likely_until=date(2026, 3, 12))
    assert soonest([]) is None
    assert soonest([near, Estimate("unlikely")]) == 0
    assert soonest([near, late]) == 1
    assert soonest([near, late, soon, soon]) == 2
    assert soonest([late, beyond]) == 1
