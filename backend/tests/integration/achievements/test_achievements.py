"""Achievements over HTTP: every metric below, at and above its threshold, unlocked in the commit that causes it."""

from collections.abc import Callable
from datetime import timedelta

import asyncpg
import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client

from support.builders import activity, exercise, new_learner
from support.callers import Caller, Json, service, uuid_of
from support.catalogues import condition, entry, put_in_force
from support.clock import START, AdjustableClock

DAY = timedelta(days=1)
QUIZ: dict[str, object] = {"object_type": "quiz", "verb": "completed"}
ENTRIES = (
    entry("three-exercises", condition("exercises_completed", 3)),
    entry("three-activities", condition("activities", 3)),
    entry("thirty-points", condition("points", 30)),
    entry("three-minutes", condition("minutes", 3)),
    entry("three-days", condition("active_days", 3)),
    entry("streak-of-three", condition("streak", 3), tier="gold", points=50),
    entry("three-perfect", condition("perfect_grades", 3)),
    entry("three-without-hints", condition("no_hint_exercises", 3)),
    entry("three-topics", condition("topics_practised", 3)),
    entry("intermediate", condition("skill_level", "intermediate")),
    entry("intermediate-sets", {**condition("skill_level", "intermediate"), "topic": "sets"}),
    entry("three-unlocked", condition("achievements_unlocked", 3)),
    entry("three-quizzes", condition("exercises_completed", 3, object_type="quiz")),
    entry("three-quiz-days", condition("active_days", 3, object_type="quiz")),
    entry("quiz-minutes", condition("minutes", 3, object_type="quiz", topic="sets")),
    entry("quiz-points", condition("points", 30, object_type="quiz")),
    entry("quiz-perfect", condition("perfect_grades", 3, object_type="quiz")),
    entry("quiz-no-hint", condition("no_hint_exercises", 3, object_type="quiz")),
    entry("quiz-activities", condition("activities", 3, verb="completed", object_type="quiz")),
    entry("both", {"all": [condition("points", 1, object_type="quiz"), condition("skill_level", "intermediate")]}),
    entry("either", {"any": [condition("points", 1_000), condition("minutes", 1_000)]}),
    entry("hidden", condition("activities", 1_000), secret=True),
    entry("taken-back", condition("points", 500), revoke_if_unmet=True),
    entry("kept", condition("points", 500)),
    entry("not-yet", condition("activities", 1), state="draft"),
)


