"""After an outage was activated or withdrawn: the streak of every learner is walked again, a batch a transaction,
resumable.

A learner's row says which activation it knows (`outage_seen`); until it is the newest, readers and intake walk the days
themselves.
"""

from collections.abc import Sequence
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID

from milepost.db.connection import Writing
from milepost.db.learner_row import grow_revisions, lock_learners
from milepost.queries.learners.facts import LearnerFacts, learner_facts
from milepost.rules.days.calendar import dates_shown
from milepost.rules.policy import Policy
from milepost.services.achievements.reconcile import reconcile
from milepost.services.cursors import advance, learners_left
from milepost.services.history.snapshots import LOCK_DAYS_IN_ORDER, excused_days_changed_of
from milepost.services.projections.refill import restreak

LEARNERS_A_BATCH = 200

_TAKE_TURN = "SELECT pg_try_advisory_xact_lock(hashtext('milepost-outages'))"
_CHANGED = "SELECT activation, starts_at, ends_at FROM outages WHERE activation IS NOT NULL ORDER BY activation"
_NEXT = """
SELECT learner_id FROM learners WHERE learner_id > $1 AND outage_seen < $2 ORDER BY learner_id LIMIT $3
"""
_SEEN = "SELECT learner_id, outage_seen FROM learners WHERE learner_id = ANY($1::uuid[])"
_SETTLED = "UPDATE learners SET outage_seen = $2 WHERE learner_id = ANY($1::uuid[])"


class _Changed(NamedTuple):
    """An outage that was activated or withdrawn; `activation` is the number of that change."""

    activation: int
    starts_at: datetime
    ends_at: datetime


def backfill_name(activation: int) -> str:
    """Under which name `backfills` keeps how far the change with this number is."""
    return f"outages:{activation}"


async def settle_some(connection: Writing, policy: Policy, now: datetime, batch: int = LEARNERS_A_BATCH) -> bool:
    """Bring the next `batch` learners up to date, in the caller's transaction. True while there may be more to do.

    Also false while another worker is at it.
    """
    changed = [_Changed(*row) for row in await connection.fetch(_CHANGED)]
    if not changed or not await connection.fetchval(_TAKE_TURN):
        return False
    await connection.execute(LOCK_DAYS_IN_ORDER)
    newest = changed[-1].activation
    name = backfill_name(newest)
    learners = await learners_left(connection, name, now, _NEXT, newest, batch)
    if learners:
        await _settle(connection, learners, changed, policy, now)
        await advance(connection, name, learners[-1], len(learners))
    return learners is not None


async def _settle(
    connection: Writing, learners: Sequence[UUID], changed: Sequence[_Changed], policy: Policy, now: datetime
) -> None:
    await lock_learners(connection, learners)
    facts = await learner_facts(connection, learners, policy)
    first_days: dict[UUID, date] = {}
    for learner_id, seen in await connection.fetch(_SEEN, learners):
        first_day = _first_day(facts[learner_id], seen, changed)
        if first_day is not None:
            first_days[learner_id] = first_day
    await restreak(connection, facts, policy)
    await excused_days_changed_of(connection, first_days)
    await connection.execute(_SETTLED, learners, changed[-1].activation)
    await grow_revisions(connection, learners)
    await reconcile(connection, learners, policy, now)


def _first_day(facts: LearnerFacts, seen: int, changed: Sequence[_Changed]) -> date | None:
    """The first local day touched by an outage whose change the learner's row does not know."""
    days = [
        day
        for outage in changed
        if outage.activation > seen
        for day in dates_shown(facts.zones, outage.starts_at, outage.ends_at)
    ]
    return min(days, default=None)
