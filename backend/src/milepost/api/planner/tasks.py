"""Tasks and their completion, and the focus slots of calendar days."""

from collections.abc import Sequence
from datetime import date
from uuid import UUID, uuid4

from pydantic import TypeAdapter
from quart import Blueprint

from milepost.api.activities.serializers import learner_after_json
from milepost.api.edge.guard import current_caller, learner_named, sender_of
from milepost.api.edge.request_context import resources
from milepost.api.http.conditional_get import conditional_item
from milepost.api.http.contract import contract
from milepost.api.http.cursors import instant_in_cursor, read_cursor, write_cursor
from milepost.api.http.fields import NamedLearner
from milepost.api.http.items import Item, item_answer, tagged
from milepost.api.http.learner_routes import (
    LEARNER_PROBLEMS,
    READ_ROLES,
    WRITE_ROLES,
    refuse_departed,
    requested_learner,
)
from milepost.api.http.merge_patch import read_patch
from milepost.api.http.parsing import has_body, parse, read_body, read_day, read_query, read_raw
from milepost.api.http.responses import JsonObject, Reply, answer, instant
from milepost.api.http.windows import Window, filter_json, window_of
from milepost.api.planner.problems import TASK_PROBLEMS
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
from milepost.db.connection import Reading
from milepost.errors import NotFound
from milepost.queries.learners.facts import learner_facts
from milepost.queries.planner import plans
from milepost.queries.planner.plans import NO_DUE_DAY, Slot, Task, TaskDays, TaskFilter, TaskPosition, TaskSort
from milepost.rules.days.calendar import ZoneHistory
from milepost.rules.planner.calendar_days import windows_of
from milepost.services.planner.tasks import TaskPlan

_FULL_DAYS = ("too_many_slots", "too_many_due_tasks")
blueprint = Blueprint("tasks", __name__)


async def _load_task(connection: Reading, learner_id: UUID, task_id: str) -> JsonObject:
    task = await plans.task(connection, learner_id, UUID(task_id))
    if task is None:
        raise NotFound("task_not_found", "The learner has no such task.")
    return task_json(task)


async def _load_day(connection: Reading, learner_id: UUID, day: str) -> JsonObject:
    calendar_day = read_day(day)
    zones = await _zones(connection, learner_id)
    by_day = await plans.focus_slots(connection, learner_id, calendar_day, calendar_day, zones)
    return _day_json(calendar_day, by_day.get(calendar_day, []))


TASK = Item(_load_task)
CALENDAR_DAY = Item(_load_day)

_COMPLETION: TypeAdapter[CompletionIn] = TypeAdapter(CompletionIn)


@blueprint.get("/tasks")
@contract(
    operation="listTasks",
    summary="Tasks",
    roles=READ_ROLES,
    query=TasksQuery,
    answers=TasksOut,
    problems=(*LEARNER_PROBLEMS, "invalid_cursor"),
    tag="planner",
)
async def show_tasks() -> Reply:
    """Tasks, newest first or in another order. `next` continues right after the last one shown, even if tasks were
    added meanwhile.
    """
    query = read_query(TasksQuery)
    learner_id, app = learner_named(current_caller(), query.learner_id), resources()
    after = _place(query.cursor, query.sort) if query.cursor else None
    window = window_of(query)
    await refuse_departed()
    async with app.database.snapshot() as connection:
        days, today = await _days(connection, learner_id, window)
        task_filter = TaskFilter(query.status, query.category_id, days)
        rows = await plans.tasks(connection, learner_id, task_filter, query.limit + 1, after, query.sort)
    page = rows[: query.limit]
    next_cursor = _cursor(page[-1], query.sort) if len(rows) > len(page) else None
    first, last = (None, None) if days is None else (days.first, days.last)
    return answer({**filter_json(first, last, today), "tasks": [task_json(task) for task in page], "next": next_cursor})


@blueprint.post("/tasks")
@contract(
    operation="createTask",
    summary="Create a task",
    roles=WRITE_ROLES,
    query=NamedLearner,
    request=TaskIn,
    answers=TaskOut,
    problems=(
        *LEARNER_PROBLEMS,
        "category_not_found",
        "task_completion",
        "too_many_tasks",
        *_FULL_DAYS,
    ),
    tag="planner",
    keyed=True,
)
async def create_task() -> Reply:
    """Creates a task."""
    learner_id, app = requested_learner(), resources()
    plan = _plan(await read_body(TaskIn))
    task = await app.planner.create_task(learner_id, uuid4(), plan, app.clock.now(), current_caller().zone_claim)
    return item_answer(task_json(task))


