"""Plans on the wire: categories, tasks with their slots, focus slots of a calendar day."""

from datetime import timedelta
from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, Field, GetPydanticSchema, WithJsonSchema, model_validator
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from milepost.api.activities.schemas import Label, LearnerOut
from milepost.api.http.fields import Answer, Cursor, Day, Instant, Limit, NamedLearner, Sent, text
from milepost.queries.planner.plans import TaskStatus
from milepost.rules.planner.minute_spans import is_whole_minute
from milepost.rules.planner.planner_days import LONGEST_SLOT_HOURS, MAX_SLOTS

_UUID = r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$"


def _id_schema(_source: object, _handler: object) -> CoreSchema:
    """The canonical form alone; pydantic would take braces and `urn:uuid:` as well."""
    steps = core_schema.chain_schema([core_schema.str_schema(pattern=_UUID, strict=True), core_schema.uuid_schema()])
    return core_schema.custom_error_schema(steps, custom_error_type="id", custom_error_message="a UUID is needed")


Id = Annotated[UUID, GetPydanticSchema(_id_schema), WithJsonSchema({"type": "string", "format": "uuid"})]
"""The id of a row, as answers name it."""


def _not_blank(sent: str) -> str:
    name = sent.strip()
    if not name:
        raise PydanticCustomError("blank", "something must be said")
    return name


class CategoryIn(Sent):
    """A category; names are unique for a learner, spaces at their ends are dropped."""

    name: Annotated[str, text(100), AfterValidator(_not_blank)]


class CategoryOut(Answer):
    """A category."""

    category_id: Id
    name: str
    created_at: Instant


class CategoriesOut(Answer):
    """Every category of the learner, by name."""

    categories: list[CategoryOut]


class CategoryDeletedOut(Answer):
    """A category that is gone."""

    category_id: Id
    deleted: bool


class SlotIn(Sent):
    """Half-open: from `starts_at` to before `ends_at`, both on whole minutes, at most 24 hours."""

    starts_at: Instant
    ends_at: Instant

    @model_validator(mode="after")
    def _is_a_slot(self) -> Self:
        if not is_whole_minute(self.starts_at) or not is_whole_minute(self.ends_at):
            raise PydanticCustomError("whole_minutes", "a slot begins and ends on whole minutes")
        if self.ends_at <= self.starts_at:
            raise PydanticCustomError("end_before_start", "a slot ends after it begins")
        if self.ends_at - self.starts_at > timedelta(hours=LONGEST_SLOT_HOURS):
            raise PydanticCustomError("too_long", f"a slot lasts at most {LONGEST_SLOT_HOURS} hours")
        return self


Slots = Annotated[
    list[SlotIn],
    Field(max_length=MAX_SLOTS, description="Slots may overlap: a minute of a task counts once."),
]


class TaskIn(Sent):
    """A task as it is to be. `status` may be left out: pending, or as it is; completing has an address of its own."""

    title: Label
    category_id: Id | None = None
    status: TaskStatus | None = None
    due_day: Day | None = None
    scheduled_slots: Annotated[Slots, Field(default_factory=list)]


class CompletionIn(Sent):
    """When the task was completed; left out: now."""

    completed_at: Instant | None = None


class SlotOut(Answer):
    """From `starts_at` to before `ends_at`."""

    starts_at: Instant
    ends_at: Instant


class TaskOut(Answer):
    """A task as it stands; slots in the order in which they were sent."""

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
    """A completed task, and its learner after the commit that completed it; asked again, what that commit changed."""

    task: TaskOut
    learner: LearnerOut


class TaskDeletedOut(Answer):
    """A task that is gone."""

    task_id: Id
    deleted: bool


class TasksQuery(NamedLearner):
    """Which tasks: newest first, a page at a time. `from`, `to`: what is scheduled, completed or due on these days."""

    limit: Limit = 50
    cursor: Cursor | None = None
    status: TaskStatus | None = None
    category_id: Id | None = None
    from_: Annotated[Day | None, Field(validation_alias="from")] = None
    to: Day | None = None


class TasksOut(Answer):
    """A page of tasks; `next` is the cursor of the following one, null at the end."""

    tasks: list[TaskOut]
    next: str | None


class CalendarDayIn(Sent):
    """The hours of a day that are kept for focus; each slot begins on that day where the learner is."""

    focus_slots: Slots


class CalendarDayOut(Answer):
    """A calendar day, and its focus slots in the order in which they were sent."""

    day: Day
    focus_slots: list[SlotOut]
