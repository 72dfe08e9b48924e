"""Composite goals, which consist of spaces and have their own milestones: settings, progress and history."""

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
from milepost.api.spaces.problems import COMPOSITE_GOAL_PROBLEMS, SPACE_PROBLEMS
from milepost.api.spaces.schemas import (
    DEFAULT_HISTORY_DAYS,
    CompositeGoalChangeIn,
    CompositeGoalDeletedOut,
    CompositeGoalHistoryOut,
    CompositeGoalIn,
    CompositeGoalOut,
    CompositeGoalProgressOut,
    CompositeGoalsOut,
)
from milepost.api.spaces.serializers import goal_json, goal_progress_json, goals_json, history_json
from milepost.db.connection import Reading
from milepost.errors import NotFound
from milepost.queries.learners.version import LearnerVersion
from milepost.queries.spaces.snapshots import progress_snapshots
from milepost.queries.spaces.spaces import CompositeGoal, composite_goals_of
from milepost.services.spaces.spaces import delete_composite_goal, save_composite_goal

blueprint = Blueprint("composite_goals", __name__)


async def _load(connection: Reading, learner_id: UUID, goal_id: str) -> JsonObject:
    return goal_json(await _goal(connection, learner_id, goal_id), resources().policy)


COMPOSITE_GOAL = Item(_load, is_created_by_put=True)


@blueprint.get("/composite-goals")
@contract(
    operation="listCompositeGoals",
    summary="Composite goals",
    roles=READ_ROLES,
    query=NamedLearner,
    answers=CompositeGoalsOut,
    problems=LEARNER_PROBLEMS,
    tag="spaces",
)
async def show_composite_goals() -> Reply:
    """Lists the learner's composite goals with their progress."""
    caller = current_caller()
    learner_id = learner_named(caller, read_query(NamedLearner).learner_id)

    async def build(_version: LearnerVersion, _today: date) -> object:
        app = resources()
        async with app.database.snapshot() as connection:
            goals = await composite_goals_of(connection, [learner_id])
        return {"composite_goals": goals_json(goals, app.policy)}

    return await conditional(caller, learner_id, build)


@blueprint.post("/composite-goals")
@contract(
    operation="createCompositeGoal",
    summary="Create a composite goal",
    roles=WRITE_ROLES,
    query=NamedLearner,
    request=CompositeGoalIn,
    answers=CompositeGoalOut,
    problems=(
        *SPACE_PROBLEMS,
        "composite_goal_exists",
        "too_many_composite_goals",
    ),
    tag="spaces",
    keyed=True,
)
async def make_composite_goal() -> Reply:
    """Creates a composite goal with the platform's id or a new one. Activities that already name it count at once."""
    learner_id = learner_named(current_caller(), read_query(NamedLearner).learner_id)
    body = await read_body(CompositeGoalIn)
    return await _save(learner_id, body.goal_id or str(uuid4()), body, new=True)


@blueprint.get("/composite-goals/<any_text:goal_id>")
@contract(
    operation="getCompositeGoal",
    summary="A composite goal",
    roles=READ_ROLES,
    query=NamedLearner,
    answers=CompositeGoalOut,
    problems=COMPOSITE_GOAL_PROBLEMS,
    tag="spaces",
)
async def show_composite_goal(goal_id: str) -> Reply:
    """One composite goal: its title, its spaces and its progress."""
    learner_id, app = learner_named(current_caller(), read_query(NamedLearner).learner_id), resources()

    async def load() -> JsonObject:
        async with app.database.snapshot() as connection:
            return await _load(connection, learner_id, goal_id)

    return await conditional_item(learner_id, load)


@blueprint.put("/composite-goals/<any_text:goal_id>")
@contract(
    operation="replaceCompositeGoal",
    summary="Create or replace a composite goal",
    roles=WRITE_ROLES,
    query=NamedLearner,
    request=CompositeGoalChangeIn,
    answers=CompositeGoalOut,
    problems=(*SPACE_PROBLEMS, "too_many_composite_goals"),
    tag="spaces",
    item=COMPOSITE_GOAL,
)
async def put_composite_goal(goal_id: str) -> Reply:
    """Replaces the whole composite goal, or creates it if it does not exist."""
    learner_id = learner_named(current_caller(), read_query(NamedLearner).learner_id)
    return await _save(learner_id, goal_id, await read_body(CompositeGoalChangeIn), new=False)


