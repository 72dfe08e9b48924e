"""Recommendations: when each is made, with which reason, and in which order."""

from datetime import date, timedelta

import pytest

from milepost.rules.insight.recommendations import (
    NearAchievement,
    OpenTask,
    PathRest,
    Recommendation,
    Situation,
    Topic,
    recommendations,
)
from milepost.rules.streaks.streaks import StreakView
from support.skills_policy import POLICY

TODAY = date(2026, 3, 10)
NO_STREAK = StreakView(0, 0, "none", False, False, 0, 0, 7, None, None)
AT_RISK = NO_STREAK._replace(current=16, state="at_risk")


def made(**facts: object) -> list[Recommendation]:
    content: dict[str, object] = {"streak": NO_STREAK, **facts}
    return recommendations(Situation(**content, policy=POLICY))  # type: ignore[arg-type] # facts of any kind


def test_nothing_is_known_and_nothing_said() -> None:
    assert made() == []


def test_a_run_that_ends_today_comes_first() -> None:
    (found,) = made(streak=AT_RISK)
    assert (found.kind, found.text) == ("streak_at_risk", "One activity today makes it day 17.")
    assert found.reason == "Your run of 16 lasts until the end of today."
    for streak in (
        AT_RISK._replace(state="active"),
        AT_RISK._replace(met_today=True),
        AT_RISK._replace(paused=True),
        AT_RISK._replace(current=0, state="broken"),
    ):
        assert made(streak=streak) == []


def test_tasks_that_were_due_the_longest_ago_first_at_most_three() -> None:
    tasks = [OpenTask(f"t{place}", f"Essay {place}", TODAY - timedelta(days=9 - place)) for place in range(4)]
    found = made(tasks=tasks)
    assert [one.subject for one in found] == ["t0", "t1", "t2"]
    assert found[0].text == "“Essay 0” is still open."
    assert found[0].reason == "It was due on Sunday 1 March. You can also choose a new date."


@pytest.mark.parametrize(
    ("graded", "average_milli", "text"),
    [
        (0, 0, None),
        (4, 90_000, None),
        (5, 60_000, "5 more exercises in loops to reach intermediate."),
        (9, 76_900, "1 more exercise in loops to reach intermediate."),
        (9, 59_900, None),  # neither is enough
        (10, 57_000, "3 points more on average in loops to reach intermediate."),
        (10, 56_900, None),
        (24, 80_000, None),
        (25, 80_000, "5 more exercises in loops to reach advanced."),
        (50, 79_950, "0.1 points more on average in loops to reach expert."),
        (50, 80_000, None),
    ],
)
def test_a_topic_nearly_at_a_level(graded: int, average_milli: int, text: str | None) -> None:
    level = "beginner" if graded < 10 or average_milli < 60_000 else "intermediate" if graded < 30 else "advanced"
    level = "expert" if graded >= 50 and average_milli >= 80_000 else level
    found = made(topics=[Topic("loops", level, graded, graded * average_milli)])
    assert [one.text for one in found] == ([] if text is None else [text])


def test_reasons_of_levels() -> None:
    exercises, grade = made(topics=[Topic("a", "beginner", 9, 9 * 76_900), Topic("b", "beginner", 12, 12 * 58_000)])
    assert exercises.reason == "Your average of 76.9 is already enough."
    assert grade.reason == "Your 12 graded exercises are already enough."
    near = [Topic(f"t{missing}", "beginner", 10 - missing, (10 - missing) * 70_000) for missing in (5, 4, 3, 2, 1)]
    assert [one.subject for one in made(topics=near)] == ["t1", "t2", "t3"]


@pytest.mark.parametrize(("percent", "is_made"), [(74.9, False), (75.0, True), (99.9, True), (100.0, False)])
def test_an_achievement_within_reach(percent: float, is_made: bool) -> None:
    found = made(nearest=NearAchievement("fifty", "Fifty", "minutes", 48, 50, percent))
    assert [(one.text, one.reason) for one in found] == (
        [("2 more minutes for “Fifty”.", "You have 48 of 50.")] if is_made else []
    )


@pytest.mark.parametrize(
    ("metric", "now", "text"),
    [
        ("activities", 49, "1 more activity for “Fifty”."),
        ("streak", 48, "2 more days in a row for “Fifty”."),
        ("no_hint_exercises", 49, "1 more exercise without hints for “Fifty”."),
        ("something_new", 48, "2 more steps for “Fifty”."),
    ],
)
def test_what_is_missing_is_named(metric: str, now: int, text: str) -> None:
    (found,) = made(nearest=NearAchievement("fifty", "Fifty", metric, now, 50, 96.0))
    assert found.text == text


def rest(path: str, lately: int, before: int) -> PathRest:
    return PathRest(path, lately, before, date(2026, 2, 2), 28, 62)


def test_a_path_that_rests_while_others_go_on() -> None:
    (found,) = made(paths=[rest("basics", 0, 12), rest("arts", 5, 0), rest("games", 0, 3), rest("maths", 0, 2)])
    assert (found.subject, found.text) == ("basics", "Your last activity in basics was on Monday 2 February.")
    assert found.reason == (
        "12 activities in the 62 days before, none in the last 28, while you practised other paths."
    )
    assert made(paths=[rest("basics", 0, 12), rest("games", 0, 3)]) == []
    assert made(paths=[rest("basics", 1, 12), rest("games", 0, 2)]) == []


def test_the_order_of_all() -> None:
    found = made(
        streak=AT_RISK,
        tasks=[OpenTask("t", "Essay", TODAY)],
        topics=[Topic("loops", "beginner", 9, 9 * 70_000)],
        nearest=NearAchievement("fifty", "Fifty", "activities", 49, 50, 98.0),
        paths=[rest("basics", 0, 12), rest("arts", 5, 0)],
    )
    kinds = ["streak_at_risk", "overdue_task", "near_level", "near_achievement", "neglected_path"]
    assert [one.kind for one in found] == kinds
    assert all(0 <= one.weight <= 100 for one in found)
    assert not any("!" in one.text + one.reason for one in found)
