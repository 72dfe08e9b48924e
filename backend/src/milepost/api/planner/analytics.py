"""Planner analytics: quick stats, the dashboard, and planner days as CSV.

Quick stats and the dashboard are cached in Redis for all processes, under keys that name everything they depend on. The
dashboard includes goals if they are enabled.
"""

from collections.abc import Mapping
from datetime import date
from uuid import UUID

import structlog
from quart import Blueprint, Response

from milepost.api.edge.guard import current_caller, learner_named
from milepost.api.edge.problem_codes import declare
from milepost.api.edge.request_context import resources
from milepost.api.exports.routes import CSV, mark, sent_file
from milepost.api.goals.serializers import progress_json
from milepost.api.http.conditional_get import SharedEntry, conditional_shared
from milepost.api.http.contract import contract
from milepost.api.http.learner_routes import READ_ROLES
from milepost.api.http.parsing import read_query
from milepost.api.http.responses import JsonObject, Reply, RouteResult
from milepost.api.http.windows import Window, conflicting, invalid_window, window_json, window_of
from milepost.api.planner.analytics_schemas import (
    AnalyticsExportQuery,
    DashboardOut,
    DashboardQuery,
    QuickStatsOut,
    QuickStatsQuery,
)
from milepost.api.planner.serializers import shares_json, sums_json
from milepost.db.connection import Reading
from milepost.errors import Fault, FaultCode, NotFound
from milepost.queries.exports.planner_csv import PlannerDaysAsCsv
from milepost.queries.goals.progress import goal_cards
from milepost.queries.learners.version import LearnerVersion
from milepost.queries.planner.analytics import PlannerRange, planner_range
from milepost.rules.days.periods import Days, days_before
from milepost.rules.planner.analytics import (
    RANGE_FORMS,
    days_before_dashboard,
    days_in_a_row,
    days_of_dashboard,
    parse_range,
    share,
    top,
    total,
)
from milepost.rules.planner.planner_days import ALL, UNCATEGORISED, PlannerSums
from milepost.rules.rounding import share_percent

blueprint = Blueprint("analytics", __name__)

declare(
    category_not_found=(404, "The learner has no such category."),
    exports_busy=(503, "Too many exports are running; try again after `Retry-After` seconds."),
)

_QUICK_SECONDS = 600
_DASHBOARD_SECONDS = 1_800
_PROBLEMS = ("learner_not_found", "learner_required", "category_not_found")


@blueprint.get("/analytics/quick-stats")
@contract(
    operation="getQuickStats",
    summary="Key figures for a range of days",
    roles=READ_ROLES,
    query=QuickStatsQuery,
    answers=QuickStatsOut,
    problems=_PROBLEMS,
    tag="analytics",
)
async def show_quick_stats() -> Reply:
    """Scheduled minutes, completed tasks, use of focus time, the top category, and consecutive days with a completed
    task.
    """
    query = read_query(QuickStatsQuery)
    caller = current_caller()
    learner_id = learner_named(caller, query.learner_id)
    structlog.contextvars.bind_contextvars(view_context=query.view_context)
    category = query.category_id or ALL

    named = "date_range" in query.model_fields_set
    window = window_of(query, end_date=query.end_date, length="date_range" if named else None)

    def days(today: date) -> Days:
        return _range(query.date_range, window, today)

    async def build(version: LearnerVersion, today: date) -> object:
        return await _quick_stats(version.learner_id, days(today), category, today)

    def name(today: date) -> str:
        return f"{days(today).first}:{days(today).last}:{category}"

    return await conditional_shared(caller, learner_id, SharedEntry("quick", name, _QUICK_SECONDS), build)


@blueprint.get("/analytics/dashboard")
@contract(
    operation="getDashboard",
    summary="Dashboard for a period",
    roles=READ_ROLES,
    query=DashboardQuery,
    answers=DashboardOut,
    problems=_PROBLEMS,
    tag="analytics",
)
async def show_dashboard() -> Reply:
    """Figures for the last 7 or 30 days, or for a month, by category and by day, with those of the period before."""
    query = read_query(DashboardQuery)
    caller = current_caller()
    learner_id = learner_named(caller, query.learner_id)
    category = query.category_id or ALL
    named = "period" in query.model_fields_set
    window = window_of(query, end_date=query.end_date, length="period" if named else None)

    def days(today: date) -> Days:
        if window.first is not None:
            return window.planned(today)
        return days_of_dashboard(query.period, window.last or today)

    async def build(version: LearnerVersion, today: date) -> object:
        shown, app = days(today), resources()
        async with app.database.snapshot() as connection:
            before = days_before(shown) if window.first is not None else days_before_dashboard(query.period, shown)
            planned = await _planner_range(connection, version.learner_id, shown, before, category)
            asked = query.period if window.first is None else "custom"
            shape = {"period": asked, **_dashboard(planned, shown, before, today)}
            if app.settings.feature_goals:
                # Goals as they are today, whatever days are asked for.
                goals = await goal_cards(connection, version.learner_id, today, category)
                shape["goals"] = [progress_json(goal) for goal in goals]
        return shape

    def name(today: date) -> str:
        shown = days(today)
        return f"{query.period if window.first is None else 'custom'}:{shown.first}:{shown.last}:{category}"

    return await conditional_shared(caller, learner_id, SharedEntry("dashboard", name, _DASHBOARD_SECONDS), build)


