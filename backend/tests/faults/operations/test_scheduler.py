"""The schedule of workers: what one job does holds up no other, and workers share the runs."""

import asyncio
import time
from collections.abc import Awaitable, Callable

from milepost.jobs.runner import Job
from milepost.jobs.scheduler import Scheduler
from milepost.resources import Resources

_PATIENCE_SECONDS = 60.0


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    """Wait until the condition holds."""
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not await condition():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.05)


async def row(resources: Resources, job: str) -> dict[str, object]:
    """The row of a job; empty before its first run."""
    async with resources.database.snapshot() as connection:
        return dict(await connection.fetchrow("SELECT * FROM job_runs WHERE job = $1", job) or {})


class Counted:
    """A job that counts its runs."""

    def __init__(self) -> None:
        self.runs = 0

    async def run(self, _resources: Resources) -> None:
        self.runs += 1

    async def has_run_three_times(self) -> bool:
        return self.runs >= 3


async def test_R26_jobs_that_fail_and_hang_hold_up_no_other(resources: Resources) -> None:
    async def fail(_resources: Resources) -> None:
        raise ValueError("no luck")

    async def hang(_resources: Resources) -> None:
        await asyncio.Event().wait()

    good = Counted()
    jobs = [Job(f"fails_{number}", fail, 0.1, 0.2) for number in range(8)]
    jobs += [Job(f"hangs_{number}", hang, 0.1, 0.2) for number in range(8)]
    scheduler = Scheduler(resources, (*jobs, Job("good", good.run, 0.1, 5)))
    running = asyncio.create_task(scheduler.run())
    await until(good.has_run_three_times)
    assert scheduler.late_jobs() == []
    scheduler.stop()
    await running
    assert (await row(resources, "fails_3"))["last_error"] == "ValueError: no luck"
    assert "out of time" in str((await row(resources, "hangs_5"))["last_error"])
    assert (await row(resources, "good"))["failures"] == 0


async def test_workers_share_the_runs_of_a_job_and_not_their_heartbeats(resources: Resources) -> None:
    shared, own = Counted(), Counted()
    jobs = (Job("shared", shared.run, 1, 5), Job("own", own.run, 1, 5, is_shared=False))
    workers = [Scheduler(resources, jobs) for _ in range(4)]
    running = [asyncio.create_task(worker.run()) for worker in workers]
    await until(lambda: at_least(own, 20))
    for worker in workers:
        worker.stop()
    await asyncio.gather(*running)
    assert (await row(resources, "shared"))["runs"] == shared.runs, "each claimed run was run once"
    # Four at the start, and from then on one an interval: of every worker's five runs each has one in four.
    assert shared.runs < own.runs / 2


async def at_least(counted: Counted, runs: int) -> bool:
    """Whether a job has run so often."""
    return counted.runs >= runs


async def test_the_runs_of_a_worker_that_is_gone_pass_to_another(resources: Resources) -> None:
    first, second = Counted(), Counted()
    gone = asyncio.create_task(Scheduler(resources, (Job("passed_on", first.run, 1, 5),)).run())
    await until(lambda: at_least(first, 1))
    gone.cancel()
    await asyncio.gather(gone, return_exceptions=True)
    scheduler = Scheduler(resources, (Job("passed_on", second.run, 1, 5),))
    running = asyncio.create_task(scheduler.run())
    await until(lambda: at_least(second, 2))
    scheduler.stop()
    await running
