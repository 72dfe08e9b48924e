"""The learner's row: its lock and its revisions. All code takes the locks in one order."""

from collections.abc import Sequence
from uuid import UUID

from milepost.db.changes import note_changed
from milepost.db.connection import Writing
from milepost.db.departures import departed_among
from milepost.errors import Departed, LearnersGone

# A row that this statement has made may be that of a learner who has left.
_LOCK = """
WITH locked AS (
    INSERT INTO learners AS l (learner_id, catalogue_seen, outage_seen)
    SELECT unnest($1::uuid[]), (SELECT catalogue_revision FROM system_state),
        (SELECT coalesce(max(activation), 0) FROM outages) ORDER BY 1
    ON CONFLICT (learner_id) DO UPDATE SET revision = l.revision
    RETURNING learner_id, revision, erasing_at
)
SELECT learner_id FROM locked WHERE revision = 0 OR erasing_at IS NOT NULL
"""
_FORGET = "DELETE FROM learners WHERE learner_id = ANY($1::uuid[]) AND erasing_at IS NULL"
_RAISE = "UPDATE learners SET revision = revision + 1 WHERE learner_id = ANY($1::uuid[])"
_RAISE_DAYS = """
UPDATE learners SET revision = revision + 1, days_revision = days_revision + 1 WHERE learner_id = $1 RETURNING revision
"""


async def lock_learners(connection: Writing, learners: Sequence[UUID]) -> None:
    """Lock the learners' rows, by id; new learners get a row.

    Raises:
        LearnersGone: some of them have left.
    """
    departed = await _lock(connection, learners)
    if departed:
        raise LearnersGone(departed)


async def lock_remaining_learners(connection: Writing, learners: Sequence[UUID]) -> list[UUID]:
    """Lock as `lock_learners`, and return the learners without those who have left; for jobs, which may come later."""
    departed = {learner.learner_id for learner in await _lock(connection, learners)}
    if departed:
        await connection.execute(_FORGET, list(departed))
    return [learner_id for learner_id in learners if learner_id not in departed]


async def _lock(connection: Writing, learners: Sequence[UUID]) -> Sequence[Departed]:
    """Lock these rows. Returns the learners who have left."""
    note_changed(learners)
    rows = await connection.fetch(_LOCK, sorted(learners, key=lambda learner: learner.int))
    return await departed_among(connection, [row[0] for row in rows]) if rows else ()


async def raise_revisions(connection: Writing, learners: Sequence[UUID]) -> None:
    """Raise the revisions of these learners, so that no cached answer survives. The caller holds their locks."""
    note_changed(learners)
    await connection.execute(_RAISE, learners)


async def raise_days_revision(connection: Writing, learner_id: UUID) -> int:
    """Raise a learner's revision and its `days_revision`; the new revision.

    An intake batch that decided by the old facts notices the change and starts again. The caller holds the lock.
    """
    revision: int = await connection.fetchval(_RAISE_DAYS, learner_id)
    return revision
