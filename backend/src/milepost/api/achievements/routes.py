"""A learner's achievements, with progress or as badges."""

from collections.abc import Callable
from datetime import date
from uuid import UUID

from quart import Blueprint

from milepost.api.achievements.schemas import AchievementsOut, BadgesOut, QuietAchievementsOut, QuietBadgesOut
from milepost.api.achievements.serializers import achievements_json, badges_json
from milepost.api.edge.guard import current_caller, learner_named
from milepost.api.edge.request_context import resources
from milepost.api.http.conditional_get import Build, conditional
from milepost.api.http.contract import contract
from milepost.api.http.fields import NamedLearner
from milepost.api.http.learner_routes import READ_ROLES
from milepost.api.http.parsing import read_query
from milepost.api.http.responses import JsonObject, Reply
from milepost.queries.achievements.achievements import LearnerMeasures, Rarity, rarity
from milepost.queries.learners.version import LearnerVersion
from milepost.queries.overview import overview
from milepost.rules.achievements.catalogue import Catalogue

blueprint = Blueprint("achievements", __name__)


@blueprint.get("/progress/achievements")
@contract(
    operation="listAchievements",
    summary="Achievements with progress",
    roles=READ_ROLES,
    query=NamedLearner,
    answers=AchievementsOut | QuietAchievementsOut,
    when_quiet=QuietAchievementsOut(quiet=True, achievements=[]),
    problems=("learner_not_found", "learner_required"),
    tag="achievements",
)
async def show_achievements() -> Reply:
    """All achievements with the learner's progress, and when those it holds were unlocked.

    A streak achievement that is not unlocked yet shows the current run, because a past run cannot continue.
    """
    caller = current_caller()
    learner_id = learner_named(caller, read_query(NamedLearner).learner_id)
    return await conditional(caller, learner_id, _build(learner_id, achievements_json))


@blueprint.get("/progress/badges")
@contract(
    operation="listBadges",
    summary="Badges",
    roles=READ_ROLES,
    query=NamedLearner,
    answers=BadgesOut | QuietBadgesOut,
    when_quiet=QuietBadgesOut(quiet=True, earned=[], available=[]),
    problems=("learner_not_found", "learner_required"),
    tag="achievements",
)
async def show_badges() -> Reply:
    """Earned badges, the newest first, and available badges, the nearest first.

    Newest first: by `earned_on`, then by `unlocked_at`, then by code.
    """
    caller = current_caller()
    learner_id = learner_named(caller, read_query(NamedLearner).learner_id)
    return await conditional(caller, learner_id, _build(learner_id, badges_json))


def _build(learner_id: UUID, shape: Callable[[Catalogue, LearnerMeasures, int, Rarity], JsonObject]) -> Build:
    async def build(version: LearnerVersion, today: date) -> object:
        app = resources()
        async with app.database.snapshot() as connection:
            in_force = await app.catalogues.recall(connection, version.catalogue_revision)
            holders = await rarity(connection)
            totals = await overview(connection, learner_id, today, app.policy)
        streak = totals.streak_view(app.clock.now(), app.policy)
        return shape(in_force.catalogue, totals.measures, streak.current, holders)

    return build
