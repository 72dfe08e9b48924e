"""The nearest achievement: what the overview offers next."""

from dataclasses import replace

from milepost.rules.achievements.definitions import Condition
from milepost.rules.achievements.progress import AchievementProgress, nearest, progress
from oracles.metric_values import metric_values, with_sums
from support.catalogues import achievement, catalogue


def test_the_nearest_is_the_locked_one_with_the_greatest_share() -> None:
    available = catalogue(
        achievement("exercises-125", Condition("exercises_completed", 125)),
        achievement("exercises-150", Condition("exercises_completed", 150)),
        replace(achievement("secret", Condition("exercises_completed", 143)), secret=True),
        achievement("granted", Condition("manual", 1)),
        achievement("draft", Condition("exercises_completed", 144), state="draft"),
        achievement("points-100", Condition("points", 100), Condition("exercises_completed", 1)),
        achievement("minutes-1", Condition("minutes", 1)),
    )
    learner = metric_values(exercises=142, points=50, unlocked=0b1)
    next_up = nearest(available, learner)
    assert next_up is not None
    assert (next_up[0].code, next_up[1]) == ("exercises-150", AchievementProgress(142, 150, 94.7))
    next_up = nearest(available, with_sums(learner, points=95))
    assert next_up is not None
    assert next_up[0].code == "points-100"
    next_up = nearest(available, learner._replace(unlocked=0b0100011))
    assert next_up is not None
    assert (next_up[0].code, next_up[1].now) == ("minutes-1", 0)
    assert nearest(available, learner._replace(unlocked=0b1100011)) is None


def test_one_that_counts_achievements_is_the_nearest_only_if_nothing_else_is_left() -> None:
    available = catalogue(
        achievement("collector", Condition("achievements_unlocked", 3)),
        achievement("goals", Condition("goals_met", 10)),
        achievement("points-100", Condition("points", 100)),
    )
    nearly = metric_values(points=1, goals_met=2)
    assert progress(available, "collector", nearly._replace(unlocked=0b010)).percent > 20
    order = []
    for unlocked in (0b000, 0b010, 0b110):
        next_up = nearest(available, nearly._replace(unlocked=unlocked))
        assert next_up is not None
        order.append(next_up[0].code)
    assert order == ["goals", "points-100", "collector"]


def test_equally_near_is_the_lowest_bit() -> None:
    available = catalogue(achievement("b", Condition("points", 10)), achievement("a", Condition("activities", 20)))
    next_up = nearest(available, metric_values(points=5, activities=10))
    assert next_up is not None
    assert next_up[0].code == "b"
