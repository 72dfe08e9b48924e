"""Health checks: whether the process is alive, and whether it should get requests. Outside /api and without a token.

Not ready: the database or its schema is missing, it stores nothing, or the process is stopping. Degraded but ready:
Redis or the worker is missing.
"""

import asyncio
from datetime import datetime
from functools import cache
from typing import Literal

import structlog
from quart import Blueprint
from redis.exceptions import RedisError

from milepost.api.edge.problem_codes import CATALOGUE
from milepost.api.edge.problems import problem
from milepost.api.edge.request_context import current, resources
from milepost.api.http.contract import contract
from milepost.api.http.fields import Answer
from milepost.api.http.responses import Reply, answer
from milepost.db.migrations import head
from milepost.db.storage import StorageFault
from milepost.errors import Unavailable
from milepost.queries.operations.installation import installation
from milepost.redis.heartbeat import is_late, last_heartbeat_at
from milepost.resources import Resources
from milepost.rules.days.calendar import TZDATA_VERSION

log = structlog.get_logger(__name__)
blueprint = Blueprint("health", __name__)

_TIMEOUT_SECONDS = 3.0

_STORES_NOTHING: dict[StorageFault, str] = {
    "disk_full": "The disk of the database is full: it answers reads, but stores nothing.",
    "read_only": "The database is read-only: it answers reads, but stores nothing.",
}

newest_schema = cache(head)
"""The schema revision this code requires; read from the migrations once."""


class Alive(Answer):
    """The process is alive."""

    status: Literal["alive"]


class SchemaState(Answer):
    """The schema revision of the database, and the revision this version of the service needs."""

    revision: str | None
    needed: str


class PolicyState(Answer):
    """The policy in force. `applied` is false while learners are being recomputed after a change of the policy file."""

    fingerprint: str
    applied: bool


class Readiness(Answer):
    """The state of the service's dependencies. `worker_seen_at` is null if no worker ran for a day or Redis is
    unreachable.
    """

    status: Literal["ready", "degraded"]
    database: Literal["reachable"]
    db_schema: SchemaState
    policy: PolicyState
    refilling: list[str]
    redis: Literal["reachable", "unreachable"]
    worker: Literal["alive", "late", "unknown"]
    worker_seen_at: datetime | None
    tzdata: str


@blueprint.get("/livez")
@contract(operation="getLiveness", summary="Liveness", public=True, answers=Alive, tag="health")
async def livez() -> Reply:
    """Whether the process is alive. Does not check dependencies: a process should not be restarted because its database
    is down.
    """
    return answer(Alive(status="alive"))


@blueprint.get("/readyz")
@contract(
    operation="getReadiness",
    summary="Readiness",
    public=True,
    answers=Readiness,
    problems=("starting", "shutting_down", "not_ready", "database_unavailable"),
    tag="health",
)
async def readyz() -> Reply:
    """Whether the process should get requests. 503 while starting or stopping, without a database, with an outdated
    schema, or while the database stores nothing; `reason` of `database_unavailable` is `unreachable`, `disk_full` or
    `read_only`. Without Redis or a worker that is on time, all routes still work and the status is
    `degraded`.
    """
    if current().state.draining:
        return _refuse("shutting_down")
    app = resources()
    try:
        async with asyncio.timeout(_TIMEOUT_SECONDS), app.database.read() as connection:
            installed = await installation(connection)
    except (TimeoutError, Unavailable) as fault:
        log.warning("not_ready", reason=str(fault) or type(fault).__name__)
        return _refuse("database_unavailable", reason="unreachable")
    stored = app.database.storage.fault
    if stored is not None:
        return _refuse("database_unavailable", _STORES_NOTHING[stored], reason=stored)
    if installed.schema_revision != newest_schema():
        log.warning("not_ready", schema=installed.schema_revision, needed=newest_schema())
        return _refuse("not_ready", "The database needs `milepost migrate`.", schema=installed.schema_revision)
    redis, worker_seen_at = await _redis(app)
    late = is_late(worker_seen_at, app.clock.now())
    return answer(
        Readiness(
            status="ready" if redis == "reachable" and not late else "degraded",
            database="reachable",
            db_schema=SchemaState(revision=installed.schema_revision, needed=newest_schema()),
            policy=PolicyState(
                fingerprint=app.policy.fingerprint, applied=installed.policy_fingerprint == app.policy.fingerprint
            ),
            refilling=list(installed.refilling),
            redis=redis,
            worker="unknown" if redis == "unreachable" else "late" if late else "alive",
            worker_seen_at=worker_seen_at,
            tzdata=TZDATA_VERSION,
        )
    )


async def _redis(app: Resources) -> tuple[Literal["reachable", "unreachable"], datetime | None]:
    try:
        return "reachable", await last_heartbeat_at(app.redis)
    except (RedisError, OSError, TimeoutError) as fault:
        log.warning("redis_unreachable", reason=type(fault).__name__)
        return "unreachable", None


def _refuse(code: str, detail: str | None = None, **members: object) -> Reply:
    status, general = CATALOGUE[code]
    return problem(status, code, detail or general, headers={"Retry-After": "2"}, **members)
