"""The unlocks of whole learners, decided again from everything they have done: unlocks, their dates, and the mask.

Everything that recomputes a learner calls it: rebuild, void, a new catalogue, a changed goal or milestone. Intake knows
what changed and has a shorter way (`services/activities/achievements.py`) with the same result.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import NamedTuple
from uuid import UUID, uuid4

from milepost.db.connection import Reading, Writing
from milepost.queries.achievements.achievements import LearnerMeasures, Unlock, learner_measures
from milepost.queries.achievements.catalogue import CatalogueInForce, catalogue_in_force
from milepost.queries.learners.facts import LearnerFacts, learner_facts
from milepost.rules.achievements.catalogue import Catalogue, mask_from_bytes, mask_to_bytes
from milepost.rules.achievements.definitions import Definition
from milepost.rules.policy import Policy
from milepost.services.achievements.earned_days import earned_days
from milepost.services.achievements.unlocks import (
    DueUnlocks,
    Source,
    Unlocked,
    redate,
    store_unlocks,
    unlock_notices,
)
from milepost.services.notices import write_notices

_REVOKE = """
UPDATE unlocks u SET revoked_at = $3 FROM unnest($1::uuid[], $2::text[]) AS g(learner_id, code)
WHERE u.learner_id = g.learner_id AND u.code = g.code
"""
_STORE_MASKS = """
UPDATE learners l SET catalogue_seen = $3, unlocked = k.mask, last_day = (
    SELECT max(local_day) FROM activity_days d WHERE d.learner_id = l.learner_id
) FROM unnest($1::uuid[], $2::bytea[]) AS k(learner_id, mask) WHERE l.learner_id = k.learner_id
"""


@dataclass(slots=True)
class Reconciliation:
    """The achievements a learner should have, and what differs from the stored ones. `redated`: (stored, by days)."""

    dates: Mapping[str, date]
    mask: int
    unlocked: list[Unlocked] = field(default_factory=list)
    redated: dict[str, tuple[date, date]] = field(default_factory=dict)
    revoked: list[Definition] = field(default_factory=list)
    stored_mask: int = 0


async def reconcile(
    connection: Writing,
    learners: Sequence[UUID],
    policy: Policy,
    now: datetime,
    *,
    source: Source = "backfill",
    commit_id: UUID | None = None,
    revoke: bool = False,
    days_moved: bool = False,
    tells: bool = True,
) -> dict[UUID, Reconciliation]:
    """Unlock what is due, date everything unlocked, and with `revoke` revoke what is revocable and no longer met.

    A date only moves back, as in intake: an achievement may have been unlocked by an easier rule or by hand. With
    `days_moved`, because activities were voided or assigned to other days, it becomes the date by days. Without
    `tells`, because only the counting is repeated, no notice is written.

    The caller holds the learners' locks and has raised their `revision` for this commit. Returns each learner's result;
    its `unlocked` are the new unlocks.
    """
    in_force = await catalogue_in_force(connection, policy)
    facts = await learner_facts(connection, learners, policy)
    todays = {learner_id: learner.today(now) for learner_id, learner in facts.items()}
    due = await reconciliations(connection, facts, in_force, policy, todays, revoke=revoke, days_moved=days_moved)
    rows = [(learner_id, definition.code) for learner_id, result in due.items() for definition in result.revoked]
    if rows:
        await connection.execute(_REVOKE, *map(list, zip(*rows, strict=True)), now)
    dates = [
        (learner_id, code, by_days)
        for learner_id, result in due.items()
        for code, (_, by_days) in result.redated.items()
    ]
    await redate(connection, dates)
    if any(result.unlocked for result in due.values()):
        commit_id = commit_id or uuid4()
        new = await _unlock(connection, due, commit_id, source, now)
        if tells:
            await write_notices(connection, unlock_notices(new, todays), commit_id, now)
    masks = [mask_to_bytes(result.mask) for result in due.values()]
    await connection.execute(_STORE_MASKS, list(due), masks, in_force.revision)
    return due


async def _unlock(
    connection: Writing,
    due: Mapping[UUID, Reconciliation],
    commit_id: UUID,
    source: Source,
    now: datetime,
) -> Mapping[UUID, Sequence[Unlocked]]:
    receiving = [
        DueUnlocks(learner_id, result.mask, result.unlocked) for learner_id, result in due.items() if result.unlocked
    ]
    new = await store_unlocks(connection, receiving, commit_id, source, now)
    for learner_id, unlocked in new.items():
        due[learner_id].unlocked = unlocked
    return new


async def reconciliations(
    connection: Reading,
    facts: Mapping[UUID, LearnerFacts],
    in_force: CatalogueInForce,
    policy: Policy,
    todays: Mapping[UUID, date],
    *,
    revoke: bool = False,
    days_moved: bool = False,
) -> dict[UUID, Reconciliation]:
    """What `reconcile` would do today, for every learner in `facts` that has a row. Writes nothing."""
    catalogue = in_force.catalogue
    measures = await learner_measures(connection, list(facts), policy)
    decisions = {learner_id: _decide(catalogue, learner, revoke) for learner_id, learner in measures.items()}
    definitions = {
        learner_id: [catalogue.entries[code].definition for code in decision.kept if code in catalogue.entries]
        + decision.new
        for learner_id, decision in decisions.items()
    }
    dates = {
        learner_id: {code: unlock.earned_on for code, unlock in decision.kept.items()}
        | {definition.code: todays[learner_id] for definition in decision.new}
        for learner_id, decision in decisions.items()
    }
    countable = [code for code, entry in catalogue.entries.items() if entry.mask & catalogue.countable]
    earned = await earned_days(connection, definitions, dates, countable, facts, policy)
    for learner_id, decision in decisions.items():
        own = dates[learner_id]
        for code, by_days in earned.get(learner_id, {}).items():
            own[code] = by_days if days_moved or code not in decision.kept else min(by_days, own[code])
    return {
        learner_id: _reconciliation(
            decision, dates[learner_id], catalogue.mask_of(dates[learner_id]), measures[learner_id].mask
        )
        for learner_id, decision in decisions.items()
    }


class _Decision(NamedTuple):
    """The unlocks that a learner keeps, by code, the achievements that are new, and those that are revoked."""

    kept: Mapping[str, Unlock]
    new: list[Definition]
    revoked: list[Definition]


def _decide(catalogue: Catalogue, learner: LearnerMeasures, revoke: bool) -> _Decision:
    values = learner.values._replace(unlocked=catalogue.mask_of(learner.unlocks))
    revoked = catalogue.no_longer_met(values) if revoke else []
    codes = {definition.code for definition in revoked}
    kept = {code: unlock for code, unlock in learner.unlocks.items() if code not in codes}
    return _Decision(kept, catalogue.newly_unlocked(values._replace(unlocked=catalogue.mask_of(kept))), revoked)


def _reconciliation(decision: _Decision, dates: Mapping[str, date], mask: int, stored_mask: bytes) -> Reconciliation:
    return Reconciliation(
        dates=dates,
        mask=mask,
        unlocked=[Unlocked(definition, dates[definition.code]) for definition in decision.new],
        redated={
            code: (unlock.earned_on, dates[code])
            for code, unlock in decision.kept.items()
            if dates[code] != unlock.earned_on
        },
        revoked=decision.revoked,
        stored_mask=mask_from_bytes(stored_mask),
    )
