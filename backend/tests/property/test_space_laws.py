"""The progress of spaces and composite goals, for any activities and plans: between 0 and 100, equal to a naive count,
the same in any order, and the same after a rebuild.
"""

import asyncio
import random
import tomllib
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from hypothesis import HealthCheck, given, settings, strategies

from milepost.api.activities.schemas import ActivityIn
from milepost.db.learner_row import lock_learners
from milepost.queries.spaces.spaces import composite_goals_of, spaces_of
from milepost.resources import Resources, open_resources
from milepost.rules.activities import Activity
from milepost.rules.spaces import goal_progress, space_progress
from milepost.services.activities.outcome import Sender, SentActivity
from milepost.services.projections.refill import rebuild_learners
from milepost.services.rebuild.check import differences
from milepost.services.rebuild.rebuild import rebuild_one
from milepost.services.spaces.milestones import MilestonePlan, reach_milestone, save_milestone
from milepost.services.spaces.snapshots import snapshot_progress_batch
from milepost.services.spaces.spaces import SpacePlan, save_composite_goal, save_space
from milepost.settings import Settings, config_dir
from oracles import oracle
from oracles.spaces import goal_total, of_spaces, shown, space_total
from support.clock import AdjustableClock

NOW = datetime(2026, 4, 20, 18, 30, tzinfo=UTC)
POLICY = tomllib.loads((config_dir() / "policy.toml").read_text("utf-8"))
SERVICE = Sender("platform", "service")
SPACES, MILESTONES = ("one", "two"), ("m-1", "m-2", "m-3")
KINDS = [
    ("task", "completed"),
    ("task", "attempted"),
    ("interaction", "interacted"),
    ("milestone", "reached"),
    ("session", "practised"),
]
REACHABLE = dict.fromkeys(MILESTONES, ("one", None))
Plans = dict[str, Any]


@pytest.fixture(scope="module")
async def service(settings: Settings) -> AsyncIterator[Resources]:
    """The service without HTTP, on this module's database."""
    opened = await open_resources(settings, AdjustableClock(NOW))
    yield opened
    await opened.close()


@strategies.composite
def activities(draw: strategies.DrawFn) -> list[dict[str, Any]]:
    """Up to thirty activities as posted, or none."""
    listed = []
    for number in range(draw(strategies.integers(0, 30))):
        object_type, verb = draw(strategies.sampled_from(KINDS))
        optional: dict[str, Any] = {
            "object_id": draw(strategies.sampled_from([None, *MILESTONES])),
            "space_id": draw(strategies.sampled_from([None, *SPACES])),
            "goal_id": draw(strategies.sampled_from([None, "g", "h"])),
            "value": draw(strategies.sampled_from([None, 0, 33.333, 99.999, 100, 100])),
            "duration_seconds": draw(strategies.sampled_from([None, 0, 59, 600, 86_400])),
            "once_key": draw(strategies.sampled_from([None, None, f"key-{number}"])),
        }
        required = {
            "id": f"a-{number}",
            "object_type": object_type,
            "verb": verb,
            "occurred_at": (NOW - timedelta(hours=draw(strategies.integers(0, 500)))).isoformat(),
        }
        listed.append(required | {name: value for name, value in optional.items() if value is not None})
    return listed


plans = strategies.fixed_dictionaries(
    {
        **{space: strategies.tuples(*[strategies.none() | strategies.integers(1, 12)] * 2) for space in SPACES},
        "spaces": strategies.sets(strategies.sampled_from(SPACES)),
        # Each milestone belongs to a space, to the goal, to both, or does not exist.
        **{
            name: strategies.sampled_from([None, ("one", None), ("two", None), (None, "g"), ("one", "g")])
            for name in MILESTONES
        },
    }
)


async def plan(service: Resources, learner_id: UUID, chosen: Plans) -> None:
    """Create the spaces, the goal and the milestones."""
    async with service.database.write() as connection:
        for space in SPACES:
            await save_space(connection, learner_id, space, SpacePlan("Space", *chosen[space]), NOW, new=True)
        await save_composite_goal(connection, learner_id, "g", "Goal", sorted(chosen["spaces"]), NOW, new=True)
        for name in MILESTONES:
            if chosen[name] is not None:
                await save_milestone(connection, learner_id, name, MilestonePlan("One", *chosen[name]), NOW, new=True)


