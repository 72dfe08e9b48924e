"""A projection that a migration has added is refilled by the job, and readiness names it until then."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from typing import TypeVar
from uuid import UUID, uuid4

import asyncpg

from milepost.db.migrations import downgrade, upgrade
from milepost.queries.operations.installation import installation
from milepost.services.rebuild.refills import refill_batch
from milepost.settings import load_policy

BEFORE = "20261126_totals"
ADA, BEN = UUID(int=7), UUID(int=8)
REFILLED = ["days", "reviews", "running_totals", "totals"]
"""The projections that migrations since then have had refilled."""
BATCHES = 2 * len(REFILLED)
"""For each projection one, and one that finds no more learners."""
NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
T = TypeVar("T")


def run(url: str, work: Callable[[asyncpg.Connection], Awaitable[T]]) -> T:
    """The result of `work` on a connection to the database."""

    async def connected() -> T:
        connection = await asyncpg.connect(url)
        try:
            return await work(connection)
        finally:
            await connection.close()

    def start(coroutine: Coroutine[object, object, T]) -> T:
        return asyncio.run(coroutine)

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(start, connected()).result()


async def review(connection: asyncpg.Connection, learner_id: UUID, name: str, value_milli: int) -> None:
    """Insert a peer review as the previous version does: without a row of `review_days`."""
    at = datetime(2026, 3, 2, 12, tzinfo=UTC)
    await connection.execute(
        "INSERT INTO activities (learner_id, sender, id, verb, object_type, topic, value_milli, points, occurred_at, "
        "local_day, utc_offset_minutes, day_ends_at, counts, sent_fields, content_hash, commit_id, received_at) "
        "VALUES ($1, 'peers', $2, 'received', 'peer_review', 'loops', $3, 0, $4, $5, 0, $6, $7, 0, 0, $8, $4)",
        *(learner_id, name, value_milli, at, date(2026, 3, 2), at + timedelta(hours=12), 1 | 8, uuid4()),
    )


async def fill(connection: asyncpg.Connection) -> None:
    """Two learners with reviews."""
    for learner_id, value_milli in ((ADA, 80_000), (BEN, 40_000)):
        await connection.execute(
            "INSERT INTO learners (learner_id, revision, activities) VALUES ($1, 1, 1)", learner_id
        )
        await review(connection, learner_id, "r1", value_milli)


async def reviews(connection: asyncpg.Connection) -> list[tuple[int, int, int]]:
    """(learner, reviews, sum of their values) of each row."""
    rows = await connection.fetch("SELECT learner_id, review_n, review_milli FROM review_days ORDER BY learner_id")
    return [(row[0].int, row[1], row[2]) for row in rows]


async def refilling(connection: asyncpg.Connection) -> list[str]:
    """What readiness names."""
    return list((await installation(connection)).refilling)


def refill_all(url: str, now: datetime) -> int:
    """Run the job's batches at `now` until none is left; their number."""

    async def batch(connection: asyncpg.Connection) -> bool:
        async with connection.transaction():
            return await refill_batch(connection, load_policy(), now)

    batches = 0
    while run(url, batch):
        batches += 1
    return batches


def test_R23_projections_of_a_migration_are_refilled_by_the_job(empty_url: str) -> None:
    with ThreadPoolExecutor(1) as thread:
        thread.submit(upgrade, empty_url).result()
        assert run(empty_url, refilling) == [], "a new installation has nothing to refill"
        thread.submit(downgrade, empty_url, BEFORE).result()
        run(empty_url, fill)
        thread.submit(upgrade, empty_url).result()
    assert run(empty_url, reviews) == []
    assert run(empty_url, refilling) == REFILLED
    assert refill_all(empty_url, NOW) == BATCHES
    assert run(empty_url, reviews) == [(7, 1, 80_000), (8, 1, 40_000)]

    run(empty_url, lambda connection: review(connection, ADA, "r2", 10_000))
    assert refill_all(empty_url, NOW + timedelta(minutes=9)) == 0, "the previous version may still write"
    assert run(empty_url, refilling) == REFILLED
    assert refill_all(empty_url, NOW + timedelta(minutes=10)) == BATCHES
    assert run(empty_url, reviews) == [(7, 2, 90_000), (8, 1, 40_000)]
    assert run(empty_url, refilling) == []


def test_a_clock_set_back_does_not_hold_up_the_second_pass(empty_url: str) -> None:
    with ThreadPoolExecutor(1) as thread:
        thread.submit(upgrade, empty_url).result()
        thread.submit(downgrade, empty_url, BEFORE).result()
        run(empty_url, fill)
        thread.submit(upgrade, empty_url).result()
    assert refill_all(empty_url, NOW) == BATCHES
    assert refill_all(empty_url, NOW - timedelta(hours=2)) == BATCHES
    assert run(empty_url, refilling) == []
