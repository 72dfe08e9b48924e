"""P7, P8 and P9: reads that remember nothing, a past a hundred times as long, and how long answers take."""

import asyncio
import random
import statistics
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from itertools import islice
from uuid import UUID

import asyncpg
import orjson

from bench.fixtures import database_rows, history
from bench.fixtures.workload import activity, learner_ids, yesterday
from bench.harness import load
from bench.harness.servers import Installation, bare, rows
from bench.measures.throughput import Figure, Plan, bulk, figure
from milepost.services.achievements.backfill import LEARNERS_A_BATCH
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
# Nothing remembered of anybody is true any more.
_FORGET = "UPDATE learners SET revision = revision + 1"


def cold(installed: Installation, plan: Plan) -> list[Figure]:
    """P7 and P9: overviews of learners in turn, each asked for once after its revision has moved."""
    url, token = installed.settings.database_url, installed.token("bench", "service")
    asyncio.run(_fill_cold(url))
    learners = database_rows.learner_ids("cold", COLD_LEARNERS)
    ours = [load.request("GET", f"/api/progress?learner_id={one}", token) for one in learners]
    theirs = [load.request("GET", f"/progress?learner_id={one}") for one in learners]
    rates: list[tuple[float, float]] = []
    waits: list[tuple[float, float, float, float]] = []
    with rows(installed) as rows_port, bare(installed, b"{}") as bare_port:
        for number in range(plan.rounds + 1):
            asyncio.run(_forget(url))
            their = load.run(rows_port, theirs, CONNECTIONS, _SECONDS).check()
            our = load.run(installed.port, ours, CONNECTIONS, _SECONDS).check()
            rates.append((their.rate, our.rate))
            asyncio.run(_forget(url))
            few = ours[: COLD_LEARNERS // 2]
            posted = [
                load.request("POST", "/api/activities", token, one)
                for one in _posts(f"p9-{number}", learners[: COLD_LEARNERS // 2])
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
    bares = [one[0] for one in waits]
    for place, what, floor, goal in ((2, "warm GET", 4, 2), (1, "cold GET", 12, 4), (3, "POST", 8, 3)):
        ratio = statistics.median(one[place] / one[0] for one in waits)
        ours = statistics.median(one[place] for one in waits)
        note = f"{ours:.2f} ms, bare {statistics.median(bares):.2f} ms"
        named = f"P95 of a {what}, {FEW_CONNECTIONS} connections"
        yield Figure("P9", named, "P95 of bare GET", 0, 0, ratio, floor, goal, note=note, lower_is_better=True)


def long_past(installed: Installation, plan: Plan) -> list[Figure]:
    """P8: a POST, then the overview and the statistics of all time, of learners with a long past and a short one."""
    token = installed.token("bench", "service")
    short, long = learner_ids("short-past", PAST_LEARNERS), learner_ids("long-past", PAST_LEARNERS)
    for learners, activities, days in ((short, SHORT_PAST, SHORT_PAST_DAYS), (long, LONG_PAST, LONG_PAST_DAYS)):
        for batch in history.past(learners, activities, days, yesterday() - timedelta(days=1)):
            bulk(installed, token, [batch])
    rates: list[tuple[float, float]] = []
    for number in range(plan.rounds + 1):
        sides = []
        for label, learners in (("short", short), ("long", long)):
            requests = islice(_turns(token, f"p8-{label}-{number}", learners), int(plan.seconds * 6_000))
            sides.append(load.run(installed.port, list(requests), PAST_LEARNERS, plan.seconds).check().rate)
        rates.append((sides[0], sides[1]))
        plan.say(f"P8: {SHORT_PAST} activities behind {sides[0]:,.0f}/s, {LONG_PAST:,} behind {sides[1]:,.0f}/s")
    what = f"POST, overview, statistics; {LONG_PAST:,} activities on {LONG_PAST_DAYS:,} days behind"
    their_rates, our_rates = zip(*rates[1:], strict=True)
    return [figure("P8", what, f"{SHORT_PAST} behind", their_rates, our_rates, 0.8, 0.95)]


def _turns(token: str, label: str, learners: Sequence[str]) -> Iterator[bytes]:
    """Round after round over the learners: each write makes the reads behind it cold."""
    draw = random.Random(label)
    for number in range(1_000_000):
        learner = learners[number % len(learners)]
        posted = orjson.dumps(activity(draw, learner, f"{label}-{number}", yesterday()))
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
    # What they have earned they hold already, as anybody does whose past came by the service.
    learners = [UUID(one) for one in database_rows.learner_ids("cold", COLD_LEARNERS)]
    for first in range(0, COLD_LEARNERS, LEARNERS_A_BATCH):
        async with connection.transaction():
            await reconcile(connection, learners[first : first + LEARNERS_A_BATCH], load_policy(), datetime.now(UTC))
    await connection.execute("VACUUM ANALYZE")
    await connection.close()


async def _forget(url: str) -> None:
    connection = await asyncpg.connect(url)
    await connection.execute(_FORGET)
    await connection.close()
