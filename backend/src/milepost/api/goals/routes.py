"""Periodic goals: targets that a learner sets for every period, and their progress."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID, uuid4

from quart import Blueprint

from milepost.api.edge.guard import current_caller, learner_named
from milepost.api.edge.problem_codes import declare
from milepost.api.edge.request_context import resources
from milepost.api.goals.schemas import (
    GoalHistoryOut,
    GoalHistoryQuery,
    GoalIn,
    GoalOut,
    GoalPeriodOut,
    GoalProgressOut,
    GoalProgressQuery,
    GoalQuery,
    GoalsOut,
    GoalsProgressQuery,
    GoalsQuery,
    ListedGoalOut,
)
from milepost.api.goals.serializers import goal_json, listed_json, period_json, progress_json
from milepost.api.http.conditional_get import conditional, conditional_item
from milepost.api.http.contract import contract
from milepost.api.http.fields import NamedLearner
from milepost.api.http.items import Item, item_answer
from milepost.api.http.learner_routes import LEARNER_PROBLEMS, READ_ROLES
from milepost.api.http.merge_patch import read_patch
from milepost.api.http.parsing import read_body, read_query
from milepost.api.http.responses import JsonObject, Reply
from milepost.api.http.windows import (
    MAX_WINDOW_DAYS,
    Window,
    conflicting,
    invalid_window,
    window_json,
    window_of,
)
from milepost.db.connection import Reading
from milepost.errors import Fault, Invalid, NotFound
from milepost.queries.goals.goals import StoredGoal, goals, stored_goal
from milepost.queries.goals.progress import (
    GoalWithProgress,
    PeriodProgress,
    goal_history,
    goal_periods,
    goals_progress,
    goals_with_progress,
    in_order,
    newest_period_day,
)
from milepost.queries.learners.version import LearnerVersion
from milepost.rules.days.periods import Days
from milepost.rules.goals import period_of
from milepost.services.goals.goals import GoalDraft, archive_goal, change_goal, create_goal

blueprint = Blueprint("goals", __name__)

declare(
    goal_not_found=(404, "The learner has no such goal."),
    invalid_goal=(422, "The goal is invalid; `errors` names the field."),
    invalid_period=(422, "The requested period cannot be shown; `detail` says why."),
    too_many_goals=(409, "The learner has reached the maximum number of goals."),
    too_many_goal_changes=(409, "The goal has changed on the maximum number of days, `max`; create another one."),
    goal_has_results=(
        409,
        "A period of the goal is over or met, so what it counts cannot change; create another goal.",
    ),
)


async def _load(connection: Reading, learner_id: UUID, goal_id: str) -> JsonObject:
    return goal_json(await _known_goal(connection, learner_id, UUID(goal_id)))


GOAL = Item(_load)

_LAST_PERIODS = 30
"""The number of periods in a history that names neither a number nor a first day."""

_ABOUT_A_GOAL = (*LEARNER_PROBLEMS, "goal_not_found")
_CHANGING = (
    "learner_not_found",
    "goal_not_found",
    "invalid_goal",
    "too_many_goals",
    "too_many_goal_changes",
    "goal_has_results",
)


@blueprint.get("/goals")
@contract(
    operation="listGoals",
    summary="Goals",
    roles=READ_ROLES,
    query=GoalsQuery,
    answers=GoalsOut,
    problems=LEARNER_PROBLEMS,
    tag="goals",
)
async def show_goals() -> Reply:
    """Lists the learner's goals, the newest first. With `with=progress` this is all that a page of goals needs."""
    query = read_query(GoalsQuery)
    caller = current_caller()
    learner_id = learner_named(caller, query.learner_id)

    async def build(_version: LearnerVersion, today: date) -> object:
        async with resources().database.snapshot() as connection:
            goal_rows = await goals(connection, learner_id, archived=query.archived == "true")
            if query.with_ is None and query.sort != "percent":
                shown = [GoalWithProgress(row, ()) for row in goal_rows]
            else:
                shown = await goals_with_progress(connection, learner_id, today, goal_rows)
        listed = in_order(shown, query.sort)
        return {"goals": [listed_json(goal) if query.with_ else goal_json(goal.stored) for goal in listed]}

    return await conditional(caller, learner_id, build)


