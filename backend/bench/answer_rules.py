"""Simpler rules that foretell an answer, with which mastery is compared."""

import math
from collections import defaultdict
from datetime import date
from typing import NamedTuple

from milepost.rules.mastery.logistic import sigmoid
from milepost.rules.skills import level_for
from milepost.settings import load_policy

_AVERAGE_PRIOR = 3.0
_START_MEAN, _START_COUNT = 0.7, 10.0


class Answer(NamedTuple):
    """An answer of a learner to an exercise: its grade in thousandths of 0–100."""

    learner: str
    topic: str
    exercise: str
    grade_milli: int
    day: date


class _Mean:
    """A mean of shares that starts near 7 of 10."""

    def __init__(self) -> None:
        self.count, self.total = _START_COUNT, _START_COUNT * _START_MEAN

    @property
    def value(self) -> float:
        return self.total / self.count

    def add(self, answer: Answer) -> None:
        self.count += 1
        self.total += answer.grade_milli / 100_000


class LevelRule:
    """The mean grade so far of everybody on the learner's level."""

    def __init__(self) -> None:
        self._policy = load_policy().skills
        self._sums: defaultdict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
        self._means: defaultdict[str, _Mean] = defaultdict(_Mean)

    def _level(self, answer: Answer) -> str:
        graded, grade_milli = self._sums[answer.learner, answer.topic]
        return level_for(graded, grade_milli, self._policy)

    def predict(self, answer: Answer) -> float:
        return self._means[self._level(answer)].value

    def learn(self, answer: Answer) -> None:
        self._means[self._level(answer)].add(answer)
        sums = self._sums[answer.learner, answer.topic]
        sums[0] += 1
        sums[1] += answer.grade_milli

    def close_day(self) -> None:
        """Nothing waits for the end of a day."""


class TopicAverage:
    """The learner's mean grade in the topic, shrunk by three grades towards everybody's mean in it."""

    def __init__(self) -> None:
        self._sums: defaultdict[tuple[str, str], list[float]] = defaultdict(lambda: [0.0, 0.0])
        self._means: defaultdict[str, _Mean] = defaultdict(_Mean)

    def predict(self, answer: Answer) -> float:
        count, total = self._sums[answer.learner, answer.topic]
        return (total + _AVERAGE_PRIOR * self._means[answer.topic].value) / (count + _AVERAGE_PRIOR)

    def learn(self, answer: Answer) -> None:
        self._means[answer.topic].add(answer)
        sums = self._sums[answer.learner, answer.topic]
        sums[0] += 1
        sums[1] += answer.grade_milli / 100_000

    def close_day(self) -> None:
        """Nothing waits for the end of a day."""


class Elo:
    """Gaussian Elo: the learner, the learner in the topic and the exercise each have a mean and a variance on the
    logit scale. Each answer moves them by their part of the variance, so order matters.
    """

    _VARIANCES = (0.5, 0.7, 1.0)
    _DRIFTS = (0.0, 0.1, 0.0)

    def __init__(self) -> None:
        self._ratings: dict[tuple[str, ...], list[float]] = {}
        self._base = _Mean()

    def _parts(self, answer: Answer) -> list[list[float]]:
        keys = (
            ("learner", answer.learner),
            ("learner", answer.learner, answer.topic),
            ("topic", answer.topic, answer.exercise),
        )
        return [
            self._ratings.setdefault(key, [0.0, variance]) for key, variance in zip(keys, self._VARIANCES, strict=True)
        ]

    def _logit(self, parts: list[list[float]]) -> float:
        mean = self._base.value
        return math.log(mean / (1 - mean)) + sum(part[0] for part in parts)

    def predict(self, answer: Answer) -> float:
        parts = self._parts(answer)
        spread = sum(part[1] for part in parts)
        return sigmoid(self._logit(parts) / math.sqrt(1.0 + math.pi * spread / 8.0))

    def learn(self, answer: Answer) -> None:
        parts = self._parts(answer)
        share = sigmoid(self._logit(parts))
        information = share * (1 - share)
        total = 1.0 / information + sum(part[1] for part in parts)
        surprise = (answer.grade_milli / 100_000 - share) / information
        for part, drift in zip(parts, self._DRIFTS, strict=True):
            gain = part[1] / total
            part[0] += gain * surprise
            part[1] += drift - part[1] * gain
        self._base.add(answer)

    def close_day(self) -> None:
        """Nothing waits for the end of a day."""
