"""P10 and P11: the snapshots of one day, against grouping that day, and with a long past against a short past."""

from time import perf_counter

import asyncpg

from bench.comparators import group_by
from bench.fixtures import database_rows
from bench.harness.databases import filled_database, run, vacuum, with_connection
from bench.harness.servers import Installation
from bench.measures.figures import Figure, Plan, figure_of_times
from milepost.db.database import open_database
from milepost.services.history.snapshots import snapshot_days_batch
from milepost.settings import load_policy

LEARNERS = 100_000
ACTIVITIES_EACH = 10
DAYS = 10
FEWER_LEARNERS = 20_000
MORE_DAYS = 5 * DAYS
_UNDO_SWEEP = (
    "DELETE FROM daily_snapshots WHERE day = $1",
    "UPDATE activity_days SET dirty = true WHERE local_day = $1",
)


def one_day(installed: Installation, plan: Plan) -> list[Figure]:
    """P10, in a database of its own that holds nothing else. The first round is not counted."""
    url = filled_database(installed, "p10", LEARNERS, DAYS)
    run(with_connection(url, lambda connection: database_rows.log_of(connection, "p10", LEARNERS, ACTIVITIES_EACH)))
    run(vacuum(url))
    rounds = []
    for _ in range(plan.rounds + 1):
        ours = run(_sweep(installed, url, LEARNERS))
        theirs = run(
            with_connection(url, lambda connection: group_by.seconds(connection, database_rows.LAST_DAY, LEARNERS))
        )
        rounds.append((theirs, ours))
        plan.say(f"P10: GROUP BY {theirs:.2f} s, snapshots {ours:.2f} s")
    what = f"a day's snapshots, {LEARNERS:,} learners"
    return [figure_of_times("P10", what, "GROUP BY learner", rounds[1:], LEARNERS, 12, 6)]


def long_past(installed: Installation, plan: Plan) -> list[Figure]:
    """P11, in two databases of their own. The first round is not counted."""
    short = filled_database(installed, "p11_short", FEWER_LEARNERS, DAYS)
    long = filled_database(installed, "p11_long", FEWER_LEARNERS, MORE_DAYS)
    rounds = []
    for _ in range(plan.rounds + 1):
        short_seconds = run(_sweep(installed, short, FEWER_LEARNERS))
        long_seconds = run(_sweep(installed, long, FEWER_LEARNERS))
        rounds.append((short_seconds, long_seconds))
        plan.say(f"P11: with {DAYS} earlier days {short_seconds:.2f} s, with {MORE_DAYS} days {long_seconds:.2f} s")
    what = f"a day's snapshots, {FEWER_LEARNERS:,} learners, {MORE_DAYS} earlier days"
    return [figure_of_times("P11", what, f"{DAYS} earlier days", rounds[1:], FEWER_LEARNERS, 1.5, 1.15)]


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
                swept = await snapshot_days_batch(writing, policy, database_rows.NOW)
            taken, more = taken + swept.days, swept.more
        took = perf_counter() - started
    stored = await connection.fetchval("SELECT count(*) FROM daily_snapshots WHERE day = $1", database_rows.LAST_DAY)
    await connection.close()
    if not taken == stored == learners:
        raise RuntimeError(f"{taken} snapshots taken and {stored} stored for {learners} learners")
    return took
