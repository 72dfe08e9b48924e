"""Spaces: settings, progress and history."""

from datetime import date
from uuid import UUID, uuid4

from quart import Blueprint

from milepost.api.edge.guard import current_caller, learner_named
from milepost.api.edge.request_context import resources
from milepost.api.http.conditional_get import conditional, conditional_item
from milepost.api.http.contract import contract
from milepost.api.http.fields import NamedLearner
from milepost.api.http.items import Item, item_answer
from milepost.api.http.learner_routes import LEARNER_PROBLEMS, READ_ROLES, WRITE_ROLES
from milepost.api.http.merge_patch import read_patch
from milepost.api.http.parsing import read_body, read_query
from milepost.api.http.responses import JsonObject, Reply, answer
from milepost.api.http.windows import DaysQuery, window_of
from milepost.api.spaces.problems import SPACE_PROBLEMS
from milepost.api.spaces.schemas import (
    DEFAULT_HISTORY_DAYS,
    SpaceChangeIn,
    SpaceDeletedOut,
    SpaceHistoryOut,
    SpaceIn,
    SpaceOut,
    SpaceProgressOut,
    SpacesOut,
)
from milepost.api.spaces.serializers import history_json, space_json, space_progress_json
from milepost.db.connection import Reading
from milepost.errors import NotFound
from milepost.queries.learners.version import LearnerVersion
from milepost.queries.spaces.snapshots import progress_snapshots
from milepost.queries.spaces.spaces import Space, spaces_of
from milepost.services.spaces.spaces import SpacePlan, delete_space, save_space

blueprint = Blueprint("spaces", __name__)


async def _load(connection: Reading, learner_id: UUID, space_id: str) -> JsonObject:
    return space_json(await _space(connection, learner_id, space_id), resources().policy)


SPACE = Item(_load, is_created_by_put=True)


@blueprint.get("/spaces")
@contract(
    operation="listSpaces",
    summary="Spaces",
    roles=READ_ROLES,
    query=NamedLearner,
    answers=SpacesOut,
    problems=LEARNER_PROBLEMS,
    tag="spaces",
)
async def show_spaces() -> Reply:
    """Lists the learner's spaces with their progress."""
    caller = current_caller()
    learner_id = learner_named(caller, read_query(NamedLearner).learner_id)

    async def build(_version: LearnerVersion, _today: date) -> object:
        app = resources()
        async with app.database.read() as connection:
            spaces = await spaces_of(connection, [learner_id])
        return {"spaces": [space_json(space, app.policy) for space in spaces]}

    return await conditional(caller, learner_id, build)


@blueprint.post("/spaces")
@contract(
    operation="createSpace",
    summary="Create a space",
    roles=WRITE_ROLES,
    query=NamedLearner,
    request=SpaceIn,
    answers=SpaceOut,
    problems=(*LEARNER_PROBLEMS, "space_exists", "too_many_spaces"),
    tag="spaces",
    keyed=True,
)
async def make_space() -> Reply:
    """Creates a space with the platform's id or a new one. Activities that already name it count at once."""
    learner_id = learner_named(current_caller(), read_query(NamedLearner).learner_id)
    body = await read_body(SpaceIn)
    return await _save(learner_id, body.space_id or str(uuid4()), body, new=True)


@blueprint.get("/spaces/<any_text:space_id>")
@contract(
    operation="getSpace",
    summary="A space",
    roles=READ_ROLES,
    query=NamedLearner,
    answers=SpaceOut,
    problems=SPACE_PROBLEMS,
    tag="spaces",
)
async def show_space(space_id: str) -> Reply:
    """One space: its title, its plan and its progress."""
    learner_id, app = learner_named(current_caller(), read_query(NamedLearner).learner_id), resources()

    async def load() -> JsonObject:
        async with app.database.read() as connection:
            return await _load(connection, learner_id, space_id)

    return await conditional_item(learner_id, load)


@blueprint.put("/spaces/<any_text:space_id>")
@contract(
    operation="replaceSpace",
    summary="Create or replace a space",
    roles=WRITE_ROLES,
    query=NamedLearner,
    request=SpaceChangeIn,
    answers=SpaceOut,
    problems=(*LEARNER_PROBLEMS, "too_many_spaces"),
    tag="spaces",
    item=SPACE,
)
async def put_space(space_id: str) -> Reply:
    """Replaces the whole space, or creates it if it does not exist."""
    learner_id = learner_named(current_caller(), read_query(NamedLearner).learner_id)
    return await _save(learner_id, space_id, await read_body(SpaceChangeIn), new=False)


