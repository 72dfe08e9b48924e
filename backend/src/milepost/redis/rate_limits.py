"""Rate limits: counts how much of each quota is used in the current window.

Windows are fixed and follow the service's clock: the number of the window is part of every key, so neither the clock of
a library nor that of Redis decides. `api/edge/rate_limits.py` decides who is charged for what.
"""

import hashlib
import math
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from limits.aio.storage import RedisStorage, Storage
from redis.asyncio import Redis

from milepost.metrics import Metrics
from milepost.redis.access import RedisAccess
from milepost.settings import Settings

MAX_KEYS = 100_000
"""The most counters of one policy that a process holds. Beyond that it forgets the oldest."""

Policy = Literal["intake", "exports", "shares", "share_views", "failed_tokens", "reads", "changes"]
Payer = Literal["learner", "sender", "address"]
"""Who is charged: a learner's own token, a service or an administrator, or the address a request comes from."""

_MINUTE = 60
_HOUR = 3_600


@dataclass(frozen=True, slots=True)
class Quota:
    """The most units of work of one payer in a window.

    `is_shared`: counted for all processes in Redis, and in each process in case Redis fails. The others are counted in
    each process alone, without a round trip.
    """

    policy: Policy
    payer: Payer
    amount: int
    window_seconds: int
    unit: str
    is_shared: bool


Quotas = Mapping[tuple[Policy, Payer], Quota]


def quotas_of(settings: Settings) -> Quotas:
    """Every quota in force, by policy and payer."""
    quotas = (
        Quota("intake", "learner", settings.limit_intake_learner_per_minute, _MINUTE, "activities", is_shared=False),
        Quota("intake", "sender", settings.limit_intake_sender_per_minute, _MINUTE, "activities", is_shared=False),
        Quota("exports", "learner", settings.limit_exports_learner_per_hour, _HOUR, "requests", is_shared=True),
        Quota("exports", "sender", settings.limit_exports_sender_per_hour, _HOUR, "requests", is_shared=True),
        Quota("shares", "learner", settings.limit_shares_per_hour, _HOUR, "requests", is_shared=True),
        Quota("reads", "learner", settings.limit_reads_learner_per_minute, _MINUTE, "requests", is_shared=False),
        Quota("reads", "sender", settings.limit_reads_sender_per_minute, _MINUTE, "requests", is_shared=False),
        Quota("changes", "learner", settings.limit_changes_learner_per_minute, _MINUTE, "requests", is_shared=False),
        Quota("changes", "sender", settings.limit_changes_sender_per_minute, _MINUTE, "requests", is_shared=False),
        Quota("share_views", "address", settings.limit_share_views_per_minute, _MINUTE, "requests", is_shared=False),
        Quota("failed_tokens", "address", settings.limit_failed_tokens_per_minute, _MINUTE, "tokens", is_shared=False),
    )
    return {(quota.policy, quota.payer): quota for quota in quotas}


class Usage(NamedTuple):
    """The rest of a quota (≥ 0), and the seconds until the next window (≥ 1).

    `is_refused`: the quota does not suffice, so the work must not be done.
    """

    quota: Quota
    remaining: int
    resets_in_seconds: int
    is_refused: bool


