"""`python -m bench.rebuild_check`: rebuilds a large log and compares the result with it, field by field.

First, files of real records are replayed over HTTP, and what intake counted is compared with the log. Then generated
rows are copied into the log, everything is rebuilt, the jobs take snapshots and running totals, and everything is
compared again. Exits with 1 if anything differs.
"""

import argparse
import asyncio
import random
import sys
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from pathlib import Path
from time import perf_counter
from uuid import UUID

import asyncpg
import httpx
from rich.console import Console

from bench.fixtures.running_totals import take_totals
from bench.fixtures.workload import DIFFICULTIES, TOPICS, learner_ids
from bench.harness.servers import BACKEND, Installation, installation
from bench.replay.client import post_all, read
from milepost.commands.rebuild import RebuildOptions, rebuild
from milepost.db.database import open_database
from milepost.rules.activities import EXERCISE, GRADED, STREAK
from milepost.services.history.snapshots import snapshot_days_batch
from milepost.settings import Settings, load_policy

ACTIVITIES_EACH = 500
FIRST_DAY = date(2024, 1, 1)
DAYS = 700
_BATCH = 20_000
_COLUMNS = (
    *("learner_id", "sender", "id", "verb", "object_type", "object_id", "topic", "difficulty", "value_milli"),
    *("duration_seconds", "hints_used", "points", "occurred_at", "local_day", "utc_offset_minutes", "day_ends_at"),
    *("counts", "not_counted", "sent_fields", "content_hash", "commit_id", "received_at", "voided_at"),
)


def rows(activities: int) -> Iterator[tuple[object, ...]]:
    """Generated rows of the log as intake would store them: exercises and sessions, some voided, some repeated."""
    draw = random.Random("rebuilt")
    learners = [UUID(learner) for learner in learner_ids("rebuilt", -(-activities // ACTIVITIES_EACH))]
    for number in range(activities):
        day = FIRST_DAY + timedelta(days=draw.randrange(DAYS))
        start = datetime.combine(day, time(), UTC)
        occurred_at = start + timedelta(seconds=draw.randrange(86_400))
        is_exercise = draw.random() < 0.8
        value = draw.choice((None, 100_000, draw.randrange(100_001))) if is_exercise else None
        counts = STREAK | (EXERCISE if is_exercise else 0) | (GRADED if value is not None else 0)
        voided_at = occurred_at + timedelta(days=1) if draw.random() < 0.02 else None
        yield (
            *(learners[number % len(learners)], "generated", f"g-{number}"),
            *(("completed", "exercise") if is_exercise else ("practised", "session")),
            *(f"object-{draw.randrange(5_000)}", draw.choice(TOPICS), draw.choice(DIFFICULTIES), value),
            *(draw.choice((None, draw.randrange(3_600))), draw.choice((None, 0, 1, 2)), 10 if is_exercise else 1),
            *(occurred_at, day, 0, start + timedelta(days=1), counts),
            *("repeated" if draw.random() < 0.03 else None, 0, number, UUID(int=number), occurred_at, voided_at),
        )


async def _copy(url: str, activities: int) -> None:
    connection = await asyncpg.connect(url)
    generated = rows(activities)
    while batch := list(islice(generated, _BATCH)):
        await connection.copy_records_to_table("activities", records=batch, columns=list(_COLUMNS))
    await connection.execute("ANALYZE activities")
    await connection.close()


async def _sweep(settings: Settings) -> int:
    policy, days, more = load_policy(), 0, True
    async with open_database(settings) as database:
        while more:
            async with database.write() as connection:
                swept = await snapshot_days_batch(connection, policy, datetime.now(UTC))
            days, more = days + swept.days, swept.more
    return days


async def _replay(installed: Installation, file: Path) -> int:
    activities = read(file)
    headers = {"Authorization": f"Bearer {installed.token('replay', 'service')}"}
    url = f"http://127.0.0.1:{installed.port}"
    async with httpx.AsyncClient(base_url=url, headers=headers, timeout=60.0) as client:
        tally = await post_all(client, activities, lambda _count: None)
    return tally.statuses["accepted"]


def measure(installed: Installation, files: list[Path], activities: int, console: Console) -> int:
    """Run every step and return the number of differences."""

    def say(line: str) -> None:
        console.print(line, highlight=False, soft_wrap=True)

    started = perf_counter()

    def log_step(what: str) -> None:
        nonlocal started
        say(f"{perf_counter() - started:8.1f} s  {what}")
        started = perf_counter()

    for file in files:
        log_step(f"{asyncio.run(_replay(installed, file)):,} activities of {file.name} replayed over HTTP")
    settings = installed.settings
    log_step(f"running totals of {asyncio.run(take_totals(settings)):,} learners taken")
    differences = rebuild(settings, RebuildOptions(check=True), say)
    log_step("compared with the log as intake counted them")
    asyncio.run(_copy(settings.database_url, activities))
    log_step(f"{activities:,} activities copied into the log")
    rebuild(settings, RebuildOptions(), say)
    log_step("rebuilt")
    log_step(f"{asyncio.run(_sweep(settings)):,} snapshots taken")
    log_step(f"running totals of {asyncio.run(take_totals(settings)):,} learners taken")
    differences += rebuild(settings, RebuildOptions(check=True), say)
    log_step("compared after the rebuild")
    say(f"{differences} differences in total.")
    return differences


def main() -> None:
    parser = argparse.ArgumentParser(prog="bench.rebuild_check", description=__doc__)
    parser.add_argument("files", nargs="*", type=Path, help="files of real records, as scripts/replay takes them")
    parser.add_argument("--activities", type=int, default=1_000_000, help="rows to generate (default 1,000,000)")
    parser.add_argument(
        "--data", type=Path, default=BACKEND.parent / "data", help="parent folder for the servers' files"
    )
    options = parser.parse_args()
    if options.activities < 1:
        parser.error("--activities must be at least 1")
    with installation(options.data) as installed:
        sys.exit(1 if measure(installed, options.files, options.activities, Console()) else 0)


if __name__ == "__main__":
    main()
