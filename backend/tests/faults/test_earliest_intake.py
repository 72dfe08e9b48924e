"""A database as the earliest intake made it, brought up to here: what was told then counts as if it were told now."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest

from milepost.api.activities.schemas import ActivityIn
from milepost.db.migrations import upgrade
from milepost.embedded.postgres import PostgresServer
from milepost.queries.spaces.spaces import composite_goals_of, spaces_of
from milepost.resources import Resources, open_resources
from milepost.rules.learners import learner_uuid
from milepost.services.activities.outcome import Sender, SentActivity
from milepost.services.rebuild import check, rebuild
from milepost.settings import Settings
from oracles.stored_state import canonical
from support.builders import ISSUER
from support.clock import AdjustableClock

# The dump is what the code of that revision wrote when it was told these steps.
FIXTURES = Path(__file__).parents[1] / "fixtures"
TOLD: dict[str, Any] = json.loads((FIXTURES / "earliest_intake.json").read_text("utf-8"))
NOW = datetime.fromisoformat(TOLD["now"])
LEARNERS = sorted({learner_uuid(ISSUER, step["learner"]) for step in TOLD["steps"]})


@pytest.fixture
def old_url(postgres: PostgresServer) -> Iterator[str]:
    """The dump, at its own revision."""
    name = "test_earliest_intake"
    postgres.execute(f"CREATE DATABASE {name}")
    try:
        _upgrade(postgres.url(name), "20261121_intake")
        yield postgres.url(name)
    finally:
        postgres.execute(f"DROP DATABASE {name} WITH (FORCE)")


def _upgrade(url: str, revision: str) -> None:
    with ThreadPoolExecutor(1) as thread:
        thread.submit(upgrade, url, revision).result()


@pytest.fixture
async def now_told(settings: Settings) -> AsyncIterator[Resources]:
    """The service, told the same today."""
    held = await open_resources(settings, AdjustableClock(NOW))
    for step in TOLD["steps"]:
        await _tell(held, step)
    yield held
    await held.close()


async def _tell(held: Resources, step: dict[str, Any]) -> None:
    learner_id, sender = learner_uuid(ISSUER, step["learner"]), step["sender"]
    if "void" in step:
        await held.progress.void(learner_id, sender, step["void"], "service", NOW)
        return
    sent = [
        SentActivity(learner_id, raw["id"], ActivityIn.model_validate_json(orjson.dumps(raw)).activity())
        for raw in step["activities"]
    ]
    role = Sender(sender, "learner" if sender == "learner" else "service", step.get("zone"))
    answer = await held.progress.record(role, sent, NOW)
    assert {outcome.status for outcome in answer.outcomes} <= {"accepted", "duplicate"}


async def _everything(held: Resources) -> list[Any]:
    async with held.database.pools.intake.acquire() as connection:
        kept = [await canonical(connection, learner_id) for learner_id in LEARNERS]
        return [*kept, await spaces_of(connection, LEARNERS), await composite_goals_of(connection, LEARNERS)]


async def _differing(held: Resources) -> set[str]:
    """The tables that do not hold what the log gives."""
    return {
        difference.table
        async for progress in check.check(held.database, held.policy)
        for difference in progress.differences
    }


async def test_a_database_of_the_earliest_intake_upgraded_and_rebuilt_equals_one_built_now(
    old_url: str, now_told: Resources, settings: Settings
) -> None:
    connection = await asyncpg.connect(old_url)
    await connection.execute((FIXTURES / "earliest_intake.sql").read_text("utf-8"))
    await connection.close()
    await asyncio.to_thread(_upgrade, old_url, "head")
    held = await open_resources(settings.model_copy(update={"database_url": old_url}), AdjustableClock(NOW))
    try:
        missing = {"space_metrics", "space_tasks", "milestone_reaches"}
        assert missing <= await _differing(held)
        # Each projection that has come since is filled by its own name, too.
        for name in ("spaces", "space_tasks", "milestones"):
            async for _progress in rebuild.rebuild(held.database, held.policy, NOW, name):
                pass
        assert not missing & await _differing(held)
        async for _progress in rebuild.rebuild(held.database, held.policy, NOW):
            pass
        assert await _differing(held) == set()
        found, expected = await _everything(held), await _everything(now_told)
        assert found == expected
        assert len(expected[-2]) == 6, "there are spaces to compare"
        assert sum(one["learner"]["milestones_reached"] for one in expected[:-2]) > 1
    finally:
        await held.close()
