"""Milestones over HTTP: reached by call or activity, once, on the earliest day; with notices and achievements."""

import asyncio
from datetime import timedelta

import asyncpg
import orjson
import pytest
from quart import Quart
from quart.typing import TestClientProtocol as Client

from support.builders import activity, exercise, new_learner
from support.callers import Caller, service, untagged
from support.catalogues import condition, entry, put_in_force
from support.clock import START, AdjustableClock

DAY = timedelta(days=1)
TODAY, YESTERDAY = "2026-03-10", "2026-03-09"


@pytest.fixture(scope="module", autouse=True)
async def _catalogue(database_url: str, app: Quart) -> None:
    await put_in_force(
        database_url,
        entry("two-milestones", condition("milestones_reached", 2)),
        entry("not-for-long", condition("milestones_reached", 3), revoke_if_unmet=True),
        entry("stone-and-points", {"all": [condition("milestones_reached", 1), condition("points", 40)]}),
    )


@pytest.fixture(autouse=True)
def _at_the_start(clock: AdjustableClock) -> None:
    """Every test begins at START."""


def reached(milestone: str, days_ago: int = 0, **fields: object) -> dict[str, object]:
    """An activity that reaches a milestone."""
    return activity(START - days_ago * DAY, object_type="milestone", verb="reached", object_id=milestone, **fields)


async def with_milestones(client: Client, *names: str, zone: str | None = None) -> Caller:
    """A learner with a space and these milestones of it."""
    ada = Caller(client, new_learner(), zone=zone)
    (await ada.post("/spaces", {"space_id": "s", "title": "Space"})).ok()
    for name in names:
        (await ada.post("/milestones", {"milestone_id": name, "title": f"Title of {name}", "space_id": "s"})).ok()
    return ada


async def on(caller: Caller, milestone: str) -> str | None:
    """The day on which a milestone was reached."""
    day: str | None = (await caller.get(f"/milestones/{milestone}")).ok()["reached_on"]
    return day


async def earned(caller: Caller) -> dict[str, str]:
    """The unlocked achievements, each with its day."""
    listed = (await caller.get("/progress/achievements")).ok()["achievements"]
    return {achievement["code"]: achievement["earned_on"] for achievement in listed if achievement["unlocked"]}


async def test_a_milestone_is_reached_once_by_a_call(client: Client, clock: AdjustableClock) -> None:
    ada = await with_milestones(client, "m")
    expected = {"milestone_id": "m", "title": "Title of m", "space_id": "s", "goal_id": None, "reached_on": None}
    assert untagged((await ada.get("/milestones/m")).ok()) == expected
    assert untagged((await ada.post("/milestones/m/reach")).ok()) == expected | {"reached_on": TODAY}
    (recorded,) = await ada.feed()
    assert recorded == {
        "id": "milestone:m:1",
        "sender": "milepost",
        "verb": "reached",
        "object_type": "milestone",
        "object_id": "m",
        "occurred_at": "2026-03-10T12:00:00Z",
        "local_day": TODAY,
        "points": 0,
    }
    overview = await ada.progress()
    assert (overview["streak"]["met_today"], overview["points"]) == (True, 0)
    clock.advance(days=3)
    assert (await ada.post("/milestones/m/reach")).ok()["reached_on"] == TODAY
    assert await ada.feed() == [recorded]
    # Nor by concurrent calls.
    ben = await with_milestones(client, "m")
    answers = await asyncio.gather(*(ben.post("/milestones/m/reach") for _ in range(5)))
    assert {answer.ok()["reached_on"] for answer in answers} == {"2026-03-13"}
    assert len(await ben.feed()) == 1


@pytest.mark.parametrize("order", ["call first", "activity first", "unknown at first"])
async def test_the_earliest_day_of_calls_and_activities_counts(client: Client, order: str) -> None:
    ada, platform = await with_milestones(client, *(() if order == "unknown at first" else ("m",))), service(client)
    if order == "call first":
        (await ada.post("/milestones/m/reach")).ok()
        assert await on(ada, "m") == TODAY
    await platform.record_all(reached("m", 1), reached("m", 0), learner_id=ada.subject)
    if order == "unknown at first":
        assert (await ada.get("/spaces/s")).ok()["milestones"] == 0
        answer = await ada.post("/milestones", {"milestone_id": "m", "title": "Late", "space_id": "s"})
        assert answer.ok()["reached_on"] == YESTERDAY
    (await ada.post("/milestones/m/reach")).ok()
    assert await on(ada, "m") == YESTERDAY
    await platform.record_all(reached("m", 40, id="long ago"), learner_id=ada.subject)
    assert await on(ada, "m") == "2026-01-29"
    assert (await ada.get("/spaces/s")).ok()["milestones_reached"] == 1
    # A voided activity no longer reaches it; the others and the call still do.
    await platform.ask("DELETE", "/activities/long ago", query={"learner_id": ada.subject})
    assert await on(ada, "m") == YESTERDAY
    assert (await platform.get("/milestones", learner_id=ada.subject, space_id="s")).ok()["milestones"] == [
        (await ada.get("/milestones/m")).ok()
    ]


