"""The demo learners as loaded: every page has something to show, dated as it would have come."""

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client

from milepost.commands.load_demo import DemoLoad, replay
from milepost.db.database import open_database
from milepost.embedded.demo.people import PEOPLE
from milepost.rules.days import calendar
from milepost.services.achievements.catalogue import sync_catalogue
from milepost.services.achievements.catalogue_file import read_catalogue
from milepost.services.rebuild import check
from milepost.settings import Settings, config_dir, load_policy
from support.callers import Caller, Json, uuid_of
from support.clock import AdjustableClock

NOW = datetime(2026, 11, 28, 10, 20, tzinfo=UTC)
LEARNERS = [who.name for who in PEOPLE]

# Who asks for a route, and with what query. A route without an entry is asked by ada without a query.
ASKED_BY: dict[str, str] = {
    "/api/me/pauses": "mei",
    "/api/progress/streak": "ravi",
    "/api/goals": "hana",
    "/api/goals/progress": "hana",
    "/api/spaces": "pavel",
    "/api/composite-goals": "pavel",
    "/api/milestones": "pavel",
    "/api/tasks": "grace",
    "/api/categories": "grace",
}
QUERIES: dict[str, dict[str, str]] = {
    "/api/analytics/quick-stats": {"view_context": "dashboard", "date_range": "7d"},
    "/api/analytics/dashboard": {"period": "monthly"},
    "/api/analytics/export": {"format": "csv", "start_date": "2026-11-01", "end_date": "2026-11-28"},
    "/api/analytics/export.csv": {"from": "2026-11-01", "to": "2026-11-28"},
    "/api/goals/progress": {"period": "weekly"},
    "/api/activities/balance": {"by": "topic"},
    "/api/progress/statistics": {"period": "monthly"},
    "/api/progress/mastery": {"topic": "recursion"},
}
WITHOUT_FIGURES = {"/api/me", "/api/features", "/api/admin/jobs", "/api/admin/erasures"}
"""Answers that say something without a number or a list; the jobs are those of a worker, which does not run here, and
no demo learner was erased.
"""


@pytest.fixture(scope="module")
async def loaded(settings: Settings, module_clock: AdjustableClock) -> DemoLoad:
    """The demo learners, loaded once for all tests here, with the clock at that moment."""
    module_clock.set(NOW)
    policy = load_policy()
    content = (config_dir() / "achievements.toml").read_bytes()
    definitions = read_catalogue(content, [level.name for level in policy.skills.levels])
    async with open_database(settings) as database, database.write() as connection:
        await sync_catalogue(connection, definitions, policy, NOW)
    return await replay(settings, NOW)


@pytest.fixture
def demo(loaded: DemoLoad, client: Client) -> Client:
    """A client of the application with the demo learners."""
    assert loaded.accepted > 0
    return client


async def test_nothing_is_refused_and_a_second_load_adds_nothing(loaded: DemoLoad, settings: Settings) -> None:
    assert (loaded.refusals, loaded.duplicates) == ([], 0)
    assert loaded.accepted > 5_000
    again = await replay(settings, NOW)
    assert (again.accepted, again.refusals) == (0, [])


async def test_everything_loaded_equals_the_log(loaded: DemoLoad, settings: Settings) -> None:
    async with open_database(settings) as database:
        reports = [report async for report in check.check(database, load_policy(), None, None)]
    assert [str(difference) for report in reports for difference in report.differences] == []
    assert sum(report.done for report in reports[-1:]) == len(LEARNERS)


async def test_every_read_shows_something(demo: Client, app: Quart) -> None:
    """From the application's own routes: one without demo content is named here."""
    empty = []
    for route in sorted(_reads(app)):
        subject = "root" if "/admin/" in route else ASKED_BY.get(route, _owner(route))
        caller = Caller(demo, subject, ["admin" if subject == "root" else "learner"])
        path = (await _filled(caller, route)).removeprefix("/api")
        answer = await caller.ask("GET", path, query=QUERIES.get(route))
        assert answer.status == 200, f"{route}: {answer.body}"
        if route not in WITHOUT_FIGURES and not route.endswith("_id>") and not _says_something(answer.body, answer.raw):
            empty.append(route)
    assert empty == []


