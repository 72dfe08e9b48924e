"""Skill levels at every threshold, what is missing for the next, and progress with its parts."""

from dataclasses import replace
from fractions import Fraction

import pytest

from milepost.rules.policy import LevelThreshold, SkillsPolicy
from milepost.rules.skills import (
    NextLevel,
    SkillProgress,
    TopicSums,
    average_grade,
    level_for,
    next_step,
    skill_progress,
)

POLICY = SkillsPolicy(
    demotion="immediate",
    topic_minutes_target=600,
    practice_weight=0.4,
    mastery_weight=0.4,
    review_weight=0.2,
    levels=(
        LevelThreshold("beginner", 0, 0),
        LevelThreshold("intermediate", 10, 60),
        LevelThreshold("advanced", 30, 70),
        LevelThreshold("expert", 50, 80),
    ),
)
KEEPING = replace(POLICY, demotion="never")

LEVELS = [
    # graded, sum of grades in thousandths, level
    (0, 0, "beginner"),
    (1, 100_000, "beginner"),
    (9, 900_000, "beginner"),
    (10, 1_000_000, "intermediate"),
    (11, 1_100_000, "intermediate"),
    (10, 599_999, "beginner"),
    (10, 600_000, "intermediate"),
    (10, 600_001, "intermediate"),
    (29, 2_900_000, "intermediate"),
    (30, 3_000_000, "advanced"),
    (31, 3_100_000, "advanced"),
    (30, 2_099_999, "intermediate"),
    (30, 2_100_000, "advanced"),
    (30, 2_100_001, "advanced"),
    (49, 4_900_000, "advanced"),
    (50, 5_000_000, "expert"),
    (51, 5_100_000, "expert"),
    (50, 3_999_999, "advanced"),
    (50, 4_000_000, "expert"),
    (50, 4_000_001, "expert"),
    # Many exercises, but low grades: both count and average must reach the level.
    (1_000, 59_999_999, "beginner"),
    (1_000, 69_999_999, "intermediate"),
    (1_000, 79_999_999, "advanced"),
    (10**9, 80_000 * 10**9 - 1, "advanced"),
    (10**9, 80_000 * 10**9, "expert"),
    (10, 0, "beginner"),
]


@pytest.mark.parametrize(("graded", "grade_milli", "level"), LEVELS)
def test_the_level_that_count_and_average_reach(graded: int, grade_milli: int, level: str) -> None:
    assert level_for(graded, grade_milli, POLICY) == level


@pytest.mark.parametrize(
    ("current", "graded", "grade_milli", "falling", "keeping"),
    [
        ("expert", 50, 3_999_999, "advanced", "expert"),
        ("advanced", 50, 1_000, "beginner", "advanced"),
        ("intermediate", 50, 4_000_000, "expert", "expert"),
        ("beginner", 0, 0, "beginner", "beginner"),
        ("grandmaster", 10, 600_000, "intermediate", "intermediate"),
        (None, 10, 600_000, "intermediate", "intermediate"),
    ],
)
def test_a_level_may_fall_or_is_kept(
    current: str | None, graded: int, grade_milli: int, falling: str, keeping: str
) -> None:
    assert level_for(graded, grade_milli, POLICY, current) == falling
    assert level_for(graded, grade_milli, KEEPING, current) == keeping


STEPS = [
    # graded, sum in thousandths, next level, exercises missing, grade missing
    (0, 0, "intermediate", 10, 60.0),
    (1, 100_000, "intermediate", 9, 0.0),
    (9, 540_000, "intermediate", 1, 0.0),
    (10, 500_000, "intermediate", 0, 10.0),
    (10, 600_000, "advanced", 20, 10.0),
    (10, 1_000_000, "advanced", 20, 0.0),
    (34, 34 * 78_400, "expert", 16, 1.6),
    (50, 3_999_999, "expert", 0, 0.1),
    (50, 3_995_000, "expert", 0, 0.1),
    (50, 3_994_999, "expert", 0, 0.2),
    (1_000, 69_999_999, "advanced", 0, 0.1),
    (3, 200_000, "intermediate", 7, 0.0),
    (3, 100_000, "intermediate", 7, 26.7),
]


@pytest.mark.parametrize(("graded", "grade_milli", "level", "exercises", "grade"), STEPS)
def test_the_gap_to_the_next_level(graded: int, grade_milli: int, level: str, exercises: int, grade: float) -> None:
    assert next_step(graded, grade_milli, POLICY) == NextLevel(level, exercises, grade)


@pytest.mark.parametrize("graded", [10, 30, 33, 50, 70, 97])
def test_a_grade_better_by_what_is_missing_is_always_enough(graded: int) -> None:
    for grade_milli in range(graded * 40_000, graded * 79_000, 7_919):
        step = next_step(graded, grade_milli, POLICY)
        assert step is not None
        goal = next(level for level in POLICY.levels if level.name == step.level)
        better = Fraction(grade_milli, 1_000 * graded) + Fraction(str(step.grade_missing))
        assert goal.average_grade <= better < goal.average_grade + Fraction(1, 10) or step.grade_missing == 0


def test_the_top_level_has_no_next() -> None:
    assert next_step(50, 4_000_000, POLICY) is None
    assert next_step(50, 3_999_999, KEEPING, "expert") is None


