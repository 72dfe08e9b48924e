"""Summary, points, balance and analytics over HTTP; every number is worked out by hand."""

from datetime import date, timedelta
from uuid import UUID

import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client

from milepost.api.edge.application import Application
from milepost.queries.insight.activity_summary import BalanceBy, activity_summary, points_breakdown, practice_balance
from milepost.queries.insight.time_and_topics import time_and_topics
from milepost.rules.days.periods import last_days
from milepost.rules.insight.engagement import time_spent_window
from support.builders import activity, bearer, exercise, mint, new_learner
from support.callers import Caller, Json, service
from support.clock import START, AdjustableClock
from support.query_plans import sent_statements, sequential_scans, statements

DAY = timedelta(days=1)
SUMMARY, POINTS, BALANCE = "/activities/summary", "/activities/points-distribution", "/activities/balance"
ANALYTICS = "/progress/analytics"
PATHS = (SUMMARY, POINTS, BALANCE, ANALYTICS)


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START, a Tuesday."""


async def busy(client: Client) -> str:
    """A learner with a few days of every kind of activity."""
    learner, teacher = new_learner(), service(client)
    await teacher.record_all(
        exercise(START, path="a", topic="loops", value=90, duration_seconds=600, points=10),
        exercise(START, path="a", topic="loops", value=80, duration_seconds=90, points=10),
        exercise(START - 6 * DAY, path="b", topic="trees", value=60, duration_seconds=None, points=0),
        activity(START - 6 * DAY, object_type="meditation", duration_seconds=300, points=5),
        # The seven days before, and long before.
        exercise(START - 7 * DAY, path="c", topic="lists", duration_seconds=990, points=30),
        activity(START - 13 * DAY, object_type="journal", path="a", duration_seconds=0),
        # The last of the four weeks before the last seven days, and the day before it.
        activity(START - 34 * DAY, object_type="journal", path="d", duration_seconds=0),
        activity(START - 35 * DAY, object_type="reading", path="z", duration_seconds=6_000, points=99),
        activity(START - 500 * DAY, object_type="reading", path="z", duration_seconds=6_000),
        learner_id=learner,
    )
    return learner


async def test_a_new_learner_has_zeros(client: Client) -> None:
    ada = Caller(client, new_learner())
    window = {"from": "2026-03-09", "to": "2026-03-10", "today": "2026-03-10"}
    nothing = {"activities": 0, "minutes": 0, "seconds": 0}
    assert (await ada.get(SUMMARY, days=2)).ok() == {
        **window,
        **nothing,
        "by_type": [],
        "trend": [{"day": "2026-03-09", **nothing}, {"day": "2026-03-10", **nothing}],
        "engagement": {
            "active_days": 0,
            "active_days_percent": 0.0,
            "activities_per_active_day": 0.0,
            "minutes_per_active_day": None,
            "activities_change_percent": None,
            "minutes_change_percent": None,
        },
    }
    assert (await ada.get(POINTS, days=2)).ok() == {**window, "points": 0, "by_type": [], "by_topic": [], "by_path": []}
    for by in ("path", "topic", "object_type"):
        empty: Json = {**window, "by": by, "balance_percent": None, "least_practised": None, "parts": []}
        assert (await ada.get(BALANCE, days=2, by=by)).ok() == empty
    answer = (await ada.get(ANALYTICS)).ok()
    assert (answer["completion_rate"], answer["strongest_areas"], answer["improvement_areas"]) == (None, [], [])
    series = answer["time_spent"]
    assert {name: (len(days), sum(day["minutes"] for day in days)) for name, days in series.items()} == {
        "daily": (30, 0),
        "weekly": (12, 0),
        "monthly": (12, 0),
    }
    assert len((await ada.get(SUMMARY)).ok()["trend"]) == 90


async def test_a_summary_by_hand(client: Client) -> None:
    answer = (await service(client).get(SUMMARY, learner_id=await busy(client), days=7)).ok()
    trend = answer.pop("trend")
    assert [day["activities"] for day in trend] == [2, 0, 0, 0, 0, 0, 2]
    assert [day["minutes"] for day in trend] == [5, 0, 0, 0, 0, 0, 11]
    assert answer == {
        "from": "2026-03-04",
        "to": "2026-03-10",
        "today": "2026-03-10",
        "activities": 4,
        "minutes": 16,
        "seconds": 990,
        "by_type": [
            {"object_type": "exercise", "activities": 3, "minutes": 11, "seconds": 690, "percent": 75.0},
            {"object_type": "meditation", "activities": 1, "minutes": 5, "seconds": 300, "percent": 25.0},
        ],
        "engagement": {
            "active_days": 2,
            "active_days_percent": 28.6,
            "activities_per_active_day": 2.0,
            "minutes_per_active_day": 8.3,
            "activities_change_percent": 100.0,
            "minutes_change_percent": 0.0,
        },
    }


async def test_sources_of_points(client: Client) -> None:
    learner = await busy(client)
    teacher = service(client)
    assert (await teacher.get(POINTS, learner_id=learner, days=7)).ok() == {
        "from": "2026-03-04",
        "to": "2026-03-10",
        "today": "2026-03-10",
        "points": 25,
        "by_type": [
            {"name": "exercise", "points": 20, "percent": 80.0},
            {"name": "meditation", "points": 5, "percent": 20.0},
        ],
        "by_topic": [
            {"name": "loops", "points": 20, "percent": 80.0},
            {"name": None, "points": 5, "percent": 20.0},
        ],
        "by_path": [{"name": "a", "points": 20, "percent": 80.0}, {"name": None, "points": 5, "percent": 20.0}],
    }
    whole = (await teacher.get(POINTS, learner_id=learner, days=400)).ok()
    overview = await teacher.progress(learner_id=learner)
    assert whole["points"] == overview["points"] - 2  # of the reading 500 days ago


async def test_balance_counts_resting_topics(client: Client) -> None:
    learner = await busy(client)
    answer = (await service(client).get(BALANCE, learner_id=learner, days=7)).ok()
    # −(⅔ ln ⅔ + ⅓ ln ⅓) / ln 4: c and d were practised in the four weeks before, z was not.
    assert answer == {
        "from": "2026-03-04",
        "to": "2026-03-10",
        "today": "2026-03-10",
        "by": "path",
        "balance_percent": 45.9,
        "least_practised": "c",
        "parts": [
            {"name": "a", "activities": 2, "minutes": 11, "seconds": 690, "percent": 66.7},
            {"name": "b", "activities": 1, "minutes": 0, "seconds": 0, "percent": 33.3},
            {"name": "c", "activities": 0, "minutes": 0, "seconds": 0, "percent": 0.0},
            {"name": "d", "activities": 0, "minutes": 0, "seconds": 0, "percent": 0.0},
        ],
    }
    topics = (await service(client).get(BALANCE, learner_id=learner, days=7, by="topic")).ok()
    assert [part["name"] for part in topics["parts"]] == ["loops", "trees", "lists"]
    types = (await service(client).get(BALANCE, learner_id=learner, days=1, by="object_type")).ok()
    assert (types["balance_percent"], types["least_practised"]) == (0.0, "journal")
    assert [(part["name"], part["percent"]) for part in types["parts"]] == [
        *(("exercise", 100.0), ("journal", 0.0), ("meditation", 0.0))
    ]


async def test_analytics_by_hand(client: Client) -> None:
    learner, teacher = await busy(client), service(client)
    graded = [("best", 90), ("good", 80), ("fair", 70), ("weak", 60)]
    await teacher.record_all(
        *(exercise(START, topic=topic, value=value, duration_seconds=12) for topic, value in graded for _ in range(5)),
        exercise(START, topic="once", value=0, duration_seconds=None),
        learner_id=learner,
    )
    ada = Caller(client, learner)
    for title, due in (("a", "2026-03-10"), ("b", "2026-02-09"), ("c", "2026-02-08"), ("d", "2026-03-11")):
        task = (await ada.post("/tasks", {"title": title, "due_day": due})).body
        if title in "ac":
            (await ada.post(f"/tasks/{task['task_id']}/complete")).ok()
    answer = (await teacher.get(ANALYTICS, learner_id=learner)).ok()
    areas = {name: [tuple(area.values()) for area in answer[f"{name}_areas"]] for name in ("strongest", "improvement")}
    assert areas == {
        "strongest": [("best", 90.0, 5), ("good", 80.0, 5)],
        # In "fair" the learner gets what others get.
        "improvement": [("weak", 60.0, 5)],
    }
    assert answer["completion_rate"] == 0.5
    time = answer["time_spent"]
    assert time["daily"][-1] == {"day": "2026-03-10", "minutes": 15, "seconds": 930}  # 690 + 240
    assert time["weekly"][-2:] == [
        {"starts_on": "2026-03-02", "minutes": 21, "seconds": 1_290},  # 300 + 990
        {"starts_on": "2026-03-09", "minutes": 15, "seconds": 930},
    ]
    assert time["monthly"][-2:] == [
        {"starts_on": "2026-02-01", "minutes": 100, "seconds": 6_000},
        {"starts_on": "2026-03-01", "minutes": 37, "seconds": 2_220},
    ]


@pytest.mark.parametrize("path", PATHS)
async def test_who_may_read(client: Client, path: str) -> None:
    learner = new_learner()
    ada = Caller(client, learner)
    (await ada.ask("PATCH", "/me", json={"zone": "UTC"})).ok()
    own = (await ada.get(path)).ok()
    assert (await service(client).get(path, learner_id=learner)).ok() == own
    assert (await Caller(client, "root", ["admin"]).get(path, learner_id=learner)).ok() == own
    (await ada.get(path, learner_id=new_learner())).problem(404, "learner_not_found")
    (await service(client).get(path)).problem(422, "learner_required")
    assert (await client.get(f"/api{path}")).status_code == 401
    nobody = bearer(mint(learner, ["nobody"]))
    assert (await client.get(f"/api{path}", headers=nobody)).status_code in (401, 403)


@pytest.mark.parametrize("path", PATHS)
async def test_an_unchanged_answer_is_not_sent_again(client: Client, path: str) -> None:
    ada, teacher = Caller(client, new_learner()), service(client)
    await teacher.record_all(activity(START, duration_seconds=60), learner_id=ada.subject)
    first = await ada.get(path)
    again = {"If-None-Match": first.headers["ETag"]}
    assert (await ada.ask("GET", path, headers=again)).status == 304
    await teacher.record_all(activity(START, path="p", duration_seconds=60), learner_id=ada.subject)
    changed = await ada.ask("GET", path, headers=again)
    assert (changed.status, changed.body == first.body) == (200, False)


@pytest.mark.parametrize(
    ("path", "query", "pointer"),
    [
        (SUMMARY, {"days": 0}, "/days"),
        (SUMMARY, {"days": 401}, "/days"),
        (POINTS, {"days": "7.0"}, "/days"),
        (POINTS, {"by": "topic"}, "/by"),
        (BALANCE, {"by": "learner_id"}, "/by"),
        (BALANCE, {"by": ""}, "/by"),
        (ANALYTICS, {"days": 7}, "/days"),
    ],
)
async def test_invalid_queries_are_named(client: Client, path: str, query: Json, pointer: str) -> None:
    answer = await Caller(client, new_learner()).get(path, **query)
    answer.problem(422, "invalid_query")
    assert answer.pointers() == [pointer]


async def test_each_read_is_one_statement_by_key(app: Quart, client: Client) -> None:
    assert isinstance(app, Application)
    assert app.state.resources is not None
    learner, today = UUID(Caller(client, await busy(client)).learner_id), date(2026, 3, 10)
    async with app.state.resources.database.pools.intake.acquire() as connection, statements(connection) as sent:
        days = last_days(400, today)
        await activity_summary(connection, learner, days)
        await points_breakdown(connection, learner, days)
        names: tuple[BalanceBy, ...] = ("path", "topic", "object_type")
        for by in names:
            await practice_balance(connection, learner, by, days)
        await time_and_topics(connection, learner, time_spent_window(today), today)
        queries = await sent_statements(sent)
        assert len(queries) == 6
        for statement in queries:
            assert await sequential_scans(connection, statement) == []
