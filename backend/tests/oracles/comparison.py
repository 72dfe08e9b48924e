"""Compares the service's projections with the naive oracle, and with a rebuild from its log."""

import asyncio
import tomllib
from collections.abc import Coroutine, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, TypeVar

import asyncpg
import orjson

from milepost.db.learner_row import lock_learners
from milepost.rules.learners import learner_uuid
from milepost.services.projections.refill import rebuild_learners
from milepost.settings import config_dir, load_policy
from oracles import oracle
from oracles.stored_state import canonical
from support.builders import ISSUER

POLICY = tomllib.loads((config_dir() / "policy.toml").read_text("utf-8"))
T = TypeVar("T")


def run_apart(work: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine in its own thread, for tests that are plain functions."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, work).result()


def assert_counted(
    database_url: str, activities_by_learner: Mapping[str, Sequence[Mapping[str, Any]]], zone: str = "UTC"
) -> None:
    """Assert that each learner's projections count each of its activities once, and that a rebuild changes nothing."""
    run_apart(_assert_counted(database_url, activities_by_learner, zone))


def stored_ids(database_url: str, learners: Sequence[str]) -> set[str]:
    """The ids in the log of these learners; asserts that none occurs twice."""
    rows = run_apart(_fetch(database_url, _IDS, [learner_uuid(ISSUER, learner) for learner in learners]))
    ids = [row["id"] for row in rows]
    assert len(ids) == len(set(ids))
    return set(ids)


def projections(database_url: str, learner: str) -> dict[str, Any]:
    """Everything stored of a learner, except what depends on the order of arrival."""

    async def read() -> dict[str, Any]:
        connection = await asyncpg.connect(database_url)
        try:
            return await canonical(connection, learner_uuid(ISSUER, learner))
        finally:
            await connection.close()

    return run_apart(read())


def told_unlocks(database_url: str, learner: str) -> list[str]:
    """The codes of every notice of an unlocked achievement, in the order of commits."""
    rows = run_apart(_fetch(database_url, _NOTICES, learner_uuid(ISSUER, learner)))
    bodies = [orjson.loads(row["body"]) for row in rows]
    return [achievement["code"] for body in bodies for achievement in body.get("achievements", [body])]


_NOTICES = """
SELECT body FROM notices WHERE learner_id = $1 AND (kind = 'achievement_unlocked' OR body ? 'achievements')
ORDER BY revision, n
"""
_IDS = "SELECT id FROM activities WHERE learner_id = ANY($1::uuid[])"


async def _fetch(database_url: str, statement: str, *arguments: object) -> list[asyncpg.Record]:
    connection = await asyncpg.connect(database_url)
    try:
        rows: list[asyncpg.Record] = await connection.fetch(statement, *arguments)
        return rows
    finally:
        await connection.close()


async def _assert_counted(
    database_url: str, activities_by_learner: Mapping[str, Sequence[Mapping[str, Any]]], zone: str
) -> None:
    connection = await asyncpg.connect(database_url)
    try:
        for learner, activities in activities_by_learner.items():
            learner_id = learner_uuid(ISSUER, learner)
            stored = await canonical(connection, learner_id)
            for part, values in oracle.expected(activities, zone, POLICY).items():
                assert _comparable(stored[part]) == values, f"{learner}: {part}"
            async with connection.transaction():
                await lock_learners(connection, [learner_id])
                await rebuild_learners(connection, [learner_id], load_policy(), datetime.now(UTC))
            assert await canonical(connection, learner_id) == stored, f"{learner}: rebuilt"
    finally:
        await connection.close()


def _comparable(part: dict[Any, Any]) -> dict[Any, Any]:
    """Without `last_day`, which the oracle does not have."""
    return {
        key: {name: value for name, value in row.items() if name != "last_day"} if isinstance(row, dict) else row
        for key, row in part.items()
    }
