"""The last run of each job and its result, for operators. Written in transactions separate from the job's own."""

from datetime import datetime, timedelta

from milepost.db.connection import Reading, Writing

JOBS = (
    "apply_policy",
    "backfill_achievements",
    "close_goal_periods",
    "compare_peers",
    "count_achievement_holders",
    "count_time",
    "delete_expired_notices",
    "erase_learners",
    "forget_idempotency_keys",
    "publish_eases",
    "reassign_days_ahead",
    "rebuild_learners",
    "refill_projections",
    "say_alive",
    "settle_outages",
    "sweep_planner",
    "sweep_progress",
    "sweep_snapshots",
    "take_running_totals",
    "tell_of_streaks",
    "write_down_goals",
)
"""Every job by its name, as scheduled in `jobs/schedule.py`."""

JOB_TIMEOUT_SECONDS = 20
"""No job has a longer timeout. arq reruns the job of a killed worker ten seconds after it."""
_MAX_RUN = timedelta(seconds=JOB_TIMEOUT_SECONDS + 10)
"""A run without an end after this time was killed with its worker."""

_MAX_ERROR_CHARACTERS = 500

_STARTED = """
INSERT INTO job_runs AS r (job, started_at, runs) VALUES ($1, $2, 1)
ON CONFLICT (job) DO UPDATE SET started_at = $2, runs = r.runs + 1
"""
_CLAIMED = f"{_STARTED.rstrip()} WHERE r.runs = $3 RETURNING runs"
_RUNS = "SELECT runs FROM job_runs WHERE job = $1"
_SUCCEEDED = "UPDATE job_runs SET finished_at = $2, last_error = NULL WHERE job = $1"
_FAILED = "UPDATE job_runs SET finished_at = $2, failures = failures + 1, last_error = $3 WHERE job = $1"
_UNFINISHED = """
SELECT started_at FROM job_runs
WHERE job = $1 AND started_at > $2 AND started_at <= $3 AND started_at > coalesce(finished_at, '-infinity')
"""


async def running_since(connection: Reading, job: str, now: datetime) -> datetime | None:
    """When the run of a job that has not ended began; None if none runs."""
    # A start ahead of `now` was recorded before the clock was set back.
    started_at: datetime | None = await connection.fetchval(_UNFINISHED, job, now - _MAX_RUN, now + _MAX_RUN)
    return started_at


async def count_runs(connection: Reading, job: str) -> int:
    """How often `job` has run."""
    return await connection.fetchval(_RUNS, job) or 0


async def claim_run(connection: Writing, job: str, runs: int, now: datetime) -> bool:
    """Record that `job` starts at `now`, if it has run exactly `runs` times: of several callers one succeeds."""
    return await connection.fetchval(_CLAIMED, job, now, runs) is not None


async def record_start(connection: Writing, job: str, now: datetime) -> None:
    """Record that `job` starts at `now`."""
    await connection.execute(_STARTED, job, now)


async def record_end(connection: Writing, job: str, now: datetime, error: str | None) -> None:
    """Record that `job` ended at `now`. `error` is the reason of a failure, None after a success."""
    if error is None:
        await connection.execute(_SUCCEEDED, job, now)
    else:
        # PostgreSQL cannot store NUL characters in text.
        await connection.execute(_FAILED, job, now, error.replace("\x00", "")[:_MAX_ERROR_CHARACTERS])