def _reads(app: Quart) -> set[str]:
    reads = {rule.rule for rule in app.url_map.iter_rules() if "GET" in (rule.methods or ()) and "/api/" in rule.rule}
    return {route for route in reads if not route.endswith("/stream")}


def _owner(route: str) -> str:
    """The demo learner who has what the route names."""
    owners = {"space_id": "pavel", "goal_id": "hana", "milestone_id": "pavel", "task_id": "grace", "day>": "grace"}
    named = "pavel" if "/composite-goals/" in route else None
    return named or next((owner for name, owner in owners.items() if name in route), "ada")


async def _filled(caller: Caller, route: str) -> str:
    """The route with its parameters filled in from lists of the same learner."""
    if "<" not in route:
        return route
    if "/composite-goals/" in route:
        value = "pavel-portfolio"
    elif "<" in route and "day" in route:
        value = "2026-11-30"
    else:
        name = re.search(r"<(?:\w+:)?(\w+)>", route)
        assert name is not None
        collection = route.split("<")[0].removeprefix("/api").rstrip("/")
        rows = _first_list((await caller.get(collection)).body)
        value = rows[0][name[1]]
    return re.sub(r"<[^>]+>", value, route)


def _first_list(body: Json | list[Json]) -> list[Json]:
    lists = [body] if isinstance(body, list) else [value for value in body.values() if isinstance(value, list)]
    assert lists, body
    return lists[0]


def _says_something(body: object, raw: bytes) -> bool:
    """A list with entries; without lists a figure that is not 0; for other formats more than one line."""
    if not isinstance(body, dict | list) or not body:
        return raw.count(b"\n") > 1
    lists = list(_lists(body))
    return any(lists) if lists else any(figure != 0 for figure in _figures(body))


def _lists(body: object) -> Iterator[list[object]]:
    if isinstance(body, list):
        yield body
    elif isinstance(body, dict):
        for value in body.values():
            yield from _lists(value)


def _figures(body: object) -> Iterator[object]:
    if isinstance(body, dict):
        for name, value in body.items():
            if name != "revision":
                yield from _figures(value)
    elif isinstance(body, int | float) and not isinstance(body, bool):
        yield body


async def test_rarity_is_known_and_unlocks_are_spread_over_the_year(demo: Client) -> None:
    months: Counter[str] = Counter()
    for name in LEARNERS:
        answer = (await Caller(demo, name).get("/progress/achievements")).ok()
        assert all(row["rarity_percent"] is not None for row in answer["achievements"])
        for row in answer["achievements"]:
            if row["unlocked"]:
                seen_on = datetime.fromisoformat(row["unlocked_at"]).date()
                assert timedelta(days=-1) <= seen_on - date.fromisoformat(row["earned_on"]) <= timedelta(days=4), row
                months[row["unlocked_at"][:7]] += 1
    assert len(months) == 13
    assert max(months.values()) < sum(months.values()) / 3


async def test_the_next_achievement_is_within_reach(demo: Client) -> None:
    """For everybody who has begun and wants to hear of it: at least a quarter of the way is gone."""
    for name in sorted(set(LEARNERS) - {"tenzin"}):
        upcoming = (await Caller(demo, name).progress())["achievements"]["next"]
        assert upcoming is not None, name
        assert name == "nova" or upcoming["percent"] >= 25, (name, upcoming)


async def test_nothing_lies_at_midnight(demo: Client) -> None:
    for who in PEOPLE:
        for row in await Caller(demo, who.name).feed():
            wall = datetime.fromisoformat(row["occurred_at"]).astimezone(calendar.zone(who.zone))
            assert (wall.hour, wall.minute, wall.second) != (0, 0, 0), row


async def _streak(demo: Client, name: str) -> Json:
    return (await Caller(demo, name).get("/progress/streak")).ok()


async def _days(demo: Client, name: str) -> Counter[str]:
    """How many days of each kind the calendars of the last three months have."""
    days: Counter[str] = Counter()
    for month in ("2026-09", "2026-10", "2026-11"):
        for day in (await Caller(demo, name).get("/progress/streak", month=month)).ok()["calendar"]:
            days[day["kind"] if day["state"] == "excused" else day["state"]] += 1
    return days


