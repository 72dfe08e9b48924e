"""How much of a day's time counts: of a learner's own reports 12 hours, and never more than the day is long."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from quart.typing import TestClientProtocol as Client

from milepost.db.learner_row import lock_learners
from milepost.jobs.sweeps import count_time
from milepost.resources import Resources
from milepost.services.projections.refill import rebuild_learners
from milepost.services.rebuild.check import differences
from milepost.settings import Settings
from support.builders import activity, exercise, new_learner
from support.callers import Caller, Json, results_of, service
from support.catalogues import condition, entry, put_in_force
from support.clock import START, AdjustableClock

HOUR = 3_600
TODAY = "2026-03-10"


@pytest.fixture(autouse=True)
def _at_the_end_of_the_day(clock: AdjustableClock) -> None:
    """Every test begins shortly before midnight in UTC on 10 March."""
    clock.set(datetime(2026, 3, 10, 23, 30, tzinfo=UTC))


@pytest.fixture
def ada(client: Client) -> Caller:
    """A learner in UTC."""
    return Caller(client, new_learner(), zone="UTC")


def at(hour: int, minute: int = 0) -> datetime:
    """An instant of the day."""
    return datetime(2026, 3, 10, hour, minute, tzinfo=UTC)


async def seconds_of(learner: Caller, zone_day: str = TODAY) -> Json:
    """The seconds of a day and in all, as the history shows them, and in all by topic."""
    (shown,) = (await learner.get("/progress/history", **{"from": zone_day, "to": zone_day})).ok()["days"]
    statistics = (await learner.get("/progress/statistics", period="all")).ok()
    topics = {row["topic"]: row["seconds"] for row in statistics["by_topic"]}
    return {"day": shown["seconds_today"], "in all": shown["seconds"], "topics": topics}


async def test_S06_of_a_learners_own_reports_twelve_hours_count(ada: Caller) -> None:
    first, second = (
        activity(at(8), topic="loops", duration_seconds=10 * HOUR),
        activity(at(9), duration_seconds=5 * HOUR),
    )
    answer = await ada.record(first, second)
    assert answer.ok()["results"] == [
        {"id": first["id"], "status": "accepted"},
        {"id": second["id"], "status": "accepted", "counted_in_part": True, "counted_seconds": 2 * HOUR},
    ]
    again = await ada.record(second)
    assert again.ok()["results"] == [
        {"id": second["id"], "status": "duplicate", "counted_in_part": True, "counted_seconds": 2 * HOUR}
    ]
    assert await seconds_of(ada) == {"day": 12 * HOUR, "in all": 12 * HOUR, "topics": {"loops": 10 * HOUR}}
    newest, oldest = await ada.feed()
    assert (newest["duration_seconds"], newest["counted_seconds"]) == (5 * HOUR, 2 * HOUR)
    assert "counted_seconds" not in oldest, "all of it counts"


async def test_what_happened_first_counts_first_however_late_it_comes(ada: Caller) -> None:
    await ada.record_all(activity(at(12), topic="loops", duration_seconds=12 * HOUR))
    body = await ada.record_all(activity(at(6), topic="sets", duration_seconds=8 * HOUR))
    assert body["results"][0].keys() == {"id", "status"}, "all of it counts"
    topics = {"loops": 4 * HOUR, "sets": 8 * HOUR}
    assert await seconds_of(ada) == {"day": 12 * HOUR, "in all": 12 * HOUR, "topics": topics}
    await ada.record_all(activity(at(5), duration_seconds=24 * HOUR))
    assert (await seconds_of(ada))["day"] == 12 * HOUR
    assert (await seconds_of(ada))["topics"] == {"loops": 0, "sets": 0}


async def test_what_services_report_comes_before_the_learners_own(client: Client, ada: Caller) -> None:
    await ada.record_all(activity(at(8), topic="loops", duration_seconds=12 * HOUR))
    teacher = service(client)
    own = {"learner_id": ada.subject, "topic": "sets"}
    await teacher.record_all(exercise(at(9), duration_seconds=10 * HOUR, **own))
    assert (await seconds_of(ada))["day"] == 22 * HOUR
    answer = await teacher.record(exercise(at(10), duration_seconds=9 * HOUR, **own))
    assert results_of(answer, "status", "counted_seconds") == [("accepted", None)]
    assert await seconds_of(ada) == {
        "day": 24 * HOUR,
        "in all": 24 * HOUR,
        "topics": {"loops": 5 * HOUR, "sets": 19 * HOUR},
    }
    answer = await teacher.record(exercise(at(7), duration_seconds=24 * HOUR, **own))
    assert (await seconds_of(ada))["topics"] == {"loops": 0, "sets": 24 * HOUR}


@pytest.mark.parametrize(
    ("day", "hours"), [("2026-03-29", 23), ("2026-03-28", 24), ("2025-10-26", 25)], ids=["spring", "usual", "autumn"]
)
async def test_no_day_counts_more_than_its_length(client: Client, clock: AdjustableClock, day: str, hours: int) -> None:
    clock.set(datetime(2026, 3, 30, 12, tzinfo=UTC))
    learner = Caller(client, new_learner(), zone="Europe/Berlin")
    await learner.record_all(activity(clock.now()))
    noon = datetime.fromisoformat(f"{day}T12:00:00+00:00")
    sent = exercise(noon, learner_id=learner.subject, duration_seconds=20 * HOUR)
    answer = await service(client).record(sent, exercise(noon, learner_id=learner.subject, duration_seconds=20 * HOUR))
    assert results_of(answer, "status", "counted_seconds") == [("accepted", None), ("accepted", (hours - 20) * HOUR)]
    assert (await seconds_of(learner, day))["day"] == hours * HOUR


async def test_what_is_taken_back_makes_room(ada: Caller) -> None:
    first, second = (
        activity(at(8), duration_seconds=12 * HOUR),
        activity(at(9), topic="loops", duration_seconds=5 * HOUR),
    )
    await ada.record_all(first, second)
    assert (await seconds_of(ada))["topics"] == {"loops": 0}
    (await ada.ask("DELETE", f"/activities/{first['id']}")).ok()
    assert await seconds_of(ada) == {"day": 5 * HOUR, "in all": 5 * HOUR, "topics": {"loops": 5 * HOUR}}
    assert all("counted_seconds" not in shown for shown in await ada.feed())


async def test_achievements_and_levels_rest_on_what_counts(client: Client, ada: Caller, settings: Settings) -> None:
    await put_in_force(
        settings.database_url,
        entry("half-a-day", condition("minutes", 720)),
        entry("more", condition("minutes", 721)),
        entry("loops", condition("minutes", 700, topic="loops")),
    )
    first = activity(at(8), topic="sets", duration_seconds=86_400)
    body = await ada.record_all(first, *(activity(at(9), topic="loops", duration_seconds=86_400) for _ in range(999)))
    assert [unlocked["code"] for unlocked in body["learners"][0]["unlocked"]] == ["half-a-day"]


async def test_the_limit_can_be_changed_and_days_of_before_it_are_brought_up(
    ada: Caller, resources: Resources, settings: Settings
) -> None:
    await ada.record_all(
        activity(at(8), topic="loops", duration_seconds=86_400), activity(at(9), duration_seconds=HOUR)
    )
    learner_id = UUID(ada.learner_id)
    async with resources.database.write() as connection:
        # As an earlier version left it.
        await connection.execute("UPDATE activities SET counted_seconds = NULL WHERE learner_id = $1", learner_id)
        await lock_learners(connection, [learner_id])
        for name in ("days", "cells", "skills", "totals"):
            await rebuild_learners(connection, [learner_id], resources.policy, START, only=name)
    assert (await seconds_of(ada))["day"] == 25 * HOUR
    await count_time(resources)
    assert await seconds_of(ada) == {"day": 12 * HOUR, "in all": 12 * HOUR, "topics": {"loops": 12 * HOUR}}
    async with resources.database.read() as connection:
        assert await differences(connection, [learner_id], resources.policy) == []
    limits = replace(resources.policy.activities, learner_hours_a_day=18)
    more = replace(resources, policy=replace(resources.policy, activities=limits))
    await count_time(more)
    assert (await seconds_of(ada))["day"] == 18 * HOUR
    await count_time(resources)
    assert (await seconds_of(ada))["day"] == 12 * HOUR


async def test_S11_a_learners_own_client_sends_so_many_activities_of_a_day_and_no_more(
    client: Client, ada: Caller, resources: Resources
) -> None:
    most = resources.policy.activities.learner_activities_a_day
    for _ in range(most // 1_000 - 1):
        await ada.record_all(*(activity(at(8)) for _ in range(1_000)))
    await ada.record_all(*(activity(at(8)) for _ in range(998)))
    known, last, yesterday = activity(at(8)), activity(at(8)), activity(at(8) - timedelta(days=1))
    await ada.record_all(known)
    answer = await ada.record(last, activity(at(9)), known, yesterday, last)
    assert results_of(answer, "status", "reason") == [
        ("accepted", None),
        ("rejected", "too_many_activities"),
        ("duplicate", None),
        ("accepted", None),
        ("duplicate", None),
    ]
    assert results_of(await ada.record(activity(at(7))), "reason") == ["too_many_activities"]
    await service(client).record_all(exercise(at(10), learner_id=ada.subject))
    async with resources.database.read() as connection:
        days = await connection.fetch(
            "SELECT activities FROM activity_days WHERE learner_id = $1 ORDER BY local_day", UUID(ada.learner_id)
        )
    assert [row[0] for row in days] == [1, most + 1]


async def test_a_commit_with_a_long_day_has_one_revision(ada: Caller) -> None:
    first, second, third = [
        (await ada.record_all(activity(at(8), duration_seconds=10 * HOUR)))["learners"][0]["revision"] for _ in range(3)
    ]
    assert (second - first, third - second) == (1, 1)
