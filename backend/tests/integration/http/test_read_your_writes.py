"""R11: a write through one process is in the next read through another, even across midnight."""

import random
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest

from milepost.api.edge.application import Application
from milepost.app import create_app
from milepost.settings import Settings
from oracles import brute
from support.builders import activity, new_learner
from support.callers import Caller
from support.clock import AdjustableClock

# Three days before clocks in Lisbon go forward.
BEGIN = datetime(2026, 3, 26, 6, 0, tzinfo=UTC)
ZONE = "Europe/Lisbon"


@pytest.fixture(scope="module")
async def apps(settings: Settings, module_clock: AdjustableClock) -> AsyncIterator[list[Application]]:
    """Two applications with separate connections and caches, on one database."""
    here, there = create_app(settings, module_clock), create_app(settings, module_clock)
    assert isinstance(here, Application)
    assert isinstance(there, Application)
    async with here.test_app(), there.test_app():
        yield [here, there]


async def test_R11_read_your_writes_over_two_applications_and_many_midnights(
    apps: list[Application], clock: AdjustableClock, long: bool
) -> None:
    clock.set(BEGIN)
    chance = random.Random(11)
    learner = new_learner()
    here, there = (Caller(app.test_client(), learner, zone=ZONE) for app in apps)
    etags = {here: "", there: ""}
    days = set()
    for written in range(1, 5_001 if long else 501):
        writer, reader = (here, there) if chance.random() < 0.5 else (there, here)
        clock.advance(minutes=chance.choice([0, 0, 1, 7, 90]))
        sent = activity(clock.now(), duration_seconds=60)
        await writer.record_all(sent)
        today = clock.now().astimezone(brute.zone(ZONE)).date().isoformat()
        days.add(today)
        for caller in (reader, writer):
            fresh = await caller.ask("GET", "/progress", headers={"If-None-Match": etags[caller]})
            assert (fresh.status, fresh.body["minutes"], fresh.body["local_day"]) == (200, written, today)
            etags[caller] = fresh.headers["ETag"]
        assert etags[here] == etags[there]
        cached = await reader.get("/progress")
        assert cached.raw == fresh.raw, "the cache of one application differs from the response of the other"
        unchanged = await reader.ask("GET", "/progress", headers={"If-None-Match": etags[reader]})
        assert unchanged.status == 304
    assert len(days) > 5
    assert all(app.state.metrics.value("milepost_cache_hits_total", cache="answers") > 100 for app in apps)


@pytest.mark.parametrize("zone", ["Africa/Cairo", "America/Santiago", "Asia/Kathmandu"])
async def test_R11_one_validator_asked_minute_by_minute_over_two_midnights(
    apps: list[Application], clock: AdjustableClock, zone: str
) -> None:
    """The validator holds as long as the local date. Then the response shows the new day, even without a midnight."""
    clock.set(datetime(2026, 4, 23, 12, 0, tzinfo=UTC))
    learner = new_learner()
    callers = [Caller(app.test_client(), learner, zone=zone) for app in apps]
    await callers[0].record_all(activity(clock.now()))
    etag, shown = "", ""
    changes = 0
    for minute in range(0, 36 * 60, 5):
        clock.set(datetime(2026, 4, 23, 12, 0, tzinfo=UTC) + timedelta(minutes=minute))
        answer = await callers[minute % 2].ask("GET", "/progress/streak", headers={"If-None-Match": etag})
        today = clock.now().astimezone(brute.zone(zone)).date().isoformat()
        assert answer.status == (304 if shown == today else 200)
        if answer.status == 200:
            assert answer.body["local_day"] == today
            etag, shown, changes = answer.headers["ETag"], today, changes + 1
    assert changes in (2, 3)
