"""A learner's own profile: when its zone may change."""

from datetime import datetime
from uuid import UUID

from milepost.db.connection import Reading
from milepost.rules.days.zone_changes import change_allowed_at
from milepost.rules.policy import Policy

# The first known zone has no beginning and is not a change.
_CHANGES = """
SELECT max(valid_from) FILTER (WHERE source = 'profile'), max(valid_from) FROM learner_zones
WHERE learner_id = $1 AND valid_from > '-infinity'
"""


async def zone_change_allowed_at(connection: Reading, learner_id: UUID, policy: Policy) -> datetime | None:
    """The instant from which the learner may change its zone; None: at any time. One statement."""
    changed_at, newest_from = await connection.fetchrow(_CHANGES, learner_id)
    return change_allowed_at(changed_at, newest_from, policy.days)
