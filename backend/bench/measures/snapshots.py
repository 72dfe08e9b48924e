"""P10 and P11: the snapshots of one day, against grouping that day, and with a long past against a short past."""

import asyncio
import statistics
from collections.abc import Coroutine
from datetime import UTC, datetime, time, timedelta
from time import perf_counter
from typing import Any, TypeVar

import asyncpg
import uvloop

from bench.comparators import group_by
from bench.fixtures import database_rows
from bench.harness.servers import Installation
from bench.measures.figures import Figure, Plan
from milepost.db.database import open_database
from milepost.db.migrations import upgrade
from milepost.services.history.snapshots import snapshot_days_batch
from milepost.settings import load_policy

LEARNERS = 100_000
ACTIVITIES_EACH = 10
DAYS = 10
FEWER_LEARNERS = 20_000
MORE_DAYS = 5 * DAYS
ROUNDS = 3
# The last day ends at 22:00 UTC in Berlin; the generated days end at midnight UTC.
_NOW = datetime.combine(database_rows.LAST_DAY, time(), UTC) + timedelta(days=1, hours=3)
_UNDO_SWEEP = (
    "DELETE FROM daily_snapshots WHERE day = $1",
    "UPDATE activity_days SET dirty = true WHERE local_day = $1",
)
T = TypeVar("T")


def one_day(installed: Installation, plan: Plan) -> list[Figure]:
    """P10, in a database of its own that holds nothing else. The first round is not counted."""
    url = _database(installed, "p10", LEARNERS, DAYS)
    _run(_with(url, lambda connection: database_rows.log_of(connection, "p10", LEARNERS, ACTIVITIES_EACH)))
    _run(_vacuum(url))
    rounds = []
    for _ in range(ROUNDS + 1):
        ours = _run(_sweep(installed, url, LEARNERS))
        theirs = _run(_with(url, lambda connection: group_by.seconds(connection, database_rows.LAST_DAY, LEARNERS)))
        rounds.append((theirs, ours))
        plan.say(f"P10: GROUP BY {theirs:.2f} s, snapshots {ours:.2f} s")
    return _times("P10", f"a day's snapshots, {LEARNERS:,} learners", "GROUP BY learner", rounds[1:], LEARNERS, 12, 6)


def long_past(installed: Installation, plan: Plan) -> list[Figure]:
    """P11, in two databases of their own. The first round is not counted."""
    short = _database(installed, "p11_short", FEWER_LEARNERS, DAYS)
    long = _database(installed, "p11_long", FEWER_LEARNERS, MORE_DAYS)
    rounds = []
    for _ in range(ROUNDS + 1):
        short_seconds = _run(_sweep(installed, short, FEWER_LEARNERS))
        long_seconds = _run(_sweep(installed, long, FEWER_LEARNERS))
        rounds.append((short_seconds, long_seconds))
        plan.say(f"P11: with {DAYS} earlier days {short_seconds:.2f} s, with {MORE_DAYS} days {long_seconds:.2f} s")
    what = f"a day's snapshots, {FEWER_LEARNERS:,} learners, {MORE_DAYS} earlier days"
    return _times("P11", what, f"{DAYS} earlier days", rounds[1:], FEWER_LEARNERS, 1.5, 1.15)


def _times(
    name: str, what: str, against: str, rounds: list[tuple[float, float]], learners: int, floor: float, goal: float
) -> list[Figure]:
    theirs, ours = (statistics.median(seconds) for seconds in zip(*rounds, strict=True))
    ratio = statistics.median(our / their for their, our in rounds)
    return [Figure(name, what, against, learners / theirs, learners / ours, ratio, floor, goal, lower_is_better=True)]


def _database(installed: Installation, name: str, learners: int, days: int) -> str:
    installed.postgres.execute(f"CREATE DATABASE {name}")
    url = installed.postgres.url(name)
    upgrade(url)
    _run(_with(url, lambda connection: database_rows.learners_with_days(connection, name, learners, days)))
    _run(_vacuum(url))
    return url


def _run(work: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        return runner.run(work)


async def _with(url: str, work: "Any") -> Any:
    connection = await asyncpg.connect(url)
    try:
        return await work(connection)
    finally:
        await connection.close()


async def _vacuum(url: str) -> None:
    """Bring the database to the state of one that has been running for some time."""
    connection = await asyncpg.connect(url)
    for statement in ("VACUUM ANALYZE", "CHECKPOINT"):
        await connection.execute(statement)
    await connection.close()


async def _sweep(installed: Installation, url: str, learners: int) -> float:
    """The seconds the sweep needs for the snapshots of the last day, batch after batch.

    Raises:
        RuntimeError: it did not take exactly one snapshot per learner.
    """
    connection = await asyncpg.connect(url)
    for statement in _UNDO_SWEEP:
        await connection.execute(statement, database_rows.LAST_DAY)
    for table in ("activity_days", "daily_snapshots"):
        await connection.execute(f"VACUUM {table}")
    policy, taken, more = load_policy(), 0, True
    async with open_database(installed.settings.model_copy(update={"database_url": url})) as database:
        started = perf_counter()
        while more:
            async with database.write() as writing:
                swept = await snapshot_days_batch(writing, policy, _NOW)
            taken, more = taken + swept.days, swept.more
        took = perf_counter() - started
    stored = await connection.fetchval("SELECT count(*) FROM daily_snapshots WHERE day = $1", database_rows.LAST_DAY)
    await connection.close()
    if not taken == stored == learners:
        raise RuntimeError(f"{taken} snapshots taken and {stored} stored for {learners} learners")
    return took
