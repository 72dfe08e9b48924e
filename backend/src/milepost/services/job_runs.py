"""The last run of each job and its result, for operators. Written in transactions separate from the job's own."""

from datetime import datetime

from milepost.db.connection import Writing

_MAX_ERROR_CHARACTERS = 500

_STARTED = """
INSERT INTO job_runs AS r (job, started_at) VALUES ($1, $2) ON CONFLICT (job) DO UPDATE SET started_at = $2
"""
_SUCCEEDED = "UPDATE job_runs SET finished_at = $2, last_error = NULL WHERE job = $1"
_FAILED = "UPDATE job_runs SET finished_at = $2, failures = failures + 1, last_error = $3 WHERE job = $1"


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
