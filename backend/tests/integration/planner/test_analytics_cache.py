"""Shared cache of analytics answers; analytics without Redis; switches and metrics for operators."""

from datetime import UTC, datetime, timedelta

import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client

from milepost.app import create_app, openapi_document
from milepost.resources import Resources
from milepost.settings import Settings
from support.builders import new_learner
from support.callers import Caller, service
from support.clock import START, AdjustableClock
from support.planner import create_category, create_task, slot

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MIDNIGHT = datetime(2026, 3, 10, tzinfo=UTC)
QUICK, DASHBOARD, EXPORT = "/analytics/quick-stats", "/analytics/dashboard", "/analytics/export"


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    """With a long Redis timeout: a brief stall of the machine must not make Redis count as unreachable."""
    return settings.model_copy(update={"redis_timeout_seconds": 30.0})


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START, Tuesday 2026-03-10 12:00 UTC."""


@pytest.fixture
def ada(client: Client) -> Caller:
    """A new learner."""
    return Caller(client, new_learner())


# ---- Cached answers


def hits_of(resources: Resources, kind: str) -> float:
    """How often an answer of this kind was found in the shared cache."""
    return resources.metrics.value("milepost_cache_hits_total", cache=kind)


async def test_an_unchanged_answer_is_not_sent_and_a_cached_one_not_recomputed(
    ada: Caller, resources: Resources, clock: AdjustableClock
) -> None:
    work = await create_category(ada, "Work")
    for path, kind in ((QUICK, "quick"), (DASHBOARD, "dashboard")):
        clock.set(START)
        hits = hits_of(resources, kind)
        first = await ada.get(path)
        assert first.headers["Last-Updated"] == "2026-03-10T12:00:00Z"
        clock.advance(minutes=5)
        again = await ada.ask("GET", path, headers={"If-None-Match": first.headers["ETag"]})
        assert (again.status, again.raw) == (304, b"")
        assert hits_of(resources, kind) == hits
        same = await ada.get(path)
        assert hits_of(resources, kind) == hits + 1
        assert (same.raw, same.headers["Last-Updated"]) == (first.raw, "2026-03-10T12:00:00Z")
        await create_task(ada, slot(MIDNIGHT, 1), category_id=work)
        changed = await ada.ask("GET", path, headers={"If-None-Match": first.headers["ETag"]})
        assert changed.ok()["total_scheduled_minutes"] > first.body["total_scheduled_minutes"]
        assert changed.headers["Last-Updated"] == "2026-03-10T12:05:00Z"
        clock.advance(days=1)
        tomorrow = await ada.ask("GET", path, headers={"If-None-Match": changed.headers["ETag"]})
        assert (tomorrow.status, hits_of(resources, kind)) == (200, hits + 1)


async def test_the_view_parameter_changes_nothing_and_all_others_are_in_the_key(
    ada: Caller, resources: Resources
) -> None:
    work = await create_category(ada, "Work")
    first = await ada.get(QUICK, view_context="calendar")
    hits = hits_of(resources, "quick")
    assert (await ada.get(QUICK, view_context="tasks", date_range="7d")).headers["ETag"] == first.headers["ETag"]
    assert (await ada.get(QUICK, date_range="2026-03-04..2026-03-10")).raw == first.raw
    assert hits_of(resources, "quick") == hits + 2
    await ada.get(QUICK, category_id=work)
    await ada.get(DASHBOARD, period="monthly", category_id=work)
    prefix = f"analytics:quick:{ada.learner_id}:2026-03-04:2026-03-10:"
    found = [key.decode() async for key in resources.redis.scan_iter(f"analytics:*:{ada.learner_id}:*")]
    keys = sorted(found, key=lambda key: (key.split(":")[1], len(key)))
    assert [key.rpartition(":")[0] for key in keys] == [
        f"analytics:dashboard:{ada.learner_id}:monthly:2026-02-09:2026-03-10:{work}",
        prefix,
        f"{prefix}{work}",
    ]
    assert [(await resources.redis.ttl(key)) > 590 for key in keys] == [True] * 3
    assert 1_790 < await resources.redis.ttl(keys[0]) <= 1_800
    assert await resources.redis.ttl(keys[1]) <= 600


async def test_services_and_administrators_read_what_the_learner_reads(ada: Caller, client: Client) -> None:
    await create_task(ada, slot(MIDNIGHT, 1))
    mine = (await ada.get(QUICK)).ok()
    for other in (service(client), Caller(client, "root", ["admin"])):
        assert (await other.get(QUICK, learner_id=ada.subject)).ok() == mine
    stranger = Caller(client, new_learner())
    assert (await stranger.get(QUICK)).ok()["total_scheduled_minutes"] == 0


async def test_without_redis_everything_answers(ada: Caller, settings: Settings, module_clock: AdjustableClock) -> None:
    await create_task(ada, slot(MIDNIGHT, 1))
    expected = (await ada.get(QUICK)).ok()
    app = create_app(settings.model_copy(update={"redis_url": "redis://127.0.0.1:1/0"}), module_clock)
    async with app.test_app():
        again = Caller(app.test_client(), ada.subject)
        for _ in range(3):
            answered = await again.get(QUICK)
            assert answered.ok() == expected
        assert "milepost_shared_cache_up 0.0" in await metrics(app)
        assert "milepost_shared_cache_faults_total 1.0" in await metrics(app)
        etag = {"If-None-Match": answered.headers["ETag"]}
        assert (await again.ask("GET", QUICK, headers=etag)).status == 304


# ---- Switches and figures


async def metrics(app: Quart) -> list[str]:
    """The lines of /metrics."""
    answered = await app.test_client().get("/metrics")
    assert answered.status_code == 200
    assert answered.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return (await answered.get_data(as_text=True)).splitlines()


async def test_hits_and_misses_are_counted(ada: Caller, app: Quart) -> None:
    def count(lines: list[str], what: str) -> float:
        return next(
            float(line.split()[1]) for line in lines if line.startswith(f'milepost_cache_{what}_total{{cache="quick"}}')
        )

    (await ada.get(QUICK)).ok()
    before = await metrics(app)
    for _ in range(3):
        (await ada.get(QUICK)).ok()
    after = await metrics(app)
    assert count(after, "hits") == count(before, "hits") + 3
    assert count(after, "misses") == count(before, "misses")
    assert "milepost_database_up 1.0" in after
    assert "milepost_shared_cache_up 1.0" in after


async def test_analytics_that_are_switched_off_are_not_found(settings: Settings, ada: Caller) -> None:
    for switch, paths in {
        "feature_analytics": (QUICK, DASHBOARD, EXPORT),
        "feature_goals": ("/goals", "/goals/progress"),
    }.items():
        off = settings.model_copy(update={switch: False})
        async with create_app(off).test_app() as running:
            other = Caller(running.test_client(), ada.subject)
            for path in paths:
                (await other.get(path)).problem(404, "not_found")
                assert f'"/api{path}"'.encode() not in openapi_document(off)
                assert f'"/api{path}"'.encode() in openapi_document(settings)
            (await other.get("/tasks")).ok()
