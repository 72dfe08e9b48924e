"""Skill levels by topic: the level that a topic's sums reach, what the next one needs, and progress from 0 to 100.

All comparisons are exact; numbers are rounded only for display. This module does not know activities or where sums are
stored.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from milepost.rules.policy import SkillsPolicy
from milepost.rules.rounding import percent_of, proportion, quotient_down
from milepost.rules.weighted_total import Part, exact, weighted

GRADE_SCALE = 1_000
"""Grades and ratings (0–100) are summed in thousandths."""


@dataclass(frozen=True, slots=True)
class TopicSums:
    """A learner's sums of one topic: count and sum of grades, seconds of practice, count and sum of peer ratings.

    Sums of grades and ratings are in thousandths of the 0–100 scale.
    """

    graded: int = 0
    grade_milli: int = 0
    seconds: int = 0
    review_n: int = 0
    review_milli: int = 0


@dataclass(frozen=True, slots=True)
class NextLevel:
    """What the next level still needs. `grade_missing` is rounded up to one decimal, so that gaining it is enough."""

    level: str
    exercises_missing: int
    grade_missing: float


@dataclass(frozen=True, slots=True)
class SkillProgress:
    """The total and the parts, 0–100 with one decimal. Parts without data are absent; the others share their weight."""

    total: float
    parts: Mapping[str, float]
    weights_used: Mapping[str, float]


def average_grade(graded: int, grade_milli: int) -> float | None:
    """The mean grade, 0–100, with two decimals, rounded down: levels compare it. None without a grade."""
    return quotient_down(grade_milli, GRADE_SCALE * graded, 2) if graded else None


def level_for(graded: int, grade_milli: int, policy: SkillsPolicy, current: str | None = None) -> str:
    """The highest level whose count and average are both reached; without a grade, the first.

    `current` is the level so far: with `demotion = "never"` the result is never below it. A name that the policy no
    longer has is ignored.
    """
    return policy.levels[_rank(graded, grade_milli, policy, current)].name


def next_step(graded: int, grade_milli: int, policy: SkillsPolicy, current: str | None = None) -> NextLevel | None:
    """What is missing for the level above `level_for` with the same arguments; None at the top.

    Without a grade, the whole average of the next level is missing.
    """
    rank = _rank(graded, grade_milli, policy, current)
    if rank + 1 == len(policy.levels):
        return None
    following = policy.levels[rank + 1]
    if graded:
        missing_milli = following.average_grade * GRADE_SCALE * graded - grade_milli
        tenths = max(0, -(-missing_milli * 10 // (GRADE_SCALE * graded)))
    else:
        tenths = following.average_grade * 10
    return NextLevel(following.name, max(0, following.exercises - graded), tenths / 10)


def skill_progress(sums: TopicSums, policy: SkillsPolicy) -> SkillProgress:
    """The weighted mean of practice (minutes of the target), mastery (average grade) and reviews (mean rating).

    Each part is capped at 100. Without any data the total is 0 and there are no parts.
    """
    parts: dict[str, Part] = {}
    if sums.seconds:
        practice = Fraction(100 * sums.seconds, 60 * policy.topic_minutes_target)
        parts["practice"] = Part(practice, exact(policy.practice_weight))
    if sums.graded:
        mastery = Fraction(sums.grade_milli, GRADE_SCALE * sums.graded)
        parts["mastery"] = Part(mastery, exact(policy.mastery_weight))
    if sums.review_n:
        reviews = Fraction(sums.review_milli, GRADE_SCALE * sums.review_n)
        parts["reviews"] = Part(reviews, exact(policy.review_weight))
    total = weighted(parts)
    return SkillProgress(
        total=percent_of(total.total, 1),
        parts={name: _part_percent(name, value) for name, value in total.parts.items()},
        weights_used={
            name: proportion(weight.numerator, weight.denominator, 4, unit=1)
            for name, weight in total.weights_used.items()
        },
    )


def _part_percent(name: str, value: Fraction) -> float:
    """Mastery is the average that levels compare, so it is rounded down as that is; other parts to the nearest."""
    return quotient_down(value.numerator, value.denominator, 1) if name == "mastery" else percent_of(value, 1)


def _rank(graded: int, grade_milli: int, policy: SkillsPolicy, current: str | None) -> int:
    reached = 0
    for rank, level in enumerate(policy.levels):
        enough_grade = grade_milli >= level.average_grade * GRADE_SCALE * graded
        if graded >= level.exercises and enough_grade:
            reached = rank
    if policy.demotion == "never" and current is not None:
        current_ranks = [rank for rank, level in enumerate(policy.levels) if level.name == current]
        reached = max([reached, *current_ranks])
    return reached
