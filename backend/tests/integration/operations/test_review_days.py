"""Reviews by day: kept by intake, taken back by a void, built by a rebuild of that name, compared and exported."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import asyncpg
import pytest

from milepost.db.tables.exported_columns import learner_tables
from milepost.resources import Resources, open_resources
from milepost.rules.activities import Activity
from milepost.services.activities.outcome import Sender, SentActivity
from milepost.services.rebuild import check, rebuild
from milepost.settings import Settings
from support.clock import AdjustableClock

NOW = datetime(2026, 4, 20, 18, 30, tzinfo=UTC)
TODAY = date(2026, 4, 20)
SERVICE = Sender("reviews", "service")


@pytest.fixture(scope="module")
async def service(settings: Settings) -> AsyncIterator[Resources]:
    opened = await open_resources(settings, AdjustableClock(NOW))
    yield opened
    await opened.close()


async def record(service: Resources, learner_id: UUID, activity_id: str, days_ago: int, verb: str, rating: int) -> None:
    occurred_at = NOW - timedelta(days=days_ago)
    activity = Activity(verb=verb, object_type="essay", value_milli=rating * 1_000, occurred_at=occurred_at)
    answer = await service.progress.record(SERVICE, [SentActivity(learner_id, activity_id, activity)], NOW)
    assert [outcome.status for outcome in answer.outcomes] == ["accepted"]


async def reviewed(service: Resources) -> UUID:
    """A learner with two reviews today, one yesterday that arrives last, and an essay without a review."""
    learner_id = uuid4()
    await record(service, learner_id, "essay", 0, "completed", 50)
    for activity_id, days_ago, rating in (("first", 0, 80), ("second", 0, 95), ("late", 1, 60)):
        await record(service, learner_id, activity_id, days_ago, "reviewed", rating)
    return learner_id


async def rows(connection: asyncpg.Connection, learner_id: UUID) -> dict[date, tuple[int, int]]:
    """Number and sum of ratings, by day."""
    stored = await connection.fetch(
        "SELECT local_day, review_n, review_milli FROM review_days WHERE learner_id = $1", learner_id
    )
    return {day: (number, ratings) for day, number, ratings in stored}


WHOLE = {TODAY: (2, 175_000), TODAY - timedelta(days=1): (1, 60_000)}


async def test_intake_keeps_them_in_any_order(service: Resources, connection: asyncpg.Connection) -> None:
    learner_id = await reviewed(service)
    assert await rows(connection, learner_id) == WHOLE
    await record_again(service, learner_id)
    assert await rows(connection, learner_id) == WHOLE, "a repeat adds nothing"


async def record_again(service: Resources, learner_id: UUID) -> None:
    activity = Activity(verb="reviewed", object_type="essay", value_milli=80_000, occurred_at=NOW)
    answer = await service.progress.record(SERVICE, [SentActivity(learner_id, "first", activity)], NOW)
    assert [outcome.status for outcome in answer.outcomes] == ["duplicate"]


async def test_a_void_takes_its_review_away(service: Resources, connection: asyncpg.Connection) -> None:
    learner_id = await reviewed(service)
    await service.progress.void(learner_id, "reviews", "late", "service", NOW)
    assert await rows(connection, learner_id) == {TODAY: (2, 175_000)}


async def test_a_rebuild_of_that_name_builds_them_where_there_were_none(
    service: Resources, connection: asyncpg.Connection
) -> None:
    learner_id = await reviewed(service)
    await connection.execute("DELETE FROM review_days")
    missing = [
        difference async for run in check.check(service.database, service.policy) for difference in run.differences
    ]
    assert {difference.table for difference in missing} == {"review_days"}
    async for _ in rebuild.rebuild(service.database, service.policy, NOW, "reviews"):
        pass
    assert await rows(connection, learner_id) == WHOLE
    left = [run.differences async for run in check.check(service.database, service.policy)]
    assert not any(left)


async def test_a_check_names_what_differs(service: Resources, connection: asyncpg.Connection) -> None:
    learner_id = await reviewed(service)
    await connection.execute(
        "UPDATE review_days SET review_n = 9 WHERE learner_id = $1 AND local_day = $2", learner_id, TODAY
    )
    runs = [run async for run in check.check(service.database, service.policy, learner_id, "reviews")]
    assert [str(difference) for run in runs for difference in run.differences] == [
        f"review_days learner={learner_id} local_day=2026-04-20 review_n: 9, by the log 2"
    ]
    await rebuild.rebuild_one(service.database, learner_id, service.policy, NOW, "reviews")
    assert await rows(connection, learner_id) == WHOLE


def test_an_export_has_them() -> None:
    assert "review_days" in learner_tables()
