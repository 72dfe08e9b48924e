"""Predictions over HTTP, from recorded activities."""

from datetime import date, timedelta
from typing import Any

import pytest
from quart.typing import TestClientProtocol as Client

from integration.insight.reads import PREDICTIONS, RECOMMENDATIONS, OnlyEntry, steady, texts
from milepost.rules.insight.predictions import Estimate, estimate
from support.builders import activity, exercise, new_learner
from support.callers import Caller, Json, service
from support.catalogues import condition, entry, put_in_force
from support.clock import START, AdjustableClock

DAY = timedelta(days=1)
TODAY = date(2026, 3, 10)  # a Tuesday


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START, Tuesday noon."""


QUIZ: dict[str, Any] = {"object_type": "quiz", "topic": "sets"}
SERIES: list[tuple[str, dict[str, object], list[int], int]] = [
    ("exercises", condition("exercises_completed", 20), [1] * 9, 9),
    ("activities", condition("activities", 20), [1] * 9, 9),
    ("points", condition("points", 100), [7] * 9, 23),
    ("minutes", condition("minutes", 30), [2] * 9, 30 - 22),  # 11 × 125 s
    ("days", condition("active_days", 12), [1] * 9, 2),
    ("perfect", condition("perfect_grades", 20), [1] * 9, 9),
    ("no-hint", condition("no_hint_exercises", 20), [1] * 9, 9),
    ("quizzes", condition("exercises_completed", 12, object_type="quiz"), [1] * 9, 1),
    ("quiz-points", condition("points", 100, topic="sets"), [7] * 9, 23),
    ("quiz-days", condition("active_days", 12, verb="completed", topic="sets"), [1] * 9, 2),
    ("all", {"all": [condition("activities", 11), condition("exercises_completed", 20)]}, [1] * 9, 9),
]


@pytest.mark.parametrize(("code", "rule", "series", "missing"), SERIES, ids=[case[0] for case in SERIES])
async def test_the_next_achievement_is_predicted_from_its_own_pace(
    client: Client, only: OnlyEntry, code: str, rule: dict[str, object], series: list[int], missing: int
) -> None:
    await only(entry(code, rule))
    learner, teacher = new_learner(), service(client)
    await teacher.record_all(*steady(9, **QUIZ), learner_id=learner)
    prediction = (await teacher.get(PREDICTIONS, learner_id=learner)).ok()["next_achievement"]
    assert (prediction["code"], prediction["needed"] - prediction["now"]) == (code, missing)
    assert dates(prediction["estimate"]) == estimate(series, missing, TODAY, counted_today=2)
    assert prediction["estimate"]["text"].startswith("At your pace about ")
    values = prediction["estimate"]["values"]
    for name in ("p50", "likely_from", "likely_until", "within_60_percent"):
        assert values[name] == prediction["estimate"][name] is not None


def dates(shape: Json) -> Estimate:
    """The dates of an estimate."""
    days = {
        name: shape[name] and date.fromisoformat(shape[name])
        for name in ("p10", "p50", "p90", "likely_from", "likely_until")
    }
    return Estimate(shape["state"], **days, within_60_percent=shape["within_60_percent"])


async def test_days_before_the_half_year_count_as_active_days(client: Client, only: OnlyEntry) -> None:
    await only(entry("long", condition("exercises_completed", 20)))
    learner, teacher = new_learner(), service(client)
    await teacher.record_all(*steady(9), exercise(START - 300 * DAY), learner_id=learner)
    prediction = (await teacher.get(PREDICTIONS, learner_id=learner)).ok()["next_achievement"]
    assert dates(prediction["estimate"]) == estimate([0] * 173 + [1] * 9, 8, TODAY, counted_today=2)


@pytest.mark.parametrize(
    ("code", "rule", "state"),
    [
        ("topics", condition("topics_practised", 9), "not_predictable"),
        ("goals", condition("goals_met", 9), "not_predictable"),
        ("far", condition("exercises_completed", 10_000), "unlikely"),
        ("expert", condition("skill_level", "expert"), "not_predictable"),
        ("some-level", condition("skill_level", "intermediate"), "grade_missing"),
    ],
)
async def test_a_missing_date_has_a_reason(
    client: Client, only: OnlyEntry, code: str, rule: dict[str, object], state: str
) -> None:
    await only(entry(code, rule))
    learner, teacher = new_learner(), service(client)
    await teacher.record_all(*steady(9, topic="loops", value=50), learner_id=learner)
    body = (await teacher.get(PREDICTIONS, learner_id=learner)).ok()
    estimate = body["next_achievement"]["estimate"]
    assert (estimate["state"], estimate["p50"]) == (state, None)
    assert estimate["values"]["grade_missing"] == (10.0 if state == "grade_missing" else 0.0)
    assert body["next_level"]["estimate"]["text"] == "This needs a better average: 10 points more."


async def test_a_streak_has_an_exact_date(client: Client, only: OnlyEntry, clock: AdjustableClock) -> None:
    await only(entry("week", condition("streak", 7)))
    ada = Caller(client, new_learner())
    await ada.record_all(*(activity(START - back * DAY) for back in (1, 2)))
    estimates = []
    for _ in range(2):
        prediction = (await ada.get(PREDICTIONS)).ok()["next_achievement"]
        estimates.append((prediction["now"], prediction["estimate"]["p50"], prediction["estimate"]["text"]))
        await ada.record_all(activity(START))
    # Today is not met yet and can be the third day; once it is, four more must follow.
    text = "Saturday 14 March, if you practise every day."
    assert estimates == [(2, "2026-03-14", text), (3, "2026-03-14", text)]
    assert await texts(ada, RECOMMENDATIONS) == {}
    clock.advance(days=1)
    assert await texts(ada, RECOMMENDATIONS) == {"streak_at_risk": "One activity today makes it day 4."}


async def test_the_achievement_with_the_soonest_date_is_offered(
    client: Client, only: OnlyEntry, database_url: str
) -> None:
    await only(entry("first", condition("activities", 1)))
    circular = entry("collector", condition("achievements_unlocked", 2))
    slow, quick = entry("many", condition("points", 200)), entry("dozen", condition("exercises_completed", 14))
    await put_in_force(database_url, circular, slow, quick)
    learner, teacher = new_learner(), service(client)
    await teacher.record_all(*steady(9), learner_id=learner)
    body = (await teacher.get(PREDICTIONS, learner_id=learner)).ok()
    assert body["next_achievement"]["code"] == "dozen"
    assert body["next_achievement"]["estimate"]["state"] == "expected"
    # The one that no pace can date is two thirds done, and still comes last.
    others = [(item["code"], item["estimate"]["state"]) for item in body["other_achievements"]]
    assert others == [("many", "expected"), ("collector", "not_predictable")]


async def test_achievements_are_offered_by_date_and_not_by_progress(
    client: Client, only: OnlyEntry, database_url: str
) -> None:
    await only(entry("first", condition("activities", 1)))
    await put_in_force(
        database_url,
        entry("near-slow", condition("points", 110)),
        entry("far-fast", condition("minutes", 28)),
        entry("middle", condition("activities", 19)),
    )
    learner, teacher = new_learner(), service(client)
    # Points came long ago; minutes and activities come every day.
    old = [exercise(START - back * DAY, topic=None, points=9, duration_seconds=0) for back in range(60, 70)]
    new = [activity(START - back * DAY, points=1, duration_seconds=240) for back in range(1, 6)]
    await teacher.record_all(*old, *new, learner_id=learner)
    body = (await teacher.get(PREDICTIONS, learner_id=learner)).ok()
    offered = [body["next_achievement"], *body["other_achievements"]]
    shown = [(item["code"], item["percent"]) for item in offered]
    assert shown == [("far-fast", 71.4), ("middle", 78.9), ("near-slow", 86.4)]
    dates_offered = [item["estimate"]["p50"] for item in offered]
    assert dates_offered == sorted(dates_offered)


async def test_the_next_level(client: Client, only: OnlyEntry) -> None:
    await only(entry("held", condition("activities", 1)))
    learner, teacher = new_learner(), service(client)
    await teacher.record_all(
        *steady(5, topic="loops", value=70),  # 7 graded, 2 of them today
        *(exercise(START - back * DAY, topic="sets", value=59) for back in range(9)),
        *(exercise(START - 40 * DAY, topic="old", value=90) for _ in range(9)),
        learner_id=learner,
    )
    predictions = (await teacher.get(PREDICTIONS, learner_id=learner)).ok()
    assert predictions["next_achievement"] is None
    level = predictions["next_level"]
    assert (level["topic"], level["level"], level["exercises_missing"]) == ("loops", "intermediate", 3)
    assert dates(level["estimate"]) == estimate([1] * 5, 3, TODAY, counted_today=2)
    values = level["estimate"]["values"]
    assert (values["counted"], values["topic"]) == ("graded_in_topic", "loops")
    named = (await teacher.get(PREDICTIONS, learner_id=learner, topic="sets")).ok()["next_level"]
    assert (named["topic"], named["grade_missing"], named["estimate"]["state"]) == ("sets", 1.0, "grade_missing")
    old = (await teacher.get(PREDICTIONS, learner_id=learner, topic="old")).ok()["next_level"]
    assert (old["exercises_missing"], old["estimate"]["state"]) == (1, "too_few_days")
    assert old["estimate"]["text"] == "An estimate needs graded exercises in old on 3 of the 28 days before today."
    assert (await teacher.get(PREDICTIONS, learner_id=learner, topic="none")).ok()["next_level"] is None
    kinds = (await teacher.get(RECOMMENDATIONS, learner_id=learner)).ok()["recommendations"]
    # An exercise is missing in the abandoned topic too, but it is not the next step.
    assert [(item["rank"], item["kind"], item["subject"]) for item in kinds] == [
        (1, "near_level", "loops"),
        (2, "weak_topic", "sets"),
    ]
    assert kinds[0]["text"] == "3 more exercises in loops to reach intermediate."
    assert kinds[0]["reason"] == "Your average of 70 is already enough."


async def test_the_next_level_is_the_one_with_the_earliest_date(client: Client, only: OnlyEntry) -> None:
    await only(entry("held", condition("activities", 1)))
    learner, teacher = new_learner(), service(client)
    await teacher.record_all(
        *(exercise(START - back * DAY, topic="few", value=90) for back in (2, 9, 16, *range(100, 106))),
        *(exercise(START - back * DAY, topic="many", value=90) for back in range(1, 4) for _ in range(2)),
        # Seen, but never graded: no level is expected there.
        activity(START, topic="seen"),
        learner_id=learner,
    )
    level = (await teacher.get(PREDICTIONS, learner_id=learner)).ok()["next_level"]
    assert (level["topic"], level["exercises_missing"], level["estimate"]["state"]) == ("many", 4, "expected")
    few = (await teacher.get(PREDICTIONS, learner_id=learner, topic="few")).ok()["next_level"]
    assert (few["exercises_missing"], few["estimate"]["state"]) == (1, "expected")
    assert few["estimate"]["p50"] > level["estimate"]["p50"]
    seen = (await teacher.get(PREDICTIONS, learner_id=learner, topic="seen")).ok()["next_level"]
    assert seen["estimate"]["text"] == "An estimate needs graded exercises in seen on 3 of the 28 days before today."
    other = new_learner()
    await teacher.record_all(activity(START, topic="seen"), learner_id=other)
    assert (await teacher.get(PREDICTIONS, learner_id=other)).ok()["next_level"] is None
