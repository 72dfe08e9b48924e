"""Every windowed read names its days in one way, and says which days it answers for."""

from datetime import UTC, datetime, timedelta

import pytest
from quart.typing import TestClientProtocol as Client

from support.builders import activity, exercise, new_learner
from support.callers import Answer, Caller, service
from support.clock import AdjustableClock

PAST = (
    "/progress/history",
    "/progress/statistics",
    "/activities/summary",
    "/activities/points-distribution",
    "/activities/balance",
    "/spaces/s-1/history",
)
PLANS = ("/analytics/quick-stats", "/analytics/dashboard", "/progress/streak")
FILTERS = ("/activities", "/tasks", "/calendar-days")
EXPORT = "/analytics/export"
ALL = (*PAST, *PLANS, *FILTERS, EXPORT)


@pytest.fixture(autouse=True)
def _noon_of_the_twentieth(clock: AdjustableClock) -> None:
    """Every test reads at noon of 20 March 2026."""
    clock.set(datetime(2026, 3, 20, 12, tzinfo=UTC))


@pytest.fixture
async def ada(client: Client) -> Caller:
    """A learner with a space."""
    caller = Caller(client, new_learner())
    (await caller.post("/spaces", {"space_id": "s-1", "title": "Space"})).ok()
    return caller


def window(answer: Answer) -> tuple[str, str, str]:
    """The days that an answer says it covers."""
    body = answer.ok()
    return body["from"], body["to"], body["today"]


@pytest.mark.parametrize("path", [*PAST, *PLANS])
async def test_from_and_to_are_the_days_of_the_answer(ada: Caller, path: str) -> None:
    asked = await ada.get(path, from_="2026-03-02", to="2026-03-08")
    assert window(asked) == ("2026-03-02", "2026-03-08", "2026-03-20")
    assert window(await ada.get(path, from_="2026-03-18")) == ("2026-03-18", "2026-03-20", "2026-03-20")
    assert window(await ada.get(path, to="2026-03-08"))[1:] == ("2026-03-08", "2026-03-20")


@pytest.mark.parametrize("path", PAST)
async def test_reads_about_the_past_stop_today(ada: Caller, path: str) -> None:
    assert window(await ada.get(path, from_="2026-03-19", to="2199-12-31")) == (
        "2026-03-19",
        "2026-03-20",
        "2026-03-20",
    )
    assert window(await ada.get(path, from_="2026-03-21", to="2026-03-25")) == (
        "2026-03-20",
        "2026-03-20",
        "2026-03-20",
    )


@pytest.mark.parametrize("path", PLANS)
async def test_reads_about_plans_look_ahead(ada: Caller, path: str) -> None:
    ahead = await ada.get(path, from_="2026-03-21", to="2026-03-27")
    assert window(ahead) == ("2026-03-21", "2026-03-27", "2026-03-20")
    refused = await ada.get(path, from_="2026-03-21")
    refused.problem(422, "invalid_query")
    assert refused.pointers() == ["/to"]


@pytest.mark.parametrize("path", ALL)
async def test_a_reversed_window_names_both_ends(ada: Caller, path: str) -> None:
    refused = await ada.get(path, from_="2026-03-10", to="2026-03-09")
    refused.problem(422, "invalid_query")
    values = {"first": "2026-03-10", "last": "2026-03-09"}
    assert [(fault["pointer"], fault["code"], fault["values"]) for fault in refused.body["errors"]] == [
        ("/from", "reversed", values),
        ("/to", "reversed", values),
    ]


@pytest.mark.parametrize("path", [*PAST, *PLANS, EXPORT])
async def test_a_window_has_at_most_400_days(ada: Caller, path: str) -> None:
    (await ada.get(path, from_="2025-02-14", to="2026-03-20")).ok()
    refused = await ada.get(path, from_="2025-02-13", to="2026-03-20")
    refused.problem(422, "invalid_query")
    assert [(fault["pointer"], fault["code"], fault["values"]) for fault in refused.body["errors"]] == [
        ("/from", "too_long", {"max_days": 400, "days": 401}),
        ("/to", "too_long", {"max_days": 400, "days": 401}),
    ]


@pytest.mark.parametrize(
    ("path", "query"),
    [
        ("/progress/history", {"from": "2026-03-01", "start_date": "2026-03-01"}),
        ("/progress/history", {"days": "7", "from": "2026-03-01"}),
        ("/progress/history", {"days": "7", "start_date": "2026-03-01"}),
        ("/progress/statistics", {"period": "weekly", "from": "2026-03-01"}),
        ("/progress/statistics", {"period": "all", "to": "2026-03-01"}),
        ("/activities/summary", {"days": "7", "from": "2026-03-01"}),
        ("/analytics/quick-stats", {"date_range": "7d", "from": "2026-03-01"}),
        ("/analytics/quick-stats", {"date_range": "2026-03-01..2026-03-02", "to": "2026-03-02"}),
        ("/analytics/quick-stats", {"to": "2026-03-01", "end_date": "2026-03-01"}),
        ("/analytics/dashboard", {"period": "weekly", "from": "2026-03-01"}),
        ("/progress/streak", {"month": "2026-03", "from": "2026-03-01"}),
        ("/progress/streak", {"month": "2026-03", "to": "2026-03-01"}),
        (EXPORT, {"from": "2026-03-01", "start_date": "2026-03-01", "to": "2026-03-02"}),
    ],
)
async def test_two_names_for_one_thing_contradict_each_other(ada: Caller, path: str, query: dict[str, str]) -> None:
    refused = await ada.ask("GET", path, query=query)
    refused.problem(422, "invalid_query")
    faults = {fault["pointer"]: (fault["code"], fault["values"]["other"]) for fault in refused.body["errors"]}
    assert len(faults) == 2
    for pointer, (code, other) in faults.items():
        assert code == "conflicting"
        assert f"/{other}" in faults
        assert f"/{other}" != pointer


