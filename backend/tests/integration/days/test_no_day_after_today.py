"""No read meets a day after the learner's today, and all figures agree: foreign zones, fast clocks, flights west."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client

from support.builders import activity, exercise, new_learner
from support.callers import Caller, Json, service
from support.clock import AdjustableClock

STREAM = "/notifications/stream"
"""Names no day."""
READS: dict[str, list[dict[str, str]]] = {
    "/progress": [{}],
    "/progress/achievements": [{}],
    "/progress/badges": [{}],
    "/progress/streak": [{}, {"month": "2026-03"}],
    "/progress/statistics": [{"period": period} for period in ("daily", "weekly", "monthly", "all")],
    "/progress/history": [{}],
    "/progress/skill-levels": [{}],
    "/progress/mastery": [{"topic": "loops"}],
    "/progress/export": [{"format": "json"}, {"format": "csv"}],
    "/progress/export.csv": [{}],
    "/progress/analytics": [{}],
    "/progress/insights": [{}],
    "/progress/predictions": [{}],
    "/progress/recommendations": [{}],
    "/activities": [{}],
    "/leaderboards": [{"period": period} for period in ("week", "month", "all")],
    "/peers": [{}],
    "/shares": [{}],
    "/activities/summary": [{}],
    "/activities/points-distribution": [{}],
    "/activities/balance": [{"by": "topic"}],
    "/goals": [{}],
    "/goals/progress": [{"period": period} for period in ("daily", "weekly", "monthly")],
    "/spaces": [{}],
    "/composite-goals": [{}],
    "/milestones": [{}],
    "/notifications": [{}],
    "/categories": [{}],
    "/tasks": [{}],
    "/analytics/quick-stats": [{"view_context": "tasks", "date_range": "today"}],
    "/analytics/dashboard": [{"period": "weekly"}],
    "/analytics/export": [{"format": "csv", "start_date": "2026-03-01", "end_date": "2026-03-20"}],
    "/analytics/export.csv": [{"from": "2026-03-01", "to": "2026-03-20"}],
    "/calendar-days": [{"from": "2026-03-01", "to": "2026-03-10"}],
    "/features": [{}],
    "/me": [{}],
    "/me/data": [{}],
    "/me/pauses": [{}],
}
"""Every read of a learner that needs no id, with queries that reach all of its figures."""

_AHEAD_BY_NATURE = re.compile(
    r"^(expires|last_day|ends|end_date|period_end|to|week_end|likely|between|p\d|day_by|month)"
)


@pytest.fixture
def evening(clock: AdjustableClock) -> datetime:
    """16:30 UTC of 10 March: in Lisbon the same day, in Tokyo already the eleventh."""
    clock.set(datetime(2026, 3, 10, 16, 30, tzinfo=UTC))
    return clock.now()


def dates_in(value: object, name: str = "") -> Iterator[tuple[str, str]]:
    """Every date in an answer, after the name under which it is, except where dates ahead are meant."""
    if isinstance(value, dict):
        for inner, item in value.items():
            if not (value.get("state") in ("future", "excused") and inner == "day"):
                yield from dates_in(item, inner)
    elif isinstance(value, list):
        for item in value:
            yield from dates_in(item, name)
    elif isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value) and not _AHEAD_BY_NATURE.match(name):
        yield name, value


async def read_all(caller: Caller) -> dict[str, Json]:
    """The answer of every read, by its address."""
    answers = {}
    for path, queries in READS.items():
        for query in queries:
            answer = await caller.ask("GET", path, query=query)
            assert answer.status == 200, (path, query, answer.body)
            address = path + "".join(f" {value}" for value in query.values())
            body: object = answer.body
            answers[address] = answer.body if isinstance(body, dict) else {"list": body}
            if not answer.headers["Content-Type"].startswith("application/json"):
                answers[address] = {"text": answer.raw.decode()}
    return answers


async def one_a_day(ada: Caller) -> None:
    """Create a daily goal of one exercise."""
    goal = {"name": "one a day", "target_type": "exercises", "time_period": "daily", "target_value": 1}
    (await ada.post("/goals", goal)).ok()


def test_every_read_is_walked(app: Quart) -> None:
    rules = {str(rule) for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    reads = {rule.removeprefix("/api") for rule in rules if rule.startswith("/api/") and "<" not in rule}
    assert {path for path in reads if not path.startswith(("/admin", "/v1"))} - {STREAM} == set(READS)


@pytest.mark.parametrize("how", ["zone", "reassigned", "imported", "clock"])
async def test_what_happens_now_counts_today_everywhere(
    client: Client, clock: AdjustableClock, evening: datetime, how: str
) -> None:
    ada, teacher, root = Caller(client, new_learner()), service(client), Caller(client, "root", ["admin"])
    if how != "reassigned":
        (await ada.ask("PATCH", "/me", json={"zone": "Europe/Lisbon"})).ok()
        await one_a_day(ada)
    own = {"zone": "Asia/Tokyo"}
    if how == "clock":
        clock.set(datetime(2026, 3, 10, 23, 58, tzinfo=UTC))
        evening, own = clock.now() + timedelta(minutes=4), {}
    await teacher.record_all(exercise(evening, id="now", **own), learner_id=ada.subject)
    if how == "reassigned":
        assert (await ada.progress())["streak"]["last_exercise_date"] == "2026-03-11", "Tokyo is the first known zone"
    if how in ("imported", "reassigned"):
        (await root.ask("PUT", f"/admin/learners/{ada.subject}/zones", json=[{"zone": "America/Lima"}])).ok()
    if how == "reassigned":
        await one_a_day(ada)
    answers = await read_all(ada)
    for address, body in answers.items():
        for name, day in dates_in(body):
            assert day <= "2026-03-10", (address, name, day)
    assert "\n2026-03-10," in answers["/progress/export csv"]["text"]
    assert "\n2026-03-11," not in answers["/progress/export csv"]["text"]
    assert figures_of_today(answers) == {"exercises": {1}, "streak": {1}, "last_met_day": {"2026-03-10"}}
    assert {answers[f"/progress/statistics {period}"]["exercises_completed"] for period in PERIODS} == {1}
    assert answers["/progress/streak"]["state"] == "active"
    assert answers["/progress/streak"]["met_today"] is True
    assert [day["state"] for day in answers["/progress/streak 2026-03"]["calendar"] if day["day"] == "2026-03-10"] == [
        "met"
    ]
    (goal,) = answers["/goals/progress daily"]["list"]
    assert (goal["achieved_value"], goal["status"]) == (1, "achieved")
    assert (
        answers["/progress"]["exercises_completed"] == answers["/progress/history"]["days"][-1]["exercises_completed"]
    )
    (await ada.post("/me/streak-repair")).problem(409, "nothing_to_repair")


PERIODS = ("daily", "weekly", "monthly", "all")


def figures_of_today(answers: dict[str, Json]) -> dict[str, set[object]]:
    """Today's exercises, the streak and its last day, from every answer that shows them: one value each."""
    overview, history = answers["/progress"], answers["/progress/history"]["days"][-1]
    daily, streak = answers["/progress/statistics daily"], answers["/progress/streak"]
    assert history["snapshot_date"] == daily["to"] == overview["local_day"]
    return {
        "exercises": {overview["exercises_today"], history["exercises_today"], daily["exercises_completed"]},
        "streak": {
            *(overview["streak"]["current_streak"], streak["current_streak"]),
            history["current_streak"],
        },
        "last_met_day": {overview["streak"]["last_exercise_date"], streak["last_exercise_date"]},
    }


