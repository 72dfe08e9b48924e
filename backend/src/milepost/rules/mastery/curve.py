"""Mastery of a topic day by day: what was known at the end of each day."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from milepost.rules.mastery.estimate import (
    LEARNER_HALF_LIFE_DAYS,
    MIN_GRADES,
    TOPIC_HALF_LIFE_DAYS,
    WINDOW_DAYS,
    DaySums,
    Faded,
    MasteryEstimate,
    estimate_of,
    learner_strength,
    whole_exercises,
)

_DAY = timedelta(days=1)


@dataclass(slots=True)
class _Fading:
    """The faded sums of a span of days that ends with a day and moves on by one day at a time.

    Equal to summing up every day of the span up to binary rounding, which two decimals do not show; and a curve of a
    year costs no more than its days.
    """

    fade: float
    days: Mapping[date, DaySums]
    grades: int = 0
    weight: float = 0.0
    grade_milli: float = 0.0
    typical_milli: float = 0.0

    def move_to(self, day: date) -> None:
        """Move on to `day`, the one after the last."""
        self.weight *= self.fade
        self.grade_milli *= self.fade
        self.typical_milli *= self.fade
        if gone := self.days.get(day - WINDOW_DAYS * _DAY):
            self._add(gone, -(self.fade**WINDOW_DAYS), -1)
        if come := self.days.get(day):
            self._add(come, 1.0, 1)

    def _add(self, sums: DaySums, part: float, sign: int) -> None:
        self.grades += sign * sums.grades
        self.weight += part * sums.weight
        self.grade_milli += part * sums.grade_milli
        self.typical_milli += part * sums.typical_milli

    @property
    def faded(self) -> Faded:
        """The sums in whole exercises."""
        return whole_exercises(self.weight, self.grade_milli, self.typical_milli)


def mastery_curve(
    topic_days: Sequence[DaySums],
    learner_days: Sequence[DaySums],
    first: date,
    last: date,
    ease_on: Callable[[date], float],
) -> list[tuple[date, MasteryEstimate]]:
    """The estimate at the end of each day from `first` to `last`, from the days up to then and by the ease of the day.

    Days with fewer than three grades behind them are left out. Both sums must reach `WINDOW_DAYS` before `first`.
    """
    start = first - WINDOW_DAYS * _DAY
    topic, learner = (
        _Fading(2.0 ** (-1 / half_life), {sums.day: sums for sums in days if sums.day > start})
        for half_life, days in ((TOPIC_HALF_LIFE_DAYS, topic_days), (LEARNER_HALF_LIFE_DAYS, learner_days))
    )
    points, day = [], start
    while day < last:
        day += _DAY
        topic.move_to(day)
        learner.move_to(day)
        if day >= first and topic.grades >= MIN_GRADES:
            strength = learner_strength(learner.faded)
            points.append((day, estimate_of(topic.faded, strength, ease_on(day), topic.grades)))
    return points