@blueprint.patch("/composite-goals/<any_text:goal_id>")
@contract(
    operation="changeCompositeGoal",
    summary="Change fields of a composite goal",
    roles=WRITE_ROLES,
    query=NamedLearner,
    request=CompositeGoalChangeIn,
    answers=CompositeGoalOut,
    problems=(*COMPOSITE_GOAL_PROBLEMS, "space_not_found", "too_many_composite_goals"),
    tag="spaces",
    item=COMPOSITE_GOAL,
    patches=True,
)
async def patch_composite_goal(goal_id: str) -> Reply:
    """Changes the fields that are sent. The spaces are replaced as a whole."""
    learner_id = learner_named(current_caller(), read_query(NamedLearner).learner_id)
    return await _save(learner_id, goal_id, await read_patch(CompositeGoalChangeIn), new=False)


@blueprint.delete("/composite-goals/<any_text:goal_id>")
@contract(
    operation="deleteCompositeGoal",
    summary="Delete a composite goal",
    roles=WRITE_ROLES,
    query=NamedLearner,
    answers=CompositeGoalDeletedOut,
    problems=COMPOSITE_GOAL_PROBLEMS,
    tag="spaces",
    item=COMPOSITE_GOAL,
)
async def drop_composite_goal(goal_id: str) -> Reply:
    """Deletes the composite goal and its milestones; its spaces stay. Its recorded activities count again if it is
    created again.
    """
    learner_id, app = learner_named(current_caller(), read_query(NamedLearner).learner_id), resources()
    async with app.database.write() as connection:
        await delete_composite_goal(connection, learner_id, goal_id, app.clock.now())
    return answer({"goal_id": goal_id, "deleted": True})


@blueprint.get("/composite-goals/<any_text:goal_id>/progress")
@contract(
    operation="getCompositeGoalProgress",
    summary="Progress of a composite goal",
    roles=READ_ROLES,
    query=NamedLearner,
    answers=CompositeGoalProgressOut,
    problems=COMPOSITE_GOAL_PROBLEMS,
    tag="spaces",
)
async def show_composite_goal_progress(goal_id: str) -> Reply:
    """Progress from the mean of its spaces, its milestones, and extras: activities that name the goal but no space."""
    caller = current_caller()
    learner_id = learner_named(caller, read_query(NamedLearner).learner_id)

    async def build(_version: LearnerVersion, _today: date) -> object:
        app = resources()
        async with app.database.snapshot() as connection:
            return goal_progress_json(await _goal(connection, learner_id, goal_id), app.policy)

    return await conditional(caller, learner_id, build)


@blueprint.get("/composite-goals/<any_text:goal_id>/history")
@contract(
    operation="getCompositeGoalHistory",
    summary="History of a composite goal",
    roles=READ_ROLES,
    query=DaysQuery,
    answers=CompositeGoalHistoryOut,
    problems=COMPOSITE_GOAL_PROBLEMS,
    tag="spaces",
)
async def show_composite_goal_history(goal_id: str) -> Reply:
    """Progress at the end of each day, as seen then. Late activities do not change past days."""
    query, caller = read_query(DaysQuery), current_caller()
    window = window_of(query, length=None if query.days is None else "days")
    learner_id = learner_named(caller, query.learner_id)

    async def build(_version: LearnerVersion, today: date) -> object:
        days, app = window.past(today, query.days or DEFAULT_HISTORY_DAYS), resources()
        async with app.database.snapshot() as connection:
            await _goal(connection, learner_id, goal_id)
            snapshots = await progress_snapshots(connection, learner_id, ("goal", goal_id), days.first, days.last)
        return {"goal_id": goal_id, **history_json(days, today, snapshots)}

    return await conditional(caller, learner_id, build)


async def _save(learner_id: UUID, goal_id: str, body: CompositeGoalChangeIn, *, new: bool) -> Reply:
    app = resources()
    async with app.database.write() as connection:
        await save_composite_goal(connection, learner_id, goal_id, body.title, body.space_ids, app.clock.now(), new=new)
        (goal,) = await composite_goals_of(connection, [learner_id], [goal_id])
    return item_answer(goal_json(goal, app.policy))


async def _goal(connection: Reading, learner_id: UUID, goal_id: str) -> CompositeGoal:
    goals = await composite_goals_of(connection, [learner_id], [goal_id])
    if not goals:
        raise NotFound("composite_goal_not_found", "The learner has no such composite goal.")
    return goals[0]
