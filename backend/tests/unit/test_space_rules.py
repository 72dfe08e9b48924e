"""Progress of spaces and composite goals: the platform's example numbers, planned parts, caps, and empty ones."""

from dataclasses import replace

import pytest
from hypothesis import given, strategies

from milepost.rules.policy import CompositeGoalsPolicy, KindPattern, SpaceRule, SpacesPolicy
from milepost.rules.spaces import GoalState, KindSums, PartCounts, SpaceState, goal_progress, space_progress
from milepost.settings import load_policy

SPACES, GOALS = load_policy().spaces, load_policy().composite_goals
PLANNED = SpaceState(planned_tasks=None, planned_minutes=60, milestones=2)


def tasks(full: int, seen: int) -> KindSums:
    return KindSums("task", "completed", valued=seen, value_milli=full * 100_000, tasks=seen, full_tasks=full)


def talk(*values: int) -> KindSums:
    return KindSums("interaction", "interacted", valued=len(values), value_milli=sum(values))


def minutes(number: float) -> KindSums:
    return KindSums("session", "practised", seconds=round(number * 60))


@pytest.mark.parametrize(
    ("space", "total", "parts", "weights"),
    [
        # Everything planned and one task of 100 done: the task weight alone.
        (
            replace(PLANNED, kinds=(tasks(1, 1),)),
            40.0,
            {"tasks": 100.0, "time": 0.0, "milestones": 0.0, "interactions": 0.0},
            {"tasks": 0.4, "time": 0.2, "milestones": 0.3, "interactions": 0.1},
        ),
        # 0.4·50 + 0.2·75 + 0.3·50 + 0.1·80
        (
            replace(PLANNED, reached=1, kinds=(tasks(1, 2), minutes(45), talk(70_000, 90_000))),
            58.0,
            {"tasks": 50.0, "time": 75.0, "milestones": 50.0, "interactions": 80.0},
            {"tasks": 0.4, "time": 0.2, "milestones": 0.3, "interactions": 0.1},
        ),
        (SpaceState(), 0.0, {"tasks": 0.0, "interactions": 0.0}, {"tasks": 0.8, "interactions": 0.2}),
        (
            SpaceState(kinds=(tasks(1, 1),)),
            80.0,
            {"tasks": 100.0, "interactions": 0.0},
            {"tasks": 0.8, "interactions": 0.2},
        ),
        # Without planned minutes, time does not count.
        (
            SpaceState(milestones=3, reached=2, kinds=(minutes(500),)),
            25.0,
            {"tasks": 0.0, "milestones": 66.7, "interactions": 0.0},
            {"tasks": 0.5, "milestones": 0.375, "interactions": 0.125},
        ),
        (
            SpaceState(planned_minutes=60, kinds=(minutes(1), talk(1_000))),
            0.6,
            {"tasks": 0.0, "time": 1.7, "interactions": 1.0},
            {"tasks": 0.5714, "time": 0.2857, "interactions": 0.1429},
        ),
    ],
)
def test_a_space(space: SpaceState, total: float, parts: dict[str, float], weights: dict[str, float]) -> None:
    shown = space_progress(space, SPACES)
    assert (shown.total, shown.parts, shown.weights_used) == (total, parts, weights)


@pytest.mark.parametrize(
    ("planned", "full", "seen", "percent", "of"),
    [
        (None, 0, 0, 0.0, 0),
        (None, 1, 3, 33.3, 3),
        (4, 1, 3, 25.0, 4),
        (4, 3, 3, 75.0, 4),
        (4, 4, 9, 100.0, 4),
        (4, 5, 9, 100.0, 4),
        (0, 1, 2, 50.0, 2),
    ],
)
def test_tasks_are_a_share_of_the_planned_ones_where_a_number_is_planned(
    planned: int | None, full: int, seen: int, percent: float, of: int
) -> None:
    shown = space_progress(SpaceState(planned_tasks=planned, kinds=(tasks(full, seen),)), SPACES)
    assert shown.parts["tasks"] == percent
    assert shown.measured["tasks"] == PartCounts(full, of)


@pytest.mark.parametrize(("done", "percent"), [(0, 0.0), (59, 98.3), (59.99, 99.9), (60, 100.0), (600, 100.0)])
def test_minutes_are_a_share_of_the_plan_and_no_more(done: float, percent: float) -> None:
    # Minutes of every kind of activity are minutes spent in the space.
    space = SpaceState(planned_minutes=60, kinds=(replace(tasks(0, 0), seconds=round(done * 60)),))
    shown = space_progress(space, SPACES)
    assert (shown.parts["time"], shown.measured["time"]) == (percent, PartCounts(int(done), 60))


