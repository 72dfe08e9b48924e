"""The unlocks of whole learners, decided again from everything they have done: unlocks, their dates, and the mask.

Everything that recomputes a learner calls it: rebuild, void, a new catalogue, a changed goal or milestone. Intake knows
what changed and has a shorter way (`services/activities/achievements.py`) with the same result.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID, uuid4

from milepost.db.connection import Reading, Writing
from milepost.queries.achievements.achievements import LearnerMeasures, learner_measures
from milepost.queries.achievements.catalogue import CatalogueInForce, catalogue_in_force
from milepost.queries.learners.facts import LearnerFacts, learner_facts
from milepost.rules.achievements.catalogue import mask_from_bytes, mask_to_bytes
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

    held: Mapping[str, date]
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
) -> dict[UUID, Reconciliation]:
    """Unlock what is due, date everything unlocked, and with `revoke` revoke what is revocable and no longer met.

    A date only moves back, as in intake: an achievement may have been unlocked by an easier rule or by hand. With
    `days_moved`, because activities were voided or assigned to other days, it becomes the date by days.

    The caller holds the learners' locks and has raised their `revision` for this commit. Returns each learner's result;
    its `unlocked` are the new unlocks.
    """
    in_force = await catalogue_in_force(connection, policy)
    facts = await learner_facts(connection, learners, policy)
    todays = {learner_id: known.today(now) for learner_id, known in facts.items()}
    due = await reconciliations(connection, facts, in_force, policy, todays, revoke=revoke, days_moved=days_moved)
    rows = [(learner_id, one.code) for learner_id, settled in due.items() for one in settled.revoked]
    if rows:
        await connection.execute(_REVOKE, *map(list, zip(*rows, strict=True)), now)
    dates = [
        (learner_id, code, by_days)
        for learner_id, settled in due.items()
        for code, (_, by_days) in settled.redated.items()
    ]
    await redate(connection, dates)
    if any(settled.unlocked for settled in due.values()):
        await _give(connection, due, todays, commit_id or uuid4(), source, now)
    masks = [mask_to_bytes(settled.mask) for settled in due.values()]
    await connection.execute(_STORE_MASKS, list(due), masks, in_force.revision)
    return due


async def _give(
    connection: Writing,
    due: Mapping[UUID, Reconciliation],
    todays: Mapping[UUID, date],
    commit_id: UUID,
    source: Source,
    now: datetime,
) -> None:
    receiving = [
        DueUnlocks(learner_id, settled.mask, settled.unlocked)
        for learner_id, settled in due.items()
        if settled.unlocked
    ]
    new = await store_unlocks(connection, receiving, commit_id, source, now)
    for learner_id, unlocked in new.items():
        due[learner_id].unlocked = unlocked
    await write_notices(connection, unlock_notices(new, todays), commit_id, now)


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
    known = await learner_measures(connection, list(facts), policy)
    decided = {learner_id: _decided(in_force, one, revoke) for learner_id, one in known.items()}
    wanted = {
        learner_id: [catalogue.entries[code].definition for code in one.held if code in catalogue.entries] + fresh
        for learner_id, (one, fresh, _) in decided.items()
    }
    kept = {
        learner_id: {code: unlock.earned_on for code, unlock in one.held.items()}
        | {each.code: todays[learner_id] for each in fresh}
        for learner_id, (one, fresh, _) in decided.items()
    }
    countable = [code for code, entry in catalogue.entries.items() if entry.mask & catalogue.countable]
    earned = await earned_days(connection, wanted, kept, countable, facts, policy)
    due = {}
    for learner_id, (one, fresh, gone) in decided.items():
        dates = dict(kept[learner_id])
        for code, by_days in earned.get(learner_id, {}).items():
            is_new = code not in one.held
            dates[code] = by_days if days_moved or is_new else min(by_days, dates[code])
        mask = catalogue.mask_of(dates)
        due[learner_id] = Reconciliation(
            held=dates,
            mask=mask,
            unlocked=[Unlocked(each, dates[each.code]) for each in fresh],
            redated={
                code: (unlock.earned_on, dates[code])
                for code, unlock in one.held.items()
                if dates[code] != unlock.earned_on
            },
            revoked=gone,
            stored_mask=mask_from_bytes(one.mask),
        )
    return due


def _decided(
    in_force: CatalogueInForce, known: LearnerMeasures, revoke: bool
) -> tuple[LearnerMeasures, list[Definition], list[Definition]]:
    """The learner without what is revoked, what is new, and what is revoked."""
    catalogue = in_force.catalogue
    values = known.values._replace(unlocked=catalogue.mask_of(known.held))
    gone = catalogue.no_longer_met(values) if revoke else []
    left = {code: unlock for code, unlock in known.held.items() if code not in {each.code for each in gone}}
    values = values._replace(unlocked=catalogue.mask_of(left))
    fresh = catalogue.newly_unlocked(values)
    return LearnerMeasures(values, left, known.mask), fresh, gone
