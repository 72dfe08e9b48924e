"""Catalogues of achievements as tests need them: small, and put in force at once."""

from collections.abc import Mapping
from datetime import UTC, datetime

import asyncpg

from milepost.rules.achievement_definitions import Definition
from milepost.rules.achievement_language import read_definitions
from milepost.services.achievements.backfill import backfill_some
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
                more = await backfill_some(connection, load_policy(), now, batch)
            rounds += 1
    finally:
        await connection.close()
    return rounds
