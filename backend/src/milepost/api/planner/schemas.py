"""The planner on the wire: categories, tasks with their slots, and the focus slots of a calendar day."""

from datetime import timedelta
from typing import Annotated, Self
from uuid import UUID

from pydantic import BeforeValidator, Field, GetPydanticSchema, WithJsonSchema, model_validator
from pydantic_core import CoreSchema, core_schema

from milepost.api.activities.schemas import LearnerOut
from milepost.api.http.faults import field_error, kind_of
from milepost.api.http.fields import (
    WHOLE,
    Answer,
    Cursor,
    Day,
    Instant,
    ItemAnswer,
    Limit,
    NamedLearner,
    Sent,
    formed,
    name,
)
from milepost.api.http.windows import FilterOut, WindowQuery
from milepost.queries.planner.plans import TaskSort, TaskStatus
from milepost.rules.planner.calendar_days import MAX_SENT_FOCUS_SLOTS
from milepost.rules.planner.categories import MAX_CATEGORY_POSITION, CategoryColor
from milepost.rules.planner.minute_spans import is_whole_minute
from milepost.rules.planner.planner_days import MAX_SLOT_HOURS, MAX_SLOTS, UNCATEGORISED

UUID_FORM = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"


def _id_schema(_source: object, _handler: object) -> CoreSchema:
    """Accept only the canonical form; pydantic would also accept braces and `urn:uuid:`."""
    steps = core_schema.chain_schema(
        [core_schema.str_schema(pattern=f"^{UUID_FORM}$", strict=True), core_schema.uuid_schema()]
    )
    return core_schema.custom_error_schema(
        steps,
        custom_error_type=kind_of("wrong_form"),
        custom_error_message="must be a UUID",
        custom_error_context={"form": "uuid"},
    )


Id = Annotated[UUID, GetPydanticSchema(_id_schema), WithJsonSchema({"type": "string", "format": "uuid"})]
"""The id of a row, as responses show it."""


CategoryRef = Annotated[
    str,
    formed(f"^({UUID_FORM}|{UNCATEGORISED})$", f"must be a UUID or {UNCATEGORISED}", to_lower=True, form="uuid"),
    Field(description=f"Only this category: its id, or `{UNCATEGORISED}`."),
]


def _none_if_uncategorised(value: object) -> object:
    return None if value == UNCATEGORISED else value


TaskCategory = Annotated[
    Id | None,
    BeforeValidator(_none_if_uncategorised),
    Field(description=f"The id of a category; null or `{UNCATEGORISED}` for none."),
    WithJsonSchema(
        {"anyOf": [{"type": "string", "format": "uuid"}, {"type": "string", "const": UNCATEGORISED}, {"type": "null"}]}
    ),
]


class CategoryIn(Sent):
    """A category. Names are unique per learner; leading and trailing spaces are removed. Without `color` and
    `position`, a new category gets the next colour and comes last, and an existing one keeps its own.
    """

    name: Annotated[str, name(100)]
    color: CategoryColor | None = None
    position: Annotated[int, Field(ge=0, le=MAX_CATEGORY_POSITION), WHOLE] | None = None


class CategoryOut(ItemAnswer):
    """A category."""

    category_id: Id
    name: str
    color: CategoryColor
    position: int
    created_at: Instant


class CategoriesOut(Answer):
    """All categories of the learner, in the learner's order."""

    categories: list[CategoryOut]


class DeleteCategoryQuery(NamedLearner):
    """Where the tasks of the category go."""

    move_to: Annotated[
        str,
        formed(f"^({UUID_FORM}|{UNCATEGORISED})$", f"must be a UUID or {UNCATEGORISED}", to_lower=True, form="uuid"),
        Field(description=f"The id of another category of the learner, or `{UNCATEGORISED}`."),
    ] = UNCATEGORISED


class CategoryDeletedOut(Answer):
    """A deleted category, and what became of its tasks and goals."""

    category_id: Id
    deleted: bool
    moved_to: str
    moved_tasks_count: int
    archived_goal_ids: list[Id]


class SlotIn(Sent):
    """A slot from `starts_at` up to but not including `ends_at`, both on whole minutes; at most 24 hours."""

    starts_at: Instant
    ends_at: Instant

    @model_validator(mode="after")
    def _is_a_slot(self) -> Self:
        if not is_whole_minute(self.starts_at) or not is_whole_minute(self.ends_at):
            raise field_error("not_whole_minutes", "must begin and end on whole minutes")
        if self.ends_at <= self.starts_at:
            raise field_error("reversed", "must end after it begins")
        if self.ends_at - self.starts_at > timedelta(hours=MAX_SLOT_HOURS):
            raise field_error("too_long", "must last at most {max_hours} hours", max_hours=MAX_SLOT_HOURS)
        return self


Slots = Annotated[
    list[SlotIn],
    Field(max_length=MAX_SLOTS, description="Slots may overlap; a minute counts once per task."),
]


class TaskIn(Sent):
    """A task. Without `status` it is pending, or stays completed. Complete tasks with `/tasks/{task_id}/complete`."""

    title: Annotated[str, name(200)]
    category_id: TaskCategory = None
    status: TaskStatus | None = None
    due_day: Day | None = None
    scheduled_slots: Annotated[Slots, Field(default_factory=list)]


class CompletionIn(Sent):
    """When the task was completed (default: now)."""

    completed_at: Instant | None = None


class SlotOut(Answer):
    """A slot from `starts_at` up to but not including `ends_at`."""

    starts_at: Instant
    ends_at: Instant


class TaskOut(ItemAnswer):
    """A task. Slots are in the order in which they were sent."""

    task_id: Id
    title: str
    category_id: Id | None
    status: TaskStatus
    due_day: Day | None
    completed_at: Instant | None
    scheduled_slots: list[SlotOut]
    created_at: Instant
    updated_at: Instant


class CompletedOut(Answer):
    """A completed task, and the learner after the commit that completed it. Repeating the request shows the changes of
    that commit again.
    """

    task: TaskOut
    learner: LearnerOut


class TaskDeletedOut(Answer):
    """A deleted task."""

    task_id: Id
    deleted: bool


class TasksQuery(WindowQuery):
    """Filters, order and paging. `from`, `to`: only tasks that are scheduled, completed or due on these days."""

    sort: Annotated[
        TaskSort,
        Field(
            description="`created_at`: newest first. `due_day`: the earliest first, tasks without one last. `title`: "
            "from A to Z. A cursor is for the order it came with."
        ),
    ] = "created_at"

    limit: Limit = 50
    cursor: Cursor | None = None
    status: TaskStatus | None = None
    category_id: CategoryRef | None = None


class TasksOut(FilterOut):
    """A page of tasks. `next` is the cursor of the next page, null on the last page."""

    tasks: list[TaskOut]
    next: str | None


class CalendarDayIn(Sent):
    """The focus slots of a day. Each begins on that day in the learner's zone at that time. At most 100, or as many as
    the day has: days of a learner who moved may have gained some.
    """

    focus_slots: Annotated[
        list[SlotIn],
        Field(max_length=MAX_SENT_FOCUS_SLOTS, description="Slots may overlap; a minute counts once."),
    ]


class CalendarDayOut(ItemAnswer):
    """A calendar day with its focus slots, in the order in which they were sent."""

    day: Day
    focus_slots: list[SlotOut]
