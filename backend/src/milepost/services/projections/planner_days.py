"""Planner days: rebuilt in the commit of a write for the days it touched, or for all days of a learner.

The caller holds the learners' locks and raises their revision. `rules/planner/planner_days.py` computes a day's sums.
"""

from collections.abc import Collection, Iterable
from datetime import date, datetime
from uuid import UUID

from milepost.db.connection import Reading, Record, Writing
from milepost.db.tables import PLANNER_SUMS
from milepost.queries.learners.facts import learner_facts
from milepost.queries.planner.planner_days import days_with_plans, planner_days_from_plans
from milepost.rules.days.calendar import ZoneHistory
from milepost.rules.planner.planner_days import ALL, PlannerSums
from milepost.services.projections.declaration import Comparison, Difference, Refill, differing_fields

# A day has a row for each category, and rows are sent to the database in one piece.
_DAYS_AT_A_TIME = 31
_COUNTED_BY_GOALS = "category = '' AND (scheduled_minutes > 0 OR completed_n > 0)"
_DELETE = f"""
WITH deleted AS (DELETE FROM planner_days WHERE learner_id = $1 AND day = ANY($2::date[]) RETURNING *)
SELECT day FROM deleted WHERE {_COUNTED_BY_GOALS}
"""
_SUMS = ", ".join(PLANNER_SUMS)
_KEEP = f"""
INSERT INTO planner_days (learner_id, day, category, {_SUMS})
SELECT $1, u.* FROM unnest($2::date[], $3::text[], {", ".join(f"${n}::int[]" for n in range(4, 4 + len(PLANNER_SUMS)))})
    AS u(day, category, {_SUMS})
"""
_KEPT = f"SELECT day, category, {_SUMS} FROM planner_days WHERE learner_id = $1"
_KEPT_ON = f"{_KEPT} AND day = ANY($2::date[])"


async def recompute(connection: Writing, learner_id: UUID, zones: ZoneHistory, days: Iterable[date]) -> set[date]:
    """Rebuild these planner days from the current tasks and focus slots, some days at a time.

    Returns those with something that goals count, before or now: not the many that have only focus slots or due tasks.
    """
    ordered = sorted(set(days))
    counted = set()
    for first in range(0, len(ordered), _DAYS_AT_A_TIME):
        part = ordered[first : first + _DAYS_AT_A_TIME]
        rows = await planner_days_from_plans(connection, learner_id, zones, part)
        counted |= {day for (day,) in await connection.fetch(_DELETE, learner_id, part)}
        if rows:
            keys, sums = zip(*rows.keys(), strict=True), zip(*rows.values(), strict=True)
            await connection.execute(_KEEP, learner_id, *map(list, keys), *map(list, sums))
        counted |= {day for (day, category), row in rows.items() if category == ALL and row.counts_for_goals}
    return counted


async def replan(
    connection: Writing,
    learner_id: UUID,
    zones: ZoneHistory,
    since: datetime | None = None,
    first_day: date = date.min,
) -> set[date]:
    """Rebuild all planner days of a learner, or those from `first_day` on that anything after `since` can touch.

    Returns those with something that goals count, before or now.
    """
    return await recompute(
        connection, learner_id, zones, await days_with_plans(connection, learner_id, since, first_day)
    )


async def refill_planner_days(refill: Refill) -> None:
    """Rebuild all planner days of the learners, one learner after the other."""
    facts = await learner_facts(refill.connection, refill.learners, refill.policy)
    for learner_id, known in facts.items():
        await replan(refill.connection, learner_id, known.zones)


async def differing_planner_days(comparison: Comparison) -> list[Difference]:
    """Planner days that tasks and focus slots do not give."""
    differences = []
    facts = await learner_facts(comparison.connection, comparison.learners, comparison.policy)
    for learner_id, known in facts.items():
        all_stored, all_due = await stored_and_due(comparison.connection, learner_id, known.zones)
        for day, category in sorted({*all_stored, *all_due}):
            stored, by_plans = _named(all_stored.get((day, category))), _named(all_due.get((day, category)))
            key: dict[str, object] = {"day": day.isoformat(), "category": category}
            differences += differing_fields("planner_days", learner_id, key, stored, by_plans)
    return differences


async def stored_on(
    connection: Reading, learner_id: UUID, days: Collection[date]
) -> dict[tuple[date, str], PlannerSums]:
    """These planner days of a learner, as stored."""
    return _by_day(await connection.fetch(_KEPT_ON, learner_id, sorted(days)))


async def stored_and_due(
    connection: Reading, learner_id: UUID, zones: ZoneHistory
) -> tuple[dict[tuple[date, str], PlannerSums], dict[tuple[date, str], PlannerSums]]:
    """A learner's planner days as stored, and as tasks and focus slots give them."""
    kept = _by_day(await connection.fetch(_KEPT, learner_id))
    return kept, await planner_days_from_plans(
        connection, learner_id, zones, await days_with_plans(connection, learner_id)
    )


def _by_day(rows: Iterable[Record]) -> dict[tuple[date, str], PlannerSums]:
    return {(day, category): PlannerSums(*sums) for day, category, *sums in rows}


def _named(sums: PlannerSums | None) -> dict[str, object] | None:
    return None if sums is None else dict(zip(PLANNER_SUMS, sums, strict=True))
