"""P10 and P11: the snapshots of one day, against grouping that day, and with a longer past against a shorter one."""

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
from bench.measures.throughput import Figure, Plan
from milepost.db.database import open_database
from milepost.db.migrations import upgrade
from milepost.services.history.snapshots import sweep_some
from milepost.settings import load_policy

LEARNERS = 100_000
ACTIVITIES_EACH = 10
DAYS = 10
FEWER_LEARNERS = 20_000
MORE_DAYS = 5 * DAYS
ROUNDS = 3
# In Berlin the last day ends at 22:00 UTC; the days made up here end at midnight.
_NOW = datetime.combine(database_rows.LAST_DAY, time(), UTC) + timedelta(days=1, hours=3)
_AGAIN = (
    "DELETE FROM daily_snapshots WHERE day = $1",
    "UPDATE activity_days SET dirty = true WHERE local_day = $1",
)
T = TypeVar("T")


def a_day(installed: Installation, plan: Plan) -> list[Figure]:
    """P10. In a database of its own, so that nothing else lies in it. One round is left out at the start."""
    url = _database(installed, "p10", LEARNERS, DAYS)
    _run(_with(url, lambda connection: database_rows.log_of(connection, "p10", LEARNERS, ACTIVITIES_EACH)))
    _run(_settled(url))
    rounds = []
    for _ in range(ROUNDS + 1):
        ours = _run(_sweep(installed, url, LEARNERS))
        theirs = _run(_with(url, lambda connection: group_by.seconds(connection, database_rows.LAST_DAY, LEARNERS)))
        rounds.append((theirs, ours))
        plan.say(f"P10: GROUP BY {theirs:.2f} s, snapshots {ours:.2f} s")
    return _times("P10", f"a day's snapshots, {LEARNERS:,} learners", "GROUP BY learner", rounds[1:], LEARNERS, 12, 6)


def a_longer_past(installed: Installation, plan: Plan) -> list[Figure]:
    """P11. In two databases of their own. One round is left out at the start."""
    short = _database(installed, "p11_short", FEWER_LEARNERS, DAYS)
    long = _database(installed, "p11_long", FEWER_LEARNERS, MORE_DAYS)
    rounds = []
    for _ in range(ROUNDS + 1):
        one = _run(_sweep(installed, short, FEWER_LEARNERS))
        five = _run(_sweep(installed, long, FEWER_LEARNERS))
        rounds.append((one, five))
        plan.say(f"P11: {DAYS} days behind {one:.2f} s, {MORE_DAYS} days {five:.2f} s")
    what = f"a day's snapshots, {FEWER_LEARNERS:,} learners, {MORE_DAYS} days behind"
    return _times("P11", what, f"{DAYS} days behind", rounds[1:], FEWER_LEARNERS, 1.5, 1.15)


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
    _run(_settled(url))
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


async def _settled(url: str) -> None:
    """What a database that has been running for some time has done already."""
    connection = await asyncpg.connect(url)
    for statement in ("VACUUM ANALYZE", "CHECKPOINT"):
        await connection.execute(statement)
    await connection.close()


async def _sweep(installed: Installation, url: str, learners: int) -> float:
    """Seconds in which the sweep takes the snapshots of the last day, batch after batch."""
    connection = await asyncpg.connect(url)
    for statement in _AGAIN:
        await connection.execute(statement, database_rows.LAST_DAY)
    for table in ("activity_days", "daily_snapshots"):
        await connection.execute(f"VACUUM {table}")
    policy, taken, more = load_policy(), 0, True
    async with open_database(installed.settings.model_copy(update={"database_url": url})) as database:
        started = perf_counter()
        while more:
            async with database.write() as writing:
                swept = await sweep_some(writing, policy, _NOW)
            taken, more = taken + swept.days, swept.more
        took = perf_counter() - started
    kept = await connection.fetchval("SELECT count(*) FROM daily_snapshots WHERE day = $1", database_rows.LAST_DAY)
    await connection.close()
    if not taken == kept == learners:
        raise RuntimeError(f"{taken} taken, {kept} kept of {learners}")
    return took
