"""The learner's row: its lock and its revisions. All code takes the locks in one order."""

from collections.abc import Sequence
from uuid import UUID

from milepost.db.changes import note_changed
from milepost.db.connection import Writing

_LOCK = """
INSERT INTO learners AS l (learner_id, catalogue_seen, outage_seen)
SELECT unnest($1::uuid[]), (SELECT catalogue_revision FROM system_state),
    (SELECT coalesce(max(activation), 0) FROM outages) ORDER BY 1
ON CONFLICT (learner_id) DO UPDATE SET revision = l.revision
"""
_RAISE = "UPDATE learners SET revision = revision + 1 WHERE learner_id = ANY($1::uuid[])"
_RAISE_DAYS = """
UPDATE learners SET revision = revision + 1, days_revision = days_revision + 1 WHERE learner_id = $1 RETURNING revision
"""


async def lock_learners(connection: Writing, learners: Sequence[UUID]) -> None:
    """Lock the learners' rows, by id; new learners get a row."""
    note_changed(learners)
    await connection.execute(_LOCK, sorted(learners, key=lambda learner: learner.int))


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
