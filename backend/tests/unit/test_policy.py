"""The product's numbers: valid values, what changes the fingerprint, and the kind of an activity."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest

from milepost.rules.activities import (
    Activity,
    KindTable,
    admission,
    counts_for,
    counts_of_own_record,
    points_for,
    refusal,
)
from milepost.rules.policy import (
    ActivitiesPolicy,
    CompositeGoalsPolicy,
    Kind,
    KindPattern,
    LevelThreshold,
    SkillsPolicy,
    SpaceRule,
    SpacesPolicy,
)
from milepost.rules.texts import normal_text
from milepost.settings import load_policy

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
POLICY = load_policy()


def levels(*steps: tuple[str, int, int]) -> SkillsPolicy:
    return replace(POLICY.skills, levels=tuple(LevelThreshold(*step) for step in steps))


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ([], "begin with a level"),
        ([("beginner", 1, 0)], "begin with a level"),
        ([("beginner", 0, 1)], "begin with a level"),
        ([("beginner", 0, 0), ("expert", 0, 80)], "ascend in exercises"),
        ([("beginner", 0, 0), ("advanced", 30, 70), ("expert", 50, 69)], "never fall"),
        ([("beginner", 0, 0), ("beginner", 10, 60)], "same name"),
    ],
)
def test_impossible_levels_are_refused(steps: list[tuple[str, int, int]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        levels(*steps)


@pytest.mark.parametrize(("points", "possible"), [(-1, False), (0, True), (100_000, True), (100_001, False)])
def test_default_points_have_bounds(points: int, possible: bool) -> None:
    if possible:
        assert Kind("exercise", "completed", points=points).points == points
    else:
        with pytest.raises(ValueError, match="from 0 to 100,000"):
            Kind("exercise", "completed", points=points)


def test_kinds_must_be_unique() -> None:
    kinds = (Kind("exercise", "completed"), Kind("exercise", "completed", points=3))
    with pytest.raises(ValueError, match="two rows for exercise/completed"):
        replace(POLICY.activities, kinds=kinds)


def test_the_fingerprint_changes_with_streaks_and_levels_and_nothing_else() -> None:
    other_streak = replace(POLICY, streak=replace(POLICY.streak, freeze_cap=3))
    other_levels = replace(POLICY, skills=levels(("beginner", 0, 0)))
    other_activities = replace(POLICY, activities=replace(POLICY.activities, topics_per_learner=7))
    assert len({POLICY.fingerprint, other_streak.fingerprint, other_levels.fingerprint}) == 3
    assert other_activities.fingerprint == POLICY.fingerprint
    other_extras = replace(POLICY, composite_goals=replace(POLICY.composite_goals, percent_an_extra=20))
    assert other_extras.fingerprint == POLICY.fingerprint, "totals are computed on read"
    editions = {policy.edition for policy in (POLICY, other_streak, other_levels, other_activities, other_extras)}
    assert len(editions) == 5, "an answer from before a change must not be reused after it"


def share(type_: str, weight: float, verb: str = "completed") -> SpaceRule:
    return SpaceRule(type_, KindPattern("task", verb), "share_full", weight)


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ([], "must sum to 1, not 0"),
        ([share("a", 0.4), share("b", 0.5)], "spaces.rules must sum to 1, not 0.9"),
        ([share("a", 0.7), share("b", 0.4)], "must sum to 1, not 1.1"),
        ([share("a", 0.5), share("a", 0.5)], "two rules of the same type"),
    ],
)
def test_impossible_rules_of_spaces_are_refused(rules: list[SpaceRule], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SpacesPolicy(tuple(rules))


def test_weights_sum_to_one_as_they_are_written() -> None:
    assert SpacesPolicy(tuple(share(str(n), 0.1) for n in range(10))).rules, "ten binary tenths are not 1"
    assert [rule.weight for rule in POLICY.spaces.rules] == [0.4, 0.2, 0.3, 0.1]


@pytest.mark.parametrize(("weight", "possible"), [(-0.1, False), (0.0, True), (1.0, True), (1.1, False)])
def test_the_weight_of_a_rule_has_bounds(weight: float, possible: bool) -> None:
    if possible:
        assert share("tasks", weight).weight == weight
    else:
        with pytest.raises(ValueError, match="weight of tasks must be from 0 to 1"):
            share("tasks", weight)


def test_a_share_of_tasks_needs_one_verb() -> None:
    with pytest.raises(ValueError, match="share_full needs one verb"):
        share("tasks", 1, verb="*")


def test_reached_share_reads_only_reached_milestones() -> None:
    with pytest.raises(ValueError, match="object_type milestone and verb reached"):
        SpaceRule("badges", KindPattern("badge", "earned"), "reached_share", 1.0)


@pytest.mark.parametrize(
    ("numbers", "message"),
    [
        ((0.6, 0.3, 0.2, 10), "composite_goals must sum to 1, not 1.1"),
        ((1.2, -0.3, 0.1, 10), "composite_goals must be from 0 to 1"),
        ((0.6, 0.3, 0.1, 101), "percent_an_extra must be from 0 to 100"),
        ((0.6, 0.3, 0.1, -1), "percent_an_extra must be from 0 to 100"),
    ],
)
def test_impossible_weights_of_goals_are_refused(numbers: tuple[float, float, float, int], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        CompositeGoalsPolicy(*numbers)


TABLE = KindTable(
    (
        Kind("*", "*", points=1),
        Kind("exercise", "completed", points=2),
        Kind("exercise", "*", points=3),
        Kind("*", "viewed", points=4),
        Kind("*", "reviewed", points=5, review=True),
        Kind("quiz", "reviewed", points=6),
    )
)


@pytest.mark.parametrize(
    ("object_type", "verb", "points"),
    [
        ("exercise", "completed", 2),
        ("exercise", "viewed", 3),
        ("lesson", "viewed", 4),
        ("lesson", "sung", 1),
        ("exercise", "reviewed", 5),
        ("quiz", "reviewed", 5),
    ],
)
def test_the_most_specific_kind_applies_and_reviews_come_first(object_type: str, verb: str, points: int) -> None:
    assert TABLE.kind_of(object_type, verb).points == points
    assert TABLE.kind_of(object_type, verb).points == points  # remembered


def test_without_a_table_everything_counts_for_the_streak_alone_and_comes_from_services() -> None:
    kind = KindTable(()).kind_of("anything", "done")
    assert (kind.streak, kind.exercise, kind.graded, kind.points, kind.claim) == (True, False, False, 0, "service")


def test_the_cache_of_kinds_is_bounded() -> None:
    table = KindTable((Kind("*", "*", points=1),))
    kinds = {table.kind_of("exercise", f"verb {n}").points for n in range(10_500)}
    assert kinds == {1}
    assert len(table._cache) == 10_000


@pytest.mark.parametrize(
    ("kind", "value_milli", "bits"),
    [
        (Kind("*", "*"), None, 1),
        (Kind("*", "*", exercise=True, graded=True), 0, 7),
        (Kind("*", "*", exercise=True, graded=True), None, 3),
        (Kind("*", "*", streak=False, review=True), 50_000, 8),
        (Kind("*", "*", streak=False, review=True), None, 0),
    ],
)
def test_what_an_activity_counts_for(kind: Kind, value_milli: int | None, bits: int) -> None:
    assert counts_for(kind, value_milli) == bits


PRACTICE, EXERCISE = Kind("*", "*", claim="learner"), Kind("*", "*", graded=True)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("role", "occurred_at", "reason"),
    [
        ("learner", NOW + timedelta(minutes=5), None),
        ("learner", NOW + timedelta(minutes=5) + SECOND, "future"),
        ("service", NOW + timedelta(minutes=5) + SECOND, "future"),
        ("learner", NOW - timedelta(days=7), None),
        ("learner", NOW - timedelta(days=7) - SECOND, "too_old"),
        ("service", datetime(2000, 1, 1, tzinfo=UTC), None),
        ("service", datetime(2000, 1, 1, tzinfo=UTC) - SECOND, "too_old"),
    ],
)
def test_how_far_back_and_ahead_an_activity_may_be_dated(role: str, occurred_at: datetime, reason: str | None) -> None:
    admitted = admission("learner" if role == "learner" else "service", NOW, POLICY.activities)
    assert refusal(Activity(verb="v", object_type="o"), occurred_at, PRACTICE, admitted) == reason


@pytest.mark.parametrize(
    "claimed",
    [{"value_milli": 1}, {"points": 0}, {"hints_used": 0}, {"once_key": "k"}, {"zone": "Asia/Tokyo"}],
)
def test_a_learner_claims_practice_and_nothing_others_rely_on(claimed: dict[str, object]) -> None:
    graded_practice = replace(PRACTICE, graded=True)
    activity = Activity(verb="v", object_type="o", **claimed)  # type: ignore[arg-type] # one field of each type
    learner, service = (admission(role, NOW, POLICY.activities) for role in ("learner", "service"))
    assert refusal(activity, NOW, graded_practice, learner) == "not_allowed_for_role"
    assert refusal(activity, NOW, graded_practice, service) is None
    assert refusal(Activity(verb="v", object_type="o"), NOW, EXERCISE, learner) == "not_allowed_for_role"


def test_the_committed_policy_lets_learners_send_practice_only() -> None:
    kinds: ActivitiesPolicy = POLICY.activities
    open_to_learners = {(kind.object_type, kind.verb) for kind in kinds.kinds if kind.claim == "learner"}
    assert open_to_learners == {
        ("*", "practised"),
        ("*", "viewed"),
        ("*", "interacted"),
        ("meditation", "*"),
        ("journal", "*"),
        ("reading", "*"),
        ("check_in", "practised"),
    }
    assert not [kind for kind in kinds.kinds if kind.claim == "learner" and (kind.graded or kind.exercise)]


@pytest.mark.parametrize(
    ("sent", "normal"), [("  loops ", "loops"), ("Cafe\u0301", "Caf\u00e9"), ("\u00a0ré\u00a0", "ré"), ("a b", "a b")]
)
def test_a_topic_has_one_spelling(sent: str, normal: str) -> None:
    assert normal_text(sent) == normal


@pytest.mark.parametrize(
    ("kind", "bits"),
    [
        (Kind("*", "*"), 1),
        (Kind("*", "*", exercise=True, graded=True), 1),
        (Kind("*", "*", review=True), 1),
        (Kind("*", "*", streak=False, exercise=True), 0),
    ],
)
def test_what_the_service_records_itself_counts_the_day_at_most(kind: Kind, bits: int) -> None:
    assert counts_of_own_record(kind) == bits


@pytest.mark.parametrize(
    ("verb", "kind"),
    [("reviewed", Kind("*", "reviewed", claim="learner")), ("praised", Kind("*", "*", review=True, claim="learner"))],
)
def test_a_review_needs_a_service_whatever_the_table_says(verb: str, kind: Kind) -> None:
    sent = Activity(verb=verb, object_type="exercise")
    assert refusal(sent, NOW, kind, admission("learner", NOW, POLICY.activities)) == "not_allowed_for_role"
    assert refusal(sent, NOW, kind, admission("service", NOW, POLICY.activities)) is None


@pytest.mark.parametrize(
    ("role", "sent", "points"),
    [("service", None, 10), ("service", 0, 0), ("service", 7, 7), ("learner", None, 3)],
)
def test_points_rest_on_services_unless_the_table_says_otherwise(
    role: Literal["service", "learner"], sent: int | None, points: int
) -> None:
    trusted = Kind(object_type="diary", verb="*", points=10, learner_points=3, claim="learner")
    assert points_for(trusted, sent, role) == points
    assert points_for(Kind(object_type="diary", verb="*", points=10, claim="learner"), None, "learner") == 0


def test_the_shipped_table_gives_learners_no_points() -> None:
    assert {kind.learner_points for kind in POLICY.activities.kinds} == {0}


@pytest.mark.parametrize("points", [-1, 100_001])
def test_points_of_learners_have_the_range_of_points(points: int) -> None:
    with pytest.raises(ValueError, match=r"learner_points of diary/\* must be from 0 to 100,000"):
        Kind(object_type="diary", verb="*", learner_points=points)
