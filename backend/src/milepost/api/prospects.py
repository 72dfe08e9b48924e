"""Insights in words, predictions with their interval, recommendations with their reasons."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import date, timedelta

from quart import Blueprint, Response

from milepost.api.conditional import conditional
from milepost.api.contract import contract
from milepost.api.exchange import resources
from milepost.api.guard import caller, learner_named
from milepost.api.reading import read_query
from milepost.api.schemas.activities import NamedLearner
from milepost.api.schemas.prospects import InsightsOut, PredictionQuery, PredictionsOut, RecommendationsOut
from milepost.db.connections import hot_reading
from milepost.queries.outlook import Nearest, outlook
from milepost.queries.practice import practice
from milepost.queries.prospects import Forecastable, filtered_days, forecastable, situation_facts
from milepost.queries.standing import Standing
from milepost.rules.forecasts import (
    LevelForecast,
    achievement_series,
    level_forecast,
    next_topic,
    sentence,
    series_of,
)
from milepost.rules.insights import DAYS_LOOKED_AT, LEAST_ACTIVE_DAYS, TOO_FEW, insights
from milepost.rules.periods import Days, last_days
from milepost.rules.predictions import WINDOW_DAYS, Estimate, estimate, streak_estimate
from milepost.rules.recommendations import NearAchievement, Situation, recommendations
from milepost.rules.streaks import StreakView

blueprint = Blueprint("prospects", __name__)

LATELY_DAYS = 28
_ABOUT_A_LEARNER = ("learner_not_found", "learner_required")
Shape = dict[str, object]


@blueprint.get("/progress/insights")
@contract(
    summary="Insights in words",
    roles=("learner", "service", "admin"),
    query=NamedLearner,
    answers=InsightsOut,
    problems=_ABOUT_A_LEARNER,
    tag="progress",
)
async def show_insights() -> Response:
    """What the last 90 days show, each sentence with its numbers; nothing where there is nothing to say."""
    known = caller()
    learner_id = learner_named(known, read_query(NamedLearner).learner_id)

    async def build(_standing: Standing, today: date) -> object:
        days, held = last_days(DAYS_LOOKED_AT, today), resources()
        async with hot_reading(held.hot_pool, held.settings) as connection:
            found = await practice(connection, learner_id, days)
        return {
            "from": days.first.isoformat(),
            "to": days.last.isoformat(),
            "active_days": len(found.days),
            "note": None if len(found.days) >= LEAST_ACTIVE_DAYS else TOO_FEW,
            "insights": [asdict(insight) for insight in insights(found, today)],
        }

    return await conditional(known, learner_id, build)


@blueprint.get("/progress/predictions")
@contract(
    summary="When the next achievement and level are likely",
    roles=("learner", "service", "admin"),
    query=PredictionQuery,
    answers=PredictionsOut,
    problems=_ABOUT_A_LEARNER,
    tag="progress",
)
async def show_predictions() -> Response:
    """Dates with their interval, from the pace of the last half year, or the reason why there is none."""
    asked = read_query(PredictionQuery)
    known = caller()
    learner_id = learner_named(known, asked.learner_id)

    async def build(standing: Standing, today: date) -> object:
        return await _predictions(standing, today, asked.topic)

    return await conditional(known, learner_id, build)


@blueprint.get("/progress/recommendations")
@contract(
    summary="What is worth doing next",
    roles=("learner", "service", "admin"),
    query=NamedLearner,
    answers=RecommendationsOut,
    problems=_ABOUT_A_LEARNER,
    tag="progress",
)
async def show_recommendations() -> Response:
    """A run that ends today, tasks that were due, levels and achievements within reach, a path that rests: ranked."""
    known = caller()
    learner_id = learner_named(known, read_query(NamedLearner).learner_id)

    async def build(standing: Standing, today: date) -> object:
        situation = await _situation(standing, today)
        return {
            "recommendations": [
                {"rank": rank, **{name: value for name, value in asdict(one).items() if name != "weight"}}
                for rank, one in enumerate(recommendations(situation), start=1)
            ]
        }

    return await conditional(known, learner_id, build)


async def _predictions(standing: Standing, today: date, topic: str | None) -> Shape:
    held, learner_id = resources(), standing.learner_id
    window = Days(today - timedelta(days=WINDOW_DAYS), today - timedelta(days=1))
    async with hot_reading(held.hot_pool, held.settings) as connection:
        found = await forecastable(connection, learner_id, today, window.first, topic)
        catalogue = (await held.catalogues.recall(connection, standing.catalogue_revision)).catalogue
        ahead = await outlook(connection, learner_id, found.streak, catalogue, held.clock.now(), held.policy)
        counter = ahead.nearest and ahead.nearest.condition.counter
        filtered = await filtered_days(connection, learner_id, counter, window) if counter else {}
    level = _next_level(found, window, today, topic=topic)
    shape: Shape = {"next_achievement": None, "next_level": None}
    if ahead.nearest is not None:
        expected = _achievement_estimate(ahead.nearest, found, filtered, ahead.streak, window, today)
        shape["next_achievement"] = {
            "code": ahead.nearest.definition.code,
            "title": ahead.nearest.definition.title,
            "metric": ahead.nearest.condition.metric,
            **ahead.nearest.progress._asdict(),
            "estimate": _estimate_shape(expected),
        }
    if level is not None:
        shape["next_level"] = {**asdict(level), "estimate": _estimate_shape(level.estimate, level.grade_missing)}
    return shape


def _next_level(
    found: Forecastable, window: Days, today: date, *, topic: str | None, level: str | None = None
) -> LevelForecast | None:
    """Of the topic named, or of the one whose next level (only `level`, if given) comes first."""
    policy = resources().policy.skills
    topics = [one for one in found.topics if topic in (None, one.topic)]
    chosen = next_topic(topics, policy, today, level)
    return None if chosen is None else level_forecast(chosen, policy, window, today)


def _achievement_estimate(
    following: Nearest,
    found: Forecastable,
    filtered: Mapping[date, int],
    streak: StreakView,
    window: Days,
    today: date,
) -> Estimate:
    """By the pace of what its rule counts; `filtered`: of a rule that counts some activities only."""
    condition = following.condition
    missing = following.progress.needed - following.progress.now
    if condition.metric == "streak":
        return streak_estimate(missing, streak.met_today, today)
    if condition.metric == "skill_level":
        level = _next_level(found, window, today, topic=condition.topic, level=condition.level)
        return Estimate("not_predictable") if level is None else level.estimate
    began_on = found.began_on or today
    if condition.counter is not None:
        return estimate(series_of(filtered, began_on, window), missing, today)
    daily_counts = achievement_series(condition.metric, found.days, began_on, window)
    return Estimate("not_predictable") if daily_counts is None else estimate(daily_counts, missing, today)


async def _situation(standing: Standing, today: date) -> Situation:
    held, learner_id = resources(), standing.learner_id
    lately = last_days(LATELY_DAYS, today)
    before = Days(today - timedelta(days=DAYS_LOOKED_AT - 1), lately.first - timedelta(days=1))
    async with hot_reading(held.hot_pool, held.settings) as connection:
        found = await situation_facts(connection, learner_id, today, lately, before)
        catalogue = (await held.catalogues.recall(connection, standing.catalogue_revision)).catalogue
        ahead = await outlook(connection, learner_id, found.streak, catalogue, held.clock.now(), held.policy)
    near = None
    if ahead.nearest is not None:
        definition, progress, condition = ahead.nearest.definition, ahead.nearest.progress, ahead.nearest.condition
        near = NearAchievement(definition.code, definition.title, condition.metric, *progress)
    return Situation(ahead.streak, found.topics, found.tasks, found.paths, near, policy=held.policy.skills)


def _estimate_shape(found: Estimate, grade_missing: float = 0.0) -> Shape:
    dates = {name: getattr(found, name) for name in ("p10", "p50", "p90")}
    return {
        "state": found.state,
        **{name: None if day is None else day.isoformat() for name, day in dates.items()},
        "within_60_percent": found.within_60_percent,
        "text": sentence(found, grade_missing),
    }
