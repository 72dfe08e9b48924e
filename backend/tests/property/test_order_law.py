"""R08 and R09: order, splits, repetitions and the position of the first contact do not matter. Projections kept during
intake equal a rebuild and a naive count over the raw activities.
"""

import math
import random
import tomllib
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, date, datetime, timedelta
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
from oracles import achievements as achievement_oracle
from oracles import oracle
from oracles.achievements import DAY_DEPENDENT
from oracles.stored_state import canonical
from support.catalogues import DAY_SUM_ENTRIES, put_in_force
from support.clock import AdjustableClock

NOW = datetime(2026, 4, 20, 18, 30, tzinfo=UTC)
POLICY = tomllib.loads((config_dir() / "policy.toml").read_text("utf-8"))
ZONES = ["America/Los_Angeles", "Asia/Kolkata", "Pacific/Auckland", "Europe/Berlin", "Pacific/Kiritimati"]
OWN_ZONES = ["Asia/Tokyo", "Pacific/Kiritimati"]
"""Zones that activities name; they are ahead of most learners."""
KINDS = [
    ("completed", "exercise"),
    ("completed", "quiz"),
    ("reviewed", "exercise"),
    ("attempted", "exercise"),
    ("viewed", "lesson"),
    ("completed", "meditation"),
    ("earned", "badge"),
    ("completed", "task"),
    ("reached", "milestone"),
    ("interacted", "interaction"),
]
FOLLOWING_DAYS = [
    str(entry["code"]) for entry in DAY_SUM_ENTRIES if any(metric in str(entry["rule"]) for metric in DAY_DEPENDENT)
]


def _published(number: int) -> dict[tuple[str, str] | None, float]:
    """What a night publishes: never the same as the night before."""
    step = number % 8 / 8
    exercises: dict[tuple[str, str] | None, float] = {
        ("loops", "one"): 9 * step - 4,
        ("loops", "other"): step,
        ("", "one"): -step,
        ("Řěa", "one"): 2 * step,
    }
    topics: dict[tuple[str, str] | None, float] = {("loops", ""): -step, ("Řěa", ""): 3 * step, ("", ""): step / 2}
    return {None: 0.5 + step} | (topics if number % 2 else exercises)


EASES: oracle.Eases = {NOW.date() - timedelta(days=days_ago): _published(days_ago) for days_ago in range(-1, 60)}
"""Published every night but in the first days of the ten weeks; the last for a date that has come in the east alone."""


async def publish(service: Resources) -> None:
    """Put `EASES` into the tables, as if earlier nights had published them."""
    async with service.database.write() as connection:
        base = math.log(7 / 3)
        for valid_from, published in EASES.items():
            base = published.get(None, base)
            await connection.execute(
                "INSERT INTO ease_publications (valid_from, ease, published_at) VALUES ($1, $2, $3)",
                *(valid_from, base, NOW),
            )
            for key in published.keys() - {None}:
                topic, object_id = key or ("", "")
                await connection.execute(
                    "INSERT INTO eases (topic, object_id, valid_from, shift) VALUES ($1, $2, $3, $4)",
                    *(topic, object_id, valid_from, published[key]),
                )
                await connection.execute(
                    "INSERT INTO ease_sums (topic, object_id) VALUES ($1, $2) ON CONFLICT DO NOTHING", topic, object_id
                )


@pytest.fixture(scope="module")
async def service(settings: Settings) -> AsyncIterator[Resources]:
    """The service without HTTP, on this module's database."""
    opened = await open_resources(settings, AdjustableClock(NOW))
    await put_in_force(settings.database_url, *DAY_SUM_ENTRIES)
    await publish(opened)
    yield opened
    await opened.close()