def test_the_counts_behind_each_part_are_given() -> None:
    space = replace(PLANNED, reached=1, kinds=(tasks(1, 2), minutes(45.5), talk(70_000)))
    assert space_progress(space, SPACES).measured == {
        "tasks": PartCounts(1, 2),
        "time": PartCounts(45, 60),
        "milestones": PartCounts(1, 2),
        "interactions": PartCounts(1, None),
    }


def test_rules_read_the_kinds_they_name() -> None:
    rules = SpacesPolicy(
        (
            SpaceRule("quizzes", KindPattern("quiz", "completed"), "share_full", 0.5),
            SpaceRule("all", KindPattern("*", "completed"), "share_full", 0.25),
            SpaceRule("grades", KindPattern("quiz", "*"), "mean_value", 0.25),
        )
    )
    quiz = KindSums("quiz", "completed", valued=2, value_milli=150_000, tasks=2, full_tasks=1)
    space = SpaceState(kinds=(quiz, tasks(0, 2), replace(quiz, verb="answered", value_milli=50_000)))
    shown = space_progress(space, rules)
    assert shown.parts == {"quizzes": 50.0, "all": 25.0, "grades": 50.0}
    assert shown.total == 43.8


def test_a_part_without_weight_is_not_shown() -> None:
    only_talk = SpacesPolicy(
        (
            SpaceRule("tasks", KindPattern("task", "completed"), "share_full", 0.0),
            SpaceRule("talk", KindPattern("interaction", "interacted"), "mean_value", 1.0),
        )
    )
    shown = space_progress(SpaceState(kinds=(tasks(1, 1), talk(20_000))), only_talk)
    assert (shown.total, shown.parts, shown.measured) == (20.0, {"talk": 20.0}, {"talk": PartCounts(1, None)})


HALF, WHOLE = (
    SpaceState(planned_tasks=2, kinds=(tasks(1, 1), talk(50_000))),
    SpaceState(kinds=(tasks(1, 1), talk(100_000))),
)


@pytest.mark.parametrize(
    ("goal", "total", "parts", "weights"),
    [
        (GoalState(), 0.0, {"extras": 0.0}, {"extras": 1.0}),
        # 0.6·75 + 0.3·50 + 0.1·30
        (
            GoalState((HALF, WHOLE), milestones=4, reached=2, extras=3),
            63.0,
            {"spaces": 75.0, "milestones": 50.0, "extras": 30.0},
            {"spaces": 0.6, "milestones": 0.3, "extras": 0.1},
        ),
        (
            GoalState((WHOLE,)),
            85.7,
            {"spaces": 100.0, "extras": 0.0},
            {"spaces": 0.8571, "extras": 0.1429},
        ),
        (
            GoalState(milestones=1, reached=1, extras=9),
            97.5,
            {"milestones": 100.0, "extras": 90.0},
            {"milestones": 0.75, "extras": 0.25},
        ),
        (GoalState(extras=10), 100.0, {"extras": 100.0}, {"extras": 1.0}),
        (GoalState(extras=11), 100.0, {"extras": 100.0}, {"extras": 1.0}),
        (
            GoalState((SpaceState(), SpaceState()), milestones=1),
            0.0,
            {"spaces": 0.0, "milestones": 0.0, "extras": 0.0},
            {"spaces": 0.6, "milestones": 0.3, "extras": 0.1},
        ),
    ],
)
def test_a_goal(goal: GoalState, total: float, parts: dict[str, float], weights: dict[str, float]) -> None:
    shown = goal_progress(goal, SPACES, GOALS)
    assert (shown.total, shown.parts, shown.weights_used) == (total, parts, weights)


def test_the_counts_behind_the_parts_of_a_goal() -> None:
    shown = goal_progress(GoalState((HALF, WHOLE), milestones=4, reached=2, extras=3), SPACES, GOALS)
    assert shown.measured == {"spaces": PartCounts(1, 2), "milestones": PartCounts(2, 4), "extras": PartCounts(3, None)}


