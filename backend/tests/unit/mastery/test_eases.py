"""How easy topics and exercises are: the formulas in cases worked out by hand."""

import pytest

from milepost.rules.mastery.eases import (
    EaseSums,
    ease_band,
    exercise_ease,
    exercise_shift,
    installation_ease,
    topic_shift,
    typical_milli,
    weight_of,
)

SEEN = EaseSums(grades=8, grade_milli=600_000, expected_micro=4_800_000)
"""Eight grades, 6 of 8 won, where 60 % was expected."""


def test_an_installation_starts_as_7_of_10() -> None:
    assert installation_ease() == pytest.approx(0.847298)
    # 13 of 18.
    assert installation_ease(8, 600_000) == pytest.approx(0.955511)


def test_a_topic_moves_by_40_and_an_exercise_by_3_expected_grades() -> None:
    # ln(30/18) − ln(.6/.4), and ln(7.8/3.2) − ln(.6/.4).
    assert topic_shift(SEEN) == pytest.approx(0.105361, abs=1e-6)
    assert exercise_shift(SEEN) == pytest.approx(0.485508, abs=1e-6)


def test_nothing_seen_moves_nothing() -> None:
    assert topic_shift(EaseSums()) == exercise_shift(EaseSums()) == 0.0


def test_what_was_expected_moves_nothing() -> None:
    assert exercise_shift(EaseSums(10, 600_000, 6_000_000)) == pytest.approx(0.0)


def test_expectations_that_round_to_certainty_are_no_trouble() -> None:
    assert exercise_shift(EaseSums(1, 0, 1_000_000)) < -1
    assert exercise_shift(EaseSums(1, 100_000, 0)) > 1


def test_grades_are_added_in_integers() -> None:
    assert EaseSums().plus(100_000, 0.25).plus(33_333, 1 / 3) == EaseSums(2, 133_333, 583_333)


def test_an_exercise_stays_within_4() -> None:
    assert [exercise_ease(3.5, shift) for shift in (0.25, 0.75, -8.0)] == [3.75, 4.0, -4.0]


def test_what_a_typical_learner_gets_is_in_thousandths() -> None:
    assert [typical_milli(ease) for ease in (0.0, 1.25, -4.0)] == [50_000, 77_730, 1_799]


def test_graded_work_weighs_6() -> None:
    assert [weight_of(grade) for grade in (0, 1, 50_000, 99_999, 100_000)] == [1, 6, 6, 6, 1]


def test_the_band_of_an_ease() -> None:
    """σ(1) = .731; ± 1.2816/√(12·.731·.269) = ± .834."""
    assert ease_band(1.0, 9) == (73.11, 54.13, 86.23)
    low, high = ease_band(1.0, 900)[1:]
    assert (low, high) == (71.17, 74.95)  # ± 1.2816/√(903·.731·.269) = ± .0962
