"""A unit of work on the plans of one learner, shared by the writes of tasks, categories and focus slots."""

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

from milepost.db.connection import Writing
from milepost.queries.achievements.catalogue import CatalogueMemory
from milepost.rules.days.calendar import ZoneHistory
from milepost.rules.policy import Policy
from milepost.services.projections.planner_days import recompute


@dataclass(frozen=True, slots=True)
class Planning:
    """A unit of work on the plans of a locked learner. `days`: the days recomputed so far that goals may count."""

    connection: Writing
    learner_id: UUID
    zones: ZoneHistory
    policy: Policy
    now: datetime
    catalogues: CatalogueMemory
    days: set[date] = field(default_factory=set)

    async def recompute(self, days: Collection[date]) -> None:
        """Recompute these planner days from the plans."""
        self.days.update(await recompute(self.connection, self.learner_id, self.zones, days))
