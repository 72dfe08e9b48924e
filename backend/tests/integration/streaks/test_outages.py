"""Outages: a draft with its dry run, an activation at once and in the background, and a withdrawal."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from quart.typing import TestClientProtocol as Client

from milepost.resources import Resources
from milepost.services.rebuild.check import check, outages_are_settled
from milepost.services.streaks.outage_backfill import apply_outages_batch
from support.builders import activity, exercise, new_learner
from support.callers import Answer, Caller, Json, results_of, service
from support.clock import AdjustableClock
from support.snapshots import dirty_days, sweep

DAY = timedelta(days=1)
NOW = datetime(2026, 3, 20, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
async def _no_outages(clock: AdjustableClock, resources: Resources) -> None:
    """Every test begins on 20 March at noon, and without outages."""
    clock.set(NOW)
    async with resources.database.write() as connection:
        await connection.execute("DELETE FROM outages")
        await connection.execute("DELETE FROM backfills WHERE name LIKE 'outages:%'")
        await connection.execute(
            "TRUNCATE learners, activities, activity_days, daily_snapshots, activity_cells, skill_levels"
        )


@pytest.fixture
def root(client: Client) -> Caller:
    """An administrator."""
    return Caller(client, "root", ["admin"])


def at(day: int, hour: int = 12) -> datetime:
    """An instant in March 2026."""
    return datetime(2026, 3, 1, hour, tzinfo=UTC) + (day - 1) * DAY


async def met(client: Client, *days: int, zone: str | None = None) -> Caller:
    """A learner with these days of March met."""
    ada = Caller(client, new_learner())
    if zone is not None:
        (await ada.ask("PATCH", "/me", json={"zone": zone})).ok()
    await service(client).record_all(*(exercise(at(number)) for number in days), learner_id=ada.subject)
    return ada


async def draft(root: Caller, starts_at: datetime, ends_at: datetime) -> Json:
    """Create a draft."""
    body = {"starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat(), "reason": "a broken disk"}
    return (await root.post("/admin/outages", body)).ok()


async def change(root: Caller, outage: Json, to: str) -> Answer:
    """Activate or withdraw an outage."""
    return await root.post(f"/admin/outages/{outage['id']}/{to}")


async def reconcile(resources: Resources, batch: int = 200) -> int:
    """Run the background job until nothing is left; return the number of batches that changed something."""
    batches, more = 0, True
    while more:
        async with resources.database.write() as connection:
            more = await apply_outages_batch(connection, resources.policy, NOW, batch)
        batches += more
    return batches


async def seen(caller: Caller) -> Json:
    """Everything a learner can read about its streak."""
    days = (await caller.get("/progress/history", start_date="2026-03-08", end_date="2026-03-20")).ok()["days"]
    calendar = (await caller.get("/progress/streak", month="2026-03")).ok()["calendar"]
    return {
        "streak": (await caller.progress())["streak"],
        "runs": [day["current_streak"] for day in days],
        "longest": [day["longest_streak"] for day in days],
        "states": [day["state"] for day in calendar[7:20]],
    }


async def kept(resources: Resources, caller: Caller) -> tuple[int, int, int, int]:
    """The stored run, longest run, freezes and last activation of the learner's row."""
    async with resources.database.pools.intake.acquire() as connection:
        row = await connection.fetchrow(
            "SELECT run, longest, freezes, outage_seen FROM learners WHERE learner_id = $1", UUID(caller.learner_id)
        )
    return (row[0], row[1], row[2], row[3])


async def differences(resources: Resources) -> list[str]:
    """All differences between stored rows and the log."""
    return [
        str(difference)
        async for progress in check(resources.database, resources.policy)
        for difference in progress.differences
    ]


