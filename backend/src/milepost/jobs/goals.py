"""Goals: periods that are over are closed; once an hour what is open is written down for those who were active."""

from collections.abc import Awaitable, Callable

import structlog

from milepost.db.transactions import UnitOfWork, unit_of_work
from milepost.jobs.running import as_long_as
from milepost.resources import Resources
from milepost.services.goals.sweeps import Swept, close_some, write_down_some

log = structlog.get_logger(__name__)

_LASTS_SECONDS = 10.0


async def close_goal_periods(held: Resources) -> None:
    """Until nothing is over that is not closed, another worker has the turn, or this run's time is over."""
    periods = await _sweep(held, lambda work: close_some(work.raw, held.policy, held.clock.now()))
    if periods:
        log.info("goal_periods_closed", periods=periods)


async def write_down_goals(held: Resources) -> None:
    """This hour's round, from where it has got to; nothing when it is done."""
    await _sweep(held, lambda work: write_down_some(work.raw, held.policy, held.clock.now()))


async def _sweep(held: Resources, batch: Callable[[UnitOfWork], Awaitable[Swept]]) -> int:
    periods = 0
    for _ in as_long_as(_LASTS_SECONDS):
        async with unit_of_work(held.engine) as work:
            swept = await batch(work)
        periods += swept.periods
        if not swept.more:
            break
    return periods
