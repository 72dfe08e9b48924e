"""R26: the outcome of each job is recorded and shown, and a job that always fails blocks no other."""

import asyncio
import signal
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from quart.typing import TestClientProtocol as Client

from milepost.jobs.runner import RESOURCES, Job, as_hinted
from milepost.jobs.sweeps import sweep_snapshots
from milepost.resources import Resources, open_resources
from milepost.services.rebuild.rebuild import rebuild_one
from milepost.settings import Settings
from support.builders import activity, new_learner
from support.callers import Caller, Json
from support.clock import START, AdjustableClock
from support.servers import Processes
from support.snapshots import stored_snapshots

_PATIENCE_SECONDS = 60.0


@pytest.fixture
async def resources(settings: Settings, module_clock: AdjustableClock) -> AsyncIterator[Resources]:
    """The resources of jobs, with the clock of the app."""
    opened = await open_resources(settings, module_clock)
    yield opened
    await opened.close()


async def fail(_held: Resources) -> None:
    """A job that always fails."""
    raise ValueError("no such\x00luck")


async def run(resources: Resources, name: str, job: Callable[[Resources], Awaitable[None]]) -> None:
    """Run a job as arq does."""
    await as_hinted(Job(name, job, every_seconds=60, timeout_seconds=5))({RESOURCES: resources})


async def jobs(client: Client) -> Json:
    """The answer of `GET /admin/jobs`."""
    return (await Caller(client, "root", ["admin"]).get("/admin/jobs")).ok()


async def snapshots_due(client: Client) -> tuple[str, int]:
    """Since when the oldest snapshot is due, and for how many seconds."""
    shown = (await jobs(client))["snapshots"]
    return shown["oldest_due_at"], shown["lag_seconds"]


async def test_the_sweep_is_shown_with_its_remaining_work(
    client: Client, resources: Resources, clock: AdjustableClock
) -> None:
    ada = Caller(client, new_learner())
    await ada.record_all(activity(START), activity(START - timedelta(days=2)))
    # The eighth is long over, but its snapshot has been due only since the activity came.
    assert (await jobs(client))["snapshots"] == {
        "pending_days": 1,
        "oldest_due_at": "2026-03-10T12:00:00Z",
        "lag_seconds": 0,
    }
    clock.advance(hours=1)
    await ada.record_all(activity(START - timedelta(days=2)))
    assert (await jobs(client))["snapshots"]["lag_seconds"] == 3_600, "more input does not make it younger"
    # The tenth is over at midnight, eleven hours later, and waits since then.
    clock.advance(hours=14)
    assert (await jobs(client))["snapshots"] == {
        "pending_days": 2,
        "oldest_due_at": "2026-03-10T12:00:00Z",
        "lag_seconds": 15 * 3_600,
    }
    clock.set(START)
    await run(resources, "sweep_snapshots", sweep_snapshots)
    found = await jobs(client)
    assert found["snapshots"] == {"pending_days": 0, "oldest_due_at": None, "lag_seconds": 0}
    assert found["jobs"] == [
        {
            "job": "sweep_snapshots",
            "started_at": "2026-03-10T12:00:00Z",
            "finished_at": "2026-03-10T12:00:00Z",
            "failures": 0,
            "last_error": None,
        }
    ]
    assert len(await stored_snapshots(resources)) == 1


async def test_failures_are_counted_and_shown(client: Client, resources: Resources, clock: AdjustableClock) -> None:
    for _ in range(2):
        with pytest.raises(ValueError, match="luck"):
            await run(resources, "always_fails", fail)
        clock.advance(minutes=1)
    found = {job["job"]: job for job in (await jobs(client))["jobs"]}["always_fails"]
    assert (found["failures"], found["last_error"]) == (2, "ValueError: no suchluck")
    assert found["finished_at"] == "2026-03-10T12:01:00Z"

    async def succeed(_held: Resources) -> None:
        return

    await run(resources, "always_fails", succeed)
    found = {job["job"]: job for job in (await jobs(client))["jobs"]}["always_fails"]
    assert (found["failures"], found["last_error"], found["finished_at"]) == (2, None, "2026-03-10T12:02:00Z")


