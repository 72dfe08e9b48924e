"""The past that learners have before single requests are measured: the same for the service and the naive one."""

import asyncio
import random
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import asyncpg

from bench.workload import BATCH, Activity, activity

ACTIVITIES_EACH = 150
DAYS = 50


def history(learners: Sequence[str], last_day: date) -> list[list[Activity]]:
    """150 activities of each learner on the 50 days up to `last_day`, in batches of 500, oldest first."""
    return past(learners, ACTIVITIES_EACH, DAYS, last_day)


def past(learners: Sequence[str], activities: int, on_days: int, last_day: date) -> list[list[Activity]]:
    """So many activities of each learner on so many days up to `last_day`, in batches of 500, oldest first."""
    draw = random.Random("history")
    days = [last_day - timedelta(days=on_days - 1 - n * on_days // activities) for n in range(activities)]
    everything = [
        activity(draw, learner, f"past-{number}", day) for number, day in enumerate(days) for learner in learners
    ]
    return [everything[start : start + BATCH] for start in range(0, len(everything), BATCH)]


async def _fill(database_url: str, past: Sequence[Sequence[Activity]]) -> None:
    names = ("learner_id", "id", "verb", "object_type", "topic", "value", "duration_seconds", "hints_used")
    rows = [
        (*(one[name] for name in names), datetime.fromisoformat(str(one["occurred_at"])))
        for batch in past
        for one in batch
    ]
    connection = await asyncpg.connect(database_url)
    try:
        await connection.copy_records_to_table("done", records=rows, columns=[*names, "occurred_at"])
        await connection.execute("ANALYZE done")
    finally:
        await connection.close()


def fill_naive(database_url: str, past: Sequence[Sequence[Activity]]) -> None:
    """Put the same past into the naive service's table. Must not run in a loop."""
    asyncio.run(_fill(database_url, past))