class RateLimits:
    """Counts what is used of each quota. One per process."""

    def __init__(
        self, settings: Settings, redis: Redis, access: RedisAccess, now: Callable[[], datetime], metrics: Metrics
    ) -> None:
        self.quotas = quotas_of(settings)
        self._refusals = {policy: metrics.rate_limited.labels(policy) for policy, _ in self.quotas}
        self._now = now
        self._access = access
        self._storages = {policy: ProcessStorage(now) for policy, _ in self.quotas}
        self._redis = RedisStorage(
            "async+redis://",
            implementation="redispy",
            key_prefix="milepost:quota",
            connection_pool=redis.connection_pool,  # type: ignore[arg-type] # documented, but typed as plain values
        )

    async def use(self, quota: Quota, name: str, amount: int = 1) -> Usage:
        """Count `amount` more units of the payer `name`. What an unshared quota refuses is not counted.

        While Redis is unreachable, only what this process has counted holds.
        """
        now, seconds = self._now(), quota.window_seconds
        since_1970 = now.timestamp()
        window = int(since_1970) // seconds
        key, storage = f"{quota.payer}/{name}/{window}", self._storages[quota.policy]
        count = storage.add(key, seconds, amount, now)
        if quota.is_shared:
            count = max(count, await self._add_in_redis(quota, key, amount))
        is_refused = count > quota.amount
        if is_refused:
            self._refusals[quota.policy].inc()
            if not quota.is_shared:
                count = storage.add(key, seconds, -amount, now)
        remaining = quota.amount - count
        resets_in_seconds = math.ceil((window + 1) * seconds - since_1970)
        return Usage(quota, remaining if remaining > 0 else 0, resets_in_seconds, is_refused)

    async def _add_in_redis(self, quota: Quota, key: str, amount: int) -> int:
        """What all processes have counted; 0 if Redis is unreachable. Redis gets no names."""
        digest = hashlib.blake2b(key.encode(), digest_size=16).hexdigest()
        count = await self._access.attempt(
            lambda: self._redis.incr(f"{quota.policy}:{digest}", quota.window_seconds, amount)
        )
        return count or 0


class ProcessStorage(Storage):
    """Counters in this process, as a storage of the `limits` library: by the service's clock and of bounded size.

    The library's own memory storage reads the machine's clock and visits all its keys again and again.
    """

    STORAGE_SCHEME = None

    def __init__(self, now: Callable[[], datetime], max_keys: int = MAX_KEYS) -> None:
        super().__init__()
        self._now = now
        self._max_keys = max_keys
        self._counters: OrderedDict[str, _Counter] = OrderedDict()

    def __len__(self) -> int:
        return len(self._counters)

    @property
    def base_exceptions(self) -> tuple[type[Exception], ...]:
        """None: it cannot fail."""
        return ()

    async def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Add to a counter and return it. A new one expires after `expiry` seconds."""
        return self.add(key, expiry, amount, self._now())

    def add(self, key: str, expiry: int, amount: int, now: datetime) -> int:
        """`incr` without the two calls and the wrapper that the library puts around it: a third of its time."""
        counter = self._counters.get(key)
        if counter is None or counter.expires_at <= now:
            counter = self._begin(key, now, expiry)
        counter.count += amount
        return counter.count

    async def get(self, key: str) -> int:
        """A counter; 0 if there is none."""
        counter = self._counters.get(key)
        return 0 if counter is None or counter.expires_at <= self._now() else counter.count

    async def get_expiry(self, key: str) -> float:
        """When a counter expires, in seconds since 1970; now if there is none."""
        counter = self._counters.get(key)
        return (self._now() if counter is None else counter.expires_at).timestamp()

    async def check(self) -> bool:
        """Always healthy."""
        return True

    async def reset(self) -> int:
        """Forget all counters and return their number."""
        number = len(self._counters)
        self._counters.clear()
        return number

    async def clear(self, key: str) -> None:
        """Forget a counter."""
        self._counters.pop(key, None)

    def _begin(self, key: str, now: datetime, expiry: int) -> "_Counter":
        """Start a counter. Forgets the expired ones among the oldest, and the oldest if there are too many."""
        self._counters.pop(key, None)
        while self._counters:
            oldest = next(iter(self._counters.values()))
            if oldest.expires_at > now and len(self._counters) < self._max_keys:
                break
            self._counters.popitem(last=False)
        counter = self._counters[key] = _Counter(now + timedelta(seconds=expiry))
        return counter


@dataclass(slots=True)
class _Counter:
    expires_at: datetime
    count: int = 0
