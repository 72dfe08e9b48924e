"""Which learners come next, and how many fit into a batch."""

from uuid import UUID

from milepost.db.connection import Reading
from milepost.services.projections.registry import PROJECTIONS

LEARNERS_A_BATCH = 200


ACTIVITIES_A_BATCH = 20_000
"""A batch ends with the learner that reaches it: this bounds how long a writer may have to wait."""


_EVERYBODY = UUID(int=2**128 - 1)


_NEXT = f"""
SELECT learner_id, activities FROM learners WHERE learner_id > $1 ORDER BY learner_id LIMIT {LEARNERS_A_BATCH}
"""


# Unlocks are awards, and stay without their learner's row.
_TABLES = {projection.table for projection in PROJECTIONS} - {"learners", "unlocks"}


# Also learners of whom only some rows are left: a check has to find them. Within bounds: the planner would rather read
# a whole table than skip from learner to learner.
_HALF_THERE = " UNION ".join(
    f"(SELECT DISTINCT learner_id FROM {table} WHERE learner_id > $1 AND learner_id <= $2"
    f" ORDER BY learner_id LIMIT {LEARNERS_A_BATCH})"
    for table in ("activities", *sorted(_TABLES))
)


COUNT_LEARNERS = "SELECT count(*) FROM learners"


async def next_batch(connection: Reading, after: UUID) -> list[UUID]:
    """The next learners by id, as many as make up a batch."""
    batch: list[UUID] = []
    weight = 0
    rows = await connection.fetch(_NEXT, after)
    for learner_id, activities in rows:
        batch.append(learner_id)
        weight += activities
        if weight >= ACTIVITIES_A_BATCH:
            break
    ends_here = len(batch) < len(rows) or len(rows) == LEARNERS_A_BATCH
    until = batch[-1] if ends_here else _EVERYBODY
    half_there = [row[0] for row in await connection.fetch(_HALF_THERE, after, until)]
    return sorted({*batch, *half_there}, key=lambda learner: learner.int)[:LEARNERS_A_BATCH]
