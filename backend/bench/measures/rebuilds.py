"""P12: work over what is stored: a new achievement for every learner, the rebuild of a learner with a long log."""

from time import perf_counter
from uuid import UUID

from bench.comparators import copy_out, scan
from bench.fixtures import database_rows
from bench.harness.databases import filled_database, run, vacuum, with_connection
from bench.harness.servers import Installation
from bench.measures.figures import Figure, Plan, figure_of_times
from milepost.db.database import open_database
from milepost.rules.achievements.definitions import Condition, Definition, Rule
from milepost.services.achievements.backfill import backfill_achievements_batch
from milepost.services.achievements.catalogue import sync_catalogue
from milepost.services.rebuild.rebuild import rebuild_one
from milepost.settings import load_policy

LEARNERS = 100_000
DAYS = 10
ACTIVITIES = 5_000
ACTIVITIES_A_DAY = 5
BACKFILLS = 1
"""Each takes a minute, and evaluates enough learners to be its own average."""
_HELD = "SELECT count(*) FROM unlocks WHERE code = $1"
_NOW = database_rows.NOW


def backfill(installed: Installation, plan: Plan) -> list[Figure]:
    """P12a, in a database of its own. Every learner meets the new achievement. The first round is not counted."""
    url = filled_database(installed, "p12a", LEARNERS, DAYS)
    rounds = []
    for number in range(BACKFILLS + 1):
        ours = run(_backfill(installed, url, f"days-{number}"))
        theirs = run(with_connection(url, lambda connection: scan.seconds(connection, LEARNERS)))
        rounds.append((theirs, ours))
        plan.say(f"P12a: scan {theirs:.2f} s, a new achievement {ours:.2f} s")
    what = f"a new achievement that {LEARNERS:,} learners have met"
    return [figure_of_times("P12a", what, "a scan of learners and days", rounds[1:], LEARNERS)]


def rebuild(installed: Installation, plan: Plan) -> list[Figure]:
    """P12b, of one learner in a database of its own. The first round is not counted."""
    url = filled_database(installed, "p12b", 1, DAYS)
    (learner,) = (UUID(text) for text in database_rows.learner_ids("p12b", 1))
    run(
        with_connection(
            url, lambda connection: database_rows.log_of(connection, "p12b", 1, ACTIVITIES, ACTIVITIES_A_DAY)
        )
    )
    run(vacuum(url))
    rounds = []
    for _ in range(plan.rounds + 1):
        ours = run(_rebuild(installed, url, learner))
        theirs = run(with_connection(url, lambda connection: copy_out.seconds(connection, learner)))
        rounds.append((theirs, ours))
        plan.say(f"P12b: COPY {theirs:.3f} s, rebuild {ours:.3f} s")
    what = f"the rebuild of a learner with {ACTIVITIES:,} activities"
    return [figure_of_times("P12b", what, "COPY TO STDOUT of the log", rounds[1:], ACTIVITIES)]


async def _backfill(installed: Installation, url: str, code: str) -> float:
    """The seconds from a new achievement in force to every learner holding it.

    Raises:
        RuntimeError: not every learner holds it.
    """
    rule = Rule("all", (Condition("active_days", DAYS - 3),))
    new = Definition(code, code, code, "bench", "bronze", 10, "check", rule)
    policy, more = load_policy(), True
    async with open_database(installed.settings.model_copy(update={"database_url": url})) as database:
        async with database.write() as writing:
            await sync_catalogue(writing, [new], policy, _NOW)
        started = perf_counter()
        while more:
            async with database.write() as writing:
                more = await backfill_achievements_batch(writing, policy, _NOW)
        took = perf_counter() - started
    held = await with_connection(url, lambda connection: connection.fetchval(_HELD, code))
    if held != LEARNERS:
        raise RuntimeError(f"{held} of {LEARNERS} learners hold {code}")
    return took


async def _rebuild(installed: Installation, url: str, learner_id: UUID) -> float:
    async with open_database(installed.settings.model_copy(update={"database_url": url})) as database:
        started = perf_counter()
        await rebuild_one(database, learner_id, load_policy(), _NOW)
        took = perf_counter() - started
    counted = await with_connection(
        url, lambda connection: connection.fetchval("SELECT activities FROM learners WHERE learner_id = $1", learner_id)
    )
    if counted != ACTIVITIES:
        raise RuntimeError(f"{counted} of {ACTIVITIES} activities counted")
    return took
