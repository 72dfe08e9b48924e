"""A database written by the earliest intake and upgraded: its activities count as if they were recorded now."""

import asyncio
import json
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest

from integration.mastery.old_records import as_an_old_version
from milepost.api.activities.schemas import ActivityIn
from milepost.db.migrations import upgrade
from milepost.jobs.sweeps import publish_eases, reassign_days_ahead
from milepost.queries.spaces.spaces import composite_goals_of, spaces_of
from milepost.resources import Resources, open_resources
from milepost.rules.learners import learner_uuid
from milepost.services.activities.outcome import Sender, SentActivity
from milepost.services.progress import ProgressService
from milepost.services.rebuild import check, rebuild
from milepost.settings import Settings
from oracles.stored_state import canonical
from support.builders import ISSUER
from support.clock import AdjustableClock

# The dump holds what the code of that revision wrote for these steps.
FIXTURES = Path(__file__).parents[2] / "fixtures"
RECORDED: dict[str, Any] = json.loads((FIXTURES / "earliest_intake.json").read_text("utf-8"))
NOW = datetime.fromisoformat(RECORDED["now"])
LEARNERS = sorted({learner_uuid(ISSUER, step["learner"]) for step in RECORDED["steps"]})


@pytest.fixture
def old_url(empty_url: str) -> str:
    """A database at the revision of the dump."""
    _upgrade(empty_url, "20261121_intake")
    return empty_url


def _upgrade(url: str, revision: str) -> None:
    with ThreadPoolExecutor(1) as thread:
        thread.submit(upgrade, url, revision).result()


@pytest.fixture
async def recorded_now(settings: Settings) -> AsyncIterator[Resources]:
    """The current service after the same steps, by the policy of then: what learners reported earned points."""
    resources = await open_resources(settings, AdjustableClock(NOW))
    activities = resources.policy.activities
    kinds = tuple(replace(kind, learner_points=kind.points) for kind in activities.kinds)
    then = replace(resources.policy, activities=replace(activities, kinds=kinds))
    progress = ProgressService(resources.database, resources.intake, then, resources.metrics)
    for step in RECORDED["steps"]:
        await _record_step(progress, step)
    yield resources
    await resources.close()


async def _record_step(progress: ProgressService, step: dict[str, Any]) -> None:
    learner_id, sender = learner_uuid(ISSUER, step["learner"]), step["sender"]
    if "void" in step:
        await progress.void(learner_id, sender, step["void"], "service", NOW)
        return
    sent = [
        SentActivity(learner_id, raw["id"], ActivityIn.model_validate_json(orjson.dumps(raw)).activity())
        for raw in step["activities"]
    ]
    role = Sender(sender, "learner" if sender == "learner" else "service", step.get("zone"))
    answer = await progress.record(role, sent, NOW)
    assert {outcome.status for outcome in answer.outcomes} <= {"accepted", "duplicate"}


async def _everything(resources: Resources) -> list[Any]:
    async with resources.database.pools.intake.acquire() as connection:
        states = [await canonical(connection, learner_id) for learner_id in LEARNERS]
        return [*states, await spaces_of(connection, LEARNERS), await composite_goals_of(connection, LEARNERS)]


async def _forget_typical(resources: Resources) -> None:
    """Let the job bring up the grades that intake recorded, as it does those of an earlier version."""
    async with resources.database.pools.intake.acquire() as connection:
        await as_an_old_version(connection)
        await connection.execute("UPDATE ease_state SET is_deciding = FALSE, revision = revision + 1")


async def _differing(resources: Resources) -> set[str]:
    """The tables that differ from what the log gives."""
    return {
        difference.table
        async for progress in check.check(resources.database, resources.policy)
        for difference in progress.differences
    }


async def test_a_database_of_the_earliest_intake_upgraded_and_rebuilt_equals_one_built_now(
    old_url: str, recorded_now: Resources, settings: Settings
) -> None:
    connection = await asyncpg.connect(old_url)
    await connection.execute((FIXTURES / "earliest_intake.sql").read_text("utf-8"))
    await connection.close()
    await asyncio.to_thread(_upgrade, old_url, "head")
    resources = await open_resources(settings.model_copy(update={"database_url": old_url}), AdjustableClock(NOW))
    try:
        new_tables = {"space_metrics", "space_tasks", "milestone_reaches"}
        assert new_tables <= await _differing(resources)
        # Each projection added or widened since can also be rebuilt by its name.
        new_tables |= {"activity_days", "learners"}
        assert new_tables <= await _differing(resources)
        for name in ("spaces", "space_tasks", "milestones", "days", "totals"):
            async for _progress in rebuild.rebuild(resources.database, resources.policy, NOW, name):
                pass
        assert not new_tables & await _differing(resources)
        async for _progress in rebuild.rebuild(resources.database, resources.policy, NOW):
            pass
        await reassign_days_ahead(resources)
        await _forget_typical(recorded_now)
        for either in (resources, recorded_now):
            await publish_eases(either)
            assert await _differing(either) == set()
        rebuilt, expected = await _everything(resources), await _everything(recorded_now)
        assert rebuilt == expected
        assert len(expected[-2]) == 6, "there are spaces to compare"
        assert sum(state["learner"]["milestones_reached"] for state in expected[:-2]) > 1
    finally:
        await resources.close()
