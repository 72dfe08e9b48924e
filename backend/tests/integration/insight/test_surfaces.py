"""One figure, one number: what several answers show of a learner is the same in all of them, worked out by hand."""

import csv
import io
import json
from collections import Counter
from datetime import timedelta

import pytest
from quart.typing import TestClientProtocol as Client

from support.builders import activity, exercise, new_learner
from support.callers import Caller, Json, service
from support.clock import START, AdjustableClock

DAY = timedelta(days=1)
SECONDS, POINTS, HINTS, EXERCISES, ACTIVITIES = 709, 54, 4, 6, 11


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START, a Tuesday."""


async def awkward(client: Client) -> str:
    """A learner with minutes that never come whole, a repeated once-key, a void, badges, reviews and missing fields."""
    learner, teacher = new_learner(), service(client)
    await teacher.record_all(
        *(exercise(START - ago * DAY, duration_seconds=59, hints_used=1, path="p") for ago in (1, 2, 3, 4)),
        exercise(START - 5 * DAY, id="first", duration_seconds=None, once_key="k", points=7, topic="trees"),
        exercise(START - 4 * DAY, id="again", duration_seconds=61, once_key="k", points=10, hints_used=5),
        exercise(START - 2 * DAY, duration_seconds=0, value=None, points=0, topic=None, difficulty="hard"),
        activity(START - DAY, verb="earned", object_type="badge", points=5),
        activity(START, verb="reviewed", object_type="exercise", topic="loops", value=66.666),
        activity(START - 300 * DAY, duration_seconds=412, topic="trees"),
        exercise(START, id="voided", points=99, duration_seconds=3_600),
        activity(START - 400 * DAY, duration_seconds=0),
        learner_id=learner,
    )
    (await teacher.ask("DELETE", "/activities/voided", query={"learner_id": learner})).ok()
    return learner


async def _feed(teacher: Caller, learner: str) -> list[Json]:
    items: list[Json] = (await teacher.get("/activities", learner_id=learner, limit=200)).ok()["activities"]
    return items


async def test_points_that_do_not_count_are_0_everywhere(client: Client) -> None:
    learner, teacher = await awkward(client), service(client)
    again = exercise(START - 4 * DAY, id="again", duration_seconds=61, once_key="k", points=10, hints_used=5)
    answer = (await teacher.post("/activities", {**again, "learner_id": learner})).ok()
    assert (answer["results"][0]["status"], answer["learners"][0]["points"]) == ("duplicate", 0)
    feed = await _feed(teacher, learner)
    assert {item["id"]: item["points"] for item in feed if item["id"] in ("first", "again")} == {"first": 7, "again": 0}
    text = (await teacher.get("/progress/export", learner_id=learner, format="csv")).raw.decode()
    by_csv = {row["id"]: row["points"] for row in csv.DictReader(io.StringIO(text, newline=""))}
    assert (by_csv["first"], by_csv["again"]) == ("7", "0")
    exported = json.loads((await teacher.get("/progress/export", learner_id=learner, format="json")).raw)
    by_json = {row["id"]: row["points"] for row in exported["tables"]["activities"]}
    assert (by_json["first"], by_json["again"], by_json["voided"]) == (7, 0, 0)


async def test_totals_agree(client: Client) -> None:
    learner, teacher = await awkward(client), service(client)
    feed = await _feed(teacher, learner)
    overview = await teacher.progress(learner_id=learner)
    day = (await teacher.get("/progress/history", learner_id=learner, days=1)).ok()["days"][-1]
    everything = (await teacher.get("/progress/statistics", learner_id=learner, period="all")).ok()
    rows = json.loads((await teacher.get("/progress/export", learner_id=learner, format="json")).raw)["tables"]
    admin = await Caller(client, "root", ["admin"]).progress(learner_id=learner)
    assert len(feed) == ACTIVITIES == rows["learners"][0]["activities"]
    assert {overview["exercises_completed"], day["exercises_completed"], everything["exercises_completed"]} == {
        EXERCISES
    }
    assert {overview["points"], day["points"], rows["learners"][0]["points"], sum(i["points"] for i in feed)} == {
        POINTS
    }
    assert {overview["hints_used"], day["hints_used"], everything["hints_used"]} == {HINTS}
    assert {overview["seconds"], day["seconds"], sum(item.get("duration_seconds", 0) for item in feed)} == {SECONDS}
    assert {overview["minutes"], day["minutes"]} == {SECONDS // 60}
    assert {overview["grades"]["average"], day["average_grade"], everything["average_grade"]} == {80.0}
    assert {overview["streak"]["current_streak"], day["current_streak"]} == {5}
    assert admin == overview


async def test_series_and_parts_add_up_by_seconds(client: Client) -> None:
    learner, teacher = await awkward(client), service(client)
    summary = (await teacher.get("/activities/summary", learner_id=learner, days=400)).ok()
    time = (await teacher.get("/progress/analytics", learner_id=learner)).ok()["time_spent"]
    week = (await teacher.get("/progress/statistics", learner_id=learner, period="weekly")).ok()
    history = (await teacher.get("/progress/history", learner_id=learner, days=7)).ok()["days"]
    assert {summary["seconds"], *(sum(part["seconds"] for part in summary[of]) for of in ("by_type", "trend"))} == {
        SECONDS
    }
    # Each day of 59 seconds has no whole minute; the week has 4.
    assert [day["minutes"] for day in week["trend"]] == [0, 0, 2, 0, 0, 0, 0]
    assert [day["seconds"] for day in week["trend"]] == [0, 0, 120, 59, 59, 59, 0]
    assert [day["seconds_today"] for day in history] == [day["seconds"] for day in week["trend"]]
    assert [day["seconds"] for day in time["daily"][-7:]] == [day["seconds"] for day in week["trend"]]
    assert sum(span["seconds"] for span in time["weekly"][-2:]) == 297
    assert sum(span["seconds"] for span in time["monthly"]) == 297 + 412


async def test_topics_types_and_paths_agree(client: Client) -> None:
    learner, teacher = await awkward(client), service(client)
    skills = (await teacher.get("/progress/skill-levels", learner_id=learner)).ok()["skills"]
    everything = (await teacher.get("/progress/statistics", learner_id=learner, period="all")).ok()
    by_skill = {skill["topic"]: (skill["exercises"], skill["average_grade"], skill["seconds"]) for skill in skills}
    by_topic = {
        row["topic"]: (row["exercises"], row["average_grade"], row["seconds"]) for row in everything["by_topic"]
    }
    assert by_skill == by_topic == {"loops": (4, 80.0, 297), "trees": (1, 80.0, 412)}
    points = (await teacher.get("/activities/points-distribution", learner_id=learner, days=400)).ok()
    assert {
        points["points"],
        *(sum(part["points"] for part in points[f"by_{of}"]) for of in ("type", "topic", "path")),
    } == {POINTS - 1}  # without the session 400 days ago
    feed = await _feed(teacher, learner)
    types = Counter(item["object_type"] for item in feed)
    summary = (await teacher.get("/activities/summary", learner_id=learner, days=400)).ok()
    assert {row["object_type"]: row["activities"] for row in summary["by_type"]} == types - Counter(session=1)
    balance = (await teacher.get("/activities/balance", learner_id=learner, days=400, by="object_type")).ok()
    assert {row["name"]: row["activities"] for row in balance["parts"] if row["activities"]} == types - Counter(
        session=1
    )
