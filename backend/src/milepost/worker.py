"""The worker process: the schedule, and beside it arq for hints, restarted whenever Redis comes back. Wiring only.

Decides how a worker starts and stops, and that one which is stuck ends itself; `jobs` defines the jobs and runs them.
"""

import asyncio
import contextlib
import os
import signal
import threading
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from typing import Literal

import structlog
from arq.connections import ArqRedis
from arq.worker import Worker
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

from milepost import log as log_setup
from milepost.errors import Unavailable
from milepost.jobs.runner import RESOURCES
from milepost.jobs.schedule import functions
from milepost.jobs.scheduler import Scheduler
from milepost.redis.heartbeat import is_late, last_heartbeat_at
from milepost.redis.job_queue import QUEUE, from_json, to_json
from milepost.resources import Clock, Resources, SystemClock, open_resources
from milepost.services.job_runs import JOB_TIMEOUT_SECONDS
from milepost.settings import Settings

log = structlog.get_logger(__name__)

_REDIS_TIMEOUT_SECONDS = 5.0
_FIRST_PAUSE_SECONDS = 0.5
_MAX_PAUSE_SECONDS = 5.0
_MAX_CLOSE_SECONDS = 5.0
_STUCK_SECONDS = 120.0
"""A worker ends itself when its event loop or a job has been stuck for this long. Its supervisor restarts it."""
_STUCK_EXIT_CODE = 70
_PAUSE_WHEN_LATE_SECONDS = 5.0
_CHECK_SECONDS = 20.0
"""Longer than the interval between heartbeats, so a live worker sends one in this time, whatever its clock says."""
_REDIS_FAULTS = (RedisError, OSError, TimeoutError)


def run_worker(settings: Settings, clock: Clock | None = None) -> None:
    """Work until SIGTERM or Ctrl-C, then finish running jobs for at most the configured grace period."""
    log_setup.configure(settings)
    asyncio.run(_work(settings, clock))


WorkerState = Literal["alive", "late", "unknown"]


def worker_state(settings: Settings) -> WorkerState:
    """Whether any worker on these servers sends its heartbeats on time; `unknown` without Redis.

    If the last one seems late, the clock may have been set: then it waits whether another one comes.
    """

    async def ask() -> WorkerState:
        async with _queue(settings) as redis:
            try:
                beat_at = await last_heartbeat_at(redis)
                if not is_late(beat_at, SystemClock().now()):
                    return "alive"
                await asyncio.sleep(_CHECK_SECONDS)
                return "alive" if await last_heartbeat_at(redis) not in (None, beat_at) else "late"
            except _REDIS_FAULTS:
                return "unknown"

    return asyncio.run(ask())


async def _work(settings: Settings, clock: Clock | None) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    app = await _open_resources_when_available(settings, clock, stop)
    if app is None:
        return
    scheduler = Scheduler(app)
    scheduled = asyncio.create_task(scheduler.run(), name="schedule")
    watched = asyncio.create_task(_watch(scheduler), name="watch")
    scheduled.add_done_callback(lambda _: stop.set())
    try:
        await _serve_hints(settings, app, stop)
        scheduler.stop()
        await asyncio.wait({scheduled}, timeout=settings.shutdown_grace_seconds)
    finally:
        await _end_tasks([scheduled, watched])
        await _close(app)
        log.info("worker_stopped")
    if scheduled.done() and not scheduled.cancelled():
        scheduled.result()


async def _watch(scheduler: Scheduler) -> None:
    """Keep the process from being ended as long as the event loop turns and no job is stuck."""
    moved_at = [time.monotonic()]
    threading.Thread(target=_end_when_stuck, args=(moved_at,), daemon=True).start()
    while True:
        await asyncio.sleep(1.0)
        if late := scheduler.late_jobs():
            log.error("worker_late", jobs=late)
            await asyncio.sleep(_PAUSE_WHEN_LATE_SECONDS)
        else:
            moved_at[0] = time.monotonic()


def _end_when_stuck(moved_at: list[float]) -> None:
    """End the process at once when nothing has moved for too long. Jobs may be cut off anywhere: sweeps redo them."""
    while time.monotonic() - moved_at[0] < _STUCK_SECONDS:
        time.sleep(1.0)
    os.write(2, b"milepost: the worker is stuck and ends, to be started again\n")
    os._exit(_STUCK_EXIT_CODE)


