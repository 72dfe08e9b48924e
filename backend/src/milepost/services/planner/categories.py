"""Categories: creates, changes and deletes them, and keeps their order.

Decides which categories are valid, and what a deletion means for tasks and goals. Everything here runs in the caller's
transaction under the learner's lock.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from uuid import UUID

from milepost.db.tables import PLANNER_SUMS
from milepost.errors import Conflict, Fault, Invalid, NotFound
from milepost.queries.learners.facts import learner_facts
from milepost.queries.planner import plans
from milepost.queries.planner.plans import Category
from milepost.rules.planner.categories import CategoryColor, default_color
from milepost.rules.planner.planner_days import UNCATEGORISED
from milepost.services.goals.goals import archive_goal
from milepost.services.goals.sweeps import close_periods_of
from milepost.services.planner.planning import Planning
from milepost.services.projections.goal_periods import settle_goals
from milepost.services.projections.planner_days import recompute

_INSERT = """
INSERT INTO categories (learner_id, category_id, name, color, position, created_at) VALUES ($1, $2, $3, $4, $5, $6)
"""
_RENAME = "UPDATE categories SET name = $3 WHERE learner_id = $1 AND category_id = $2"
_ARRANGE = """
UPDATE categories c SET color = k.color, position = k.position
FROM unnest($2::uuid[], $3::text[], $4::int[]) AS k(category_id, color, position)
WHERE c.learner_id = $1 AND c.category_id = k.category_id
    AND (c.color IS DISTINCT FROM k.color OR c.position IS DISTINCT FROM k.position)
