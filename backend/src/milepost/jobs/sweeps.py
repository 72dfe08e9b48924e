"""The sweeps: each finds rows with work left to do and processes batch after batch until its time is up.

Every batch is its own transaction, so an interrupted run loses at most one batch. `services` decides what a batch does.
"""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TypeVar

import structlog

from milepost.errors import Unavailable
from milepost.jobs.runner import until_elapsed
from milepost.redis.heartbeat import send_heartbeat
from milepost.resources import Resources
from milepost.services.achievements.backfill import backfill_achievements_batch
from milepost.services.achievements.rarity import count_holders
from milepost.services.goals.sweeps import close_periods_batch, record_open_periods_batch
from milepost.services.history import snapshots
from milepost.services.idempotency import forget_keys_batch
from milepost.services.leaderboards.peers import count_peers
from milepost.services.learners.erasure import erase_batch
from milepost.services.mastery.nightly import publish_eases_batch
from milepost.services.notices import delete_expired_notices_batch, unite_digests_batch
from milepost.services.planner import sweep as planner
from milepost.services.projections.policy_change import apply_policy_batch
from milepost.services.projections.running_totals import take_totals_batch
from milepost.services.rebuild.days import reassign_days_ahead_batch
from milepost.services.rebuild.refills import refill_batch
from milepost.services.rebuild.time import count_time_batch
from milepost.services.sign_in.codes import forget_codes_batch
from milepost.services.spaces.snapshots import snapshot_progress_batch
from milepost.services.streaks.evenings import tell_of_streaks_batch
from milepost.services.streaks.outage_backfill import apply_outages_batch

log = structlog.get_logger(__name__)

_SHORT_SECONDS = 10.0
_LONG_SECONDS = 12.0
_REST_SECONDS = 2.0
"""For a second task of a job, within the timeout of the job."""

T = TypeVar("T")


async def heartbeat(app: Resources) -> None:
    """Tell the readiness probe and `milepost worker --check` that this worker is alive."""
    await send_heartbeat(app.redis, app.clock.now())


async def apply_policy(app: Resources) -> None:
    """After a change of the policy file: recompute streaks and levels."""
    await _until_nothing_is_left(_batches(app, _SHORT_SECONDS, apply_policy_batch))


async def count_time(app: Resources) -> None:
    """After an upgrade, and after a change of the limit of a day's time: decide again how much of it counts."""
    await _until_nothing_is_left(_batches(app, _LONG_SECONDS, count_time_batch))


async def settle_outages(app: Resources) -> None:
    """After an outage was activated or withdrawn: apply it to every learner."""
    await _until_nothing_is_left(_batches(app, _SHORT_SECONDS, apply_outages_batch))


async def refill_projections(app: Resources) -> None:
    """After a migration that created or extended projections: refill them from the log."""
    await _until_nothing_is_left(_batches(app, _LONG_SECONDS, refill_batch))


async def reassign_days_ahead(app: Resources) -> None:
    """Once, after an upgrade: reassign days that an earlier version stored after the learner's own date."""
    await _until_nothing_is_left(_batches(app, _LONG_SECONDS, reassign_days_ahead_batch))


async def backfill_achievements(app: Resources) -> None:
    """After a change of the catalogue: grant achievements that learners have already earned."""
    await _until_nothing_is_left(_batches(app, _LONG_SECONDS, backfill_achievements_batch))


async def count_achievement_holders(app: Resources) -> None:
    """Count the holders of each achievement, for its rarity."""
    async with app.database.write() as connection:
        await count_holders(connection, app.clock.now())


async def compare_peers(app: Resources) -> None:
    """Once a day: count where each band of learners begins. Does nothing if the day's count is done."""
    async with app.database.write() as connection:
        counted = await count_peers(connection, app.clock.now())
    if counted:
        log.info("peers_counted")


async def publish_eases(app: Resources) -> None:
    """Once a night: publish how easy exercises are. After an upgrade: bring up the grades recorded before."""
    await _until_nothing_is_left(_batches(app, _LONG_SECONDS, publish_eases_batch))


async def sweep_planner(app: Resources) -> None:
    """Compare planner days with plans. Runs often but works once a night, so a night without a worker is caught up."""
    await _until_nothing_is_left(_batches(app, _LONG_SECONDS, planner.correct_planner_days_batch))


