"""Which topics a learner is strongest in, and where practice would help most: by average grade, exact.

Topics with fewer than five grades say too little. Where all are equal nothing is said.
"""

from collections.abc import Iterable
from dataclasses import dataclass

MIN_GRADED = 5
MAX_AREAS = 3


@dataclass(frozen=True, slots=True)
class Area:
    """A topic with its grades: how many, and their sum in thousandths."""

    topic: str
    graded: int
    grade_milli: int

    @property
    def average(self) -> int:
        """What orders averages exactly, of an area that is graded: 2⁶⁴ times the average in thousandths, rounded down.

        Two different averages lie at least 1 / (graded × graded) apart, and counts stay below 2³²; fractions would do
        the same for many times the price.
        """
        return (self.grade_milli << 64) // self.graded


@dataclass(frozen=True, slots=True)
class Areas:
    """The strongest areas, best first, and those to improve, weakest first. No area is in both."""

    strongest: tuple[Area, ...] = ()
    improvement: tuple[Area, ...] = ()


def areas(topics: Iterable[Area]) -> Areas:
    """At most three of each. Every strongest one has a better average than every one to improve; equals are by name."""
    ranked = sorted((one for one in topics if one.graded >= MIN_GRADED), key=lambda one: (-one.average, one.topic))
    count = min(MAX_AREAS, len(ranked) // 2)
    if not count:
        return Areas()
    strongest, weakest = ranked[:count], sorted(ranked[-count:], key=lambda one: (one.average, one.topic))
    bound = strongest[-1].average
    if weakest[-1].average == bound:
        # The two lists meet in the middle: what is equal to it belongs to neither.
        strongest = [one for one in strongest if one.average > bound]
        weakest = [one for one in weakest if one.average < bound]
    return Areas(tuple(strongest), tuple(weakest))
