"""The jobs and how often each runs, beside hints. Every job may run twice without harm.

The database records the work to do, so a late run costs seconds and no data. `jobs/scheduler.py` runs the schedule.
"""

from arq.worker import Function, func

from milepost.jobs.rebuilds import rebuild_learners_due
from milepost.jobs.runner import Job, as_hinted
from milepost.jobs.sweeps import (
    apply_policy,
    backfill_achievements,
    close_goal_periods,
    compare_peers,
    count_achievement_holders,
    count_time,
    delete_expired_notices,
    erase_learners,
    forget_idempotency_keys,
    heartbeat,
    publish_eases,
    reassign_days_ahead,
    refill_projections,
    settle_outages,
    sweep_planner,
    sweep_snapshots,
    sweep_space_progress,
    take_running_totals,
    tell_of_streaks,
    write_down_goals,
)
from milepost.redis.job_queue import hint_name

_QUARTER, _MINUTE, _HOUR = 15.0, 60.0, 3600.0

SCHEDULE = (
    # Every worker sends its own heartbeat; of the others, the workers share the runs. Often, because Redis may have
    # come back empty: within ten seconds readiness must see that the worker is alive.
    Job("say_alive", heartbeat, every_seconds=5.0, timeout_seconds=5, is_shared=False),
    Job("apply_policy", apply_policy, every_seconds=_QUARTER, timeout_seconds=15),
    Job("settle_outages", settle_outages, every_seconds=_QUARTER, timeout_seconds=15),
    Job("rebuild_learners", rebuild_learners_due, every_seconds=20.0, timeout_seconds=18),
    Job("backfill_achievements", backfill_achievements, every_seconds=30.0, timeout_seconds=18),
    Job("erase_learners", erase_learners, every_seconds=30.0, timeout_seconds=18),
    Job("refill_projections", refill_projections, every_seconds=30.0, timeout_seconds=18),
    Job("sweep_snapshots", sweep_snapshots, every_seconds=_MINUTE, timeout_seconds=18),
    Job("close_goal_periods", close_goal_periods, every_seconds=_MINUTE, timeout_seconds=15),
    # Each run continues the round of this hour; usually it is already complete.
    Job("write_down_goals", write_down_goals, every_seconds=_MINUTE, timeout_seconds=15),
    Job("sweep_progress", sweep_space_progress, every_seconds=_MINUTE, timeout_seconds=18),
    Job("take_running_totals", take_running_totals, every_seconds=_MINUTE, timeout_seconds=18),
    # Each run continues the round of this hour, zone by zone.
    Job("tell_of_streaks", tell_of_streaks, every_seconds=_MINUTE, timeout_seconds=15),
    # Often, so that a night without a worker is caught up; these work once a night.
    Job("publish_eases", publish_eases, every_seconds=_MINUTE, timeout_seconds=18),
    Job("sweep_planner", sweep_planner, every_seconds=_MINUTE, timeout_seconds=18),
    Job("reassign_days_ahead", reassign_days_ahead, every_seconds=_MINUTE, timeout_seconds=18),
    Job("count_time", count_time, every_seconds=_MINUTE, timeout_seconds=18),
    # Hourly, so that a day without a worker at one hour is caught up; it counts once a day.
    Job("compare_peers", compare_peers, every_seconds=_HOUR, timeout_seconds=18),
    Job("count_achievement_holders", count_achievement_holders, every_seconds=_HOUR, timeout_seconds=18),
    Job("delete_expired_notices", delete_expired_notices, every_seconds=_HOUR, timeout_seconds=15),
    Job("forget_idempotency_keys", forget_idempotency_keys, every_seconds=_HOUR, timeout_seconds=15),
)
"""Every job, the frequent ones first."""


def functions() -> list[Function]:
    """The same jobs as a hint starts them, by name."""
    return [func(as_hinted(job), name=hint_name(job.name), timeout=job.timeout_seconds) for job in SCHEDULE]