async def test_a_voided_call_can_be_repeated(client: Client) -> None:
    ada, root = await with_milestones(client, "m"), Caller(client, "root", ["admin"])
    (await ada.post("/milestones/m/reach")).ok()
    query = {"learner_id": ada.subject, "sender": "milepost"}
    (await root.ask("DELETE", "/activities/milestone:m:1", query=query)).ok()
    assert await on(ada, "m") is None
    (await ada.post("/milestones/m/reach")).ok()
    assert await on(ada, "m") == TODAY
    assert [activity["id"] for activity in await ada.feed()] == ["milestone:m:2"]


async def test_days_are_the_learners_local_days(client: Client, clock: AdjustableClock) -> None:
    ada = await with_milestones(client, "m", "n")
    clock.set(START.replace(hour=23))
    await service(client).record_all(
        activity(START.replace(hour=23), object_type="milestone", verb="reached", object_id="m"),
        learner_id=ada.subject,
    )
    assert await on(ada, "m") == TODAY
    # The first known zone moves the whole past.
    traveller = Caller(client, ada.subject, zone="Asia/Tokyo")
    assert (await traveller.post("/milestones/n/reach")).ok()["reached_on"] == "2026-03-11"
    assert await on(ada, "m") == "2026-03-11"
    assert (await ada.get("/me")).ok()["timezone"] == "Asia/Tokyo"


async def test_milestones_unlock_at_their_threshold_with_notices(
    client: Client, connection: asyncpg.Connection
) -> None:
    ada, platform = await with_milestones(client, "a", "b"), service(client)
    first = await platform.record_all(reached("a"), reached("a"), exercise(START, points=0), learner_id=ada.subject)
    assert [achievement["code"] for achievement in first["learners"][0]["unlocked"]] == ["stone-and-points"]
    again = await platform.record_all(reached("a", 3), learner_id=ada.subject)
    assert again["learners"][0]["unlocked"] == []
    (await ada.post("/milestones/b/reach")).ok()
    # The late activity adds its points and its milestone on an earlier day.
    assert await earned(ada) == {"stone-and-points": "2026-03-07", "two-milestones": TODAY}
    # The third milestone is unknown; it counts, and has no title. It was reached long ago, so the digest tells it. A
    # level and an unlock come with it.
    graded = [exercise(START, topic="loops", points=0) for _ in range(10)]
    await platform.record_all(*graded, reached("c", 5), learner_id=ada.subject)
    dates = {"stone-and-points": "2026-03-05", "two-milestones": "2026-03-07", "not-for-long": TODAY}
    assert await earned(ada) == dates
    rows = await connection.fetch(
        "SELECT revision, n, kind, body FROM notices WHERE learner_id = $1 ORDER BY revision, n", ada.learner_id
    )
    notices = [(row["kind"], orjson.loads(row["body"])) for row in rows if row["kind"] == "milestone_reached"]
    assert notices == [
        ("milestone_reached", {"milestone_id": "a", "reached_on": TODAY, "title": "Title of a"}),
        ("milestone_reached", {"milestone_id": "b", "reached_on": TODAY, "title": "Title of b"}),
    ]
    last = [(row["n"], row["kind"]) for row in rows if row["revision"] == rows[-1]["revision"]]
    assert last == [(0, "level_up"), (1, "achievement_unlocked"), (2, "digest")]
    assert orjson.loads(rows[-1]["body"])["milestones"] == [
        {"milestone_id": "c", "reached_on": "2026-03-05", "title": None}
    ]
    # Revoked with the activity where the definition says so.
    activity_id = next(activity["id"] for activity in await ada.feed() if activity.get("object_id") == "c")
    await platform.ask("DELETE", f"/activities/{activity_id}", query={"learner_id": ada.subject})
    assert set(await earned(ada)) == {"stone-and-points", "two-milestones"}


async def test_a_learner_without_notifications_gets_no_notices(client: Client, connection: asyncpg.Connection) -> None:
    ada = await with_milestones(client, "m")
    await connection.execute("INSERT INTO profiles (learner_id, quiet) VALUES ($1, true)", ada.learner_id)
    assert (await ada.post("/milestones/m/reach")).ok()["reached_on"] == TODAY
    told = "SELECT count(*) FROM notices WHERE learner_id = $1 AND kind = 'milestone_reached'"
    assert await connection.fetchval(told, ada.learner_id) == 0


async def test_deleting_a_milestone_revokes_nothing(client: Client) -> None:
    ada = await with_milestones(client, "a", "b")
    for name in ("a", "b"):
        (await ada.post(f"/milestones/{name}/reach")).ok()
    assert (await ada.ask("DELETE", "/milestones/a")).ok() == {"milestone_id": "a", "deleted": True}
    (await ada.post("/milestones/a/reach")).problem(404, "milestone_not_found")
    assert (await ada.get("/spaces/s")).ok()["milestones"] == 1
    assert "two-milestones" in await earned(ada)
    answer = await ada.post("/milestones", {"milestone_id": "a", "title": "Back", "space_id": "s"})
    assert answer.ok()["reached_on"] == TODAY
