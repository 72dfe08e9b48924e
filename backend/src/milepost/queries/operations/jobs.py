"""The state of jobs: the last run of each, and how many snapshots, goals and rebuilds are waiting."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from milepost.db.connection import Reading

MAX_COUNTED = 100_000
MAX_JOBS = 200

_RUNS = f"SELECT job, started_at, finished_at, failures, last_error FROM job_runs ORDER BY job LIMIT {MAX_JOBS}"
# A day is due when it is over and marked: one that was over long ago may have been marked a moment ago.
_PENDING = f"""
SELECT count(*), min(greatest(closes_at, dirty_at)) FROM (
    SELECT closes_at, dirty_at FROM activity_days WHERE dirty AND closes_at <= $1 ORDER BY closes_at LIMIT {MAX_COUNTED}
) due
"""
_REBUILDS = "SELECT count(*), min(rebuild_due_at) FROM learners WHERE rebuild_due_at IS NOT NULL"
_DUE_GOALS = f"""
SELECT (SELECT count(*) FROM (
        SELECT FROM goals WHERE closes_at <= $1 LIMIT {MAX_COUNTED}
    ) counted),
    (SELECT min(closes_at) FROM goals WHERE closes_at <= $1)
"""


@dataclass(frozen=True, slots=True)
class JobRun:
    """The last run of a job. Unfinished if `finished_at` is None or before `started_at`. `failures` of all time."""

    job: str
    started_at: datetime | None
    finished_at: datetime | None
    failures: int
    last_error: str | None


@dataclass(frozen=True, slots=True)
class PendingSnapshots:
    """Days that are over without a valid snapshot, counted up to `MAX_COUNTED`; since when the oldest waits."""

    days: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class PendingRebuilds:
    """Learners waiting for a rebuild after an activity was voided; since when the oldest waits."""

    learners: int
    since: datetime | None


@dataclass(frozen=True, slots=True)
class DueGoals:
    """Goals with a period that is over but not closed, counted up to `MAX_COUNTED`; since when the oldest waits."""

    goals: int
    since: datetime | None


async def job_runs(connection: Reading) -> Sequence[JobRun]:
    """Every job that has run, ordered by name."""
    return [JobRun(*row) for row in await connection.fetch(_RUNS)]


async def pending_snapshots(connection: Reading, now: datetime) -> PendingSnapshots:
    """The days waiting for a snapshot at `now`."""
    return PendingSnapshots(*await connection.fetchrow(_PENDING, now))


async def pending_rebuilds(connection: Reading) -> PendingRebuilds:
    """The learners waiting for a rebuild."""
    return PendingRebuilds(*await connection.fetchrow(_REBUILDS))


async def due_goals(connection: Reading, now: datetime) -> DueGoals:
    """The goals with periods to close at `now`."""
    return DueGoals(*await connection.fetchrow(_DUE_GOALS, now))