async def totals(service: Resources, learner_id: UUID) -> dict[str, float]:
    """The total of every space and goal, after checking that each number is within its bounds."""
    async with service.database.pools.intake.acquire() as connection:
        spaces, goals = await spaces_of(connection, [learner_id]), await composite_goals_of(connection, [learner_id])
    policy = service.policy
    found = {space.space_id: space_progress(space.state, policy.spaces) for space in spaces}
    found |= {goal.goal_id: goal_progress(goal.state, policy.spaces, policy.composite_goals) for goal in goals}
    for progress in found.values():
        assert all(0 <= percent <= 100 for percent in (progress.total, *progress.parts.values()))
        assert sum(progress.weights_used.values()) == pytest.approx(1, abs=0.0002)
    return {name: progress.total for name, progress in found.items()}


def expected(listed: list[dict[str, Any]], chosen: Plans) -> dict[str, float]:
    """The same by a naive count."""
    named = of_spaces(oracle.contributions(listed, "UTC", POLICY))

    def belonging(place: int, to: str) -> list[str]:
        return [name for name in MILESTONES if chosen[name] is not None and chosen[name][place] == to]

    found = {}
    for space in SPACES:
        tasks, minutes = chosen[space]
        found[space] = space_total(named, space, tasks, minutes, belonging(0, space))
    found["g"] = goal_total(named, "g", [found[space] for space in chosen["spaces"]], belonging(1, "g"))
    if any(key[1] == "h" for key in named["spaces"]):
        found["h"] = goal_total(named, "h", [], [])
    return {name: shown(total) for name, total in found.items()}


@settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(listed=activities(), chosen=plans, seed=strategies.integers(0, 2**32))
async def test_any_activities_and_plans_come_to_what_a_naive_count_says(
    service: Resources, listed: list[dict[str, Any]], chosen: Plans, seed: int
) -> None:
    chance = random.Random(seed)
    learner_id = uuid4()
    order = list(listed)
    chance.shuffle(order)
    sent = [
        SentActivity(learner_id, raw["id"], ActivityIn.model_validate_json(orjson.dumps(raw)).activity())
        for raw in [*order, *order[:3]]
    ]
    cut = chance.randint(0, len(sent))
    if sent[:cut]:
        await service.progress.record(SERVICE, sent[:cut], NOW)
    await plan(service, learner_id, chosen)
    if sent[cut:]:
        await service.progress.record(SERVICE, sent[cut:], NOW)
    found = await totals(service, learner_id)
    assert found == expected(listed, chosen)
    async with service.database.pools.intake.acquire() as connection, connection.transaction():
        assert await differences(connection, [learner_id], service.policy) == []
        await lock_learners(connection, [learner_id])
        await rebuild_learners(connection, [learner_id], service.policy, NOW)
    assert await totals(service, learner_id) == found


async def test_writers_sweeps_calls_and_rebuilds_at_once_lose_nothing(service: Resources) -> None:
    learners = [uuid4() for _ in range(3)]
    for learner_id in learners:
        await plan(service, learner_id, dict.fromkeys(SPACES, (None, None)) | {"spaces": set(), **REACHABLE})

    async def write(writer: int) -> None:
        for number in range(15):
            kind = KINDS[number % len(KINDS)]
            activity = Activity(
                verb=kind[1],
                object_type=kind[0],
                object_id=MILESTONES[number % 3],
                space_id=SPACES[number % 2],
                value_milli=100_000,
                occurred_at=NOW - timedelta(days=number),
            )
            sent = [SentActivity(learner_id, f"{writer}-{number}", activity) for learner_id in learners]
            await service.progress.record(SERVICE, sent, NOW)

    async def sweep_and_call(round_: int) -> None:
        async with service.database.write() as connection:
            await snapshot_progress_batch(connection, service.policy, NOW)
        async with service.database.write() as connection:
            name = MILESTONES[round_ % 3]
            await reach_milestone(connection, learners[round_ % 3], name, service.catalogues, service.policy, NOW)
        await rebuild_one(service.database, learners[round_ % 3], service.policy, NOW)

    await asyncio.gather(*(write(writer) for writer in range(6)), *(sweep_and_call(round_) for round_ in range(9)))
    async with service.database.pools.intake.acquire() as connection:
        assert await differences(connection, learners, service.policy) == []
        spaces = await spaces_of(connection, learners)
        reached = await connection.fetch("SELECT milestones_reached FROM learners WHERE learner_id = ANY($1)", learners)
    assert [row[0] for row in reached] == [3, 3, 3]
    assert {sum(kind.valued for kind in space.state.kinds) for space in spaces} == {6 * 8, 6 * 7}