@pytest.mark.parametrize(
    ("path", "query", "first"),
    [
        ("/progress/history", {"days": "3"}, "2026-03-08"),
        ("/progress/history", {}, "2026-02-09"),
        ("/activities/summary", {"days": "3"}, "2026-03-08"),
        ("/spaces/s-1/history", {"days": "3"}, "2026-03-08"),
        ("/progress/statistics", {"period": "weekly"}, "2026-03-04"),
        ("/progress/statistics", {"period": "month"}, "2026-03-01"),
        ("/progress/statistics", {"period": "rolling_30d"}, "2026-02-09"),
        ("/analytics/quick-stats", {"date_range": "7d"}, "2026-03-04"),
        ("/analytics/dashboard", {"period": "weekly"}, "2026-03-04"),
        ("/progress/streak", {}, "2026-03-01"),
    ],
)
async def test_a_length_ends_with_the_last_day(ada: Caller, path: str, query: dict[str, str], first: str) -> None:
    for name in ("to",) if path not in ("/progress/history", "/analytics/quick-stats") else ("to", "end_date"):
        asked = await ada.ask("GET", path, query={**query, name: "2026-03-10"})
        assert window(asked) == (first, "2026-03-10", "2026-03-20")


async def test_the_days_of_planner_exports_have_both_names(ada: Caller) -> None:
    ours = await ada.get(EXPORT, from_="2026-03-01", to="2026-03-03")
    seeds = await ada.get(EXPORT, start_date="2026-03-01", end_date="2026-03-03")
    assert ours.raw == seeds.raw
    assert [line[:10] for line in ours.raw.decode().splitlines()[1:]] == ["2026-03-01", "2026-03-02", "2026-03-03"]
    missing = await ada.get(EXPORT, from_="2026-03-01")
    assert [(fault["pointer"], fault["code"]) for fault in missing.body["errors"]] == [("/to", "missing")]
    assert (await ada.get(EXPORT)).pointers() == ["/from", "/to"]


async def test_a_window_in_the_past_has_its_own_sums(ada: Caller, client: Client) -> None:
    """Days 1 to 20 have as many exercises as their number modulo 3; the window holds days 4 to 6 (1, 2, 0)."""
    start = datetime(2026, 3, 1, 9, tzinfo=UTC)
    await service(client).record_all(
        *(
            exercise(start + timedelta(days=day - 1, minutes=number), value=10 * day // 3, points=day)
            for day in range(1, 21)
            for number in range(day % 3)
        ),
        learner_id=ada.subject,
    )
    asked = (await ada.get("/progress/statistics", from_="2026-03-04", to="2026-03-06")).ok()
    assert (asked["period"], asked["exercises_completed"]) == ("custom", 3)
    assert [(day["day"], day["exercises"]) for day in asked["trend"]] == [
        ("2026-03-04", 1),
        ("2026-03-05", 2),
        ("2026-03-06", 0),
    ]
    assert asked["change"]["exercises_percent"] == 0.0  # days 1 to 3 have 1, 2 and 0 too
    summary = (await ada.get("/activities/summary", from_="2026-03-04", to="2026-03-06")).ok()
    assert [day["activities"] for day in summary["trend"]] == [1, 2, 0]
    points = (await ada.get("/activities/points-distribution", from_="2026-03-04", to="2026-03-06")).ok()
    assert points["points"] == 4 + 2 * 5
    month = (await ada.get("/progress/statistics", period="month")).ok()
    assert (month["from"], month["to"], month["exercises_completed"]) == ("2026-03-01", "2026-03-20", 21)
    assert len(month["trend"]) == 20


@pytest.mark.parametrize("path", ["/activities", "/tasks"])
async def test_a_list_says_to_which_days_it_is_limited(ada: Caller, path: str) -> None:
    body = (await ada.get(path)).ok()
    assert (body["from"], body["to"], body["today"]) == (None, None, "2026-03-20")
    asked = await ada.get(path, from_="2026-03-02", to="2026-03-08")
    assert window(asked) == ("2026-03-02", "2026-03-08", "2026-03-20")


async def test_a_single_day_of_tasks_is_that_day_and_of_the_feed_a_bound(ada: Caller) -> None:
    assert window(await ada.get("/tasks", from_="2026-03-02"))[:2] == ("2026-03-02", "2026-03-02")
    body = (await ada.get("/activities", from_="2026-03-02")).ok()
    assert (body["from"], body["to"]) == ("2026-03-02", None)


async def test_the_calendar_of_a_window_may_begin_in_another_month(ada: Caller) -> None:
    await ada.record_all(activity(datetime(2026, 3, 19, 8, tzinfo=UTC)))
    shown = (await ada.get("/progress/streak", from_="2026-02-27", to="2026-03-22")).ok()
    days = {day["day"]: day["state"] for day in shown["calendar"]}
    assert len(days) == 24
    assert (days["2026-03-19"], days["2026-03-20"], days["2026-03-22"]) == ("met", "open", "future")