async def test_after_a_flight_west_the_totals_stand_and_the_date_is_open_again(
    client: Client, clock: AdjustableClock
) -> None:
    """In Auckland it is the eleventh; in Honolulu, where the learner lands, the tenth."""
    clock.set(datetime(2026, 3, 10, 20, 0, tzinfo=UTC))
    ada, teacher = Caller(client, new_learner()), service(client)
    (await ada.ask("PATCH", "/me", json={"zone": "Pacific/Auckland"})).ok()
    days = [exercise(clock.now() - timedelta(days=ago), id=f"{ago} ago") for ago in (2, 0)]
    await teacher.record_all(*days, learner_id=ada.subject)
    (await ada.ask("PATCH", "/me", json={"zone": "Pacific/Honolulu"})).ok()
    answers = await read_all(ada)
    overview, today = answers["/progress"], answers["/progress/history"]["days"][-1]
    assert (overview["local_day"], overview["exercises_completed"]) == ("2026-03-10", 2)
    assert figures_of_today(answers) == {"exercises": {0}, "streak": {1}, "last_met_day": {"2026-03-11"}}
    assert (today["exercises_completed"], today["points"]) == (2, overview["points"])
    assert (today["minutes"], today["average_grade"]) == (overview["minutes"], overview["grades"]["average"])
    assert today["longest_streak"] == overview["streak"]["longest_streak"] == 1
    assert answers["/progress/statistics all"]["exercises_completed"] == 2
    states = {day["day"]: day["state"] for day in answers["/progress/streak 2026-03"]["calendar"]}
    assert [states[f"2026-03-{day:02}"] for day in (9, 10, 11, 12)] == ["met", "open", "met", "future"]
    # The gap is today, which can still be met: a repair would spend the month's right on it.
    (await ada.post("/me/streak-repair")).problem(409, "nothing_to_repair")
    await ada.record_all(activity(clock.now(), id="landed"))
    assert (await ada.progress())["streak"]["current_streak"] == 3
