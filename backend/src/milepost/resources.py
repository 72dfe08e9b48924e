"""The resources of one process: database, Redis, policy, clock, the intake queue. Opened once, closed once.

The clock in this module is the only one that reads the time.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from redis.asyncio import Redis

from milepost.db.database import Database, connect
from milepost.metrics import Metrics
from milepost.queries.achievements.catalogue import CatalogueMemory
from milepost.queries.exports.stream import Exports
from milepost.queries.learners.departures import DepartureWatch
from milepost.queries.learners.version import LearnerVersionReader
from milepost.queries.live import LiveStreams
from milepost.redis.access import RedisAccess
from milepost.redis.bell import Bell
from milepost.redis.rate_limits import RateLimits
from milepost.redis.shared_cache import SharedCache
from milepost.rules.policy import Policy
from milepost.services.activities import IntakeQueue
from milepost.services.planner.planner import PlannerService
from milepost.services.progress import ProgressService
from milepost.services.sharing.images import ShareImages
from milepost.services.sharing.views import ShareViews
from milepost.settings import Settings, load_policy


class Clock(Protocol):
    """The source of every "now"."""

    def now(self) -> datetime:
        """The instant, aware, UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The instant, aware, UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class Resources:
    """Everything a route or a job works with."""

    settings: Settings
    policy: Policy
    clock: Clock
    metrics: Metrics
    database: Database
    redis: Redis
    redis_access: RedisAccess
    rate_limits: RateLimits
    intake: IntakeQueue
    progress: ProgressService
    planner: PlannerService
    shared_cache: SharedCache
    versions: LearnerVersionReader
    departures: DepartureWatch
    catalogues: CatalogueMemory
    exports: Exports
    share_views: ShareViews
    share_images: ShareImages
    bell: Bell
    live: LiveStreams

    async def close(self) -> None:
        """Finish what is queued, then close every connection."""
        await self.live.close()
        await self.exports.close()
        await self.departures.close()
        await self.intake.close()
        await self.share_views.close()
        await self.database.close()
        await self.redis_access.close()
        await self.bell.close()
        await self.redis.aclose()


async def open_resources(settings: Settings, clock: Clock | None = None, metrics: Metrics | None = None) -> Resources:
    """Open everything. `metrics`: in which it counts.

    Raises:
        Unavailable: the database is unreachable.
        SettingsFault: the policy file is invalid.
    """
    policy = load_policy()
    clock = clock or SystemClock()
    database = await connect(settings)
    catalogues = CatalogueMemory(policy)
    redis_url = settings.redis_url or "redis://127.0.0.1:6379"
    timeout = settings.redis_timeout_seconds
    redis = Redis.from_url(redis_url, socket_timeout=timeout, socket_connect_timeout=timeout)
    metrics = metrics or Metrics()
    redis_access = RedisAccess(redis, timeout, metrics)
    bell = Bell(redis, redis_url, timeout)
    database.on_commit = lambda learners: bell.ring((learner_id, 0) for learner_id in learners)
    intake = IntakeQueue(
        database,
        settings,
        policy,
        clock.now,
        catalogues,
        lambda changes: bell.ring((learner_id, change.revision) for learner_id, change in changes.items()),
    )
    watch = DepartureWatch(database, intake.memory.facts.forget_departed)
    return Resources(
        settings=settings,
        policy=policy,
        clock=clock,
        metrics=metrics,
        database=database,
        redis=redis,
        redis_access=redis_access,
        rate_limits=RateLimits(settings, redis, redis_access, clock.now, metrics),
        intake=intake,
        progress=ProgressService(database, intake, policy, metrics),
        planner=PlannerService(database, policy, catalogues),
        shared_cache=SharedCache(redis, redis_access, metrics),
        versions=LearnerVersionReader(database, policy, watch.notice),
        departures=watch,
        catalogues=catalogues,
        exports=Exports(settings),
        share_views=ShareViews(database),
        share_images=ShareImages(settings.share_fonts),
        bell=bell,
        live=LiveStreams(database, bell, settings),
    )
