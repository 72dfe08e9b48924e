"""The planner: tasks and their completion, focus slots of calendar days."""

import base64
import binascii
from collections.abc import Sequence
from datetime import UTC, date, datetime
from uuid import UUID

import orjson
from pydantic import TypeAdapter
from quart import Blueprint, Response, request

from milepost.api.activities.routes import learner_after_shape, sender_of
from milepost.api.activities.schemas import NamedLearner
from milepost.api.edge.guard import caller, learner_named
from milepost.api.edge.problems import declare
from milepost.api.edge.request_context import resources
from milepost.api.http.contract import contract
from milepost.api.http.parsing import parse, read_body, read_query, read_raw
from milepost.api.http.responses import answer
from milepost.api.planner.categories import ABOUT_A_LEARNER, READING, WRITING, new_id, the_learner
from milepost.api.planner.schemas import (
    CalendarDayIn,
    CalendarDayOut,
    CompletedOut,
    CompletionIn,
    SlotIn,
    TaskDeletedOut,
    TaskIn,
    TaskOut,
    TasksOut,
    TasksQuery,
)
from milepost.api.streaks.serializers import instant
from milepost.db.transactions import hot_reading
from milepost.errors import Invalid, NotFound
from milepost.queries.planner import plans
from milepost.queries.planner.plans import Slot, Task, TaskFilter, TaskPlace
from milepost.rules.days.calendar import day_end, day_start
from milepost.services.planner.tasks import TaskPlan

blueprint = Blueprint("planner", __name__)

declare(
    task_not_found=(404, "No such task of this learner."),
    too_many_tasks=(409, "The learner has as many tasks as may be."),
    task_completion=(409, "A task is completed, and that undone, by its address `/complete` alone."),
    completed_at_refused=(422, "The task cannot have been completed then."),
    slot_outside_day=(422, "A focus slot does not begin on its day."),
)

_COMPLETION: TypeAdapter[CompletionIn] = TypeAdapter(CompletionIn)
Shape = dict[str, object]


@blueprint.get("/tasks")
@contract(
    summary="Tasks",
    roles=READING,
    query=TasksQuery,
    answers=TasksOut,
    problems=(*ABOUT_A_LEARNER, "invalid_cursor"),
    tag="planner",
)
async def show_tasks() -> Response:
    """Newest first. `next` continues exactly behind the last one, whatever has been added meanwhile."""
    asked = read_query(TasksQuery)
    learner_id, held = learner_named(caller(), asked.learner_id), resources()
    behind = _place(asked.cursor) if asked.cursor else None
    wanted = TaskFilter(asked.status, asked.category_id, await _days(learner_id, asked.from_, asked.to))
    async with hot_reading(held.hot_pool, held.settings) as connection:
        rows = await plans.tasks(connection, learner_id, wanted, asked.limit + 1, behind)
    page = rows[: asked.limit]
    following = _cursor(page[-1]) if len(rows) > len(page) else None
    return answer({"tasks": [task_shape(one) for one in page], "next": following})


@blueprint.post("/tasks")
@contract(
    summary="Make a task",
    roles=WRITING,
    query=NamedLearner,
    request=TaskIn,
    answers=TaskOut,
    problems=(
        *ABOUT_A_LEARNER,
        "category_not_found",
        "task_completion",
        "too_many_tasks",
        "invalid_idempotency_key",
    ),
    tag="planner",
)
async def create_task() -> Response:
    """The same `Idempotency-Key` again answers with the task made then, as it stands now."""
    learner_id, held = the_learner(), resources()
    task_id, plan = new_id(learner_id), _plan(await read_body(TaskIn))
    made = await held.planner.create_task(learner_id, task_id, plan, held.clock.now(), caller().zone_claim)
    return answer(task_shape(made))


@blueprint.get("/tasks/<uuid:task_id>")
@contract(
    summary="A task",
    roles=READING,
    query=NamedLearner,
    answers=TaskOut,
    problems=(*ABOUT_A_LEARNER, "task_not_found"),
    tag="planner",
)
async def show_task(task_id: UUID) -> Response:
    """One task as it stands."""
    learner_id, held = the_learner(), resources()
    async with hot_reading(held.hot_pool, held.settings) as connection:
        found = await plans.task(connection, learner_id, task_id)
    if found is None:
        raise NotFound("task_not_found", "No such task.")
    return answer(task_shape(found))


@blueprint.put("/tasks/<uuid:task_id>")
@contract(
    summary="Change a task",
    roles=WRITING,
    query=NamedLearner,
    request=TaskIn,
    answers=TaskOut,
    problems=(*ABOUT_A_LEARNER, "task_not_found", "category_not_found", "task_completion"),
    tag="planner",
)
async def change_task(task_id: UUID) -> Response:
    """The whole of it, slots too; whether it is completed stays."""
    learner_id, held = the_learner(), resources()
    plan = _plan(await read_body(TaskIn))
    return answer(task_shape(await held.planner.change_task(learner_id, task_id, plan, held.clock.now())))


@blueprint.delete("/tasks/<uuid:task_id>")
@contract(
    summary="Delete a task",
    roles=WRITING,
    query=NamedLearner,
    answers=TaskDeletedOut,
    problems=(*ABOUT_A_LEARNER, "task_not_found"),
    tag="planner",
)
async def delete_task(task_id: UUID) -> Response:
    """It leaves the planner and every figure of it. What its completion recorded as an activity stays."""
    learner_id, held = the_learner(), resources()
    await held.planner.delete_task(learner_id, task_id, held.clock.now())
    return answer({"task_id": str(task_id), "deleted": True})


