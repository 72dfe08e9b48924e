"""What administrators see of a learner beside its progress: profile, last activity, and what jobs still have to do."""

from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from milepost.db.connection import Reading

_STATE = """
SELECT l.activities, l.rebuild_due_at, l.outage_seen < coalesce((SELECT max(activation) FROM outages), 0),
    l.catalogue_seen < s.catalogue_decides, p.display_name, coalesce(p.quiet, FALSE), coalesce(p.boards, FALSE)
FROM learners l CROSS JOIN system_state s LEFT JOIN profiles p USING (learner_id) WHERE l.learner_id = $1
"""
# The order of the feed, so an index gives the newest.
_LAST_ACTIVITY = """
SELECT sender, id, verb, object_type, local_day, occurred_at, received_at FROM activities
WHERE learner_id = $1 AND voided_at IS NULL ORDER BY local_day DESC, occurred_at DESC, sender DESC, id DESC LIMIT 1
"""


@dataclass(frozen=True, slots=True)
class LearnerState:
    """A learner's profile and the state of its projections.

    `rebuild_due_at`: since when a job is to rebuild the learner; None if none is. `outages_pending` and
    `achievements_pending`: a job has yet to bring the stored row up to date; reads are right before.
    """

    activities: int
    rebuild_due_at: datetime | None
    outages_pending: bool
    achievements_pending: bool
    display_name: str | None
    quiet: bool
    boards: bool


@dataclass(frozen=True, slots=True)
class LastActivity:
    """The newest activity of a learner by its local day and instant."""

    sender: str
    id: str
    verb: str
    object_type: str
    local_day: date
    occurred_at: datetime
    received_at: datetime


async def learner_state(connection: Reading, learner_id: UUID) -> LearnerState | None:
    """The state of a learner; None if nothing was recorded of it. One statement."""
    row = await connection.fetchrow(_STATE, learner_id)
    return None if row is None else LearnerState(*row)


async def last_activity(connection: Reading, learner_id: UUID) -> LastActivity | None:
    """The newest activity that is not voided; None if there is none. One statement."""
    row = await connection.fetchrow(_LAST_ACTIVITY, learner_id)
    return None if row is None else LastActivity(*row)
