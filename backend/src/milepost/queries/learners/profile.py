"""A learner's own profile: the choices it made, what they show of it to others, and when its zone may change."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from milepost.db.connection import Reading
from milepost.rules.days.zone_changes import change_allowed_at
from milepost.rules.policy import Policy

IS_SHOWN = "boards AND NOT quiet"
"""May others see the learner of a row of `profiles` on boards and among peers? Without a row: no."""

_PROFILE = "SELECT display_name, quiet, boards, digest_weekday FROM profiles WHERE learner_id = $1"
# The first known zone has no beginning and is not a change.
_CHANGES = """
SELECT max(valid_from) FILTER (WHERE source = 'profile'), max(valid_from) FROM learner_zones
WHERE learner_id = $1 AND valid_from > '-infinity'
"""


@dataclass(frozen=True, slots=True)
class Profile:
    """A learner's choices; these defaults while it has made none.

    `boards`: it may be shown to others. `digest_weekday`: 1 is Monday; None: no weekly digest.
    """

    display_name: str | None = None
    quiet: bool = False
    boards: bool = False
    digest_weekday: int | None = None


async def profile(connection: Reading, learner_id: UUID) -> Profile:
    """The learner's choices. One statement."""
    row = await connection.fetchrow(_PROFILE, learner_id)
    return Profile() if row is None else Profile(*row)


async def zone_change_allowed_at(connection: Reading, learner_id: UUID, policy: Policy) -> datetime | None:
    """The instant from which the learner may change its zone; None: at any time. One statement."""
    changed_at, newest_from = await connection.fetchrow(_CHANGES, learner_id)
    return change_allowed_at(changed_at, newest_from, policy.days)
