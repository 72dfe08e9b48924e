"""Records activities inside another service's unit of work, so that its own writes share the commit."""

from collections.abc import Sequence
from datetime import datetime

from milepost.db.connection import Writing
from milepost.errors import Unavailable
from milepost.queries.achievements.catalogue import CatalogueMemory
from milepost.queries.learners.facts import FactsMemory
from milepost.queries.mastery.eases import EaseMemory
from milepost.rules.policy import Policy
from milepost.services.activities.batch import IntakeMemory, settle_zones
from milepost.services.activities.record import record
from milepost.services.activities.submission import Committed, FactsMoved, Submission

_MAX_ATTEMPTS = 5


async def record_nested(
    connection: Writing,
    submissions: Sequence[Submission],
    catalogues: CatalogueMemory,
    policy: Policy,
    now: datetime,
) -> Committed:
    """Record these activities in the caller's transaction, as `record` does.

    The caller holds the learners' locks, and no other transaction may bring the same ids without them: `record` fills
    the log before it takes locks. When facts have changed meanwhile, a savepoint is rolled back and `record` repeated.

    Raises:
        LearnersGone: the learners have left. Roll back.
        Unavailable: `intake_busy`, the facts keep changing. Roll back.
    """
    memory = IntakeMemory(FactsMemory(0), catalogues, EaseMemory())
    await settle_zones(connection, submissions, memory, policy, now)
    for _ in range(_MAX_ATTEMPTS):
        try:
            async with connection.transaction():
                return await record(connection, submissions, memory, policy, now)
        except FactsMoved:
            continue
    raise Unavailable("intake_busy", "Other requests are changing the same learner. Try again in a second.")
