"""GET /progress/predictions: when the next achievement and level are likely, or the reason why there is no date."""

from dataclasses import asdict, replace
from datetime import date, timedelta

from quart import Blueprint, Response

from milepost.api.edge.guard import current_caller, learner_named
from milepost.api.edge.request_context import resources
from milepost.api.http.conditional_get import conditional
from milepost.api.http.contract import contract
from milepost.api.http.learner_routes import LEARNER_PROBLEMS, READ_ROLES
from milepost.api.http.parsing import read_query
from milepost.api.http.responses import JsonObject
from milepost.api.insight.prediction_schemas import PredictionQuery, PredictionsOut
from milepost.queries.insight.nearest_achievement import Moment, NearestAchievement, Outlook, outlook_with_topics
from milepost.queries.insight.pace import Pace, pace
from milepost.queries.learners.version import LearnerVersion
from milepost.rules.achievements.definitions import Condition
from milepost.rules.days.periods import Days
from milepost.rules.insight.forecasts import (
    GradedTopic,
    LevelForecast,
    lacks_grade,
    level_forecast,
    next_topic,
    sentence,
    series_of,
    soonest,
)
from milepost.rules.insight.predictions import (
    ACTIVE_DAYS_WINDOW,
    MIN_ACTIVE_DAYS,
    WINDOW_DAYS,
    Estimate,
    estimate,
    streak_estimate,
)
from milepost.rules.streaks.streaks import StreakView

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
async def show_predictions() -> Response:
    """Likely dates with their interval, from the pace of the last half year; or the reason why there is no date."""
    query = read_query(PredictionQuery)
    caller = current_caller()
    learner_id = learner_named(caller, query.learner_id)

    async def build(version: LearnerVersion, today: date) -> object:
        return await _predictions(version, today, query.topic)

    return await conditional(caller, learner_id, build)


async def _predictions(version: LearnerVersion, today: date, topic: str | None) -> JsonObject:
    app, learner_id = resources(), version.learner_id
    window = Days(today - timedelta(days=WINDOW_DAYS), today - timedelta(days=1))
    async with app.database.snapshot() as connection:
        catalogue = (await app.catalogues.recall(connection, version.catalogue_revision)).catalogue
        moment = Moment(app.clock.now(), today, catalogue, app.policy)
        ahead = await outlook_with_topics(connection, learner_id, moment, topic)
        if version.is_quiet:
            ahead = replace(ahead, candidates=())
        level_topic = _topic_with_next_level(ahead, topic)
        required = [_required_topic(ahead, candidate.condition) for candidate in ahead.candidates]
        paced = {
            topic.topic for topic in (level_topic, *required) if topic and not lacks_grade(topic, app.policy.skills)
        }
        conditions: list[Condition | None] = [candidate.condition for candidate in ahead.candidates] or [None]
        first = await pace(connection, learner_id, window, today, conditions[0], sorted(paced))
        paces = [first, *[await pace(connection, learner_id, window, today, other, ()) for other in conditions[1:]]]

    def forecast(graded: GradedTopic | None) -> LevelForecast | None:
        if graded is None:
            return None
        return level_forecast(graded, first.topics.get(graded.topic, {}), app.policy.skills, window, today)

    levels = [forecast(needed) for needed in required]
    # Without a candidate, the only pace is that of the topics.
    candidates = list(zip(ahead.candidates, paces, levels, strict=False))
    estimates = [_achievement_estimate(*candidate, ahead.streak, window, today) for candidate in candidates]
    shapes = [
        _achievement_json(nearest, expected, level)
        for (nearest, _, level), expected in zip(candidates, estimates, strict=True)
    ]
    chosen, next_level = soonest(estimates), forecast(level_topic)
    return {
        "next_achievement": None if chosen is None else shapes[chosen],
        "other_achievements": [shape for place, shape in enumerate(shapes) if place != chosen],
        "next_level": None if next_level is None else _level_json(next_level),
    }


def _achievement_json(nearest: NearestAchievement, expected: Estimate, level: LevelForecast | None) -> JsonObject:
    """`NextAchievementOut`. `level`: the one that the rule depends on, if any."""
    title = nearest.definition.title
    grade_missing = 0.0 if level is None else level.grade_missing
    return {
        "code": nearest.definition.code,
        "title": title,
        "metric": nearest.condition.metric,
        **nearest.progress._asdict(),
        "estimate": _estimate_json(expected, f"something that counts towards “{title}”", grade_missing),
    }


def _level_json(level: LevelForecast) -> JsonObject:
    counted = f"graded exercises in {level.topic}"
    return {**asdict(level), "estimate": _estimate_json(level.estimate, counted, level.grade_missing)}


def _topic_with_next_level(ahead: Outlook, name: str | None, level: str | None = None) -> GradedTopic | None:
    """The topic `name`, or the topic whose next level comes first. With `level`, only that level counts."""
    return next_topic(
        [topic for topic in ahead.topics if name in (None, topic.topic)], resources().policy.skills, level
    )


def _required_topic(ahead: Outlook, condition: Condition | None) -> GradedTopic | None:
    """The topic whose level the achievement depends on, if any."""
    if condition is None or condition.declared.forecast_by != "next_level":
        return None
    return _topic_with_next_level(ahead, condition.topic, condition.level)


def _achievement_estimate(
    nearest: NearestAchievement,
    pace_of_rule: Pace,
    level: LevelForecast | None,
    streak: StreakView,
    window: Days,
    today: date,
) -> Estimate:
    """Estimate from the pace of what the rule counts. `level`: the one that the rule depends on, if any."""
    missing = nearest.progress.needed - nearest.progress.now
    if nearest.condition.declared.forecast_by == "unbroken_streak":
        return streak_estimate(missing, streak.met_today, today)
    if level is not None:
        return level.estimate
    counted = pace_of_rule.counted
    if counted is None:
        return Estimate("not_predictable")
    counts = series_of(counted, pace_of_rule.began_on or today, window)
    return estimate(counts, missing, today, counted.get(today, 0))


def _estimate_json(result: Estimate, counted: str, grade_missing: float = 0.0) -> JsonObject:
    dates = {name: getattr(result, name) for name in ("p10", "p50", "p90", "likely_from", "likely_until")}
    return {
        "state": result.state,
        **{name: None if day is None else day.isoformat() for name, day in dates.items()},
        "within_60_percent": result.within_60_percent,
        "text": sentence(result, counted, grade_missing),
        "code": result.state,
        "values": {
            "within_60_percent": result.within_60_percent,
            "grade_missing": grade_missing,
            "min_days": MIN_ACTIVE_DAYS,
            "of_days": ACTIVE_DAYS_WINDOW,
        },
    }