async def test_an_outage_from_draft_to_withdrawal(client: Client, resources: Resources, root: Caller) -> None:
    """Met days are 9 to 12 and 16 to 20; the outage lasts from the evening of the 13th to the morning of the 15th."""
    ada, bob = await met(client, 9, 10, 11, 12, 16, 17, 18, 19, 20), await met(client, 20)
    await sweep(resources, NOW)
    before, etag = await seen(ada), (await ada.get("/progress")).headers["ETag"]
    assert before["runs"] == [0, 1, 2, 3, 4, 4, 0, 0, 1, 2, 3, 4, 5]
    outage = await draft(root, at(13, 20), at(15, 4))
    assert outage["dry_run"] == {"learners": 2, "looked_at": 2, "excused": 1, "lengthened": 1}
    assert await seen(ada) == before

    active = (await change(root, outage, "activate")).ok()
    assert (active["state"], active["id"]) == ("active", outage["id"])
    moved = await ada.ask("GET", "/progress", headers={"If-None-Match": etag})
    assert moved.status == 200
    assert await kept(resources, ada) == (5, 5, 0, 0), "the job has not run yet"
    assert not await outages_are_settled(resources.database)
    after = await seen(ada)
    assert after["streak"]["current_streak"] == 9
    assert after["runs"] == [0, 1, 2, 3, 4, 4, 4, 4, 5, 6, 7, 8, 9]
    assert after["longest"] == [0, 1, 2, 3, 4, 4, 4, 4, 5, 6, 7, 8, 9]
    assert after["states"] == ["none", *["met"] * 4, *["excused"] * 3, *["met"] * 5]
    day = (await ada.get("/progress/streak", month="2026-03")).ok()["calendar"][13]
    assert (day["kind"], day["reason"]) == ("outage", "Excused: the service was down. You lose no day.")

    assert await reconcile(resources) == 2
    assert await kept(resources, ada) == (9, 9, 1, 1)
    assert await outages_are_settled(resources.database)
    assert await seen(ada) == after
    assert await dirty_days(resources, UUID(ada.learner_id)) == ["2026-03-12", "2026-03-20"]
    await sweep(resources, NOW)
    assert await seen(ada) == after
    assert await differences(resources) == []

    (await change(root, outage, "withdraw")).ok()
    assert await seen(ada) == before
    await reconcile(resources)
    assert await seen(ada) == before
    await sweep(resources, NOW)
    assert await seen(ada) == before
    assert await differences(resources) == []
    listed = (await root.get("/admin/outages")).ok()
    assert [(outage["id"], outage["state"]) for outage in listed["outages"]] == [(outage["id"], "withdrawn")]
    assert listed["settling"] == {"learners_done": 2, "finished_at": "2026-03-20T12:00:00Z"}
    entries = (await root.get("/admin/audit", limit=3)).ok()["entries"]
    assert [entry["action"] for entry in entries] == ["outage.withdraw", "outage.activate", "outage.draft"]
    assert (entries[0]["body"], entries[0]["learner_id"]) == ({"id": outage["id"], "was": "active"}, None)
    assert (await bob.progress())["streak"]["current_streak"] == 1


async def test_intake_uses_the_outage_before_the_job_has_run(
    client: Client, resources: Resources, root: Caller
) -> None:
    """Answers before the job reaches a learner equal those afterwards."""
    early, late = await met(client, 12, 13, 16, 17), await met(client, 12, 13, 16, 17)
    told = activity(at(16), id="told already")
    for ada in (early, late):
        await ada.record_all(told)
    (await change(root, await draft(root, at(14), at(15, 23)), "activate")).ok()
    (await change(root, await draft(root, at(18), at(18, 23)), "activate")).ok()
    answers = []
    for ada, settled in ((early, False), (late, True)):
        if settled:
            await reconcile(resources)
        repeated = (await ada.record(told)).ok()
        streak = await ada.record_all(activity(at(19), id="the nineteenth"))
        checked_in = (await ada.post("/progress/update-streak", {})).ok()
        answers.append(
            (
                results_of(await ada.record(told), "status"),
                repeated["learners"][0]["streak"],
                streak["learners"][0]["streak"],
                {name: checked_in[name] for name in ("outcome", "is_new_record", "current_streak", "longest_streak")},
            )
        )
    assert answers[0] == answers[1]
    statuses, repeated, streak, checked_in = answers[0]
    assert statuses == ["duplicate"]
    assert (repeated["current_streak"], repeated["longest_streak"], repeated["state"]) == (0, 4, "broken")
    assert repeated["expires_at"] == "2026-03-20T00:00:00Z"
    assert streak["current_streak"] == 5
    assert checked_in == {"outcome": "continued", "is_new_record": True, "current_streak": 6, "longest_streak": 6}
    await reconcile(resources)
    assert await differences(resources) == []


