"""Projections of spaces and milestones from the log alone, for whole learners whose locks the caller holds.

Rows made anew are due at once: the sweep looks at them again and keeps what it has.
"""

from collections.abc import Container, Sequence
from uuid import UUID

from milepost.db.connection import Writing
from milepost.db.log.projections import MILESTONES, MILESTONES_REACHED, SPACE_TASKS, SPACES, Projection

_DUE = "UPDATE space_metrics SET due_at = '-infinity' WHERE learner_id = ANY($1::uuid[])"
_COUNT = f"""
UPDATE learners l SET milestones_reached = m.milestones_reached
FROM ({MILESTONES_REACHED.from_log}) m WHERE l.learner_id = m.learner_id
"""


async def refill_spaces(connection: Writing, learners: Sequence[UUID], wanted: Container[str]) -> None:
    """Empty and refill those of the projections that are wanted by name."""
    for projection in (SPACES, SPACE_TASKS, MILESTONES):
        if projection.name in wanted:
            await _refill(connection, learners, projection)
    if SPACES.name in wanted:
        await connection.execute(_DUE, learners)
    if MILESTONES_REACHED.name in wanted:
        await connection.execute(_COUNT, learners)


async def _refill(connection: Writing, learners: Sequence[UUID], projection: Projection) -> None:
    await connection.execute(f"DELETE FROM {projection.table} WHERE learner_id = ANY($1::uuid[])", learners)
    await connection.execute(f"INSERT INTO {projection.table} ({projection.listed}) {projection.from_log}", learners)
