"""Catalogues of achievements as tests need them: small, and put in force at once."""

from collections.abc import Mapping
from datetime import UTC, datetime

import asyncpg

from milepost.rules.achievements.definitions import Definition
from milepost.rules.achievements.parser import read_definitions
from milepost.services.achievements.backfill import backfill_achievements_batch
from milepost.services.achievements.catalogue import CatalogueChange, sync_catalogue
from milepost.settings import load_policy

_NOW = datetime(2026, 1, 1, tzinfo=UTC)


def entry(code: str, rule: Mapping[str, object], **fields: object) -> dict[str, object]:
    """A definition as a file has it; `fields` replace or add."""
    words = {"title": f"Title of {code}", "description": f"What {code} takes.", "category": "test", "icon": "check"}
    return {"code": code, **words, "tier": "bronze", "points": 10, "rule": rule, **fields}


def counted(metric: str, at_least: object, **filters: object) -> dict[str, object]:
    """A condition; `filters` are its `where`."""
    return {"metric": metric, "at_least": at_least} | ({"where": filters} if filters else {})


def read(*entries: Mapping[str, object]) -> tuple[Definition, ...]:
    """The definitions of entries that have no fault."""
    found = read_definitions(entries, [level.name for level in load_policy().skills.levels])
    assert not found.faults, found.faults
    return found.definitions


async def put_in_force(database_url: str, *entries: Mapping[str, object], now: datetime = _NOW) -> CatalogueChange:
    """Make these the catalogue, as a file of them would."""
    connection = await asyncpg.connect(database_url)
    try:
        async with connection.transaction():
            return await sync_catalogue(connection, read(*entries), load_policy(), now)
    finally:
        await connection.close()


async def look_at_everybody(database_url: str, now: datetime, batch: int = 500) -> int:
    """Run the backfill to its end; in how many transactions."""
    connection = await asyncpg.connect(database_url)
    rounds, more = 0, True
    try:
        while more:
            async with connection.transaction():
                more = await backfill_achievements_batch(connection, load_policy(), now, batch)
            rounds += 1
    finally:
        await connection.close()
    return rounds


LAW = (
    entry("activities", counted("activities", 7)),
    entry("exercises", counted("exercises_completed", 3)),
    entry("points", counted("points", 40)),
    entry("minutes", counted("minutes", 60)),
    entry("perfect", counted("perfect_grades", 2)),
    entry("no-hint", counted("no_hint_exercises", 2)),
    entry("topics", counted("topics_practised", 3)),
    entry("days", counted("active_days", 5)),
    entry("streak", counted("streak", 3)),
    entry("quiz-activities", counted("activities", 2, object_type="quiz")),
    entry("quiz-days", counted("active_days", 2, object_type="quiz")),
    entry("loops-minutes", counted("minutes", 2, topic="loops")),
    entry("loops-perfect", counted("perfect_grades", 1, topic="loops", verb="completed")),
    entry("all", {"all": [counted("exercises_completed", 2), counted("active_days", 2, object_type="quiz")]}),
    entry("any", {"any": [counted("streak", 6), counted("points", 90, object_type="exercise")]}),
)
"""One of each kind that follows from the sums of days, with thresholds that short histories reach."""
