"""Unlocks: a rebuild adds and dates them, and revokes only on request."""

from datetime import date

from milepost.queries.achievements.catalogue import catalogue_in_force
from milepost.queries.learners.facts import learner_facts
from milepost.rules.achievements.earned_on import counts_achievements
from milepost.services.achievements.reconcile import reconcile, reconciliations
from milepost.services.projections.declaration import Comparison, Difference, Refill


async def refill_unlocks(refill: Refill) -> None:
    """Unlock what is due and date what is unlocked. A rebuild tells learners nothing."""
    await reconcile(
        refill.connection,
        refill.learners,
        refill.policy,
        refill.now,
        revoke=refill.revoke,
        days_moved=refill.days_moved,
        tells=False,
    )


async def differing_unlocks(comparison: Comparison) -> list[Difference]:
    """Unlocks that are due and missing, dates that days do not give, and masks that disagree with the unlocks."""
    connection, learners, policy = comparison.connection, comparison.learners, comparison.policy
    facts = await learner_facts(connection, learners, policy)
    in_force = await catalogue_in_force(connection, policy)
    due = await reconciliations(connection, facts, in_force, policy, dict.fromkeys(learners, date.max))
    differences = []
    for learner_id, reconciled in due.items():
        for unlock in reconciled.unlocked:
            key = {"code": unlock.definition.code}
            differences.append(Difference("unlocks", learner_id, key, None, None, unlock.earned_on))
        for code, (stored, by_days) in reconciled.redated.items():
            # Dates of achievements that count achievements follow from dates that no log gives, those of skill levels
            # for one, and from the order in which they came: outside the order law.
            entry = in_force.catalogue.entries.get(code)
            if entry is None or not counts_achievements(entry.definition):
                differences.append(Difference("unlocks", learner_id, {"code": code}, "earned_on", stored, by_days))
        if reconciled.mask != reconciled.stored_mask and not reconciled.unlocked:
            differences.append(
                Difference("learners", learner_id, {}, "unlocked", reconciled.stored_mask, reconciled.mask)
            )
    return differences
