"""GET /admin/learners/{id}/timeline: why a streak is what it is, each day with the facts behind it."""

from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from quart.typing import TestClientProtocol as Client

from milepost.queries.streaks import timeline as timeline_queries
from milepost.resources import Resources
from milepost.rules.days.periods import Days
from support.builders import activity, exercise, new_learner
from support.callers import Answer, Caller, Json, service
from support.clock import START, AdjustableClock
from support.query_plans import sent_statements, sequential_scans, statements


def march(day: int, hour: int = 12) -> datetime:
    """An instant in March 2026."""
    return datetime(2026, 3, day, hour, tzinfo=UTC)


def admin(client: Client) -> Caller:
    """An administrator."""
    return Caller(client, "root", ["admin"])


async def ask(client: Client, learner: str, **query: object) -> Answer:
    """The answer to an administrator."""
    return await admin(client).get(f"/admin/learners/{learner}/timeline", **query)


async def shown(client: Client, learner: str, **query: object) -> Json:
    """The timeline, with its days by their number in the month."""
    body = (await ask(client, learner, **query)).ok()
    return {**body, "days": {int(day["day"][8:]): day for day in body["days"]}}


async def practised(client: Client, *days: int) -> Caller:
    """A learner with these days of March met."""
    ada = Caller(client, new_learner())
    await service(client).record_all(*(exercise(march(day)) for day in days), learner_id=ada.subject)
    return ada


def codes(day: Json) -> list[str]:
    """The codes of a day's effects."""
    return [effect["code"] for effect in day["effects"]]


async def assert_ends_as_the_learner_sees_it(client: Client, ada: Caller) -> None:
    """The last day's streak is that of GET /progress/streak, and so are the days of the calendar."""
    body, streak = (await ask(client, ada.subject)).ok(), (await ada.get("/progress/streak")).ok()
    after = body["days"][-1]["after"]
    names = ("current_streak", "longest_streak", "freezes", "next_freeze_in_days", "last_exercise_date")
    assert {name: after[name] for name in names} == {name: streak[name] for name in names}
    assert body["streak"] == {name: streak[name] for name in body["streak"]}
    calendar = {day["day"]: day for day in streak["calendar"]}
    for day in body["days"]:
        if day["day"] in calendar:
            assert {name: day.get(name) for name in calendar[day["day"]]} == calendar[day["day"]]


async def test_why_is_the_streak_four(client: Client, clock: AdjustableClock) -> None:
    clock.set(march(20))
    ada = await practised(client, 2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16, 17, 18)
    body = await shown(client, ada.subject, from_="2026-03-08")
    assert (body["from"], body["to"], body["today"]) == ("2026-03-08", "2026-03-20", "2026-03-20")
    assert body["before"] == {
        "current_streak": 6,
        "longest_streak": 6,
        "freezes": 0,
        "next_freeze_in_days": 1,
        "last_exercise_date": "2026-03-07",
        "began_on": "2026-03-02",
    }
    days = body["days"]
    assert [codes(days[day]) for day in range(8, 14)] == [
        ["run_continued", "freeze_earned"],
        ["freeze_used"],
        ["run_continued"],
        ["run_ended"],
        [],
        ["run_started"],
    ]
    assert days[11]["effects"] == [
        {
            "text": "The run ended at day 8: 1 day was neither met nor excused, and it had 0 freezes.",
            "code": "run_ended",
            "values": {"run": 8, "days": 1, "freezes": 0},
        }
    ]
    assert (days[9]["state"], days[9]["code"], days[11]["state"]) == ("frozen", "frozen", "missed")
    assert [days[day]["after"]["current_streak"] for day in range(8, 21)] == [7, 7, 8, 0, 0, 1, 2, 3, 4, 5, 6, 0, 0]
    assert days[18]["after"]["began_on"] == "2026-03-13"
    assert body["streak"]["state"] == "broken"
    await assert_ends_as_the_learner_sees_it(client, ada)


async def test_what_met_a_day(client: Client, clock: AdjustableClock) -> None:
    teacher, ada = service(client, "quizzes"), Caller(client, new_learner())
    await teacher.record_all(
        exercise(march(9, 18), id="late"),
        exercise(march(9, 7), id="early", zone="Europe/Berlin"),
        # A review counts no day, so it is no fact of the streak.
        exercise(march(9, 6), id="review", verb="reviewed"),
        learner_id=ada.subject,
    )
    await ada.record_all(activity(march(9, 8), id="own"))
    day = (await shown(client, ada.subject))["days"][9]
    assert (day["activities"], day["met_at"]) == (3, "2026-03-09T07:00:00Z")
    assert day["first_activity"] == {
        "sender": "quizzes",
        "id": "early",
        "verb": "completed",
        "object_type": "exercise",
        "zone": "Europe/Berlin",
    }
    (
        await admin(client).ask("DELETE", "/activities/early", query={"learner_id": ada.subject, "sender": "quizzes"})
    ).ok()
    day = (await shown(client, ada.subject))["days"][9]
    assert (day["activities"], day["met_at"], day["first_activity"]["id"]) == (2, "2026-03-09T08:00:00Z", "own")
    empty = (await shown(client, ada.subject))["days"][10]
    assert (empty["activities"], empty["met_at"], empty["first_activity"]) == (0, None, None)


