"""GET /admin/jobs: the state of the jobs."""

from datetime import datetime

from quart import Blueprint, Response

from milepost.api.edge.request_context import resources
from milepost.api.http.contract import contract
from milepost.api.http.responses import answer, instant
from milepost.api.operations.schemas import JobsOut
from milepost.queries.operations.jobs import due_goals, job_runs, pending_rebuilds, pending_snapshots

blueprint = Blueprint("jobs", __name__)


@blueprint.get("/admin/jobs")
@contract(operation="getJobs", summary="State of the jobs", roles=("admin",), answers=JobsOut, tag="admin")
async def show_jobs() -> Response:
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


def _waiting(name: str, count: int, since: datetime | None, now: datetime) -> dict[str, object]:
    """The number of waiting items, when the oldest was due, and how long ago that was."""
    lag = 0 if since is None else int((now - since).total_seconds())
    return {name: count, "oldest_due_at": instant(since), "lag_seconds": lag}
