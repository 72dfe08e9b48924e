"""Daily snapshots: a refill deletes them and marks all days, so that the sweep takes them again."""

from milepost.queries.learners.facts import learner_facts
from milepost.services.history.check import stored_and_expected_snapshots
from milepost.services.history.snapshots import mark_all_snapshots_stale
from milepost.services.projections.declaration import Comparison, Difference, Refill, differing_fields

_EMPTY = "DELETE FROM daily_snapshots WHERE learner_id = ANY($1::uuid[])"


async def refill_snapshots(refill: Refill) -> None:
    """Mark the days, then delete their snapshots: the sweep locks in this order."""
    await mark_all_snapshots_stale(refill.connection, refill.learners, refill.now)
    await refill.connection.execute(_EMPTY, refill.learners)


async def differing_snapshots(comparison: Comparison) -> list[Difference]:
    """Snapshots before a learner's first marked day that differ from what the log gives."""
    differences = []
    facts = await learner_facts(comparison.connection, comparison.learners, comparison.policy)
    for learner_id, stored, by_log in await stored_and_expected_snapshots(
        comparison.connection, facts, comparison.policy
    ):
        for day in sorted({*stored, *by_log}):
            key = {"day": day.isoformat()}
            differences += differing_fields("daily_snapshots", learner_id, key, stored.get(day), by_log.get(day))
    return differences
