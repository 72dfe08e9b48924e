"""Statistics: totals of a period by topic and difficulty, and their change."""

from dataclasses import asdict
from datetime import date, timedelta

from quart import Blueprint, Response

from milepost.api.edge.guard import current_caller, learner_named
from milepost.api.edge.request_context import resources
from milepost.api.http.conditional_get import conditional
from milepost.api.http.contract import contract
from milepost.api.http.learner_routes import READ_ROLES
from milepost.api.http.parsing import read_query
from milepost.api.http.responses import JsonObject, time_json
from milepost.api.insight.statistics_schemas import StatisticsOut, StatisticsQuery
from milepost.queries.insight.statistics import PartSums, PeriodSums, Statistics, all_time_statistics, statistics
from milepost.queries.learners.version import LearnerVersion
from milepost.rules.days.periods import Days, Period, days_before, days_of, last_days
from milepost.rules.insight.trends import DAYS_OF_TREND, change
from milepost.rules.rounding import rate
from milepost.rules.skills import average_grade

blueprint = Blueprint("statistics", __name__)

_NOTHING = PartSums(0, 0, 0, 0)


@blueprint.get("/progress/statistics")
@contract(
    operation="getStatistics",
    summary="Statistics of a period",
    roles=READ_ROLES,
    query=StatisticsQuery,
    answers=StatisticsOut,
    problems=("learner_not_found", "learner_required"),
    tag="progress",
)
async def show_statistics() -> Response:
    """Exercises, grades, time and hints for today, the last 7 days, the last 30 days, or all days; with the change from
    the equally long period before, and each of the last 7 days."""
    query = read_query(StatisticsQuery)
    caller = current_caller()
    learner_id = learner_named(caller, query.learner_id)

    async def build(version: LearnerVersion, today: date) -> object:
        return await _statistics(query.period, version, today)

    return await conditional(caller, learner_id, build)


async def _statistics(period: Period, version: LearnerVersion, today: date) -> JsonObject:
    trend = last_days(DAYS_OF_TREND, today)
    days = days_of(period, today)
    app = resources()
    async with app.database.read() as connection:
        if days is None:
            totals = await all_time_statistics(connection, version.learner_id, trend)
            # A learner who has flown west may have been active on a local day that is in the future now.
            days = Days(min(totals.first_day or today, today), today)
        else:
            totals = await statistics(connection, version.learner_id, days, days_before(days), trend)
    return _statistics_json(period, days, trend, totals)


def _statistics_json(period: Period, days: Days, trend: Days, totals: Statistics) -> JsonObject:
    now = totals.now
    return {
        "period": period,
        "from": days.first.isoformat(),
        "to": days.last.isoformat(),
        "exercises_completed": now.exercises,
        "average_grade": average_grade(now.graded, now.grade_milli),
        "average_seconds": int(rate(now.timed_seconds, now.timed_exercises, 0)) if now.timed_exercises else None,
        "hints_used": now.hints,
        "hints_per_exercise": (rate(now.exercise_hints, now.hinted_exercises, 2) if now.hinted_exercises else None),
        "by_topic": [{"topic": name, **_part_json(sums), **time_json(sums.seconds)} for name, sums in totals.topics],
        "by_difficulty": [{"difficulty": name, **_part_json(sums)} for name, sums in totals.difficulties],
        "trend": [_trend_json(trend.first + timedelta(days=offset), totals) for offset in range(len(trend))],
        "change": None if totals.before is None else _change_json(totals.before, now),
    }


def _part_json(sums: PartSums) -> JsonObject:
    return {"exercises": sums.exercises, "average_grade": average_grade(sums.graded, sums.grade_milli)}


def _trend_json(day: date, totals: Statistics) -> JsonObject:
    sums = totals.trend.get(day, _NOTHING)
    return {"day": day.isoformat(), **_part_json(sums), **time_json(sums.seconds)}


def _change_json(before: PeriodSums, now: PeriodSums) -> JsonObject:
    return asdict(
        change((before.exercises, now.exercises), (before.graded, now.graded), (before.grade_milli, now.grade_milli))
    )
