"""Quick stats, dashboard and export from prepared plans; every number is worked out by hand."""

import csv
import io
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from quart.typing import TestClientProtocol as Client

from support.builders import new_learner
from support.callers import Caller, Json
from support.clock import AdjustableClock
from support.planner import create_category, create_task, slot

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MIDNIGHT = datetime(2026, 3, 10, tzinfo=UTC)
WINDOW = ("from", "to", "today")
QUICK, DASHBOARD, EXPORT = "/analytics/quick-stats", "/analytics/dashboard", "/analytics/export"


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START, Tuesday 2026-03-10 12:00 UTC."""


@pytest.fixture
def ada(client: Client) -> Caller:
    """A new learner."""
    return Caller(client, new_learner())


async def completed(caller: Caller, *slots: dict[str, str], at: datetime, **fields: object) -> Json:
    """Create a task and complete it at this instant; return it as created."""
    task = await create_task(caller, *slots, **fields)
    (await caller.post(f"/tasks/{task['task_id']}/complete", {"completed_at": at.isoformat()})).ok()
    return task


async def keep_for_focus(caller: Caller, start: datetime, hours: float) -> None:
    """Put one focus slot on its day."""
    body = {"focus_slots": [slot(start, hours)]}
    (await caller.ask("PUT", f"/calendar-days/{start.date()}", json=body)).ok()


SEED = (
    "total_scheduled_minutes",
    "completed_tasks_count",
    "focus_time_utilization",
    "top_category",
    "streak_days_completed",
)


def of_the_seed(answered: Json) -> Json:
    """The fields of the example in the seed."""
    return {name: answered[name] for name in SEED}


# ---- The example of the seed


async def test_the_seeds_example_of_quick_stats_value_for_value(ada: Caller) -> None:
    """7 days of 180 minutes, 120 of them Work, make 1,260; each day has 250 focus minutes, a ratio of 0.72; 18 tasks
    are done, the last ones on 5 consecutive days.
    """
    work, study = await create_category(ada, "Work"), await create_category(ada, "Study")
    for ago in range(7):
        nine = MIDNIGHT - ago * DAY + 9 * HOUR
        await create_task(ada, slot(nine, 2), category_id=work)
        await create_task(ada, slot(nine + 2 * HOUR, 1), category_id=study)
        await keep_for_focus(ada, nine, 250 / 60)
    for number in range(18):
        ago = (0, 1, 2, 3, 4, 6)[number % 6]
        await completed(ada, at=MIDNIGHT - ago * DAY + number * timedelta(minutes=1))
    answered = await ada.get(QUICK, view_context="calendar", date_range="7d")
    assert of_the_seed(answered.ok()) == {
        "total_scheduled_minutes": 1260,
        "completed_tasks_count": 18,
        "focus_time_utilization": 0.72,
        "top_category": {"category_id": work, "name": "Work", "minutes": 840},
        "streak_days_completed": 5,
    }


async def test_a_learner_without_plans_gets_zeros(ada: Caller) -> None:
    assert (await ada.get(QUICK)).ok() == {
        "from": "2026-03-04",
        "to": "2026-03-10",
        "today": "2026-03-10",
        "due_tasks_count": 0,
        "due_completed_tasks_count": 0,
        "focus_utilization_ratio": None,
        "total_scheduled_minutes": 0,
        "completed_tasks_count": 0,
        "focus_time_utilization": None,
        "top_category": None,
        "streak_days_completed": 0,
    }
    dashboard = (await ada.get(DASHBOARD, period="monthly")).ok()
    assert (dashboard["from"], dashboard["to"], len(dashboard["trend"])) == ("2026-02-09", "2026-03-10", 30)
    assert (dashboard["category_distribution"], dashboard["completion_rate"]) == ([], None)
    export = await ada.get(EXPORT, start_date="2026-03-10", end_date="2026-03-10")
    assert export.raw == (
        b"date,total_scheduled_minutes,focus_minutes,completed_tasks_count,category_minutes\r\n2026-03-10,0,0,0,{}\r\n"
    )


async def test_the_export_of_one_category_with_names(ada: Caller) -> None:
    work, study = await create_category(ada, "Work"), await create_category(ada, "Study")
    await create_task(ada, slot(MIDNIGHT, 1), category_id=work)
    await create_task(ada, slot(MIDNIGHT, 2), category_id=study)
    await create_task(ada, slot(MIDNIGHT, 3))
    days = {"start_date": "2026-03-10", "end_date": "2026-03-10", "names": "1"}

    async def row(**query: str) -> list[object]:
        (shown,) = csv.DictReader(io.StringIO((await ada.get(EXPORT, **days, **query)).raw.decode()))
        columns = ("category_minutes", "category_names")
        return [int(shown["total_scheduled_minutes"]), *(json.loads(shown[name]) for name in columns)]

    assert await row() == [360, {work: 60, study: 120, "uncategorised": 180}, {work: "Work", study: "Study"}]
    assert await row(category_id=study) == [120, {study: 120}, {study: "Study"}]
    assert await row(category_id="uncategorised") == [180, {"uncategorised": 180}, {}]
    assert await row(category_id="00000000-0000-0000-0000-00000000000a") == [0, {}, {}]


# ---- Ranges and categories


@pytest.mark.parametrize(
    ("path", "query", "code"),
    [
        (QUICK, {"date_range": "2026-03-10..2026-03-09"}, "invalid_query"),
        (QUICK, {"date_range": "2025-02-03..2026-03-10"}, "invalid_query"),
        (QUICK, {"date_range": "2026-02-30..2026-03-10"}, "invalid_query"),
        (QUICK, {"date_range": "2026-03-09..2026-03-10", "end_date": "2026-03-10"}, "invalid_query"),
        (QUICK, {"date_range": "8d"}, "invalid_query"),
        (QUICK, {"view_context": "home"}, "invalid_query"),
        (QUICK, {"category_id": "work"}, "invalid_query"),
        (QUICK, {"end_date": "yesterday"}, "invalid_query"),
        (DASHBOARD, {"period": "daily"}, "invalid_query"),
        (EXPORT, {"start_date": "2026-03-10", "end_date": "2026-03-09"}, "invalid_query"),
        (EXPORT, {"start_date": "2025-02-03", "end_date": "2026-03-10"}, "invalid_query"),
        (EXPORT, {"start_date": "2026-03-10"}, "invalid_query"),
        (EXPORT, {"start_date": "2026-03-10", "end_date": "2026-03-10", "format": "xml"}, "invalid_query"),
    ],
)
async def test_invalid_queries_are_refused(ada: Caller, path: str, query: dict[str, str], code: str) -> None:
    (await ada.ask("GET", path, query=query)).problem(422, code)


async def test_an_unknown_or_foreign_category_is_not_found(ada: Caller, client: Client) -> None:
    foreign = await create_category(Caller(client, new_learner()), "Work")
    for path in (QUICK, DASHBOARD):
        for unknown in (foreign, "00000000-0000-4000-8000-000000000000"):
            (await ada.get(path, category_id=unknown)).problem(404, "category_not_found")
        (await ada.get(path, category_id="uncategorised")).ok()


async def test_ranges_end_at_their_last_day(ada: Caller) -> None:
    for ago in (0, 6, 7, 29, 30, 399):
        await create_task(ada, slot(MIDNIGHT - ago * DAY, 1))

    async def hours(**query: str) -> float:
        return float((await ada.get(QUICK, **query)).ok()["total_scheduled_minutes"]) / 60

    assert await hours(date_range="today") == 1
    assert await hours() == await hours(date_range="7d") == 2
    assert await hours(date_range="30d") == 4
    assert await hours(date_range="30d", end_date="2026-03-09") == 4
    assert await hours(date_range="7d", end_date="2026-03-17") == 0
    assert await hours(date_range="7d", end_date="2026-03-16") == 1
    assert await hours(date_range="2025-02-04..2026-03-10") == 6
    assert await hours(date_range="2026-03-04..2026-03-04") == 1


# ---- A learner's three days, by hand

NOTHING = {
    "total_scheduled_minutes": 0,
    "completed_scheduled_minutes": 0,
    "focus_minutes": 0,
    "focus_slot_minutes": 0,
    "completed_tasks_count": 0,
    "due_tasks_count": 0,
    "due_completed_tasks_count": 0,
    "completion_rate": None,
    "focus_time_utilization": None,
    "focus_utilization_ratio": None,
}
TREND = ("total_scheduled_minutes", "completed_scheduled_minutes", "focus_minutes", "completed_tasks_count")
SHOWN = [(30, 0, 0, 0), (1410, 1380, 60, 1), (240, 120, 90, 1)]


def share_of(category: str, name: str, color: str, minutes: int, percent: float) -> Json:
    """A category of the distribution."""
    shares = {"percent": percent, "share_percent": percent}
    return {"category_id": category, "category": category, "name": name, "color": color, "minutes": minutes, **shares}


@dataclass(frozen=True)
class Life:
    """A learner in Berlin on Monday 30 March 2026, noon, with plans of three days."""

    ada: Caller
    work: str
    study: str
    reading: str


@pytest.fixture
async def life(client: Client, clock: AdjustableClock) -> Life:
    """Plans over a day of 23 hours."""
    clock.set(datetime(2026, 3, 30, 10, tzinfo=UTC))
    ada = Caller(client, new_learner(), zone="Europe/Berlin")
    work, study = await create_category(ada, "Work"), await create_category(ada, "Study")
    # Sunday 29 March has 23 hours in Berlin: 23:00 UTC to 22:00 UTC.
    sunday = datetime(2026, 3, 28, 23, tzinfo=UTC)
    await completed(ada, slot(sunday, 23), at=sunday + 21 * HOUR, category_id=work, due_day="2026-03-29")
    monday = datetime(2026, 3, 30, 6, tzinfo=UTC)
    reading = await completed(ada, slot(monday, 2), at=clock.now(), category_id=study, due_day="2026-03-30")
    await create_task(ada, slot(monday + HOUR, 2), category_id=work, due_day="2026-03-30")
    # Half of it on Saturday.
    await create_task(ada, slot(sunday - HOUR / 2, 1))
    # 120 minutes on Monday, 90 of them planned, 30 by Study; 60 minutes on Sunday, all planned.
    await keep_for_focus(ada, monday + 1.5 * HOUR, 2)
    body = {"focus_slots": [slot(sunday + HOUR / 2, 1)]}
    (await ada.ask("PUT", "/calendar-days/2026-03-29", json=body)).ok()
    return Life(ada, work, study, str(reading["task_id"]))


async def test_quick_stats_of_a_life_worked_out_by_hand(life: Life) -> None:
    assert of_the_seed((await life.ada.get(QUICK, date_range="7d")).ok()) == {
        "total_scheduled_minutes": 30 + (23 * 60 + 30) + 240,
        "completed_tasks_count": 2,
        "focus_time_utilization": 0.83,
        "top_category": {"category_id": life.work, "name": "Work", "minutes": 1500},
        "streak_days_completed": 2,
    }
    assert of_the_seed((await life.ada.get(QUICK, date_range="7d", category_id=life.study)).ok()) == {
        "total_scheduled_minutes": 120,
        "completed_tasks_count": 1,
        "focus_time_utilization": 0.17,
        "top_category": {"category_id": life.study, "name": "Study", "minutes": 120},
        "streak_days_completed": 1,
    }
    assert of_the_seed((await life.ada.get(QUICK, date_range="today")).ok()) == {
        "total_scheduled_minutes": 240,
        "completed_tasks_count": 1,
        "focus_time_utilization": 0.75,
        "top_category": {"category_id": life.study, "name": "Study", "minutes": 120},
        "streak_days_completed": 2,
    }
    (await life.ada.ask("DELETE", f"/tasks/{life.reading}/complete")).ok()
    assert (await life.ada.get(QUICK, date_range="today")).ok()["completed_tasks_count"] == 0


async def test_the_dashboard_of_a_life_worked_out_by_hand(life: Life) -> None:
    dashboard = (await life.ada.get(DASHBOARD, period="weekly")).ok()
    trend = dashboard.pop("trend")
    assert [{name: day[name] for name in ("date", "day", *TREND)} for day in trend] == [
        {"date": f"2026-03-{day}", "day": f"2026-03-{day}", **dict(zip(TREND, figures, strict=True))}
        for day, figures in zip(range(24, 31), [*[(0, 0, 0, 0)] * 4, *SHOWN], strict=True)
    ]
    assert dashboard == {
        "period": "weekly",
        "from": "2026-03-24",
        "to": "2026-03-30",
        "today": "2026-03-30",
        "total_scheduled_minutes": 1680,
        "completed_scheduled_minutes": 1500,
        "focus_minutes": 150,
        "focus_slot_minutes": 180,
        "completed_tasks_count": 2,
        "due_tasks_count": 3,
        "due_completed_tasks_count": 2,
        "completion_rate": 0.67,
        "focus_time_utilization": 0.83,
        "focus_utilization_ratio": 0.83,
        "top_category": {"category_id": life.work, "name": "Work", "minutes": 1500},
        "streak_days_completed": 2,
        "category_distribution": [
            share_of(life.work, "Work", "petrol", 1500, 89.3),
            share_of(life.study, "Study", "copper", 120, 7.1),
            {**share_of("uncategorised", "Uncategorised", "graphite", 60, 3.6), "category_id": None},
        ],
        "previous": {"from": "2026-03-17", "to": "2026-03-23", **NOTHING},
        "goals": [],
    }
    (await life.ada.ask("DELETE", f"/tasks/{life.reading}/complete")).ok()
    dashboard = (await life.ada.get(DASHBOARD, period="weekly")).ok()
    assert (dashboard["completion_rate"], dashboard["streak_days_completed"]) == (0.33, 1)


async def test_a_category_moves_every_figure_of_the_dashboard(life: Life) -> None:
    of_study = (await life.ada.get(DASHBOARD, period="weekly", category_id=life.study)).ok()
    assert of_study["category_distribution"] == [share_of(life.study, "Study", "copper", 120, 100.0)]
    assert [day["total_scheduled_minutes"] for day in of_study["trend"]] == [0, 0, 0, 0, 0, 0, 120]
    assert (of_study["focus_minutes"], of_study["focus_slot_minutes"], of_study["completion_rate"]) == (30, 180, 1.0)
    later = (await life.ada.get(DASHBOARD, period="weekly", end_date="2026-04-05")).ok()
    assert (later["total_scheduled_minutes"], later["previous"]["total_scheduled_minutes"]) == (240, 1440)


async def test_the_export_of_a_life_worked_out_by_hand(life: Life) -> None:
    export = await life.ada.get(EXPORT, format="csv", start_date="2026-03-27", end_date="2026-03-30")
    assert export.headers["Content-Type"].startswith("text/csv; charset=utf-8")
    assert export.headers["Content-Disposition"] == 'attachment; filename="planner-2026-03-27-2026-03-30.csv"'
    rows = list(csv.reader(io.StringIO(export.raw.decode(), newline="")))
    assert [row[:4] for row in rows] == [
        ["date", "total_scheduled_minutes", "focus_minutes", "completed_tasks_count"],
        ["2026-03-27", "0", "0", "0"],
        ["2026-03-28", "30", "0", "0"],
        ["2026-03-29", "1410", "60", "1"],
        ["2026-03-30", "240", "90", "1"],
    ]
    assert [json.loads(row[4]) for row in rows[1:]] == [
        {},
        {"uncategorised": 30},
        {"uncategorised": 30, life.work: 1380},
        {life.work: 120, life.study: 120},
    ]


async def test_one_number_on_every_surface(life: Life) -> None:
    days = {"from_": "2026-03-24", "to": "2026-03-30"}
    calendar = (await life.ada.get("/calendar-days", **days)).ok()["days"]
    dashboard = (await life.ada.get(DASHBOARD, period="weekly")).ok()
    quick = (await life.ada.get(QUICK, date_range="7d")).ok()
    export = await life.ada.get(EXPORT, start_date=days["from_"], end_date=days["to"])
    rows = list(csv.DictReader(io.StringIO(export.raw.decode(), newline="")))
    for name in (name for name in NOTHING if name.endswith(("minutes", "count"))):
        by_day = [day[name] for day in calendar]
        assert [day[name] for day in dashboard["trend"]] == by_day, name
        assert dashboard[name] == sum(by_day), name
        if name in quick:
            assert quick[name] == sum(by_day), name
        if name in rows[0]:
            assert [int(row[name]) for row in rows] == by_day, name
    assert (quick["completed_tasks_count"], quick["due_tasks_count"]) == (2, 3)
    assert {name for name in quick if name.endswith("count")} == {
        "completed_tasks_count",
        "due_tasks_count",
        "due_completed_tasks_count",
    }
    due = [
        (day["due_tasks_count"], day["due_completed_tasks_count"], day["completion_rate"]) for day in dashboard["trend"]
    ]
    assert (sum(n for n, _, _ in due), sum(n for _, n, _ in due)) == (3, 2)


async def test_a_month_follows_the_calendar_and_rolling_days_do_not(ada: Caller) -> None:
    for day in (datetime(2026, 2, 1, tzinfo=UTC), datetime(2026, 2, 28, tzinfo=UTC), datetime(2026, 3, 31, tzinfo=UTC)):
        await create_task(ada, slot(day, 1))
    month = (await ada.get(DASHBOARD, period="month")).ok()
    assert (month["from"], month["to"], month["today"]) == ("2026-03-01", "2026-03-31", "2026-03-10")
    assert (month["total_scheduled_minutes"], len(month["trend"])) == (60, 31)
    previous = month["previous"]
    assert (previous["from"], previous["to"], previous["total_scheduled_minutes"]) == ("2026-02-01", "2026-02-28", 120)
    february = (await ada.get(DASHBOARD, period="month", end_date="2026-02-14")).ok()
    assert (february["from"], february["to"], february["previous"]["from"]) == (
        "2026-02-01",
        "2026-02-28",
        "2026-01-01",
    )
    rolling = (await ada.get(DASHBOARD, period="rolling_30d")).ok()
    monthly = (await ada.get(DASHBOARD, period="monthly")).ok()
    assert (rolling["from"], rolling["to"], rolling["total_scheduled_minutes"]) == ("2026-02-09", "2026-03-10", 60)
    assert {**rolling, "period": "monthly"} == monthly
