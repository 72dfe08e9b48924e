"""Insights: each sentence with its numbers, and when there is none."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from milepost.rules.days.wording import date_in_words
from milepost.rules.insight.engagement import Effort
from milepost.rules.insight.insights import ActiveDays, HoursOfDays, Insight, Practice, insights
from milepost.rules.insight.topic_mastery import TopicMastery
from milepost.rules.insight.topic_strengths import Area

TODAY = date(2026, 3, 10)  # a Tuesday


ONE = Effort(1, 0)


def mastery(
    topic: str, estimate: float, low: float, high: float, won: float = 60, typical: float = 60, grades: int = 9
) -> TopicMastery:
    """The faded grades are 100 in weight."""
    return TopicMastery(topic, estimate, low, high, estimate, won, 100 - won, typical, grades, TODAY)


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


@pytest.mark.parametrize(
    ("first", "text"),
    [
        (2, "You were active on 3 of the last 3 days."),
        (8, "You were active on 3 of the last 9 days."),
        (27, "You were active on 3 of the last 28 days."),
        (60, "You were active on 3 of the last 28 days."),
    ],
)
def test_days_before_the_first_activity_were_not_missed(first: int, text: str) -> None:
    insight = of_kind("consistency", Practice(days=back(0, 1, 2, first=first)))
    assert insight is not None
    assert insight.text == text
    assert insight.numbers["days"] == min(first + 1, 28)


def test_practice_helps_little_in_a_topic_that_is_mastered() -> None:
    def named(weakest: int) -> bool:
        topics = [Area("best", 9, 9 * 99_000), Area("good", 9, 9 * weakest)]
        return of_kind("improvement_area", Practice(days=back(0, 1, 2), topics=topics)) is not None

    assert [named(95_000), named(94_999)] == [False, True]


def test_areas_are_named_by_mastery_where_it_is_known() -> None:
    topics = [Area("loops", 34, 34 * 78_440), Area("trees", 9, 9 * 91_000)]
    found = {
        "loops": mastery("loops", 86.4, 78.2, 91.7, grades=30),
        # Everybody gets such good grades there.
        "trees": mastery("trees", 71.0, 55.0, 83.5, won=45.49, typical=61.01),
    }
    practice = Practice(days=back(0, 1, 2), topics=topics, masteries=found)
    strongest, weakest = of_kind("strongest_area", practice), of_kind("improvement_area", practice)
    assert strongest is not None
    assert weakest is not None
    assert (strongest.code, weakest.code) == ("strongest_area_expected", "improvement_area_expected")
    assert strongest.text == "Your strongest topic is loops: we expect 86 of 100 there (78–92)."
    expected = {"estimate": 86, "low": 78, "high": 92, "grades": 30}
    assert strongest.numbers == {"topic": "loops", "average_grade": 78.44, "graded": 34, **expected}
    assert weakest.text == (
        "Practice would help most in trees: lately you got 45.4 of 100, others get 61.1 in the same exercises."
    )
    assert (weakest.numbers["won"], weakest.numbers["typical"]) == (45.4, 61.1)
    hard = Practice(days=back(0, 1, 2), topics=topics, masteries={**found, "trees": mastery("trees", 50, 40, 60)})
    assert of_kind("improvement_area", hard) is None, "hard for everybody"


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
        # Neither brought more than the other.
        ([("b", 1), ("a", 1)], None),
        ([("b", 5), ("a", 5), ("c", 4)], None),
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
