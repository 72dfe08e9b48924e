"""P8r: insight reads of learners with 5,000 activities over 1,000 days, against the same reads with 50 activities.

Every read is cold: before each round the learners' revisions are raised, as a write would raise them, and each learner
is read once. There is one connection, so that a rate is the inverse of a latency. The worker's job has taken the
running totals. Pages of the feed are no longer than the shorter history can fill.
"""

import asyncio
import random
import statistics
from collections.abc import Mapping, Sequence
from datetime import timedelta
from time import perf_counter
from typing import Any
from urllib.parse import quote

import asyncpg

from bench.fixtures.running_totals import take_totals
from bench.fixtures.workload import TOPICS, activity, body, learner_ids, yesterday
from bench.harness import load
from bench.harness.servers import Installation
from bench.measures.figures import Figure, Plan, figure

SPAN_DAYS = 1_000
FEW, MANY = 50, 5_000
LEARNERS = 12
POST_SIZE = 1_000
FLOOR, GOAL = 0.8, 0.95
PARTS = 40
"""Objects of each space, however long the history is."""
RARE, RARE_TOPIC = 5, "long-ago"
"""The number of oldest activities that have a topic of their own, and that topic."""
PATHS = ("basics", "projects", "exams", "games")
READS = (
    "/api/activities?limit=50",
    f"/api/activities?limit=2&topic={quote(TOPICS[0])}",
    f"/api/activities?limit={RARE}&topic={RARE_TOPIC}",
    "/api/activities/summary",
    "/api/activities/summary?days=400",
    "/api/activities/points-distribution",
    "/api/activities/balance?by=path",
    "/api/activities/balance?by=topic",
    "/api/activities/balance?by=topic&days=400",
    "/api/progress/skill-levels",
    "/api/progress/statistics?period=monthly",
    "/api/progress/statistics?period=all",
    "/api/progress/analytics",
    "/api/progress/insights",
    "/api/progress/predictions",
    "/api/progress/recommendations",
    "/api/spaces",
    "/api/spaces/space-1/progress",
    "/api/spaces/space-1/history",
    "/api/composite-goals/goal/progress",
    "/api/composite-goals/goal/history",
)


def insight_reads(installed: Installation, plan: Plan) -> list[Figure]:
    """One figure per read: the rate of learners with a long history over the rate of those with a short history."""
    sides = {count: learner_ids(f"insight-{count}", LEARNERS) for count in (FEW, MANY)}
    for count, learners in sides.items():
        _record(installed, learners, count)
        plan.say(f"P8r: {LEARNERS} learners with {count:,} activities each over {SPAN_DAYS:,} days")
        started = perf_counter()
        asyncio.run(take_totals(installed.settings))
        plan.say(f"P8r: running totals, {(perf_counter() - started) * 1e6 / (LEARNERS * count):.1f} µs per activity")
    asyncio.run(_execute(installed.settings.database_url, "VACUUM ANALYZE"))
    return [_figure(installed, plan, path, sides) for path in READS]


async def _execute(database_url: str, statement: str) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


def _record(installed: Installation, learners: Sequence[str], count: int) -> None:
    """Post `count` activities of each learner, spread evenly over the days up to yesterday."""
    token = installed.token("bench", "service")
    requests = []
    for learner in learners:
        activities = [_activity(learner, number, count) for number in range(count)]
        batches = [activities[start : start + POST_SIZE] for start in range(0, count, POST_SIZE)]
        requests += [load.request("POST", "/api/activities", token, body(batch)) for batch in batches]
    load.run(installed.port, requests, 2, 120.0).check()


def _activity(learner: str, number: int, count: int) -> dict[str, Any]:
    draw = random.Random(f"{learner}-{number}")
    day = yesterday() - timedelta(days=number * SPAN_DAYS // count)
    place = {"space_id": f"space-{number % 3}", "goal_id": "goal", "object_id": f"part-{number % PARTS}"}
    topic = {"topic": RARE_TOPIC} if number >= count - RARE else {}
    return {**activity(draw, learner, f"insight-{number}", day), "path": draw.choice(PATHS), **place, **topic}


def _figure(installed: Installation, plan: Plan, path: str, sides: Mapping[int, Sequence[str]]) -> Figure:
    """Learners with short and long histories are read alternately, so that a busy moment of the machine hits both."""
    rates: dict[int, list[float]] = {count: [] for count in sides}
    pairs = [learner for pair in zip(sides[FEW], sides[MANY], strict=True) for learner in pair]
    requests = [load.request("GET", path, installed.token(learner, "learner")) for learner in pairs]
    for number in range(plan.rounds + 1):
        asyncio.run(_execute(installed.settings.database_url, "UPDATE learners SET revision = revision + 1"))
        latencies = load.run(installed.port, requests, 1, 60.0).check().latencies_ms
        for place, count in enumerate((FEW, MANY)):
            # The median and not the sum: a pause of the machine is no property of a history.
            rate = 1_000 / statistics.median(latencies[place::2])
            if number:
                rates[count].append(rate)
    few, many = rates[FEW], rates[MANY]
    plan.say(f"P8r {path}: {statistics.median(few):,.0f}/s with {FEW}, {statistics.median(many):,.0f}/s with {MANY:,}")
    what = f"GET {path.removeprefix('/api')}, cold, {MANY:,} activities"
    return figure("P8r", what, f"with {FEW}", few, many, FLOOR, GOAL)
