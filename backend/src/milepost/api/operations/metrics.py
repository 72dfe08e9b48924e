"""Metrics in the Prometheus text format: what the API counts, and the last runs of the jobs.

Contains no data about learners. Alerts belong on `milepost_job_last_run_failed`, and on the age of a job's
`milepost_job_last_end_seconds`.
"""

import asyncio
from collections.abc import Iterable, Iterator, Sequence

import structlog
from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from quart import Blueprint, Response

from milepost.api.edge.request_context import current, resources
from milepost.api.http.contract import contract
from milepost.errors import Unavailable
from milepost.queries.operations.jobs import JobRun, job_runs
from milepost.resources import Resources

log = structlog.get_logger(__name__)
blueprint = Blueprint("metrics", __name__)

_TIMEOUT_SECONDS = 3.0
_TEXT = "text/plain; version=0.0.4; charset=utf-8"


@blueprint.get("/metrics")
@contract(
    operation="getMetrics", summary="Metrics", public=True, answers=None, text_media=("text/plain",), tag="health"
)
async def show_metrics() -> Response:
    """Metrics in the Prometheus text format. Counters are those of all processes of one `milepost serve`; job metrics
    cover the whole service.
    """
    families = [*_states(resources())]
    try:
        runs = await _runs(resources())
    except (Unavailable, TimeoutError) as fault:
        log.warning("metrics_without_database", reason=str(fault) or type(fault).__name__)
        families.append(_gauge("milepost_database_up", "Whether the database answered.", value=False))
    else:
        families += [*_jobs(runs), _gauge("milepost_database_up", "Whether the database answered.", value=True)]
    found = CollectorRegistry()
    found.register(_Found(families))
    return Response(
        generate_latest(current().state.metrics.of_all_processes()) + generate_latest(found), content_type=_TEXT
    )


class _Found(Collector):
    """What was found out for this answer."""

    def __init__(self, families: Sequence[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        """All families."""
        return self._families


async def _runs(app: Resources) -> list[JobRun]:
    async with asyncio.timeout(_TIMEOUT_SECONDS), app.database.read() as connection:
        return [*await job_runs(connection)]


def _states(app: Resources) -> Iterator[Metric]:
    yield _gauge(
        "milepost_database_writable",
        "Whether the database stores what this process writes; 0: its disk is full, or it is read-only.",
        value=app.database.storage.fault is None,
    )
    yield _gauge(
        "milepost_shared_cache_up",
        "Whether this process finds Redis reachable.",
        value=not app.redis_access.is_unreachable,
    )


def _jobs(runs: Iterable[JobRun]) -> Iterator[Metric]:
    failures = CounterMetricFamily("milepost_job_failures", "Failed runs of the job, ever.", labels=["job"])
    failed = GaugeMetricFamily(
        "milepost_job_last_run_failed", "Whether the last run failed: alert on 1.", labels=["job"]
    )
    ended = GaugeMetricFamily(
        "milepost_job_last_end_seconds", "When the last run ended, in seconds since 1970.", labels=["job"]
    )
    for run in runs:
        failures.add_metric([run.job], run.failures)
        failed.add_metric([run.job], float(run.last_error is not None))
        if run.finished_at is not None:
            ended.add_metric([run.job], run.finished_at.timestamp())
    yield from (failures, failed, ended)


def _gauge(name: str, description: str, *, value: bool) -> Metric:
    return GaugeMetricFamily(name, description, value=float(value))
