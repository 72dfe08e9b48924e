"""The jobs: their state, and running one now."""

from datetime import datetime

import structlog
from quart import Blueprint
from redis.exceptions import RedisError

from milepost.api.edge.guard import current_caller
from milepost.api.edge.problem_codes import declare
from milepost.api.edge.request_context import resources
from milepost.api.http.contract import contract
from milepost.api.http.responses import Reply, answer, instant
from milepost.api.operations.schemas import JobQueuedOut, JobsOut
from milepost.errors import Conflict, NotFound, Unavailable
from milepost.queries.operations.jobs import due_goals, job_runs, pending_rebuilds, pending_snapshots
from milepost.redis.heartbeat import last_heartbeat_at
from milepost.redis.job_queue import hint
from milepost.resources import Resources
from milepost.services import audit
from milepost.services.job_runs import JOBS, running_since

log = structlog.get_logger(__name__)
blueprint = Blueprint("jobs", __name__)

declare(
    job_not_found=(404, "There is no such job."),
    job_is_running=(409, "The job is running; `started_at` says since when."),
    queue_unavailable=(503, "The queue of jobs is unreachable. Jobs still run as scheduled once it is back."),
)


@blueprint.get("/admin/jobs")
@contract(operation="getJobs", summary="State of the jobs", roles=("admin",), answers=JobsOut, tag="admin")
async def show_jobs() -> Reply:
    """The last run of each job with its failures, and the snapshots, goals and learners that are waiting."""
    app = resources()
    now = app.clock.now()
    async with app.database.snapshot() as connection:
        runs = await job_runs(connection)
        pending = await pending_snapshots(connection, now)
        rebuilds = await pending_rebuilds(connection)
        due = await due_goals(connection, now)
    return answer(
        {
            "jobs": [
                {
                    "job": run.job,
                    "started_at": instant(run.started_at),
                    "finished_at": instant(run.finished_at),
                    "failures": run.failures,
                    "last_error": run.last_error,
                }
                for run in runs
            ],
            "snapshots": _waiting("pending_days", pending.days, pending.since, now),
            "goals": _waiting("due_goals", due.goals, due.since, now),
            "rebuilds": {"pending_learners": rebuilds.learners, "oldest_due_at": instant(rebuilds.since)},
        }
    )


@blueprint.post("/admin/jobs/<job>/run")
@contract(
    operation="runJob",
    summary="Run a job now",
    roles=("admin",),
    answers=JobQueuedOut,
    problems=("job_not_found", "job_is_running", "queue_unavailable"),
    tag="admin",
    keyed=True,
)
async def run_job(job: str) -> Reply:
    """Asks the workers to run a job now, beside its schedule. Asking again while it waits changes nothing."""
    caller, app = current_caller(), resources()
    if job not in JOBS:
        raise NotFound("job_not_found", "There is no such job.")
    now = app.clock.now()
    async with app.database.write() as connection:
        started_at = await running_since(connection, job, now)
        if started_at is not None:
            raise Conflict("job_is_running", "The job is running.", {"started_at": started_at})
        # Before the queue: without Redis, nothing is queued and nothing audited.
        await audit.note(connection, caller.subject, "job.run", {"job": job}, now)
        is_new, worker_seen_at = await _queue(app, job)
    seen_at = instant(worker_seen_at)
    return answer({"job": job, "status": "queued", "waited_already": not is_new, "worker_seen_at": seen_at})


async def _queue(app: Resources, job: str) -> tuple[bool, datetime | None]:
    """Whether the job waited for no run before, and when a worker was last seen.

    Raises:
        Unavailable: `queue_unavailable`.
    """
    try:
        return await hint(app.redis, job), await last_heartbeat_at(app.redis)
    except (RedisError, OSError, TimeoutError) as fault:
        log.warning("redis_unreachable", reason=type(fault).__name__)
        raise Unavailable("queue_unavailable", "The queue of jobs is unreachable.") from None


def _waiting(name: str, count: int, since: datetime | None, now: datetime) -> dict[str, object]:
    """The number of waiting items, when the oldest was due, and how long ago that was."""
    lag = 0 if since is None else int((now - since).total_seconds())
    return {name: count, "oldest_due_at": instant(since), "lag_seconds": lag}
