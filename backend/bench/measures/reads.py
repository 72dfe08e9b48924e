"""P7, P8 and P9: uncached reads, learners with a history a hundred times as long, and latencies."""

import asyncio
import random
import statistics
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from uuid import UUID

import asyncpg
import orjson

from bench.fixtures import database_rows, history
from bench.fixtures.running_totals import take_totals
from bench.fixtures.workload import activity, day_of_round, learner_ids, yesterday
from bench.harness import load
from bench.harness.servers import Installation, bare, rows
from bench.measures.figures import Figure, Plan, figure
from bench.measures.throughput import bulk
from milepost.services.achievements.backfill import LEARNERS_PER_BATCH
from milepost.services.achievements.reconcile import reconcile
from milepost.settings import load_policy

COLD_LEARNERS = 4_000
COLD_DAYS = 40
CONNECTIONS = 32
FEW_CONNECTIONS = 4
PAST_LEARNERS = 16
SHORT_PAST, SHORT_PAST_DAYS = 50, 10
LONG_PAST, LONG_PAST_DAYS = 5_000, 1_000
_SECONDS = 30.0
# Invalidates every cached answer.
_INVALIDATE = "UPDATE learners SET revision = revision + 1"


def cold(installed: Installation, plan: Plan) -> list[Figure]:
    """P7 and P9: overviews of learners in turn, each read once after the learner's revision was raised."""
    url, token = installed.settings.database_url, installed.token("bench", "service")
    asyncio.run(_fill_cold(url))
    learners = database_rows.learner_ids("cold", COLD_LEARNERS)
    ours = [load.request("GET", f"/api/progress?learner_id={learner}", token) for learner in learners]
    theirs = [load.request("GET", f"/progress?learner_id={learner}") for learner in learners]
    rates: list[tuple[float, float]] = []
    waits: list[tuple[float, float, float, float]] = []
    with rows(installed) as rows_port, bare(installed, b"{}") as bare_port:
        for number in range(plan.rounds + 1):
            asyncio.run(_invalidate(url))
            their = load.run(rows_port, theirs, CONNECTIONS, _SECONDS).check()
            our = load.run(installed.port, ours, CONNECTIONS, _SECONDS).check()
            rates.append((their.rate, our.rate))
            asyncio.run(_invalidate(url))
            few = ours[: COLD_LEARNERS // 2]
            posted = [
                load.request("POST", "/api/activities", token, posted_body)
                for posted_body in _posts(f"p9-{number}", learners[: COLD_LEARNERS // 2])
            ]
            sides = (
                load.run(bare_port, [load.request("GET", "/progress")] * len(few), FEW_CONNECTIONS, _SECONDS),
                load.run(installed.port, few, FEW_CONNECTIONS, _SECONDS),
                load.run(installed.port, few, FEW_CONNECTIONS, _SECONDS),
                load.run(installed.port, posted, FEW_CONNECTIONS, _SECONDS),
            )
            waits.append(tuple(side.check().percentile_ms(95) for side in sides))  # type: ignore[arg-type] # four
            plan.say("P7: rows {:,.0f}/s, overview {:,.0f}/s".format(*rates[-1]))
            plan.say("P9: P95 bare {:.2f} ms, cold {:.2f} ms, warm {:.2f} ms, POST {:.2f} ms".format(*waits[-1]))
    their_rates, our_rates = zip(*rates[1:], strict=True)
    what = f"GET /progress, cold, {CONNECTIONS} connections"
    return [
        figure("P7", what, "bare Quart, 1 + 30 rows", their_rates, our_rates, 0.5, 0.8),
        *_waits(waits[1:]),
    ]


def _waits(waits: Sequence[tuple[float, float, float, float]]) -> Iterator[Figure]:
    bares = [wait[0] for wait in waits]
    for place, what, floor, goal in ((2, "warm GET", 4, 2), (1, "cold GET", 12, 4), (3, "POST", 8, 3)):
        ratios = [wait[place] / wait[0] for wait in waits]
        ours = statistics.median(wait[place] for wait in waits)
        note = f"{ours:.2f} ms, bare {statistics.median(bares):.2f} ms"
        title = f"P95 of a {what}, {FEW_CONNECTIONS} connections"
        yield Figure("P9", title, "P95 of bare GET", 0, 0, ratios, floor, goal, note=note, lower_is_better=True)


def long_past(installed: Installation, plan: Plan) -> list[Figure]:
    """P8: a POST, then the overview and the all-time statistics, of learners with a long past and with a short past.

    The worker's job has taken the running totals.
    """
    token = installed.token("bench", "service")
    short, long = learner_ids("short-past", PAST_LEARNERS), learner_ids("long-past", PAST_LEARNERS)
    for learners, activities, days in ((short, SHORT_PAST, SHORT_PAST_DAYS), (long, LONG_PAST, LONG_PAST_DAYS)):
        for batch in history.history_of(learners, activities, days, day_of_round(0, plan.rounds) - timedelta(days=1)):
            bulk(installed, token, [batch])
    asyncio.run(take_totals(installed.settings))
    rates: list[tuple[float, float]] = []
    for number in range(plan.rounds + 1):
        sides = []
        for label, learners in (("short", short), ("long", long)):
            turns = _turns(token, f"p8-{label}-{number}", learners, day_of_round(number, plan.rounds))
            requests = islice(turns, int(plan.seconds * 6_000))
            sides.append(load.run(installed.port, list(requests), PAST_LEARNERS, plan.seconds).check().rate)
        rates.append((sides[0], sides[1]))
        plan.say(f"P8: {SHORT_PAST} earlier activities {sides[0]:,.0f}/s, {LONG_PAST:,} earlier {sides[1]:,.0f}/s")
    what = f"POST, overview, statistics; {LONG_PAST:,} earlier activities on {LONG_PAST_DAYS:,} days"
    their_rates, our_rates = zip(*rates[1:], strict=True)
    return [figure("P8", what, f"{SHORT_PAST} earlier", their_rates, our_rates, 0.8, 0.95)]


def _turns(token: str, label: str, learners: Sequence[str], day: date) -> Iterator[bytes]:
    """Requests of the learners in turn, endlessly: each write makes the two reads that follow it cold."""
    draw = random.Random(label)
    for number in range(1_000_000):
        learner = learners[number % len(learners)]
        posted = orjson.dumps(activity(draw, learner, f"{label}-{number}", day))
        yield load.request("POST", "/api/activities", token, posted)
        yield load.request("GET", f"/api/progress?learner_id={learner}", token)
        yield load.request("GET", f"/api/progress/statistics?period=all&learner_id={learner}", token)


def _posts(label: str, learners: Sequence[str]) -> Iterator[bytes]:
    draw = random.Random(label)
    for number, learner in enumerate(learners):
        yield orjson.dumps(activity(draw, learner, f"{label}-{number}", yesterday()))


async def _fill_cold(url: str) -> None:
    connection = await asyncpg.connect(url)
    await database_rows.learners_with_days(connection, "cold", COLD_LEARNERS, COLD_DAYS)
    # Like learners whose past was posted to the service, they already hold the achievements they have earned.
    learners = [UUID(learner) for learner in database_rows.learner_ids("cold", COLD_LEARNERS)]
    for first in range(0, COLD_LEARNERS, LEARNERS_PER_BATCH):
        async with connection.transaction():
            await reconcile(connection, learners[first : first + LEARNERS_PER_BATCH], load_policy(), datetime.now(UTC))
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


async def _invalidate(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(_INVALIDATE)
    await connection.close()
