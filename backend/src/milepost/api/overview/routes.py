"""GET /progress: a learner's progress at a glance."""

from datetime import date

from quart import Blueprint, Response

from milepost.api.edge.caller import Caller
from milepost.api.edge.guard import caller, learner_named
from milepost.api.edge.request_context import resources
from milepost.api.goals.serializers import summary_shape
from milepost.api.http.conditional_get import conditional, zone_hint
from milepost.api.http.contract import contract
from milepost.api.http.fields import NamedLearner
from milepost.api.http.learner_routes import LEARNER_PROBLEMS, READ_ROLES
from milepost.api.http.parsing import read_query
from milepost.api.overview.schemas import OverviewOut
from milepost.api.overview.serializers import overview_shape
from milepost.db.transactions import hot_reading
from milepost.queries.achievements.achievements import NOTHING_MEASURED, measured
from milepost.queries.goals.progress import goals_summary
from milepost.queries.learners.facts import learner_facts
from milepost.queries.learners.version import Standing
from milepost.queries.overview import overview
from milepost.queries.streaks.streaks import streak_now

blueprint = Blueprint("overview", __name__)


@blueprint.get("/progress")
@contract(
    summary="Progress at a glance",
    roles=READ_ROLES,
    query=NamedLearner,
    answers=OverviewOut,
    problems=LEARNER_PROBLEMS,
    tag="progress",
)
async def show_overview() -> Response:
    """Totals, streak, grades and the topics practised last. A learner without activities gets zeros everywhere."""
    known = caller()
    learner_id = learner_named(known, read_query(NamedLearner).learner_id)
    return await conditional(known, learner_id, lambda standing, today: _overview(known, standing, today))


async def _overview(known: Caller, standing: Standing, today: date) -> object:
    held = resources()
    now = held.clock.now()
    async with hot_reading(held.hot_pool, held.settings) as connection:
        found = await overview(connection, standing.learner_id, today)
        facts = (await learner_facts(connection, [standing.learner_id], held.policy))[standing.learner_id]
        in_force = await held.catalogues.recall(connection, standing.catalogue_revision)
        done = (await measured(connection, [standing.learner_id], held.policy)).get(
            standing.learner_id, NOTHING_MEASURED
        )
        aims = facts.goals if held.settings.feature_goals else []
        goals = await goals_summary(connection, standing.learner_id, aims, today)
        streak = await streak_now(connection, found, facts, standing.learner_id, now, held.policy)
    shape = overview_shape(standing, today, zone_hint(known, standing), found, streak, in_force.catalogue, done)
    return {**shape, "goals": summary_shape(goals)} if held.settings.feature_goals else shape
