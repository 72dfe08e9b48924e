"""A learner's strongest topics, and those where practice would help most, by exact average grade.

Topics with fewer than five grades are left out. If all averages are equal, there are neither.
"""

from collections.abc import Iterable
from dataclasses import dataclass

MIN_GRADED = 5
MAX_AREAS = 3


@dataclass(frozen=True, slots=True)
class Area:
    """A topic with its number of grades and their sum in thousandths."""

    topic: str
    graded: int
    grade_milli: int

    @property
    def average(self) -> int:
        """The average in thousandths times 2⁶⁴, rounded down: orders averages exactly. Needs at least one grade.

        Different averages differ by at least 1 / (graded × graded), and counts stay below 2³². Fractions would give the
        same order, but are many times slower.
        """
        return (self.grade_milli << 64) // self.graded


@dataclass(frozen=True, slots=True)
class Areas:
    """The strongest areas, best first, and the areas to improve, weakest first. No area is in both."""

    strongest: tuple[Area, ...] = ()
    improvement: tuple[Area, ...] = ()


def areas(topics: Iterable[Area]) -> Areas:
    """At most three of each. All strongest have a better average than all to improve; equals are ordered by evidence
    (most grades first), then by name.
    """
    graded = (area for area in topics if area.graded >= MIN_GRADED)
    ranked = sorted(graded, key=lambda area: (-area.average, -area.graded, area.topic))
    count = min(MAX_AREAS, len(ranked) // 2)
    if not count:
        return Areas()
    strongest = ranked[:count]
    weakest = sorted(ranked[-count:], key=lambda area: (area.average, -area.graded, area.topic))
    bound = strongest[-1].average
    if weakest[-1].average == bound:
        # The two lists meet in the middle: areas with that average belong to neither.
        strongest = [area for area in strongest if area.average > bound]
        weakest = [area for area in weakest if area.average < bound]
    return Areas(tuple(strongest), tuple(weakest))
