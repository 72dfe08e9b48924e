"""Learners as administrators see them: finding one, and everything about one at a glance."""

from uuid import UUID

from quart import Blueprint

from milepost.api.edge.guard import current_caller, learner_named
from milepost.api.edge.request_context import current, resources
from milepost.api.http.contract import contract
from milepost.api.http.cursors import read_cursor, write_cursor
from milepost.api.http.learner_routes import require_known, unknown_learner
from milepost.api.http.parsing import read_query
from milepost.api.http.responses import JsonObject, Reply, answer, instant
from milepost.api.learners.admin_schemas import InspectedLearnerOut, LearnersOut, LearnersQuery
from milepost.api.overview.routes import overview_of
from milepost.queries.learners.inspection import LastActivity, LearnerState, last_activity, learner_state
from milepost.queries.learners.search import (
    FoundLearner,
    NamePosition,
    all_learners,
    learner_by_id,
    learners_by_name,
)
from milepost.queries.streaks.timeline import StoredZone, stored_zones
from milepost.rules.learners import learner_uuid
from milepost.rules.texts import normal_text

blueprint = Blueprint("learner_inspection", __name__)

_BEFORE_ALL_NAMES = NamePosition("", UUID(int=0))


@blueprint.get("/admin/learners")
@contract(
    operation="listLearners",
    summary="Find learners",
    roles=("admin",),
    query=LearnersQuery,
    answers=LearnersOut,
    problems=("invalid_cursor",),
    tag="admin",
)
async def show_learners() -> Reply:
    """Lists the learners that `query` names: the one with this id or subject, then those whose display name begins with
    it. Without a query: all learners by id.
    """
    query = read_query(LearnersQuery)
    if query.query is not None:
        return answer(await _found(query.query, query.cursor, query.limit))
    after = None if query.cursor is None else read_cursor(query.cursor, lambda values: _id_from(*values))
    async with resources().database.read() as connection:
        learners = await all_learners(connection, after, query.limit + 1)
    page = learners[: query.limit]
    next_cursor = write_cursor([str(page[-1].learner_id)]) if len(learners) > len(page) else None
    return answer({"learners": [_found_json(learner, None) for learner in page], "next": next_cursor})


async def _found(text: str, cursor: str | None, limit: int) -> JsonObject:
    """The learners that a text names; the one that it names by id or subject is first on the first page."""
    named_id = learner_uuid(current().state.settings.jwt_issuer, text)
    after = None if cursor is None else read_cursor(cursor, lambda values: _position_from(*values))
    prefix = normal_text(text)
    async with resources().database.snapshot() as connection:
        named = await learner_by_id(connection, named_id) if after is None else None
        free = limit if named is None else limit - 1
        others = await learners_by_name(connection, prefix, after, named_id, free + 1) if prefix else []
    matched_by = "learner_id" if text.lower() == str(named_id) else "subject"
    shapes = [] if named is None else [_found_json(named, matched_by)]
    shapes += [_found_json(learner, "display_name") for learner, _ in others[:free]]
    if len(others) <= free:
        return {"learners": shapes, "next": None}
    last = others[free - 1][1] if free else _BEFORE_ALL_NAMES
    return {"learners": shapes, "next": write_cursor([last.name, str(last.learner_id)])}


def _id_from(learner_id: str) -> UUID:
    return UUID(learner_id)


def _position_from(name: str, learner_id: str) -> NamePosition:
    return NamePosition(name, UUID(learner_id))


def _found_json(learner: FoundLearner, matched_by: str | None) -> JsonObject:
    return {
        "learner_id": str(learner.learner_id),
        "display_name": learner.display_name,
        "timezone": learner.zone or resources().policy.days.assumed_zone,
        "last_day": None if learner.last_day is None else learner.last_day.isoformat(),
        "activities": learner.activities,
        "quiet": learner.quiet,
        "boards": learner.boards,
        "matched_by": matched_by,
    }


@blueprint.get("/admin/learners/<any_text:learner_id>/progress")
@contract(
    operation="getLearnerProgress",
    summary="A learner at a glance",
    roles=("admin",),
    answers=InspectedLearnerOut,
    problems=("learner_not_found",),
    tag="admin",
)
async def show_learner(learner_id: str) -> Reply:
    """The overview, in full also in quiet mode, the profile, the zone history, the newest activity, and what jobs still
    have to do for the learner.
    """
    caller, app = current_caller(), resources()
    learner = learner_named(caller, learner_id)
    version = await app.versions.read(learner)
    require_known(version)
    async with app.database.snapshot() as connection:
        progress = await overview_of(connection, caller, version, version.today(app.clock.now()))
        state = await learner_state(connection, learner)
        zones = await stored_zones(connection, learner)
        newest = await last_activity(connection, learner)
    if state is None:
        raise unknown_learner()
    return answer(
        {
            "progress": progress,
            "profile": {"display_name": state.display_name, "quiet": state.quiet, "boards": state.boards},
            "zones": [_zone_json(zone) for zone in zones],
            "last_activity": None if newest is None else _activity_json(newest),
            "projections": _projections_json(state),
        }
    )


def _zone_json(zone: StoredZone) -> JsonObject:
    return {
        "valid_from": instant(zone.valid_from),
        "zone": zone.zone,
        "source": zone.source,
        "created_at": instant(zone.created_at),
    }


def _activity_json(activity: LastActivity) -> JsonObject:
    return {
        "sender": activity.sender,
        "id": activity.id,
        "verb": activity.verb,
        "object_type": activity.object_type,
        "local_day": activity.local_day.isoformat(),
        "occurred_at": instant(activity.occurred_at),
        "received_at": instant(activity.received_at),
    }


def _projections_json(state: LearnerState) -> JsonObject:
    return {
        "activities": state.activities,
        "rebuild_due_at": instant(state.rebuild_due_at),
        "outages_pending": state.outages_pending,
        "achievements_pending": state.achievements_pending,
    }
