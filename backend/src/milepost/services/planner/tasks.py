"""Tasks: writes them with their slots, completes them together with an activity in the log, and reopens them.

Decides what a completion means for the log, and a void for a completion. Everything here runs in the caller's
transaction under the learner's lock, and recomputes the planner days it touches.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from uuid import UUID

from milepost.db.connection import Writing
from milepost.db.learner_row import lock_learners, raise_revisions
from milepost.errors import Conflict, Fault, FaultCode, Invalid, NotFound
from milepost.queries.learners.facts import learner_facts
from milepost.queries.planner.plans import Slot, Task, TaskStatus, has_category, task
from milepost.rules.activities import Activity, KindTable, admission, counts_of_own_record, refusal
from milepost.rules.days.calendar import ZoneHistory, local_day
from milepost.rules.learners import SENDER
from milepost.rules.planner.minute_spans import dates, span
from milepost.rules.policy import Claim, Kind, Policy
from milepost.services.activities.nested import record_nested
from milepost.services.activities.submission import Committed, Submission
from milepost.services.activities.void import void_activity
from milepost.services.planner.planning import Planning
from milepost.services.projections.goal_periods import settle_planned_goals
from milepost.services.projections.planner_days import recompute

# A learner may complete a planned task, whatever the table of kinds says about tasks that services report.
_CLAIMED_BY_ALL = Kind(object_type="task", verb="completed", claim="learner")

_COUNT = "SELECT count(*) FROM tasks WHERE learner_id = $1"
_FULL_DAY = """
SELECT d.day FROM unnest($2::date[]) AS d(day) CROSS JOIN LATERAL (
    SELECT count(*) AS slots FROM task_slots s WHERE s.learner_id = $1
        AND s.starts_at >= d.day::timestamp AT TIME ZONE 'UTC'
        AND s.starts_at < (d.day + 1)::timestamp AT TIME ZONE 'UTC'
) s WHERE s.slots > $3 ORDER BY d.day LIMIT 1
"""
_SLOT_COUNT = "SELECT count(*) FROM task_slots WHERE learner_id = $1"
_COMPLETED_COUNT = """
SELECT count(*) FROM tasks WHERE learner_id = $1 AND completed_at >= $2::date::timestamp AT TIME ZONE 'UTC'
    AND completed_at < ($2::date + 1)::timestamp AT TIME ZONE 'UTC'
