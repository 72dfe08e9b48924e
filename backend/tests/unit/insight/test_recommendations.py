"""Recommendations: when each is given, its reason, and the order."""

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
from support.policies import SKILLS_POLICY as POLICY

TODAY = date(2026, 3, 10)
NO_STREAK = StreakView(0, 0, "none", False, False, 0, 0, 7, None, None)
AT_RISK = NO_STREAK._replace(current=16, state="at_risk")


def recommended(**facts: object) -> list[Recommendation]:
    content: dict[str, object] = {"streak": NO_STREAK, "today": TODAY, **facts}
    return recommendations(Situation(**content, policy=POLICY))  # type: ignore[arg-type] # facts of any kind


def test_without_facts_there_are_no_recommendations() -> None:
    assert recommended() == []


def test_a_run_that_ends_today_comes_first() -> None:
    (item,) = recommended(streak=AT_RISK)
    assert (item.kind, item.text) == ("streak_at_risk", "One activity today makes it day 17.")
    assert item.reason == "Your run of 16 lasts until the end of today."
    for streak in (
        AT_RISK._replace(state="active"),
        AT_RISK._replace(met_today=True),
        AT_RISK._replace(paused=True),
        AT_RISK._replace(current=0, state="broken"),
    ):
        assert recommended(streak=streak) == []


def test_at_most_three_tasks_the_longest_overdue_first() -> None:
    tasks = [OpenTask(f"t{place}", f"Essay {place}", TODAY - timedelta(days=9 - place)) for place in range(4)]
    result = recommended(tasks=tasks)
    assert [item.subject for item in result] == ["t0", "t1", "t2"]
    assert result[0].text == "“Essay 0” is still open."
    assert result[0].reason == "It was due on Sunday 1 March. You can also choose a new date."


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
def test_a_topic_close_to_a_level(graded: int, average_milli: int, text: str | None) -> None:
    level = "beginner" if graded < 10 or average_milli < 60_000 else "intermediate" if graded < 30 else "advanced"
    level = "expert" if graded >= 50 and average_milli >= 80_000 else level
    result = recommended(topics=[Topic("loops", level, graded, graded * average_milli)])
    assert [item.text for item in result] == ([] if text is None else [text])


def test_reasons_of_levels() -> None:
    exercises, grade = recommended(
        topics=[Topic("a", "beginner", 9, 9 * 76_900), Topic("b", "beginner", 12, 12 * 58_000)]
    )
    assert exercises.reason == "Your average of 76.9 is already enough."
    assert grade.reason == "You have 12 graded exercises, which is already enough."
    near = [Topic(f"t{missing}", "beginner", 10 - missing, (10 - missing) * 70_000) for missing in (5, 4, 3, 2, 1)]
    assert [item.subject for item in recommended(topics=near)] == ["t1", "t2", "t3"]


@pytest.mark.parametrize(("percent", "is_made"), [(74.9, False), (75.0, True), (99.9, True), (100.0, False)])
def test_an_achievement_within_reach(percent: float, is_made: bool) -> None:
    result = recommended(nearest=NearAchievement("fifty", "Fifty", "minutes", 48, 50, percent))
    assert [(item.text, item.reason) for item in result] == (
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
def test_the_missing_amount_has_the_unit_of_its_metric(metric: str, now: int, text: str) -> None:
    (result,) = recommended(nearest=NearAchievement("fifty", "Fifty", metric, now, 50, 96.0))
    assert result.text == text


def rest(path: str, lately: int, before: int) -> PathRest:
    return PathRest(path, lately, before, date(2026, 2, 2), 28, 62)


def test_a_path_neglected_for_others() -> None:
    (result,) = recommended(paths=[rest("basics", 0, 12), rest("arts", 5, 0), rest("games", 0, 3), rest("maths", 0, 2)])
    assert (result.subject, result.text) == ("basics", "Your last activity in basics was on Monday 2 February.")
    assert result.reason == (
        "12 activities in the 62 days before, none in the last 28, while you practised other paths."
    )
    assert recommended(paths=[rest("basics", 0, 12), rest("games", 0, 3)]) == []
    assert recommended(paths=[rest("basics", 1, 12), rest("games", 0, 2)]) == []


def test_the_order_of_all_kinds() -> None:
    everything = recommended(
        streak=AT_RISK,
        tasks=[OpenTask("t", "Essay", TODAY)],
        topics=[Topic("loops", "beginner", 9, 9 * 70_000)],
        nearest=NearAchievement("fifty", "Fifty", "activities", 49, 50, 98.0),
        paths=[rest("basics", 0, 12), rest("arts", 5, 0)],
    )
    kinds = ["streak_at_risk", "overdue_task", "near_level", "near_achievement", "neglected_path"]
    assert [item.kind for item in everything] == kinds
    assert all(0 <= item.weight <= 100 for item in everything)
    assert not any("!" in item.text + item.reason for item in everything)


@pytest.mark.parametrize(
    ("average", "rested_days", "is_named"), [(70, 28, True), (70, 29, False), (94, 0, True), (95, 0, False)]
)
def test_a_level_is_not_near_in_an_abandoned_or_mastered_topic(average: int, rested_days: int, is_named: bool) -> None:
    topic = Topic("loops", "beginner", 8, 8 * average * 1_000, rested_days)
    assert [item.kind for item in recommended(topics=[topic])] == ["near_level"] * is_named
