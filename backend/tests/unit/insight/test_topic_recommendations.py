"""Recommendations about topics: what is known of mastery and of predictions decides, and one a topic is enough."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from milepost.rules.insight.predictions import Estimate
from milepost.rules.insight.recommendations import (
    NearAchievement,
    Recommendation,
    Situation,
    Topic,
    recommendations,
)
from milepost.rules.insight.topic_mastery import TopicMastery
from milepost.rules.insight.topic_strengths import Area, areas
from support.policies import SKILLS_POLICY as POLICY

TODAY = date(2026, 3, 10)
WEAK = TopicMastery("trees", 55.4, 40.1, 70.2, 60.0, 12.0, 13.0, 15.0, 25, TODAY - timedelta(days=28))
FORGOTTEN = TopicMastery("loops", 74.0, 60.0, 85.0, 88.2, 4.0, 1.0, 3.0, 14, TODAY - timedelta(days=60))
NEAR = Topic("sets", "beginner", 8, 8 * 70_000)


def recommended(*masteries: TopicMastery, **facts: object) -> list[Recommendation]:
    content: dict[str, object] = {"masteries": {one.topic: one for one in masteries}, "today": TODAY, **facts}
    return recommendations(Situation(None, **content, policy=POLICY))  # type: ignore[arg-type] # facts of any kind


def subjects(found: list[Recommendation]) -> list[tuple[str, str | None]]:
    return [(item.kind, item.subject) for item in found]


def test_a_topic_that_others_do_better_in() -> None:
    (item,) = recommended(WEAK)
    assert (item.kind, item.text) == ("weak_topic", "Practice in trees is worth it now.")
    assert item.reason == "Lately you got 48 of 100 there; others get 60 in the same exercises."
    assert item.numbers == {"estimate": 55, "low": 40, "high": 70, "grades": 25, "won": 48.0, "typical": 60.0}


@pytest.mark.parametrize(
    ("changes", "is_named"),
    [
        ({}, True),
        ({"typical": 12.0}, False),  # hard for everybody
        ({"typical": 12.001}, True),
        ({"grades": 4}, False),
        ({"grades": 5}, True),
        ({"last_practised_on": TODAY - timedelta(days=29)}, False),
        ({"estimate": 89.99}, True),
        ({"estimate": 90.0}, False),
    ],
)
def test_when_a_topic_is_weak(changes: dict[str, object], is_named: bool) -> None:
    assert [item.kind for item in recommended(replace(WEAK, **changes))] == ["weak_topic"] * is_named  # type: ignore[arg-type] # of several kinds


def test_the_least_difference_is_still_one() -> None:
    (item,) = recommended(replace(WEAK, typical=12.001))
    assert item.reason == "Lately you got 48 of 100 there; others get 48.1 in the same exercises."


def test_of_weak_topics_the_one_with_the_lowest_upper_bound() -> None:
    sure = replace(WEAK, topic="graphs", estimate=60.0, low=58.0, high=62.0)
    assert subjects(recommended(WEAK, sure)) == [("weak_topic", "graphs")]


def test_a_strongest_area_is_not_called_weak() -> None:
    """Others do better in both; one of them is the strongest nevertheless."""
    topics = [Topic("trees", "beginner", 25, 0, 28), Topic("graphs", "beginner", 25, 0, 28)]
    best = replace(WEAK, topic="graphs", estimate=60.0, low=58.0, high=62.0)
    assert subjects(recommended(WEAK, best, topics=topics)) == [("weak_topic", "trees")]


def test_a_topic_that_went_well_and_rests() -> None:
    (item,) = recommended(FORGOTTEN)
    assert (item.kind, item.text) == ("review_topic", "A few exercises in loops would refresh it.")
    assert item.reason == "Your last practice there was on Friday 9 January; you would have got 88 of 100 then."
    expected = {"estimate": 74, "low": 60, "high": 85, "grades": 14}
    assert item.numbers == {**expected, "fresh_estimate": 88, "last_day": "2026-01-09"}


@pytest.mark.parametrize(
    ("changes", "is_named"),
    [
        ({"fresh_estimate": 80.0}, True),
        ({"fresh_estimate": 79.99}, False),
        ({"grades": 4}, False),
        ({"last_practised_on": TODAY - timedelta(days=59)}, False),
    ],
)
def test_when_a_topic_is_to_be_reviewed(changes: dict[str, object], is_named: bool) -> None:
    assert [item.kind for item in recommended(replace(FORGOTTEN, **changes))] == ["review_topic"] * is_named  # type: ignore[arg-type] # of several kinds


def test_one_topic_is_to_be_reviewed_the_one_that_lost_most() -> None:
    more = replace(FORGOTTEN, topic="maps", fresh_estimate=92.0)
    assert subjects(recommended(FORGOTTEN, more)) == [("review_topic", "maps")]


def test_one_recommendation_about_a_topic() -> None:
    weak = replace(WEAK, topic="sets", estimate=72.0)
    assert subjects(recommended(weak, topics=[NEAR])) == [("near_level", "sets")]
    badge = NearAchievement("setter", "Setter", "exercises_completed", 9, 10, 90.0, topic="sets")
    assert subjects(recommended(weak, nearest=badge)) == [("weak_topic", "sets")]
    other = replace(badge, topic=None)
    assert subjects(recommended(weak, nearest=other)) == [("weak_topic", "sets"), ("near_achievement", "setter")]


@pytest.mark.parametrize(
    ("graded", "average_milli", "estimate", "is_named"),
    [
        # 8 of 10 exercises with 70 on average: 60 are needed, so the next two may be expected to be at least 20.
        (8, 70_000, 20.0, True),
        (8, 70_000, 19.9, False),
        (8, 70_000, 89.99, True),
        (8, 70_000, 90.0, False),
        # The average of 58 has to rise to 60.
        (12, 58_000, 60.0, False),
        (12, 58_000, 60.1, True),
        (12, 58_000, 90.0, False),
        # No average hides what an estimate knows: without one, nothing is near from 95 on.
        (8, 96_000, 85.0, True),
    ],
)
def test_a_level_is_near_if_the_next_exercises_lead_there(
    graded: int, average_milli: int, estimate: float, is_named: bool
) -> None:
    topic = Topic("sets", "beginner", graded, graded * average_milli)
    known = TopicMastery("sets", estimate, 10.0, 95.0, estimate, 6.0, 4.0, 6.0, graded, TODAY)
    assert subjects(recommended(known, topics=[topic])) == [("near_level", "sets")] * is_named


def test_a_weak_topic_with_much_evidence_is_no_strength() -> None:
    """Its lower bound is above that of a topic that rests, whose band is wide."""
    resting = replace(FORGOTTEN, topic="sets", low=30.0, last_practised_on=TODAY)
    strong = replace(FORGOTTEN, topic="maps", last_practised_on=TODAY)
    masteries = (WEAK, resting, strong, replace(resting, topic="graphs"))
    graded = [Topic(one.topic, "expert", one.grades, one.grades * 70_000) for one in masteries]
    assert ("weak_topic", "trees") in subjects(recommended(*masteries, topics=graded))
    known = {one.topic: one for one in masteries}
    areas_of_all = areas([Area(one.topic, one.grades, one.grades * 70_000) for one in masteries], known)
    assert [area.topic for area in areas_of_all.strongest] == ["maps", "graphs"]
    assert [area.topic for area in areas_of_all.improvement] == ["trees"]


def test_where_others_are_always_better_the_best_is_still_named() -> None:
    weaker = replace(WEAK, topic="sets", low=20.0, high=50.0, estimate=33.0)
    known = {one.topic: one for one in (WEAK, weaker)}
    ranked = areas([Area(topic, 25, 25 * 50_000) for topic in known], known)
    assert ([area.topic for area in ranked.strongest], [area.topic for area in ranked.improvement]) == (
        ["trees"],
        ["sets"],
    )


def test_levels_come_in_the_order_of_predictions() -> None:
    """The likely date decides, not what is missing; what few reach is not recommended."""
    topics = [
        Topic(name, "beginner", graded, graded * 70_000) for name, graded in (("a", 9), ("b", 8), ("c", 7), ("d", 6))
    ]
    dates = {"a": date(2026, 4, 1), "c": date(2026, 3, 12)}
    estimates = {name: Estimate("expected", p50=day) for name, day in dates.items()}
    estimates |= {"b": Estimate("unlikely", within_60_percent=12)}
    found = recommended(topics=topics, level_estimates=estimates)
    assert [item.subject for item in found] == ["c", "a", "d"]
    assert [item.subject for item in recommended(topics=topics)] == ["a", "b", "c"]
