"""Statistics: totals of a period by topic and difficulty, and their change."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import date, timedelta

from quart import Blueprint

from milepost.api.edge.guard import current_caller, learner_named
from milepost.api.edge.request_context import resources
from milepost.api.http.conditional_get import conditional
from milepost.api.http.contract import contract
from milepost.api.http.learner_routes import READ_ROLES
from milepost.api.http.parsing import read_query
from milepost.api.http.responses import JsonObject, Reply, time_json
from milepost.api.http.windows import Window, conflicting, invalid_window, window_json, window_of
from milepost.api.insight.statistics_schemas import StatisticsOut, StatisticsQuery
from milepost.queries.insight.statistics import PartSums, PeriodSums, Statistics, all_time_statistics, statistics
from milepost.queries.learners.version import LearnerVersion
from milepost.rules.days.periods import Days, Period, days_before, days_of, last_days
from milepost.rules.insight.trends import DAYS_OF_TREND, change
from milepost.rules.rounding import rate
from milepost.rules.skills import average_grade

blueprint = Blueprint("statistics", __name__)

_NOTHING = PartSums(0, 0, 0, 0)
_WHOLE_TREND = ("custom", "month", "rolling_30d")


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
async def show_statistics() -> Reply:
    """Exercises, grades, time and hints of a period or a window of days; with the change from the equally long time
    before, and day by day.
    """
    query = read_query(StatisticsQuery)
    window = _window(query)
    caller = current_caller()
    learner_id = learner_named(caller, query.learner_id)

    async def build(version: LearnerVersion, today: date) -> object:
        return await _statistics(query.period, window, version, today)

    return await conditional(caller, learner_id, build)


def _window(query: StatisticsQuery) -> Window:
    named = "period" in query.model_fields_set
    window = window_of(query, length="period" if named else None)
    if query.period == "all" and window.last is not None:
        raise invalid_window(conflicting("to", "period"))
    return window


async def _statistics(period: Period, window: Window, version: LearnerVersion, today: date) -> JsonObject:
    app, end = resources(), window.end(today)
    days = days_of(period, end) if window.first is None else window.past(today)
    asked = period if window.first is None else "custom"
    trend = days if days is not None and asked in _WHOLE_TREND else last_days(DAYS_OF_TREND, end)
    async with app.database.read() as connection:
        if days is None:
            totals = await all_time_statistics(connection, version.learner_id, trend)
            # A learner who has flown west may have been active on a local day that is in the future now.
            days = Days(min(totals.first_day or today, today), today)
        else:
            totals = await statistics(connection, version.learner_id, days, days_before(days), trend)
    return {"period": asked, **window_json(days, today), **_statistics_json(trend, totals)}


def _statistics_json(trend: Days, totals: Statistics) -> JsonObject:
    now = totals.now
    return {
        "exercises_completed": now.exercises,
        **_grades_json(now),
        "average_seconds": int(rate(now.timed_seconds, now.timed_exercises, 0)) if now.timed_exercises else None,
        "hints_used": now.hints,
        "hints_per_exercise": (rate(now.exercise_hints, now.hinted_exercises, 2) if now.hinted_exercises else None),
        "by_topic": [{"topic": name, **_part_json(sums), **time_json(sums.seconds)} for name, sums in totals.topics],
        "outside_topics": _part_json(_rest(now, [sums for _, sums in totals.topics])),
        "by_difficulty": [{"difficulty": name, **_part_json(sums)} for name, sums in totals.difficulties],
        "trend": [_trend_json(trend.first + timedelta(days=offset), totals) for offset in range(len(trend))],
        "change": None if totals.before is None else _change_json(totals.before, now),
    }


def _grades_json(sums: PeriodSums | PartSums) -> JsonObject:
    return {"graded": sums.graded, "average_grade": average_grade(sums.graded, sums.grade_milli)}


def _part_json(sums: PartSums) -> JsonObject:
    return {"exercises": sums.exercises, **_grades_json(sums)}


def _rest(whole: PeriodSums, parts: Sequence[PartSums]) -> PartSums:
    """What the parts leave of the exercises and grades of the whole. The rest has no time of its own."""
    return PartSums(
        exercises=whole.exercises - sum(part.exercises for part in parts),
        graded=whole.graded - sum(part.graded for part in parts),
        grade_milli=whole.grade_milli - sum(part.grade_milli for part in parts),
        seconds=0,
    )


def _trend_json(day: date, totals: Statistics) -> JsonObject:
    sums = totals.trend.get(day, _NOTHING)
    return {"day": day.isoformat(), **_part_json(sums), **time_json(sums.seconds)}


def _change_json(before: PeriodSums, now: PeriodSums) -> JsonObject:
    return asdict(
        change((before.exercises, now.exercises), (before.graded, now.graded), (before.grade_milli, now.grade_milli))
    )