async def test_streaks_are_in_every_state(demo: Client) -> None:
    ada, dele, ines, nova = [await _streak(demo, name) for name in ("ada", "dele", "ines", "nova")]
    assert (ada["state"], ada["current_streak"] > 50) == ("active", True)
    assert (dele["state"], dele["current_streak"], dele["met_today"]) == ("at_risk", 4, False)
    assert (ines["state"], ines["current_streak"]) == ("broken", 0)
    assert ines["repairable_until"] is not None
    assert (nova["state"], nova["longest_streak"]) == ("none", 0)
    assert (await _streak(demo, "sione"))["paused"] is True
    assert (await _streak(demo, "olga"))["current_streak"] == 3


@pytest.mark.parametrize(
    ("name", "kind", "days"),
    [
        ("ada", "frozen", 1),
        ("aroha", "outage", 1),
        ("kofi", "travel", 1),
        ("mei", "pause", 10),
        ("ravi", "repair", 2),
        ("zara", "restore", 4),
    ],
)
async def test_a_day_of_every_kind_is_in_somebodys_calendar(demo: Client, name: str, kind: str, days: int) -> None:
    assert (await _days(demo, name))[kind] >= days


async def test_a_freeze_covered_a_day_and_a_check_in_another(demo: Client) -> None:
    month = (await _streak(demo, "tomas"))["calendar"]
    assert {day["day"]: day["state"] for day in month}["2026-11-23"] == "frozen"
    assert "check_in" in {row["object_type"] for row in await Caller(demo, "tomas").feed()}


async def test_levels_have_been_reached_are_near_and_were_lost(demo: Client) -> None:
    def of(topic: str, answer: Json) -> Json:
        found: Json = next(row for row in answer["skills"] if row["topic"] == topic)
        return found

    loops = of("loops", (await Caller(demo, "sam").get("/progress/skill-levels")).ok())
    assert (loops["level"], loops["exercises"], loops["next"]["exercises_missing"]) == ("intermediate", 28, 2)
    fractions = of("fractions", (await Caller(demo, "bruno").get("/progress/skill-levels")).ok())
    assert (fractions["level"], fractions["previous_level"]) == ("intermediate", "advanced")
    reviewed = (await Caller(demo, "amara").get("/progress/skill-levels")).ok()["skills"]
    assert any("reviews" in row["progress"]["parts"] for row in reviewed)
    levels = {row["level"] for row in (await Caller(demo, "ada").get("/progress/skill-levels")).ok()["skills"]}
    assert {"intermediate", "expert"} <= levels


async def test_some_hunt_full_marks_need_hints_or_know_many_topics(demo: Client) -> None:
    chiyo = (await Caller(demo, "chiyo").get("/progress/achievements")).ok()["achievements"]
    assert next(row for row in chiyo if row["code"] == "perfect-50")["unlocked"]
    hints = {}
    for name in ("elif", "ada"):
        statistics = (await Caller(demo, name).get("/progress/statistics", period="all")).ok()
        hints[name] = statistics["hints_per_exercise"]
    assert hints["elif"] > 2 > hints["ada"] > 0
    assert len((await Caller(demo, "leila").get("/progress/skill-levels")).ok()["skills"]) >= 15


async def test_goals_are_met_missed_on_track_behind_changed_and_archived(demo: Client) -> None:
    hana = Caller(demo, "hana")
    statuses, targets = set(), {}
    for goal in (await hana.get("/goals")).ok()["goals"]:
        periods = (await hana.get(f"/goals/{goal['goal_id']}/history")).ok()["periods"]
        statuses |= {period["status"] for period in periods}
        targets[goal["name"]] = {period["target_value"] for period in periods}
    assert {"achieved", "missed", "on_track", "behind"} <= statuses
    assert targets["Hours of the week"] == {240, 360}
    archived = (await hana.get("/goals", archived="true")).ok()["goals"]
    assert [goal["name"] for goal in archived] == ["Ten exercises a week"]
    goals = [goal for name in ("hana", "grace") for goal in (await Caller(demo, name).get("/goals")).ok()["goals"]]
    assert {goal["name"] for goal in goals if goal["topic"]} == {"Particles every week"}
    assert {goal["name"] for goal in goals if goal["category_id"]} == {"Two hours of reading"}