@blueprint.get("/goals/<uuid:goal_id>")
@contract(
    operation="getGoal",
    summary="A goal",
    roles=READ_ROLES,
    query=GoalQuery,
    answers=ListedGoalOut,
    problems=_ABOUT_A_GOAL,
    tag="goals",
)
async def show_goal(goal_id: UUID) -> Reply:
    """Shows one goal, archived or not."""
    query, app = read_query(GoalQuery), resources()
    learner_id = learner_named(current_caller(), query.learner_id)

    async def load() -> JsonObject:
        version = await app.versions.read(learner_id)
        async with app.database.snapshot() as connection:
            stored = await _known_goal(connection, learner_id, goal_id)
            if query.with_ is None:
                return goal_json(stored)
            today = version.today(app.clock.now())
            (shown,) = await goals_with_progress(connection, learner_id, today, [stored])
        return listed_json(shown)

    return await conditional_item(learner_id, load)


@blueprint.post("/goals")
@contract(
    operation="createGoal",
    summary="Create a goal",
    roles=("learner",),
    query=NamedLearner,
    request=GoalIn,
    answers=GoalOut,
    problems=("learner_not_found", "invalid_goal", "too_many_goals"),
    tag="goals",
    keyed=True,
)
async def make_goal() -> Reply:
    """Creates a goal that starts with the current period."""
    caller, app = current_caller(), resources()
    learner_id = learner_named(caller, read_query(NamedLearner).learner_id)
    draft = _draft(await read_body(GoalIn))
    now = app.clock.now()
    async with app.database.write() as connection:
        created = await create_goal(connection, learner_id, uuid4(), draft, app.policy, now, caller.zone_claim)
    return item_answer(goal_json(created))


@blueprint.put("/goals/<uuid:goal_id>")
@contract(
    operation="replaceGoal",
    summary="Change a goal",
    roles=("learner",),
    query=NamedLearner,
    request=GoalIn,
    answers=GoalOut,
    problems=_CHANGING,
    tag="goals",
    item=GOAL,
)
async def put_goal(goal_id: UUID) -> Reply:
    """Changes the name, or the target from today on: periods that are over keep theirs. An archived goal becomes active
    again.

    What the goal counts, and its kind of period, can change only while no period is over or met.
    """
    return await _replace(goal_id, await read_body(GoalIn))


@blueprint.patch("/goals/<uuid:goal_id>")
@contract(
    operation="changeGoal",
    summary="Change fields of a goal",
    roles=("learner",),
    query=NamedLearner,
    request=GoalIn,
    answers=GoalOut,
    problems=_CHANGING,
    tag="goals",
    item=GOAL,
    patches=True,
)
async def patch_goal(goal_id: UUID) -> Reply:
    """Changes the fields that are sent, by the rules of PUT. An archived goal becomes active again."""
    return await _replace(goal_id, await read_patch(GoalIn))


@blueprint.delete("/goals/<uuid:goal_id>")
@contract(
    operation="archiveGoal",
    summary="Archive a goal",
    roles=("learner",),
    query=NamedLearner,
    answers=GoalOut,
    problems=("learner_not_found", "goal_not_found"),
    tag="goals",
    item=GOAL,
)
async def delete_goal(goal_id: UUID) -> Reply:
    """The goal counts nothing from today on; met periods and its history stay. PUT makes it active again."""
    app = resources()
    learner_id = learner_named(current_caller(), read_query(NamedLearner).learner_id)
    async with app.database.write() as connection:
        archived = await archive_goal(connection, learner_id, goal_id, app.policy, app.clock.now())
    return item_answer(goal_json(archived))


@blueprint.get("/goals/progress")
@contract(
    operation="getGoalsProgress",
    summary="Progress of all goals",
    roles=READ_ROLES,
    query=GoalsProgressQuery,
    answers=list[GoalProgressOut],
    problems=(*LEARNER_PROBLEMS, "invalid_period"),
    tag="goals",
)
async def show_goals_progress() -> Reply:
    """Progress of every active goal in the period that contains `start_date`. That period must have begun."""
    query = read_query(GoalsProgressQuery)
    caller = current_caller()
    learner_id = learner_named(caller, query.learner_id)

    async def build(_version: LearnerVersion, today: date) -> object:
        day = query.start_date or today
        if (period_of(query.period, day).first if query.period else day) > today:
            raise _not_begun()
        app = resources()
        async with app.database.snapshot() as connection:
            shown = await goals_progress(connection, learner_id, today, day, query.period)
        return [progress_json(period.progress) for period in shown]

    return await conditional(caller, learner_id, build)


