"""A voided activity counts as if it had never been sent: in any order, however often, with once-keys passing on.

Stored projections equal a naive count over the remaining activities, and the sums of the log.
"""

import random
import tomllib
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import orjson
import pytest
from hypothesis import HealthCheck, given, settings, strategies

from milepost.api.activities.schemas import ActivityIn
from milepost.db.learner_row import lock_learners
from milepost.resources import Resources, open_resources
from milepost.services.activities.outcome import Sender, SentActivity
from milepost.services.projections.refill import rebuild_learners
from milepost.services.rebuild.check import differences
from milepost.settings import Settings, config_dir
from oracles import oracle
from oracles.stored_state import canonical
from support.catalogues import DAY_SUM_ENTRIES, put_in_force
from support.clock import AdjustableClock

NOW = datetime(2026, 4, 20, 18, 30, tzinfo=UTC)
POLICY = tomllib.loads((config_dir() / "policy.toml").read_text("utf-8"))
ZONES = ["America/Los_Angeles", "Pacific/Auckland", "Europe/Berlin"]
KINDS = [("completed", "exercise"), ("completed", "quiz"), ("reviewed", "exercise"), ("viewed", "lesson")]
Raw = dict[str, Any]


@pytest.fixture(scope="module")
async def service(settings: Settings) -> AsyncIterator[Resources]:
    """The service without HTTP, on this module's database."""
    opened = await open_resources(settings, AdjustableClock(NOW))
    await put_in_force(settings.database_url, *DAY_SUM_ENTRIES)
    yield opened
    await opened.close()


@strategies.composite
def histories(draw: strategies.DrawFn) -> list[Raw]:
    """Up to thirty activities of one learner in three weeks; often several have the same once-key."""
    activities = []
    for number in range(draw(strategies.integers(1, 30))):
        verb, object_type = draw(strategies.sampled_from(KINDS))
        sender = draw(strategies.sampled_from(["exercises", "quizzes"]))
        key = draw(strategies.sampled_from([None, "a", "b"]))
        ago = timedelta(days=draw(strategies.integers(0, 21)), seconds=draw(strategies.integers(0, 3)) * 20_000)
        optional: Raw = {
            "topic": draw(strategies.sampled_from([None, "loops", "strings"])),
            "value": draw(strategies.sampled_from([None, 0, 59.999, 100])),
            "duration_seconds": draw(strategies.sampled_from([None, 59])),
            "hints_used": draw(strategies.sampled_from([None, 0, 3])),
            "once_key": key and f"{key} of {sender}",
        }
        required = {
            "id": f"a-{number}",
            "sender": sender,
            "verb": verb,
            "object_type": object_type,
            "occurred_at": (NOW - ago).isoformat(),
        }
        activities.append(required | {name: value for name, value in optional.items() if value is not None})
    return activities


def batches(activities: Sequence[Raw], chance: random.Random) -> list[list[Raw]]:
    """Batches of one sender each. Activities with the same once-key arrive together, so that the earliest gets it."""
    together: dict[tuple[str, str], list[Raw]] = {}
    for raw in activities:
        share = raw.get("once_key") or f"batch {chance.randint(1, 4)}"
        together.setdefault((raw["sender"], share), []).append(raw)
    grouped = list(together.values())
    chance.shuffle(grouped)
    return grouped


def sent(learner_id: UUID, raw: Raw) -> SentActivity:
    """One activity as intake gets it, parsed as the API parses it."""
    read = ActivityIn.model_validate_json(orjson.dumps({name: raw[name] for name in raw if name != "sender"}))
    return SentActivity(learner_id, raw["id"], read.activity())


async def record_and_void(
    service: Resources, learner_id: UUID, activities: Sequence[Raw], zone: str, seed: int
) -> list[Raw]:
    """Record everything; in between void some activities, some twice, and send some again. Returns what remains."""
    chance = random.Random(seed)
    share = chance.choice([0.1, 0.5, 1.0])
    voided: list[Raw] = []
    recorded: list[Raw] = []
    order = batches(activities, chance)
    zone_known_before = chance.randint(0, len(order))
    for place, batch in enumerate([*order, []]):
        if place == zone_known_before:
            await service.progress.change_me(learner_id, NOW, zone)
        if batch:
            sender = Sender(batch[0]["sender"], "service")
            await service.progress.record(sender, [sent(learner_id, raw) for raw in batch], NOW)
            recorded += batch
        again = chance.sample(voided, k=min(len(voided), 2))
        newly_voided = [raw for raw in recorded if raw not in voided and chance.random() < share]
        chance.shuffle(newly_voided)
        voided += newly_voided
        for raw in [*newly_voided, *again]:
            await service.progress.void(learner_id, raw["sender"], raw["id"], "service", NOW)
    for raw in voided[:3]:
        answer = await service.progress.record(Sender(raw["sender"], "service"), [sent(learner_id, raw)], NOW)
        assert [outcome.status for outcome in answer.outcomes] == ["duplicate"]
    return [raw for raw in activities if raw not in voided]


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(activities=histories(), zone=strategies.sampled_from(ZONES), seed=strategies.integers(0, 2**32))
async def test_R09_what_is_left_after_taking_back_is_what_is_counted(
    service: Resources, activities: list[Raw], zone: str, seed: int
) -> None:
    learner_id = uuid4()
    remaining = await record_and_void(service, learner_id, activities, zone, seed)
    async with service.database.pools.intake.acquire() as connection, connection.transaction():
        projections = await canonical(connection, learner_id)
        for part, values in oracle.expected(remaining, zone, POLICY).items():
            assert without_last_day(projections[part]) == values, part
        assert await differences(connection, [learner_id], service.policy) == []
        await lock_learners(connection, [learner_id])
        await rebuild_learners(connection, [learner_id], service.policy, NOW)
        assert await canonical(connection, learner_id) == projections


def without_last_day(part: dict[Any, Any]) -> dict[Any, Any]:
    """Removes the last day of topics, which the oracle does not know."""
    return {
        key: {name: value for name, value in row.items() if name != "last_day"} if isinstance(row, dict) else row
        for key, row in part.items()
    }