@strategies.composite
def histories(draw: strategies.DrawFn, own_zones: Sequence[str] = OWN_ZONES) -> list[dict[str, Any]]:
    """Up to forty activities of one learner in ten weeks around the change of daylight saving time, as posted."""
    days = draw(strategies.sets(strategies.integers(0, 70), min_size=1, max_size=25))
    activities = []
    for number, days_ago in enumerate(sorted(days)):
        for extra in range(draw(strategies.integers(1, 2))):
            verb, object_type = draw(strategies.sampled_from(KINDS))
            seconds_ago = days_ago * 86_400 + draw(strategies.integers(0, 86_399))
            optional: dict[str, Any] = {
                "topic": draw(strategies.sampled_from([None, "loops", "strings", "rekursion", "Ře\u030ca"])),
                "path": draw(strategies.sampled_from([None, "python"])),
                "difficulty": draw(strategies.sampled_from([None, "hard"])),
                "value": draw(strategies.sampled_from([None, 0, 59.999, 60, 88.125, 100])),
                "duration_seconds": draw(strategies.sampled_from([None, 0, 59, 86_400])),
                "hints_used": draw(strategies.sampled_from([None, 0, 3])),
                "points": draw(strategies.sampled_from([None, None, 0, 7])),
                "once_key": draw(strategies.sampled_from([None, None, f"key-{number}-{extra}"])),
                "zone": draw(strategies.sampled_from([None, None, None, *own_zones])),
                "object_id": draw(strategies.sampled_from([None, "one", "other"])),
                "space_id": draw(strategies.sampled_from([None, None, "space", "špace"])),
                "goal_id": draw(strategies.sampled_from([None, None, "goal"])),
            }
            required = {
                "id": f"a-{number}-{extra}",
                "sender": draw(strategies.sampled_from(["exercises", "quizzes"])),
                "verb": verb,
                "object_type": object_type,
                "occurred_at": (NOW - timedelta(seconds=seconds_ago)).isoformat(),
            }
            activities.append(required | {name: value for name, value in optional.items() if value is not None})
    return activities


def sent(learner_id: UUID, raw: dict[str, Any]) -> SentActivity:
    """One activity as intake gets it, parsed as the API parses it."""
    fields = {name: value for name, value in raw.items() if name != "sender"}
    read = ActivityIn.model_validate_json(orjson.dumps(fields))
    return SentActivity(learner_id, raw["id"], read.activity())


