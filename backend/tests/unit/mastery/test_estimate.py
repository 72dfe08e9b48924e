"""What a learner can be expected to get: the formula in cases worked out by hand."""

from datetime import date, timedelta

import pytest

from milepost.rules.mastery.estimate import (
    NOTHING,
    DaySums,
    Faded,
    MasteryEstimate,
    ability,
    estimate,
    estimate_of,
    faded_topic,
    learner_strength,
    next_answer,
    percent,
    whole_exercises,
)
from milepost.rules.mastery.logistic import logit

TODAY = date(2026, 6, 30)


def ago(days: int) -> date:
    return TODAY - timedelta(days=days)


FOUR_TODAY = DaySums(TODAY, 4, 4, 300_000, 280_000)
"""100, 100, 100 and 0, where a typical learner gets 70 of 100 in each."""


def test_four_answers_of_today() -> None:
    """u = 1.8·(ln 2.952381 − ln 1.740741) = .206528, θ = .113590 + .5·ln 3.962613 − .3·ln 3.581478 = .419309."""
    assert estimate([FOUR_TODAY], [FOUR_TODAY], TODAY, logit(0.7)) == MasteryEstimate(75.76, 48.74, 91.13, 4)


def test_days_fade_by_half_in_21_days_of_the_topic_and_42_of_the_learner() -> None:
    # Today 100 (others 60) and 50, which weighs 6 (others 80); 21 days ago 0 (others 70).
    topic = [DaySums(ago(21), 1, 1, 0, 70_000), DaySums(TODAY, 2, 7, 400_000, 540_000)]
    # And 42 days ago four times 100 elsewhere (others 50).
    learner = [DaySums(ago(42), 4, 4, 400_000, 200_000), *topic]
    assert faded_topic(topic, TODAY) == Faded(4.0, 3.5, 5.75)
    assert estimate(topic, learner, TODAY, -0.5) == MasteryEstimate(35.75, 15.31, 63.13, 3)


def test_days_that_do_not_fade_say_what_the_learner_could_do_when_the_topic_was_fresh() -> None:
    topic, learner = whole_exercises(8, 400_000, 610_000), whole_exercises(12, 800_000, 810_000)
    assert estimate_of(topic, learner_strength(learner), -0.5, 3) == MasteryEstimate(39.29, 17.50, 66.38, 3)


def test_below_three_grades_there_is_no_estimate() -> None:
    two = [DaySums(TODAY, 2, 12, 600_000, 840_000)]
    assert estimate(two, two, TODAY, 0.0) is None
    assert estimate([DaySums(ago(9), 1, 1, 0, 50_000), *two], two, TODAY, 0.0) is not None


def test_what_is_older_than_400_days_is_not_looked_at() -> None:
    last_day, too_old = (DaySums(ago(days), 3, 3, 300_000, 210_000) for days in (399, 400))
    assert estimate([too_old], [], TODAY, 0.0) is None
    resting = estimate([last_day], [], TODAY, 0.0)
    assert resting is not None
    assert (resting.estimate, resting.grades) == (50.0, 3)


def test_a_day_after_today_counts_as_today() -> None:
    """A learner who flies west may have practised on a date that has not come yet."""
    assert faded_topic([DaySums(ago(-1), 4, 4, 300_000, 280_000)], TODAY) == faded_topic([FOUR_TODAY], TODAY)


def test_without_data_nothing_is_known() -> None:
    assert learner_strength(NOTHING) == 0.0
    assert ability(NOTHING, 2.0) == pytest.approx(1.1)
    assert next_answer(0.0, 0.0) == 0.5


def test_the_band_is_80_percent_and_narrows_with_grades() -> None:
    """Σ weights 75 quarter the variance: ± 1.2816/2 around 50."""
    days = [DaySums(TODAY, 75, 75, 3_750_000, 3_750_000)]
    narrow = estimate(days, [], TODAY, 0.0)
    assert narrow is not None
    width = logit(narrow.high / 100) - logit(narrow.low / 100)
    assert width == pytest.approx(1.2816, abs=1e-3)


def test_winning_where_success_was_expected_says_less() -> None:
    easy, hard = (ability(Faded(5.0, 0.0, typical), 0.0) for typical in (4.95, 0.5))
    assert 0 < easy < hard


def test_nothing_is_certain() -> None:
    assert [percent(logarithm) for logarithm in (-800.0, 0.0, 800.0)] == [0.01, 50.0, 99.99]


def test_a_million_grades_of_one_day_are_no_trouble() -> None:
    days = [DaySums(TODAY, 1_000_000, 1_000_000, 100_000_000_000, 98_200_000_000)]
    certain = estimate(days, days, TODAY, 4.0)
    assert certain == MasteryEstimate(99.99, 99.99, 99.99, 1_000_000)
    none_right = [DaySums(TODAY, 1_000_000, 1_000_000, 0, 1_800_000_000)]
    assert estimate(none_right, none_right, TODAY, -4.0) == MasteryEstimate(0.01, 0.01, 0.01, 1_000_000)
