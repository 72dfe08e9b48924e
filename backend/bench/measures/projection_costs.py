"""The share of each projection in P1: its rows of one batch are written again, alone, and rolled back."""

import asyncio
from collections.abc import Sequence
from datetime import date
from statistics import median
from time import perf_counter
from uuid import UUID

from milepost.db.database import open_database
from milepost.db.log.projections import SUMMED, SummedProjection
from milepost.settings import Settings

_TIMES = 7
_DAY_OF = {
    "activity_days": "local_day",
    "activity_cells": "local_day",
    "skill_levels": "last_day",
    "learners": "last_day",
}


def _rewrite(projection: SummedProjection) -> str:
    sets = ", ".join(f"{name} = excluded.{name}" for name in projection.columns)
    return f"""
    INSERT INTO {projection.table} ({projection.listed}) SELECT {projection.listed} FROM {projection.table}
    WHERE learner_id = ANY($1::uuid[]) AND {_DAY_OF[projection.table]} = $2 ORDER BY {", ".join(projection.key)}
    ON CONFLICT ({", ".join(projection.key)}) DO UPDATE SET {sets}
    """


async def _costs(settings: Settings, learners: Sequence[str], day: date, activities: int) -> dict[str, float]:
    """Microseconds per activity by table, over a connection as intake has it.

    With other planner settings PostgreSQL would read whole tables to find the rows of one day.
    """
    async with open_database(settings) as database, database.pools.intake.acquire() as connection:
        costs = {}
        for projection in SUMMED:
            if projection.table not in _DAY_OF:
                continue
            samples = []
            for _ in range(_TIMES):
                transaction = connection.transaction()
                await transaction.start()
                started = perf_counter()
                await connection.execute(_rewrite(projection), [UUID(learner) for learner in learners], day)
                samples.append((perf_counter() - started) * 1e6 / activities)
                await transaction.rollback()
            costs[projection.table] = median(samples)
        return costs


def cost_line(settings: Settings, learners: Sequence[str], day: date, activities: int, rate: float) -> str:
    """One line for people: microseconds per activity of each projection, and of all of P1 at `rate`.

    The batch has `activities` activities of these learners on `day`.
    """
    costs = asyncio.run(_costs(settings, learners, day, activities))
    parts = ", ".join(f"{table} {micros:.1f}" for table, micros in costs.items())
    return f"P1 projections, in µs per activity (all of P1: {1e6 / rate:.0f}): {parts}"
