"""Skill level per topic: which level a topic's sums reach, what the next one needs, and progress from 0 to 100.

All comparisons are exact integers; numbers are rounded only to be shown. Does not know activities or where sums are
kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from milepost.rules.policy import SkillsPolicy
from milepost.rules.rounding import quotient, rounded
from milepost.rules.weighted_total import Part, exact, weighted

GRADE_SCALE = 1_000
"""Grades and ratings (0–100) are summed in thousandths."""


@dataclass(frozen=True, slots=True)
class TopicSums:
    """A learner's sums of one topic: graded results and their sum, seconds of practice, peers' ratings and their sum.

    Sums of grades and ratings are in thousandths of the 0–100 scale.
    """

    graded: int = 0
    grade_milli: int = 0
    seconds: int = 0
    review_n: int = 0
    review_milli: int = 0


@dataclass(frozen=True, slots=True)
class NextLevel:
    """What the next level still needs. `grade_missing` is rounded up to one decimal: reaching it is always enough."""

    level: str
    exercises_missing: int
    grade_missing: float


@dataclass(frozen=True, slots=True)
class SkillProgress:
    """0–100 in total and per part, one decimal; parts without data are absent and the others share their weight."""

    total: float
    parts: Mapping[str, float]
    weights_used: Mapping[str, float]


def average_grade(graded: int, grade_milli: int) -> float | None:
    """The mean grade, 0–100, two decimals, halves up; None without a grade."""
    return quotient(grade_milli, GRADE_SCALE * graded, 2) if graded else None


def level_for(graded: int, grade_milli: int, policy: SkillsPolicy, held: str | None = None) -> str:
    """The highest level whose count and average both suffice; no grade → the first.

    `held` is the level so far: with `demotion = "never"` the answer is never below it. A name the policy no longer has
    counts for nothing.
    """
    return policy.levels[_rank(graded, grade_milli, policy, held)].name


def next_step(graded: int, grade_milli: int, policy: SkillsPolicy, held: str | None = None) -> NextLevel | None:
    """What is missing for the level above `level_for` with the same arguments; None at the top.

    Without a grade, the whole average the next level asks for is missing.
    """
    rank = _rank(graded, grade_milli, policy, held)
    if rank + 1 == len(policy.levels):
        return None
    goal = policy.levels[rank + 1]
    if graded:
        missing_milli = goal.average_grade * GRADE_SCALE * graded - grade_milli
        tenths = max(0, -(-missing_milli * 10 // (GRADE_SCALE * graded)))
    else:
        tenths = goal.average_grade * 10
    return NextLevel(goal.name, max(0, goal.exercises - graded), tenths / 10)


def skill_progress(sums: TopicSums, policy: SkillsPolicy) -> SkillProgress:
    """Practice time (minutes of the target), mastery (average grade) and reviews (mean rating), weighted.

    Each part is capped at 100. Nothing practised, graded or reviewed yet: 0 without parts.
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
    made = weighted(parts)
    return SkillProgress(
        total=rounded(made.total, 1),
        parts={name: rounded(value, 1) for name, value in made.parts.items()},
        weights_used={name: rounded(weight, 4) for name, weight in made.weights_used.items()},
    )


def _rank(graded: int, grade_milli: int, policy: SkillsPolicy, held: str | None) -> int:
    reached = 0
    for rank, level in enumerate(policy.levels):
        enough_grade = grade_milli >= level.average_grade * GRADE_SCALE * graded
        if graded >= level.exercises and enough_grade:
            reached = rank
    if policy.demotion == "never" and held is not None:
        held_ranks = [rank for rank, level in enumerate(policy.levels) if level.name == held]
        reached = max(reached, *held_ranks) if held_ranks else reached
    return reached
