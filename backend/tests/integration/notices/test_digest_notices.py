"""Late facts are one digest, a rebuild tells nothing, and old notices are deleted."""

from datetime import timedelta
from uuid import UUID

import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client

from milepost.jobs.sweeps import delete_expired_notices
from milepost.resources import Resources
from milepost.services.notices import delete_expired_notices_batch
from milepost.services.rebuild.rebuild import rebuild_one
from support.builders import exercise, new_learner
from support.callers import Caller, Json, service, uuid_of
from support.catalogues import condition, entry, put_in_force
from support.clock import START, AdjustableClock
from support.goals import fetch, learner

DAY = timedelta(days=1)
LONG_AGO = START - 40 * DAY


@pytest.fixture(scope="module", autouse=True)
async def _catalogue(database_url: str, app: Quart) -> None:
    ladder = (entry(f"exercises-{count}", condition("exercises_completed", count)) for count in (5, 10, 20))
    await put_in_force(database_url, *ladder)


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START."""


async def listed(ada: Caller) -> list[Json]:
    """All notices, newest first."""
    notices: list[Json] = (await ada.get("/notifications", limit=200)).ok()["notifications"]
    return notices


def late_exercises(count: int, first: int = 0) -> list[dict[str, object]]:
    """Exercises of long ago, one a topic and twelve in `loops`."""
    return [exercise(LONG_AGO, id=f"late-{number}", points=0) for number in range(first, first + count)]


async def test_an_import_is_one_digest_whether_it_comes_at_once_or_one_by_one(client: Client) -> None:
    digests = []
    for size in (20, 1, 7):
        ada = Caller(client, new_learner())
        sent = late_exercises(20)
        for start in range(0, 20, size):
            await service(client).record_all(*sent[start : start + size], learner_id=ada.subject)
        (digest,) = await listed(ada)
        digests.append(digest)
    for digest in digests:
        assert (digest["kind"], digest["values"]) == ("digest", {"achievements": 3, "levels": 1})
        assert digest["text"] == "From earlier practice: 3 achievements and 1 new level."
        codes = [achievement["code"] for achievement in digest["digest"]["achievements"]]
        assert codes == ["exercises-5", "exercises-10", "exercises-20"]
        assert digest["digest"]["levels"] == [{"topic": "loops", "from": "beginner", "to": "intermediate"}]
        assert (digest["digest"]["goals"], digest["digest"]["milestones"]) == ([], [])


async def test_a_digest_that_was_seen_is_followed_by_another(client: Client) -> None:
    ada, teacher = Caller(client, new_learner()), service(client)
    await teacher.record_all(*late_exercises(5), learner_id=ada.subject)
    (first,) = await listed(ada)
    (await ada.post("/notifications/seen", {"ids": [first["id"]]})).ok()
    await teacher.record_all(*late_exercises(15, first=5), learner_id=ada.subject)
    second, seen = await listed(ada)
    assert (seen["id"], seen["values"]) == (first["id"], {"achievements": 1})
    assert second["values"] == {"achievements": 2, "levels": 1}


async def test_recent_and_late_facts_of_one_commit(client: Client) -> None:
    ada = learner(client)
    await ada.create_goal("exercises", 1, "daily")
    await service(client).record_all(*late_exercises(9), exercise(START, id="now", points=0), learner_id=ada.subject)
    kinds = {notice["kind"]: notice for notice in await listed(ada)}
    assert set(kinds) == {"goal_met", "level_up", "achievement_unlocked", "digest"}
    assert kinds["achievement_unlocked"]["achievement"]["code"] == "exercises-10"
    assert kinds["digest"]["values"] == {"achievements": 1}


async def test_repeats_tell_nothing(client: Client) -> None:
    ada, teacher, sent = Caller(client, new_learner()), service(client), late_exercises(10)
    await teacher.record_all(*sent, learner_id=ada.subject)
    before = await listed(ada)
    await teacher.record(*sent, learner_id=ada.subject)
    assert await listed(ada) == before


async def test_a_rebuild_tells_nothing(client: Client, resources: Resources, clock: AdjustableClock) -> None:
    ada = Caller(client, new_learner())
    await service(client).record_all(*(exercise(START, points=0) for _ in range(5)), learner_id=ada.subject)
    for table in ("unlocks", "notices"):
        await fetch(resources, f"DELETE FROM {table} WHERE learner_id = $1", ada.learner_id)
    await rebuild_one(resources.database, UUID(ada.learner_id), resources.policy, clock.now())
    (unlocked,) = await fetch(resources, "SELECT code FROM unlocks WHERE learner_id = $1", ada.learner_id)
    assert unlocked == {"code": "exercises-5"}
    assert await listed(ada) == []


async def test_a_level_that_falls_makes_no_notice_and_repeats_still_answer_with_it(
    client: Client, resources: Resources
) -> None:
    ada, teacher = Caller(client, new_learner()), service(client)
    await teacher.record_all(*(exercise(START, value=60) for _ in range(10)), learner_id=ada.subject)
    worse = exercise(START, id="worse", value=0)
    for _ in range(2):
        (changed,) = (await teacher.record(worse, learner_id=ada.subject)).ok()["learners"]
        assert changed["level_changes"] == [{"topic": "loops", "from": "intermediate", "to": "beginner"}]
    assert [notice["level"]["to"] for notice in await listed(ada) if notice["kind"] == "level_up"] == ["intermediate"]


async def test_notices_are_deleted_in_time_and_those_of_achievements_are_kept(
    client: Client, resources: Resources, clock: AdjustableClock
) -> None:
    ada, ben, teacher = Caller(client, new_learner()), Caller(client, new_learner()), service(client)
    await teacher.record_all(*(exercise(START, points=0) for _ in range(10)), learner_id=ada.subject)
    await teacher.record_all(*late_exercises(5), learner_id=ben.subject)
    clock.advance(days=90)
    await delete_expired_notices(resources)
    assert {notice["kind"] for notice in await listed(ada)} == {"level_up", "achievement_unlocked"}
    clock.advance(seconds=1)
    await delete_expired_notices(resources)
    assert [notice["kind"] for notice in await listed(ada)] == ["achievement_unlocked"] * 2
    assert [notice["kind"] for notice in await listed(ben)] == ["digest"]
    async with resources.database.write() as connection:
        assert not await delete_expired_notices_batch(connection, clock.now(), 90)
    # What was told stays told, and repeats still answer with the level.
    (again,) = (await teacher.record(exercise(START, id="new"), learner_id=ada.subject)).ok()["learners"]
    assert again["level_changes"] == []


async def test_the_last_old_notice_stays_to_tell_that_others_are_gone(
    client: Client, resources: Resources, clock: AdjustableClock
) -> None:
    ada = Caller(client, new_learner())
    await service(client).record_all(exercise(START), learner_id=ada.subject)
    insert = """
    INSERT INTO notices (learner_id, revision, n, kind, body, commit_id, created_at)
    VALUES ($1, $2, 0, 'goal_met', '{"name": "x", "period_start": "2026-03-09"}', $1, $3)
    """
    async with resources.database.write() as connection:
        for revision, days in ((1, 92), (2, 91), (3, 89)):
            await connection.execute(insert, uuid_of(ada.subject), revision, clock.now() - timedelta(days=days))
    await delete_expired_notices(resources)
    async with resources.database.read() as reading:
        kept = await reading.fetch(
            "SELECT revision FROM notices WHERE learner_id = $1 ORDER BY revision", uuid_of(ada.subject)
        )
    assert [row[0] for row in kept] == [2, 3]


async def imported_in_parts(client: Client, resources: Resources) -> tuple[Caller, list[str]]:
    """A learner to whom three commits brought digests, and their ids, oldest first."""
    ada = Caller(client, new_learner())
    for start, end in ((0, 5), (5, 10), (10, 20)):
        await service(client).record_all(*late_exercises(end - start, first=start), learner_id=ada.subject)
    rows = await fetch(
        resources, "SELECT revision, n FROM notices WHERE learner_id = $1 ORDER BY revision, n", ada.learner_id
    )
    return ada, [f"{row['revision']}.{row['n']}" for row in rows]


async def test_the_digests_of_several_commits_are_read_counted_and_seen_as_one(
    client: Client, resources: Resources
) -> None:
    ada, ids = await imported_in_parts(client, resources)
    assert len(ids) > 1
    page = (await ada.get("/notifications", limit=1)).ok()
    assert (page["unread"], page["next"]) == (1, None)
    assert [notice["id"] for notice in page["notifications"]] == [ids[-1]]
    assert page["notifications"][0]["values"] == {"achievements": 3, "levels": 1}
    assert [notice["id"] for notice in (await ada.get("/notifications", unread="true")).ok()["notifications"]] == [
        ids[-1]
    ]
    assert (await ada.post("/notifications/seen", {"up_to": ids[-1]})).ok() == {"marked": 1, "unread": 0}
    (seen,) = await listed(ada)
    assert seen["seen_at"] is not None
    assert {**seen, "seen_at": None} == page["notifications"][0]


@pytest.mark.parametrize("form", ["up_to", "ids"])
async def test_digests_that_came_after_the_one_seen_stay_unread(
    client: Client, resources: Resources, form: str
) -> None:
    ada, ids = await imported_in_parts(client, resources)
    body = {"up_to": ids[0]} if form == "up_to" else {"ids": [ids[0], "99999.0"]}
    assert (await ada.post("/notifications/seen", body)).ok() == {"marked": 1, "unread": 1}
    unread, seen = await listed(ada)
    assert (seen["id"], seen["values"]) == (ids[0], {"achievements": 1})
    assert (unread["id"], unread["values"], unread["seen_at"]) == (ids[-1], {"achievements": 2, "levels": 1}, None)


async def test_the_sweep_unites_the_digests_of_an_import(client: Client, resources: Resources) -> None:
    ada, ids = await imported_in_parts(client, resources)
    before = await listed(ada)
    await delete_expired_notices(resources)
    rows = await fetch(resources, "SELECT revision, n FROM notices WHERE learner_id = $1", ada.learner_id)
    assert [f"{row['revision']}.{row['n']}" for row in rows] == [ids[-1]]
    assert await listed(ada) == before
