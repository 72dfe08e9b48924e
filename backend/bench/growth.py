"""`python -m bench.growth`: how the cost of an operation grows with what is stored.

For each number of learners: an installation of its own, a log of 50 activities each that is generated in the database,
a rebuild of everything from it, then the operations. Prints rates beside those of the smallest, and what an activity
takes on disk. Bounded by its sizes: a million learners need about 60 GB and hours.
"""

import argparse
import asyncio
import random
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter
from uuid import UUID

import asyncpg
from rich.console import Console

from bench.fixtures import database_rows
from bench.fixtures.running_totals import take_totals
from bench.fixtures.workload import activity, body, singles, yesterday
from bench.growth_chart import chart
from bench.harness import load
from bench.harness.databases import run, vacuum, with_connection
from bench.harness.servers import BACKEND, Installation, installation
from milepost.commands.rebuild import RebuildOptions, rebuild
from milepost.db.database import open_database
from milepost.services.history.snapshots import snapshot_days_batch
from milepost.settings import load_policy

LABEL = "growth"
ACTIVITIES_EACH = 50
DAYS_EACH = 25
SPAN_DAYS = 365
LEARNERS_AT_ONCE = 20_000
"""Learners whose log one statement generates."""
ROUNDS = 5
BATCH = 500
CONNECTIONS = 4
READERS = 400
_SECONDS = 60.0

_LOG = """
INSERT INTO activities (learner_id, sender, id, verb, object_type, object_id, topic, difficulty, value_milli,
    duration_seconds, hints_used, points, occurred_at, local_day, utc_offset_minutes, day_ends_at, counts,
    sent_fields, content_hash, commit_id, received_at)
SELECT md5($1::text || l)::uuid, 'exercises', 'g-' || n, 'completed', 'exercise',
    'exercise-' || (l * 7 + n * 13) % 1000, 'topic ' || (l + n) % 10, (ARRAY['easy', 'medium', 'hard'])[1 + n % 3],
    (l * 31 + n * 17) % 101 * 1000, 300, n % 3, 10, d.day + interval '9 hours' + n * interval '1 minute', d.day, 0,
    d.day + interval '1 day', 7, 0, n, md5($1::text || l)::uuid, d.day + interval '20 hours'
FROM generate_series($2::int, $3::int) l CROSS JOIN generate_series(0, $4::int - 1) n
CROSS JOIN LATERAL (SELECT $5::date - (l + n % $6::int * ($7::int / $6::int)) % $7::int AS day) d
"""
_ON_BOARDS = "INSERT INTO profiles (learner_id, boards) SELECT learner_id, true FROM learners"
_INVALIDATE = "UPDATE learners SET revision = revision + 1 WHERE learner_id = ANY($1::uuid[])"
_BYTES = """
SELECT relname, pg_total_relation_size(oid) FROM pg_class
WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND pg_total_relation_size(oid) > 1000000
ORDER BY 2 DESC
"""


@dataclass(slots=True)
class Growth:
    """What was measured with a number of learners: operations per second by name, and bytes an activity by table."""

    learners: int
    rates: dict[str, float] = field(default_factory=dict)
    bytes_each: dict[str, float] = field(default_factory=dict)


def measure(installed: Installation, learners: int, say: Callable[[str], None]) -> Growth:
    """Fill an installation and measure it."""
    settings, growth = installed.settings, Growth(learners)
    activities = learners * ACTIVITIES_EACH

    def timed(what: str, work: Callable[[], object]) -> float:
        started = perf_counter()
        work()
        took = perf_counter() - started
        say(f"{learners:>9,} learners: {took:9.1f} s  {what}")
        return took

    timed(f"{activities:,} activities generated", lambda: run(_generate(settings.database_url, learners)))
    took = timed("rebuilt", lambda: rebuild(settings, RebuildOptions(), lambda _line: None))
    growth.rates["rebuild, activities"] = activities / took
    timed("days of before written down", lambda: run(_sweep(installed)))
    timed("running totals taken", lambda: asyncio.run(take_totals(settings)))
    timed("on boards", lambda: run(_put_on_boards(installed)))
    run(vacuum(settings.database_url))
    sizes = run(with_connection(settings.database_url, lambda connection: connection.fetch(_BYTES)))
    growth.bytes_each = {name: size / activities for name, size in sizes}
    _measure_operations(installed, growth)
    for name, rate in growth.rates.items():
        say(f"{learners:>9,} learners: {rate:9,.0f}/s  {name}")
    return growth


async def _generate(url: str, learners: int) -> None:
    connection = await asyncpg.connect(url)
    for first in range(1, learners + 1, LEARNERS_AT_ONCE):
        last = min(learners, first + LEARNERS_AT_ONCE - 1)
        shape = (ACTIVITIES_EACH, yesterday() - timedelta(days=1), DAYS_EACH, SPAN_DAYS)
        await connection.execute(_LOG, LABEL, first, last, *shape)
    await connection.execute("VACUUM ANALYZE activities")
    await connection.close()


