"""Refilling the projections of whole learners from the log: voids, zones and rebuilds use it."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from milepost.db.connection import Writing
from milepost.db.learner_row import raise_revisions
from milepost.db.log.counted_time import COUNT_TIME_AGAIN
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
    nothing cached survives. Without `only`, how much of each day's time counts is decided again before. Due
    achievements are unlocked; with `revoke`, revocable ones are revoked. `days_moved`: see `reconcile`.
    """
    refill = Refill(connection, learners, policy, now, revoke, days_moved)
    await raise_revisions(connection, learners)
    if only is None:
        await count_time_again(connection, learners, policy)
    for projection in to_refill(only):
        if projection.follows == "log":
            await projection.refill(refill)


async def count_time_again(connection: Writing, learners: Sequence[UUID], policy: Policy) -> dict[UUID, set[date]]:
    """Decide again how much of each day's time counts, in the log alone. Returns the days on which that has changed.

    The caller holds the learners' locks.
    """
    limits = policy.activities
    changed: dict[UUID, set[date]] = {}
    for learner_id, day in await connection.fetch(
        COUNT_TIME_AGAIN, learners, limits.seconds_always_counted, limits.learner_seconds_a_day
    ):
        changed.setdefault(learner_id, set()).add(day)
    return changed