@pytest.fixture(scope="module", autouse=True)
async def _catalogue(database_url: str, app: Quart) -> None:
    await put_in_force(database_url, *ENTRIES)


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START."""


def plain(number: int, **fields: object) -> dict[str, object]:
    """An activity that adds only itself and its day; all are on one day."""
    return activity(START - timedelta(minutes=number), verb="viewed", object_type="lesson", **fields)


def graded(number: int, **fields: object) -> dict[str, object]:
    """An exercise on today without topic, minutes or points."""
    nothing: dict[str, object] = {"topic": None, "duration_seconds": None, "points": 0, "value": 50}
    return exercise(START - timedelta(minutes=number), **(nothing | fields))


Make = Callable[[int], dict[str, object]]
THRESHOLDS: list[tuple[str, int, Make]] = [
    ("three-exercises", 3, lambda n: graded(n)),
    ("three-activities", 3, lambda n: plain(n)),
    ("thirty-points", 30, lambda n: plain(n, points=1)),
    ("three-minutes", 180, lambda n: plain(n, duration_seconds=1)),
    ("three-days", 3, lambda n: plain(0) | {"occurred_at": (START - 2 * n * DAY).isoformat()}),
    ("streak-of-three", 3, lambda n: plain(0) | {"occurred_at": (START - n * DAY).isoformat()}),
    ("three-perfect", 3, lambda n: graded(n, value=100)),
    ("three-without-hints", 3, lambda n: graded(n, hints_used=0)),
    ("three-topics", 3, lambda n: plain(n, topic=f"topic-{n}")),
    ("intermediate", 10, lambda n: graded(n, topic="loops", value=60)),
    ("intermediate-sets", 10, lambda n: graded(n, topic="sets", value=60)),
    ("three-quizzes", 3, lambda n: graded(n, **QUIZ)),
    ("three-quiz-days", 3, lambda n: graded(0, **QUIZ) | {"occurred_at": (START - 3 * n * DAY).isoformat()}),
    ("quiz-minutes", 180, lambda n: graded(n, **QUIZ, topic="sets", duration_seconds=1)),
    ("quiz-points", 30, lambda n: graded(n, **QUIZ, points=1)),
    ("quiz-perfect", 3, lambda n: graded(n, **QUIZ, value=100)),
    ("quiz-no-hint", 3, lambda n: graded(n, **QUIZ, hints_used=0)),
    ("quiz-activities", 3, lambda n: graded(n, **QUIZ)),
]


def codes(body: Json) -> set[str]:
    """The codes an answer reports as unlocked."""
    return {achievement["code"] for achievement in body["learners"][0]["unlocked"]}


@pytest.mark.parametrize(("code", "needed", "make"), THRESHOLDS, ids=[code for code, _, _ in THRESHOLDS])
async def test_each_metric_unlocks_at_its_threshold_and_not_below(
    client: Client, code: str, needed: int, make: Make
) -> None:
    learner, teacher = new_learner(), service(client)
    below = await teacher.record_all(*(make(n) for n in range(needed - 1)), learner_id=learner)
    assert code not in codes(below)
    assert not (await achievements_of(teacher, learner))[code]["unlocked"]
    at = await teacher.record_all(make(needed - 1), learner_id=learner)
    assert code in codes(at)
    shown = (await achievements_of(teacher, learner))[code]
    assert (shown["unlocked"], shown["progress"]["percent"]) == (True, 100.0)
    above = await teacher.record_all(make(needed), learner_id=learner)
    assert code not in codes(above)


async def achievements_of(caller: Caller, learner: str) -> dict[str, Json]:
    """All achievements by code."""
    achievements = (await caller.get("/progress/achievements", learner_id=learner)).ok()["achievements"]
    return {achievement["code"]: achievement for achievement in achievements}


async def test_an_achievement_that_counts_achievements_unlocks_last_and_once(client: Client) -> None:
    learner, teacher = new_learner(), service(client)
    # Exercises, activities and points unlock at once; the fourth counts those three in the same commit.
    body = await teacher.record_all(*(graded(n, points=10) for n in range(3)), learner_id=learner)
    assert codes(body) == {"three-exercises", "three-activities", "thirty-points", "three-unlocked"}
    two = new_learner()
    body = await teacher.record_all(*(plain(n, duration_seconds=60) for n in range(3)), learner_id=two)
    assert codes(body) == {"three-activities", "three-minutes"}


async def test_all_and_any_unlock_whichever_metric_comes_last(client: Client) -> None:
    learner, teacher = new_learner(), service(client)
    body = await teacher.record_all(graded(0, **QUIZ, points=5), learner_id=learner)
    assert "both" not in codes(body)
    await teacher.record_all(*(graded(n, topic="loops", value=90) for n in range(1, 10)), learner_id=learner)
    # This batch moves the level; the quiz's points are read.
    assert "both" in codes(await teacher.record_all(graded(11, topic="loops", value=90), learner_id=learner))
    other = new_learner()
    await teacher.record_all(*(graded(n, topic="loops", value=90) for n in range(10)), learner_id=other)
    # This batch moves the counter; the level is read.
    assert "both" in codes(await teacher.record_all(graded(11, **QUIZ, points=5), learner_id=other))
    assert "either" in codes(await teacher.record_all(plain(3, points=1_000), learner_id=other))


async def test_a_repeat_reports_the_unlock_again_and_no_other_answer_does(
    client: Client, connection: asyncpg.Connection
) -> None:
    learner, teacher = new_learner(), service(client)
    batch = [plain(n) for n in range(3)]
    first = await teacher.record_all(*batch, learner_id=learner)
    expected = {
        "code": "three-activities",
        "title": "Title of three-activities",
        "points": 10,
        "tier": "bronze",
        "earned_on": "2026-03-10",
    }
    assert first["learners"][0]["unlocked"] == [expected]
    again = (await teacher.record(*batch, learner_id=learner)).ok()
    assert again["learners"][0]["unlocked"] == [expected]
    assert again["learners"][0]["revision"] == first["learners"][0]["revision"]
    other = (await teacher.record(plain(7), learner_id=learner)).ok()
    assert other["learners"][0]["unlocked"] == []
    notices = await connection.fetch("SELECT kind, n, body FROM notices WHERE learner_id = $1", uuid_of(learner))
    assert [(kind, n) for kind, n, _ in notices] == [("achievement_unlocked", 0)]


async def test_update_streak_reports_what_it_unlocks(client: Client, clock: AdjustableClock) -> None:
    ada = Caller(client, new_learner(), zone="UTC")
    for expected in ([], [], ["streak-of-three", "three-activities", "three-days", "three-unlocked"]):
        update = (await ada.post("/progress/update-streak")).ok()
        assert [
            achievement["code"]
            for achievement in sorted(update["unlocked"], key=lambda achievement: str(achievement["code"]))
        ] == expected
        clock.advance(days=1)
    assert update["is_new_record"] is True
    gold = next(achievement for achievement in update["unlocked"] if achievement["tier"] == "gold")
    assert (gold["points"], gold["earned_on"]) == (50, "2026-03-12")


async def test_badges_are_in_the_order_in_which_they_were_earned(client: Client, clock: AdjustableClock) -> None:
    ada, teacher = Caller(client, new_learner()), service(client)
    await teacher.record_all(*(graded(n) for n in range(3)), learner_id=ada.subject)
    clock.advance(hours=1)
    late = (START - 5 * DAY).isoformat()
    await teacher.record_all(*(plain(n, points=15) | {"occurred_at": late} for n in range(2)), learner_id=ada.subject)
    earned = (await ada.get("/progress/badges")).ok()["earned"]
    assert [(badge["code"], badge["earned_on"], badge["unlocked_at"]) for badge in earned] == [
        ("three-unlocked", "2026-03-10", "2026-03-10T13:00:00Z"),
        ("three-activities", "2026-03-10", "2026-03-10T12:00:00Z"),
        ("three-exercises", "2026-03-10", "2026-03-10T12:00:00Z"),
        ("thirty-points", "2026-03-05", "2026-03-10T13:00:00Z"),
    ]
    latest = (await ada.progress())["achievements"]["latest"]
    assert latest == {"code": "three-unlocked", "earned_on": "2026-03-10"}


async def test_overview_achievements_and_badges_agree(client: Client) -> None:
    ada, teacher = Caller(client, new_learner(), zone="UTC"), service(client)
    await teacher.record_all(*(plain(n) for n in range(3)), graded(5, hints_used=0), learner_id=ada.subject)
    overview = await ada.progress()
    answer = (await ada.get("/progress/achievements")).ok()
    badges = (await ada.get("/progress/badges")).ok()
    total = len(ENTRIES) - 1  # drafts are hidden
    assert (answer["unlocked"], answer["total"], len(answer["achievements"]), answer["points"]) == (1, total, total, 10)
    assert overview["achievement_points"] == badges["points"] == 10
    assert overview["achievements"]["latest"] == {"code": "three-activities", "earned_on": "2026-03-10"}
    assert (overview["achievements"]["unlocked"], overview["achievements"]["total"]) == (1, total)
    # A third of: exercises, no hints, a run and days of one, one unlocked; ties go to the first in the catalogue.
    assert overview["achievements"]["next"] == {"code": "three-exercises", "now": 1, "needed": 3, "percent": 33.3}
    assert [badge["code"] for badge in badges["earned"]] == ["three-activities"]
    assert len(badges["available"]) == total - 1
    assert badges["points_available"] == sum(badge["points"] for badge in badges["available"])
    percents = [badge["percent"] or 0 for badge in badges["available"]]
    assert percents == sorted(percents, reverse=True)
    assert percents[0] == 33.3


async def test_a_secret_achievement_shows_nothing_before_it_is_unlocked(client: Client) -> None:
    ada, teacher = Caller(client, new_learner()), service(client)
    before = (await ada.get("/progress/achievements")).ok()
    (secret,) = [achievement for achievement in before["achievements"] if achievement["secret"]]
    assert "hidden" not in str(before)
    assert (secret["progress"], secret["unlocked"]) == (None, False)
    badges = (await ada.get("/progress/badges")).ok()
    assert "hidden" not in str(badges)
    for start in (0, 500):
        await teacher.record_all(*(plain(n) for n in range(start, start + 500)), learner_id=ada.subject)
    after = (await achievements_of(teacher, ada.subject))["hidden"]
    assert (after["unlocked"], after["title"], after["secret"]) == (True, "Title of hidden", True)


async def test_a_locked_streak_shows_the_run_of_today(client: Client, clock: AdjustableClock) -> None:
    learner, teacher = new_learner(), service(client)
    await teacher.record_all(
        *(plain(0) | {"occurred_at": (START - n * DAY).isoformat()} for n in (0, 1)), learner_id=learner
    )
    assert (await achievements_of(teacher, learner))["streak-of-three"]["progress"] == {
        "now": 2,
        "needed": 3,
        "percent": 66.7,
    }
    clock.advance(days=9)
    assert (await achievements_of(teacher, learner))["streak-of-three"]["progress"] == {
        "now": 0,
        "needed": 3,
        "percent": 0.0,
    }


async def test_late_activities_re_date_unlocks(client: Client) -> None:
    learner, teacher = new_learner(), service(client)

    def on(days_ago: int, **fields: object) -> dict[str, object]:
        return graded(0, **fields) | {"occurred_at": (START - days_ago * DAY).isoformat()}

    async def dates() -> dict[str, str]:
        return {
            code: one["earned_on"] for code, one in (await achievements_of(teacher, learner)).items() if one["unlocked"]
        }

    for days_ago in (9, 5, 1):
        await teacher.record_all(on(days_ago, points=10), learner_id=learner)
    same = ("three-exercises", "three-activities", "thirty-points", "three-days", "three-unlocked")
    assert await dates() == dict.fromkeys(same, "2026-03-09")
    # One more exercise on the 3rd: everything except the points is reached two activities earlier.
    body = await teacher.record_all(on(7, points=0), learner_id=learner)
    assert codes(body) == set()
    assert await dates() == dict.fromkeys(same, "2026-03-05") | {"thirty-points": "2026-03-09"}
    # And a day that makes a run of three long ago.
    body = await teacher.record_all(on(8), learner_id=learner)
    assert codes(body) == {"streak-of-three"}
    assert (await dates())["streak-of-three"] == "2026-03-03"
    assert (await dates())["three-days"] == "2026-03-03"


async def test_a_batch_over_many_days_dates_each_unlock_by_its_day(client: Client) -> None:
    learner, teacher = new_learner(), service(client)
    batch = [graded(0, points=20) | {"occurred_at": (START - n * DAY).isoformat()} for n in (8, 6, 4, 2)]
    body = await teacher.record_all(*batch, learner_id=learner)
    earned_days = {achievement["code"]: achievement["earned_on"] for achievement in body["learners"][0]["unlocked"]}
    assert earned_days["thirty-points"] == "2026-03-04"
    assert earned_days["three-exercises"] == earned_days["three-days"] == "2026-03-06"


async def test_a_void_revokes_only_revocable_achievements(client: Client, connection: asyncpg.Connection) -> None:
    learner, teacher = new_learner(), service(client)
    sent = plain(0, points=500)
    assert codes(await teacher.record_all(sent, learner_id=learner)) >= {"kept", "taken-back"}
    before = (await teacher.get("/progress/badges", learner_id=learner)).ok()["points"]
    (await teacher.ask("DELETE", f"/activities/{sent['id']}", query={"learner_id": learner})).ok()
    after = await achievements_of(teacher, learner)
    assert (after["kept"]["unlocked"], after["taken-back"]["unlocked"]) == (True, False)
    assert (await teacher.get("/progress/badges", learner_id=learner)).ok()["points"] == before - 10
    # Earned again, and announced again.
    again = await teacher.record_all(plain(1, points=500), learner_id=learner)
    assert "taken-back" in codes(again)
    assert "kept" not in codes(again)
    rows = "SELECT count(*) FROM unlocks WHERE learner_id = $1 AND code = 'taken-back' AND revoked_at IS NULL"
    assert await connection.fetchval(rows, uuid_of(learner)) == 1


async def test_history_counts_achievements_by_the_day_they_were_earned(client: Client) -> None:
    ada, teacher = Caller(client, new_learner(), zone="UTC"), service(client)
    for days_ago in (3, 2, 1):
        sent = plain(0, duration_seconds=90) | {"occurred_at": (START - days_ago * DAY).isoformat()}
        await teacher.record_all(sent, learner_id=ada.subject)
    days = (await ada.get("/progress/history", days=5)).ok()["days"]
    # Three minutes on the second day; three activities, days and a run on the third, and with these three unlocked.
    assert [day["achievements_unlocked"] for day in days] == [0, 0, 1, 5, 5]


async def test_achievements_of_others_are_hidden(client: Client) -> None:
    ada = Caller(client, new_learner())
    for path in ("/progress/achievements", "/progress/badges"):
        (await ada.get(path, learner_id=new_learner())).problem(404, "learner_not_found")
        (await service(client).get(path)).problem(422, "learner_required")
        (await ada.get(path, colour="red")).problem(422, "invalid_query")
        first = await ada.get(path)
        assert (await ada.ask("GET", path, headers={"If-None-Match": first.headers["ETag"]})).status == 304
