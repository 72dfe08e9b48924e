"""S12: exports have quotas for all processes together, and for each alone while Redis is unreachable."""

import socket
from pathlib import Path

import pytest
from quart import Response
from quart.typing import TestClientProtocol as Client

from integration.edge.limits.quotas import SMALL, Start, left, reconnected, resources_of
from integration.exports.endless import Endless
from milepost.api.edge.guard import current_caller
from milepost.api.exports.routes import sent_file
from milepost.api.http.contract import contract
from milepost.app import create_app
from milepost.queries.exports.contents import ExercisesAsCsv
from milepost.redis.rate_limits import Policy
from milepost.resources import Resources
from milepost.settings import Settings
from support.builders import activity, new_learner
from support.callers import Caller
from support.clock import START, AdjustableClock
from support.fault_servers import BreakableRedis


@pytest.fixture(scope="module")
def settings(settings: Settings) -> Settings:
    """Quotas that a test can use up."""
    return settings.model_copy(update=SMALL)


EXPORTS = ("/progress/export", "/progress/export.csv", "/analytics/export", "/analytics/export.csv")


@pytest.mark.parametrize("path", EXPORTS)
async def test_S12_exports_wait_for_the_next_hour(client: Client, hand: AdjustableClock, path: str) -> None:
    ada = Caller(client, new_learner())
    query = {"start_date": "2026-03-01", "end_date": "2026-03-02"} if "analytics" in path else {}
    assert (await ada.ask("HEAD", path, query=query)).status == 200
    answers = [await ada.get(path, **query) for _ in range(3)]
    assert [answer.status for answer in answers] == [200, 200, 429]
    assert [left(answer) for answer in answers] == [f'"exports";r={rest};t=3585' for rest in (1, 0, 0)]
    assert answers[2].body["detail"] == "Exports are limited to 2 an hour. Try again in 3585 seconds."
    assert (await ada.ask("HEAD", path, query=query)).status == 200, "HEAD starts no export"
    hand.advance(hours=1)
    assert (await ada.get(path, **query)).status == 200


async def test_S12_processes_share_the_quota_of_exports(client: Client, another: Start, hand: AdjustableClock) -> None:
    name = new_learner()
    here, there = Caller(client, name), Caller((await another()).test_client(), name)
    assert left(await here.get("/progress/export")) == '"exports";r=1;t=3585'
    assert left(await there.get("/progress/export")) == '"exports";r=0;t=3585'
    (await here.get("/progress/export")).problem(429, "rate_limited")
    (await there.get("/progress/export")).problem(429, "rate_limited")


async def test_S12_a_redis_that_dies_forgets_nothing_here(
    another: Start, hand: AdjustableClock, tmp_path: Path
) -> None:
    server = BreakableRedis(tmp_path)
    app = await another(redis_url=server.url)
    ada, bob = (Caller(app.test_client(), new_learner()) for _ in range(2))
    assert left(await ada.get("/progress/export")) == '"exports";r=1;t=3585'
    server.kill()
    assert left(await ada.get("/progress/export")) == '"exports";r=0;t=3585', "this process has counted along"
    (await ada.get("/progress/export")).problem(429, "rate_limited")
    assert [(await bob.get("/progress/export")).status for _ in range(3)] == [200, 200, 429]
    assert resources_of(app).metrics.value("milepost_shared_cache_faults_total") == 1, (
        "one request has waited, the others have not asked"
    )
    server.start()
    await reconnected(app)
    hand.advance(hours=1)
    other = Caller((await another(redis_url=server.url)).test_client(), bob.subject)
    assert left(await bob.get("/progress/export")) == '"exports";r=1;t=3585'
    assert left(await other.get("/progress/export")) == '"exports";r=0;t=3585', "both count in Redis again"
    server.end()


async def test_S12_without_redis_each_process_counts(another: Start, hand: AdjustableClock) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen(64)
        app = await another(redis_url=f"redis://127.0.0.1:{silent.getsockname()[1]}/0")
        ada = Caller(app.test_client(), new_learner())
        assert [(await ada.get("/progress/export")).status for _ in range(3)] == [200, 200, 429]
        assert [(await ada.post("/activities", activity(START))).status for _ in range(6)] == [200] * 5 + [429]
        assert resources_of(app).metrics.value("milepost_shared_cache_faults_total") == 1
        hand.advance(hours=1)
        assert (await ada.get("/progress/export")).status == 200


async def test_S12_redis_learns_no_name(client: Client, resources: Resources, hand: AdjustableClock) -> None:
    name = new_learner()
    await Caller(client, name).get("/progress/export")
    keys = [key.decode() for key in await resources.redis.keys("milepost:quota:*")]
    assert [key for key in keys if key.startswith("milepost:quota:exports:")]
    assert not [key for key in keys if name in key]
    assert {await resources.redis.ttl(key) > 0 for key in keys} == {True}, "every key expires"


async def test_S12_what_the_service_could_not_do_is_free(
    client: Client, resources: Resources, hand: AdjustableClock
) -> None:
    busy = [await resources.exports.begin(Endless(), f"caller {n}") for n in range(4)]
    ada = Caller(client, new_learner())
    for _ in range(5):
        refused = await ada.get("/progress/export")
        refused.problem(503, "exports_busy")
        assert left(refused) == '"exports";r=2;t=3585'
    for export in busy:
        await export.aclose()
    assert left(await ada.get("/progress/export")) == '"exports";r=1;t=3585'


@pytest.mark.parametrize("charges", [None, "intake", "exports"])
async def test_an_export_cannot_forget_its_quota(
    settings: Settings, hand: AdjustableClock, charges: Policy | None
) -> None:
    app = create_app(settings, hand)

    @app.get("/api/file")
    @contract(operation="exportFile", summary="file", answers=None, roles=("learner",), charges=charges)
    async def file() -> Response:
        return await sent_file("file.csv", "text/csv", ExercisesAsCsv(current_caller().learner_id, b""))

    async with app.test_app() as running:
        answer = await Caller(running.test_client(), new_learner()).get("/file")
    assert answer.status == (200 if charges == "exports" else 500)
