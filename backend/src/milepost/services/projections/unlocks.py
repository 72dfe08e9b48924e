"""Unlocks: a rebuild adds and dates them, and revokes only on request."""

from datetime import date

from milepost.queries.achievements.catalogue import catalogue_in_force
from milepost.queries.learners.facts import learner_facts
from milepost.rules.achievements.earned_on import counts_achievements
from milepost.services.achievements.reconcile import due_reconciling, reconcile
from milepost.services.projections.declaration import Comparison, Difference, Refill


async def refill_unlocks(refill: Refill) -> None:
    """Unlock what is due and date what is unlocked."""
    await reconcile(
        refill.connection,
        refill.learners,
        refill.policy,
        refill.now,
        revoke=refill.revoke,
        days_moved=refill.days_moved,
    )


async def differing_unlocks(comparison: Comparison) -> list[Difference]:
    """Unlocks that are due and missing, dates that days do not give, and masks that disagree with the unlocks."""
    connection, learners, policy = comparison.connection, comparison.learners, comparison.policy
    facts = await learner_facts(connection, learners, policy)
    in_force = await catalogue_in_force(connection, policy)
    due = await due_reconciling(connection, facts, in_force, policy, dict.fromkeys(learners, date.max))
    differences = []
    for learner_id, settled in due.items():
        for unlock in settled.unlocked:
            key = {"code": unlock.definition.code}
            differences.append(Difference("unlocks", learner_id, key, None, None, unlock.earned_on))
        for code, (stored, by_days) in settled.redated.items():
            # Dates of achievements that count achievements follow from dates that no log gives, those of skill levels
            # for one, and from the order in which they came: outside the order law.
            entry = in_force.catalogue.entries.get(code)
            if entry is None or not counts_achievements(entry.definition):
                differences.append(Difference("unlocks", learner_id, {"code": code}, "earned_on", stored, by_days))
        if settled.mask != settled.kept_mask and not settled.unlocked:
            differences.append(Difference("learners", learner_id, {}, "unlocked", settled.kept_mask, settled.mask))
    return differences
