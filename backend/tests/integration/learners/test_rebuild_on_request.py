"""POST /admin/learners/{id}/rebuild: what was different is shown and removed; a large learner is left to the job."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from quart.typing import TestClientProtocol as Client

from milepost.jobs.rebuilds import rebuild_learners_due
from milepost.resources import Resources, open_resources
from milepost.services.rebuild.check import check
from milepost.settings import Settings
from support.builders import exercise, new_learner
from support.callers import Answer, Caller, Json, service
from support.catalogues import condition, entry, put_in_force
from support.clock import START, AdjustableClock
from support.policies import changed_policy

MAX_AT_ONCE = 5


@pytest.fixture(scope="module", autouse=True)
def _few_are_many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """A configuration in which six activities are too many to rebuild within the request."""
    limit = f"rebuild_at_once_activities = {MAX_AT_ONCE}"
    with changed_policy(tmp_path_factory.mktemp("few"), r"rebuild_at_once_activities = [\d_]+", limit):
        yield


@pytest.fixture
async def resources(settings: Settings, clock: AdjustableClock) -> AsyncIterator[Resources]:
    """Resources for the job."""
    opened = await open_resources(settings, clock)
    yield opened
    await opened.close()


def admin(client: Client) -> Caller:
    """An administrator."""
    return Caller(client, "root", ["admin"])


async def practised(client: Client, count: int) -> Caller:
    """A learner with `count` exercises, one a day until today."""
    learner = Caller(client, new_learner())
    sent = [exercise(START - timedelta(days=days)) for days in range(count)]
    await service(client).record_all(*sent, learner_id=learner.subject)
    return learner


async def rebuild(client: Client, learner: str, **headers: str) -> Answer:
    """Ask for a rebuild."""
    return await admin(client).ask("POST", f"/admin/learners/{learner}/rebuild", headers=headers)


async def change(resources: Resources, statement: str, *arguments: object) -> None:
    """Damage what is stored."""
    async with resources.database.write() as connection:
        await connection.execute(statement, *arguments)


async def audited(client: Client, learner: str) -> list[Json]:
    """The bodies of the rebuilds in the audit log, newest first."""
    entries = (await admin(client).get("/admin/audit", about=learner)).ok()["entries"]
    return [entry["body"] for entry in entries if entry["action"] == "learner.rebuild"]


async def assert_whole(resources: Resources, learner: Caller) -> None:
    """The learner's projections are what the log gives."""
    async for progress in check(resources.database, resources.policy, UUID(learner.learner_id)):
        assert (progress.differences, progress.waiting) == ([], [])


async def test_what_was_different_is_shown_and_removed(client: Client, resources: Resources) -> None:
    ada = await practised(client, 3)
    await change(resources, "UPDATE learners SET exercises = 7, run = 9 WHERE learner_id = $1", ada.learner_id)
    await change(resources, "DELETE FROM skill_levels WHERE learner_id = $1 AND topic = 'loops'", ada.learner_id)
    before = (await ada.progress())["revision"]
    rebuilt = (await rebuild(client, ada.subject)).ok()
    assert (rebuilt["learner_id"], rebuilt["status"]) == (ada.learner_id, "rebuilt")
    differences = {(row["table"], row["field"]): row for row in rebuilt["differences"]}
    assert differences["learners", "exercises"] == {
        "table": "learners",
        "key": {},
        "field": "exercises",
        "stored": "7",
        "by_log": "3",
    }
    assert differences["learners", "run"] | {"key": {}} == {
        "table": "learners",
        "key": {},
        "field": "run",
        "stored": "9",
        "by_log": "3",
    }
    missing = differences["skill_levels", None]
    assert (missing["key"], missing["stored"]) == ({"topic": "loops"}, None)
    assert '"exercises": 3' in missing["by_log"]
    assert rebuilt["differences_found"] == len(rebuilt["differences"]) >= 3
    shown = await ada.progress()
    assert (shown["exercises_completed"], shown["streak"]["current_streak"]) == (3, 3)
    assert shown["revision"] == rebuilt["revision"] > before
    await assert_whole(resources, ada)
    again = (await rebuild(client, ada.learner_id)).ok()
    assert (again["differences_found"], again["differences"]) == (0, [])
    assert await audited(client, ada.subject) == [
        {"status": "rebuilt", "differences": 0},
        {"status": "rebuilt", "differences": rebuilt["differences_found"]},
    ]


