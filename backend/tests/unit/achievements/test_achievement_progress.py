"""Unlocking achievements and progress towards them, just below, at and above the threshold of every metric."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from milepost.rules.achievements.catalogue import Catalogue, mask_from_bytes, mask_to_bytes
from milepost.rules.achievements.conditions import MetricValues
from milepost.rules.achievements.definitions import Condition, Counter, Definition, State, Where
from milepost.rules.achievements.progress import AchievementProgress, deciding_condition, progress
from oracles.metric_values import metric_values, with_sums
from support.catalogues import achievement, catalogue

QUIZ = Where("quiz", topic="loops")


def codes(definitions: list[Definition]) -> list[str]:
    return [definition.code for definition in definitions]


def counted(metric: str) -> Callable[[int], MetricValues]:
    """Makes a learner with `n` of what the filter counts, and plenty of what it does not count."""
    key = Counter(metric, QUIZ).key
    plenty = {Counter(metric, Where("quiz")).key: 10**6, Counter("minutes", Where("reading")).key: 10**6}
    return lambda n: metric_values(
        exercises=10**6, activities=10**6, points=10**6, seconds=10**6, counters={**plenty, key: n}
    )


# Learners with a value just below, at and above the threshold 7 (rank 2 for levels).
TRIOS: list[tuple[str, Condition, Callable[[int], MetricValues], tuple[int, int, int]]] = [
    ("exercises", Condition("exercises_completed", 7), lambda n: metric_values(exercises=n), (6, 7, 8)),
    ("activities", Condition("activities", 7), lambda n: metric_values(activities=n), (6, 7, 8)),
    ("points", Condition("points", 7), lambda n: metric_values(points=n), (6, 7, 8)),
    ("minutes", Condition("minutes", 7), lambda n: metric_values(seconds=n), (419, 420, 421)),
    ("active days", Condition("active_days", 7), lambda n: metric_values(active_days=n), (6, 7, 8)),
    ("streak", Condition("streak", 7), lambda n: metric_values(longest=n, run=n), (6, 7, 8)),
    ("perfect", Condition("perfect_grades", 7), lambda n: metric_values(perfect=n), (6, 7, 8)),
    ("no hint", Condition("no_hint_exercises", 7), lambda n: metric_values(no_hint=n), (6, 7, 8)),
    ("topics", Condition("topics_practised", 7), lambda n: metric_values(topics=n), (6, 7, 8)),
    ("goals", Condition("goals_met", 7), lambda n: metric_values(goals_met=n), (6, 7, 8)),
    ("milestones", Condition("milestones_reached", 7), lambda n: metric_values(milestones_reached=n), (6, 7, 8)),
    (
        "any level",
        Condition("skill_level", 2),
        lambda n: metric_values(levels={"sets": 0, "loops": n, "maps": 1}),
        (1, 2, 3),
    ),
    (
        "level of a topic",
        Condition("skill_level", 2, level="advanced", topic="loops"),
        lambda n: metric_values(levels={"sets": 3, "loops": n}),
        (1, 2, 3),
    ),
    # Bits 1 to 9 are achievements that count; bit 0 is the one that counts them; bit 30 is not in the catalogue.
    (
        "achievements",
        Condition("achievements_unlocked", 7),
        lambda n: metric_values(unlocked=((1 << n) - 1) << 1 | 1 << 30),
        (6, 7, 8),
    ),
    ("exercises where", Condition("exercises_completed", 7, QUIZ), counted("exercises_completed"), (6, 7, 8)),
    ("activities where", Condition("activities", 7, QUIZ), counted("activities"), (6, 7, 8)),
    ("points where", Condition("points", 7, QUIZ), counted("points"), (6, 7, 8)),
    ("minutes where", Condition("minutes", 7, QUIZ), counted("minutes"), (419, 420, 421)),
    ("active days where", Condition("active_days", 7, QUIZ), counted("active_days"), (6, 7, 8)),
    ("perfect where", Condition("perfect_grades", 7, QUIZ), counted("perfect_grades"), (6, 7, 8)),
    ("no hint where", Condition("no_hint_exercises", 7, QUIZ), counted("no_hint_exercises"), (6, 7, 8)),
]
GRANTED = tuple(achievement(f"granted-{index}", Condition("manual", 1)) for index in range(9))


@pytest.mark.parametrize(("condition", "learner", "values"), [trio[1:] for trio in TRIOS], ids=[t[0] for t in TRIOS])
def test_the_threshold_and_both_sides_of_it(
    condition: Condition, learner: Callable[[int], MetricValues], values: tuple[int, int, int]
) -> None:
    available = catalogue(achievement("it", condition), *GRANTED)
    for value, met in zip(values, (False, True, True), strict=True):
        unlocked = codes(available.newly_unlocked(learner(value), {condition.reads}))
        assert unlocked == (["it"] if met else [])
        assert codes(available.newly_unlocked(learner(value))) == unlocked
        shown = progress(available, "it", learner(value))
        assert (shown.percent == 100.0) is met
        assert (shown.now >= shown.needed) is met
        assert shown.needed == condition.at_least


@pytest.mark.parametrize(("condition", "learner", "values"), [trio[1:] for trio in TRIOS], ids=[t[0] for t in TRIOS])
def test_only_a_changed_metric_is_evaluated(
    condition: Condition, learner: Callable[[int], MetricValues], values: tuple[int, int, int]
) -> None:
    if condition.metric != "achievements_unlocked":  # those are always evaluated
        assert catalogue(achievement("it", condition)).newly_unlocked(learner(values[1]), {"something_else"}) == []


def test_unlocked_definitions_are_not_new_and_missed_ones_are_found() -> None:
    tens = catalogue(*(achievement(f"ten-{n}", Condition("points", 10 * n)) for n in (1, 2, 3)))
    assert codes(tens.newly_unlocked(metric_values(points=25))) == ["ten-1", "ten-2"]
    assert codes(tens.newly_unlocked(metric_values(points=25, unlocked=0b001))) == ["ten-2"]
    assert tens.newly_unlocked(metric_values(points=25, unlocked=0b011)) == []
    # The bit of 10 is missing although that of 20 is set: the next point finds it.
    assert codes(tens.newly_unlocked(metric_values(points=26, unlocked=0b010), {"points"})) == ["ten-1"]


def test_new_unlocks_are_in_bit_order() -> None:
    definitions = [
        (achievement("nine", Condition("points", 1)), 9),
        (achievement("two", Condition("points", 3)), 2),
        (achievement("seventy", Condition("activities", 1)), 70),
    ]
    assert codes(Catalogue(definitions).newly_unlocked(metric_values(points=5, activities=1))) == [
        "two",
        "nine",
        "seventy",
    ]


@pytest.mark.parametrize("state", ["draft", "retired"])
def test_only_active_definitions_unlock(state: State) -> None:
    both = catalogue(achievement("a", Condition("points", 1), state=state), achievement("b", Condition("points", 1)))
    assert codes(both.newly_unlocked(metric_values(points=1))) == ["b"]
    assert codes(both.definitions_in(0b11)) == ["a", "b"]
    filtered = catalogue(achievement("a", Condition("points", 1, QUIZ), state=state))
    assert filtered.counters == ()


@pytest.mark.parametrize(
    ("exercises", "perfect", "both", "either"), [(6, 2, 0, 0), (7, 2, 0, 1), (6, 3, 0, 1), (7, 3, 1, 1), (8, 4, 1, 1)]
)
def test_all_and_any(exercises: int, perfect: int, both: int, either: int) -> None:
    parts = (Condition("exercises_completed", 7), Condition("perfect_grades", 3))
    pair = catalogue(achievement("both", *parts), achievement("either", *parts, needs="any"))
    learner = metric_values(exercises=exercises, perfect=perfect)
    expected = ["both"] * both + ["either"] * either
    for changed in (None, {"exercises_completed"}, {"perfect_grades"}):
        assert codes(pair.newly_unlocked(learner, changed)) == expected
    assert pair.newly_unlocked(learner, {"points"}) == []
    assert (progress(pair, "both", learner).percent == 100.0) is bool(both)
    assert (progress(pair, "either", learner).percent == 100.0) is bool(either)


def test_achievements_that_count_achievements_come_last_and_once() -> None:
    available = catalogue(
        achievement("two-unlocked", Condition("achievements_unlocked", 2)),
        achievement("three-unlocked", Condition("achievements_unlocked", 3)),
        achievement("mixed", Condition("achievements_unlocked", 2), Condition("points", 1)),
        achievement("a", Condition("points", 1)),
        achievement("b", Condition("points", 2)),
        achievement("old", Condition("points", 1), state="retired"),
    )
    # a and b are two; two-unlocked and mixed do not count towards three.
    assert codes(available.newly_unlocked(metric_values(points=2), {"points"})) == ["two-unlocked", "mixed", "a", "b"]
    everything = metric_values(points=2, unlocked=0b011101)
    assert available.newly_unlocked(everything) == []
    assert progress(available, "three-unlocked", everything) == AchievementProgress(2, 3, 66.7)
    # A retired one that is unlocked still counts.
    assert codes(available.newly_unlocked(everything._replace(unlocked=0b111101))) == ["three-unlocked"]


def test_manual_is_granted_and_never_reached() -> None:
    available = catalogue(*GRANTED[:2])
    everything = metric_values(exercises=10**9, activities=10**9, points=10**9, seconds=10**9, active_days=10**9)
    assert available.newly_unlocked(everything) == []
    assert progress(available, "granted-1", everything) == AchievementProgress(0, 1, 0.0)
    assert progress(available, "granted-1", everything._replace(unlocked=0b10)) == AchievementProgress(1, 1, 100.0)
    assert progress(available, "granted-0", everything._replace(unlocked=0b10)) == AchievementProgress(0, 1, 0.0)


@pytest.mark.parametrize(
    ("now", "needed", "percent"),
    [
        (0, 150, 0.0),
        (1, 3, 33.3),
        (2, 3, 66.7),
        (1, 16, 6.3),
        (142, 150, 94.7),
        (1_999, 2_000, 99.9),  # 99.95 would round to 100
        (99_999_999, 100_000_000, 99.9),
        (150, 150, 100.0),
        (151, 150, 100.0),
    ],
)
def test_percent_has_one_decimal_and_is_a_hundred_only_when_met(now: int, needed: int, percent: float) -> None:
    available = catalogue(achievement("it", Condition("points", needed)))
    assert progress(available, "it", metric_values(points=now)) == AchievementProgress(now, needed, percent)


@pytest.mark.parametrize(
    ("longest", "run", "shown"),
    [
        (0, 0, AchievementProgress(0, 30, 0.0)),
        (29, 29, AchievementProgress(29, 30, 96.7)),
        (29, 12, AchievementProgress(12, 30, 40.0)),
        (29, 0, AchievementProgress(0, 30, 0.0)),
        (30, 30, AchievementProgress(30, 30, 100.0)),
        (31, 2, AchievementProgress(31, 30, 100.0)),
    ],
)
def test_a_streak_not_reached_yet_shows_the_run_of_today(longest: int, run: int, shown: AchievementProgress) -> None:
    available = catalogue(achievement("month", Condition("streak", 30)))
    assert progress(available, "month", metric_values(longest=longest, run=run)) == shown


@pytest.mark.parametrize(
    ("exercises", "perfect", "all_of", "any_of"),
    [
        (0, 0, AchievementProgress(0, 100, 0.0), AchievementProgress(0, 100, 0.0)),
        (50, 1, AchievementProgress(1, 4, 25.0), AchievementProgress(50, 100, 50.0)),
        (50, 2, AchievementProgress(50, 100, 50.0), AchievementProgress(50, 100, 50.0)),
        (10, 3, AchievementProgress(10, 100, 10.0), AchievementProgress(3, 4, 75.0)),
        (120, 3, AchievementProgress(3, 4, 75.0), AchievementProgress(120, 100, 100.0)),
        (120, 8, AchievementProgress(120, 100, 100.0), AchievementProgress(8, 4, 100.0)),
    ],
)
def test_of_several_the_deciding_condition_is_shown(
    exercises: int, perfect: int, all_of: AchievementProgress, any_of: AchievementProgress
) -> None:
    parts = (Condition("exercises_completed", 100), Condition("perfect_grades", 4))
    pair = catalogue(achievement("both", *parts), achievement("either", *parts, needs="any"))
    learner = metric_values(exercises=exercises, perfect=perfect)
    assert (progress(pair, "both", learner), progress(pair, "either", learner)) == (all_of, any_of)


# A batch knows only the levels and counters it touched.
PARTIAL = metric_values(exercises=7, complete=False)
KEY = Counter("points", QUIZ).key
PARTIAL_CASES = [
    # the condition next to 7 exercises, what the batch knows, whether the rest must be read
    (Condition("skill_level", 2), PARTIAL, True),
    (Condition("skill_level", 2), with_sums(PARTIAL, exercises=6), False),
    (Condition("skill_level", 2), PARTIAL._replace(unlocked=0b1), False),
    (Condition("skill_level", 2), PARTIAL._replace(complete=True), False),
    (Condition("skill_level", 2), PARTIAL._replace(levels={"sets": 1}), True),
    (Condition("skill_level", 2), PARTIAL._replace(levels={"sets": 2}), False),
    (Condition("skill_level", 2, topic="loops"), PARTIAL._replace(levels={"sets": 1}), True),
    (Condition("skill_level", 2, topic="loops"), PARTIAL._replace(levels={"loops": 1}), False),
    (Condition("skill_level", 2, topic="loops"), PARTIAL._replace(levels={"loops": 2}), False),
    (Condition("points", 5, QUIZ), PARTIAL, True),
    (Condition("points", 5, QUIZ), PARTIAL._replace(counters={KEY: 4}), False),
    (Condition("points", 5, QUIZ), PARTIAL._replace(counters={KEY: 5}), False),
    (Condition("perfect_grades", 5), PARTIAL, False),
]


@pytest.mark.parametrize(("second", "metrics", "needed"), PARTIAL_CASES)
def test_more_is_read_only_if_an_achievement_depends_on_it(
    second: Condition, metrics: MetricValues, needed: bool
) -> None:
    seven = Condition("exercises_completed", 7)
    both = catalogue(achievement("both", seven, second))
    assert both.needs_unread(metrics, {"exercises_completed": 0}) is needed
    assert both.needs_unread(metrics) is needed
    assert both.needs_unread(metrics, {"minutes": 0}) is False
    assert catalogue(achievement("either", seven, second, needs="any")).needs_unread(metrics) is False
    assert catalogue(achievement("it", second)).needs_unread(metrics) is False


def test_a_void_revokes_only_revocable_achievements() -> None:
    revocable = [
        achievement("ten", Condition("points", 10)),
        achievement("granted", Condition("manual", 1)),
        achievement("three-unlocked", Condition("achievements_unlocked", 3)),
        achievement("retired", Condition("points", 10), state="retired"),
        achievement("five", Condition("points", 5)),
    ]
    available = catalogue(
        *(replace(definition, revoke_if_unmet=True) for definition in revocable),
        achievement("kept", Condition("points", 10)),
    )
    everything = metric_values(points=10, unlocked=0b111111)
    assert available.no_longer_met(everything) == []
    assert codes(available.no_longer_met(with_sums(everything, points=9))) == ["ten"]
    # Without ten and five, three are left: granted, retired and kept. Without retired, only two.
    assert codes(available.no_longer_met(with_sums(everything, points=4))) == ["ten", "five"]
    assert codes(available.no_longer_met(with_sums(everything, points=4)._replace(unlocked=0b110111))) == [
        "ten",
        "three-unlocked",
        "five",
    ]
    assert available.no_longer_met(with_sums(everything, points=4)._replace(unlocked=0b101010)) == []


def test_counters_are_those_of_active_definitions_without_duplicates() -> None:
    available = catalogue(
        achievement("a", Condition("points", 5, QUIZ)),
        achievement("b", Condition("points", 50, QUIZ)),
        achievement("c", Condition("minutes", 5, QUIZ), Condition("points", 5)),
        achievement("d", Condition("minutes", 5, Where("reading")), state="draft"),
    )
    assert available.counters == (Counter("minutes", QUIZ), Counter("points", QUIZ))


@pytest.mark.parametrize("pairs", [[("a", 1), ("a", 2)], [("a", 1), ("b", 1)], [("a", -1)]])
def test_codes_and_bits_must_be_unique(pairs: list[tuple[str, int]]) -> None:
    with pytest.raises(ValueError, match=r"twice|negative"):
        Catalogue([(achievement(code, Condition("points", 1)), bit) for code, bit in pairs])


def test_codes_and_masks() -> None:
    available = Catalogue(
        [(achievement("a", Condition("points", 1)), 3), (achievement("b", Condition("points", 1)), 0)]
    )
    assert available.mask_of(["a", "b", "unknown"]) == 0b1001
    assert codes(available.definitions_in(0b1000)) == ["a"]
    assert list(available.entries) == ["b", "a"]


@pytest.mark.parametrize(
    ("mask", "stored"), [(0, b""), (1, b"\x01"), (0x80, b"\x80"), (0x100, b"\x00\x01"), (0x1FF, b"\xff\x01")]
)
def test_masks_are_stored_little_endian_and_short(mask: int, stored: bytes) -> None:
    assert mask_to_bytes(mask) == stored
    assert mask_from_bytes(stored) == mask


def test_the_deciding_condition_is_the_one_that_progress_shows() -> None:
    seven, three = Condition("exercises_completed", 7), Condition("perfect_grades", 3)
    both = catalogue(achievement("both", seven, three), achievement("either", seven, three, needs="any"))
    learner = metric_values(exercises=6, perfect=1)
    assert (deciding_condition(both, "both", learner), deciding_condition(both, "either", learner)) == (three, seven)


def test_the_next_threshold_is_that_of_any_definition() -> None:
    definitions = catalogue(
        achievement("ten", Condition("points", 10)),
        achievement("thirty", Condition("points", 30), Condition("minutes", 2)),
        achievement("gone", Condition("points", 20), state="retired"),
        achievement("quizzes", Condition("points", 15, QUIZ)),
    )

    def upcoming(**sums: int) -> tuple[int, int]:
        thresholds = definitions.next_thresholds(with_sums(MetricValues(), **sums).sums)
        return thresholds[2], thresholds[3]

    never = 2**63
    assert upcoming() == (10, 120)
    assert upcoming(points=9, seconds=119) == (10, 120)
    assert upcoming(points=10, seconds=120) == (30, never)
    assert upcoming(points=30) == (never, 120)
    assert definitions.next_thresholds(metric_values().sums)[0] == never, "no definition reads exercises"


def test_a_counter_row_names_the_summed_column() -> None:
    assert Counter("minutes", QUIZ).row[1:] == ("seconds", "quiz", None, "loops")
    assert Counter("active_days", Where(verb="read", topic="loops")).row[1:] == ("days", None, "read", "loops")


@pytest.mark.parametrize(("now", "percent"), [(0, 0.0), (1, 0.1), (9_999, 99.9), (10_000, 100.0)])
def test_nearly_unlocked_is_not_unlocked_and_begun_is_not_nothing(now: int, percent: float) -> None:
    many = catalogue(achievement("many", Condition("points", 10_000)))
    assert progress(many, "many", metric_values(points=now)).percent == percent
