"""The first known zone by activity: which one it is, what it reassigns, and what may change it."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from quart.typing import TestClientProtocol as Client

from milepost.resources import Resources, open_resources
from milepost.services.rebuild.check import differences
from milepost.settings import Settings
from support.builders import activity, exercise, new_learner
from support.callers import Caller, Json, service
from support.clock import START, AdjustableClock

HOUR = timedelta(hours=1)
EVENING = datetime(2026, 3, 9, 16, 30, tzinfo=UTC)
"""01:30 of the tenth in Tokyo, 12:30 of the ninth in New York."""


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START."""


@pytest.fixture
async def resources(settings: Settings, module_clock: AdjustableClock) -> AsyncIterator[Resources]:
    """Access to the database of the app."""
    opened = await open_resources(settings, module_clock)
    yield opened
    await opened.close()


def zone_of(answer: Json) -> tuple[str, str]:
    """The zone and its source."""
    return answer["timezone"], answer["zone_source"]


async def days_of(caller: Caller) -> dict[str, str]:
    """The day of each activity, by id."""
    return {activity["id"]: activity["local_day"] for activity in await caller.feed()}


async def test_the_zone_of_an_activity_becomes_the_first_known_one(client: Client, resources: Resources) -> None:
    ada, teacher = Caller(client, new_learner()), service(client)
    await teacher.record_all(exercise(EVENING, id="before"), learner_id=ada.subject)
    assert await days_of(ada) == {"before": "2026-03-09"}
    await teacher.record_all(exercise(START, id="names", zone="Asia/Tokyo"), learner_id=ada.subject)
    assert zone_of(await ada.progress()) == ("Asia/Tokyo", "activity")
    assert zone_of((await ada.get("/me")).ok()) == ("Asia/Tokyo", "activity")
    assert await days_of(ada) == {"before": "2026-03-10", "names": "2026-03-10"}
    assert (await ada.progress())["streak"]["longest_streak"] == 1
    async with resources.database.snapshot() as connection:
        assert await differences(connection, [UUID(ada.learner_id)], resources.policy) == []


async def test_the_earliest_activity_of_the_first_batch_decides_for_each_learner(client: Client) -> None:
    ada, bob, teacher = Caller(client, new_learner()), Caller(client, new_learner()), service(client)
    await teacher.record_all(
        {**exercise(START, zone="Asia/Tokyo"), "learner_id": ada.subject},
        {**exercise(START - HOUR, zone="Africa/Cairo"), "learner_id": ada.subject},
        {**exercise(START - 2 * HOUR), "learner_id": ada.subject},
        {**exercise(START - 3 * HOUR, zone="America/Lima"), "learner_id": bob.subject},
    )
    assert zone_of(await ada.progress()) == ("Africa/Cairo", "activity")
    assert zone_of(await bob.progress()) == ("America/Lima", "activity")
    earlier = exercise(START - 30 * HOUR, zone="Pacific/Auckland")
    await teacher.record_all(earlier, learner_id=ada.subject)
    assert zone_of(await ada.progress()) == ("Africa/Cairo", "activity"), "later batches change nothing"


async def test_later_claims_change_nothing(client: Client) -> None:
    ada = Caller(client, new_learner(), zone="America/New_York")
    await service(client).record_all(exercise(START, zone="Asia/Tokyo"), learner_id=ada.subject)
    await ada.record_all(activity(START))
    assert zone_of(await ada.progress()) == ("Asia/Tokyo", "activity")
    assert "zone_hint" not in await ada.progress()


async def test_a_known_zone_is_not_changed_by_activities(client: Client) -> None:
    claimed, chosen = Caller(client, new_learner(), zone="Europe/Berlin"), Caller(client, new_learner())
    await claimed.record_all(activity(START))
    (await chosen.ask("PATCH", "/me", json={"zone": "Europe/Berlin"})).ok()
    for ada, source in ((claimed, "claim"), (chosen, "profile")):
        await service(client).record_all(exercise(START, zone="Asia/Tokyo"), learner_id=ada.subject)
        assert zone_of(await ada.progress()) == ("Europe/Berlin", source)


async def test_the_learner_may_correct_it_at_once_from_now_on(client: Client, clock: AdjustableClock) -> None:
    ada, teacher = Caller(client, new_learner()), service(client)
    await teacher.record_all(
        exercise(EVENING, id="before", zone="Asia/Tokyo"), exercise(EVENING, id="unsaid"), learner_id=ada.subject
    )
    corrected = (await ada.ask("PATCH", "/me", json={"zone": "America/New_York"})).ok()
    assert zone_of(corrected) == ("America/New_York", "profile")
    clock.advance(hours=1)
    await teacher.record_all(exercise(EVENING, id="late"), exercise(clock.now(), id="now"), learner_id=ada.subject)
    assert await days_of(ada) == {
        "before": "2026-03-10",
        "unsaid": "2026-03-10",
        "late": "2026-03-10",
        "now": "2026-03-10",
    }
    (await ada.ask("PATCH", "/me", json={"zone": "Asia/Tokyo"})).problem(409, "zone_changed_recently")


async def test_many_new_learners_of_one_batch(client: Client, resources: Resources) -> None:
    learners, teacher = [Caller(client, new_learner()) for _ in range(60)], service(client)
    zones = ("Asia/Tokyo", "America/New_York")
    sent = [
        {**exercise(EVENING, zone=zones[place % 2]), "learner_id": ada.subject} for place, ada in enumerate(learners)
    ]
    await teacher.record_all(*sent)
    for place, ada in enumerate(learners[:4]):
        overview = await ada.progress()
        assert zone_of(overview) == (zones[place % 2], "activity")
        assert overview["streak"]["last_exercise_date"] == ("2026-03-10", "2026-03-09")[place % 2]
    async with resources.database.snapshot() as connection:
        every_id = [UUID(ada.learner_id) for ada in learners]
        assert await differences(connection, every_id, resources.policy) == []


async def test_a_refused_activity_names_no_zone(client: Client) -> None:
    ada = Caller(client, new_learner())
    ahead = exercise(START + HOUR, zone="Asia/Tokyo")
    (await service(client).record(ahead, learner_id=ada.subject)).problem(422, "nothing_taken")
    own = activity(START, zone="Asia/Tokyo")
    (await ada.record(own)).problem(422, "nothing_taken")
    assert zone_of(await ada.progress()) == ("UTC", "assumed")