@blueprint.get("/tasks/<uuid:task_id>")
@contract(
    operation="getTask",
    summary="A task",
    roles=READ_ROLES,
    query=NamedLearner,
    answers=TaskOut,
    problems=TASK_PROBLEMS,
    tag="planner",
)
async def show_task(task_id: UUID) -> Reply:
    """One task with its slots."""
    learner_id, app = requested_learner(), resources()

    async def load() -> JsonObject:
        async with app.database.read() as connection:
            return await _load_task(connection, learner_id, str(task_id))

    return await conditional_item(learner_id, load)


@blueprint.put("/tasks/<uuid:task_id>")
@contract(
    operation="replaceTask",
    summary="Replace a task",
    roles=WRITE_ROLES,
    query=NamedLearner,
    request=TaskIn,
    answers=TaskOut,
    problems=(*TASK_PROBLEMS, "category_not_found", "task_completion", *_FULL_DAYS),
    tag="planner",
    item=TASK,
)
async def replace_task(task_id: UUID) -> Reply:
    """Replaces the whole task, including its slots. A completed task stays completed."""
    return await _replace(task_id, await read_body(TaskIn))


@blueprint.patch("/tasks/<uuid:task_id>")
@contract(
    operation="changeTask",
    summary="Change fields of a task",
    roles=WRITE_ROLES,
    query=NamedLearner,
    request=TaskIn,
    answers=TaskOut,
    problems=(*TASK_PROBLEMS, "category_not_found", "task_completion", *_FULL_DAYS),
    tag="planner",
    item=TASK,
    patches=True,
)
async def change_task(task_id: UUID) -> Reply:
    """Changes the fields that are sent. Slots are replaced as a whole."""
    return await _replace(task_id, await read_patch(TaskIn))


@blueprint.delete("/tasks/<uuid:task_id>")
@contract(
    operation="deleteTask",
    summary="Delete a task",
    roles=WRITE_ROLES,
    query=NamedLearner,
    answers=TaskDeletedOut,
    problems=TASK_PROBLEMS,
    tag="planner",
    item=TASK,
)
async def delete_task(task_id: UUID) -> Reply:
    """Removes the task from the planner and its figures. The activity recorded by its completion stays."""
    learner_id, app = requested_learner(), resources()
    await app.planner.delete_task(learner_id, task_id, app.clock.now())
    return answer({"task_id": str(task_id), "deleted": True})


@blueprint.post("/tasks/<uuid:task_id>/complete")
@contract(
    operation="completeTask",
    summary="Complete a task",
    roles=WRITE_ROLES,
    query=NamedLearner,
    request=CompletionIn,
    answers=CompletedOut,
    problems=(*TASK_PROBLEMS, "completed_at_refused", "too_many_completed_tasks", "intake_busy"),
    tag="planner",
    keyed=True,
    item=TASK,
)
async def complete_task(task_id: UUID) -> Reply:
    """Completes the task now, or at `completed_at`. Also records an activity, which counts for the day. Repeating the
    request changes nothing.
    """
    caller, learner_id, app = current_caller(), requested_learner(), resources()
    body = await _completion()
    task, learner = await app.planner.complete_task(
        learner_id, task_id, body.completed_at, sender_of(caller), app.clock.now()
    )
    shape = task_json(task)
    return answer({"task": shape, "learner": learner_after_json(learner)}, headers={"ETag": str(shape["etag"])})


@blueprint.delete("/tasks/<uuid:task_id>/complete")
@contract(
    operation="reopenTask",
    summary="Undo the completion of a task",
    roles=WRITE_ROLES,
    query=NamedLearner,
    answers=TaskOut,
    problems=TASK_PROBLEMS,
    tag="planner",
    item=TASK,
)
async def reopen_task(task_id: UUID) -> Reply:
    """Makes the task pending again, and voids the activity that its completion recorded. Repeating the request changes
    nothing.
    """
    learner_id, app = requested_learner(), resources()
    return item_answer(task_json(await app.planner.reopen_task(learner_id, task_id, app.clock.now())))


@blueprint.get("/calendar-days/<day:day>")
@contract(
    operation="getCalendarDay",
    summary="A calendar day",
    roles=READ_ROLES,
    query=NamedLearner,
    answers=CalendarDayOut,
    problems=(*LEARNER_PROBLEMS, "invalid_path"),
    tag="planner",
)
async def show_calendar_day(day: str) -> Reply:
    """The focus slots that begin on the day, in the learner's zone at that time. Every slot is on exactly one day."""
    learner_id, app = requested_learner(), resources()

    async def load() -> JsonObject:
        async with app.database.snapshot() as connection:
            return await _load_day(connection, learner_id, day)

    return await conditional_item(learner_id, load)