def test_the_mean_of_spaces_is_taken_before_anything_is_rounded() -> None:
    third = SpaceState(planned_tasks=3, kinds=(tasks(1, 1),))
    shown = goal_progress(GoalState((third,) * 3), SPACES, CompositeGoalsPolicy(1.0, 0.0, 0.0, 10))
    assert shown.total == 26.7  # 0.8 · 33.33…, where 0.8 · 33.3 would show as 26.6


counts = strategies.integers(0, 10**9)


@strategies.composite
def kinds(draw: strategies.DrawFn) -> KindSums:
    """Possible sums of activities: values of at most 100, no more full tasks than tasks."""
    object_type, verb = draw(
        strategies.sampled_from([("task", "completed"), ("interaction", "interacted"), ("x", "y")])
    )
    valued, seen = draw(counts), draw(counts)
    value_milli, full = draw(strategies.integers(0, valued * 100_000)), draw(strategies.integers(0, seen))
    return KindSums(object_type, verb, draw(counts), valued, value_milli, seen, full)


@strategies.composite
def spaces(draw: strategies.DrawFn) -> SpaceState:
    milestones = draw(counts)
    return SpaceState(
        planned_tasks=draw(strategies.none() | counts),
        planned_minutes=draw(strategies.none() | counts),
        milestones=milestones,
        reached=draw(strategies.integers(0, milestones)),
        kinds=draw(strategies.lists(kinds(), max_size=4)),
    )


@strategies.composite
def weights(draw: strategies.DrawFn, number: int) -> list[float]:
    """Hundredths that sum to 1."""
    cuts = sorted(draw(strategies.lists(strategies.integers(0, 100), min_size=number - 1, max_size=number - 1)))
    return [(after - before) / 100 for before, after in zip([0, *cuts], [*cuts, 100], strict=True)]


@given(strategies.lists(spaces(), max_size=3), counts, counts, weights(4), weights(3))
def test_every_total_and_part_stays_within_0_and_100(
    listed: list[SpaceState], milestones: int, extras: int, of_spaces: list[float], of_goals: list[float]
) -> None:
    rules = zip(SPACES.rules, of_spaces, strict=True)
    policy = SpacesPolicy(tuple(replace(rule, weight=weight) for rule, weight in rules))
    goals = CompositeGoalsPolicy(of_goals[0], of_goals[1], of_goals[2], 10)
    totals = [space_progress(space, policy) for space in listed]
    totals.append(goal_progress(GoalState(listed, milestones, milestones // 2, extras), policy, goals))
    for progress in totals:
        assert all(0 <= percent <= 100 for percent in (progress.total, *progress.parts.values()))
        if progress.parts:
            assert sum(progress.weights_used.values()) == pytest.approx(1, abs=0.0002)
            assert min(progress.parts.values()) - 0.1 <= progress.total <= max(progress.parts.values()) + 0.1
        else:
            assert progress.total == 0


@pytest.mark.parametrize(
    ("full", "seen", "shown"), [(1_999, 2_000, 99.9), (3_999, 4_000, 99.9), (2_000, 2_000, 100.0), (1, 4_000, 0.1)]
)
def test_a_part_that_is_not_whole_is_never_shown_as_whole(full: int, seen: int, shown: float) -> None:
    assert space_progress(SpaceState(kinds=(tasks(full, seen),)), SPACES).parts["tasks"] == shown
    reached = SpaceState(milestones=seen, reached=full)
    assert space_progress(reached, SPACES).parts["milestones"] == shown


def test_a_total_that_is_not_whole_is_never_shown_as_whole() -> None:
    nearly = SpaceState(kinds=(tasks(1_999, 2_000), talk(100_000)))
    assert space_progress(nearly, SPACES).total == 99.9
    done = SpaceState(kinds=(tasks(2_000, 2_000), talk(100_000)))
    assert space_progress(done, SPACES).total == 100.0
    extras = -(-100 // GOALS.percent_an_extra)
    assert goal_progress(GoalState(spaces=(nearly,), extras=extras), SPACES, GOALS).total == 99.9
    assert goal_progress(GoalState(spaces=(nearly,), extras=extras), SPACES, GOALS).parts["spaces"] == 99.9
    assert goal_progress(GoalState(spaces=(done,), extras=extras), SPACES, GOALS).total == 100.0
    hardly = SpaceState(kinds=(tasks(1, 4_000),))
    assert goal_progress(GoalState(spaces=(hardly,)), SPACES, GOALS).total == 0.1
