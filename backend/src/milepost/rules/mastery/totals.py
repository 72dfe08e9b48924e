"""Running totals of a topic's grades: plain, and as they fade. Two totals, and the days around them, give any window.

A day fades by its age alone, so what has faded until one day fades on by one factor. This module does not know where
totals or days are stored.
"""

from collections.abc import Mapping
from datetime import date
from typing import NamedTuple

from milepost.rules.mastery.estimate import LEARNER_HALF_LIFE_DAYS, TOPIC_HALF_LIFE_DAYS, fade


class WeightedSums(NamedTuple):
    """Sums over grades: their weights, and each grade and what is typical of it, in thousandths, times its weight.

    Whole numbers as long as nothing has faded.
    """

    weight: float
    grade_milli: float
    typical_milli: float

    def plus(self, other: "WeightedSums", part: float = 1) -> "WeightedSums":
        """The sums with a part of others."""
        weight, grade_milli, typical_milli = other
        return WeightedSums(
            self.weight + part * weight,
            self.grade_milli + part * grade_milli,
            self.typical_milli + part * typical_milli,
        )


NO_WEIGHT = WeightedSums(0, 0, 0)


class GradeTotals(NamedTuple):
    """A topic's grades: their number, and their sums in thousandths; `typical_milli` is what is typical in their place.

    `last_day`: of the last grade. `topic_faded` and `learner_faded` are the weighted sums as they weigh on `as_of`, by
    the half-lives of a topic and of a learner.
    """

    last_day: date
    as_of: date
    grades: int
    grade_milli: int
    typical_milli: int
    weighted: WeightedSums
    topic_faded: WeightedSums
    learner_faded: WeightedSums

    def faded_until(self, day: date) -> "GradeTotals":
        """The same as they weigh on `day`. A day before `as_of` (of a learner who flew west) changes nothing."""
        days = (day - self.as_of).days
        if days <= 0:
            return self
        return GradeTotals(
            self.last_day,
            day,
            self.grades,
            self.grade_milli,
            self.typical_milli,
            self.weighted,
            NO_WEIGHT.plus(self.topic_faded, fade(days, TOPIC_HALF_LIFE_DAYS)),
            NO_WEIGHT.plus(self.learner_faded, fade(days, LEARNER_HALF_LIFE_DAYS)),
        )

    def plus(self, other: "GradeTotals", sign: int = 1) -> "GradeTotals":
        """Both together or, with sign -1, without the other, which came first. Both have faded until the same day."""
        return GradeTotals(
            max(self.last_day, other.last_day),
            self.as_of,
            self.grades + sign * other.grades,
            self.grade_milli + sign * other.grade_milli,
            self.typical_milli + sign * other.typical_milli,
            self.weighted.plus(other.weighted, sign),
            self.topic_faded.plus(other.topic_faded, sign),
            self.learner_faded.plus(other.learner_faded, sign),
        )


def of_day(day: date, grades: int, grade_milli: int, typical_milli: int, weighted: WeightedSums) -> GradeTotals:
    """The grades of one day."""
    return GradeTotals(day, day, grades, grade_milli, typical_milli, weighted, weighted, weighted)


def grades_between(
    first: Mapping[str, GradeTotals],
    last: Mapping[str, GradeTotals],
    around: Mapping[str, GradeTotals],
    today: date,
) -> dict[str, GradeTotals]:
    """The difference of two totals plus the grades of the days `around` them, by topic, as they weigh on `today`.

    Without topics that have no grades in between. `around` has faded until `today`.
    """
    by_topic = {}
    for topic in last.keys() | around.keys():
        parts = []
        if topic in last:
            total = last[topic].faded_until(today)
            parts.append(total.plus(first[topic].faded_until(today), -1) if topic in first else total)
        if topic in around:
            parts.append(around[topic])
        grades = parts[0] if len(parts) == 1 else parts[0].plus(parts[1])
        if grades.grades:
            by_topic[topic] = grades
    return by_topic
