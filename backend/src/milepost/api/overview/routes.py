"""GET /progress: a learner's progress at a glance."""

from datetime import date

from quart import Blueprint

from milepost.api.edge.caller import Caller
from milepost.api.edge.guard import current_caller, learner_named
from milepost.api.edge.request_context import resources
from milepost.api.goals.serializers import summary_json
from milepost.api.http.conditional_get import conditional, zone_hint
from milepost.api.http.contract import contract
from milepost.api.http.fields import NamedLearner
from milepost.api.http.learner_routes import LEARNER_PROBLEMS, READ_ROLES
from milepost.api.http.parsing import read_query
from milepost.api.http.responses import JsonObject, Reply
from milepost.api.overview.schemas import OverviewOut
from milepost.api.overview.serializers import overview_json
from milepost.db.connection import Reading
from milepost.queries.goals.progress import goals_summary
from milepost.queries.learners.version import LearnerVersion
from milepost.queries.mastery.grades import LearnerGrades, learner_grades
from milepost.queries.overview import overview

blueprint = Blueprint("overview", __name__)


@blueprint.get("/progress")
@contract(
    operation="getProgress",
    summary="Progress at a glance",
    roles=READ_ROLES,
    query=NamedLearner,
    answers=OverviewOut,
    problems=LEARNER_PROBLEMS,
    tag="progress",
)
async def show_overview() -> Reply:
    """Totals, streak, grades and the most recent topics. A learner without activities gets zeros everywhere."""
    caller = current_caller()
    learner_id = learner_named(caller, read_query(NamedLearner).learner_id)

    async def build(version: LearnerVersion, today: date) -> object:
        async with resources().database.snapshot() as connection:
            return await overview_of(connection, caller, version, today)

    return await conditional(caller, learner_id, build)


async def overview_of(connection: Reading, caller: Caller, version: LearnerVersion, today: date) -> JsonObject:
    """`OverviewOut` of a learner on its date."""
    app = resources()
    now = app.clock.now()
    in_force = await app.catalogues.recall(connection, version.catalogue_revision)
    totals = await overview(connection, version.learner_id, today, app.policy)
    active_goals = totals.facts.goals if app.settings.feature_goals else []
    impossible_days = totals.facts.impossible_days if active_goals else ()
    goals = await goals_summary(connection, version.learner_id, active_goals, today, impossible_days)
    streak = totals.streak_view(now, app.policy)
    has_grades = any(topic.graded for topic in totals.topics)
    grades = await learner_grades(connection, version.learner_id, today) if has_grades else LearnerGrades()
    shape = overview_json(version, today, zone_hint(caller, version), totals, streak, in_force.catalogue, grades)
    return {**shape, "goals": summary_json(goals)} if app.settings.feature_goals else shape
