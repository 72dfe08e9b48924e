"""Metrics in the Prometheus text format: caches and unknown kinds of this process, and the last runs of the jobs.

Contains no data about learners. Alerts belong on `milepost_job_last_run_failed`, and on the age of a job's
`milepost_job_last_end_seconds`.
"""

import asyncio
from collections.abc import Iterable, Mapping

import structlog
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
Samples = Iterable[tuple[Mapping[str, str], float]]


@blueprint.get("/metrics")
@contract(
    operation="getMetrics", summary="Metrics", public=True, answers=None, text_media=("text/plain",), tag="health"
)
async def show_metrics() -> Response:
    """Metrics in the Prometheus text format. Cache counters are per process; job metrics cover the whole service."""
    lines = [*_caches()]
    try:
        lines += _jobs(await _runs(resources()))
    except (Unavailable, TimeoutError) as fault:
        log.warning("metrics_without_database", reason=str(fault) or type(fault).__name__)
        lines += _metric("milepost_database_up", "gauge", "Whether the database answered.", [({}, 0)])
    else:
        lines += _metric("milepost_database_up", "gauge", "Whether the database answered.", [({}, 1)])
    return Response("\n".join([*lines, ""]).encode(), content_type=_TEXT)


async def _runs(app: Resources) -> list[JobRun]:
    async with asyncio.timeout(_TIMEOUT_SECONDS), app.database.read() as connection:
        return [*await job_runs(connection)]


def _caches() -> Iterable[str]:
    opened = current().state.resources
    answers = current().state.answers
    hits: list[tuple[Mapping[str, str], float]] = [({"cache": "answers"}, answers.hits)]
    misses: list[tuple[Mapping[str, str], float]] = [({"cache": "answers"}, answers.misses)]
    if opened is not None:
        shared = opened.shared_cache
        kinds = sorted({*shared.hits, *shared.misses})
        hits += [({"cache": kind}, shared.hits[kind]) for kind in kinds]
        misses += [({"cache": kind}, shared.misses[kind]) for kind in kinds]
        yield from _metric(
            "milepost_unknown_kinds_total",
            "counter",
            "Activities of undeclared kinds sent to this process.",
            [({}, opened.progress.unknown_kinds.total)],
        )
        yield from _metric(
            "milepost_database_writable",
            "gauge",
            "Whether the database stores what this process writes; 0: its disk is full, or it is read-only.",
            [({}, opened.database.storage.fault is None)],
        )
        yield from _metric(
            "milepost_shared_cache_up",
            "gauge",
            "Whether this process finds Redis reachable.",
            [({}, not opened.redis_access.is_unreachable)],
        )
        yield from _metric(
            "milepost_shared_cache_faults_total",
            "counter",
            "Failed calls to Redis.",
            [({}, opened.redis_access.faults)],
        )
        yield from _metric(
            "milepost_rate_limited_total",
            "counter",
            "Requests that this process refused because a quota was used up.",
            [({"policy": policy}, count) for policy, count in sorted(opened.rate_limits.refusals.items())],
        )
    yield from _metric("milepost_cache_hits_total", "counter", "Responses served from the cache.", hits)
    yield from _metric("milepost_cache_misses_total", "counter", "Responses that had to be computed.", misses)


def _jobs(runs: Iterable[JobRun]) -> list[str]:
    failures: list[tuple[Mapping[str, str], float]] = []
    failed: list[tuple[Mapping[str, str], float]] = []
    ended: list[tuple[Mapping[str, str], float]] = []
    for run in runs:
        labels = {"job": run.job}
        failures.append((labels, run.failures))
        failed.append((labels, run.last_error is not None))
        if run.finished_at is not None:
            ended.append((labels, run.finished_at.timestamp()))
    return [
        *_metric("milepost_job_failures_total", "counter", "Failed runs of the job, ever.", failures),
        *_metric("milepost_job_last_run_failed", "gauge", "Whether the last run failed: alert on 1.", failed),
        *_metric("milepost_job_last_end_seconds", "gauge", "When the last run ended, in seconds since 1970.", ended),
    ]


def _metric(name: str, kind: str, description: str, samples: Samples) -> list[str]:
    """One metric with its samples. The label values are our own names and need no escaping."""
    lines = [f"# HELP {name} {description}", f"# TYPE {name} {kind}"]
    for labels, value in samples:
        inside = ",".join(f'{label}="{text}"' for label, text in labels.items())
        lines.append(f"{name}{{{inside}}} {float(value):.15g}" if inside else f"{name} {float(value):.15g}")
    return lines
