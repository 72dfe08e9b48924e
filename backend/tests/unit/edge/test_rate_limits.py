"""Counting in a process: by the service's clock, never more keys than allowed, and usable by the library's limiters."""

import pytest
from limits import RateLimitItemPerMinute
from limits.aio.strategies import FixedWindowRateLimiter

from milepost.api.edge.rate_limits import address_group, usage_headers
from milepost.redis.rate_limits import ProcessStorage, Quota, Usage, quotas_of
from milepost.settings import load_settings
from support.clock import START, AdjustableClock


@pytest.fixture
def hand() -> AdjustableClock:
    """A clock at START."""
    return AdjustableClock()


async def test_a_counter_ends_by_the_clock_of_the_service(hand: AdjustableClock) -> None:
    storage = ProcessStorage(hand.now)
    assert [await storage.incr("ada", 60), await storage.incr("ada", 60, 4)] == [1, 5]
    assert await storage.get_expiry("ada") == START.timestamp() + 60
    hand.advance(seconds=59)
    assert (await storage.get("ada"), await storage.get("bob")) == (5, 0)
    hand.advance(seconds=1)
    assert await storage.get("ada") == 0
    assert await storage.incr("ada", 60) == 1
    await storage.clear("ada")
    assert await storage.get("ada") == 0


async def test_the_librarys_limiter_counts_in_it(hand: AdjustableClock) -> None:
    limiter, twice = FixedWindowRateLimiter(ProcessStorage(hand.now)), RateLimitItemPerMinute(2)
    assert [await limiter.hit(twice, "ada") for _ in range(3)] == [True, True, False]
    assert await limiter.hit(twice, "bob")
    hand.advance(minutes=1)
    assert await limiter.hit(twice, "ada")


async def test_expired_counters_are_forgotten(hand: AdjustableClock) -> None:
    storage = ProcessStorage(hand.now)
    for number in range(500):
        await storage.incr(f"learner {number}", 60)
    assert len(storage) == 500
    hand.advance(minutes=1)
    await storage.incr("ada", 60)
    assert len(storage) == 1
    assert (await storage.reset(), len(storage)) == (1, 0)


async def test_a_million_addresses_take_no_more_than_the_most_keys(hand: AdjustableClock) -> None:
    storage = ProcessStorage(hand.now, max_keys=100)
    for number in range(1_000):
        await storage.incr(f"address {number}", 60)
    assert len(storage) == 100
    assert (await storage.get("address 999"), await storage.get("address 900")) == (1, 1)
    assert await storage.get("address 899") == 0, "the oldest is forgotten first"


async def test_a_clock_set_back_leaves_no_counter_for_ever(hand: AdjustableClock) -> None:
    storage = ProcessStorage(hand.now, max_keys=10)
    await storage.incr("of the future", 60)
    hand.advance(days=-300)
    for number in range(30):
        await storage.incr(f"learner {number}", 60)
    assert len(storage) == 10
    assert await storage.get("of the future") == 0


@pytest.mark.parametrize(
    ("client", "group"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("no:address", "no:address"),
        ("<local>", "<local>"),
        (None, ""),
    ],
)
def test_an_ipv6_network_is_one_address(client: str | None, group: str) -> None:
    assert address_group(client) == group


def test_the_headers_name_the_unit_unless_it_is_requests() -> None:
    requests = Quota("exports", "learner", 60, 3_600, "requests", is_shared=True)
    assert usage_headers(Usage(requests, 59, 1_800, is_refused=False)) == [
        (b"ratelimit-policy", b'"exports";q=60;w=3600'),
        (b"ratelimit", b'"exports";r=59;t=1800'),
    ]
    activities = Quota("intake", "learner", 6_000, 60, "activities", is_shared=False)
    assert usage_headers(Usage(activities, 0, 1, is_refused=True)) == [
        (b"ratelimit-policy", b'"intake";q=6000;w=60;milepost-unit="activities"'),
        (b"ratelimit", b'"intake";r=0;t=1'),
    ]


def test_every_quota_has_a_setting() -> None:
    settings = load_settings()
    limits = {name: value for name, value in settings.model_dump().items() if name.startswith("limit_")}
    assert sorted(quota.amount for quota in quotas_of(settings).values()) == sorted(limits.values())
    for name in limits:
        doubled = quotas_of(settings.model_copy(update={name: 7_777_777}))
        assert [quota.amount for quota in doubled.values()].count(7_777_777) == 1, name
        (changed,) = [quota for quota in doubled.values() if quota.amount == 7_777_777]
        assert name.endswith({60: "_per_minute", 3_600: "_per_hour"}[changed.window_seconds])
