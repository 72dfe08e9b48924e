"""Insights, predictions and recommendations over HTTP, from recorded activities."""

from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client

from milepost.api.edge.application import Application
from milepost.rules.insight.predictions import Estimate, estimate
from support.builders import activity, bearer, exercise, mint, new_learner
from support.callers import Caller, Json, service
from support.catalogues import condition, entry, put_in_force
from support.clock import START, AdjustableClock
from support.query_plans import sent_statements, sequential_scans, statements_of_pool

DAY = timedelta(days=1)
TODAY = date(2026, 3, 10)  # a Tuesday
INSIGHTS, PREDICTIONS = "/progress/insights", "/progress/predictions"
RECOMMENDATIONS = "/progress/recommendations"
PATHS = (INSIGHTS, PREDICTIONS, RECOMMENDATIONS)
OnlyEntry = Callable[[dict[str, object]], Awaitable[None]]


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START, Tuesday noon."""


@pytest.fixture(scope="module")
def _seen() -> dict[str, dict[str, object]]:
    return {}


@pytest.fixture
def only(database_url: str, app: Quart, _seen: dict[str, dict[str, object]]) -> OnlyEntry:
    """`only(entry)` makes this the only achievement that can be earned."""

    async def put(one: dict[str, object]) -> None:
        retired = [old | {"state": "retired"} for code, old in _seen.items() if code != one["code"]]
        _seen[str(one["code"])] = one
        await put_in_force(database_url, one, *retired)

    return put


async def texts(caller: Caller, path: str, **query: object) -> dict[str, str]:
    """The sentences, by kind."""
    body = (await caller.get(path, **query)).ok()
    return {sentence["kind"]: sentence["text"] for sentence in body[path.rpartition("/")[2]]}


async def test_a_new_learner(client: Client, only: OnlyEntry) -> None:
    await only(entry("first", condition("activities", 1)))
    ada = Caller(client, new_learner())
    assert (await ada.get(INSIGHTS)).ok() == {
        "from": "2025-12-11",
        "to": "2026-03-10",
        "active_days": 0,
        "note": "Insights need three active days.",
        "insights": [],
    }
    nothing = {"state": "too_few_days", "p10": None, "p50": None, "p90": None, "within_60_percent": None}
    nothing |= {"likely_from": None, "likely_until": None}
    assert (await ada.get(PREDICTIONS)).ok() == {
        "next_achievement": {
            "code": "first",
            "title": "Title of first",
            "metric": "activities",
            "now": 0,
            "needed": 1,
            "percent": 0.0,
            "estimate": {
                **nothing,
                "text": "An estimate needs something that counts towards “Title of first” on 3 of the 28 days before "
                "today.",
                "code": "too_few_days",
                "values": {
                    "within_60_percent": None,
                    "p50": None,
                    "likely_from": None,
                    "likely_until": None,
                    "grade_missing": 0.0,
                    "min_days": 3,
                    "of_days": 28,
                    "counted": "what_counts",
                    "topic": None,
                },
            },
        },
        "other_achievements": [],
        "next_level": None,
    }
    assert (await ada.get(RECOMMENDATIONS)).ok() == {"recommendations": []}


async def test_insights_come_with_the_third_active_day(client: Client) -> None:
    ada = Caller(client, new_learner(), zone="Asia/Kolkata")
    await ada.ask("PATCH", "/me", json={"zone": "Asia/Kolkata"})
    teacher = service(client)
    await teacher.record_all(activity(START, topic="a"), activity(START - 7 * DAY, topic="a"), learner_id=ada.subject)
    assert (await ada.get(INSIGHTS)).ok()["insights"] == []
    # 18:29 UTC is 23:59 in Kolkata.
    await teacher.record_all(
        activity(datetime(2026, 3, 2, 18, 29, tzinfo=UTC)),
        activity(datetime(2026, 3, 2, 18, 1, tzinfo=UTC)),
        learner_id=ada.subject,
    )
    assert await texts(ada, INSIGHTS) == {
        "consistency": "You were active on 3 of the last 28 days.",
    }
    # Both at that hour; one on the first of the 28 days, one on the day before.
    await teacher.record_all(
        activity(datetime(2026, 2, 11, 18, 10, tzinfo=UTC)),
        activity(datetime(2026, 2, 10, 18, 10, tzinfo=UTC), object_type="reading", duration_seconds=60),
        learner_id=ada.subject,
    )
    young = (await ada.get(INSIGHTS)).ok()
    assert "trend" not in {insight["kind"] for insight in young["insights"]}, "28 days are no trend"
    body = (await ada.get(INSIGHTS)).ok()
    insights = {insight["kind"]: insight for insight in body["insights"]}
    assert (body["active_days"], body["note"]) == (5, None)
    numbers = {"hour": 23, "active_days": 3, "of_active_days": 5}
    assert insights["best_hour"] == {
        "kind": "best_hour",
        "code": "best_hour",
        "text": "You practise most often between 23:00 and 00:00: on 3 of your last 5 active days.",
        "numbers": numbers,
        "values": numbers,
    }
    assert insights["points_mix"]["text"] == (
        "71.4 % of your 7 points in the last 90 days came from activities of type session."
    )
    # A voided activity is in no sentence.
    for oldest in (await ada.feed())[-2:]:
        (await teacher.ask("DELETE", f"/activities/{oldest['id']}", query={"learner_id": ada.subject})).ok()
    assert set(await texts(ada, INSIGHTS)) == {"consistency"}


async def test_the_usual_hour_is_counted_in_days(client: Client) -> None:
    ada = Caller(client, new_learner(), zone="UTC")
    early, late = (datetime(2026, 3, 9, hour, tzinfo=UTC) for hour in (6, 20))
    # One evening with many activities is one day; only the newest 200 are read, so a fifth morning is not.
    older = [activity(early - days * DAY) for days in (1, 2, 3) for _ in range(40)]
    sent = [*older, activity(early), *(activity(late) for _ in range(90)), activity(early - 9 * DAY)]
    await service(client).record_all(*sent, learner_id=ada.subject)
    hours = {insight["kind"]: insight for insight in (await ada.get(INSIGHTS)).ok()["insights"]}["best_hour"]
    assert hours["text"] == "You practise most often between 06:00 and 07:00: on 4 of your last 4 active days."


async def test_the_edges_of_the_windows_of_insights(client: Client) -> None:
    """A minute a day recently and ten before, on the edges two and twelve; the 57th day is in neither, the 91st in no
    window.
    """
    ada = Caller(client, new_learner())
    minutes = {ago: 1 if ago < 28 else 10 for ago in range(56)}
    minutes |= {0: 2, 27: 2, 28: 12, 55: 12, 56: 100, 89: 100, 90: 100}
    sent = [exercise(START - ago * DAY, duration_seconds=60 * some) for ago, some in minutes.items()]
    await service(client).record_all(*sent, learner_id=ada.subject)
    body = (await ada.get(INSIGHTS)).ok()
    insights = {insight["kind"]: insight["numbers"] for insight in body["insights"]}
    assert body["active_days"] == 58
    assert insights["trend"] == {"unit": "minute", "now": 30, "before": 284, "difference": 254, "days": 28}
    assert insights["consistency"] == {"active_days": 28, "days": 28}
    assert "best_weekday" not in insights


def steady(days: int, **fields: object) -> list[dict[str, object]]:
    """An exercise on each of the last `days` days up to yesterday, and two today."""
    nothing: dict[str, object] = {"topic": None, "value": 100, "hints_used": 0, "duration_seconds": 125, "points": 7}
    days_back = [0, *range(days + 1)]
    return [exercise(START - back * DAY, **(nothing | fields)) for back in days_back]


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
    assert (values["counted"], values["topic"]) == ("graded_exercises", "loops")
    named = (await teacher.get(PREDICTIONS, learner_id=learner, topic="sets")).ok()["next_level"]
    assert (named["topic"], named["grade_missing"], named["estimate"]["state"]) == ("sets", 1.0, "grade_missing")
    old = (await teacher.get(PREDICTIONS, learner_id=learner, topic="old")).ok()["next_level"]
    assert (old["exercises_missing"], old["estimate"]["state"]) == (1, "too_few_days")
    assert old["estimate"]["text"] == "An estimate needs graded exercises in old on 3 of the 28 days before today."
    assert (await teacher.get(PREDICTIONS, learner_id=learner, topic="none")).ok()["next_level"] is None
    kinds = (await teacher.get(RECOMMENDATIONS, learner_id=learner)).ok()["recommendations"]
    # An exercise is missing in the abandoned topic too, but it is not the next step.
    assert [(item["rank"], item["kind"], item["subject"]) for item in kinds] == [(1, "near_level", "loops")]
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


async def test_recommendations_are_ranked_with_reasons(client: Client, only: OnlyEntry) -> None:
    await only(entry("ten", condition("activities", 10)))
    learner, teacher = new_learner(), service(client)
    ada = Caller(client, learner)
    await teacher.record_all(
        *(activity(START - 30 * DAY, path="basics", object_id=str(n)) for n in range(4)),
        *(activity(START - 2 * DAY, path="arts", object_id=str(n)) for n in range(4)),
        activity(START - 3 * DAY, path="arts"),
        learner_id=learner,
    )
    for title, due in (("Essay", "2026-03-09"), ("Poem", "2026-03-10"), ("Ode", "2026-03-01"), ("Done", "2026-03-02")):
        task = (await ada.post("/tasks", {"title": title, "due_day": due})).body
        if title == "Done":
            (await ada.post(f"/tasks/{task['task_id']}/complete")).ok()
    recommendations = (await ada.get(RECOMMENDATIONS)).ok()["recommendations"]
    assert [(item["rank"], item["kind"], item["text"]) for item in recommendations] == [
        (1, "overdue_task", "“Ode” is still open."),
        (2, "overdue_task", "“Essay” is still open."),
        (3, "neglected_path", "Your last activity in basics was on Sunday 8 February."),
    ]
    assert recommendations[0]["reason"] == "It was due on Sunday 1 March. You can also choose a new date."
    assert recommendations[2]["numbers"] == {
        "activities_before": 4,
        "days_before": 62,
        "days_lately": 28,
        "last_day": "2026-02-08",
    }


async def test_an_achievement_within_reach(client: Client, only: OnlyEntry) -> None:
    await only(entry("reach", condition("activities", 4)))
    ada = Caller(client, new_learner())
    await ada.record_all(*(activity(START) for _ in range(3)))
    assert await texts(ada, RECOMMENDATIONS) == {"near_achievement": "1 more activity for “Title of reach”."}
    await ada.record_all(activity(START))
    assert await texts(ada, RECOMMENDATIONS) == {}


@pytest.mark.parametrize("path", PATHS)
async def test_who_may_read_and_conditional_answers(client: Client, path: str) -> None:
    learner = new_learner()
    ada = Caller(client, learner)
    first = await ada.get(path)
    assert (await service(client).get(path, learner_id=learner)).ok() == first.ok()
    assert (await Caller(client, "root", ["admin"]).get(path, learner_id=learner)).ok() == first.body
    (await ada.get(path, learner_id=new_learner())).problem(404, "learner_not_found")
    (await service(client).get(path)).problem(422, "learner_required")
    assert (await client.get(f"/api{path}")).status_code == 401
    nobody = bearer(mint(learner, ["nobody"]))
    assert (await client.get(f"/api{path}", headers=nobody)).status_code in (401, 403)
    assert (await ada.ask("GET", path, headers={"If-None-Match": first.headers["ETag"]})).status == 304
    (await ada.get(path, days=5)).problem(422, "invalid_query")
    if path == PREDICTIONS:
        (await ada.get(path, topic="t" * 101)).problem(422, "invalid_query")


RULES: list[dict[str, object]] = [
    entry("all-quizzes", condition("points", 500, object_type="quiz")),
    entry("all-minutes", condition("minutes", 500)),
    entry("all-levels", condition("skill_level", "expert")),
    entry("all-days", condition("streak", 500)),
]


async def test_a_read_is_one_or_two_statements_by_key(app: Quart, client: Client, only: OnlyEntry) -> None:
    """In addition to the version query, and whatever the next achievement counts."""
    assert isinstance(app, Application)
    assert app.state.resources is not None
    pool = app.state.resources.database.pools.read
    sent = await statements_of_pool(pool)
    counts: dict[str, set[int]] = {path: set() for path in PATHS}
    for rule in RULES:
        await only(rule)
        learners, teacher = [new_learner(), new_learner()], service(client)
        for learner in learners:
            await teacher.record_all(*steady(5, topic="a", value=70, path="p"), learner_id=learner)
        for path in PATHS:
            (await teacher.get(path, learner_id=learners[0])).ok()  # reads the new catalogue, once for all learners
            await sent_statements(sent)
            sent.clear()
            (await teacher.get(path, learner_id=learners[1])).ok()
            queries = await sent_statements(sent)
            own = [statement for statement in queries if "system_state" not in statement[0]]
            assert len(queries) == len(own) + 1
            counts[path].add(len(own))
            async with pool.acquire() as connection:
                assert [await sequential_scans(connection, activity) for activity in own] == [[]] * len(own)
    assert counts == {INSIGHTS: {1}, PREDICTIONS: {2}, RECOMMENDATIONS: {2}}


async def test_an_outage_counts_before_the_job_reaches_the_learner(client: Client, only: OnlyEntry) -> None:
    await only(entry("run", condition("streak", 10)))
    learner, teacher, root = new_learner(), service(client), Caller(client, "root", ["admin"])
    await teacher.record_all(*(exercise(START - back * DAY) for back in (4, 2)), learner_id=learner)
    body = {"starts_at": "2026-03-07T00:00:00Z", "ends_at": "2026-03-10T00:00:00Z", "reason": "a broken disk"}
    outage = (await root.post("/admin/outages", body)).ok()
    runs = []
    for change in ("activate", "withdraw"):
        prediction = (await teacher.get(PREDICTIONS, learner_id=learner)).ok()["next_achievement"]
        risks = (await teacher.get(RECOMMENDATIONS, learner_id=learner)).ok()["recommendations"]
        runs.append((prediction["now"], [risk["text"] for risk in risks if risk["kind"] == "streak_at_risk"]))
        (await root.post(f"/admin/outages/{outage['id']}/{change}")).ok()
    assert runs == [(0, []), (2, ["One activity today makes it day 3."])]
