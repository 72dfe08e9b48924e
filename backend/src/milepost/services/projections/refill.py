"""Refilling the projections of whole learners from the log: voids, zones and rebuilds use it."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from milepost.db.connection import Writing
from milepost.db.learner_row import raise_revisions
from milepost.rules.policy import Policy
from milepost.services.projections.declaration import Refill
from milepost.services.projections.registry import to_refill


async def rebuild_learners(
    connection: Writing,
    learners: Sequence[UUID],
    policy: Policy,
    now: datetime,
    only: str | None = None,
    *,
    revoke: bool = False,
    days_moved: bool = False,
) -> None:
    """Refill every projection of `learners` that follows the log, or the one of that name.

    The caller holds the learners' locks. Levels that do not change keep their history. `revision` grows by one, so that
    nothing cached survives. Due achievements are unlocked; with `revoke`, revocable ones are revoked. `days_moved`: see
    `reconcile`.
    """
    refill = Refill(connection, learners, policy, now, revoke, days_moved)
    await raise_revisions(connection, learners)
    for projection in to_refill(only):
        if projection.follows == "log":
            await projection.refill(refill)
