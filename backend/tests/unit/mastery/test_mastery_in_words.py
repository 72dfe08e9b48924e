"""Mastery in a sentence: the numbers in it are its values, and none of them says more than is known."""

import pytest

from milepost.rules.mastery.estimate import MasteryEstimate
from milepost.rules.mastery.wording import EstimatedTopic, mastery_sentence


def solved(solved: int, grades: int, typical_milli: int, *estimate: float) -> EstimatedTopic:
    low, middle, high = estimate or (61.4, 73.9, 84.2)
    return EstimatedTopic("Loops", MasteryEstimate(middle, low, high, grades), 100_000 * solved, typical_milli, True)


def test_exercises_that_are_right_or_wrong_are_counted() -> None:
    sentence = mastery_sentence(solved(7, 9, 480_000))
    assert sentence.code == "mastery_solved"
    assert sentence.text == (
        "Loops: 7 of 9 solved, others solve 5 of these. We expect 74 of 100 typical exercises (61–84)."
    )
    assert sentence.values == {
        "topic": "Loops",
        "grades": 9,
        "solved": 7,
        "typical": 5,
        "estimate": 74,
        "low": 61,
        "high": 84,
    }


def test_graded_work_has_an_average() -> None:
    mastery = EstimatedTopic("Loops", MasteryEstimate(73.9, 61.4, 84.2, 9), 702_000, 549_000, is_right_or_wrong=False)
    sentence = mastery_sentence(mastery)
    assert sentence.code == "mastery_average"
    assert sentence.text == (
        "Loops: 78 of 100 on average in 9 exercises, others get 61. We expect 74 of 100 typical exercises (61–84)."
    )
    assert sentence.values == {
        "topic": "Loops",
        "grades": 9,
        "average": 78,
        "typical": 61,
        "estimate": 74,
        "low": 61,
        "high": 84,
    }


@pytest.mark.parametrize(
    ("typical_milli", "typical"),
    [(30_000, 0.3), (1_000, 0.1), (60_000, 1), (849_000, 8), (862_000, 8.6), (899_900, 8.9)],
)
def test_others_never_solve_none_or_all_of_them(typical_milli: int, typical: float) -> None:
    assert mastery_sentence(solved(9, 9, typical_milli)).values["typical"] == typical


def test_nothing_expected_is_certain() -> None:
    values = mastery_sentence(solved(9, 9, 500_000, 0.2, 99.7, 99.99)).values
    assert (values["low"], values["estimate"], values["high"]) == (1, 99, 99)


def test_an_average_that_is_not_whole_is_not_shown_as_whole() -> None:
    mastery = EstimatedTopic("Loops", MasteryEstimate(90, 80, 95, 4), 399_000, 1_000, is_right_or_wrong=False)
    values = mastery_sentence(mastery).values
    assert (values["average"], values["typical"]) == (99, 1)
