"""Snapshots of spaces and composite goals: the sweep takes them once, when a day is over, of what has changed."""

import asyncio
from datetime import timedelta
from uuid import UUID

import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client

from milepost.api.edge.application import Application
from milepost.db.learner_row import lock_learners
from milepost.jobs.sweeps import sweep_space_progress
from milepost.resources import Resources
from milepost.services.projections.refill import rebuild_learners
from milepost.services.spaces.snapshots import snapshot_progress_batch
from support.builders import activity, exercise, new_learner
from support.callers import Caller, Json, service
from support.clock import START, AdjustableClock

DAY = timedelta(days=1)


@pytest.fixture
async def resources(app: Quart, clock: AdjustableClock) -> Resources:
    """The application's resources; every test begins at START with nothing due."""
    assert isinstance(app, Application)
    assert app.state.resources is not None
    clock.advance(days=500)
    await sweep_space_progress(app.state.resources)
    clock.set(START)
    return app.state.resources


def task(days_ago: int = 0, **fields: object) -> dict[str, object]:
    """A completed task of the space `s` with the value 100."""
    sent: dict[str, object] = {"object_type": "task", "space_id": "s", "value": 100, "topic": None}
    return exercise(START - days_ago * DAY, **(sent | fields))


async def history(caller: Caller, path: str, **query: object) -> dict[str, float]:
    """The totals, by day."""
    days = (await caller.get(f"{path}/history", **query)).ok()["days"]
    return {day["day"]: day["total"] for day in days}


async def learner_with_a_goal(client: Client, zone: str | None = None) -> Caller:
    """A learner with a space `s` of two tasks in a goal `g`."""
    ada = Caller(client, new_learner(), zone=zone)
    if zone:
        (await ada.ask("PATCH", "/me", json={"zone": zone})).ok()
    (await ada.post("/spaces", {"space_id": "s", "title": "Space", "planned_tasks": 2})).ok()
    (await ada.post("/composite-goals", {"goal_id": "g", "title": "Goal", "space_ids": ["s"]})).ok()
    return ada


async def rows(resources: Resources, learner: str) -> list[Json]:
    """Every stored snapshot of a learner."""
    async with resources.database.pools.intake.acquire() as connection:
        rows = await connection.fetch(
            "SELECT * FROM progress_snapshots WHERE learner_id = $1 ORDER BY subject, id, day", UUID(learner)
        )
    return [dict(row) for row in rows]


async def test_a_day_that_is_over_has_its_snapshot(
    client: Client, resources: Resources, clock: AdjustableClock
) -> None:
    ada, platform = await learner_with_a_goal(client), service(client)
    await platform.record_all(task(object_id="one"), learner_id=ada.subject)
    await sweep_space_progress(resources)
    assert await history(ada, "/spaces/s") == {}, "the day is not over"
    empty = (await ada.get("/spaces/s/history")).headers["ETag"]
    clock.advance(hours=12, seconds=1)
    await sweep_space_progress(resources)
    first = (await ada.get("/spaces/s/history", days=2)).ok()
    assert first == {
        "space_id": "s",
        "from": "2026-03-10",
        "to": "2026-03-11",
        "today": "2026-03-11",
        "days": [
            {
                "day": "2026-03-10",
                "total": 40.0,
                "parts": {"tasks": 50.0, "interactions": 0.0},
                "weights_used": {"tasks": 0.8, "interactions": 0.2},
            }
        ],
    }
    assert (await ada.get("/spaces/s/history")).headers["ETag"] != empty
    assert await history(ada, "/composite-goals/g") == {"2026-03-10": 34.3}
    before = await rows(resources, ada.learner_id)
    await sweep_space_progress(resources)
    # A goal only an activity names, and a changed plan: existing snapshots stay.
    (await ada.ask("PUT", "/spaces/s", json={"title": "Space", "planned_tasks": 1, "planned_minutes": 20})).ok()
    await platform.record_all(activity(START, goal_id="other"), learner_id=ada.subject)
    clock.advance(days=1)
    await sweep_space_progress(resources)
    after = await rows(resources, ada.learner_id)
    assert [row for row in after if row["day"].isoformat() == "2026-03-10"] == before
    assert await history(ada, "/composite-goals/other") == {"2026-03-11": 10.0}
    assert await history(ada, "/spaces/s") == {"2026-03-10": 40.0, "2026-03-11": 71.4}
    assert await history(ada, "/spaces/s", days=2) == {"2026-03-11": 71.4}
    # Nothing new in the space: no further row, not even after a rebuild.
    await platform.record_all(activity(START + DAY, goal_id="other"), learner_id=ada.subject)
    async with resources.database.write() as connection:
        await lock_learners(connection, [UUID(ada.learner_id)])
        await rebuild_learners(connection, [UUID(ada.learner_id)], resources.policy, clock.now())
    clock.advance(days=1)
    await sweep_space_progress(resources)
    assert await history(ada, "/spaces/s") == {"2026-03-10": 40.0, "2026-03-11": 71.4}
    assert await history(ada, "/composite-goals/other") == {"2026-03-11": 10.0, "2026-03-12": 20.0}


