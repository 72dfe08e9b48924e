"""Insights over HTTP, from recorded activities; and what they have in common with predictions and recommendations."""

from datetime import UTC, datetime, timedelta

import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client

from integration.insight.reads import INSIGHTS, PREDICTIONS, RECOMMENDATIONS, OnlyEntry, steady, texts
from milepost.api.edge.application import Application
from support.builders import activity, bearer, exercise, mint, new_learner
from support.callers import Caller, service
from support.catalogues import condition, entry
from support.clock import START, AdjustableClock
from support.query_plans import sent_statements, sequential_scans, statements_of_pool

DAY = timedelta(days=1)
PATHS = (INSIGHTS, PREDICTIONS, RECOMMENDATIONS)


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START, Tuesday noon."""


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
                "text": "An estimate needs activities on 3 of the 28 days before today.",
                "code": "too_few_days",
                "values": {
                    "within_60_percent": None,
                    "p50": None,
                    "likely_from": None,
                    "likely_until": None,
                    "grade_missing": 0.0,
                    "min_days": 3,
                    "of_days": 28,
                    "counted": "activities",
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
        "consistency": "You were active on 3 of the last 9 days.",
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


@pytest.mark.parametrize("path", PATHS)
async def test_who_may_read_and_conditional_answers(client: Client, path: str) -> None:
    learner = new_learner()
    ada = Caller(client, learner)
    (await ada.ask("PATCH", "/me", json={"zone": "UTC"})).ok()
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


async def test_a_read_is_a_few_statements_by_key(app: Quart, client: Client, only: OnlyEntry) -> None:
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
    assert counts == {INSIGHTS: {2}, PREDICTIONS: {2}, RECOMMENDATIONS: {4}}


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