"""
_DELETE = "DELETE FROM categories WHERE learner_id = $1 AND category_id = $2"
_GOALS = """
SELECT goal_id FROM goals WHERE learner_id = $1 AND category_id = $2 AND archived_at IS NULL
ORDER BY created_at, goal_id
"""
_MOVE_TASKS = """
WITH moved AS (
    UPDATE tasks SET category_id = $3, updated_at = $4 WHERE learner_id = $1 AND category_id = $2 RETURNING 1
) SELECT count(*) FROM moved
"""
_SUMS = ", ".join(PLANNER_SUMS)
# Focus minutes are a union: where both categories have some, they do not simply add up.
_BOTH_IN_FOCUS = """
SELECT day FROM planner_days a JOIN planner_days b USING (learner_id, day)
WHERE learner_id = $1 AND a.category = $2 AND b.category = $3 AND a.focus_minutes > 0 AND b.focus_minutes > 0
ORDER BY day
"""
_MOVE_SUMS = f"""
WITH moved AS (
    DELETE FROM planner_days WHERE learner_id = $1 AND category = $2 RETURNING day, {_SUMS}
), added AS (
    INSERT INTO planner_days AS p (learner_id, day, category, {_SUMS}) SELECT $1, day, $3, {_SUMS} FROM moved
    ON CONFLICT (learner_id, day, category)
    DO UPDATE SET {", ".join(f"{name} = p.{name} + excluded.{name}" for name in PLANNER_SUMS)} RETURNING day
) SELECT day FROM added
"""
# The tasks of so many days are read and counted at a time, so that other requests run in between.
_DAYS_AT_A_TIME = 31


@dataclass(frozen=True, slots=True)
class CategoryPlan:
    """The content of a category as requested. None: the default for a new category, unchanged for an existing one."""

    name: str
    color: CategoryColor | None = None
    position: int | None = None


@dataclass(frozen=True, slots=True)
class DeletedCategory:
    """Where the tasks of a deleted category are now (None: uncategorised), and the goals that went with it."""

    moved_to: UUID | None
    tasks: int
    archived_goals: Sequence[UUID]


async def create_category(planning: Planning, category_id: UUID, plan: CategoryPlan) -> Category:
    """Create a category. It comes last unless the plan says where.

    Raises:
        Conflict: `category_exists`, the learner has one of that name; `too_many_categories`.
    """
    existing = await plans.categories(planning.connection, planning.learner_id)
    _check_name(existing, category_id, plan.name)
    limit = planning.policy.planner.categories_per_learner
    if len(existing) >= limit:
        raise Conflict("too_many_categories", f"A learner may have at most {limit} categories.")
    color = plan.color or default_color(len(existing))
    created = Category(category_id, plan.name, color, len(existing), planning.now)
    await planning.connection.execute(_INSERT, planning.learner_id, *created)
    return await _arrange(planning, existing, created, plan.position)


async def change_category(planning: Planning, category_id: UUID, plan: CategoryPlan) -> Category:
    """Rename a category, colour it, or move it to another position; the others close up.

    Raises:
        NotFound: `category_not_found`.
        Conflict: `category_exists`.
    """
    existing = await plans.categories(planning.connection, planning.learner_id)
    before = _required(existing, category_id)
    _check_name(existing, category_id, plan.name)
    await planning.connection.execute(_RENAME, planning.learner_id, category_id, plan.name)
    changed = before._replace(name=plan.name, color=plan.color or before.color)
    others = [category for category in existing if category.category_id != category_id]
    return await _arrange(planning, others, changed, before.position if plan.position is None else plan.position)


async def delete_category(planning: Planning, category_id: UUID, move_to: UUID | None) -> DeletedCategory:
    """Delete a category and move its tasks to another one, or leave them uncategorised (None).

    Goals on it are archived: they would count something else from now on. Their periods that are over are closed first,
    so their history stays what it was.

    Raises:
        NotFound: `category_not_found`.
        Invalid: `invalid_query`, there is no category to move to.
    """
    connection, learner_id = planning.connection, planning.learner_id
    existing = await plans.categories(connection, learner_id)
    _required(existing, category_id)
    if move_to is not None and (move_to == category_id or all(move_to != item.category_id for item in existing)):
        fault = Fault("/move_to", f"must be the id of another category of the learner, or {UNCATEGORISED}", "unknown")
        raise Invalid("invalid_query", "The query has invalid values.", (fault,))
    await close_periods_of(connection, learner_id, planning.policy, planning.now)
    goals = [row[0] for row in await connection.fetch(_GOALS, learner_id, category_id)]
    for goal_id in goals:
        await archive_goal(connection, learner_id, goal_id, planning.policy, planning.now)
    tasks = await connection.fetchval(_MOVE_TASKS, learner_id, category_id, move_to, planning.now)
    after = UNCATEGORISED if move_to is None else str(move_to)
    days = await _move_sums(planning, str(category_id), after)
    await connection.execute(_DELETE, learner_id, category_id)
    await _settle_goals(planning, days, after)
    return DeletedCategory(move_to, tasks, goals)


async def _move_sums(planning: Planning, before: str, after: str) -> set[date]:
    """Move the planner days of one category to another. Returns the days. The totals of all categories stay."""
    connection, learner_id = planning.connection, planning.learner_id
    in_focus = [row[0] for row in await connection.fetch(_BOTH_IN_FOCUS, learner_id, before, after)]
    days = {row[0] for row in await connection.fetch(_MOVE_SUMS, learner_id, before, after)}
    for first in range(0, len(in_focus), _DAYS_AT_A_TIME):
        await recompute(connection, learner_id, planning.zones, in_focus[first : first + _DAYS_AT_A_TIME])
    return days


async def _settle_goals(planning: Planning, days: set[date], category: str) -> None:
    """Settle the goals on what gained the tasks, a category or `uncategorised`; no others count anything else."""
    facts = (await learner_facts(planning.connection, [planning.learner_id], planning.policy))[planning.learner_id]
    goals = [goal for goal in facts.goals if goal.category_id == category]
    learner = {planning.learner_id: replace(facts, goals=goals)}
    await settle_goals(planning.connection, {planning.learner_id: days}, learner, planning.policy, planning.now)


async def _arrange(
    planning: Planning, others: Sequence[Category], category: Category, position: int | None
) -> Category:
    """Store the order of the learner's categories, with this one at `position` (None: last), and their colours."""
    at = len(others) if position is None else min(position, len(others))
    ordered = [*others[:at], category, *others[at:]]
    ids, colors = [item.category_id for item in ordered], [item.color for item in ordered]
    await planning.connection.execute(_ARRANGE, planning.learner_id, ids, colors, list(range(len(ordered))))
    return category._replace(position=at)


def _required(existing: Sequence[Category], category_id: UUID) -> Category:
    category = next((item for item in existing if item.category_id == category_id), None)
    if category is None:
        raise NotFound("category_not_found", "The learner has no such category.")
    return category


def _check_name(existing: Sequence[Category], category_id: UUID, name: str) -> None:
    if any(item.name == name and item.category_id != category_id for item in existing):
        raise Conflict("category_exists", "The learner already has a category with this name.")