async def test_late_input_changes_no_snapshot(client: Client, resources: Resources, clock: AdjustableClock) -> None:
    ada, platform = await learner_with_a_goal(client), service(client)
    await platform.record_all(task(object_id="one"), learner_id=ada.subject)
    clock.advance(days=1)
    await sweep_space_progress(resources)
    await platform.record_all(task(3, object_id="two"), learner_id=ada.subject)
    await sweep_space_progress(resources)
    await sweep_space_progress(resources)
    assert await history(ada, "/spaces/s") == {"2026-03-10": 40.0}
    clock.advance(days=1)
    await sweep_space_progress(resources)
    assert await history(ada, "/spaces/s") == {"2026-03-10": 40.0, "2026-03-11": 80.0}
    assert await history(ada, "/composite-goals/g") == {"2026-03-10": 34.3, "2026-03-11": 68.6}


async def test_a_late_worker_takes_the_current_state(
    client: Client, resources: Resources, clock: AdjustableClock
) -> None:
    ada, platform = await learner_with_a_goal(client), service(client)
    await platform.record_all(task(object_id="one"), learner_id=ada.subject)
    clock.advance(days=4)
    await sweep_space_progress(resources)
    assert await history(ada, "/spaces/s") == {"2026-03-13": 40.0}


async def test_days_end_in_the_learners_zone(client: Client, resources: Resources, clock: AdjustableClock) -> None:
    """At one moment it is the 11th in Auckland and still the 10th in Berlin."""
    far, near = (
        await learner_with_a_goal(client, "Pacific/Auckland"),
        await learner_with_a_goal(client, "Europe/Berlin"),
    )
    clock.set(START - timedelta(hours=6))
    for ada in (far, near):
        await service(client).record_all({**task(), "occurred_at": clock.now().isoformat()}, learner_id=ada.subject)
    clock.set(START)
    await sweep_space_progress(resources)
    assert await history(far, "/spaces/s") == {"2026-03-10": 40.0}
    assert await history(near, "/spaces/s") == {}


async def test_concurrent_sweeps_in_small_batches_take_each_snapshot_once(
    client: Client, resources: Resources, clock: AdjustableClock
) -> None:
    platform, learners = service(client), [await learner_with_a_goal(client) for _ in range(6)]
    for ada in learners:
        await platform.record_all(task(), learner_id=ada.subject)
    clock.advance(days=1)

    async def one_sweep() -> int:
        taken, more = 0, True
        while more:
            async with resources.database.write() as connection:
                swept = await snapshot_progress_batch(connection, resources.policy, clock.now(), max_learners=1)
            taken, more = taken + swept.snapshots, swept.more
        return taken

    counts = await asyncio.gather(*(one_sweep() for _ in range(4)))
    assert sum(counts) + await one_sweep() == 2 * len(learners)
    for ada in learners:
        assert [(row["subject"], row["id"]) for row in await rows(resources, ada.learner_id)] == [
            ("goal", "g"),
            ("space", "s"),
        ]