def test_a_kept_level_has_the_level_above_it_as_next() -> None:
    assert next_step(12, 12 * 50_000, KEEPING, "advanced") == NextLevel("expert", 38, 30.0)
    assert next_step(12, 12 * 50_000, POLICY, "advanced") == NextLevel("intermediate", 0, 10.0)


PROGRESS = [
    # sums, total, parts, weights used
    (TopicSums(), 0.0, {}, {}),
    # 512 of 600 minutes and an average of 78.4: the two parts with data share the weight of the third.
    (
        TopicSums(34, 34 * 78_400, 512 * 60),
        81.9,
        {"practice": 85.3, "mastery": 78.4},
        {"practice": 0.5, "mastery": 0.5},
    ),
    (
        TopicSums(10, 900_000, 300 * 60, 4, 280_000),
        70.0,
        {"practice": 50.0, "mastery": 90.0, "reviews": 70.0},
        {"practice": 0.4, "mastery": 0.4, "reviews": 0.2},
    ),
    (TopicSums(seconds=1), 0.1, {"practice": 0.1}, {"practice": 1.0}),
    (TopicSums(seconds=36_000 - 1), 99.9, {"practice": 99.9}, {"practice": 1.0}),
    (TopicSums(seconds=36_000), 100.0, {"practice": 100.0}, {"practice": 1.0}),
    (TopicSums(seconds=72_000), 100.0, {"practice": 100.0}, {"practice": 1.0}),
    # The cap applies within the total, too.
    (
        TopicSums(1, 50_000, 360_000),
        75.0,
        {"practice": 100.0, "mastery": 50.0},
        {"practice": 0.5, "mastery": 0.5},
    ),
    (TopicSums(1, 0, 0), 0.0, {"mastery": 0.0}, {"mastery": 1.0}),
    (TopicSums(review_n=3, review_milli=200_000), 66.7, {"reviews": 66.7}, {"reviews": 1.0}),
    (
        TopicSums(seconds=18_000, review_n=1, review_milli=80_000),
        60.0,
        {"practice": 50.0, "reviews": 80.0},
        {"practice": 0.6667, "reviews": 0.3333},
    ),
]


@pytest.mark.parametrize(("sums", "total", "parts", "weights"), PROGRESS)
def test_progress_over_the_parts_that_have_data(
    sums: TopicSums, total: float, parts: dict[str, float], weights: dict[str, float]
) -> None:
    assert skill_progress(sums, POLICY) == SkillProgress(total, parts, weights)


def test_a_part_without_weight_is_left_out() -> None:
    only_mastery = replace(POLICY, practice_weight=0.0, mastery_weight=1.0, review_weight=0.0)
    sums = TopicSums(2, 130_000, 6_000, 1, 90_000)
    assert skill_progress(sums, only_mastery) == SkillProgress(65.0, {"mastery": 65.0}, {"mastery": 1.0})
    assert skill_progress(TopicSums(seconds=6_000), only_mastery) == SkillProgress(0.0, {}, {})


@pytest.mark.parametrize(
    ("graded", "grade_milli", "average"),
    [(0, 0, None), (1, 0, 0.0), (4, 325_000, 81.25), (3, 200_000, 66.66), (3, 100_000, 33.33), (1, 99_995, 99.99)],
)
def test_the_average_grade(graded: int, grade_milli: int, average: float | None) -> None:
    assert average_grade(graded, grade_milli) == average


@pytest.mark.parametrize(
    ("graded", "grade_milli", "shown", "level"),
    [
        (250, 17_499_000, 69.99, "intermediate"),  # 69.996
        (1_000, 69_999_999, 69.99, "intermediate"),
        (1_000, 59_999_999, 59.99, "beginner"),
        (10**9, 80_000 * 10**9 - 1, 79.99, "advanced"),
        (30, 2_100_000, 70.0, "advanced"),
    ],
)
def test_the_average_shown_never_reaches_a_level_that_the_exact_one_misses(
    graded: int, grade_milli: int, shown: float, level: str
) -> None:
    assert (average_grade(graded, grade_milli), level_for(graded, grade_milli, POLICY)) == (shown, level)


def test_progress_that_is_nearly_whole_or_nearly_nothing() -> None:
    """Mastery is an average that levels compare: rounded down, also to nothing."""
    nearly = skill_progress(TopicSums(1_000, 99_999_000, 35_999, 1_000, 99_999_000), POLICY)
    assert (nearly.total, nearly.parts) == (99.9, {"practice": 99.9, "mastery": 99.9, "reviews": 99.9})
    hardly = skill_progress(TopicSums(1_000, 1, 1, 1_000, 1), POLICY)
    assert (hardly.total, hardly.parts) == (0.1, {"practice": 0.1, "mastery": 0.0, "reviews": 0.1})
    whole = skill_progress(TopicSums(1, 100_000, 36_000, 1, 100_000), POLICY)
    assert whole.total == 100.0


def test_mastery_is_rounded_down_as_the_average_is() -> None:
    # 69.96 on average: the level that needs 70 is not reached.
    sums = TopicSums(graded=50, grade_milli=3_498_000)
    assert average_grade(sums.graded, sums.grade_milli) == 69.96
    assert skill_progress(sums, POLICY).parts == {"mastery": 69.9}
