"""Q1 to Q3: the latency of quick stats, cached and uncached, and of an export of 90 days, beside a bare Quart route.

The learner has 10,000 tasks in 30 days under 200 categories. Figures are 95th percentiles over 4 connections. The
limits are absolute: on a busy machine only a figure below its limit is conclusive.
"""

import asyncio
import random
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from time import perf_counter
from uuid import UUID, uuid4

import asyncpg
import httpx
import orjson

from bench.fixtures.workload import learner_ids
from bench.harness import load
from bench.harness.servers import Installation, bare
from bench.measures.figures import Plan
from milepost.db.database import open_database
from milepost.services.rebuild.rebuild import rebuild_one
from milepost.settings import load_policy

CONNECTIONS = 4
TASKS = 10_000
CATEGORIES = 199
DAYS = 30
EXPORTED_DAYS = 90
EXPORTS_A_ROUND = 40
WARM_REQUESTS_A_SECOND = 15_000
QUICK = "/api/analytics/quick-stats"
BUSY = 503


@dataclass(frozen=True, slots=True)
class Latency:
    """One line: the 95th percentiles of both sides in milliseconds (medians of the rounds), and our limit."""

    name: str
    what: str
    bare_ms: float
    our_ms: float
    limit_ms: float

    @property
    def verdict(self) -> str:
        """Whether ours is below the limit."""
        return "held" if self.our_ms < self.limit_ms else "ABOVE"


def latencies(installed: Installation, plan: Plan) -> list[Latency]:
    """Q1, Q2 and Q3. The first round is not counted."""
    (learner,) = learner_ids("analytics", 1)
    token = installed.token(learner, "learner")
    categories = asyncio.run(_fill(installed, UUID(learner)))
    today = datetime.now(UTC).date()
    first = today - timedelta(days=EXPORTED_DAYS - 1)
    answer = load.run(installed.port, [_quick(token)], 1, 30.0).check().last_body
    export = f"http://{load.HOST}:{installed.port}/api/analytics/export?start_date={first}&end_date={today}"
    rounds: list[tuple[float, float, float, float]] = []
    with bare(installed, answer) as bare_port:
        plain = load.request("GET", "/progress")
        for _ in range(plan.rounds + 1):
            count = int(plan.seconds * WARM_REQUESTS_A_SECOND)
            _touch(installed, token, categories[0])
            cold = [_quick(token, f"&category_id={category}") for category in ("uncategorised", *categories)]
            rounds.append(
                (
                    _p95(bare_port, [plain] * count, plan.seconds),
                    _p95(installed.port, cold, 60.0),
                    _p95(installed.port, [_quick(token)] * count, plan.seconds),
                    asyncio.run(_exports(export, token)),
                )
            )
            plan.say("Q: bare {:.2f} ms, cold {:.2f} ms, warm {:.2f} ms, export {:.1f} ms".format(*rounds[-1]))
    bare_ms, cold_ms, warm_ms, export_ms = (statistics.median(side) for side in zip(*rounds[1:], strict=True))
    size = f"{DAYS} days, {TASKS:,} tasks"
    return [
        Latency("Q1", f"quick stats, cached, {size}", bare_ms, warm_ms, 50.0),
        Latency("Q2", f"quick stats, uncached, {size}", bare_ms, cold_ms, 400.0),
        Latency("Q3", f"export of {EXPORTED_DAYS} days", bare_ms, export_ms, 3_000.0),
    ]


def _quick(token: str, more: str = "") -> bytes:
    return load.request("GET", f"{QUICK}?date_range=30d{more}", token)


def _p95(port: int, requests: Sequence[bytes], seconds: float) -> float:
    return load.run(port, requests, CONNECTIONS, seconds).check().percentile_ms(95)


def _touch(installed: Installation, token: str, category: str) -> None:
    """Write something, so that no earlier cached answer is used again."""
    body = orjson.dumps({"name": f"renamed {uuid4()}"})
    load.run(installed.port, [load.request("PUT", f"/api/categories/{category}", token, body)], 1, 30.0).check()


async def _fill(installed: Installation, learner_id: UUID) -> list[str]:
    """Insert categories, tasks with one slot each, and focus slots; return the ids of the categories."""
    draw, now = random.Random("analytics"), datetime.now(UTC)
    first = datetime(now.year, now.month, now.day, tzinfo=UTC) - timedelta(days=DAYS - 1)
    categories = [uuid4() for _ in range(CATEGORIES)]
    tasks, slots = [], []
    for number in range(TASKS):
        task_id = uuid4()
        start = first + timedelta(days=draw.randrange(DAYS), minutes=draw.randrange(1_320))
        done_at = start if number % 2 else None
        category = draw.choice([None, *categories])
        tasks.append((learner_id, task_id, "read", category, "pending", start.date(), done_at, 0, now, now))
        slots.append((learner_id, task_id, 0, start, start + timedelta(minutes=draw.randrange(1, 120))))
    connection = await asyncpg.connect(installed.settings.database_url)
    try:
        rows = [(learner_id, category_id, f"category {number}", now) for number, category_id in enumerate(categories)]
        await connection.copy_records_to_table("categories", records=rows)
        await connection.copy_records_to_table("tasks", records=tasks)
        await connection.copy_records_to_table("task_slots", records=slots)
        for day in range(DAYS):
            nine = first + timedelta(days=day, hours=9)
            focus = orjson.dumps([[nine, nine + timedelta(hours=4)]], option=orjson.OPT_UTC_Z).decode()
            await connection.execute(
                "INSERT INTO calendar_days VALUES ($1, $2, $3::text::jsonb)", learner_id, nine.date(), focus
            )
    finally:
        await connection.close()
    async with open_database(installed.settings) as database:
        await rebuild_one(database, learner_id, load_policy(), now)
    return [str(category_id) for category_id in categories]


async def _exports(address: str, token: str) -> float:
    """The 95th percentile of exports read to their end, in milliseconds. A 503 is retried at once."""
    latencies_ms: list[float] = []

    async def export_in_turn(client: httpx.AsyncClient, count: int) -> None:
        for _ in range(count):
            started = perf_counter()
            while (answer := await client.get(address)).status_code == BUSY:
                continue
            answer.raise_for_status()
            latencies_ms.append((perf_counter() - started) * 1_000)

    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}, timeout=30.0) as client:
        each = EXPORTS_A_ROUND // CONNECTIONS
        await asyncio.gather(*(export_in_turn(client, each) for _ in range(CONNECTIONS)))
    return sorted(latencies_ms)[int(len(latencies_ms) * 0.95)]
