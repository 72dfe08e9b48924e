"""The evaluation of mastery: answers of a file, their order, the replay and its scores."""

from datetime import date

import pytest
from bench.answer_rules import Answer, LevelRule, TopicAverage
from bench.answer_scores import area_under_curve, calibration_error, log_loss, root_mean_square_error
from bench.mastery import EVENTS_PER_PUBLICATION, Mastery, Records, bands_hold, records, replay
from bench.pcg64 import uniform

from milepost.rules.mastery.logistic import sigmoid

DAY = date(2000, 1, 1)
START_EASE = 0.8472978603872034
"""ln(7/3)."""


def answers(*grades: int, exercise: str = "e", learner: str = "l") -> list[Answer]:
    return [Answer(learner, "t", exercise, 1_000 * grade, DAY) for grade in grades]


def test_the_uniform_numbers_are_those_of_numpy() -> None:
    """`numpy.random.default_rng(7).random(3)`, and with the seed 123456."""
    assert uniform(7, 3) == [0.625095466604667, 0.8972138009695755, 0.7756856902451935]
    assert uniform(123_456, 3) == [0.6365137498589308, 0.3848116648885752, 0.0474454214269846]


def test_learners_interleave_and_each_keeps_its_order() -> None:
    """The numbers are .63, .90, .78, .23, .30, so learner 9 has .63, .78, .90, and learner 8 .23, .30."""
    lines = ["user,item,skill,correct", "9,1,5,0", "9,2,5,1", "9,3,5,0", "8,1,5,1", "8,2,5,0"]
    found, has_days = records(iter(lines))
    assert not has_days
    assert [(answer.learner, answer.exercise, answer.grade_milli) for answer in found] == [
        ("8", "1", 100_000),
        ("8", "2", 0),
        ("9", "1", 0),
        ("9", "2", 100_000),
        ("9", "3", 0),
    ]


def test_assessments_with_a_score_are_sorted_by_day() -> None:
    header = "course,user,item,kind,day,due_day,weight,score,course_days"
    rows = ["AAA-2013J,1,5,TMA,18,19,10,73,268", "AAA-2013J,1,6,TMA,9,9,10,,268", "BBB-2014J,2,7,TMA,-3,,10,60.5,240"]
    assert records(iter([header, *rows])) == Records(
        [Answer("2", "BBB", "7", 60_500, date(1999, 12, 29)), Answer("1", "AAA", "5", 73_000, date(2000, 1, 19))],
        has_days=True,
    )
    with pytest.raises(ValueError, match="unknown header"):
        records(iter(["a,b"]))


def test_the_second_half_is_predicted_before_it_is_learnt() -> None:
    scores = replay(Records(answers(100, 0, 100, 50), has_days=False), TopicAverage())
    # Two answers, then three: everybody's mean is 8 of 12, then 9 of 13, which counts as three grades of the learner's.
    assert scores.predicted == pytest.approx([(1 + 3 * 8 / 12) / 5, (2 + 3 * 9 / 13) / 6])
    assert scores.observed == [1.0, 0.5]


def test_the_level_rule_gives_the_mean_of_the_level() -> None:
    rule = LevelRule()
    for answer in answers(*[100] * 10):
        rule.learn(answer)
    (unknown,) = answers(0, learner="new")
    assert rule.predict(unknown) == pytest.approx(17 / 20)
    # Ten grades of 100: the eleventh answer is an intermediate's, and nobody has been one.
    assert rule.predict(answers(0)[0]) == pytest.approx(0.7)


def test_a_new_learner_is_expected_to_do_as_a_typical_one() -> None:
    mastery = Mastery(has_days=False)
    assert mastery.predict(answers(0)[0]) == pytest.approx(sigmoid(0.85 * START_EASE))


def test_eases_change_only_when_a_day_is_over() -> None:
    mastery = Mastery(has_days=True)
    for place in range(EVENTS_PER_PUBLICATION):
        mastery.learn(answers(0, learner=str(place))[0])
    (fresh,) = answers(0, learner="fresh")
    assert mastery.ease(fresh) == START_EASE
    mastery.close_day()
    assert mastery.ease(fresh) == -4.0


def test_scores_by_hand() -> None:
    predicted, observed = [0.2, 0.6, 0.6, 0.9], [0.0, 1.0, 0.0, 1.0]
    # Of the four pairs of a right and a wrong answer, three are in order and one is equal.
    assert area_under_curve(predicted, observed) == pytest.approx(3.5 / 4)
    assert log_loss(predicted, observed) == pytest.approx((0.223144 + 0.510826 + 0.916291 + 0.105361) / 4, abs=1e-6)
    assert calibration_error(predicted, observed) == pytest.approx((0.2 + 0.2 + 0.1) / 4)
    assert root_mean_square_error([0.5, 0.8], [0.8, 0.4]) == pytest.approx(100 * (0.25 / 2) ** 0.5)


@pytest.mark.parametrize(("right", "within", "in_steps"), [(10, 0.0, 0.0), (9, 1.0, 1.0), (5, 0.0, 1.0), (4, 0.0, 0.0)])
def test_bands_are_looked_at_in_the_second_half_where_ten_answers_follow(
    right: int, within: float, in_steps: float
) -> None:
    """After one right answer the band is .517–.930, in tenths .5–.9. After the fifth only six answers follow."""
    later = answers(*[100] * (1 + right), *[0] * (10 - right), learner="m")
    held = bands_hold(Records([*answers(*[100] * 11), *later], has_days=False))
    assert {number: tuple(cases) for number, cases in held.items()} == {1: (1, within, in_steps)}
