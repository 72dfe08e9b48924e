"""Batches of learners: the next by id, as many as fit."""

from uuid import UUID

from milepost.db.connection import Reading
from milepost.services.projections.registry import PROJECTIONS

LEARNERS_PER_BATCH = 200


ACTIVITIES_PER_BATCH = 20_000
"""A batch ends with the learner who reaches it. This bounds how long a writer waits for the locks."""


_LAST_LEARNER = UUID(int=2**128 - 1)


_NEXT = f"""
SELECT learner_id, activities FROM learners WHERE learner_id > $1 ORDER BY learner_id LIMIT {LEARNERS_PER_BATCH}
"""


# Unlocks are awards: without a learner's row there is nothing to refill.
_TABLES = {projection.table for projection in PROJECTIONS} - {"learners", "unlocks"}


# Also learners who have lost their row of `learners`: a check has to find them. Bounded, because PostgreSQL would
# rather read a whole table than skip from learner to learner.
_WITHOUT_ROW = " UNION ".join(
    f"(SELECT DISTINCT learner_id FROM {table} WHERE learner_id > $1 AND learner_id <= $2"
    f" ORDER BY learner_id LIMIT {LEARNERS_PER_BATCH})"
    for table in ("activities", *sorted(_TABLES))
)


COUNT_LEARNERS = "SELECT count(*) FROM learners"


async def next_batch(connection: Reading, after: UUID) -> list[UUID]:
    """The next batch of learners by id."""
    batch: list[UUID] = []
    weight = 0
    rows = await connection.fetch(_NEXT, after)
    for learner_id, activities in rows:
        batch.append(learner_id)
        weight += activities
        if weight >= ACTIVITIES_PER_BATCH:
            break
    ends_here = len(batch) < len(rows) or len(rows) == LEARNERS_PER_BATCH
    until = batch[-1] if ends_here else _LAST_LEARNER
    without_row = [row[0] for row in await connection.fetch(_WITHOUT_ROW, after, until)]
    return sorted({*batch, *without_row}, key=lambda learner: learner.int)[:LEARNERS_PER_BATCH]
