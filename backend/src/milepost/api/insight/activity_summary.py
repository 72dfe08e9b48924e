"""Sums over activities: summary by type with trend and engagement, distribution of points, balance, and analytics."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, timedelta

from quart import Blueprint

from milepost.api.edge.guard import current_caller, learner_named
from milepost.api.edge.request_context import resources
from milepost.api.http.conditional_get import conditional
from milepost.api.http.contract import contract
from milepost.api.http.fields import NamedLearner
from milepost.api.http.learner_routes import LEARNER_PROBLEMS, READ_ROLES
from milepost.api.http.parsing import read_query
from milepost.api.http.responses import JsonObject, Reply, time_json
from milepost.api.http.windows import DaysQuery, window_json, window_of
from milepost.api.insight.activity_summary_schemas import (
    AnalyticsOut,
    BalanceOut,
    BalanceQuery,
    PointsOut,
    SummaryOut,
)
from milepost.queries.insight.activity_summary import (
    PointsBreakdown,
    Summary,
    activity_summary,
    points_breakdown,
    practice_balance,
)
from milepost.queries.insight.time_and_topics import TimeAndTopics, time_and_topics
from milepost.queries.learners.version import LearnerVersion
from milepost.queries.mastery.grades import learner_grades
from milepost.rules.days.periods import Days
from milepost.rules.insight.engagement import Effort, balance, engagement, time_spent, time_spent_window
from milepost.rules.insight.topic_mastery import Masteries
from milepost.rules.insight.topic_strengths import Area, areas
from milepost.rules.planner.analytics import share
from milepost.rules.rounding import share_percent
from milepost.rules.skills import average_grade

blueprint = Blueprint("activity_summary", __name__)

DUE_DAYS = 30
DEFAULT_DAYS = 90


@blueprint.get("/activities/summary")
@contract(
    operation="getActivitySummary",
    summary="Activity summary",
    roles=READ_ROLES,
    query=DaysQuery,
    answers=SummaryOut,
    problems=LEARNER_PROBLEMS,
    tag="activities",
)
async def show_summary() -> Reply:
    """Activities and minutes by type and by day, and how regular practice is compared with the equally long period
    before.
    """
    query = read_query(DaysQuery)
    window = window_of(query, length=None if query.days is None else "days")
    caller = current_caller()
    learner_id = learner_named(caller, query.learner_id)

    async def build(_version: LearnerVersion, today: date) -> object:
        days, app = window.past(today, query.days or DEFAULT_DAYS), resources()
        async with app.database.snapshot() as connection:
            return _summary_json(days, today, await activity_summary(connection, learner_id, days))

    return await conditional(caller, learner_id, build)


@blueprint.get("/activities/points-distribution")
@contract(
    operation="getPointsDistribution",
    summary="Distribution of points",
    roles=READ_ROLES,
    query=DaysQuery,
    answers=PointsOut,
    problems=LEARNER_PROBLEMS,
    tag="activities",
)
async def show_points() -> Reply:
    """Points by type, topic and path with their shares. Does not include badge points, which are a separate total."""
    query = read_query(DaysQuery)
    window = window_of(query, length=None if query.days is None else "days")
    caller = current_caller()
    learner_id = learner_named(caller, query.learner_id)

    async def build(_version: LearnerVersion, today: date) -> object:
        days, app = window.past(today, query.days or DEFAULT_DAYS), resources()
        async with app.database.read() as connection:
            return _points_json(days, today, await points_breakdown(connection, learner_id, days))

    return await conditional(caller, learner_id, build)


@blueprint.get("/activities/balance")
@contract(
    operation="getBalance",
    summary="Balance between paths, topics or types",
    roles=READ_ROLES,
    query=BalanceQuery,
    answers=BalanceOut,
    problems=LEARNER_PROBLEMS,
    tag="activities",
)
async def show_balance() -> Reply:
    """How evenly activities are spread, from 0 to 100, and what was practised least."""
    query = read_query(BalanceQuery)
    window = window_of(query, length=None if query.days is None else "days")
    caller = current_caller()
    learner_id = learner_named(caller, query.learner_id)

    async def build(_version: LearnerVersion, today: date) -> object:
        days, app = window.past(today, query.days or DEFAULT_DAYS), resources()
        async with app.database.read() as connection:
            efforts = await practice_balance(connection, learner_id, query.by, days)
        return _balance_json(days, today, query.by, efforts)

    return await conditional(caller, learner_id, build)


@blueprint.get("/progress/analytics")
@contract(
    operation="getAnalytics",
    summary="Time spent, completion rate and areas",
    roles=READ_ROLES,
    query=NamedLearner,
    answers=AnalyticsOut,
    problems=LEARNER_PROBLEMS,
    tag="progress",
)
async def show_analytics() -> Reply:
    """Minutes by day, week and month, the share of due tasks completed, the strongest topics, and topics to improve."""
    caller = current_caller()
    learner_id = learner_named(caller, read_query(NamedLearner).learner_id)

    async def build(_version: LearnerVersion, today: date) -> object:
        days, app = time_spent_window(today), resources()
        async with app.database.snapshot() as connection:
            totals = await time_and_topics(connection, learner_id, days, today - timedelta(days=DUE_DAYS - 1))
            grades = await learner_grades(connection, learner_id, today)
        return _analytics_json(totals, grades.masteries(), today)

    return await conditional(caller, learner_id, build)


def _effort(effort: Effort) -> JsonObject:
    return {"activities": effort.activities, **time_json(effort.seconds)}


def _summary_json(days: Days, today: date, summary: Summary) -> JsonObject:
    activities, seconds = sum(summary.activities), sum(summary.seconds)
    dates = [days.first + timedelta(days=offset) for offset in range(len(days))]
    return {
        **window_json(days, today),
        "activities": activities,
        **time_json(seconds),
        "by_type": [
            {"object_type": name, **_effort(effort), "percent": share_percent(effort.activities, activities)}
            for name, effort in summary.types
        ],
        "trend": [
            {"day": day.isoformat(), "activities": count, **time_json(day_seconds)}
            for day, count, day_seconds in zip(dates, summary.activities, summary.seconds, strict=True)
        ],
        "engagement": asdict(
            engagement(
                len(days),
                summary.active_days,
                summary.on_active_days,
                summary.timed_days,
                Effort(activities, seconds),
                summary.before,
            )
        ),
    }


def _points_json(days: Days, today: date, distribution: PointsBreakdown) -> JsonObject:
    points = sum(count for _, count in distribution.by_type)

    def listed(parts: Sequence[tuple[str, int]]) -> list[JsonObject]:
        return [
            {"name": name or None, "points": count, "percent": share_percent(count, points)} for name, count in parts
        ]

    return {
        **window_json(days, today),
        "points": points,
        "by_type": listed(distribution.by_type),
        "by_topic": listed(distribution.by_topic),
        "by_path": listed(distribution.by_path),
    }


def _balance_json(days: Days, today: date, by: str, efforts: Sequence[tuple[str, Effort]]) -> JsonObject:
    measured = balance({name: effort.activities for name, effort in efforts})
    activities = sum(effort.activities for _, effort in efforts)
    return {
        **window_json(days, today),
        "by": by,
        "balance_percent": measured.percent,
        "least_practised": measured.least_practised,
        "parts": [
            {"name": name, **_effort(effort), "percent": share_percent(effort.activities, activities)}
            for name, effort in efforts
        ],
    }


def _analytics_json(totals: TimeAndTopics, masteries: Masteries, today: date) -> JsonObject:
    time, ranked = time_spent(totals.seconds, today), areas(totals.topics, masteries)
    return {
        "time_spent": {
            "daily": [{"day": day.isoformat(), **time_json(seconds)} for day, seconds in time.daily],
            "weekly": _spans(time.weekly),
            "monthly": _spans(time.monthly),
        },
        "completion_rate": share(totals.due_completed, totals.due),
        "strongest_areas": [area_json(area) for area in ranked.strongest],
        "improvement_areas": [area_json(area) for area in ranked.improvement],
    }


def _spans(series: Sequence[tuple[date, int]]) -> list[JsonObject]:
    return [{"starts_on": start.isoformat(), **time_json(seconds)} for start, seconds in series]


def area_json(area: Area) -> JsonObject:
    """`AreaOut`."""
    return {"topic": area.topic, "average_grade": average_grade(area.graded, area.grade_milli), "graded": area.graded}
