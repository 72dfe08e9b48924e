"""A range of calendar days on the wire."""

from typing import Annotated

from pydantic import Field

from milepost.api.http.fields import Answer, Day, Instant
from milepost.api.http.windows import WindowOut, WindowQuery
from milepost.api.planner.schemas import Id, SlotOut
from milepost.queries.planner.plans import TaskStatus
from milepost.rules.planner.calendar_days import MAX_CALENDAR_DAYS


class CalendarDaysQuery(WindowQuery):
    """The days, both included. Without them: today and the six days after it."""

    from_: Annotated[
        Day | None,
        Field(validation_alias="from", description="The first day. Without it: `to`, or today without that too."),
    ] = None
    to: Annotated[
        Day | None,
        Field(description=f"The last day, at most {MAX_CALENDAR_DAYS} days in all. Without it: six days after `from`."),
    ] = None


class ScheduledSlotOut(Answer):
    """A slot of a task on a day."""

    task_id: Id
    title: str
    category_id: Id | None
    status: TaskStatus
    starts_at: Instant
    ends_at: Instant
    minutes: int = Field(description="How many of its minutes are on this day.")


class DueTaskOut(Answer):
    """A task that is due on a day."""

    task_id: Id
    title: str
    category_id: Id | None
    status: TaskStatus
    completed_at: Instant | None


class PlannerSumsOut(Answer):
    """The sums of a day or of a range."""

    total_scheduled_minutes: int
    completed_scheduled_minutes: int
    focus_minutes: int
    focus_slot_minutes: int
    completed_tasks_count: int
    due_tasks_count: int
    due_completed_tasks_count: int


class PlannedDayOut(PlannerSumsOut):
    """A calendar day with its plans and figures."""

    day: Day
    focus_slots: list[SlotOut] = Field(description="Those that begin on this day.")
    scheduled_slots: list[ScheduledSlotOut] = Field(description="Slots of tasks, by their beginning; at most 100.")
    due_tasks: list[DueTaskOut] = Field(description="Oldest first; at most 100.")
    has_more: bool = Field(description="Whether the day has more slots of tasks or due tasks than are shown.")


class CalendarDaysOut(WindowOut):
    """Every day of the range, in order, and the learner's today."""

    days: list[PlannedDayOut]