PAUSE = {"first_day": "2026-03-05", "last_day": "2026-03-07", "reason": "at sea"}
RESTORATION = {"first_day": "2026-03-07", "last_day": "2026-03-08", "reason": "our mistake"}
OUTAGE = {"starts_at": "2026-03-09T08:00:00Z", "ends_at": "2026-03-09T09:00:00Z", "reason": "a failed disk"}


async def test_who_excused_a_day(client: Client, clock: AdjustableClock) -> None:
    clock.set(march(5))
    ada = await practised(client, 3, 4)
    paused = (await ada.post("/me/pauses", PAUSE)).ok()["pause"]["id"]
    clock.set(march(10))
    (await admin(client).post(f"/admin/learners/{ada.subject}/restore-streak", RESTORATION)).ok()
    body = await shown(client, ada.subject)
    days = body["days"]
    assert [days[day].get("kind") for day in range(4, 10)] == [None, "pause", "pause", "restore", "restore", None]
    restored = days[7]["excused_by"]
    assert [days[day]["excused_by"] for day in range(4, 10)] == [None, paused, paused, restored, restored, None]
    assert body["excuses"] == [
        {"id": paused, "kind": "pause", **PAUSE, "by": "learner", "created_at": "2026-03-05T12:00:00Z"},
        {"id": restored, "kind": "restore", **RESTORATION, "by": "root", "created_at": "2026-03-10T12:00:00Z"},
    ]
    assert [codes(days[day]) for day in (7, 8, 9)] == [["run_on_hold"], ["run_on_hold"], ["run_ended"]]
    await assert_ends_as_the_learner_sees_it(client, ada)


async def test_an_outage_excuses_before_any_job_has_run(client: Client, clock: AdjustableClock) -> None:
    ada = await practised(client, 7, 8)
    outage_id = (await admin(client).post("/admin/outages", OUTAGE)).ok()["id"]
    assert (await shown(client, ada.subject))["days"][9]["state"] == "missed", "a draft excuses nothing"
    (await admin(client).post(f"/admin/outages/{outage_id}/activate")).ok()
    body = await shown(client, ada.subject)
    day = body["days"][9]
    assert (day["kind"], day["excused_by"], codes(day)) == ("outage", outage_id, ["run_on_hold"])
    assert body["outages"] == [{"id": outage_id, **OUTAGE}]
    await assert_ends_as_the_learner_sees_it(client, ada)
    (await admin(client).post(f"/admin/outages/{outage_id}/withdraw")).ok()
    body = await shown(client, ada.subject)
    assert (body["days"][9]["state"], body["outages"]) == ("missed", [])
    await assert_ends_as_the_learner_sees_it(client, ada)


async def test_travel_is_shown_with_the_zones_and_the_length_of_the_day(client: Client, clock: AdjustableClock) -> None:
    learner = new_learner()
    clock.set(march(8, 20))
    at_home = Caller(client, learner, zone="Pacific/Honolulu")
    await at_home.record_all(activity(march(8, 20)))
    clock.set(march(9, 12))
    # 02:00 on the ninth in Honolulu is 02:00 on the tenth in Kiritimati.
    (await at_home.ask("PATCH", "/me", json={"zone": "Pacific/Kiritimati"})).ok()
    body = await shown(client, learner)
    assert (body["timezone"], body["today"]) == ("Pacific/Kiritimati", "2026-03-10")
    days = body["days"]
    assert [days[day]["zone"] for day in (8, 9, 10)] == ["Pacific/Honolulu"] * 2 + ["Pacific/Kiritimati"]
    assert [days[day]["lasted_minutes"] for day in (8, 9, 10)] == [None, 120, 22 * 60]
    assert (days[9]["kind"], days[9]["excused_by"], codes(days[9])) == ("travel", None, ["run_on_hold"])
    assert [days[day]["zone_changes"] for day in (9, 10)] == [
        [],
        [
            {
                "at": "2026-03-09T12:00:00Z",
                "before": "Pacific/Honolulu",
                "after": "Pacific/Kiritimati",
                "source": "profile",
            }
        ],
    ]
    await assert_ends_as_the_learner_sees_it(client, at_home)