async def sweep_snapshots(app: Resources) -> None:
    """Take the snapshots of days that are over. A batch that met a deadlock is retried once."""
    days, more = 0, True
    async for swept in _batches(app, _LONG_SECONDS, snapshots.snapshot_days_batch, retried="snapshots_contended"):
        days, more = days + swept.days, swept.more
        if not more:
            break
    if days:
        log.info("snapshots_taken", days=days, more=more)


async def close_goal_periods(app: Resources) -> None:
    """Close the goal periods that are over."""
    periods = 0
    async for swept in _batches(app, _SHORT_SECONDS, close_periods_batch):
        periods += swept.periods
        if not swept.more:
            break
    if periods:
        log.info("goal_periods_closed", periods=periods)


async def write_down_goals(app: Resources) -> None:
    """Once an hour: store the open goal periods of learners who were active. Does nothing if this hour's are done."""
    async for swept in _batches(app, _SHORT_SECONDS, record_open_periods_batch):
        if not swept.more:
            break


async def take_running_totals(app: Resources) -> None:
    """Take running totals of learners with enough practice since their last ones. Workers share the learners."""
    learners = 0
    async for taken in _batches(app, _LONG_SECONDS, lambda connection, _policy, _now: take_totals_batch(connection)):
        learners += taken
        if not taken:
            break
    if learners:
        log.info("running_totals_taken", learners=learners)


async def sweep_space_progress(app: Resources) -> None:
    """Take the snapshots of spaces and composite goals that are due."""
    taken, more = 0, True
    async for swept in _batches(app, _SHORT_SECONDS, snapshot_progress_batch):
        taken, more = taken + swept.snapshots, swept.more
        if not more:
            break
    if taken:
        log.info("progress_snapshots_taken", snapshots=taken, more=more)


async def erase_learners(app: Resources) -> None:
    """Delete what is left of very large learners who were erased."""
    await _until_nothing_is_left(
        _batches(app, _LONG_SECONDS, lambda connection, _policy, _now: erase_batch(connection))
    )


async def forget_idempotency_keys(app: Resources) -> None:
    """Delete the Idempotency-Keys that are kept no longer, and one-time codes that nobody exchanged."""
    days = app.settings.idempotency_keys_kept_days
    await _until_nothing_is_left(
        _batches(app, _SHORT_SECONDS, lambda connection, _policy, now: forget_keys_batch(connection, now, days))
    )
    await _until_nothing_is_left(
        _batches(app, _REST_SECONDS, lambda connection, _policy, now: forget_codes_batch(connection, now))
    )


async def tell_of_streaks(app: Resources) -> None:
    """Once an hour: tell learners of runs at risk this evening and of runs that ended."""
    await _until_nothing_is_left(_batches(app, _SHORT_SECONDS, tell_of_streaks_batch))


async def delete_expired_notices(app: Resources) -> None:
    """Delete the notices that are kept no longer, and unite the digests of an import."""
    days = app.settings.notices_kept_days
    await _until_nothing_is_left(
        _batches(app, _SHORT_SECONDS, lambda connection, _policy, now: unite_digests_batch(connection, now))
    )
    await _until_nothing_is_left(
        _batches(
            app, _SHORT_SECONDS, lambda connection, _policy, now: delete_expired_notices_batch(connection, now, days)
        )
    )


async def _until_nothing_is_left(batches: AsyncIterator[bool]) -> None:
    async for more in batches:
        if not more:
            break


async def _batches(
    app: Resources,
    seconds: float,
    batch: Callable[..., Awaitable[T]],
    retried: str | None = None,
) -> AsyncIterator[T]:
    """Run batches one commit after another for `seconds`, at least one, and yield the result of each.

    A batch that fails as unavailable with the code `retried` is retried once.
    """
    for _ in until_elapsed(seconds):
        try:
            result = await _run_and_commit(app, batch)
        except Unavailable as fault:
            if fault.code != retried:
                raise
            result = await _run_and_commit(app, batch)
        yield result


async def _run_and_commit(app: Resources, batch: Callable[..., Awaitable[T]]) -> T:
    async with app.database.write() as connection:
        return await batch(connection, app.policy, app.clock.now())
