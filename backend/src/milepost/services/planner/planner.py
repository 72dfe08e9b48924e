"""PlannerService: every write of plans (categories, tasks, focus slots), each in one unit of work.

`categories.py`, `tasks.py` and `focus_slots.py` decide what is valid.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import date, datetime
from uuid import UUID

from milepost.db.database import Database
from milepost.db.learner_row import lock_learners, raise_revisions
from milepost.queries.achievements.catalogue import CatalogueMemory
from milepost.queries.learners.facts import learner_facts
from milepost.queries.planner.plans import Category, Slot, Task
from milepost.rules.policy import Policy
from milepost.services.activities.outcome import LearnerAfter, Sender, learner_after
from milepost.services.learners.zones import establish_zone
from milepost.services.planner.categories import (
    CategoryPlan,
    DeletedCategory,
    change_category,
    create_category,
    delete_category,
)
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
from milepost.services.projections.goal_periods import settle_planned_goals


class PlannerService:
    """Every write of plans. One per process; stateless.

    `claimed_zone` is the zone in the learner's own token; it becomes the learner's zone if none is known yet.
    """

    def __init__(self, database: Database, policy: Policy, catalogues: CatalogueMemory) -> None:
        self._database = database
        self._policy = policy
        self._catalogues = catalogues

    async def create_category(
        self, learner_id: UUID, category_id: UUID, plan: CategoryPlan, now: datetime, claimed_zone: str | None = None
    ) -> Category:
        """See `categories.create_category`."""
        async with self._planning(learner_id, now, claimed_zone) as planning:
            return await create_category(planning, category_id, plan)

    async def change_category(self, learner_id: UUID, category_id: UUID, plan: CategoryPlan, now: datetime) -> Category:
        """See `categories.change_category`."""
        async with self._planning(learner_id, now) as planning:
            return await change_category(planning, category_id, plan)

    async def delete_category(
        self, learner_id: UUID, category_id: UUID, move_to: UUID | None, now: datetime
    ) -> DeletedCategory:
        """See `categories.delete_category`."""
        async with self._planning(learner_id, now) as planning:
            return await delete_category(planning, category_id, move_to)

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
            await settle_planned_goals(connection, learner_id, planning.days, facts, self._policy, now)
