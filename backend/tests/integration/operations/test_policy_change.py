"""A policy change is applied to every learner, in batches, and can be interrupted."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from milepost.resources import Resources, open_resources
from milepost.rules.activities import Activity
from milepost.rules.policy import LevelThreshold, Policy
from milepost.services.activities.outcome import Sender, SentActivity
from milepost.services.projections.policy_change import apply_policy_batch
from milepost.settings import Settings
from oracles.stored_state import canonical
from support.clock import AdjustableClock

NOW = datetime(2026, 4, 20, 18, 30, tzinfo=UTC)
SERVICE = Sender("exercises", "service")


@pytest.fixture(scope="module")
async def service(settings: Settings) -> AsyncIterator[Resources]:
    opened = await open_resources(settings, AdjustableClock(NOW))
    yield opened
    await opened.close()


@pytest.fixture(scope="module")
async def learners(service: Resources) -> list[UUID]:
    """Five learners: twenty days met, one missed, one met; 21 exercises at 65 points."""
    learner_ids = [uuid4() for _ in range(5)]
    days_ago = [0, *range(2, 22)]
    for learner_id in learner_ids:
        exercises = [
            Activity(
                verb="completed",
                object_type="exercise",
                topic="loops",
                value_milli=65_000,
                occurred_at=NOW - timedelta(days=days),
            )
            for days in days_ago
        ]
        sent = [SentActivity(learner_id, f"e-{place}", exercise) for place, exercise in enumerate(exercises)]
        await service.progress.record(SERVICE, sent, NOW)
    return learner_ids


def changed(policy: Policy) -> Policy:
    """A policy without freezes, and with intermediate from 22 exercises."""
    levels = (policy.skills.levels[0], LevelThreshold("intermediate", 22, 60), *policy.skills.levels[2:])
    return replace(
        policy,
        streak=replace(policy.streak, freeze_every_days=1_000),
        skills=replace(policy.skills, levels=levels),
    )


async def apply(service: Resources, policy: Policy, *, batch: int) -> bool:
    async with service.database.write() as connection:
        return await apply_policy_batch(connection, policy, NOW, batch)


async def streak_and_level(service: Resources, learner_id: UUID) -> tuple[int, int, str]:
    """Run, longest run, and level of the one topic."""
    async with service.database.pools.intake.acquire() as connection:
        found = await canonical(connection, learner_id)
    return found["streak"]["run"], found["streak"]["longest"], found["topics"]["loops"]["level"]


async def test_a_changed_policy_reaches_every_learner_batch_by_batch_and_back(
    service: Resources, learners: list[UUID]
) -> None:
    assert await streak_and_level(service, learners[0]) == (21, 21, "intermediate")
    while await apply(service, service.policy, batch=100):
        pass
    other = changed(service.policy)
    assert other.fingerprint != service.policy.fingerprint
    assert await apply(service, other, batch=3)
    reached = [await streak_and_level(service, learner_id) for learner_id in sorted(learners, key=lambda one: one.int)]
    assert reached == [(1, 20, "beginner")] * 3 + [(21, 21, "intermediate")] * 2
    assert await apply(service, other, batch=3)
    assert not await apply(service, other, batch=3)
    assert {await streak_and_level(service, learner_id) for learner_id in learners} == {(1, 20, "beginner")}
    while await apply(service, service.policy, batch=2):
        pass
    assert {await streak_and_level(service, learner_id) for learner_id in learners} == {(21, 21, "intermediate")}


async def test_a_policy_already_applied_changes_no_learner(service: Resources, learners: list[UUID]) -> None:
    while await apply(service, service.policy, batch=100):
        pass
    before = await service.versions.read(learners[0])
    assert not await apply(service, service.policy, batch=100)
    assert await service.versions.read(learners[0]) == before


async def test_two_workers_do_not_process_the_same_learners(service: Resources, learners: list[UUID]) -> None:
    other = changed(service.policy)
    async with service.database.write() as first:
        assert await apply_policy_batch(first, other, NOW, 1)
        async with service.database.write() as second:
            await second.execute("SET LOCAL lock_timeout = '2s'")
            assert not await apply_policy_batch(second, other, NOW, 1)
    while await apply(service, service.policy, batch=100):
        pass


async def test_a_level_that_does_not_match_its_sums_is_recomputed_on_request(
    service: Resources, learners: list[UUID]
) -> None:
    learner_id = learners[0]
    damage = "UPDATE skill_levels SET level = 'expert' WHERE learner_id = $1 AND topic = 'loops'"
    await service.database.pools.write.execute(damage, learner_id)
    before = await service.versions.read(learner_id)
    decided = await service.progress.calculate_skill_level(learner_id, "loops", NOW)
    assert (decided.level, decided.previous_level, decided.changed) == ("intermediate", "expert", True)
    assert (await streak_and_level(service, learner_id))[2] == "intermediate"
    assert (await service.versions.read(learner_id)).revision == before.revision + 1