async def test_the_job_continues_where_it_stopped(client: Client, resources: Resources, root: Caller) -> None:
    learners = [await met(client, 16, 18) for _ in range(5)]
    (await change(root, await draft(root, at(17), at(17, 13)), "activate")).ok()
    async with resources.database.write() as first:
        assert await apply_outages_batch(first, resources.policy, NOW, 2)
        async with resources.database.write() as second:
            assert not await apply_outages_batch(second, resources.policy, NOW, 2), "another worker is sweeping"
    assert sorted([await kept(resources, ada) for ada in learners]) == [(1, 1, 0, 0)] * 3 + [(2, 2, 0, 1)] * 2
    listed = (await root.get("/admin/outages")).ok()["settling"]
    assert listed == {"learners_done": 2, "finished_at": None}
    # A learner who came after the activation already has it.
    latecomer = await met(client, 16, 18)
    assert await kept(resources, latecomer) == (2, 2, 0, 1)
    revisions = [(await ada.progress())["revision"] for ada in (*learners, latecomer)]
    assert await reconcile(resources, 2) == 3
    assert [await kept(resources, ada) for ada in learners] == [(2, 2, 0, 1)] * 5
    grown = [(await ada.progress())["revision"] for ada in (*learners, latecomer)]
    assert sum(grown) == sum(revisions) + 3
    assert await reconcile(resources) == 0
    assert await differences(resources) == []


async def test_writers_and_the_job_at_once(client: Client, resources: Resources, root: Caller) -> None:
    """In any order, each row finally matches its log and the outages."""
    learners = [await met(client, 12, 13, 17) for _ in range(6)]
    await sweep(resources, NOW)
    outages = [await draft(root, at(14), at(16, 13)), await draft(root, at(18), at(18, 13))]

    async def write(ada: Caller) -> None:
        for number in (19, 16, 20, 15, 9):
            await service(client).record_all(activity(at(number, 8)), learner_id=ada.subject)

    async def switch() -> None:
        for outage, to in ((0, "activate"), (1, "activate"), (0, "withdraw")):
            (await change(root, outages[outage], to)).ok()
            await reconcile(resources, 1)
            await sweep(resources, NOW)

    await asyncio.gather(*(write(ada) for ada in learners), switch())
    await reconcile(resources)
    # Met days are 12, 13, 15, 16, 17, 19 and 20; the 18th is excused.
    assert {(await kept(resources, ada)) for ada in learners} == {(5, 5, 0, 3)}
    assert [(await ada.progress())["streak"]["current_streak"] for ada in learners] == [5] * 6
    assert await differences(resources) == []


async def test_a_second_outage_while_the_first_is_being_applied(
    client: Client, resources: Resources, root: Caller
) -> None:
    learners = [await met(client, 14, 16, 18) for _ in range(4)]
    (await change(root, await draft(root, at(15), at(15, 13)), "activate")).ok()
    async with resources.database.write() as connection:
        assert await apply_outages_batch(connection, resources.policy, NOW, 2)
    (await change(root, await draft(root, at(17), at(17, 13)), "activate")).ok()
    assert [(await ada.progress())["streak"]["longest_streak"] for ada in learners] == [3] * 4
    await sweep(resources, NOW)
    await reconcile(resources, 3)
    assert [await kept(resources, ada) for ada in learners] == [(3, 3, 0, 2)] * 4
    await sweep(resources, NOW)
    for ada in learners:
        days = (await ada.get("/progress/history", start_date="2026-03-14", end_date="2026-03-18")).ok()["days"]
        assert [day["current_streak"] for day in days] == [1, 1, 2, 2, 3]
    assert await differences(resources) == []


async def test_the_learners_zone_decides_which_days_an_outage_excuses(
    client: Client, resources: Resources, root: Caller
) -> None:
    """A zone that becomes known later decides which of the learner's days an outage excuses."""
    ada = await met(client, 16, 18)
    (await change(root, await draft(root, at(17, 1), at(17, 2)), "activate")).ok()
    await reconcile(resources)
    assert (await ada.progress())["streak"]["longest_streak"] == 2
    # In New York it was still the evening of the 16th, which was met; and the 17th was missed.
    (await ada.ask("PATCH", "/me", json={"zone": "America/New_York"})).ok()
    assert (await ada.progress())["streak"]["longest_streak"] == 1
    assert await differences(resources) == []


