"""POST /admin/jobs/{job}/run: a job runs now, once, unless it is running; without Redis the answer says so."""

import asyncio
import time
from collections.abc import AsyncIterator

import pytest
from quart.typing import TestClientProtocol as Client
from redis.asyncio import Redis

from milepost.app import create_app
from milepost.jobs.runner import RESOURCES
from milepost.jobs.schedule import SCHEDULE, functions
from milepost.redis.job_queue import QUEUE
from milepost.resources import Resources
from milepost.services.job_runs import JOB_TIMEOUT_SECONDS, JOBS, record_end, record_start
from milepost.settings import Settings
from support.callers import Answer, Caller, Json
from support.clock import START, AdjustableClock
from support.servers import Processes, free_port

_PATIENCE_SECONDS = 60.0


@pytest.fixture(autouse=True)
async def _nothing_waits(redis_url: str) -> AsyncIterator[None]:
    """Every test begins with an empty queue."""
    async with Redis.from_url(redis_url) as redis:
        await redis.flushdb()
        yield


def admin(client: Client) -> Caller:
    """An administrator."""
    return Caller(client, "root", ["admin"])


async def run(client: Client, job: str, **headers: str) -> Answer:
    """Ask for a run of a job."""
    return await admin(client).ask("POST", f"/admin/jobs/{job}/run", headers=headers)


async def waiting(redis_url: str) -> list[str]:
    """What waits in the queue."""
    async with Redis.from_url(redis_url) as redis:
        return [member.decode() for member in await redis.zrange(QUEUE, 0, -1)]


async def audited(client: Client) -> list[Json]:
    """The runs in the audit log, newest first."""
    entries = (await admin(client).get("/admin/audit", limit=200)).ok()["entries"]
    return [entry["body"] for entry in entries if entry["action"] == "job.run"]


def test_every_job_of_the_schedule_can_be_asked_for() -> None:
    assert sorted(job.name for job in SCHEDULE) == list(JOBS)
    assert sorted(function.name for function in functions()) == [f"hint_{job}" for job in JOBS]
    assert max(job.timeout_seconds for job in SCHEDULE) <= JOB_TIMEOUT_SECONDS


def test_a_heartbeat_comes_soon_enough_after_redis_has_come_back_empty() -> None:
    """Everything is whole again within ten seconds (R04): the pause before the next heartbeat, and its own time."""
    (say_alive,) = (job for job in SCHEDULE if not job.is_shared)
    assert say_alive.every_seconds + say_alive.timeout_seconds <= 10


async def test_a_hint_runs_the_job_of_its_name(resources: Resources, client: Client, clock: AdjustableClock) -> None:
    hinted = {function.name: function for function in functions()}
    await hinted["hint_sweep_snapshots"].coroutine({RESOURCES: resources})
    shown = (await admin(client).get("/admin/jobs")).ok()["jobs"]
    assert ("sweep_snapshots", "2026-03-10T12:00:00Z") in [(job["job"], job["finished_at"]) for job in shown]


async def test_a_job_is_queued_once_however_often_it_is_asked_for(
    client: Client, redis_url: str, clock: AdjustableClock
) -> None:
    before = len(await audited(client))
    first = await run(client, "sweep_planner")
    assert (first.status, first.body) == (
        200,
        {"job": "sweep_planner", "status": "queued", "waited_already": False, "worker_seen_at": None},
    )
    again = await run(client, "sweep_planner")
    assert (again.status, again.body["waited_already"]) == (200, True)
    assert await waiting(redis_url) == ["hint_sweep_planner"]
    assert (await audited(client))[: len(await audited(client)) - before] == [{"job": "sweep_planner"}] * 2


async def test_an_unknown_job_is_not_found(client: Client, redis_url: str) -> None:
    for name in ("nonsense", "hint_sweep_planner", "SWEEP_PLANNER", "sweep%20planner"):
        (await run(client, name)).problem(404, "job_not_found")
    assert await waiting(redis_url) == []


async def test_a_running_job_is_refused_until_it_ends_or_was_killed(
    client: Client, resources: Resources, redis_url: str, clock: AdjustableClock
) -> None:
    async with resources.database.write() as connection:
        await record_start(connection, "settle_outages", START)
    clock.advance(seconds=29)
    refused = (await run(client, "settle_outages")).problem(409, "job_is_running")
    assert refused["started_at"] == "2026-03-10T12:00:00Z"
    assert await waiting(redis_url) == []
    clock.advance(seconds=1)
    assert (await run(client, "settle_outages")).status == 200
    async with resources.database.write() as connection:
        await record_start(connection, "apply_policy", clock.now())
        await record_end(connection, "apply_policy", clock.now(), "ValueError: no luck")
    assert (await run(client, "apply_policy")).status == 200


async def test_without_redis_nothing_is_queued_and_nothing_audited(settings: Settings, clock: AdjustableClock) -> None:
    unreachable = settings.model_copy(update={"redis_url": f"redis://127.0.0.1:{free_port()}/0"})
    application = create_app(unreachable, clock)
    async with application.test_app():
        client = application.test_client()
        before = await audited(client)
        refused = await run(client, "sweep_planner", **{"Idempotency-Key": "once"})
        refused.problem(503, "queue_unavailable")
        assert int(refused.headers["Retry-After"]) >= 1
        assert await audited(client) == before


async def test_a_worker_runs_the_job_at_once(client: Client, processes: Processes) -> None:
    """Of this job the schedule has one run an hour, and one when the worker starts."""
    processes.worker()
    started = await until_another_start(client, None)
    assert (await run(client, "count_achievement_holders")).status == 200
    await until_another_start(client, started)


async def until_another_start(client: Client, earlier: str | None) -> str:
    """Wait until the job has finished a run that began at another instant."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while time.monotonic() < deadline:
        shown = {job["job"]: job for job in (await admin(client).get("/admin/jobs")).ok()["jobs"]}
        job = shown.get("count_achievement_holders")
        if job is not None and job["finished_at"] is not None and job["started_at"] != earlier:
            return str(job["started_at"])
        await asyncio.sleep(0.05)
    raise AssertionError("the job has not run")
