"""How easy topics and exercises are for a typical learner, as logits, and what a typical learner gets in one.

An ease is published for the days from a date on and never changed. Its sums compare what learners got with what was
expected of them, so an exercise that strong learners choose does not look easy.
"""

import math
from typing import Literal, NamedTuple

from milepost.rules.mastery.logistic import logit, sigmoid

PARTIAL_WEIGHT = 6
"""The weight of a grade between 0 and 100: graded work says more than one right or wrong answer."""
MAX_EASE = 4.0

_FULL_MILLI = 100_000
_START_SUCCESSES, _START_GRADES = 7, 10
_TOPIC_PRIOR, _EXERCISE_PRIOR = 40.0, 3.0
_BAND_Z = 1.2816
_MICRO = 1_000_000
_MAX_EXPECTED = 0.999999


class EaseSums(NamedTuple):
    """Grades seen: their number, their sum in thousandths of 0–100, and the sum of expected shares in millionths.

    The expected share is `sigmoid` of the ease one level above plus the learner's ability at the start of the day.
    """

    grades: int = 0
    grade_milli: int = 0
    expected_micro: int = 0

    def plus(self, grade_milli: int, expected: float, grades: int = 1) -> "EaseSums":
        """With more grades, which add up to `grade_milli`, and of each of which the share `expected` was expected."""
        return EaseSums(
            self.grades + grades,
            self.grade_milli + grade_milli,
            self.expected_micro + grades * round(_MICRO * expected),
        )


class DayEase(NamedTuple):
    """What is published of an exercise for a day: the ease of the installation, and the shifts of topic and exercise.

    None where nothing holds yet: an installation starts as 7 of 10, a topic as it, and an exercise as its topic.
    """

    installation: float | None = None
    topic_shift: float | None = None
    exercise_shift: float | None = None

    @property
    def base(self) -> float:
        """The ease of the installation."""
        return installation_ease() if self.installation is None else self.installation

    @property
    def topic(self) -> float:
        """The ease of the topic."""
        return self.base + (self.topic_shift or 0.0)

    @property
    def exercise(self) -> float:
        """The ease of the exercise; without one, of its topic."""
        return self.topic if self.exercise_shift is None else exercise_ease(self.topic, self.exercise_shift)

    @property
    def typical_milli(self) -> int:
        """x: what a typical learner gets in it, in thousandths of 0–100."""
        return typical_milli(self.exercise)


class EaseBand(NamedTuple):
    """What a typical learner gets in an exercise, 0–100, with the 80 % band of what is known about it."""

    typical: float
    low: float
    high: float


def weight_of(grade_milli: int) -> int:
    """The weight of a grade, given in thousandths."""
    return PARTIAL_WEIGHT if 0 < grade_milli < _FULL_MILLI else 1


def typical_milli(ease: float) -> int:
    """x: what a typical learner gets in an exercise of this ease, in thousandths of 0–100."""
    return round(_FULL_MILLI * sigmoid(ease))


def installation_ease(grades: int = 0, grade_milli: int = 0) -> float:
    """The logit of the installation's mean grade, which starts as 7 of 10."""
    won = grade_milli / _FULL_MILLI + _START_SUCCESSES
    return logit(won / (grades + _START_GRADES))


def topic_shift(sums: EaseSums) -> float:
    """How much easier a topic is than the installation as a whole; 0 without a grade."""
    return _shift(sums, _TOPIC_PRIOR)


def exercise_shift(sums: EaseSums) -> float:
    """How much easier an exercise is than its topic; 0 without a grade."""
    return _shift(sums, _EXERCISE_PRIOR)


def exercise_ease(topic_ease: float, shift: float) -> float:
    """The ease of an exercise, within ±`MAX_EASE`."""
    return min(MAX_EASE, max(-MAX_EASE, topic_ease + shift))


ExerciseNote = Literal["too_hard", "too_easy", "uncertain"]
TOO_HARD, TOO_EASY, UNCERTAIN = 40.0, 95.0, 40.0


def exercise_note(band: EaseBand) -> ExerciseNote | None:
    """What an author should know of an exercise; None if there is nothing.

    Too hard: surely fewer than 40 of 100 typical learners solve it. Too easy: surely more than 95 do, so it tells
    nothing. Uncertain: the band is wider than 40.
    """
    if band.high < TOO_HARD:
        return "too_hard"
    if band.low > TOO_EASY:
        return "too_easy"
    return "uncertain" if band.high - band.low > UNCERTAIN else None


def ease_band(ease: float, grades: int) -> EaseBand:
    """An ease in words of grades. The fewer grades it rests on, the wider the band.

    The variance of a logit that n answers give is 1/(n·p·(1−p)); what was assumed before counts as three more.
    """
    share = sigmoid(ease)
    reach = _BAND_Z / math.sqrt((grades + _EXERCISE_PRIOR) * share * (1.0 - share))
    return EaseBand(*(round(100.0 * sigmoid(logarithm), 2) for logarithm in (ease, ease - reach, ease + reach)))


def _shift(sums: EaseSums, prior: float) -> float:
    if not sums.grades:
        return 0.0
    expected = min(_MAX_EXPECTED, max(1.0 - _MAX_EXPECTED, sums.expected_micro / (_MICRO * sums.grades)))
    won = sums.grade_milli / _FULL_MILLI
    return math.log((won + prior * expected) / (sums.grades - won + prior * (1.0 - expected))) - logit(expected)