@blueprint.post("/tasks/<uuid:task_id>/complete")
@contract(
    summary="Complete a task",
    roles=WRITING,
    query=NamedLearner,
    request=CompletionIn,
    answers=CompletedOut,
    problems=(*ABOUT_A_LEARNER, "task_not_found", "completed_at_refused", "intake_busy"),
    tag="planner",
)
async def complete_task(task_id: UUID) -> Response:
    """Now, or when the body says. It is recorded as an activity too, which counts the day; again changes nothing."""
    known, learner_id, held = caller(), the_learner(), resources()
    asked = await _completion()
    completed, learner = await held.planner.complete_task(
        learner_id, task_id, asked.completed_at, sender_of(known), held.clock.now()
    )
    return answer({"task": task_shape(completed), "learner": learner_after_shape(learner)})


@blueprint.delete("/tasks/<uuid:task_id>/complete")
@contract(
    summary="Undo the completion of a task",
    roles=WRITING,
    query=NamedLearner,
    answers=TaskOut,
    problems=(*ABOUT_A_LEARNER, "task_not_found"),
    tag="planner",
)
async def reopen_task(task_id: UUID) -> Response:
    """The task is pending again, and the activity its completion recorded is taken back; again changes nothing."""
    learner_id, held = the_learner(), resources()
    return answer(task_shape(await held.planner.reopen_task(learner_id, task_id, held.clock.now())))


@blueprint.get("/calendar-days/<day:day>")
@contract(
    summary="A calendar day",
    roles=READING,
    query=NamedLearner,
    answers=CalendarDayOut,
    problems=ABOUT_A_LEARNER,
    tag="planner",
)
async def show_calendar_day(day: date) -> Response:
    """The hours of the day that are kept for focus; none where nobody has said any."""
    learner_id, held = the_learner(), resources()
    async with hot_reading(held.hot_pool, held.settings) as connection:
        found = await plans.focus_slots(connection, learner_id, day)
    return answer(_day_shape(day, found))


@blueprint.put("/calendar-days/<day:day>")
@contract(
    summary="Set the focus slots of a day",
    roles=WRITING,
    query=NamedLearner,
    request=CalendarDayIn,
    answers=CalendarDayOut,
    problems=(*ABOUT_A_LEARNER, "slot_outside_day"),
    tag="planner",
)
async def set_calendar_day(day: date) -> Response:
    """All of them; each begins on that day where the learner is, and may end on the next."""
    learner_id, held = the_learner(), resources()
    slots = _slots((await read_body(CalendarDayIn)).focus_slots)
    await held.planner.set_focus_slots(learner_id, day, slots, held.clock.now(), caller().zone_claim)
    return answer(_day_shape(day, slots))


def _plan(wanted: TaskIn) -> TaskPlan:
    return TaskPlan(wanted.title, wanted.category_id, wanted.status, wanted.due_day, _slots(wanted.scheduled_slots))


def _slots(sent: Sequence[SlotIn]) -> list[Slot]:
    return [Slot(one.starts_at, one.ends_at) for one in sent]


async def _completion() -> CompletionIn:
    """The body; none at all is now."""
    if request.content_length == 0 or (request.content_length is None and not await request.get_data()):
        return CompletionIn()
    return parse(_COMPLETION, await read_raw())


async def _days(
    learner_id: UUID, first: date | None, last: date | None
) -> tuple[date, date, datetime, datetime] | None:
    """The days asked for, and when they begin and end in the zone in force now. One bound alone is one day.

    Raises:
        Invalid: `invalid_query`, they end before they begin.
    """
    if first is None and last is None:
        return None
    first, last = first or last, last or first
    assert first is not None and last is not None  # noqa: PT018 - one of them was given
    if last < first:
        raise Invalid("invalid_query", "`to` lies before `from`.")
    zone = (await resources().standings.read(learner_id)).zone
    return first, last, day_start(first, zone), day_end(last, zone)


def task_shape(one: Task) -> Shape:
    """A task as `TaskOut` declares it."""
    return {
        "task_id": str(one.task_id),
        "title": one.title,
        "category_id": None if one.category_id is None else str(one.category_id),
        "status": one.status,
        "due_day": None if one.due_day is None else one.due_day.isoformat(),
        "completed_at": instant(one.completed_at),
        "scheduled_slots": _slot_shapes(one.slots),
        "created_at": instant(one.created_at),
        "updated_at": instant(one.updated_at),
    }


def _day_shape(day: date, slots: Sequence[Slot]) -> Shape:
    return {"day": day.isoformat(), "focus_slots": _slot_shapes(slots)}


def _slot_shapes(slots: Sequence[Slot]) -> list[Shape]:
    return [{"starts_at": instant(slot.starts_at), "ends_at": instant(slot.ends_at)} for slot in slots]


def _cursor(last: Task) -> str:
    return base64.urlsafe_b64encode(orjson.dumps([last.created_at, str(last.task_id)])).decode()


def _place(cursor: str) -> TaskPlace:
    """The place a cursor names. It only says where to go on in the caller's own list, so it needs no signature.

    Raises:
        Invalid: not a cursor of ours.
    """
    try:
        created_at, task_id = orjson.loads(base64.urlsafe_b64decode(cursor))
        at = datetime.fromisoformat(created_at)
        if at.tzinfo is None:
            raise ValueError(cursor)
        return TaskPlace(at.astimezone(UTC), UUID(task_id))
    except (binascii.Error, ValueError, TypeError, AttributeError, OverflowError):
        raise Invalid("invalid_cursor", "The cursor is not one this service gave out.") from None
