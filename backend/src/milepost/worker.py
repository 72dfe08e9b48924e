"""The worker process: arq with JSON instead of pickle, restarted whenever Redis comes back. Wiring only.

Decides how a worker starts and stops; `jobs` defines the jobs and their schedule.
"""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Iterator
from datetime import UTC

import structlog
from arq.connections import ArqRedis
from arq.worker import Worker
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

from milepost import log as log_setup
from milepost.errors import Unavailable
from milepost.jobs.runner import RESOURCES
from milepost.jobs.schedule import cron_jobs, functions
from milepost.redis.heartbeat import last_heartbeat_at
from milepost.redis.job_queue import QUEUE, from_json, to_json
from milepost.resources import Resources, open_resources
from milepost.services.job_runs import JOB_TIMEOUT_SECONDS
from milepost.settings import Settings

log = structlog.get_logger(__name__)

_REDIS_TIMEOUT_SECONDS = 5.0
_FIRST_PAUSE_SECONDS = 0.5
_MAX_PAUSE_SECONDS = 5.0
_MAX_CLOSE_SECONDS = 5.0
_REDIS_FAULTS = (RedisError, OSError, TimeoutError)


def run_worker(settings: Settings) -> None:
    """Work until SIGTERM or Ctrl-C, then finish running jobs for at most the configured grace period."""
    log_setup.configure(settings)
    asyncio.run(_work(settings))


def worker_alive(settings: Settings) -> bool:
    """Whether any worker on these servers has sent a heartbeat lately."""

    async def ask() -> bool:
        async with _queue(settings) as redis:
            try:
                return await last_heartbeat_at(redis) is not None
            except _REDIS_FAULTS:
                return False

    return asyncio.run(ask())


async def _work(settings: Settings) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    pauses = _pauses()
    app = await _open_resources_when_available(settings, stop)
    if app is None:
        return
    try:
        while not stop.is_set():
            try:
                await _serve_queue(settings, app, stop)
                pauses = _pauses()
            except _REDIS_FAULTS as fault:
                log.warning("worker_without_redis", reason=f"{type(fault).__name__}: {fault}")
                await _pause(stop, next(pauses))
    finally:
        await _close(app)
        log.info("worker_stopped")


async def _close(app: Resources) -> None:
    """Close the resources. Connections that do not close in time are terminated, so that the process can exit."""
    try:
        await asyncio.wait_for(app.close(), _MAX_CLOSE_SECONDS)
    except TimeoutError:
        log.warning("worker_connections_cut")
        app.database.pools.terminate()


async def _open_resources_when_available(settings: Settings, stop: asyncio.Event) -> Resources | None:
    """The resources, as soon as the database is available; None if `stop` is set before that."""
    pauses = _pauses()
    while not stop.is_set():
        try:
            return await open_resources(settings)
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
            cron_jobs=cron_jobs(),
            redis_pool=redis,
            queue_name=QUEUE,
            handle_signals=False,
            job_timeout=JOB_TIMEOUT_SECONDS,
            keep_result=0,
            max_tries=1,
            job_serializer=to_json,
            job_deserializer=from_json,
            ctx={RESOURCES: app},
            timezone=UTC,
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
    tasks = [working, *worker.tasks.values()]
    if worker.main_task is not None:
        tasks.append(worker.main_task)
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
