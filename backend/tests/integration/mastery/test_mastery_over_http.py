"""Mastery over HTTP: beside the levels, in the overview, and as a curve."""

from datetime import timedelta
from uuid import UUID

import asyncpg
from quart.typing import TestClientProtocol as Client

from integration.mastery.old_records import as_an_old_version
from milepost.jobs.sweeps import publish_eases
from milepost.queries.mastery.grades import learner_grades
from milepost.resources import Resources
from support.builders import exercise, new_learner
from support.callers import Caller, Json, service
from support.clock import START, AdjustableClock

FOUR = (100, 100, 100, 0)


async def graded(client: Client, learner: str, *values: float, days_ago: int = 0, topic: str = "loops") -> None:
    at = START - timedelta(days=days_ago)
    await service(client).record_all(
        *(exercise(at, value=value, topic=topic, object_id=f"e{value}") for value in values), learner_id=learner
    )


async def mastery_of(learner: Caller, topic: str = "loops") -> Json | None:
    """As the levels show it; the overview shows the same."""
    skills = (await learner.get("/progress/skill-levels")).ok()["skills"]
    (by_levels,) = [skill for skill in skills if skill["topic"] == topic]
    (by_overview,) = [skill for skill in (await learner.progress())["skills"] if skill["topic"] == topic]
    assert by_levels["mastery"] == by_overview["mastery"]
    mastery: Json | None = by_levels["mastery"]
    return mastery


async def test_four_answers_by_hand(client: Client) -> None:
    """As in the unit test: 3 of 4 where a typical learner gets 70 of 100 gives 75.76, between 48.74 and 91.13."""
    learner = Caller(client, new_learner())
    await graded(client, learner.subject, *FOUR)
    assert await mastery_of(learner) == {
        "estimate": 75.76,
        "low": 48.74,
        "high": 91.13,
        "grades": 4,
        "average_grade": 75.0,
        "typical": 70.0,
        "code": "mastery_solved",
        "values": {"topic": "loops", "grades": 4, "solved": 3, "typical": 3, "estimate": 76, "low": 49, "high": 91},
        "text": "loops: 3 of 4 solved, others solve 3 of these. We expect 76 of 100 typical exercises (49–91).",
    }


async def test_graded_work_has_an_average_in_words(client: Client) -> None:
    learner = Caller(client, new_learner())
    await graded(client, learner.subject, 100, 62.5, 50)
    mastery = await mastery_of(learner)
    assert mastery is not None
    assert (mastery["code"], mastery["average_grade"], mastery["typical"]) == ("mastery_average", 70.83, 70.0)
    assert mastery["text"].startswith("loops: 71 of 100 on average in 3 exercises, others get 70. We expect ")


async def test_two_grades_are_too_few_and_one_of_another_topic_does_not_help(client: Client) -> None:
    learner = Caller(client, new_learner())
    await graded(client, learner.subject, 100, 0)
    await graded(client, learner.subject, 100, topic="strings")
    assert await mastery_of(learner) is None
    assert await mastery_of(learner, "strings") is None


async def test_it_is_shown_in_quiet_mode(client: Client) -> None:
    learner = Caller(client, new_learner())
    await graded(client, learner.subject, *FOUR)
    (await learner.ask("PATCH", "/me", json={"quiet": True})).ok()
    mastery = await mastery_of(learner)
    assert mastery is not None
    assert mastery["estimate"] == 75.76


async def test_a_voided_grade_is_gone(client: Client) -> None:
    learner = Caller(client, new_learner())
    await graded(client, learner.subject, *FOUR)
    await service(client).record_all(exercise(START, id="gone", value=0), learner_id=learner.subject)
    assert (await mastery_of(learner) or {})["grades"] == 5
    (await service(client).ask("DELETE", f"/activities/gone?learner_id={learner.subject}")).ok()
    assert (await mastery_of(learner) or {})["estimate"] == 75.76


async def test_while_earlier_grades_are_brought_up_nothing_is_shown(
    client: Client, resources: Resources, connection: asyncpg.Connection
) -> None:
    learner = Caller(client, new_learner())
    await graded(client, learner.subject, *FOUR)
    await as_an_old_version(connection)
    await connection.execute("UPDATE ease_state SET is_deciding = FALSE, revision = revision + 1")
    await connection.execute("UPDATE learners SET revision = revision + 1")
    await graded(client, learner.subject, 100)
    assert await mastery_of(learner) is None
    read = (await learner.get("/progress/mastery", topic="loops")).ok()
    assert (read["mastery"], read["points"]) == (None, [])
    await publish_eases(resources)
    assert (await mastery_of(learner) or {})["grades"] == 5


