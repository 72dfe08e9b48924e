"""The backfill after an outage is activated or withdrawn: recomputes every learner's streak, one transaction per batch,
resumable.

A learner's row says which activation it reflects (`outage_seen`). Until that is the newest, readers and intake walk the
days themselves.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from milepost.db.connection import Writing
from milepost.db.learner_row import lock_remaining_learners, raise_revisions
from milepost.queries.learners.facts import LearnerFacts, learner_facts
from milepost.rules.days.calendar import dates_shown
from milepost.rules.policy import Policy
from milepost.services.achievements.reconcile import reconcile
from milepost.services.cursors import advance_cursor, next_learners
from milepost.services.history.snapshots import LOCK_DAYS_IN_ORDER, mark_snapshots_stale_batch
from milepost.services.projections.streaks import restreak
from milepost.services.streaks.notices import stored_streaks, tell_of_excuses

LEARNERS_PER_BATCH = 200

_TRY_LOCK = "SELECT pg_try_advisory_xact_lock(hashtext('milepost-outages'))"
_CHANGES = "SELECT activation, starts_at, ends_at FROM outages WHERE activation IS NOT NULL ORDER BY activation"
_NEXT_LEARNERS = """
SELECT learner_id FROM learners WHERE learner_id > $1 AND outage_seen < $2 ORDER BY learner_id LIMIT $3
"""
_LAST_SEEN = "SELECT learner_id, outage_seen FROM learners WHERE learner_id = ANY($1::uuid[])"
_SET_SEEN = "UPDATE learners SET outage_seen = $2 WHERE learner_id = ANY($1::uuid[])"


class _OutageChange(NamedTuple):
    """The activation or withdrawal of an outage; `activation` is the number of that change."""

    activation: int
    starts_at: datetime
    ends_at: datetime


def backfill_name(activation: int) -> str:
    """The name in `backfills` of the change with this number."""
    return f"outages:{activation}"


async def apply_outages_batch(
    connection: Writing, policy: Policy, now: datetime, batch: int = LEARNERS_PER_BATCH
) -> bool:
    """Apply all outage changes to the next `batch` learners, in the caller's transaction. True if there may be more.

    False while another worker holds the lock.
    """
    changes = [_OutageChange(*row) for row in await connection.fetch(_CHANGES)]
    if not changes or not await connection.fetchval(_TRY_LOCK):
        return False
    await connection.execute(LOCK_DAYS_IN_ORDER)
    newest = changes[-1].activation
    name = backfill_name(newest)
    learners = await next_learners(connection, name, now, _NEXT_LEARNERS, newest, batch)
    if learners:
        await _apply(connection, learners, changes, policy, now)
        await advance_cursor(connection, name, learners[-1], len(learners))
    return learners is not None


async def _apply(
    connection: Writing, learners: Sequence[UUID], changes: Sequence[_OutageChange], policy: Policy, now: datetime
) -> None:
    learners = await lock_remaining_learners(connection, learners)
    facts = await learner_facts(connection, learners, policy)
    first_days: dict[UUID, date] = {}
    for learner_id, seen in await connection.fetch(_LAST_SEEN, learners):
        first_day = _first_day(facts[learner_id], seen, changes)
        if first_day is not None:
            first_days[learner_id] = first_day
    before = await stored_streaks(connection, learners)
    streaks = await restreak(connection, facts, policy)
    await mark_snapshots_stale_batch(connection, first_days, now)
    await connection.execute(_SET_SEEN, learners, changes[-1].activation)
    await raise_revisions(connection, learners)
    await tell_of_excuses(connection, before, streaks, facts, policy, now)
    await reconcile(connection, learners, policy, now)


def _first_day(facts: LearnerFacts, seen: int, changes: Sequence[_OutageChange]) -> date | None:
    """The first local day of any outage whose change the learner's row does not reflect yet."""
    days = [
        day
        for change in changes
        if change.activation > seen
        for day in dates_shown(facts.zones, change.starts_at, change.ends_at)
    ]
    return min(days, default=None)