"""
_DUE_COUNT = "SELECT count(*) FROM tasks WHERE learner_id = $1 AND due_day = $2"
_INSERT = """
INSERT INTO tasks (learner_id, task_id, title, category_id, status, due_day, created_at, updated_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
"""
_UPDATE = """
UPDATE tasks SET title = $3, category_id = $4, status = $5, due_day = $6, updated_at = $7
WHERE learner_id = $1 AND task_id = $2
"""
_DELETE = "DELETE FROM tasks WHERE learner_id = $1 AND task_id = $2"
_DELETE_SLOTS = "DELETE FROM task_slots WHERE learner_id = $1 AND task_id = $2"
_INSERT_SLOTS = """
INSERT INTO task_slots (learner_id, task_id, n, starts_at, ends_at)
SELECT $1, $2, u.n, u.starts_at, u.ends_at
FROM unnest($3::smallint[], $4::timestamptz[], $5::timestamptz[]) AS u(n, starts_at, ends_at)
"""
_COMPLETE = """
UPDATE tasks SET status = 'completed', completed_at = $3, completions = $4, updated_at = $5
WHERE learner_id = $1 AND task_id = $2
"""
_REOPEN = """
UPDATE tasks SET status = 'pending', completed_at = NULL, updated_at = $3 WHERE learner_id = $1 AND task_id = $2
"""


_COMPLETION_ID = re.compile(r"task:(?P<task_id>[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}):(?P<n>[0-9]{1,9})")


@dataclass(frozen=True, slots=True)
class TaskPlan:
    """The content of a task as requested. `status` None: pending, or completed if it is completed."""

    title: str
    category_id: UUID | None
    status: TaskStatus | None
    due_day: date | None
    slots: Sequence[Slot]


async def create_task(planning: Planning, task_id: UUID, plan: TaskPlan) -> Task:
    """Create a task.

    Raises:
        NotFound: `category_not_found`.
        Conflict: `too_many_tasks`, `too_many_due_tasks`, `too_many_slots`, or `task_completion`: the plan says that it
        is already completed.
    """
    connection, learner_id = planning.connection, planning.learner_id
    await _check(planning, plan, None)
    if await connection.fetchval(_COUNT, learner_id) >= planning.policy.planner.tasks_per_learner:
        limit = planning.policy.planner.tasks_per_learner
        raise Conflict("too_many_tasks", f"A learner may have at most {limit} tasks; delete some first.")
    status = plan.status or "pending"
    await connection.execute(
        _INSERT, learner_id, task_id, plan.title, plan.category_id, status, plan.due_day, planning.now
    )
    await _insert_slots(planning, task_id, plan.slots)
    await _check_days(planning, plan, None)
    created = await require_task(planning, task_id)
    await planning.recompute(days_of_task(created, planning.zones))
    return created


async def change_task(planning: Planning, task_id: UUID, plan: TaskPlan) -> Task:
    """Change a task to match the plan. Its completion does not change.

    Raises:
        NotFound: `task_not_found`, `category_not_found`.
        Conflict: `task_completion`: the plan's status would complete or reopen it; `too_many_due_tasks`,
        `too_many_slots`.
    """
    before = await require_task(planning, task_id)
    await _check(planning, plan, before)
    status = plan.status or ("pending" if before.completed_at is None else "completed")
    await planning.connection.execute(
        _UPDATE, planning.learner_id, task_id, plan.title, plan.category_id, status, plan.due_day, planning.now
    )
    await planning.connection.execute(_DELETE_SLOTS, planning.learner_id, task_id)
    await _insert_slots(planning, task_id, plan.slots)
    await _check_days(planning, plan, before)
    after = await require_task(planning, task_id)
    await planning.recompute(days_of_task(before, planning.zones) | days_of_task(after, planning.zones))
    return after


async def delete_task(planning: Planning, task_id: UUID) -> None:
    """Delete a task. The activity that its completion recorded stays in the log.

    Raises:
        NotFound: `task_not_found`.
    """
    before = await require_task(planning, task_id)
    await planning.connection.execute(_DELETE_SLOTS, planning.learner_id, task_id)
    await planning.connection.execute(_DELETE, planning.learner_id, task_id)
    await planning.recompute(days_of_task(before, planning.zones))


async def complete_task(
    planning: Planning, task_id: UUID, completed_at: datetime | None, role: Claim
) -> tuple[Task, Committed]:
    """Complete a task and record an activity of our own for it, without grade or points.

    A completed task stays as it is, and the answer repeats what its activity changed. `completed_at` None means now.

    Raises:
        NotFound: `task_not_found`.
        Invalid: `completed_at_refused`: in the future, or longer ago than this role may report.
        Conflict: `too_many_completed_tasks`.
    """
    before = await require_task(planning, task_id)
    if before.completed_at is not None:
        return before, await _record(planning, task_id, before.completions, before.completed_at)
    at = completed_at or planning.now
    admitted = admission(role, planning.now, planning.policy.activities)
    reason = refusal(_activity(task_id, at), at, _CLAIMED_BY_ALL, admitted)
    if reason is not None:
        sentence = f"`completed_at` cannot be recorded: {reason}."
        code: FaultCode = "in_the_future" if reason == "future" else "in_the_past"
        raise Invalid("completed_at_refused", sentence, (Fault("/completed_at", sentence, code),))
    day, most = at.astimezone(UTC).date(), planning.policy.planner.completed_tasks_per_day
    if await planning.connection.fetchval(_COMPLETED_COUNT, planning.learner_id, day) >= most:
        detail = f"At most {most} tasks may be completed on one day in UTC."
        raise Conflict("too_many_completed_tasks", detail, {"max": most, "day": day.isoformat()})
    # Find the next unused number: a deleted task may have had the same id.
    n, committed = before.completions, None
    while committed is None or committed.outcomes[0].status != "accepted":
        n += 1
        committed = await _record(planning, task_id, n, at)
    await planning.connection.execute(_COMPLETE, planning.learner_id, task_id, at, n, planning.now)
    after = await require_task(planning, task_id)
    await planning.recompute(days_of_task(after, planning.zones))
    return after, committed


async def reopen_task(planning: Planning, task_id: UUID) -> Task:
    """Reopen a task and void the activity of its completion. An open task stays as it is.

    Raises:
        NotFound: `task_not_found`.
    """
    before = await require_task(planning, task_id)
    if before.completed_at is None:
        return before
    key = (planning.learner_id, SENDER, _activity_id(task_id, before.completions))
    await void_activity(planning.connection, key, "service", planning.policy, planning.now)
    await planning.connection.execute(_REOPEN, planning.learner_id, task_id, planning.now)
    await planning.recompute(days_of_task(before, planning.zones))
    return await require_task(planning, task_id)


async def reopen_task_completed_by(
    connection: Writing, learner_id: UUID, activity_id: str, policy: Policy, now: datetime
) -> None:
    """Reopen the task whose completion recorded this activity of our own, because the activity is being voided.

    Does nothing if the task is open, deleted, or completed again since. Also updates planner days and goals.
    """
    completion = _COMPLETION_ID.fullmatch(activity_id)
    if completion is None:
        return
    task_id, n = UUID(completion["task_id"]), int(completion["n"])
    if await task(connection, learner_id, task_id) is None:
        return
    await lock_learners(connection, [learner_id])
    before = await task(connection, learner_id, task_id)
    if before is None or before.completed_at is None or before.completions != n:
        return
    facts = (await learner_facts(connection, [learner_id], policy))[learner_id]
    days = days_of_task(before, facts.zones)
    await connection.execute(_REOPEN, learner_id, task_id, now)
    counted = await recompute(connection, learner_id, facts.zones, days)
    await raise_revisions(connection, [learner_id])
    await settle_planned_goals(connection, learner_id, counted, facts, policy, now)


async def require_task(planning: Planning, task_id: UUID) -> Task:
    """The learner's task.

    Raises:
        NotFound: `task_not_found`.
    """
    existing = await task(planning.connection, planning.learner_id, task_id)
    if existing is None:
        raise NotFound("task_not_found", "The learner has no such task.")
    return existing


async def _check(planning: Planning, plan: TaskPlan, before: Task | None) -> None:
    was_completed = before is not None and before.completed_at is not None
    if plan.status is not None and (plan.status == "completed") != was_completed:
        raise Conflict(
            "task_completion", "Use `/tasks/{task_id}/complete` to complete a task or to undo its completion."
        )
    if plan.category_id is None:
        return
    if not await has_category(planning.connection, planning.learner_id, plan.category_id):
        raise NotFound("category_not_found", "The learner has no such category.")


async def _check_days(planning: Planning, plan: TaskPlan, before: Task | None) -> None:
    """Refuse more on one day than its sums may be made of: every write of a day reads all of it.

    What a task had before it may keep, also on a day that is too full since an earlier release.

    Raises:
        Conflict: `too_many_due_tasks`, `too_many_slots`.
    """
    connection, learner_id, limits = planning.connection, planning.learner_id, planning.policy.planner
    if plan.due_day is not None and (before is None or before.due_day != plan.due_day):
        most = limits.due_tasks_per_day
        if await connection.fetchval(_DUE_COUNT, learner_id, plan.due_day) > most:
            detail = f"At most {most} tasks may be due on one day."
            raise Conflict("too_many_due_tasks", detail, {"max": most, "day": plan.due_day.isoformat()})
    if len(plan.slots) > (0 if before is None else len(before.slots)):
        most = limits.slots_per_learner
        if await connection.fetchval(_SLOT_COUNT, learner_id) > most:
            detail = f"A learner may have at most {most} slots; delete some tasks first."
            raise Conflict("too_many_slots", detail, {"max": most})
    days = {slot.starts_at.date() for slot in plan.slots if before is None or slot not in before.slots}
    full = await connection.fetchval(_FULL_DAY, learner_id, sorted(days), limits.slots_per_day) if days else None
    if full is not None:
        detail = f"At most {limits.slots_per_day} slots may begin on one day in UTC."
        raise Conflict("too_many_slots", detail, {"max": limits.slots_per_day, "day": full.isoformat()})


async def _insert_slots(planning: Planning, task_id: UUID, slots: Sequence[Slot]) -> None:
    if slots:
        starts, ends = map(list, zip(*slots, strict=True))
        await planning.connection.execute(
            _INSERT_SLOTS, planning.learner_id, task_id, list(range(len(slots))), starts, ends
        )


async def _record(planning: Planning, task_id: UUID, n: int, at: datetime) -> Committed:
    """Record the n-th completion. If it is recorded already, the outcome repeats what it changed."""
    counts = counts_of_own_record(KindTable(planning.policy.activities.kinds).kind_of("task", "completed"))
    activity_id, activity = _activity_id(task_id, n), _activity(task_id, at)
    submission = Submission(planning.learner_id, SENDER, activity_id, activity, at, counts, points=0)
    return await record_nested(planning.connection, [submission], planning.catalogues, planning.policy, planning.now)


def _activity(task_id: UUID, at: datetime) -> Activity:
    return Activity(verb="completed", object_type="task", object_id=str(task_id), occurred_at=at)


def _activity_id(task_id: UUID, n: int) -> str:
    return f"task:{task_id}:{n}"


def days_of_task(planned: Task, zones: ZoneHistory) -> set[date]:
    """The planner days that a task affects."""
    days = dates(zones, [span(*slot) for slot in planned.slots])
    if planned.completed_at is not None:
        days.add(local_day(planned.completed_at, zones.name_at(planned.completed_at)))
    if planned.due_day is not None:
        days.add(planned.due_day)
    return days
