"""GET /progress/predictions: when the next achievement and level are likely, or the reason why there is no date."""

from dataclasses import asdict, replace
from datetime import date

from quart import Blueprint

from milepost.api.edge.guard import current_caller, learner_named
from milepost.api.edge.request_context import resources
from milepost.api.http.conditional_get import conditional
from milepost.api.http.contract import contract
from milepost.api.http.learner_routes import LEARNER_PROBLEMS, READ_ROLES
from milepost.api.http.parsing import read_query
from milepost.api.http.responses import JsonObject, Reply
from milepost.api.insight.prediction_schemas import PredictionQuery, PredictionsOut
from milepost.queries.insight.nearest_achievement import Moment, outlook
from milepost.queries.insight.prospects import AchievementProspect, prospects
from milepost.queries.learners.version import LearnerVersion
from milepost.rules.insight.forecasts import LevelForecast, counted_words, sentence
from milepost.rules.insight.predictions import ACTIVE_DAYS_WINDOW, MIN_ACTIVE_DAYS, Estimate

blueprint = Blueprint("predictions", __name__)


@blueprint.get("/progress/predictions")
@contract(
    operation="getPredictions",
    summary="Predictions for the next achievement and level",
    roles=READ_ROLES,
    query=PredictionQuery,
    answers=PredictionsOut,
    problems=LEARNER_PROBLEMS,
    tag="progress",
)
async def show_predictions() -> Reply:
    """Likely dates with their interval, from the pace of the last half year; or the reason why there is no date."""
    query = read_query(PredictionQuery)
    caller = current_caller()
    learner_id = learner_named(caller, query.learner_id)

    async def build(version: LearnerVersion, today: date) -> object:
        return await _predictions(version, today, query.topic)

    return await conditional(caller, learner_id, build)


async def _predictions(version: LearnerVersion, today: date, topic: str | None) -> JsonObject:
    app, learner_id = resources(), version.learner_id
    async with app.database.snapshot() as connection:
        catalogue = (await app.catalogues.recall(connection, version.catalogue_revision)).catalogue
        moment = Moment(app.clock.now(), today, catalogue, app.policy)
        ahead = await outlook(connection, learner_id, moment, topic)
        if version.is_quiet:
            ahead = replace(ahead, candidates=())
        expected = await prospects(connection, learner_id, ahead, today, app.policy.skills)
    achievements = [_achievement_json(prospect) for prospect in expected.achievements]
    next_level = next((level for level in expected.levels if topic in (None, level.topic)), None)
    return {
        "next_achievement": achievements[0] if achievements else None,
        "other_achievements": achievements[1:],
        "next_level": None if next_level is None else _level_json(next_level),
    }


def _achievement_json(prospect: AchievementProspect) -> JsonObject:
    """`NextAchievementOut`."""
    nearest, level = prospect.nearest, prospect.level
    shape = {
        "code": nearest.definition.code,
        "title": nearest.definition.title,
        "metric": nearest.condition.metric,
        **nearest.progress._asdict(),
    }
    if level is not None:
        return {**shape, "estimate": _level_estimate_json(level)}
    condition = nearest.condition
    code = condition.metric if condition.where is None else "what_counts"
    return {**shape, "estimate": _estimate_json(prospect.estimate, counted_words(condition), code)}


def _level_json(level: LevelForecast) -> JsonObject:
    """`NextLevelForecastOut`."""
    return {**asdict(level), "estimate": _level_estimate_json(level)}


def _level_estimate_json(level: LevelForecast) -> JsonObject:
    counted, code = f"graded exercises in {level.topic}", "graded_in_topic"
    return _estimate_json(level.estimate, counted, code, level.topic, level.grade_missing)


def _estimate_json(
    result: Estimate, counted: str, counted_code: str, topic: str | None = None, grade_missing: float = 0.0
) -> JsonObject:
    """`EstimateOut`. `counted`: what it counts, in words and for programs."""
    days = {name: getattr(result, name) for name in ("p10", "p50", "p90", "likely_from", "likely_until")}
    dates = {name: None if day is None else day.isoformat() for name, day in days.items()}
    return {
        "state": result.state,
        **dates,
        "within_60_percent": result.within_60_percent,
        "text": sentence(result, counted, grade_missing),
        "code": result.state,
        "values": {
            "within_60_percent": result.within_60_percent,
            "p50": dates["p50"],
            "likely_from": dates["likely_from"],
            "likely_until": dates["likely_until"],
            "grade_missing": grade_missing,
            "min_days": MIN_ACTIVE_DAYS,
            "of_days": ACTIVE_DAYS_WINDOW,
            "counted": counted_code,
            "topic": topic,
        },
    }
