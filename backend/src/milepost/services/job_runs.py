"""When each job ran last and how it went, for operators. Written beside the job, in transactions of its own."""

from datetime import datetime

from milepost.db.connection import Writing

_LONGEST_ERROR = 500

_STARTED = """
INSERT INTO job_runs AS r (job, started_at) VALUES ($1, $2) ON CONFLICT (job) DO UPDATE SET started_at = $2
"""
_SUCCEEDED = "UPDATE job_runs SET finished_at = $2, last_error = NULL WHERE job = $1"
_FAILED = "UPDATE job_runs SET finished_at = $2, failures = failures + 1, last_error = $3 WHERE job = $1"


async def record_start(connection: Writing, job: str, now: datetime) -> None:
    """The job runs from `now` on."""
    await connection.execute(_STARTED, job, now)


async def record_end(connection: Writing, job: str, now: datetime, error: str | None) -> None:
    """The job has ended at `now`; `error` says why it failed, None that it did not."""
    if error is None:
        await connection.execute(_SUCCEEDED, job, now)
    else:
        # PostgreSQL keeps no NUL.
        await connection.execute(_FAILED, job, now, error.replace("\x00", "")[:_LONGEST_ERROR])
