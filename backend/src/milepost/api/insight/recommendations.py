"""GET /progress/recommendations: what to do next, ranked."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from quart import Blueprint

from milepost.api.edge.guard import current_caller, learner_named
from milepost.api.edge.request_context import resources
from milepost.api.http.conditional_get import conditional
from milepost.api.http.contract import contract
from milepost.api.http.fields import NamedLearner
from milepost.api.http.learner_routes import LEARNER_PROBLEMS, READ_ROLES
from milepost.api.http.parsing import read_query
from milepost.api.http.responses import JsonObject, Reply
from milepost.api.insight.prediction_schemas import RecommendationsOut
from milepost.queries.insight.nearest_achievement import Moment, NearestAchievement, outlook
from milepost.queries.insight.prospects import AchievementProspect, prospects
from milepost.queries.insight.recommendation_facts import recommendation_facts
from milepost.queries.learners.version import LearnerVersion
from milepost.queries.mastery.grades import learner_grades
from milepost.rules.days.periods import Days, last_days
from milepost.rules.insight.insights import INSIGHT_DAYS
from milepost.rules.insight.recommendations import (
    NEAR_PERCENT,
    NearAchievement,
    Recommendation,
    Situation,
    recommendations,
)

blueprint = Blueprint("recommendations", __name__)

RECENT_DAYS = 28


@blueprint.get("/progress/recommendations")
@contract(
    operation="getRecommendations",
    summary="Recommendations",
    roles=READ_ROLES,
    query=NamedLearner,
    answers=RecommendationsOut,
    problems=LEARNER_PROBLEMS,
    tag="progress",
)
async def show_recommendations() -> Reply:
    """What to do next, ranked: a run that would end today, overdue tasks, levels and achievements within reach, a weak
    topic, one to be refreshed, and a neglected path. In quiet mode nothing about runs and achievements.
    """
    caller = current_caller()
    learner_id = learner_named(caller, read_query(NamedLearner).learner_id)

    async def build(version: LearnerVersion, today: date) -> object:
        situation = await _situation(version, today)
        return {
            "recommendations": [
                {"rank": rank, **_recommendation_json(recommendation)}
                for rank, recommendation in enumerate(recommendations(situation), start=1)
            ]
        }

    return await conditional(caller, learner_id, build)


async def _situation(version: LearnerVersion, today: date) -> Situation:
    app, learner_id = resources(), version.learner_id
    recent = last_days(RECENT_DAYS, today)
    before = Days(today - timedelta(days=INSIGHT_DAYS - 1), recent.first - timedelta(days=1))
    async with app.database.snapshot() as connection:
        facts = await recommendation_facts(connection, learner_id, today, recent, before)
        grades = await learner_grades(connection, learner_id, today)
        catalogue = (await app.catalogues.recall(connection, version.catalogue_revision)).catalogue
        moment = Moment(app.clock.now(), today, catalogue, app.policy)
        ahead = await outlook(connection, learner_id, moment)
        within_reach = () if version.is_quiet else [one for one in ahead.candidates if _is_within_reach(one)]
        ahead = replace(ahead, candidates=within_reach)
        expected = await prospects(connection, learner_id, ahead, today, app.policy.skills)
    return Situation(
        streak=None if version.is_quiet else ahead.streak,
        topics=facts.topics,
        tasks=facts.tasks,
        paths=facts.paths,
        nearest=_near_achievement(expected.achievements),
        level_estimates={level.topic: level.estimate for level in expected.levels},
        masteries=grades.masteries({one.topic: today - timedelta(days=one.rested_days) for one in facts.topics}),
        today=today,
        policy=app.policy.skills,
    )


def _is_within_reach(candidate: NearestAchievement) -> bool:
    """Is most of it done, and is it about what to do next? One that counts other achievements is not."""
    return candidate.progress.percent >= NEAR_PERCENT and candidate.condition.declared.source != "unlocks"


def _near_achievement(prospects_within_reach: Sequence[AchievementProspect]) -> NearAchievement | None:
    """The one that predictions offer first; none that they call unlikely."""
    for prospect in prospects_within_reach:
        if prospect.estimate.state != "unlikely":
            definition, condition = prospect.nearest.definition, prospect.nearest.condition
            topic = condition.topic or (condition.where.topic if condition.where else None)
            return NearAchievement(
                definition.code, definition.title, condition.metric, *prospect.nearest.progress, topic=topic
            )
    return None


def _recommendation_json(recommendation: Recommendation) -> JsonObject:
    return {
        "kind": recommendation.kind,
        "code": recommendation.kind,
        "text": recommendation.text,
        "reason": recommendation.reason,
        "subject": recommendation.subject,
        "numbers": recommendation.numbers,
        "values": recommendation.numbers,
    }