async def test_a_job_cut_short_is_a_failure(client: Client, resources: Resources, clock: AdjustableClock) -> None:
    async def run_forever(_held: Resources) -> None:
        await asyncio.Event().wait()

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.2):
            await run(resources, "runs_forever", run_forever)
    found = {job["job"]: job for job in (await jobs(client))["jobs"]}["runs_forever"]
    assert found["failures"] == 1
    assert "out of time" in found["last_error"]


async def test_R26_a_job_that_always_fails_blocks_no_other(resources: Resources, processes: Processes) -> None:
    async with resources.database.pools.intake.acquire() as connection:
        await connection.execute("DELETE FROM job_runs; ALTER TABLE daily_snapshots RENAME TO out_of_order")
        await connection.execute(
            "INSERT INTO activity_days (learner_id, local_day, closes_at) VALUES (gen_random_uuid(), '2020-02-03', $1)",
            datetime(2020, 2, 4, tzinfo=UTC),
        )
    worker = processes.worker()
    try:
        runs = await _when(resources, {"apply_policy", "say_alive", "sweep_snapshots"})
        assert runs["sweep_snapshots"]["failures"] >= 1
        assert "daily_snapshots" in runs["sweep_snapshots"]["last_error"]
        for job in ("apply_policy", "say_alive"):
            assert (runs[job]["failures"], runs[job]["last_error"]) == (0, None)
        first = runs["say_alive"]["finished_at"]
        while (await _when(resources, {"say_alive"}))["say_alive"]["finished_at"] == first:
            assert worker.process.poll() is None
            await asyncio.sleep(0.2)
        worker.send(signal.SIGTERM)
        assert worker.wait_exit() == 0
    finally:
        async with resources.database.pools.intake.acquire() as connection:
            await connection.execute("ALTER TABLE out_of_order RENAME TO daily_snapshots; DELETE FROM activity_days")


async def _when(resources: Resources, finished: set[str]) -> Json:
    """The rows of `job_runs`, once all of these jobs have finished a run."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    found: Json = {}
    while time.monotonic() < deadline:
        async with resources.database.pools.intake.acquire() as connection:
            found = {row["job"]: dict(row) for row in await connection.fetch("SELECT * FROM job_runs")}
        if finished <= {name for name, row in found.items() if row["finished_at"]}:
            return found
        await asyncio.sleep(0.1)
    raise AssertionError(f"still waiting for {finished}: {found}")


async def test_a_day_marked_again_is_due_since_then(
    client: Client, resources: Resources, clock: AdjustableClock
) -> None:
    """A late activity, a pause, a void and a rebuild mark days that were over long ago: they wait from that moment."""
    ada, root = Caller(client, new_learner()), Caller(client, "root", ["admin"])
    days = [activity(START - timedelta(days=ago)) for ago in (5, 4, 3)]
    await ada.record_all(*days)
    await run(resources, "sweep_snapshots", sweep_snapshots)
    (await root.post(f"/admin/learners/{ada.subject}/restore-streak", {"reason": "ill"})).ok()
    assert await snapshots_due(client) == ("2026-03-10T12:00:00Z", 0)

    clock.advance(minutes=1)
    await run(resources, "sweep_snapshots", sweep_snapshots)
    (
        await root.ask("DELETE", f"/activities/{days[0]['id']}", query={"learner_id": ada.subject, "sender": "learner"})
    ).ok()
    clock.advance(seconds=7)
    assert await snapshots_due(client) == ("2026-03-10T12:01:00Z", 7)

    await run(resources, "sweep_snapshots", sweep_snapshots)
    await rebuild_one(resources.database, UUID(ada.learner_id), resources.policy, clock.now())
    clock.advance(seconds=5)
    assert await snapshots_due(client) == ("2026-03-10T12:01:07Z", 5)
