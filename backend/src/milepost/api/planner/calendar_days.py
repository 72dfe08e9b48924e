"""A range of calendar days: all that a page with a week or a month needs, in one answer."""

from datetime import timedelta

from quart import Blueprint

from milepost.api.edge.guard import current_caller, learner_named
from milepost.api.edge.request_context import resources
from milepost.api.http.contract import contract
from milepost.api.http.learner_routes import LEARNER_PROBLEMS, READ_ROLES, refuse_departed
from milepost.api.http.parsing import read_query
from milepost.api.http.responses import JsonObject, Reply, answer, instant
from milepost.api.http.windows import window_json, window_of
from milepost.api.planner.calendar_schemas import CalendarDaysOut, CalendarDaysQuery
from milepost.api.planner.serializers import sums_json
from milepost.queries.learners.facts import learner_facts
from milepost.queries.planner.calendar_days import PlannedDay, calendar_days
from milepost.queries.planner.plans import Slot
from milepost.rules.days.periods import Days
from milepost.rules.planner.calendar_days import MAX_CALENDAR_DAYS

blueprint = Blueprint("calendar_days", __name__)


@blueprint.get("/calendar-days")
@contract(
    operation="listCalendarDays",
    summary="Calendar days",
    roles=READ_ROLES,
    query=CalendarDaysQuery,
    answers=CalendarDaysOut,
    problems=LEARNER_PROBLEMS,
    tag="planner",
)
async def show_calendar_days() -> Reply:
    """Every day from `from` to `to` with its focus slots, the slots of tasks, the due tasks and the day's figures.

    A focus slot is on the day it begins on. A slot of a task is on each day it has minutes on. Of one day at most 100
    slots of tasks and 100 due tasks are shown; `has_more` then says so, and `GET /tasks` has them all.
    """
    query, app = read_query(CalendarDaysQuery), resources()
    learner_id, window = learner_named(current_caller(), query.learner_id), window_of(query)
    await refuse_departed()
    async with app.database.snapshot() as connection:
        facts = (await learner_facts(connection, [learner_id], app.policy, with_goals=False))[learner_id]
        today = facts.today(app.clock.now())
        first = window.first or window.last or today
        days = window.checked(Days(first, window.last or first + timedelta(days=6)), MAX_CALENDAR_DAYS)
        shown = await calendar_days(connection, learner_id, days, facts.zones)
    return answer({**window_json(days, today), "days": [_day_json(day) for day in shown]})


def _day_json(day: PlannedDay) -> JsonObject:
    return {
        "day": day.day.isoformat(),
        **sums_json(day.sums),
        "focus_slots": [_slot_json(slot) for slot in day.focus_slots],
        "scheduled_slots": [
            {
                "task_id": str(entry.task_id),
                "title": entry.title,
                "category_id": None if entry.category_id is None else str(entry.category_id),
                "status": entry.status,
                **_slot_json(entry.slot),
                "minutes": entry.minutes,
            }
            for entry in day.scheduled
        ],
        "due_tasks": [
            {
                "task_id": str(task.task_id),
                "title": task.title,
                "category_id": None if task.category_id is None else str(task.category_id),
                "status": task.status,
                "completed_at": instant(task.completed_at),
            }
            for task in day.due
        ],
        "has_more": day.has_more,
    }


def _slot_json(slot: Slot) -> JsonObject:
    return {"starts_at": instant(slot.starts_at), "ends_at": instant(slot.ends_at)}
