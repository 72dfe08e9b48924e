"""Outages for everyone: entered as a draft that changes nothing and says what it would do, then activated, perhaps
withdrawn.

What an activation means for learners follows at once for readers, and in the background for what is kept
(`outage_backfill`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid4

from milepost.db.connection import Writing
from milepost.errors import Conflict, Fault, Invalid, NotFound
from milepost.queries.learners.facts import LOOK_AHEAD, learner_facts
from milepost.queries.streaks.outages import ONE, Outage
from milepost.queries.streaks.streaks import MET_DAYS
from milepost.rules.policy import Policy
from milepost.rules.streaks.outages import Excused, OutageEffect, OutageFault, outage_effect, outage_fault
from milepost.services import audit

LEARNERS_LOOKED_AT = 2_000
DAYS_LOOKED_AT = 300_000
"""A dry run ends with the batch that reaches either: it must answer within a request."""
_LEARNERS_A_BATCH = 100

_DRAFT = """
INSERT INTO outages (id, starts_at, ends_at, state, reason, created_at) VALUES ($1, $2, $3, 'draft', $4, $5)
"""
_LOCK = "SELECT state FROM outages WHERE id = $1 FOR UPDATE"
# One after the other, by the row of the service's state: the newest number is the newest change.
_GROW = "UPDATE system_state SET global_revision = global_revision + 1"
_CHANGE = """
UPDATE outages SET state = $2, activation = (SELECT coalesce(max(activation), 0) + 1 FROM outages) WHERE id = $1
"""
_DISCARD = "UPDATE outages SET state = 'withdrawn' WHERE id = $1"

# Whose run could still have been alive when it began; whose last met day lies further back is not concerned.
_CONCERNED = "SELECT count(*) FROM learners WHERE last_met_day >= $1"
_LOOKED_AT = "SELECT learner_id FROM learners WHERE last_met_day >= $1 ORDER BY learner_id LIMIT $2"

_SENTENCES: dict[OutageFault, tuple[str, str]] = {
    "ends_before_it_begins": ("/ends_at", "must be after `starts_at`"),
    "ahead_of_now": ("/starts_at", "must not be in the future"),
    "too_long": ("/ends_at", "is too long after `starts_at`"),
}


@dataclass(frozen=True, slots=True)
class DryRun:
    """What activating an outage would do: of the `learners` it may concern `looked_at` were tried, `excused` of them
    have a day that it would excuse, and the present run of `lengthened` would be longer."""

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
    """Enter an outage from the first instant of `span` to the second (exclusive), which changes nothing yet.

    Raises:
        Invalid: `impossible_outage`.
    """
    fault = outage_fault(*span, now, policy.outages.longest_hours)
    if fault is not None:
        raise Invalid("impossible_outage", "The outage is not possible.", (Fault(*_SENTENCES[fault]),))
    outage = Outage(uuid4(), *span, "draft", reason, None, now)
    await connection.execute(_DRAFT, outage.id, *span, reason, now)
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
    """Activate a draft, or withdraw a draft or an active outage. What is so already stays as it is.

    Raises:
        NotFound: `outage_not_found`.
        Conflict: `outage_withdrawn`, it cannot become active any more.
    """
    held = await connection.fetchval(_LOCK, outage_id)
    if held is None:
        raise NotFound("outage_not_found", "There is no such outage.")
    if held != state:
        if held == "withdrawn":
            raise Conflict("outage_withdrawn", "A withdrawn outage cannot be activated again; enter a new one.")
        if held == "draft" and state == "withdrawn":
            await connection.execute(_DISCARD, outage_id)
        else:
            await connection.execute(_GROW)
            await connection.execute(_CHANGE, outage_id, state)
        action = "outage.activate" if state == "active" else "outage.withdraw"
        await audit.note(connection, administrator, action, {"id": str(outage_id), "was": held}, now)
    return Outage(**await connection.fetchrow(ONE, outage_id))


async def _dry_run(connection: Writing, span: tuple[datetime, datetime], policy: Policy, now: datetime) -> DryRun:
    since = span[0].date() - LOOK_AHEAD
    concerned = await connection.fetchval(_CONCERNED, since)
    learners = [row[0] for row in await connection.fetch(_LOOKED_AT, since, LEARNERS_LOOKED_AT)]
    effects: list[OutageEffect] = []
    looked_at = days = 0
    while looked_at < len(learners) and days < DAYS_LOOKED_AT:
        batch = learners[looked_at : looked_at + _LEARNERS_A_BATCH]
        found, met = await _effects(connection, batch, span, policy, now)
        effects += found
        looked_at, days = looked_at + len(batch), days + met
    return DryRun(
        concerned,
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
    """What it would do to each of these learners, and how many met days they have together."""
    facts = await learner_facts(connection, learners, policy)
    effects, met = [], 0
    for learner_id, days in await connection.fetch(MET_DAYS, learners):
        met += len(days)
        without = facts[learner_id]
        with_it = replace(without, outages=[*without.outages, span])
        today = without.today(now)
        first, last = days[0], max(today, days[-1]) + timedelta(days=1)
        excused = Excused(without.excused(first, last, policy), with_it.excused(first, last, policy))
        effects.append(outage_effect(days, excused, today, policy.streak))
    return effects, met