async def _put_on_boards(installed: Installation) -> None:
    await with_connection(installed.settings.database_url, lambda connection: connection.execute(_ON_BOARDS))
    patient = installed.settings.model_copy(update={"database_statement_timeout_seconds": 600.0})
    await asyncio.to_thread(rebuild, patient, RebuildOptions(only="boards"), lambda _line: None)


async def _sweep(installed: Installation) -> int:
    policy, days, more = load_policy(), 0, True
    async with open_database(installed.settings) as database:
        while more:
            async with database.write() as connection:
                swept = await snapshot_days_batch(connection, policy, datetime.now(UTC))
            days, more = days + swept.days, swept.more
    return days


def _measure_operations(installed: Installation, growth: Growth) -> None:
    token, draw = installed.token("bench", "service"), random.Random(LABEL)
    ids = database_rows.learner_ids(LABEL, growth.learners)
    rounds: dict[str, list[float]] = {}
    for number in range(ROUNDS + 1):
        chosen = draw.sample(ids, READERS)
        posted = [body(_batch(draw, ids, f"{number}-{batch}")) for batch in range(4)]
        alone = singles(f"{LABEL}-{number}", chosen, yesterday(), READERS)
        run(_invalidate(installed.settings.database_url, chosen))
        sides = {
            "intake in batches, activities": BATCH * _rate(installed, [_post(token, batch) for batch in posted], 2),
            "single posts": _rate(installed, [_post(token, one) for one in alone], CONNECTIONS),
            "overview, cold": _rate(installed, [_get(token, "/progress", one) for one in chosen], CONNECTIONS),
            "quick stats, cold": _rate(
                installed, [_get(token, "/analytics/quick-stats", one) for one in chosen], CONNECTIONS
            ),
            "top of a board": _rate(installed, [_get(token, "/leaderboards", one) for one in chosen], CONNECTIONS),
            "around a reader of a board": _rate(
                installed, [_get(token, "/leaderboards", one, "&around=me") for one in chosen], CONNECTIONS
            ),
        }
        started = perf_counter()
        swept = run(_sweep(installed))
        sides["a day's snapshots, learners"] = swept / (perf_counter() - started)
        if number:
            for name, rate in sides.items():
                rounds.setdefault(name, []).append(rate)
    growth.rates |= {name: statistics.median(rates) for name, rates in rounds.items()}


def _batch(draw: random.Random, ids: Sequence[str], label: str) -> list[dict[str, str | int | float]]:
    return [
        activity(draw, learner, f"{LABEL}-{label}-{number}", yesterday())
        for number, learner in enumerate(draw.sample(ids, BATCH))
    ]


def _post(token: str, content: bytes) -> bytes:
    return load.request("POST", "/api/activities", token, content)


def _get(token: str, path: str, learner: str, more: str = "") -> bytes:
    return load.request("GET", f"/api{path}?learner_id={learner}{more}", token)


def _rate(installed: Installation, requests: Sequence[bytes], connections: int) -> float:
    return load.run(installed.port, requests, connections, _SECONDS).check().rate


async def _invalidate(url: str, learners: Sequence[str]) -> None:
    """Cached answers of these learners are no longer valid."""
    ids = [UUID(learner) for learner in learners]
    await with_connection(url, lambda connection: connection.execute(_INVALIDATE, ids))


def table(measured: Sequence[Growth]) -> str:
    """Rates, and bytes an activity, by number of learners, as Markdown."""
    sizes = " | ".join(f"{growth.learners:,} learners" for growth in measured)
    lines = [f"| per second | {sizes} |", f"|---|{'--:|' * len(measured)}"]
    for name, first in measured[0].rates.items():
        rates = (f"{growth.rates[name]:,.0f} ({growth.rates[name] / first:.2f})" for growth in measured)
        lines.append(f"| {name} | {' | '.join(rates)} |")
    lines += ["", f"| bytes an activity | {sizes} |", f"|---|{'--:|' * len(measured)}"]
    for name in measured[-1].bytes_each:
        lines.append(f"| {name} | {' | '.join(f'{growth.bytes_each.get(name, 0):,.0f}' for growth in measured)} |")
    lines.append(f"| all | {' | '.join(f'{sum(growth.bytes_each.values()):,.0f}' for growth in measured)} |")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.growth", description=__doc__)
    parser.add_argument("--learners", type=int, action="append", help="repeatable (default 10,000 and 100,000)")
    parser.add_argument("--chart", type=Path, help="file of the chart (SVG)")
    parser.add_argument(
        "--data", type=Path, default=BACKEND.parent / "data", help="parent folder for the servers' files"
    )
    options = parser.parse_args()
    sizes = sorted(options.learners or (10_000, 100_000))
    if sizes[0] < BATCH:
        parser.error(f"--learners must be at least {BATCH}: so many are drawn for a batch")
    console = Console(soft_wrap=True, highlight=False)
    measured = []
    for learners in sizes:
        with installation(options.data) as installed:
            measured.append(measure(installed, learners, console.print))
    console.print(table(measured))
    if options.chart:
        options.chart.write_text(chart(sizes, [growth.rates for growth in measured]), encoding="utf-8")


if __name__ == "__main__":
    main()