async def test_a_day_met_ahead_of_today_is_the_last(client: Client, clock: AdjustableClock) -> None:
    learner = new_learner()
    clock.set(march(9, 12))
    east = Caller(client, learner, zone="Pacific/Kiritimati")
    await east.record_all(activity(march(8, 12)), activity(march(9, 12)))
    (await east.ask("PATCH", "/me", json={"zone": "Pacific/Honolulu"})).ok()
    body = await shown(client, learner)
    assert (body["today"], body["to"]) == ("2026-03-09", "2026-03-10")
    assert [body["days"][day]["state"] for day in (9, 10)] == ["met", "met"]
    assert (await ask(client, learner, to="2026-12-31")).ok()["to"] == "2026-03-10"
    await assert_ends_as_the_learner_sees_it(client, east)


async def test_windows(client: Client, clock: AdjustableClock) -> None:
    ada = await practised(client, 9)
    whole = (await ask(client, ada.subject)).ok()
    assert (whole["from"], whole["to"], len(whole["days"])) == ("2025-12-11", "2026-03-10", 90)
    assert whole["days"][0] == {
        "day": "2025-12-11",
        "state": "none",
        "reason": "Before your first activity.",
        "code": "before_first",
        "values": {},
        "activities": 0,
        "met_at": None,
        "first_activity": None,
        "zone": "UTC",
        "zone_changes": [],
        "lasted_minutes": None,
        "excused_by": None,
        "effects": [],
        "after": whole["before"],
    }
    part = (await ask(client, ada.subject, from_="2026-03-09", to="2026-03-09")).ok()
    assert part["days"] == whole["days"][-2:-1]
    assert len((await ask(client, ada.subject, from_="2025-02-04")).ok()["days"]) == 400
    refused = await ask(client, ada.subject, from_="2025-02-03")
    assert refused.problem(422, "invalid_query")["errors"][0]["values"] == {"max_days": 400, "days": 401}
    refused = await ask(client, ada.subject, from_="2026-03-09", to="2026-03-08")
    assert refused.problem(422, "invalid_query")["errors"][0]["code"] == "reversed"
    (await ask(client, ada.subject, learner_id="ada")).problem(422, "invalid_query")


async def test_a_learner_is_found_by_id_and_by_subject_and_nobody_else(client: Client, clock: AdjustableClock) -> None:
    ada = await practised(client, 10)
    assert (await ask(client, ada.learner_id)).ok() == (await ask(client, ada.subject)).ok()
    (await ask(client, new_learner())).problem(404, "learner_not_found")
    quiet = Caller(client, new_learner())
    (await quiet.ask("PATCH", "/me", json={"zone": "Europe/Berlin"})).ok()
    body = (await ask(client, quiet.subject)).ok()
    assert body["streak"]["state"] == "none"
    assert body["days"][-1]["state"] == "open"


async def test_the_answer_has_a_validator_that_every_fact_changes(client: Client, clock: AdjustableClock) -> None:
    ada = await practised(client, 9)
    etag = (await ask(client, ada.subject)).headers["ETag"]
    path = f"/admin/learners/{ada.subject}/timeline"
    assert (await admin(client).ask("GET", path, headers={"If-None-Match": etag})).status == 304
    await ada.record_all(activity(START))
    assert (await admin(client).ask("GET", path, headers={"If-None-Match": etag})).status == 200


@pytest.fixture
def _few_are_searched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look for first activities among five activities only."""
    monkeypatch.setattr(timeline_queries, "MAX_ACTIVITIES_SEARCHED", 5)


@pytest.mark.usefixtures("_few_are_searched")
async def test_of_very_many_activities_only_the_newest_are_searched(client: Client, clock: AdjustableClock) -> None:
    ada = await practised(client, 7, 7, 8, 8, 8, 9, 9)
    days = (await shown(client, ada.subject))["days"]
    assert [days[day]["activities"] for day in (7, 8, 9)] == [2, 3, 2]
    assert [days[day]["first_activity"] is not None for day in (7, 8, 9)] == [False, True, True]
    assert [days[day]["met_at"] for day in (7, 8, 9)] == [f"2026-03-0{day}T12:00:00Z" for day in (7, 8, 9)]


async def test_every_statement_finds_its_rows_by_an_index(
    client: Client, resources: Resources, clock: AdjustableClock
) -> None:
    ada = await practised(client, 9)
    async with resources.database.pools.read.acquire() as connection:
        async with statements(connection) as sent:
            days = Days(date(2026, 3, 1), date(2026, 3, 10))
            await timeline_queries.timeline_facts(connection, UUID(ada.learner_id), days)
        for statement in await sent_statements(sent):
            assert await sequential_scans(connection, statement) == [], statement[0]
