"""Carrying out a change of the policy file, as long as one run may last; the next goes on where this one stopped."""

from milepost.db.transactions import unit_of_work
from milepost.jobs.running import as_long_as
from milepost.resources import Resources
from milepost.services.projections.policy_change import apply_policy_to_some

_LASTS_SECONDS = 10.0


async def apply_policy(held: Resources) -> None:
    """Batch after batch until nothing is left, or this run's time is over."""
    for _ in as_long_as(_LASTS_SECONDS):
        async with unit_of_work(held.engine) as work:
            if not await apply_policy_to_some(work.raw, held.policy, held.clock.now()):
                break
