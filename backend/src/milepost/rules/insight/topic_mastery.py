"""What a learner can do in a topic as far as areas and recommendations need it: plain numbers of an estimate.

This module does not know how an estimate is made.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import Final

from milepost.rules.rounding import percent_of

MASTERED_ESTIMATE = 90.0
"""From this estimate on, more exercises of a topic teach little."""
MASTERED_GRADE = 95.0
"""The same for an average grade, of a topic without an estimate."""


@dataclass(frozen=True, slots=True)
class TopicMastery:
    """The expected result in typical exercises of a topic, 0–100, with its band.

    `fresh_estimate`: the estimate as if every grade were of today. `won`, `lost` and `typical`: what the learner's
    faded grades came to, what was missing to full marks, and what a typical learner would have won in the same
    exercises; `won + lost` > 0. `grades` is their number.
    """

    topic: str
    estimate: float
    low: float
    high: float
    fresh_estimate: float
    won: float
    lost: float
    typical: float
    grades: int
    last_practised_on: date

    @property
    def is_below_typical(self) -> bool:
        """Does the learner win less than others in the same exercises? Else it is hard for everybody, or goes well."""
        return self.won < self.typical

    @property
    def is_mastered(self) -> bool:
        return self.estimate >= MASTERED_ESTIMATE

    def rested_days(self, today: date) -> int:
        return (today - self.last_practised_on).days

    def numbers(self) -> dict[str, int | float | str]:
        """The estimate as sentences say it: whole numbers of 100."""
        return {
            "estimate": whole(self.estimate),
            "low": whole(self.low),
            "high": whole(self.high),
            "grades": self.grades,
        }

    def comparison(self) -> dict[str, int | float | str]:
        """What was won of 100, and what is typical in the same exercises, with one decimal.

        Rounded away from each other, so that less than typical never looks the same.
        """
        full = self.won + self.lost
        return {
            "won": math.floor(1_000 * self.won / full) / 10,
            "typical": math.ceil(1_000 * self.typical / full) / 10,
        }


Masteries = Mapping[str, TopicMastery]
"""By topic. Empty where nothing is estimated: then averages decide."""

NO_MASTERIES: Final[Masteries] = {}


def whole(percent: float) -> int:
    """A percentage as a whole number: never 0 or 100 unless it is."""
    return int(percent_of(Fraction(percent), 0))
