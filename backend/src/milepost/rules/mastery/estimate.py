"""What a learner can be expected to get in typical exercises of a topic, from sums by local day alone.

A day's sums are integers, so no order of arrival changes an estimate. The constants were fitted to public records;
docs/mastery.md has the formula and how well it does. This module does not know where sums are stored or who publishes
eases.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from milepost.rules.mastery.logistic import logit, sigmoid

WINDOW_DAYS = 400
"""Days, the current one included, that an estimate rests on. What is older weighs less than a fiftieth of a percent of
what it did, for the learner less than 0.2 %."""
MIN_GRADES = 3
TOPIC_HALF_LIFE_DAYS = 21
LEARNER_HALF_LIFE_DAYS = 42
EASE_WEIGHT = 0.85
"""The part of an ease that counts beside what is known of the learner."""

_LEARNER_PRIOR, _LEARNER_GAIN = 4.5, 1.8
_TOPIC_PRIOR, _TOPIC_GAIN, _TOPIC_LOSS = 1.4, 0.5, 0.3
_LEARNER_WEIGHT = 0.55
_MIN_TYPICAL, _MAX_TYPICAL = 0.01, 0.99
_BAND_Z, _BAND_GRADES = 1.2816, 25.0
_MILLI_PER_WHOLE = 100_000
"""A grade of 100 in thousandths."""


class DaySums(NamedTuple):
    """A local day's grades in a topic, or of a learner: their number, and three weighted sums.

    `weight`: the weights of the grades. `grade_milli` and `typical_milli`: each grade, and what a typical learner would
    have got in its place, in thousandths of 0–100, times its weight.
    """

    day: date
    grades: int
    weight: int
    grade_milli: int
    typical_milli: int


class Faded(NamedTuple):
    """Sums of days that have faded, in whole exercises: won, lost, and what a typical learner would have won."""

    won: float
    lost: float
    typical: float


NOTHING = Faded(0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class MasteryEstimate:
    """The expected result in typical exercises of a topic and its 80 % band, 0–100, with the grades it rests on."""

    estimate: float
    low: float
    high: float
    grades: int


def fade(days: int, half_life_days: int) -> float:
    """What a day still weighs when it is so many days old."""
    return math.pow(2.0, -days / half_life_days)


def _fades(half_life_days: int) -> tuple[float, ...]:
    return tuple(fade(age, half_life_days) for age in range(WINDOW_DAYS))


_TOPIC_FADES, _LEARNER_FADES = _fades(TOPIC_HALF_LIFE_DAYS), _fades(LEARNER_HALF_LIFE_DAYS)


def estimate(
    topic_days: Sequence[DaySums], learner_days: Sequence[DaySums], today: date, ease: float
) -> MasteryEstimate | None:
    """The estimate of one topic on `today`. Days are ordered, oldest first; `ease` is the topic's, as a logit.

    None below `MIN_GRADES` grades within `WINDOW_DAYS`.
    """
    grades = sum(sums.grades for sums in topic_days if (today - sums.day).days < WINDOW_DAYS)
    if grades < MIN_GRADES:
        return None
    return estimate_of(
        faded_topic(topic_days, today), learner_strength(faded_learner(learner_days, today)), ease, grades
    )


def faded_topic(days: Sequence[DaySums], today: date) -> Faded:
    """A topic's days, oldest first, as they weigh on `today`."""
    return _faded(days, today, _TOPIC_FADES)


def faded_learner(days: Sequence[DaySums], today: date) -> Faded:
    """A learner's days over all topics, oldest first, as they weigh on `today`."""
    return _faded(days, today, _LEARNER_FADES)


def learner_strength(learner: Faded) -> float:
    """How much better the learner does than a typical one, over all topics, as a logit; 0 without a grade."""
    if learner.won + learner.lost <= 0.0:
        return 0.0
    typical = _typical_share(learner)
    return _shelf(learner, _LEARNER_PRIOR, typical, _LEARNER_GAIN, _LEARNER_GAIN)


def ability(topic: Faded, strength: float) -> float:
    """θ: how much better the learner does in the topic than a typical one, as a logit."""
    theta = _LEARNER_WEIGHT * strength
    if topic.won + topic.lost <= 0.0:
        return theta
    expected = sigmoid(logit(_typical_share(topic)) + theta)
    return theta + _shelf(topic, _TOPIC_PRIOR, expected, _TOPIC_GAIN, _TOPIC_LOSS)


def next_answer(theta: float, ease: float) -> float:
    """The expected share, 0–1, of the next answer to an exercise (or, by a topic's ease, to a typical one)."""
    return sigmoid(EASE_WEIGHT * ease + theta)


def band(topic: Faded, strength: float, ease: float) -> tuple[float, float, float]:
    """The lower end of the 80 % band, the estimate and the upper end, as logits."""
    middle = EASE_WEIGHT * ease + ability(topic, strength)
    reach = _BAND_Z / math.sqrt(1.0 + (topic.won + topic.lost) / _BAND_GRADES)
    return middle - reach, middle, middle + reach


def estimate_of(topic: Faded, strength: float, ease: float, grades: int) -> MasteryEstimate:
    """The estimate that follows from faded sums."""
    low, middle, high = map(percent, band(topic, strength, ease))
    return MasteryEstimate(middle, low, high, grades)


def percent(logarithm: float) -> float:
    """A logit as 0–100 with two decimals; never 0 or 100, because nothing is certain."""
    return min(99.99, max(0.01, round(100.0 * sigmoid(logarithm), 2)))


def _faded(days: Sequence[DaySums], today: date, fades: Sequence[float]) -> Faded:
    """The sums that `fades` leaves of each day by its age. A day after `today` (of who flew west) is as today."""
    weight = grade_milli = typical_milli = 0.0
    for sums in days:
        age = (today - sums.day).days
        if age < WINDOW_DAYS:
            fade = fades[age] if age > 0 else 1.0
            weight += fade * sums.weight
            grade_milli += fade * sums.grade_milli
            typical_milli += fade * sums.typical_milli
    return whole_exercises(weight, grade_milli, typical_milli)


def whole_exercises(weight: float, grade_milli: float, typical_milli: float) -> Faded:
    """Weighted sums in thousandths of a grade as whole exercises."""
    won = max(0.0, grade_milli / _MILLI_PER_WHOLE)
    return Faded(won, max(0.0, weight - won), typical_milli / _MILLI_PER_WHOLE)


def _typical_share(faded: Faded) -> float:
    return min(_MAX_TYPICAL, max(_MIN_TYPICAL, faded.typical / (faded.won + faded.lost)))


def _shelf(faded: Faded, prior: float, expected: float, gain: float, loss: float) -> float:
    """Evidence on the logit scale: each further success or failure says less, and less if it was expected."""
    won = math.log1p(faded.won / (prior * expected))
    return gain * won - loss * math.log1p(faded.lost / (prior * (1.0 - expected)))
