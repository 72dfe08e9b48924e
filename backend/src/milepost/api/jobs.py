"""For operators: how the jobs are doing."""

from quart import Blueprint, Response

from milepost.api.contract import contract
from milepost.api.exchange import resources
from milepost.api.responses import answer
from milepost.api.schemas.history import JobsOut
from milepost.api.streak_shape import instant
from milepost.db.connections import hot_reading
from milepost.queries.jobs import job_runs, pending_rebuilds, pending_snapshots

blueprint = Blueprint("jobs", __name__)


@blueprint.get("/admin/jobs")
@contract(summary="How the jobs are doing", roles=("admin",), answers=JobsOut, tag="admin")
async def show_jobs() -> Response:
    """The last run of each job with its failures, what snapshots have still to do, and who waits to be rebuilt."""
    held = resources()
    now = held.clock.now()
    async with hot_reading(held.hot_pool, held.settings) as connection:
        runs = await job_runs(connection)
        pending = await pending_snapshots(connection, now)
        rebuilds = await pending_rebuilds(connection)
    lag = 0 if pending.since is None else int((now - pending.since).total_seconds())
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
            "snapshots": {
                "pending_days": pending.days,
                "oldest_due_at": instant(pending.since),
                "lag_seconds": lag,
            },
            "rebuilds": {"pending_learners": rebuilds.learners, "oldest_due_at": instant(rebuilds.since)},
        }
    )
