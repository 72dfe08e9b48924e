"""Insights: each sentence with its numbers, and when there is none."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from milepost.rules.days.wording import date_in_words
from milepost.rules.insight.engagement import Effort
from milepost.rules.insight.insights import ActiveDays, HoursOfDays, Insight, Practice, insights
from milepost.rules.insight.topic_strengths import Area

TODAY = date(2026, 3, 10)  # a Tuesday


ONE = Effort(1, 0)


def back(*days: int, lately: Effort = ONE, before: Effort = ONE, first: int = 56) -> ActiveDays:
    """Active days that many days ago. The efforts are arguments, because a query sums them, not a rule; each is spread
    as evenly over its 28 days as can be.
    """
    weekdays = [(TODAY - timedelta(days=day)).weekday() for day in days]
    recent = sum(day < 28 for day in days)
    evenly, even_before = (Effort(*(amount**2 // 28 for amount in effort)) for effort in (lately, before))
    return ActiveDays(
        len(days), [weekdays.count(day) for day in range(7)], recent, lately, before, evenly, even_before, first
    )


def of_kind(kind: str, practice: Practice) -> Insight | None:
    return next((insight for insight in insights(practice) if insight.kind == kind), None)


def test_nothing_below_three_active_days() -> None:
    everything = {
        "hours": HoursOfDays({9: 3}, 3),
        "points": [("a", 1), ("b", 2)],
        "topics": [Area("a", 5, 1), Area("b", 5, 9)],
    }
    assert insights(Practice()) == []
    assert insights(Practice(days=back(0, 7), **everything)) == []  # type: ignore[arg-type] # of several kinds
    shown = insights(Practice(days=back(0, 7, 14), **everything))  # type: ignore[arg-type] # as above
    assert [insight.kind for insight in shown] == [
        *("best_weekday", "best_hour", "consistency", "strongest_area", "improvement_area", "points_mix")
    ]


def test_a_best_weekday_beats_chance() -> None:
    tuesdays = [7 * week for week in range(6)]
    insight = of_kind("best_weekday", Practice(days=back(*tuesdays, 1, 9)))
    assert insight == Insight(
        "best_weekday",
        "Tuesday is your most active day: 6 of your 8 active days.",
        {"weekday": 2, "active_days": 6, "of_active_days": 8},
    )
    # 7 × P(at least k of n at 1/7): 0.02 for 3 of 3, 0.07 for 3 of 4, and more than 1 for 13 of 90.
    assert of_kind("best_weekday", Practice(days=back(0, 7, 14))) is not None
    assert of_kind("best_weekday", Practice(days=back(0, 7, 14, 1))) is None
    assert of_kind("best_weekday", Practice(days=back(*range(90)))) is None
    assert of_kind("best_weekday", Practice(days=back(0, 7, 1, 8))) is None, "a tie has no best day"


@pytest.mark.parametrize(
    ("hours", "days", "text"),
    [
        ({}, 0, None),
        # From two activities, or two days, nothing follows.
        ({9: 2}, 2, None),
        ({9: 2, 10: 2}, 3, None),
        ({9: 3}, 3, "You practise most often between 09:00 and 10:00: on 3 of your last 3 active days."),
        ({9: 1, 23: 4}, 5, "You practise most often between 23:00 and 00:00: on 4 of your last 5 active days."),
        # 24 × P(at least 2 of 6 at 1/24) is 0.58.
        ({9: 2, 10: 1, 11: 1, 20: 1, 21: 1}, 6, None),
        # In 16 of the 24 hours, each on about half of the days.
        ({hour: 10 if hour == 9 else 9 for hour in range(8, 24)}, 20, None),
    ],
)
def test_a_best_hour_beats_chance(hours: dict[int, int], days: int, text: str | None) -> None:
    insight = of_kind("best_hour", Practice(days=back(0, 1, 2), hours=HoursOfDays(hours, days)))
    assert (insight and insight.text) == text


def test_a_trend_needs_56_days_since_the_first_activity() -> None:
    now, before = Effort(4, 0), Effort(2, 0)
    assert of_kind("trend", Practice(days=back(0, 1, 2, lately=now, before=before, first=55))) is None
    assert of_kind("trend", Practice(days=back(0, 1, 2, lately=now, before=before, first=56))) is not None


def test_of_equal_averages_the_one_with_more_evidence_is_named() -> None:
    topics = [Area("alphabet", 5, 5 * 90_000), Area("zebra", 40, 40 * 90_000), Area("weak", 9, 9 * 50_000)]
    topics += [Area("bad", 6, 6 * 50_000)]
    practice = Practice(days=back(0, 1, 2), topics=topics)
    strongest, weakest = of_kind("strongest_area", practice), of_kind("improvement_area", practice)
    assert strongest is not None
    assert weakest is not None
    assert (strongest.numbers["topic"], weakest.numbers["topic"]) == ("zebra", "weak")


@pytest.mark.parametrize(
    ("now", "before", "text"),
    [
        (Effort(4, 1200), Effort(2, 600), "20 minutes in the last 28 days, 10 more than in the 28 days before."),
        (Effort(4, 600), Effort(2, 1200), "10 minutes in the last 28 days, 10 fewer than in the 28 days before."),
        (Effort(2, 60), Effort(18, 119), None),
        (Effort(2, 59), Effort(4, 1200), "2 activities in the last 28 days, 2 fewer than in the 28 days before."),
        (Effort(2, 1200), Effort(4, 59), "2 activities in the last 28 days, 2 fewer than in the 28 days before."),
        (Effort(6, 0), Effort(4, 0), "6 activities in the last 28 days, 2 more than in the 28 days before."),
        (Effort(1, 0), Effort(2, 0), "1 activity in the last 28 days, 1 fewer than in the 28 days before."),
        (Effort(2, 0), Effort(2, 0), None),
        (Effort(2, 0), Effort(0, 0), None),
    ],
)
def test_the_trend(now: Effort, before: Effort, text: str | None) -> None:
    insight = of_kind("trend", Practice(days=back(0, 1, 2, lately=now, before=before)))
    assert (insight and insight.text) == text


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [
        # Activities by active day; the other days of the 28 have none.
        ([1], [1, 1], False),
        ([2, 2, 2], [1, 1, 1], False),
        ([1] * 20, [1] * 8, True),
        ([1] * 14, [1] * 8, False),
        ([2] * 10, [1] * 5, True),
        # One day with 20 activities is one day.
        ([20], [1] * 5, False),
        ([3] * 28, [2] * 28, True),
    ],
)
def test_a_trend_beats_chance(now: list[int], before: list[int], said: bool) -> None:
    """28 × (variance now + variance before) × 1.96² is 11, 53, 46, 51, 119, 1,553 and 0."""
    days = replace(
        back(0, 1, 2, lately=Effort(sum(now), 0), before=Effort(sum(before), 0)),
        squares_lately=Effort(sum(day**2 for day in now), 0),
        squares_before=Effort(sum(day**2 for day in before), 0),
    )
    assert (of_kind("trend", Practice(days=days)) is not None) == said


def test_consistency_covers_28_days() -> None:
    insight = of_kind("consistency", Practice(days=back(0, 27, 28, 40)))
    assert insight is not None
    assert insight.text == "You were active on 2 of the last 28 days."
    assert of_kind("consistency", Practice(days=back(28, 29, 30))) is None


def test_areas_are_named_with_their_average() -> None:
    topics = [Area("loops", 34, 34 * 78_440), Area("trees", 9, 9 * 61_000), Area("few", 4, 0)]
    practice = Practice(days=back(0, 1, 2), topics=topics)
    strongest, weakest = of_kind("strongest_area", practice), of_kind("improvement_area", practice)
    assert strongest == Insight(
        "strongest_area",
        "Your strongest topic is loops: 78.4 on average over 34 grades.",
        {"topic": "loops", "average_grade": 78.44, "graded": 34},
    )
    assert weakest is not None
    assert weakest.text == "Practice would help most in trees: 61 on average over 9 grades so far."
    equal = Practice(days=back(0, 1, 2), topics=[Area("a", 5, 5), Area("b", 5, 5)])
    assert of_kind("strongest_area", equal) is of_kind("improvement_area", equal) is None


@pytest.mark.parametrize(
    ("points", "text"),
    [
        ([], None),
        ([("exercise", 5)], None),
        ([("exercise", 5), ("lesson", 0)], None),
        (
            [("exercise", 50), ("lesson", 25), ("quiz", 5)],
            "62.5 % of your 80 points in the last 90 days came from activities of type exercise.",
        ),
        ([("b", 1), ("a", 1)], "50 % of your 2 points in the last 90 days came from activities of type a."),
    ],
)
def test_the_mix_of_points(points: list[tuple[str, int]], text: str | None) -> None:
    insight = of_kind("points_mix", Practice(days=back(0, 1, 2), points=points))
    assert (insight and insight.text) == text


def test_dates_are_in_english() -> None:
    assert [date_in_words(date(2026, 11, 25)), date_in_words(date(2026, 1, 4))] == [
        "Wednesday 25 November",
        "Sunday 4 January",
    ]


@pytest.mark.parametrize(
    ("graded", "grade_milli", "shown", "said"), [(250, 17_499_000, 69.99, "69.9"), (1_000, 79_999_999, 79.99, "79.9")]
)
def test_an_average_just_below_a_level_is_not_said_to_reach_it(
    graded: int, grade_milli: int, shown: float, said: str
) -> None:
    topics = [Area("loops", graded, grade_milli), Area("maps", 5, 1)]
    insight = of_kind("strongest_area", Practice(days=back(0, 7, 14), topics=topics))
    assert insight is not None
    assert insight.text == f"Your strongest topic is loops: {said} on average over {graded} grades."
    assert insight.numbers["average_grade"] == shown


@pytest.mark.parametrize(("most", "least"), [(3_999, 1), (99_999, 1)])
def test_points_of_two_types_are_never_all_of_one(most: int, least: int) -> None:
    insight = of_kind("points_mix", Practice(days=back(0, 7, 14), points=[("quiz", most), ("essay", least)]))
    assert insight is not None
    assert insight.text.startswith("99.9 % of ")
