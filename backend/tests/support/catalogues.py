"""Small achievement catalogues for tests: written, as values, or put in force at once."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal

import asyncpg

from milepost.rules.achievements.catalogue import Catalogue
from milepost.rules.achievements.definitions import Condition, Definition, Rule, State
from milepost.rules.achievements.parser import read_definitions
from milepost.services.achievements.backfill import backfill_achievements_batch
from milepost.services.achievements.catalogue import CatalogueChange, sync_catalogue
from milepost.settings import load_policy

_NOW = datetime(2026, 1, 1, tzinfo=UTC)


def entry(code: str, rule: Mapping[str, object], **fields: object) -> dict[str, object]:
    """A definition as in a catalogue file; `fields` replace or add."""
    texts = {"title": f"Title of {code}", "description": f"What {code} takes.", "category": "test", "icon": "check"}
    return {"code": code, **texts, "tier": "bronze", "points": 10, "rule": rule, **fields}


def condition(metric: str, at_least: object, **filters: object) -> dict[str, object]:
    """A condition; `filters` are its `where`."""
    return {"metric": metric, "at_least": at_least} | ({"where": filters} if filters else {})


def definitions_of(*entries: Mapping[str, object]) -> tuple[Definition, ...]:
    """The definitions of these entries; asserts that they have no fault."""
    parsed = read_definitions(entries, [level.name for level in load_policy().skills.levels])
    assert not parsed.faults, parsed.faults
    return parsed.definitions


async def put_in_force(database_url: str, *entries: Mapping[str, object], now: datetime = _NOW) -> CatalogueChange:
    """Make these entries the catalogue, like a sync of a file that holds them."""
    connection = await asyncpg.connect(database_url)
    try:
        async with connection.transaction():
            return await sync_catalogue(connection, definitions_of(*entries), load_policy(), now)
    finally:
        await connection.close()


async def run_backfill(database_url: str, now: datetime, batch: int = 500) -> int:
    """Run the backfill to its end; return the number of transactions."""
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


DAY_SUM_ENTRIES = (
    entry("activities", condition("activities", 7)),
    entry("exercises", condition("exercises_completed", 3)),
    entry("points", condition("points", 40)),
    entry("minutes", condition("minutes", 60)),
    entry("perfect", condition("perfect_grades", 2)),
    entry("no-hint", condition("no_hint_exercises", 2)),
    entry("topics", condition("topics_practised", 3)),
    entry("days", condition("active_days", 5)),
    entry("streak", condition("streak", 3)),
    entry("quiz-activities", condition("activities", 2, object_type="quiz")),
    entry("quiz-days", condition("active_days", 2, object_type="quiz")),
    entry("loops-minutes", condition("minutes", 2, topic="loops")),
    entry("loops-perfect", condition("perfect_grades", 1, topic="loops", verb="completed")),
    entry("all", {"all": [condition("exercises_completed", 2), condition("active_days", 2, object_type="quiz")]}),
    entry("any", {"any": [condition("streak", 6), condition("points", 90, object_type="exercise")]}),
)
"""One achievement of each kind that depends on day sums, with thresholds that short histories reach."""


def achievement(
    code: str, *parts: Condition, needs: Literal["all", "any"] = "all", state: State = "active"
) -> Definition:
    """An active definition with these conditions, by the code alone."""
    return Definition(code, code, code, "test", "bronze", 10, "check", Rule(needs, parts), state=state)


def catalogue(*definitions: Definition) -> Catalogue:
    """A catalogue that gives the definitions bits 0, 1, 2 … in this order."""
    return Catalogue([(definition, bit) for bit, definition in enumerate(definitions)])