@blueprint.put("/calendar-days/<day:day>")
@contract(
    operation="replaceCalendarDay",
    summary="Set the focus slots of a day",
    roles=WRITE_ROLES,
    query=NamedLearner,
    request=CalendarDayIn,
    answers=CalendarDayOut,
    problems=(*LEARNER_PROBLEMS, "invalid_path", "slot_outside_day", "too_many_focus_days"),
    tag="planner",
    item=CALENDAR_DAY,
)
async def set_calendar_day(day: str) -> Reply:
    """Replaces the focus slots of a day. Each must begin on that day in the learner's zone; it may end on the next."""
    learner_id, calendar_day, app = requested_learner(), read_day(day), resources()
    slots = _slots((await read_body(CalendarDayIn)).focus_slots)
    await app.planner.set_focus_slots(learner_id, calendar_day, slots, app.clock.now(), current_caller().zone_claim)
    return item_answer(_day_json(calendar_day, slots))


async def _replace(task_id: UUID, body: TaskIn) -> Reply:
    learner_id, app = requested_learner(), resources()
    return item_answer(task_json(await app.planner.change_task(learner_id, task_id, _plan(body), app.clock.now())))


def _plan(body: TaskIn) -> TaskPlan:
    return TaskPlan(body.title, body.category_id, body.status, body.due_day, _slots(body.scheduled_slots))


def _slots(slots: Sequence[SlotIn]) -> list[Slot]:
    return [Slot(slot.starts_at, slot.ends_at) for slot in slots]


async def _completion() -> CompletionIn:
    """The body. An empty body means now."""
    if not await has_body():
        return CompletionIn()
    return parse(_COMPLETION, await read_raw())


async def _days(connection: Reading, learner_id: UUID, window: Window) -> tuple[TaskDays | None, date]:
    """The requested days, in the zones the learner had on them, and today. A single bound means that one day."""
    app = resources()
    facts = (await learner_facts(connection, [learner_id], app.policy, with_goals=False))[learner_id]
    today = facts.today(app.clock.now())
    first, last = window.first or window.last, window.last or window.first
    if first is None or last is None:
        return None, today
    return TaskDays(first, last, windows_of(first, last, facts.zones)), today


async def _zones(connection: Reading, learner_id: UUID) -> ZoneHistory:
    return (await learner_facts(connection, [learner_id], resources().policy, with_goals=False))[learner_id].zones


def task_json(task: Task) -> JsonObject:
    """`TaskOut`."""
    return tagged(
        {
            "task_id": str(task.task_id),
            "title": task.title,
            "category_id": None if task.category_id is None else str(task.category_id),
            "status": task.status,
            "due_day": None if task.due_day is None else task.due_day.isoformat(),
            "completed_at": instant(task.completed_at),
            "scheduled_slots": _slot_shapes(task.slots),
            "created_at": instant(task.created_at),
            "updated_at": instant(task.updated_at),
        }
    )


def _day_json(day: date, slots: Sequence[Slot]) -> JsonObject:
    return tagged({"day": day.isoformat(), "focus_slots": _slot_shapes(slots)})


def _slot_shapes(slots: Sequence[Slot]) -> list[JsonObject]:
    return [{"starts_at": instant(slot.starts_at), "ends_at": instant(slot.ends_at)} for slot in slots]


def _cursor(task: Task, sort: TaskSort) -> str:
    """The cursor after this task. Those of the first order do not name it, as they never did."""
    if sort == "created_at":
        return write_cursor([task.created_at, str(task.task_id)])
    key = task.title if sort == "title" else str(task.due_day or NO_DUE_DAY)
    return write_cursor([sort, key, str(task.task_id)])


def _place(cursor: str, sort: TaskSort) -> TaskPosition:
    return read_cursor(cursor, lambda values: _place_from(sort, *values))


def _place_from(sort: TaskSort, *values: str) -> TaskPosition:
    if sort == "created_at":
        created_at, task_id = values
        return TaskPosition(instant_in_cursor(created_at), UUID(task_id))
    named, key, task_id = values
    if named != sort:
        raise ValueError(named)
    return TaskPosition(date.fromisoformat(key) if sort == "due_day" else key, UUID(task_id))
