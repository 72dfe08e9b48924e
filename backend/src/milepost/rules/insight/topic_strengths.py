"""A learner's strongest topics, and those where practice would help most: by mastery, else by exact average grade.

Topics with fewer than five grades are left out. If all are equal, there are neither.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from milepost.rules.insight.topic_mastery import NO_MASTERIES, Masteries

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


def areas(topics: Iterable[Area], masteries: Masteries = NO_MASTERIES) -> Areas:
    """At most three of each. Equals are ordered by evidence (most grades first), then by name.

    With `masteries` the strongest have the highest lower bounds, so that little evidence makes no topic strong; one in
    which others do better is among them only if that is so in all. Those to improve have the lowest upper bounds, if
    the learner does worse there than others in the same exercises: never what is hard for everybody, or mastered, or
    expected to go better than one of the strongest. Topics without an estimate are in neither. Without any estimate,
    all strongest have a better average than all to improve.
    """
    graded = [area for area in topics if area.graded >= MIN_GRADED]
    return _by_mastery(graded, masteries) if masteries else _by_average(graded)


def _by_mastery(graded: Iterable[Area], masteries: Masteries) -> Areas:
    known = [(masteries[area.topic], area) for area in graded if area.topic in masteries]
    known = [(mastery, area) for mastery, area in known if mastery.grades >= MIN_GRADED]
    count = min(MAX_AREAS, len(known) // 2)
    able = [item for item in known if not item[0].is_below_typical] or known
    best = sorted(able, key=lambda item: (-item[0].low, -item[0].grades, item[0].topic))[:count]
    bound = min((mastery.estimate for mastery, _ in best), default=0.0)
    weak = [
        (mastery, area)
        for mastery, area in known
        if mastery.is_below_typical and not mastery.is_mastered and mastery.estimate < bound
    ]
    weak.sort(key=lambda item: (item[0].high, -item[0].grades, item[0].topic))
    return Areas(tuple(area for _, area in best), tuple(area for _, area in weak[:count]))


def _by_average(graded: Iterable[Area]) -> Areas:
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
