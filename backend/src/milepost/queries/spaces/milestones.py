"""A learner's milestones, with the day on which each was reached."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from milepost.db.connection import Reading

_COLUMNS = "m.milestone_id, m.title, m.space_id, m.goal_id, r.reached_on"
_MILESTONES = f"""
SELECT {_COLUMNS} FROM milestones m LEFT JOIN milestone_reaches r USING (learner_id, milestone_id)
WHERE m.learner_id = $1 AND ($2::text IS NULL OR m.space_id = $2) AND ($3::text IS NULL OR m.goal_id = $3)
ORDER BY m.created_at, m.milestone_id
"""
_MILESTONE = f"""
SELECT {_COLUMNS} FROM milestones m LEFT JOIN milestone_reaches r USING (learner_id, milestone_id)
WHERE m.learner_id = $1 AND m.milestone_id = $2
"""


@dataclass(frozen=True, slots=True)
class Milestone:
    """A milestone of a space, a composite goal, or both. `reached_on`: the learner's day, None until then."""

    milestone_id: str
    title: str
    space_id: str | None
    goal_id: str | None
    reached_on: date | None


async def milestones_of(
    connection: Reading, learner_id: UUID, space_id: str | None = None, goal_id: str | None = None
) -> Sequence[Milestone]:
    """A learner's milestones in the order of creation, optionally only those of a space or goal. One statement."""
    return [Milestone(*row) for row in await connection.fetch(_MILESTONES, learner_id, space_id, goal_id)]


async def milestone(connection: Reading, learner_id: UUID, milestone_id: str) -> Milestone | None:
    """The milestone, or None if the learner has no such milestone."""
    row = await connection.fetchrow(_MILESTONE, learner_id, milestone_id)
    return None if row is None else Milestone(*row)