async def deliver(
    service: Resources,
    learner_id: UUID,
    activities: Sequence[dict[str, Any]],
    zone: str,
    chance: random.Random,
    *,
    zone_first: bool = False,
) -> dict[str, Any]:
    """Send the activities in random order and batch sizes, some more than once. The first contact is at a random
    position or, with `zone_first`, before everything else.
    """
    order = list(activities)
    chance.shuffle(order)
    order += chance.sample(order, k=len(order) // 3)
    contact: int | None = 0 if zone_first else chance.randint(0, len(order))
    contact_raw = first_contact()
    place = 0
    while place < len(order) or contact is not None:
        if contact is not None and place >= contact:
            sender = Sender("learner", "learner", zone)
            await service.progress.record(sender, [sent(learner_id, contact_raw)], NOW)
            contact = None
            continue
        size = chance.randint(1, 12)
        chunk = order[place : place + size]
        for name in ("exercises", "quizzes"):
            of_sender = [raw for raw in chunk if raw["sender"] == name]
            if of_sender:
                await service.progress.record(
                    Sender(name, "service"), [sent(learner_id, raw) for raw in of_sender], NOW
                )
        place += size
    async with service.database.pools.intake.acquire() as connection:
        return await canonical(connection, learner_id)


def assert_achieved(
    found: dict[str, Any], activities: Sequence[dict[str, Any]], zone: str, *, zone_first: bool
) -> None:
    """The counters, and the days on which achievements were earned, are as expected. If the zone was not known first,
    achievements that follow from days may have been unlocked under the assumed zone, and keep a date that is too early.
    """
    earned = achievement_oracle.earned(activities, zone, POLICY, DAY_SUM_ENTRIES)
    unlocked = dict(found["unlocks"])
    for code in () if zone_first else FOLLOWING_DAYS:
        if code in unlocked and unlocked[code] < earned.get(code, date.max):
            unlocked.pop(code)
            earned.pop(code, None)
    assert unlocked == earned
    for counter, value in found["counters"].items():
        metric, _, where = counter.partition(" ")
        assert value == achievement_oracle.counter_value(metric, orjson.loads(where), activities, zone, POLICY), counter


def first_contact() -> dict[str, Any]:
    """An activity of the learner's own client, which has the zone in its token."""
    at = (NOW - timedelta(days=3, hours=5)).isoformat()
    return {"id": "hello", "sender": "learner", "verb": "viewed", "object_type": "lesson", "occurred_at": at}


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(activities=histories(own_zones=()), zone=strategies.sampled_from(ZONES), seed=strategies.integers(0, 2**32))
async def test_R08_order_splits_repetitions_and_first_contact_do_not_matter(
    service: Resources, activities: list[dict[str, Any]], zone: str, seed: int
) -> None:
    expected = oracle.expected([*activities, first_contact()], zone, POLICY, eases=EASES)
    first = await deliver(service, uuid4(), activities, zone, random.Random(seed))
    second = await deliver(service, uuid4(), activities, zone, random.Random(seed + 1), zone_first=True)
    for part, values in expected.items():
        assert without_last_day(first[part]) == values, part
        assert without_last_day(second[part]) == values, part
    assert_achieved(first, [*activities, first_contact()], zone, zone_first=False)
    assert_achieved(second, [*activities, first_contact()], zone, zone_first=True)


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(activities=histories(), zone=strategies.sampled_from(ZONES), seed=strategies.integers(0, 2**32))
async def test_R08_zones_ahead_of_the_learner_keep_the_order_law(
    service: Resources, activities: list[dict[str, Any]], zone: str, seed: int
) -> None:
    # Which zone becomes known first is outside the law, so the contact that claims one comes first.
    expected = oracle.expected([*activities, first_contact()], zone, POLICY, eases=EASES)
    for chance in (random.Random(seed), random.Random(seed + 1)):
        delivered = await deliver(service, uuid4(), activities, zone, chance, zone_first=True)
        for part, values in expected.items():
            assert without_last_day(delivered[part]) == values, part


@settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
@given(activities=histories(), zone=strategies.sampled_from(ZONES), seed=strategies.integers(0, 2**32))
async def test_R09_counted_as_it_came_equals_rebuilt(
    service: Resources, activities: list[dict[str, Any]], zone: str, seed: int
) -> None:
    learner_id = uuid4()
    before_rebuild = await deliver(service, learner_id, activities, zone, random.Random(seed))
    async with service.database.pools.intake.acquire() as connection, connection.transaction():
        await lock_learners(connection, [learner_id])
        await rebuild_learners(connection, [learner_id], service.policy, NOW)
        assert await canonical(connection, learner_id) == before_rebuild
        assert await differences(connection, [learner_id], service.policy) == []


async def test_R08_of_equal_once_keys_in_one_batch_the_earliest_counts(service: Resources) -> None:
    learner_id = uuid4()
    activities = [
        {
            "id": f"try-{number}",
            "verb": "completed",
            "object_type": "exercise",
            "topic": "loops",
            "value": 50 + number,
            "duration_seconds": 100,
            "hints_used": 0,
            "once_key": "exercise-7",
            "occurred_at": (NOW - timedelta(hours=number)).isoformat(),
        }
        for number in (2, 5, 3)
    ]
    answer = await service.progress.record(
        Sender("exercises", "service"), [sent(learner_id, raw) for raw in activities], NOW
    )
    assert [outcome.not_counted for outcome in answer.outcomes] == ["once_key", None, "once_key"]
    async with service.database.pools.intake.acquire() as connection:
        found = await canonical(connection, learner_id)
    expected = oracle.expected(activities, "UTC", POLICY, eases=EASES)
    for part, values in expected.items():
        assert without_last_day(found[part]) == values, part
    assert found["learner"]["exercises"] == 1
    assert found["learner"]["grade_milli"] == 55_000
    assert found["learner"]["seconds"] == 300


def without_last_day(part: dict[Any, Any]) -> dict[Any, Any]:
    """Removes the last day of topics, which the oracle does not know."""
    return {
        key: {name: value for name, value in row.items() if name != "last_day"} if isinstance(row, dict) else row
        for key, row in part.items()
    }