@blueprint.get("/analytics/export")
@contract(
    operation="exportPlannerDays",
    summary="Export planner days",
    roles=READ_ROLES,
    query=AnalyticsExportQuery,
    answers=None,
    text_media=("text/csv",),
    problems=("learner_not_found", "learner_required", "exports_busy", "too_many_exports"),
    tag="analytics",
    charges="exports",
)
async def export_planner_days() -> RouteResult:
    """CSV (RFC 4180) with one row for every date. `category_minutes` is JSON: minutes by category id.

    Streamed from one database snapshot. A response without its last chunk is incomplete.
    """
    return await _planner_days(read_query(AnalyticsExportQuery))


@blueprint.get("/analytics/export.csv")
@contract(
    operation="exportPlannerDaysAsCsv",
    summary="Export planner days as a file",
    roles=READ_ROLES,
    query=AnalyticsExportQuery,
    answers=None,
    text_media=("text/csv",),
    problems=("learner_not_found", "learner_required", "exports_busy", "too_many_exports"),
    tag="analytics",
    charges="exports",
)
async def export_planner_file() -> Response:
    """The file that `/analytics/export` answers, at an address of its own."""
    return await _planner_days(read_query(AnalyticsExportQuery))


async def _planner_days(query: AnalyticsExportQuery) -> Response:
    learner_id = learner_named(current_caller(), query.learner_id)
    days = window_of(query, start_date=query.start_date, end_date=query.end_date).named()
    category = query.category_id or ALL
    writing = PlannerDaysAsCsv(learner_id, days, mark(query.bom), category, has_names=query.names == "1")
    return await sent_file(f"planner-{days.first}-{days.last}.csv", CSV, writing)


def _range(date_range: str, window: Window, today: date) -> Days:
    """The days of quick stats: those of the window, else of the `date_range`.

    Raises:
        Invalid: `invalid_query`.
    """
    if window.first is not None:
        return window.planned(today)
    if ".." in date_range and window.last is not None:
        raise invalid_window(conflicting(window.last_name, "date_range"))
    try:
        return parse_range(date_range, window.last or today)
    except ValueError as fault:
        code: FaultCode = "wrong_form" if str(fault) == RANGE_FORMS else "out_of_range"
        raise invalid_window([Fault("/date_range", str(fault), code)]) from None


async def _planner_range(
    connection: Reading, learner_id: UUID, days: Days, before: Days | None, category: str
) -> PlannerRange:
    planned = await planner_range(connection, learner_id, days, before, category)
    if not planned.has_category(category):
        raise NotFound("category_not_found", "The learner has no such category.")
    return planned


async def _quick_stats(learner_id: UUID, days: Days, category: str, today: date) -> JsonObject:
    async with resources().database.read() as connection:
        planned = await _planner_range(connection, learner_id, days, None, category)
    sums = total(sums for _, sums in planned.each_day(days))
    focus = share(sums.focus_minutes, sums.focus_slot_minutes)
    return {
        **window_json(days, today),
        "total_scheduled_minutes": sums.scheduled_minutes,
        "completed_tasks_count": sums.completed_n,
        "due_tasks_count": sums.due_n,
        "due_completed_tasks_count": sums.due_completed_n,
        "focus_time_utilization": focus,
        "focus_utilization_ratio": focus,
        "top_category": _top_json(planned),
        "streak_days_completed": days_in_a_row(planned.completed_on, days.last, today),
    }


def _dashboard(planned: PlannerRange, days: Days, before: Days, today: date) -> JsonObject:
    return {
        **_figures(planned, days),
        **window_json(days, today),
        "top_category": _top_json(planned),
        "streak_days_completed": days_in_a_row(planned.completed_on, days.last, today),
        "category_distribution": _distribution(planned),
        "trend": [_trend_json(day, sums) for day, sums in planned.each_day(days)],
        "previous": _figures(planned, before),
    }


def _figures(planned: PlannerRange, days: Days) -> JsonObject:
    sums = total(sums for _, sums in planned.each_day(days))
    return {
        "from": days.first.isoformat(),
        "to": days.last.isoformat(),
        **sums_json(sums),
        **shares_json(sums),
    }


def _distribution(planned: PlannerRange) -> list[JsonObject]:
    """Most minutes first, then by name."""
    minutes, names = planned.minutes, planned.names
    total_minutes = sum(minutes.values())
    categories = sorted(minutes, key=lambda category: (-minutes[category], names[category], category))
    return [
        {
            **_category_json(category, minutes, names),
            "category": category,
            "color": planned.colors[category],
            "percent": (percent := share_percent(minutes[category], total_minutes)),
            "share_percent": percent,
        }
        for category in categories
    ]


def _top_json(planned: PlannerRange) -> JsonObject | None:
    category = top(planned.minutes, planned.names)
    return None if category is None else _category_json(category, planned.minutes, planned.names)


def _category_json(category: str, minutes: Mapping[str, int], names: Mapping[str, str]) -> JsonObject:
    return {
        "category_id": None if category == UNCATEGORISED else category,
        "name": names[category],
        "minutes": minutes[category],
    }


def _trend_json(day: date, sums: PlannerSums) -> JsonObject:
    return {"date": day.isoformat(), "day": day.isoformat(), **sums_json(sums), **shares_json(sums)}