@blueprint.patch("/spaces/<any_text:space_id>")
@contract(
    operation="changeSpace",
    summary="Change fields of a space",
    roles=WRITE_ROLES,
    query=NamedLearner,
    request=SpaceChangeIn,
    answers=SpaceOut,
    problems=(*SPACE_PROBLEMS, "too_many_spaces"),
    tag="spaces",
    item=SPACE,
    patches=True,
)
async def patch_space(space_id: str) -> Reply:
    """Changes the fields that are sent. A space that only activities name needs a title."""
    learner_id = learner_named(current_caller(), read_query(NamedLearner).learner_id)
    return await _save(learner_id, space_id, await read_patch(SpaceChangeIn), new=False)


@blueprint.delete("/spaces/<any_text:space_id>")
@contract(
    operation="deleteSpace",
    summary="Delete a space",
    roles=WRITE_ROLES,
    query=NamedLearner,
    answers=SpaceDeletedOut,
    problems=SPACE_PROBLEMS,
    tag="spaces",
    item=SPACE,
)
async def drop_space(space_id: str) -> Reply:
    """Deletes the space and its milestones, and removes it from its composite goals. Its recorded activities count
    again if it is created again.
    """
    learner_id, app = learner_named(current_caller(), read_query(NamedLearner).learner_id), resources()
    async with app.database.write() as connection:
        await delete_space(connection, learner_id, space_id, app.clock.now())
    return answer({"space_id": space_id, "deleted": True})


@blueprint.get("/spaces/<any_text:space_id>/progress")
@contract(
    operation="getSpaceProgress",
    summary="Progress of a space",
    roles=READ_ROLES,
    query=NamedLearner,
    answers=SpaceProgressOut,
    problems=SPACE_PROBLEMS,
    tag="spaces",
)
async def show_space_progress(space_id: str) -> Reply:
    """Progress from tasks, time, milestones and interactions, by the rules of the policy file and the plan of the
    space.
    """
    caller = current_caller()
    learner_id = learner_named(caller, read_query(NamedLearner).learner_id)

    async def build(_version: LearnerVersion, _today: date) -> object:
        app = resources()
        async with app.database.read() as connection:
            return space_progress_json(await _space(connection, learner_id, space_id), app.policy)

    return await conditional(caller, learner_id, build)


@blueprint.get("/spaces/<any_text:space_id>/history")
@contract(
    operation="getSpaceHistory",
    summary="History of a space",
    roles=READ_ROLES,
    query=DaysQuery,
    answers=SpaceHistoryOut,
    problems=SPACE_PROBLEMS,
    tag="spaces",
)
async def show_space_history(space_id: str) -> Reply:
    """Progress at the end of each day, as seen then. Late activities do not change past days."""
    query, caller = read_query(DaysQuery), current_caller()
    window = window_of(query, length=None if query.days is None else "days")
    learner_id = learner_named(caller, query.learner_id)

    async def build(_version: LearnerVersion, today: date) -> object:
        days, app = window.past(today, query.days or DEFAULT_HISTORY_DAYS), resources()
        async with app.database.snapshot() as connection:
            await _space(connection, learner_id, space_id)
            snapshots = await progress_snapshots(connection, learner_id, ("space", space_id), days.first, days.last)
        return {"space_id": space_id, **history_json(days, today, snapshots)}

    return await conditional(caller, learner_id, build)


async def _save(learner_id: UUID, space_id: str, body: SpaceChangeIn, *, new: bool) -> Reply:
    app = resources()
    plan = SpacePlan(body.title, body.planned_tasks, body.planned_minutes)
    async with app.database.write() as connection:
        await save_space(connection, learner_id, space_id, plan, app.clock.now(), new=new)
        (space,) = await spaces_of(connection, [learner_id], [space_id])
    return item_answer(space_json(space, app.policy))


async def _space(connection: Reading, learner_id: UUID, space_id: str) -> Space:
    spaces = await spaces_of(connection, [learner_id], [space_id])
    if not spaces:
        raise NotFound("space_not_found", "The learner has no such space.")
    return spaces[0]
