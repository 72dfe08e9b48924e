"""PlannerService: every write of plans (categories, tasks, focus slots), each in one unit of work.

Decides which categories are valid. `tasks.py` and `focus_slots.py` decide the same about tasks and focus slots.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from uuid import UUID

from milepost.db.connection import Writing
from milepost.db.database import Database
from milepost.db.learner_row import lock_learners, raise_revisions
from milepost.errors import Conflict, NotFound
from milepost.queries.achievements.catalogue import CatalogueMemory
from milepost.queries.learners.facts import learner_facts
from milepost.queries.planner import plans
from milepost.queries.planner.plans import Category, Slot, Task
from milepost.rules.policy import Policy
from milepost.services.activities.outcome import LearnerAfter, Sender, learner_after
from milepost.services.learners.zones import establish_zone
from milepost.services.planner.focus_slots import set_focus_slots
from milepost.services.planner.planning import Planning
from milepost.services.planner.tasks import (
    TaskPlan,
    change_task,
    complete_task,
    create_task,
    delete_task,
    reopen_task,
)
from milepost.services.projections.goal_periods import settle_goals

_COUNT_CATEGORIES = "SELECT count(*) FROM categories WHERE learner_id = $1"
_CATEGORY_BY_NAME = "SELECT category_id FROM categories WHERE learner_id = $1 AND name = $2"
_ADD_CATEGORY = "INSERT INTO categories (learner_id, category_id, name, created_at) VALUES ($1, $2, $3, $4)"
_RENAME_CATEGORY = "UPDATE categories SET name = $3 WHERE learner_id = $1 AND category_id = $2"
_IN_USE = """
SELECT 1 FROM tasks WHERE learner_id = $1 AND category_id = $2
UNION ALL SELECT 1 FROM goals WHERE learner_id = $1 AND category_id = $2 AND archived_at IS NULL LIMIT 1
"""
_DELETE_CATEGORY = "DELETE FROM categories WHERE learner_id = $1 AND category_id = $2"


class PlannerService:
    """Every write of plans. One per process; stateless.

    `claimed_zone` is the zone in the learner's own token; it becomes the learner's zone if none is known yet.
    """

    def __init__(self, database: Database, policy: Policy, catalogues: CatalogueMemory) -> None:
        self._database = database
        self._policy = policy
        self._catalogues = catalogues

    async def create_category(
        self, learner_id: UUID, category_id: UUID, name: str, now: datetime, claimed_zone: str | None = None
    ) -> Category:
        """Create a category.

        Raises:
            Conflict: `category_exists`, the learner has one of that name; `too_many_categories`.
        """
        async with self._planning(learner_id, now, claimed_zone) as planning:
            await _check_name(planning.connection, learner_id, category_id, name)
            limit = self._policy.planner.categories_per_learner
            if await planning.connection.fetchval(_COUNT_CATEGORIES, learner_id) >= limit:
                raise Conflict("too_many_categories", f"A learner may have at most {limit} categories.")
            await planning.connection.execute(_ADD_CATEGORY, learner_id, category_id, name, now)
        return Category(category_id, name, now)

    async def rename_category(self, learner_id: UUID, category_id: UUID, name: str, now: datetime) -> Category:
        """Rename a category.

        Raises:
            NotFound: `category_not_found`.
            Conflict: `category_exists`.
        """
        async with self._planning(learner_id, now) as planning:
            category = await _require_category(planning.connection, learner_id, category_id)
            await _check_name(planning.connection, learner_id, category_id, name)
            await planning.connection.execute(_RENAME_CATEGORY, learner_id, category_id, name)
        return Category(category_id, name, category.created_at)

    async def delete_category(self, learner_id: UUID, category_id: UUID, now: datetime) -> None:
        """Delete a category that no task or goal in force refers to; otherwise what they count would change.

        Raises:
            NotFound: `category_not_found`.
            Conflict: `category_in_use`.
        """
        async with self._planning(learner_id, now) as planning:
            await _require_category(planning.connection, learner_id, category_id)
            if await planning.connection.fetchval(_IN_USE, learner_id, category_id) is not None:
                raise Conflict("category_in_use", "Tasks or goals use this category; move them to another one first.")
            await planning.connection.execute(_DELETE_CATEGORY, learner_id, category_id)

    async def create_task(
        self, learner_id: UUID, task_id: UUID, plan: TaskPlan, now: datetime, claimed_zone: str | None = None
    ) -> Task:
        """See `tasks.create_task`."""
        async with self._planning(learner_id, now, claimed_zone) as planning:
            return await create_task(planning, task_id, plan)

    async def change_task(self, learner_id: UUID, task_id: UUID, plan: TaskPlan, now: datetime) -> Task:
        """See `tasks.change_task`."""
        async with self._planning(learner_id, now) as planning:
            return await change_task(planning, task_id, plan)

    async def delete_task(self, learner_id: UUID, task_id: UUID, now: datetime) -> None:
        """See `tasks.delete_task`."""
        async with self._planning(learner_id, now) as planning:
            await delete_task(planning, task_id)

    async def complete_task(
        self, learner_id: UUID, task_id: UUID, completed_at: datetime | None, sender: Sender, now: datetime
    ) -> tuple[Task, LearnerAfter]:
        """See `tasks.complete_task`; `sender` is who says so."""
        async with self._planning(learner_id, now, sender.zone, raise_revision=False) as planning:
            completed, committed = await complete_task(planning, task_id, completed_at, sender.role)
        return completed, learner_after(committed, learner_id, committed.outcomes, self._policy, now)

    async def reopen_task(self, learner_id: UUID, task_id: UUID, now: datetime) -> Task:
        """See `tasks.reopen_task`."""
        async with self._planning(learner_id, now) as planning:
            return await reopen_task(planning, task_id)

    async def set_focus_slots(
        self, learner_id: UUID, day: date, slots: Sequence[Slot], now: datetime, claimed_zone: str | None = None
    ) -> None:
        """Replace the focus slots of a calendar day; see `focus_slots.set_focus_slots`."""
        async with self._planning(learner_id, now, claimed_zone) as planning:
            await set_focus_slots(planning, day, slots)

    @asynccontextmanager
    async def _planning(
        self, learner_id: UUID, now: datetime, claimed_zone: str | None = None, *, raise_revision: bool = True
    ) -> AsyncIterator[Planning]:
        """A unit of work under the learner's lock, after the zone is established.

        `raise_revision` is False if the block raises the revision itself.
        """
        async with self._database.write() as connection:
            await lock_learners(connection, [learner_id])
            facts = (await learner_facts(connection, [learner_id], self._policy))[learner_id]
            if claimed_zone is not None and facts.zone_is_assumed:
                await establish_zone(connection, learner_id, claimed_zone, "claim", self._policy, now)
                facts = (await learner_facts(connection, [learner_id], self._policy))[learner_id]
            planning = Planning(connection, learner_id, facts.zones, self._policy, now, self._catalogues)
            yield planning
            if raise_revision:
                await raise_revisions(connection, [learner_id])
            await settle_goals(connection, {learner_id: planning.days}, {learner_id: facts}, self._policy, now)


async def _require_category(connection: Writing, learner_id: UUID, category_id: UUID) -> Category:
    category = await plans.category(connection, learner_id, category_id)
    if category is None:
        raise NotFound("category_not_found", "The learner has no such category.")
    return category


async def _check_name(connection: Writing, learner_id: UUID, category_id: UUID, name: str) -> None:
    if await connection.fetchval(_CATEGORY_BY_NAME, learner_id, name) not in (None, category_id):
        raise Conflict("category_exists", "The learner already has a category with this name.")