async def test_a_value_without_a_json_form_is_shown_as_text(client: Client, resources: Resources) -> None:
    ada = await practised(client, 1)
    mask = "\\x" + "ff" * 16  # more than 64 bits
    await change(
        resources, "UPDATE learners SET unlocked = $2::text::bytea WHERE learner_id = $1", ada.learner_id, mask
    )
    rebuilt = (await rebuild(client, ada.subject)).ok()
    assert {row["field"]: row["stored"] for row in rebuilt["differences"]} == {"unlocked": str(2**128 - 1)}
    await assert_whole(resources, ada)


async def test_many_differences_are_counted_and_the_first_are_shown(client: Client, resources: Resources) -> None:
    ada = await practised(client, 4)
    await change(
        resources,
        "INSERT INTO review_days (learner_id, local_day, review_n) "
        "SELECT $1, date '2025-01-01' + n, 1 FROM generate_series(1, 250) n",
        ada.learner_id,
    )
    rebuilt = (await rebuild(client, ada.subject)).ok()
    assert (rebuilt["differences_found"], len(rebuilt["differences"])) == (250, 200)
    await assert_whole(resources, ada)


async def test_a_large_learner_is_left_to_the_job(client: Client, resources: Resources) -> None:
    ada = await practised(client, MAX_AT_ONCE + 1)
    await change(resources, "UPDATE learners SET exercises = 2, activities = 1 WHERE learner_id = $1", ada.learner_id)
    queued = await rebuild(client, ada.subject)
    assert (queued.status, queued.body) == (
        202,
        {"learner_id": ada.learner_id, "status": "queued", "revision": (await ada.progress())["revision"]},
    )
    shown = await ada.get("/progress")
    assert (shown.headers["Milepost-Pending"], shown.body["exercises_completed"]) == ("rebuild", 2)
    glance = (await admin(client).get(f"/admin/learners/{ada.subject}/progress")).ok()
    assert glance["projections"]["rebuild_due_at"] == "2026-03-10T12:00:00Z"
    assert (await rebuild(client, ada.subject)).status == 202
    await rebuild_learners_due(resources)
    shown = await ada.get("/progress")
    assert ("Milepost-Pending" in shown.headers, shown.body["exercises_completed"]) == (False, 6)
    await assert_whole(resources, ada)
    assert await audited(client, ada.subject) == [{"status": "queued", "differences": 0}] * 2


async def unlocked(learner: Caller) -> bool:
    """Whether the learner holds the achievement of these tests."""
    found = (await learner.get("/progress/achievements")).ok()["achievements"]
    return any(row["unlocked"] for row in found if row["code"] == "many")


@pytest.mark.parametrize(
    ("count", "voids_first", "is_kept"),
    [(3, False, True), (MAX_AT_ONCE + 2, False, True), (MAX_AT_ONCE + 2, True, False)],
)
async def test_only_a_void_takes_an_achievement_back(
    client: Client, resources: Resources, database_url: str, count: int, voids_first: bool, is_kept: bool
) -> None:
    await put_in_force(database_url, entry("many", condition("exercises_completed", count), revoke_if_unmet=True))
    ada = await practised(client, count)
    assert await unlocked(ada)
    # The condition is no longer met, for a reason that is not a void.
    await change(
        resources, "UPDATE activities SET counts = 1 WHERE learner_id = $1 AND local_day = '2026-03-10'", ada.learner_id
    )
    if voids_first:
        feed = await ada.feed()
        gone = {"learner_id": ada.subject, "sender": "exercises"}
        assert (await admin(client).ask("DELETE", f"/activities/{feed[1]['id']}", query=gone)).status == 202
    await rebuild(client, ada.subject)
    await rebuild_learners_due(resources)
    assert await unlocked(ada) is is_kept
    shown = await ada.progress()
    assert shown["exercises_completed"] == count - (2 if voids_first else 1)


async def test_a_repeated_key_rebuilds_once(client: Client, resources: Resources) -> None:
    ada = await practised(client, 2)
    key = {"Idempotency-Key": "rebuild-1"}
    first = (await rebuild(client, ada.subject, **key)).ok()
    assert (await rebuild(client, ada.subject, **key)).ok() == first
    assert await audited(client, ada.subject) == [{"status": "rebuilt", "differences": 0}]


async def test_an_unknown_learner_gets_no_row(client: Client, resources: Resources) -> None:
    unknown = Caller(client, new_learner())
    (await rebuild(client, unknown.subject)).problem(404, "learner_not_found")
    async with resources.database.read() as connection:
        rows = await connection.fetch("SELECT 1 FROM learners WHERE learner_id = $1", unknown.learner_id)
    assert rows == []