@blueprint.get("/goals/<uuid:goal_id>/progress")
@contract(
    operation="getGoalProgress",
    summary="Progress of a goal",
    roles=READ_ROLES,
    query=GoalProgressQuery,
    answers=GoalPeriodOut,
    problems=(*_ABOUT_A_GOAL, "invalid_period"),
    tag="goals",
)
async def show_goal_progress(goal_id: UUID) -> Reply:
    """Progress of one goal, archived or not, in the period that contains `start_date`. That period must have begun."""
    query = read_query(GoalProgressQuery)
    caller = current_caller()
    learner_id = learner_named(caller, query.learner_id)

    async def build(_version: LearnerVersion, today: date) -> object:
        async with resources().database.snapshot() as connection:
            stored = await _known_goal(connection, learner_id, goal_id)
            days = stored.goal.period_of(query.start_date or today)
            if days.first > today:
                raise _not_begun()
            periods = [(stored.goal, days)]
            (shown,) = await goal_periods(connection, learner_id, periods, today, stored.impossible_days)
        return period_json(shown)

    return await conditional(caller, learner_id, build)


@blueprint.get("/goals/<uuid:goal_id>/history")
@contract(
    operation="getGoalHistory",
    summary="History of a goal",
    roles=READ_ROLES,
    query=GoalHistoryQuery,
    answers=GoalHistoryOut,
    problems=_ABOUT_A_GOAL,
    tag="goals",
)
async def show_goal_history(goal_id: UUID) -> Reply:
    """The result of each period, measured against the target it had. For more periods, set `before` to the start of the
    last one shown.

    `from` and `to` show every period with one of these days, at most 400. The last period of an archived goal is the
    one in which it was archived.
    """
    query = read_query(GoalHistoryQuery)
    caller = current_caller()
    learner_id = learner_named(caller, query.learner_id)
    window = window_of(query)
    if query.to is not None and query.before is not None:
        raise invalid_window(conflicting("to", "before"))
    limit = query.limit or (_LAST_PERIODS if window.first is None else MAX_WINDOW_DAYS)

    async def build(_version: LearnerVersion, today: date) -> object:
        if window.first is not None:
            window.past(today)  # refuses a window that is too long
        async with resources().database.snapshot() as connection:
            stored = await _known_goal(connection, learner_id, goal_id)
            newest = newest_period_day(stored.goal, window.end(today), query.before)
            shown = await goal_history(connection, learner_id, stored, today, limit, newest, window.first)
        shape = window_json(_covered(window, shown, today), today)
        return {**shape, "goal_id": str(goal_id), "periods": [period_json(period) for period in shown]}

    return await conditional(caller, learner_id, build)


def _covered(window: Window, shown: Sequence[PeriodProgress], today: date) -> Days:
    """The days asked for; where none were, those of the periods shown, up to today."""
    periods = [period.progress.days for period in shown]
    first = window.first or (periods[-1].first if periods else today)
    last = min(periods[0].last, today) if periods and window.last is None else window.end(today)
    return Days(min(first, last), last)


async def _replace(goal_id: UUID, body: GoalIn) -> Reply:
    app, draft = resources(), _draft(body)
    learner_id = learner_named(current_caller(), read_query(NamedLearner).learner_id)
    async with app.database.write() as connection:
        changed = await change_goal(connection, learner_id, goal_id, draft, app.policy, app.clock.now())
    return item_answer(goal_json(changed))


async def _known_goal(connection: Reading, learner_id: UUID, goal_id: UUID) -> StoredGoal:
    stored = await stored_goal(connection, learner_id, goal_id)
    if stored is None:
        raise NotFound("goal_not_found", "The learner has no such goal.")
    return stored


def _not_begun() -> Invalid:
    sentence = "The period has not begun yet for the learner."
    return Invalid("invalid_period", sentence, (Fault("/start_date", sentence, "in_the_future"),))


def _draft(body: GoalIn) -> GoalDraft:
    return GoalDraft(
        body.name, body.target_type, body.time_period, body.target_value, body.category_id, body.topic or ""
    )
