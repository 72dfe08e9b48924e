"""Outages, which excuse days of all learners: drafted with a dry run of their effects, then activated, perhaps
withdrawn.

Readers see the effects of an activation at once; `outage_backfill.py` updates stored streaks in the background.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid4

from milepost.db.connection import Writing
from milepost.errors import Conflict, Fault, FaultCode, Invalid, NotFound
from milepost.queries.learners.facts import LOOK_AHEAD, learner_facts
from milepost.queries.streaks.outages import OUTAGE_BY_ID, Outage
from milepost.queries.streaks.streaks import MET_DAYS
from milepost.rules.policy import Policy
from milepost.rules.streaks.outages import Excused, OutageEffect, OutageFault, outage_effect, outage_fault
from milepost.services import audit

MAX_DRY_RUN_LEARNERS = 2_000
MAX_DRY_RUN_DAYS = 300_000
"""A dry run ends with the batch that reaches either limit, because it must answer within a request."""
_LEARNERS_PER_BATCH = 100

_INSERT_DRAFT = """
INSERT INTO outages (id, starts_at, ends_at, state, reason, created_at) VALUES ($1, $2, $3, 'draft', $4, $5)
"""
_LOCK = "SELECT state FROM outages WHERE id = $1 FOR UPDATE"
# Locks the row of `system_state`, which puts changes in order: the highest activation is the newest change.
_RAISE_GLOBAL_REVISION = "UPDATE system_state SET global_revision = global_revision + 1"
_SET_STATE = """
UPDATE outages SET state = $2, activation = (SELECT coalesce(max(activation), 0) + 1 FROM outages) WHERE id = $1
"""
_WITHDRAW_DRAFT = "UPDATE outages SET state = 'withdrawn' WHERE id = $1"

# Learners whose run could still be alive when the outage began. An earlier last met day means it was not.
_COUNT_AFFECTED = "SELECT count(*) FROM learners WHERE last_met_day >= $1"
_AFFECTED = "SELECT learner_id FROM learners WHERE last_met_day >= $1 ORDER BY learner_id LIMIT $2"

_FAULTS: dict[OutageFault, tuple[str, str, FaultCode]] = {
    "ends_before_it_begins": ("/ends_at", "must be after `starts_at`", "reversed"),
    "ahead_of_now": ("/starts_at", "must not be in the future", "in_the_future"),
    "too_long": ("/ends_at", "is too long after `starts_at`", "too_long"),
}


@dataclass(frozen=True, slots=True)
class DryRun:
    """The effects of activating an outage. It may affect `learners`; `looked_at` of them were evaluated. Of these,
    `excused` have a day that it would excuse, and `lengthened` would have a longer current run.
    """

    learners: int
    looked_at: int
    excused: int
    lengthened: int


async def draft_outage(
    connection: Writing,
    span: tuple[datetime, datetime],
    reason: str,
    administrator: str,
    policy: Policy,
    now: datetime,
) -> tuple[Outage, DryRun]:
    """Create the draft of an outage from the first instant of `span` to the second (exclusive). It has no effect yet.

    Raises:
        Invalid: `impossible_outage`.
    """
    fault = outage_fault(*span, now, policy.outages.longest_hours)
    if fault is not None:
        raise Invalid("impossible_outage", "The outage is not possible.", (Fault(*_FAULTS[fault]),))
    outage = Outage(uuid4(), *span, "draft", reason, None, now)
    await connection.execute(_INSERT_DRAFT, outage.id, *span, reason, now)
    body = {"id": str(outage.id), "starts_at": span[0], "ends_at": span[1], "reason": reason}
    await audit.note(connection, administrator, "outage.draft", body, now)
    return outage, await _dry_run(connection, span, policy, now)


async def change_outage(
    connection: Writing,
    outage_id: UUID,
    state: Literal["active", "withdrawn"],
    administrator: str,
    now: datetime,
) -> Outage:
    """Activate a draft, or withdraw a draft or an active outage. An outage already in `state` does not change.

    Raises:
        NotFound: `outage_not_found`.
        Conflict: `outage_withdrawn`, it cannot be activated again.
    """
    current = await connection.fetchval(_LOCK, outage_id)
    if current is None:
        raise NotFound("outage_not_found", "There is no such outage.")
    if current != state:
        if current == "withdrawn":
            raise Conflict("outage_withdrawn", "A withdrawn outage cannot be activated again; enter a new one.")
        if current == "draft" and state == "withdrawn":
            await connection.execute(_WITHDRAW_DRAFT, outage_id)
        else:
            await connection.execute(_RAISE_GLOBAL_REVISION)
            await connection.execute(_SET_STATE, outage_id, state)
        action = "outage.activate" if state == "active" else "outage.withdraw"
        await audit.note(connection, administrator, action, {"id": str(outage_id), "was": current}, now)
    return Outage(**await connection.fetchrow(OUTAGE_BY_ID, outage_id))


async def _dry_run(connection: Writing, span: tuple[datetime, datetime], policy: Policy, now: datetime) -> DryRun:
    since = span[0].date() - LOOK_AHEAD
    affected = await connection.fetchval(_COUNT_AFFECTED, since)
    learners = [row[0] for row in await connection.fetch(_AFFECTED, since, MAX_DRY_RUN_LEARNERS)]
    effects: list[OutageEffect] = []
    looked_at = days = 0
    while looked_at < len(learners) and days < MAX_DRY_RUN_DAYS:
        batch = learners[looked_at : looked_at + _LEARNERS_PER_BATCH]
        batch_effects, met = await _effects(connection, batch, span, policy, now)
        effects += batch_effects
        looked_at, days = looked_at + len(batch), days + met
    return DryRun(
        affected,
        looked_at,
        excused=sum(effect.excuses_a_day for effect in effects),
        lengthened=sum(effect.lengthens_the_run for effect in effects),
    )


async def _effects(
    connection: Writing,
    learners: Sequence[UUID],
    span: tuple[datetime, datetime],
    policy: Policy,
    now: datetime,
) -> tuple[list[OutageEffect], int]:
    """The effect on each of these learners, and how many met days they have in total."""
    facts = await learner_facts(connection, learners, policy)
    effects, met = [], 0
    for learner_id, days in await connection.fetch(MET_DAYS, learners):
        met += len(days)
        before = facts[learner_id]
        after = replace(before, outages=[*before.outages, span])
        today = before.today(now)
        first, last = days[0], max(today, days[-1]) + timedelta(days=1)
        excused = Excused(before.excused(first, last, policy), after.excused(first, last, policy))
        effects.append(outage_effect(days, excused, today, policy.streak))
    return effects, met
