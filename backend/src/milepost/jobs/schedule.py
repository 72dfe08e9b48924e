"""The jobs and when each runs: on a schedule or on a hint. Every job may run twice without harm.

The database records the work to do, so a lost queue costs seconds and no data.
"""

from arq.cron import CronJob, cron
from arq.worker import Function, func

from milepost.jobs.rebuilds import rebuild_learners_due
from milepost.jobs.runner import as_job
from milepost.jobs.sweeps import (
    apply_policy,
    backfill_achievements,
    close_goal_periods,
    compare_peers,
    count_achievement_holders,
    delete_expired_notices,
    erase_learners,
    forget_idempotency_keys,
    heartbeat,
    publish_eases,
    reassign_days_ahead,
    settle_outages,
    sweep_planner,
    sweep_snapshots,
    sweep_space_progress,
    take_running_totals,
    tell_of_streaks,
    write_down_goals,
)
from milepost.redis.job_queue import hint_name

_HEARTBEAT = as_job("say_alive", heartbeat)
_APPLY_POLICY = as_job("apply_policy", apply_policy)
_SETTLE_OUTAGES = as_job("settle_outages", settle_outages)
_REASSIGN_DAYS_AHEAD = as_job("reassign_days_ahead", reassign_days_ahead)
_BACKFILL_ACHIEVEMENTS = as_job("backfill_achievements", backfill_achievements)
_COUNT_HOLDERS = as_job("count_achievement_holders", count_achievement_holders)
_COMPARE_PEERS = as_job("compare_peers", compare_peers)
_PUBLISH_EASES = as_job("publish_eases", publish_eases)
_SWEEP_PLANNER = as_job("sweep_planner", sweep_planner)
_REBUILD_LEARNERS = as_job("rebuild_learners", rebuild_learners_due)
_SWEEP_SNAPSHOTS = as_job("sweep_snapshots", sweep_snapshots)
_CLOSE_GOAL_PERIODS = as_job("close_goal_periods", close_goal_periods)
_WRITE_DOWN_GOALS = as_job("write_down_goals", write_down_goals)
_TAKE_TOTALS = as_job("take_running_totals", take_running_totals)
_SWEEP_PROGRESS = as_job("sweep_progress", sweep_space_progress)
_ERASE_LEARNERS = as_job("erase_learners", erase_learners)
_FORGET_KEYS = as_job("forget_idempotency_keys", forget_idempotency_keys)
_TELL_OF_STREAKS = as_job("tell_of_streaks", tell_of_streaks)
_DELETE_NOTICES = as_job("delete_expired_notices", delete_expired_notices)


def cron_jobs() -> list[CronJob]:
    """The scheduled jobs (UTC). New objects on each call: arq stores in them when they run next."""
    return [
        # Not unique: every worker sends its own heartbeat.
        cron(_HEARTBEAT, name="say_alive", second={0, 15, 30, 45}, run_at_startup=True, unique=False, timeout=5),
        cron(_APPLY_POLICY, name="apply_policy", second={5, 20, 35, 50}, run_at_startup=True, timeout=15),
        cron(_SETTLE_OUTAGES, name="settle_outages", second={2, 17, 32, 47}, run_at_startup=True, timeout=15),
        cron(_REASSIGN_DAYS_AHEAD, name="reassign_days_ahead", second=33, run_at_startup=True, timeout=18),
        cron(_BACKFILL_ACHIEVEMENTS, name="backfill_achievements", second={0, 30}, run_at_startup=True, timeout=18),
        cron(_COUNT_HOLDERS, name="count_achievement_holders", minute=17, second=25, run_at_startup=True, timeout=18),
        # Hourly, so that a day without a worker at one hour is caught up; it counts once a day.
        cron(_COMPARE_PEERS, name="compare_peers", minute=23, second=15, run_at_startup=True, timeout=18),
        # Often, so that a night without a worker is caught up; it publishes once a night.
        cron(_PUBLISH_EASES, name="publish_eases", second=37, run_at_startup=True, timeout=18),
        cron(_SWEEP_PLANNER, name="sweep_planner", second=50, run_at_startup=True, timeout=18),
        cron(_REBUILD_LEARNERS, name="rebuild_learners", second={8, 28, 48}, run_at_startup=True, timeout=18),
        cron(_SWEEP_SNAPSHOTS, name="sweep_snapshots", second=10, run_at_startup=True, timeout=18),
        cron(_CLOSE_GOAL_PERIODS, name="close_goal_periods", second=25, run_at_startup=True, timeout=15),
        cron(_ERASE_LEARNERS, name="erase_learners", second={13, 43}, run_at_startup=True, timeout=18),
        # Each run continues the round of this hour; usually it is already complete.
        cron(_WRITE_DOWN_GOALS, name="write_down_goals", second=40, timeout=15),
        cron(_TAKE_TOTALS, name="take_running_totals", second=55, run_at_startup=True, timeout=18),
        cron(_SWEEP_PROGRESS, name="sweep_progress", second=40, run_at_startup=True, timeout=18),
        # Each run continues the round of this hour, zone by zone.
        cron(_TELL_OF_STREAKS, name="tell_of_streaks", second=20, run_at_startup=True, timeout=15),
        cron(_DELETE_NOTICES, name="delete_expired_notices", minute=47, second=15, run_at_startup=True, timeout=15),
        cron(_FORGET_KEYS, name="forget_idempotency_keys", minute=41, second=5, run_at_startup=True, timeout=15),
    ]


def functions() -> list[Function]:
    """The same jobs as a hint starts them, by name."""
    return [func(job.coroutine, name=hint_name(job.name), timeout=job.timeout_s) for job in cron_jobs()]
