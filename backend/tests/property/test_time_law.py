"""R08 and R09 for days that hold more time than may count: what counts follows from the day's activities alone, in
whatever order they came. The naive count of `oracles.oracle` decides.
"""

import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings, strategies

from milepost.db.learner_row import lock_learners
from milepost.resources import Resources, open_resources
from milepost.rules.policy import Claim
from milepost.services.activities.outcome import Sender
from milepost.services.activities.void import void_activity
from milepost.services.projections.refill import rebuild_learners
from milepost.services.rebuild.check import differences
from milepost.settings import Settings
from oracles import achievements, oracle
from oracles.stored_state import canonical
from property.test_order_law import POLICY, sent, without_last_day
from support.catalogues import condition, entry, put_in_force
from support.clock import AdjustableClock

NOW = datetime(2026, 3, 31, 18, 30, tzinfo=UTC)
"""Two days after the clocks of Berlin and five days before those of Auckland were changed."""
HOUR = 3_600
ENTRIES = [entry(f"minutes-{hours}", condition("minutes", 60 * hours)) for hours in (12, 13, 24, 25, 48, 60)]


@pytest.fixture(scope="module")
async def service(settings: Settings) -> AsyncIterator[Resources]:
    """The service without HTTP, on this module's database."""
    opened = await open_resources(settings, AdjustableClock(NOW))
    await put_in_force(settings.database_url, *ENTRIES)
    yield opened
    await opened.close()


@strategies.composite
def long_days(draw: strategies.DrawFn) -> list[dict[str, Any]]:
    """Up to thirty activities of one learner on five days, with much time, of services and of the learner."""
    activities = []
    for number in range(draw(strategies.integers(1, 30))):
        sender = draw(strategies.sampled_from(["learner", "learner", "exercises", "quizzes"]))
        ago = timedelta(minutes=draw(strategies.integers(0, 5 * 24 * 4)) * 15)
        fields: dict[str, Any] = {
            "duration_seconds": draw(strategies.sampled_from([None, 0, 1, HOUR, 5 * HOUR, 12 * HOUR, 24 * HOUR])),
            "topic": draw(strategies.sampled_from([None, "loops", "sets"])),
            "space_id": draw(strategies.sampled_from([None, "space"])),
            "zone": draw(strategies.sampled_from([None, None, "America/Lima"])) if sender != "learner" else None,
        }
        required = {
            "id": f"a-{number}",
            "sender": sender,
            "verb": draw(strategies.sampled_from(["practised", "viewed"])),
            "object_type": draw(strategies.sampled_from(["session", "lesson"])),
            "occurred_at": (NOW - ago).isoformat(),
        }
        activities.append(required | {name: value for name, value in fields.items() if value is not None})
    return activities


async def deliver(
    service: Resources, learner_id: UUID, activities: list[dict[str, Any]], chance: random.Random
) -> None:
    """Send the activities in random order, in batches of one sender."""
    order = list(activities)
    chance.shuffle(order)
    while order:
        raw, *rest = order
        batch = [raw, *(other for other in rest[: chance.randint(0, 4)] if other["sender"] == raw["sender"])]
        order = [other for other in order if other not in batch]
        role: Claim = "learner" if raw["sender"] == "learner" else "service"
        answer = await service.progress.record(
            Sender(raw["sender"], role), [sent(learner_id, one) for one in batch], NOW
        )
        assert {outcome.status for outcome in answer.outcomes} == {"accepted"}


async def first_contact(service: Resources, learner_id: UUID, zone: str) -> dict[str, Any]:
    """An activity of the learner's own client, which has the zone in its token."""
    raw = {"id": "hello", "verb": "viewed", "object_type": "lesson", "occurred_at": NOW.isoformat()}
    await service.progress.record(Sender("learner", "learner", zone), [sent(learner_id, raw)], NOW)
    return raw | {"sender": "learner"}


async def assert_counted(service: Resources, learner_id: UUID, activities: list[dict[str, Any]], zone: str) -> None:
    """What is stored is what the oracle counts, and what the log gives."""
    expected = oracle.expected(activities, zone, POLICY)
    async with service.database.read() as connection:
        found = await canonical(connection, learner_id)
        assert await differences(connection, [learner_id], service.policy) == []
    for part, values in expected.items():
        assert without_last_day(found[part]) == values, part


@settings(
    max_examples=30,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(
    activities=long_days(),
    zone=strategies.sampled_from(["Europe/Berlin", "UTC", "Pacific/Auckland"]),
    seed=strategies.integers(0, 2**32),
)
async def test_R08_what_counts_of_long_days_follows_from_the_days_alone(
    service: Resources, activities: list[dict[str, Any]], zone: str, seed: int
) -> None:
    chance = random.Random(seed)
    learners = [uuid4(), uuid4()]
    for learner_id in learners:
        hello = await first_contact(service, learner_id, zone)
        await deliver(service, learner_id, activities, chance)
        await assert_counted(service, learner_id, [*activities, hello], zone)
        async with service.database.read() as connection:
            unlocked = dict((await canonical(connection, learner_id))["unlocks"])
        assert unlocked == achievements.earned([*activities, hello], zone, POLICY, ENTRIES)


@settings(
    max_examples=15,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(activities=long_days(), seed=strategies.integers(0, 2**32))
async def test_R09_long_days_are_counted_anew_when_something_is_taken_back(
    service: Resources, activities: list[dict[str, Any]], seed: int
) -> None:
    chance, learner_id = random.Random(seed), uuid4()
    hello = await first_contact(service, learner_id, "Europe/Berlin")
    await deliver(service, learner_id, activities, chance)
    gone = chance.sample(activities, k=len(activities) // 2)
    async with service.database.write() as connection:
        for raw in gone:
            await void_activity(connection, (learner_id, raw["sender"], raw["id"]), "admin", service.policy, NOW)
    left = [raw for raw in activities if raw not in gone]
    await assert_counted(service, learner_id, [*left, hello], "Europe/Berlin")
    async with service.database.write() as connection:
        await lock_learners(connection, [learner_id])
        await rebuild_learners(connection, [learner_id], service.policy, NOW)
    await assert_counted(service, learner_id, [*left, hello], "Europe/Berlin")
