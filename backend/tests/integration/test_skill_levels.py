"""Skill levels over HTTP: every threshold at, just below and just above it, and what the next level needs."""

from datetime import timedelta

import pytest
from quart.typing import TestClientProtocol as Client

from support.builders import activity, exercise, new_learner
from support.callers import Caller, Json, service
from support.clock import START, AdjustableClock

PATH, CALCULATE = "/progress/skill-levels", "/progress/calculate-skill-level"


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START."""


async def only_skill(caller: Caller, **query: object) -> Json:
    """The only skill."""
    (skill,) = (await caller.get(PATH, **query)).ok()["skills"]
    found: Json = skill
    return found


@pytest.mark.parametrize(
    ("graded", "average", "level"),
    [
        (9, 100, "beginner"),
        (9, 60.001, "beginner"),
        (10, 59.999, "beginner"),
        (10, 60, "intermediate"),
        (10, 60.001, "intermediate"),
        (11, 59.999, "beginner"),
        (11, 60, "intermediate"),
        (11, 60.001, "intermediate"),
        (29, 100, "intermediate"),
        (30, 69.999, "intermediate"),
        (30, 70, "advanced"),
        (31, 70.001, "advanced"),
        (49, 100, "advanced"),
        (50, 79.999, "advanced"),
        (50, 80, "expert"),
        (51, 80.001, "expert"),
        (51, 59.999, "beginner"),
        (50, 69.999, "intermediate"),
    ],
)
async def test_each_threshold_decides_the_level(client: Client, graded: int, average: float, level: str) -> None:
    learner, teacher = new_learner(), service(client)
    body = await teacher.record_all(*(exercise(START, value=average) for _ in range(graded)), learner_id=learner)
    skill = await only_skill(teacher, learner_id=learner)
    assert (skill["level"], skill["graded"]) == (level, graded)
    changes = [] if level == "beginner" else [{"topic": "loops", "from": "beginner", "to": level}]
    assert body["learners"][0]["level_changes"] == changes
    assert (await teacher.progress(learner_id=learner))["skills"][0]["level"] == level
    decided = (await teacher.post(CALCULATE, {"topic": "loops"}, learner_id=learner)).ok()
    assert (decided["level"], decided["changed"]) == (level, False)


async def test_the_average_is_exact(client: Client) -> None:
    """Ten grades that sum to exactly 600, with thirds that floats cannot add exactly."""
    learner, teacher = new_learner(), service(client)
    values = [33.333, 33.333, 33.334, 66.667, 66.667, 66.666, 75, 75, 75, 75]
    await teacher.record_all(*(exercise(START, value=value) for value in values), learner_id=learner)
    skill = await only_skill(teacher, learner_id=learner)
    assert (skill["average_grade"], skill["level"]) == (60.0, "intermediate")


async def test_a_level_falls_at_once_and_rises_again(client: Client, clock: AdjustableClock) -> None:
    learner, teacher = new_learner(), service(client)
    await teacher.record_all(*(exercise(START, value=60) for _ in range(10)), learner_id=learner)
    skill = await only_skill(teacher, learner_id=learner)
    assert (skill["previous_level"], skill["level_updated_at"]) == ("beginner", "2026-03-10T12:00:00Z")
    clock.advance(hours=1)
    fallen = await teacher.record_all(exercise(START, value=59.999), learner_id=learner)
    assert fallen["learners"][0]["level_changes"] == [{"topic": "loops", "from": "intermediate", "to": "beginner"}]
    skill = await only_skill(teacher, learner_id=learner)
    names = ("level", "previous_level", "level_updated_at", "average_grade")
    assert [skill[name] for name in names] == ["beginner", "intermediate", "2026-03-10T13:00:00Z", 59.99]
    risen = await teacher.record_all(exercise(START, value=60.001), learner_id=learner)
    assert risen["learners"][0]["level_changes"] == [{"topic": "loops", "from": "beginner", "to": "intermediate"}]


async def test_a_level_may_be_skipped(client: Client) -> None:
    learner, teacher = new_learner(), service(client)
    await teacher.record_all(*(exercise(START, value=50) for _ in range(30)), learner_id=learner)
    body = await teacher.record_all(*(exercise(START, value=100) for _ in range(30)), learner_id=learner)
    # (30 × 50 + 30 × 100) / 60 = 75
    assert body["learners"][0]["level_changes"] == [{"topic": "loops", "from": "beginner", "to": "advanced"}]


TEN_OF_60: Json = {
    "estimate": 74.18,
    "low": 58.92,
    "high": 85.2,
    "grades": 10,
    "average_grade": 60.0,
    "typical": 70.0,
    "code": "mastery_average",
    "values": {
        "topic": "loops",
        "grades": 10,
        "average": 60,
        "typical": 70,
        "estimate": 74,
        "low": 59,
        "high": 85,
    },
    "text": "loops: 60 of 100 on average in 10 exercises, others get 70. "
    "We expect 74 of 100 typical exercises (59–85).",
}
"""Each grade weighs 6: W = 36, F = 24, X = 42. u = −.7428, θ = .3353, and ± 1.2816/√(1 + 60/25) = ± .695."""


async def test_every_figure_of_a_topic(client: Client) -> None:
    learner, teacher = new_learner(), service(client)
    await teacher.record_all(
        *(exercise(START, value=60, duration_seconds=600) for _ in range(10)),
        exercise(START, value=None, duration_seconds=59),
        learner_id=learner,
    )
    expected = {
        "topic": "loops",
        "level": "intermediate",
        "previous_level": "beginner",
        "level_updated_at": "2026-03-10T12:00:00Z",
        "exercises": 11,
        "graded": 10,
        "average_grade": 60.0,
        "minutes": 100,
        "seconds": 6_059,
        "next": {"level": "advanced", "exercises_missing": 20, "grade_missing": 10.0},
        # 6,059 of 36,000 seconds are 16.83 %; the two parts weigh the same: (16.83 + 60) / 2
        "progress": {
            "total": 38.4,
            "parts": {"practice": 16.8, "mastery": 60.0},
            "weights_used": {"practice": 0.5, "mastery": 0.5},
        },
        "mastery": TEN_OF_60,
    }
    assert await only_skill(teacher, learner_id=learner) == expected
    review = activity(START, verb="reviewed", object_type="exercise", topic="loops", value=90)
    await teacher.record_all(review, learner_id=learner)
    # 0.4 × 16.83 + 0.4 × 60 + 0.2 × 90
    progress = (await only_skill(teacher, learner_id=learner))["progress"]
    assert progress == {
        "total": 48.7,
        "parts": {"practice": 16.8, "mastery": 60.0, "reviews": 90.0},
        "weights_used": {"practice": 0.4, "mastery": 0.4, "reviews": 0.2},
    }


async def test_peer_reviews_count_for_mastery_only(client: Client) -> None:
    """Reviews alone, then with practice, then with grades: weights 20, 40 and 40 %; reviews count for nothing else."""
    ada, teacher = Caller(client, new_learner()), service(client)

    async def progress() -> Json:
        found: Json = (await only_skill(ada))["progress"]
        return found

    def review(**fields: object) -> Json:
        return activity(START, verb="reviewed", object_type="essay", topic="loops", **fields)

    reviews = [review(value=60, id="r-1"), review(value=75.5, id="r-2"), review(id="r-3")]
    await teacher.record_all(*reviews, learner_id=ada.subject)
    # (60 + 75.5) / 2; the review without a rating does not count.
    assert await progress() == {"total": 67.8, "parts": {"reviews": 67.8}, "weights_used": {"reviews": 1.0}}
    seen = await ada.progress()
    assert (seen["exercises_completed"], seen["grades"]["graded"], seen["streak"]["current_streak"]) == (0, 0, 0)
    await ada.record_all(activity(START, topic="loops", duration_seconds=9_000))
    # 150 of 600 minutes are 25 %: (0.4 × 25 + 0.2 × 67.75) / 0.6
    assert await progress() == {
        "total": 39.3,
        "parts": {"practice": 25.0, "reviews": 67.8},
        "weights_used": {"practice": 0.6667, "reviews": 0.3333},
    }
    await teacher.record_all(exercise(START, value=100, duration_seconds=36_000), learner_id=ada.subject)
    # Practice is capped: 0.4 × 100 + 0.4 × 100 + 0.2 × 67.75
    assert await progress() == {
        "total": 93.6,
        "parts": {"practice": 100.0, "mastery": 100.0, "reviews": 67.8},
        "weights_used": {"practice": 0.4, "mastery": 0.4, "reviews": 0.2},
    }
    (await teacher.ask("DELETE", "/activities/r-1", query={"learner_id": ada.subject})).ok()
    assert (await progress())["parts"]["reviews"] == 75.5


async def test_a_learner_may_not_claim_a_review_and_ratings_are_0_to_100(client: Client) -> None:
    ada, teacher = Caller(client, new_learner()), service(client)
    own = activity(START, verb="reviewed", object_type="essay", topic="loops", value=100)
    (await ada.record(own)).problem(422, "nothing_taken")
    for value in (-0.001, 100.001, 1e9):
        (await teacher.record({**own, "value": value}, learner_id=ada.subject)).problem(422, "nothing_taken")
    for value in (0, 100):
        await teacher.record_all({**own, "id": f"r-{value}", "value": value}, learner_id=ada.subject)
    assert (await only_skill(ada))["progress"]["parts"] == {"reviews": 50.0}


@pytest.mark.parametrize(
    ("graded", "value", "missing"),
    [
        (1, 0, {"level": "intermediate", "exercises_missing": 9, "grade_missing": 60.0}),
        (9, 50, {"level": "intermediate", "exercises_missing": 1, "grade_missing": 10.0}),
        (10, 59.999, {"level": "intermediate", "exercises_missing": 0, "grade_missing": 0.1}),
        (10, 80, {"level": "advanced", "exercises_missing": 20, "grade_missing": 0.0}),
        (49, 80, {"level": "expert", "exercises_missing": 1, "grade_missing": 0.0}),
        (50, 79.9, {"level": "expert", "exercises_missing": 0, "grade_missing": 0.1}),
        (50, 80, None),
    ],
)
async def test_the_needs_of_the_next_level(client: Client, graded: int, value: float, missing: object) -> None:
    learner, teacher = new_learner(), service(client)
    await teacher.record_all(*(exercise(START, value=value) for _ in range(graded)), learner_id=learner)
    assert (await only_skill(teacher, learner_id=learner))["next"] == missing
    assert (await teacher.post(CALCULATE, {"topic": "loops"}, learner_id=learner)).ok()["next"] == missing


async def test_practice_alone_has_no_grade(client: Client) -> None:
    ada = Caller(client, new_learner())
    await ada.record_all(activity(START, topic="yoga", value=90, duration_seconds=36_000))
    skill = await only_skill(ada)
    assert (skill["level"], skill["average_grade"], skill["graded"], skill["previous_level"]) == (
        "beginner",
        None,
        0,
        None,
    )
    assert skill["next"] == {"level": "intermediate", "exercises_missing": 10, "grade_missing": 60.0}
    assert skill["progress"] == {"total": 100.0, "parts": {"practice": 100.0}, "weights_used": {"practice": 1.0}}


async def test_topics_are_separate_and_sorted_by_name(client: Client) -> None:
    learner, teacher = new_learner(), service(client)
    await teacher.record_all(
        *(exercise(START - timedelta(days=1), topic="b", value=60) for _ in range(10)),
        exercise(START, topic="c", value=0),
        exercise(START, topic="a", value=100),
        exercise(START, topic=None, value=100),
        learner_id=learner,
    )
    skills = (await teacher.get(PATH, learner_id=learner)).ok()["skills"]
    assert [(skill["topic"], skill["level"], skill["average_grade"]) for skill in skills] == [
        ("a", "beginner", 100.0),
        ("b", "intermediate", 60.0),
        ("c", "beginner", 0.0),
    ]


async def test_a_new_learner_has_no_skills(client: Client) -> None:
    assert (await Caller(client, new_learner()).get(PATH)).ok() == {"skills": []}


# ---- calculate-skill-level


async def test_an_unpractised_topic_has_zeros(client: Client) -> None:
    ada = Caller(client, new_learner())
    assert (await ada.post(CALCULATE, {"topic": "never"})).ok() == {
        "topic": "never",
        "level": "beginner",
        "previous_level": "beginner",
        "changed": False,
        "exercises": 0,
        "graded": 0,
        "average_grade": None,
        "next": {"level": "intermediate", "exercises_missing": 10, "grade_missing": 60.0},
    }
    assert (await ada.get(PATH)).ok() == {"skills": []}
    assert (await ada.progress())["revision"] == 0


async def test_recalculating_changes_nothing(client: Client) -> None:
    learner, teacher = new_learner(), service(client)
    await teacher.record_all(*(exercise(START, topic="\u00e9tude", value=60) for _ in range(10)), learner_id=learner)
    before = await only_skill(teacher, learner_id=learner)
    for topic in ("\u00e9tude", "e\u0301tude", " \u00e9tude "):
        decided = (await teacher.post(CALCULATE, {"topic": topic, "learner_id": learner})).ok()
        assert (decided["topic"], decided["level"], decided["previous_level"], decided["changed"]) == (
            "\u00e9tude",
            "intermediate",
            "intermediate",
            False,
        )
        assert (decided["exercises"], decided["graded"], decided["average_grade"]) == (10, 10, 60.0)
    assert await only_skill(teacher, learner_id=learner) == before


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/topic"),
        ({"topic": ""}, "/topic"),
        ({"topic": "t" * 101}, "/topic"),
        ({"topic": 5}, "/topic"),
        ({"topic": None}, "/topic"),
        ({"topic": "a\x00"}, "/topic"),
        ({"topic": ["loops"]}, "/topic"),
        ({"topic": "loops", "level": "expert"}, "/level"),
        ({"topic": "loops", "learner_id": ""}, "/learner_id"),
    ],
)
async def test_invalid_topics_are_refused(client: Client, body: Json, pointer: str) -> None:
    answer = await service(client).post(CALCULATE, body, learner_id=new_learner())
    answer.problem(422, "invalid_body")
    assert answer.pointers() == [pointer]


async def test_a_topic_may_have_a_hundred_characters(client: Client) -> None:
    assert (await Caller(client, new_learner()).post(CALCULATE, {"topic": "漢" * 100})).ok()["topic"] == "漢" * 100
