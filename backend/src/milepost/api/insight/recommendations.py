"""GET /progress/recommendations: what to do next, ranked."""

from dataclasses import asdict
from datetime import date, timedelta

from quart import Blueprint, Response

from milepost.api.edge.guard import current_caller, learner_named
from milepost.api.edge.request_context import resources
from milepost.api.http.conditional_get import conditional
from milepost.api.http.contract import contract
from milepost.api.http.fields import NamedLearner
from milepost.api.http.learner_routes import LEARNER_PROBLEMS, READ_ROLES
from milepost.api.http.parsing import read_query
from milepost.api.http.responses import JsonObject
from milepost.api.insight.prediction_schemas import RecommendationsOut
from milepost.queries.insight.nearest_achievement import Moment, outlook
from milepost.queries.insight.recommendation_facts import recommendation_facts
from milepost.queries.learners.version import LearnerVersion
from milepost.rules.days.periods import Days, last_days
from milepost.rules.insight.insights import INSIGHT_DAYS
from milepost.rules.insight.recommendations import NearAchievement, Recommendation, Situation, recommendations

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
async def show_recommendations() -> Response:
    """What to do next, ranked: a run that would end today, overdue tasks, levels and achievements within reach, and a
    neglected path. In quiet mode nothing about runs and achievements.
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
        if version.is_quiet:
            return Situation(None, facts.topics, facts.tasks, facts.paths, policy=app.policy.skills)
        catalogue = (await app.catalogues.recall(connection, version.catalogue_revision)).catalogue
        moment = Moment(app.clock.now(), today, catalogue, app.policy)
        ahead = await outlook(connection, learner_id, moment)
    near = None
    if ahead.nearest is not None:
        definition, progress, condition = ahead.nearest.definition, ahead.nearest.progress, ahead.nearest.condition
        near = NearAchievement(definition.code, definition.title, condition.metric, *progress)
    return Situation(ahead.streak, facts.topics, facts.tasks, facts.paths, near, policy=app.policy.skills)


def _recommendation_json(recommendation: Recommendation) -> JsonObject:
    shape = {name: value for name, value in asdict(recommendation).items() if name != "weight"}
    return {**shape, "code": recommendation.kind, "values": recommendation.numbers}
