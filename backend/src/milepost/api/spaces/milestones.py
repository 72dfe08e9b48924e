"""Milestones of spaces and composite goals, and how they are reached."""

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
from milepost.api.spaces.problems import MILESTONE_PROBLEMS, OWNER_PROBLEMS
from milepost.api.spaces.schemas import (
    MilestoneChangeIn,
    MilestoneDeletedOut,
    MilestoneIn,
    MilestoneOut,
    MilestonesOut,
    MilestonesQuery,
)
from milepost.api.spaces.serializers import milestone_json
from milepost.db.connection import Reading
from milepost.queries.learners.version import LearnerVersion
from milepost.queries.spaces.milestones import milestones_of
from milepost.services.spaces.milestones import (
    MilestonePlan,
    delete_milestone,
    reach_milestone,
    require_milestone,
    save_milestone,
)

blueprint = Blueprint("milestones", __name__)


async def _load(connection: Reading, learner_id: UUID, milestone_id: str) -> JsonObject:
    return milestone_json(await require_milestone(connection, learner_id, milestone_id))


MILESTONE = Item(_load)


@blueprint.get("/milestones")
@contract(
    operation="listMilestones",
    summary="Milestones",
    roles=READ_ROLES,
    query=MilestonesQuery,
    answers=MilestonesOut,
    problems=LEARNER_PROBLEMS,
    tag="spaces",
)
async def show_milestones() -> Reply:
    """Lists the learner's milestones, or those of a space or a composite goal, with the day each was reached."""
    query, caller = read_query(MilestonesQuery), current_caller()
    learner_id = learner_named(caller, query.learner_id)

    async def build(_version: LearnerVersion, _today: date) -> object:
        app = resources()
        async with app.database.read() as connection:
            milestones = await milestones_of(connection, learner_id, query.space_id, query.goal_id)
        return {"milestones": [milestone_json(milestone) for milestone in milestones]}

    return await conditional(caller, learner_id, build)


@blueprint.post("/milestones")
@contract(
    operation="createMilestone",
    summary="Create a milestone",
    roles=WRITE_ROLES,
    query=NamedLearner,
    request=MilestoneIn,
    answers=MilestoneOut,
    problems=(*LEARNER_PROBLEMS, *OWNER_PROBLEMS, "milestone_exists"),
    tag="spaces",
    keyed=True,
)
async def make_milestone() -> Reply:
    """Creates a milestone with the platform's id or a new one. It is reached if an activity has already named it."""
    learner_id = learner_named(current_caller(), read_query(NamedLearner).learner_id)
    body = await read_body(MilestoneIn)
    return await _save(learner_id, body.milestone_id or str(uuid4()), body, new=True)


@blueprint.get("/milestones/<any_text:milestone_id>")
@contract(
    operation="getMilestone",
    summary="A milestone",
    roles=READ_ROLES,
    query=NamedLearner,
    answers=MilestoneOut,
    problems=MILESTONE_PROBLEMS,
    tag="spaces",
)
async def show_milestone(milestone_id: str) -> Reply:
    """One milestone: its title, what it belongs to, and the day it was reached."""
    learner_id, app = learner_named(current_caller(), read_query(NamedLearner).learner_id), resources()

    async def load() -> JsonObject:
        async with app.database.read() as connection:
            return await _load(connection, learner_id, milestone_id)

    return await conditional_item(learner_id, load)


@blueprint.put("/milestones/<any_text:milestone_id>")
@contract(
    operation="replaceMilestone",
    summary="Replace a milestone",
    roles=WRITE_ROLES,
    query=NamedLearner,
    request=MilestoneChangeIn,
    answers=MilestoneOut,
    problems=(*MILESTONE_PROBLEMS, *OWNER_PROBLEMS),
    tag="spaces",
    item=MILESTONE,
)
async def put_milestone(milestone_id: str) -> Reply:
    """Replaces the whole milestone. A reached milestone stays reached."""
    learner_id, app = learner_named(current_caller(), read_query(NamedLearner).learner_id), resources()
    body = await read_body(MilestoneChangeIn)
    async with app.database.read() as connection:
        await require_milestone(connection, learner_id, milestone_id)
    return await _save(learner_id, milestone_id, body, new=False)


@blueprint.patch("/milestones/<any_text:milestone_id>")
@contract(
    operation="changeMilestone",
    summary="Change fields of a milestone",
    roles=WRITE_ROLES,
    query=NamedLearner,
    request=MilestoneChangeIn,
    answers=MilestoneOut,
    problems=(*MILESTONE_PROBLEMS, *OWNER_PROBLEMS),
    tag="spaces",
    item=MILESTONE,
    patches=True,
)
async def patch_milestone(milestone_id: str) -> Reply:
    """Changes the fields that are sent."""
    learner_id = learner_named(current_caller(), read_query(NamedLearner).learner_id)
    return await _save(learner_id, milestone_id, await read_patch(MilestoneChangeIn), new=False)


@blueprint.delete("/milestones/<any_text:milestone_id>")
@contract(
    operation="deleteMilestone",
    summary="Delete a milestone",
    roles=WRITE_ROLES,
    query=NamedLearner,
    answers=MilestoneDeletedOut,
    problems=MILESTONE_PROBLEMS,
    tag="spaces",
    item=MILESTONE,
)
async def drop_milestone(milestone_id: str) -> Reply:
    """Deletes the milestone. A reached milestone still counts among the milestones that the learner has reached."""
    learner_id, app = learner_named(current_caller(), read_query(NamedLearner).learner_id), resources()
    async with app.database.write() as connection:
        await delete_milestone(connection, learner_id, milestone_id)
    return answer({"milestone_id": milestone_id, "deleted": True})


@blueprint.post("/milestones/<any_text:milestone_id>/reach")
@contract(
    operation="reachMilestone",
    summary="Reach a milestone",
    roles=WRITE_ROLES,
    query=NamedLearner,
    answers=MilestoneOut,
    problems=(*MILESTONE_PROBLEMS, "intake_busy"),
    tag="spaces",
    keyed=True,
    item=MILESTONE,
)
async def reach(milestone_id: str) -> Reply:
    """Marks the milestone as reached now, and records an activity without points. Repeating the request changes
    nothing; the first day stays.
    """
    caller, app = current_caller(), resources()
    learner_id = learner_named(caller, read_query(NamedLearner).learner_id)
    async with app.database.write() as connection:
        reached = await reach_milestone(
            connection, learner_id, milestone_id, app.catalogues, app.policy, app.clock.now(), caller.zone_claim
        )
    return item_answer(milestone_json(reached))


async def _save(learner_id: UUID, milestone_id: str, body: MilestoneChangeIn, *, new: bool) -> Reply:
    app = resources()
    plan = MilestonePlan(body.title, body.space_id, body.goal_id)
    async with app.database.write() as connection:
        milestone = await save_milestone(connection, learner_id, milestone_id, plan, app.clock.now(), new=new)
    return item_answer(milestone_json(milestone))
