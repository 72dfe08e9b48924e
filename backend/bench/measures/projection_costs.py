"""What each projection costs of P1: its rows of one batch, written once more, alone, in a transaction given up."""

import asyncio
from collections.abc import Sequence
from datetime import date
from statistics import median
from time import perf_counter
from uuid import UUID

from milepost.db.database import open_database
from milepost.db.log.projections import SUMMED, Projection
from milepost.settings import Settings

_TIMES = 7
_DAY_OF = {
    "activity_days": "local_day",
    "activity_cells": "local_day",
    "skill_levels": "last_day",
    "learners": "last_day",
}


def _rewrite(projection: Projection) -> str:
    sets = ", ".join(f"{name} = excluded.{name}" for name in projection.columns)
    return f"""
    INSERT INTO {projection.table} ({projection.listed}) SELECT {projection.listed} FROM {projection.table}
    WHERE learner_id = ANY($1::uuid[]) AND {_DAY_OF[projection.table]} = $2 ORDER BY {", ".join(projection.key)}
    ON CONFLICT ({", ".join(projection.key)}) DO UPDATE SET {sets}
    """


async def _costs(settings: Settings, learners: Sequence[str], day: date, activities: int) -> dict[str, float]:
    """Over a connection as intake has it: planned otherwise, whole tables would be read to find the rows of one day."""
    async with open_database(settings) as database, database.pools.intake.acquire() as connection:
        costs = {}
        for projection in SUMMED:
            if projection.table not in _DAY_OF:
                continue
            taken = []
            for _ in range(_TIMES):
                transaction = connection.transaction()
                await transaction.start()
                started = perf_counter()
                await connection.execute(_rewrite(projection), [UUID(one) for one in learners], day)
                taken.append((perf_counter() - started) * 1e6 / activities)
                await transaction.rollback()
            costs[projection.table] = median(taken)
        return costs


def told(settings: Settings, learners: Sequence[str], day: date, activities: int, rate: float) -> str:
    """A line: microseconds of each projection an activity, of a batch of `activities` of these learners on `day`."""
    costs = asyncio.run(_costs(settings, learners, day, activities))
    parts = ", ".join(f"{table} {micros:.1f}" for table, micros in costs.items())
    return f"P1 projections, in µs an activity (all of P1: {1e6 / rate:.0f}): {parts}"