async def _serve_hints(settings: Settings, app: Resources, stop: asyncio.Event) -> None:
    """Serve the queue of hints until `stop` is set, again after each loss of Redis; the schedule runs without it."""
    pauses = _pauses()
    while not stop.is_set():
        try:
            await _serve_queue(settings, app, stop)
            pauses = _pauses()
        except _REDIS_FAULTS as fault:
            log.warning("worker_without_redis", reason=f"{type(fault).__name__}: {fault}")
            await _pause(stop, next(pauses))


async def _close(app: Resources) -> None:
    """Close the resources. Connections that do not close in time are terminated, so that the process can exit."""
    try:
        await asyncio.wait_for(app.close(), _MAX_CLOSE_SECONDS)
    except TimeoutError:
        log.warning("worker_connections_cut")
        app.database.pools.terminate()


async def _open_resources_when_available(
    settings: Settings, clock: Clock | None, stop: asyncio.Event
) -> Resources | None:
    """The resources, as soon as the database is available; None if `stop` is set before that."""
    pauses = _pauses()
    while not stop.is_set():
        try:
            return await open_resources(settings, clock)
        except Unavailable as fault:
            log.warning("worker_without_database", reason=fault.detail)
            await _pause(stop, next(pauses))
    return None


async def _serve_queue(settings: Settings, app: Resources, stop: asyncio.Event) -> None:
    """Work on the queue until `stop` is set.

    Raises:
        RedisError, OSError, TimeoutError: Redis is unreachable. Running jobs were cancelled; later sweeps redo them.
    """
    async with _queue(settings) as redis:
        worker = Worker(
            functions=functions(),
            redis_pool=redis,
            queue_name=QUEUE,
            handle_signals=False,
            job_timeout=JOB_TIMEOUT_SECONDS,
            keep_result=0,
            max_tries=1,
            job_serializer=to_json,
            job_deserializer=from_json,
            ctx={RESOURCES: app},
        )
        working = asyncio.create_task(worker.async_run(), name="arq")
        stopping = asyncio.create_task(stop.wait(), name="stop")
        try:
            await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                await working
            worker.allow_pick_jobs = False
            await asyncio.wait_for(_jobs_done(worker), settings.shutdown_grace_seconds)
        except TimeoutError:
            log.warning("worker_jobs_cancelled", jobs=len(worker.tasks))
        finally:
            stopping.cancel()
            await _cancel(worker, working)


async def _jobs_done(worker: Worker) -> None:
    await asyncio.gather(*worker.tasks.values(), return_exceptions=True)


async def _cancel(worker: Worker, working: asyncio.Task[None]) -> None:
    """Cancel the remaining tasks. Redis may be unreachable, so wait only for tasks of this process."""
    await _end_tasks([working, *worker.tasks.values(), *([worker.main_task] if worker.main_task is not None else [])])


async def _end_tasks(tasks: Sequence["asyncio.Task[None]"]) -> None:
    """Cancel tasks and wait for them, though not for ever."""
    for task in tasks:
        task.cancel()
    done, pending = await asyncio.wait(tasks, timeout=_MAX_CLOSE_SECONDS)
    for task in done:
        if not task.cancelled():
            task.exception()  # Jobs have recorded their faults; retrieving them keeps asyncio from logging them.
    if pending:
        log.warning("worker_tasks_left", tasks=len(pending))


@contextlib.asynccontextmanager
async def _queue(settings: Settings) -> AsyncIterator[ArqRedis]:
    """A separate connection: a job may run longer than a request would ever wait for Redis."""
    pool = ConnectionPool.from_url(
        settings.redis_url or "redis://127.0.0.1:6379",
        socket_timeout=_REDIS_TIMEOUT_SECONDS,
        socket_connect_timeout=_REDIS_TIMEOUT_SECONDS,
    )
    redis = ArqRedis(pool, job_serializer=to_json, job_deserializer=from_json, default_queue_name=QUEUE)
    try:
        yield redis
    finally:
        await pool.disconnect(inuse_connections=True)


def _pauses() -> Iterator[float]:
    """Pauses in seconds, each twice the previous one, up to a maximum."""
    seconds = _FIRST_PAUSE_SECONDS
    while True:
        yield seconds
        seconds = min(seconds * 2, _MAX_PAUSE_SECONDS)


async def _pause(stop: asyncio.Event, seconds: float) -> None:
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(stop.wait(), seconds)