async def test_an_ongoing_outage_excuses_today(client: Client, resources: Resources, root: Caller) -> None:
    ada = await met(client, 19)
    outage = await draft(root, NOW - timedelta(hours=1), NOW + timedelta(hours=13))
    assert outage["dry_run"] == {"learners": 1, "looked_at": 1, "excused": 1, "lengthened": 0}
    (await change(root, outage, "activate")).ok()
    streak = (await ada.progress())["streak"]
    assert (streak["state"], streak["paused"], streak["expires_at"]) == ("active", True, "2026-03-23T00:00:00Z")


async def test_invalid_changes_are_refused(client: Client, root: Caller) -> None:
    first, second = await draft(root, at(1), at(2)), await draft(root, at(3), at(4))
    (await change(root, first, "activate")).ok()
    again = (await change(root, first, "activate")).ok()
    assert again["state"] == "active"
    assert (await change(root, second, "withdraw")).ok()["state"] == "withdrawn"
    assert (await change(root, second, "withdraw")).ok()["state"] == "withdrawn"
    (await change(root, second, "activate")).problem(409, "outage_withdrawn")
    nothing = {"id": "00000000-0000-4000-8000-000000000000"}
    for to in ("activate", "withdraw"):
        (await change(root, nothing, to)).problem(404, "outage_not_found")
        (await root.post(f"/admin/outages/x/{to}")).problem(404, "not_found")
    entries = (await root.get("/admin/audit", limit=4)).ok()["entries"]
    assert [entry["action"] for entry in entries] == [
        "outage.withdraw",
        "outage.activate",
        "outage.draft",
        "outage.draft",
    ]


IMPOSSIBLE: list[tuple[str, str, str, str]] = [
    ("2026-03-10T12:00:00Z", "2026-03-10T12:00:00Z", "impossible_outage", "/ends_at"),
    ("2026-03-10T12:00:00Z", "2026-03-10T11:59:59Z", "impossible_outage", "/ends_at"),
    ("2026-03-10T12:00:00Z", "2026-03-10T12:30:00+01:00", "impossible_outage", "/ends_at"),
    ("2026-03-20T12:00:01Z", "2026-03-20T13:00:00Z", "impossible_outage", "/starts_at"),
    ("2026-03-10T12:00:00Z", "2026-03-17T12:00:01Z", "impossible_outage", "/ends_at"),
    ("0001-01-01T00:00:00+14:00", "2026-03-10T12:00:00Z", "invalid_body", "/starts_at"),
    ("2026-03-10T12:00:00Z", "9999-12-31T23:59:59-14:00", "invalid_body", "/ends_at"),
    ("2026-03-10", "2026-03-10T12:00:00Z", "invalid_body", "/starts_at"),
    ("2026-03-10T12:00:00", "2026-03-10T12:00:00Z", "invalid_body", "/starts_at"),
]


@pytest.mark.parametrize(("starts_at", "ends_at", "code", "pointer"), IMPOSSIBLE)
async def test_invalid_outages_are_refused(root: Caller, starts_at: str, ends_at: str, code: str, pointer: str) -> None:
    answered = await root.post("/admin/outages", {"starts_at": starts_at, "ends_at": ends_at, "reason": "a test"})
    answered.problem(422, code)
    assert answered.pointers() == [pointer]
    listed = (await root.get("/admin/outages")).ok()
    assert listed == {"outages": [], "settling": None}


@pytest.mark.parametrize("body", [{}, {"reason": ""}, {"reason": "\x00"}, {"reason": "x", "state": "active"}])
async def test_bodies_that_are_no_outage_are_refused(root: Caller, body: Json) -> None:
    span = {"starts_at": "2026-03-10T12:00:00Z", "ends_at": "2026-03-10T13:00:00Z"}
    (await root.post("/admin/outages", {**span, **body})).problem(422, "invalid_body")


@pytest.mark.parametrize("roles", [["learner"], ["service"], ["learner", "service"]])
async def test_outages_are_for_administrators(client: Client, root: Caller, roles: Sequence[str]) -> None:
    outage = await draft(root, at(1), at(2))
    other = Caller(client, new_learner(), roles)
    (await other.get("/admin/outages")).problem(403, "role_not_allowed")
    (await other.post("/admin/outages", {})).problem(403, "role_not_allowed")
    for to in ("activate", "withdraw"):
        (await change(other, outage, to)).problem(403, "role_not_allowed")
    assert [outage["state"] for outage in (await root.get("/admin/outages")).ok()["outages"]] == ["draft"]
