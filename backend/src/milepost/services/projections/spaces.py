"""Projections of spaces. A refill makes them due, so that the sweep sees them again and keeps its snapshots."""

from milepost.db.log.projections import SPACES
from milepost.services.projections.declaration import Refill

_DUE = "UPDATE space_metrics SET due_at = '-infinity' WHERE learner_id = ANY($1::uuid[])"


async def refill_spaces(refill: Refill) -> None:
    """Replace the sums of spaces, and make all of them due."""
    for statement in (*SPACES.refill_statements, _DUE):
        await refill.connection.execute(statement, refill.learners)