async def test_a_curve_begins_with_the_third_grade_and_ends_today(client: Client) -> None:
    learner = Caller(client, new_learner())
    await graded(client, learner.subject, 100, 100, days_ago=10)
    await graded(client, learner.subject, 0, days_ago=6)
    await graded(client, learner.subject, 100)
    read = (await learner.get("/progress/mastery", topic="loops")).ok()
    assert (read["from"], read["to"], read["today"]) == ("2025-12-11", "2026-03-10", "2026-03-10")
    assert [point["local_day"] for point in read["points"]] == [f"2026-03-{day:02}" for day in range(4, 11)]
    assert [point["grades"] for point in read["points"]] == [3, 3, 3, 3, 3, 3, 4]
    last = read["points"][-1]
    assert read["mastery"] == await mastery_of(learner)
    assert {name: last[name] for name in ("estimate", "low", "high", "grades")} == {
        name: read["mastery"][name] for name in ("estimate", "low", "high", "grades")
    }
    widths = [point["high"] - point["low"] for point in read["points"]]
    assert widths[0] < widths[5], "a band widens while nothing is practised"


async def test_a_window_of_the_past_shows_what_was_known_then(client: Client) -> None:
    learner = Caller(client, new_learner())
    await graded(client, learner.subject, *FOUR, days_ago=10)
    await graded(client, learner.subject, 0, 0, 0)
    read = (await learner.get("/progress/mastery", topic="loops", from_="2026-02-28", to="2026-02-28")).ok()
    assert read["points"] == [{"local_day": "2026-02-28", "estimate": 75.76, "low": 48.74, "high": 91.13, "grades": 4}]
    assert read["mastery"]["grades"] == 7


async def test_each_day_of_a_curve_has_the_ease_of_its_day(
    client: Client, resources: Resources, connection: asyncpg.Connection, clock: AdjustableClock
) -> None:
    learner = Caller(client, new_learner())
    await graded(client, learner.subject, *FOUR)
    for valid_from, ease in ((11, 0.0), (12, 2.0)):
        await connection.execute(
            "INSERT INTO ease_publications (valid_from, ease, published_at) VALUES (make_date(2026, 3, $1), $2, $3)",
            *(valid_from, ease, START),
        )
    clock.advance(days=3)
    read = (await learner.get("/progress/mastery", topic="loops", from_="2026-03-10")).ok()
    estimates = [point["estimate"] for point in read["points"]]
    assert estimates[0] == 75.76
    assert estimates[1] < 63 < 85 < estimates[2]
    assert len(estimates) == 4


async def test_an_unknown_topic_and_an_unknown_learner_have_no_points(client: Client) -> None:
    learner = Caller(client, new_learner())
    read = (await learner.get("/progress/mastery", topic="nothing")).ok()
    assert (read["topic"], read["mastery"], read["points"]) == ("nothing", None, [])


async def test_impossible_queries_are_named(client: Client) -> None:
    learner = Caller(client, new_learner())
    assert (await learner.get("/progress/mastery")).pointers() == ["/topic"]
    long = await learner.get("/progress/mastery", topic="loops", from_="2024-01-01", to="2026-01-01")
    long.problem(422, "invalid_query")
    assert long.pointers() == ["/from", "/to"]


async def test_a_new_day_renews_the_answer(client: Client, clock: AdjustableClock) -> None:
    learner = Caller(client, new_learner())
    await graded(client, learner.subject, *FOUR)
    today = await learner.get("/progress/skill-levels")
    clock.advance(days=30)
    later = await learner.ask("GET", "/progress/skill-levels", headers={"If-None-Match": today.headers["ETag"]})
    (before,), (after,) = today.ok()["skills"], later.ok()["skills"]
    assert after["mastery"]["high"] - after["mastery"]["low"] > before["mastery"]["high"] - before["mastery"]["low"]


async def test_areas_and_recommendations_get_what_has_faded_and_what_has_not(
    client: Client, resources: Resources
) -> None:
    """21 days later the four answers weigh half of what they did."""
    learner = Caller(client, new_learner())
    await graded(client, learner.subject, *FOUR, days_ago=21)
    await graded(client, learner.subject, 100, topic="strings")
    async with resources.database.read() as connection:
        grades = await learner_grades(connection, UUID(learner.learner_id), START.date())
    assert list(grades.masteries()) == ["loops"]
    mastery = grades.masteries()["loops"]
    assert (mastery.won, mastery.lost, mastery.typical) == (1.5, 0.5, 1.4)
    assert (mastery.grades, mastery.last_practised_on) == (4, START.date() - timedelta(days=21))
    shown = await mastery_of(learner)
    assert shown is not None
    assert (mastery.estimate, mastery.low, mastery.high) == (shown["estimate"], shown["low"], shown["high"])
    assert mastery.estimate < mastery.fresh_estimate < 80