async def test_plans_are_done_overdue_and_a_full_week_ahead(demo: Client) -> None:
    grace = Caller(demo, "grace")
    tasks = (await grace.get("/tasks", limit=200)).ok()["tasks"]
    states = {(task["status"], task["due_day"] < "2026-11-28") for task in tasks if task["due_day"]}
    assert {("completed", True), ("pending", True), ("pending", False)} <= states
    assert max(task["due_day"] for task in tasks) >= "2026-12-05"
    assert len({task["category_id"] for task in tasks}) == 4


async def test_activities_are_voided_not_counted_reviewed_and_late(demo: Client) -> None:
    ivan, maya = await Caller(demo, "ivan").feed(), await Caller(demo, "maya").feed()
    assert any(row.get("not_counted") for row in ivan)
    stored = (await Caller(demo, "ivan").get("/progress/export")).ok()["tables"]["activities"]
    assert "ivan:tap:1" in {row["id"] for row in stored if row["voided_at"]}
    assert "ivan:tap:1" not in {row["id"] for row in ivan}
    assert {f"maya:offline:{since}" for since in (2, 3, 4)} <= {row["id"] for row in maya}
    kinds = {row["object_type"] for name in ("amara", "tenzin") for row in await Caller(demo, name).feed()}
    assert {"journal", "project", "meditation", "reading"} <= kinds


async def test_learners_meet_on_boards_in_a_class_and_on_shared_pages(demo: Client) -> None:
    ada, noor = Caller(demo, "ada"), Caller(demo, "noor")
    board = (await ada.get("/leaderboards", metric="exercises", period="all", limit=50)).ok()
    names = {entry["name"] for entry in board["entries"]}
    assert {"Ada", "Grace", "Hana"} <= names
    assert not {"Noor", "Nova", "Tenzin"} & names
    assert "Noor" not in {entry["name"] for entry in (await noor.get("/leaderboards")).ok()["entries"]}
    (group,) = board["groups"]
    of_class = (await ada.get("/leaderboards", metric="exercises", period="all", group=group["group_id"])).ok()
    assert (group["name"], len(of_class["entries"])) == ("Evening class", 8)
    shares = (await ada.get("/shares")).ok()["shares"]
    assert {(share["kind"], share["state"]) for share in shares} == {("progress", "open"), ("badge", "open")}
    for share in shares:
        page = await demo.get("/s/" + share["url"].rsplit("/", 1)[1])
        assert page.status_code == 200
    tenzin = Caller(demo, "tenzin")
    assert (await tenzin.get("/progress/streak")).ok() == {"quiet": True, "calendar": []}
    assert not {"streak", "achievements"} & (await tenzin.progress()).keys()


async def test_administrators_have_left_their_traces(demo: Client) -> None:
    root = Caller(demo, "root", ["admin"])
    actions = {entry["action"] for entry in (await root.get("/admin/audit")).ok()["entries"]}
    assert {"streak.restore", "outage.activate", "achievement.grant"} <= actions
    kateri = (await Caller(demo, "kateri").get("/progress/achievements")).ok()["achievements"]
    assert next(row for row in kateri if row["code"] == "helping-hand")["unlocked"]
    assert (await root.get("/progress", learner_id=uuid_of("ada"))).ok()["exercises_completed"] > 300


async def test_a_later_start_adds_the_days_since(loaded: DemoLoad, settings: Settings) -> None:
    """Last in this file: the demo moves on by nine days."""
    later = NOW + timedelta(days=9)
    assert loaded.accepted > 0
    added = await replay(settings, later)
    assert added.refusals == []
    assert 100 < added.accepted < 600
    assert added.duplicates > 100  # the days before, which some learners fill later, were repeated
    async with open_database(settings) as database:
        reports = [report async for report in check.check(database, load_policy(), None, None)]
    assert [str(difference) for report in reports for difference in report.differences] == []
